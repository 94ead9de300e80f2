internal import CGDAL
internal import Geo

/// The layers of a variable that has more dimensions than a raster: GDAL's netCDF, HDF, Zarr and GRIB drivers hand them
/// out as bands.
struct RasterLayers {
  private let dataset: GDALDatasetH

  init(_ dataset: GDALDatasetH) {
    self.dataset = dataset
  }

  /// Whether the bands of a format's rasters are layers of one variable, rather than bands that belong together.
  static func areLayers(driver: String) -> Bool {
    ScientificFormat.drivers.contains(driver) || ["Zarr", "GRIB", "TileDB"].contains(driver)
  }

  /// Says of each band which layer it is.
  func describe(_ bands: inout [BandInfo]) {
    for index in bands.indices {
      guard let band = GDALGetRasterBand(dataset, Int32(index + 1)) else { continue }
      bands[index].layer = layer(band)
    }
  }

  private func layer(_ band: GDALRasterBandH) -> RasterLayer {
    var layer = RasterLayer()
    for (key, value) in items(band) {
      if let name = key.dropping(prefix: "NETCDF_DIM_") {
        let units = item("\(name)#units")
        if let units, units.lowercased().range(ofText: " since ") != nil {
          layer.time = CFTime(units: units, calendar: item("\(name)#calendar"))?.instant(value)
        } else {
          layer.coordinates.append(.init(name: name, value: value))
        }
      } else if key == "GRIB_VALID_TIME",
        let seconds = value.split(separator: " ").first.flatMap({ Double($0) }),
        abs(seconds) < 1e12
      {
        layer.time = Instant(microsecondsSince1970: Int((seconds * 1e6).rounded()))
      } else if key == "GRIB_ELEMENT" || key == "GRIB_SHORT_NAME" || key == "GRIB_UNIT" {
        layer.coordinates.append(.init(name: key.dropFirst(5).lowercased(), value: value))
      }
    }
    layer.coordinates.sort { $0.name < $1.name }
    return layer
  }

  private func item(_ name: String) -> String? {
    GDALGetMetadataItem(dataset, name, nil).map { String(cString: $0) }
  }

  private func items(_ band: GDALRasterBandH) -> [(key: String, value: String)] {
    guard let list = GDALGetMetadata(band, nil) else { return [] }
    return (0..<Int(CSLCount(list))).compactMap { index in
      guard let line = list[index].map({ String(cString: $0) }), let mark = line.firstIndex(of: "=") else {
        return nil
      }
      return (String(line[..<mark]), String(line[line.index(after: mark)...]))
    }
  }
}

extension String {
  fileprivate func dropping(prefix: String) -> String? {
    hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
  }
}
