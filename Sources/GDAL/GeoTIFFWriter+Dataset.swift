internal import CGDAL
internal import Geo
internal import Raster

extension GeoTIFFWriter {
  /// Creates the dataset with everything that belongs in the file's head; nil when any of it fails.
  static func createDataset(
    _ path: String,
    _ grid: Grid,
    _ options: GeoTIFFWriter.Options
  ) -> GDALDatasetH? {
    var list: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
    defer { CSLDestroy(list) }
    func set(_ name: String, _ value: String) { list = CSLSetNameValue(list, name, value) }
    set("TILED", "YES")
    set("BLOCKXSIZE", String(options.blockWidth))
    set("BLOCKYSIZE", String(options.blockHeight))
    set("COMPRESS", "DEFLATE")
    set("ZLEVEL", String(options.deflateLevel))
    set("PREDICTOR", options.type.isInteger ? "2" : "3")
    set("BIGTIFF", "IF_SAFER")
    if options.type == .int8 { set("PIXELTYPE", "SIGNEDBYTE") }
    guard let driver = GDALGetDriverByName("GTiff"),
      let dataset = GDALCreate(
        driver,
        path,
        Int32(grid.width),
        Int32(grid.height),
        1,
        options.type.gdal,
        list
      )
    else { return nil }
    var numbers = grid.transform.gdal
    var failed = GDALSetGeoTransform(dataset, &numbers) != CE_None
    if let system = try? SpatialReferenceHandle(grid.crs) {
      failed = GDALSetSpatialRef(dataset, system.raw) != CE_None || failed
    } else {
      failed = true
    }
    let band = GDALGetRasterBand(dataset, 1)
    if let nodata = options.nodata { failed = GDALSetRasterNoDataValue(band, nodata) != CE_None || failed }
    if options.nodataStandsIn {
      failed = GDALSetMetadataItem(band, BandInfo.standInItem, "YES", nil) != CE_None || failed
    }
    if let scale = options.scale { failed = GDALSetRasterScale(band, scale) != CE_None || failed }
    if let offset = options.offset { failed = GDALSetRasterOffset(band, offset) != CE_None || failed }
    guard !failed else {
      GDALClose(dataset)
      return nil
    }
    return dataset
  }
}
