internal import CGDAL

/// Projections that WKT 1 has no words for, read from PROJ's.
extension CFProjection {
  /// The CF name and attributes by the system's PROJ string; nil where CF has no words for it.
  static func described(
    byPROJ handle: borrowing SpatialReferenceHandle
  ) -> (name: String, attributes: [CFGridMapping.Attribute])? {
    let proj = handle.proj
    func number(_ key: String) -> Double { proj[key].flatMap { Double($0) } ?? 0 }
    switch proj["proj"] {
    case "nsper":
      return (
        "vertical_perspective",
        [
          .init("longitude_of_projection_origin", .number(number("lon_0"))),
          .init("latitude_of_projection_origin", .number(number("lat_0"))),
          .init("perspective_point_height", .number(number("h"))),
          .init("false_easting", .number(number("x_0"))),
          .init("false_northing", .number(number("y_0"))),
        ]
      )
    case "ob_tran" where ["longlat", "latlong", "lonlat", "latlon"].contains(proj["o_proj"]):
      guard proj["o_lat_p"] != nil else { return nil }
      let longitude = number("lon_0") - 180
      return (
        "rotated_latitude_longitude",
        [
          .init("grid_north_pole_latitude", .number(number("o_lat_p"))),
          .init("grid_north_pole_longitude", .number(longitude < -180 ? longitude + 360 : longitude)),
          .init("north_pole_grid_longitude", .number(number("o_lon_p"))),
        ]
      )
    default:
      return nil
    }
  }
}

extension SpatialReferenceHandle {
  /// Whether longitudes and latitudes are those of another pole.
  borrowing func isRotated() -> Bool { isGeographic && OSRIsDerivedGeographic(raw) != 0 }

  /// Whether it is Web Mercator: the formulas of the sphere for coordinates on an ellipsoid.
  var isWebMercator: Bool {
    guard attribute("PROJECTION") == "Mercator_1SP", let text = extensionText else { return false }
    let parts = PROJText(text)
    return parts["proj"] == "merc" && parts["a"] != nil && parts["a"] == parts["b"]
  }

  /// The definition in PROJ's words, without their pluses.
  var proj: PROJText {
    if let text = extensionText, text.hasPrefix("+proj=") { return PROJText(text) }
    let raw = raw
    let (text, _) = collectingMessages { () -> String in
      var text: UnsafeMutablePointer<CChar>?
      defer { VSIFree(text) }
      guard OSRExportToProj4(raw, &text) == OGRERR_NONE, let text else { return "" }
      return String(cString: text)
    }
    return PROJText(text)
  }
}

/// A PROJ string, taken apart: "+proj=geos +sweep=x".
struct PROJText {
  private var values: [String: String] = [:]

  init(_ text: String) {
    for part in text.split(separator: " ") where part.hasPrefix("+") {
      let pair = part.dropFirst().split(separator: "=", maxSplits: 1)
      if pair.count == 2 { values[String(pair[0])] = String(pair[1]) }
    }
  }

  subscript(key: String) -> String? { values[key] }
}
