/// A coordinate reference system as a value: its WKT, and its authority's name where it has one.
///
/// Whether two of them are the same system is a question for PROJ (the GDAL room), since one system can be
/// written in many ways: `==` here compares the text only.
public struct CoordinateReference: Hashable, Sendable {
  /// The definition, as WKT 1 (the form GeoTIFF and `crs_wkt` readers understand everywhere).
  public var wkt: String
  /// "EPSG:32719", where the system has such a name.
  public var authorityCode: String?
  /// Whether coordinates are degrees of longitude and latitude.
  public var isGeographic: Bool

  public init(wkt: String, authorityCode: String?, isGeographic: Bool) {
    self.wkt = wkt
    self.authorityCode = authorityCode
    self.isGeographic = isGeographic
  }

  /// The shortest name a person recognises: the authority code, or the WKT's own name.
  public var name: String {
    if let authorityCode { return authorityCode }
    let parts = wkt.split(separator: "\"", maxSplits: 2, omittingEmptySubsequences: false)
    return parts.count > 1 ? String(parts[1]) : "an unnamed coordinate system"
  }
}
