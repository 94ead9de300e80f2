internal import CGDAL

/// Where GDAL found the overviews of a raster.
enum OverviewFile {
  /// The file beside a local raster that holds one of its overviews; nil where it lies in the raster's own.
  static func name(of raster: String, level: Int) -> String? {
    // An overview that was opened as a raster does not tell; the raster itself does.
    GDALLibrary.withSideFiles(if: true) {
      collectingMessages { () -> String? in
        guard
          let dataset = GDALOpenEx(
            raster, UInt32(GDAL_OF_READONLY | GDAL_OF_RASTER), ScientificFormat.ordinaryDrivers, nil, nil)
        else { return nil }
        defer { GDALClose(dataset) }
        guard let band = GDALGetRasterBand(dataset, 1), let overview = GDALGetOverview(band, Int32(level)),
          let holder = GDALGetBandDataset(overview), let words = GDALGetDescription(holder)
        else { return nil }
        let name = String(cString: words)
        return name.isEmpty || name == raster ? nil : name
      }.result
    }
  }
}
