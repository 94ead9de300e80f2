internal import CGDAL
internal import Geo

/// An OSR object; lives within one function, on one thread.
struct SpatialReferenceHandle: ~Copyable {
  let raw: OGRSpatialReferenceH

  /// Parses any text OSR knows; nil, with the reason, when it does not.
  init(text: String) throws(GDALError) {
    GDALLibrary.prepare()
    guard let created = OSRNewSpatialReference(nil) else {
      throw GDALError(.parseCoordinateReference, message: "out of memory")
    }
    let (status, messages) = collectingMessages { () -> OGRErr in
      // PROJJSON has brackets too, behind its first brace.
      let text = String(text.drop { $0.isWhitespace })
      let isWKT = text.contains("[") && text.first != "{"
      guard isWKT else { return OSRSetFromUserInput(created, text) }
      return text.withCString { start in
        var position: UnsafeMutablePointer<CChar>? = UnsafeMutablePointer(mutating: start)
        return OSRImportFromWkt(created, &position)
      }
    }
    guard status == OGRERR_NONE else {
      OSRRelease(created)
      let shown = text.count > 80 ? text.prefix(80) + "…" : text[...]
      throw GDALError(
        .parseCoordinateReference,
        message: "'\(shown)': \(messages.failure ?? "not a known notation")",
        advice: "write an EPSG code such as EPSG:32719, WKT or a PROJ string"
      )
    }
    // Longitude before latitude, easting before northing, as rasters and GeoJSON have them.
    OSRSetAxisMappingStrategy(created, OAMS_TRADITIONAL_GIS_ORDER)
    raw = created
  }

  init(_ crs: CoordinateReference) throws(GDALError) {
    try self.init(text: crs.wkt)
  }

  deinit {
    OSRRelease(raw)
  }

  /// The text at a node of the WKT 1 tree, such as "PROJECTION" or "DATUM".
  func attribute(_ node: String, _ child: Int32 = 0) -> String? {
    collectingMessages { OSRGetAttrValue(raw, node, child).map { String(cString: $0) } }.result
  }

  /// A projection parameter in degrees or in the units of the system; nil when it has none of that name.
  func parameter(_ name: String) -> Double? {
    collectingMessages {
      var status = OGRERR_NONE
      // Angles are given in degrees whatever the unit of the geographic system.
      let isLength = name.hasPrefix("false_") || name == "satellite_height"
      let value =
        isLength ? OSRGetProjParm(raw, name, 0, &status) : OSRGetNormProjParm(raw, name, 0, &status)
      return status == OGRERR_NONE ? value : nil
    }.result
  }

  var isGeographic: Bool { OSRIsGeographic(raw) != 0 }
  var isProjected: Bool { OSRIsProjected(raw) != 0 }

  /// Metres per unit of length.
  var linearUnit: (metres: Double, name: String) {
    var name: UnsafeMutablePointer<CChar>?
    let metres = OSRGetLinearUnits(raw, &name)
    return (metres, name.map { String(cString: $0) } ?? "")
  }

  /// Radians per unit of angle.
  var angularUnit: Double { OSRGetAngularUnits(raw, nil) }

  var semiMajorAxis: Double { OSRGetSemiMajor(raw, nil) }
  var semiMinorAxis: Double { OSRGetSemiMinor(raw, nil) }
  /// 0 for a sphere.
  var inverseFlattening: Double { OSRGetInvFlattening(raw, nil) }

  /// Degrees east of Greenwich.
  var primeMeridian: (longitude: Double, name: String) {
    var name: UnsafeMutablePointer<CChar>?
    let longitude = OSRGetPrimeMeridian(raw, &name)
    return (longitude, name.map { String(cString: $0) } ?? "")
  }
}

extension CoordinateReference {
  /// The value of an OSR object; nil when it is empty or cannot be written as WKT.
  init?(_ system: OGRSpatialReferenceH) {
    func wkt(_ format: String) -> String? {
      let option = "FORMAT=" + format
      let (text, _) = collectingMessages { () -> String? in
        var text: UnsafeMutablePointer<CChar>?
        defer { VSIFree(text) }
        let status = option.withCString { option in
          [option, nil].withUnsafeBufferPointer { OSRExportToWktEx(system, &text, $0.baseAddress) }
        }
        guard status == OGRERR_NONE, let text else { return nil }
        let copy = String(cString: text)
        return copy.isEmpty ? nil : copy
      }
      return text
    }
    // A few systems have no WKT 1: better WKT 2 than none.
    guard let wkt = wkt("WKT1_GDAL") ?? wkt("WKT2_2019") else { return nil }
    var code: String?
    if let authority = OSRGetAuthorityName(system, nil), let number = OSRGetAuthorityCode(system, nil) {
      code = String(cString: authority) + ":" + String(cString: number)
    }
    self.init(wkt: wkt, authorityCode: code, isGeographic: OSRIsGeographic(system) != 0)
  }
}
