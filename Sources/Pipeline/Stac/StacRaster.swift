import Engine
import GDAL
import Geo
import Raster

/// One layer of one variable of a NetCDF file, as a virtual raster of GDAL (VRT) beside the STAC item.
///
/// In a file of several variables GDAL finds no raster unless it is given the variable's name, and of several layers
/// readers of STAC take the first. The reference to the file is relative: a run may be moved.
/// <https://gdal.org/en/stable/drivers/raster/vrt.html>
struct StacRaster {
  /// The asset's name.
  let key: String
  /// The file's name in the item's folder.
  let name: String
  let variable: Variable
  let label: String
  let layer: ProductReport.Layer
  /// The NetCDF file, below the run directory.
  let file: String
  /// The layer's place in the file, from 1.
  let band: Int
  let grid: Grid

  var text: String {
    func escaped(_ text: String) -> String {
      [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", "&quot;")].reduce(text) {
        $0.replacing($1.0, with: $1.1)
      }
    }
    let source = escaped("NETCDF:\"../../\(file)\":\(variable.name)")
    let reference = (grid.crs.authorityCode ?? SpatialReference.wkt2(grid.crs)).map {
      "  <SRS>\(escaped($0))</SRS>\n"
    }
    return """
      <VRTDataset rasterXSize="\(grid.width)" rasterYSize="\(grid.height)">
      \(reference ?? "")  <GeoTransform>\(grid.transform.gdal.map { "\($0)" }.joined(separator: ", "))</GeoTransform>
        <VRTRasterBand dataType="\(type)" band="1">
          <Description>\(escaped("\(variable.longName), \(label)"))</Description>
      \(values)    <SimpleSource>
            <SourceFilename relativeToVRT="1">\(source)</SourceFilename>
            <SourceBand>\(band)</SourceBand>
          </SimpleSource>
        </VRTRasterBand>
      </VRTDataset>

      """
  }

  private var type: String {
    switch variable.storage {
    case .float32: "Float32"
    case .int16: "Int16"
    case .int32: "Int32"
    case .flags: "Byte"
    }
  }

  /// What stands for missing, and how numbers become values.
  private var values: String {
    switch variable.storage {
    case .float32: "    <NoDataValue>nan</NoDataValue>\n"
    case .int16(let packing):
      """
          <NoDataValue>\(Int(VariableEncoding.Packing.missing))</NoDataValue>
          <Offset>\(packing.offset)</Offset>
          <Scale>\(packing.scale)</Scale>

      """
    case .int32: ""
    case .flags: "    <NoDataValue>255</NoDataValue>\n"
    }
  }
}

extension StacItem {
  /// The layers of the item's NetCDF files of which GDAL does not find the raster in the file itself, and which no
  /// GeoTIFF has.
  var rasters: [StacRaster] {
    let transform = plan.grid.transform
    // GDAL turns files whose rows go north upside down, and takes no rotation from a NetCDF file.
    guard transform.isAxisAligned, transform.pixelHeight < 0 else { return [] }
    return layers.compactMap { entry in
      guard let layer = report(entry.product, layer: entry.layer), let file = layer.file,
        files[file]?.kind == "netcdf", !layer.otherFiles.contains(where: { files[$0]?.kind == "cog" })
      else { return nil }
      if isPerDate, !sharesFile(entry.product, file) { return nil }
      let variable = plan.products[entry.product].variable
      let label = plan.layerLabels(of: plan.products[entry.product])[entry.layer]
      let place = isPerDate ? 0 : report(entry.product)?.layers.firstIndex { $0.label == label }
      return place.map {
        StacRaster(
          key: isPerDate ? "\(variable.name)_vrt" : "\(variable.name)_\(label)_vrt",
          name: isPerDate ? "\(label)_\(variable.name).vrt" : "\(variable.name)_\(label).vrt",
          variable: variable, label: label, layer: layer, file: file, band: $0 + 1, grid: plan.grid)
      }
    }
  }

  private func sharesFile(_ product: Int, _ file: String) -> Bool {
    layers.contains { $0.product != product && report($0.product, layer: $0.layer)?.file == file }
  }
}
