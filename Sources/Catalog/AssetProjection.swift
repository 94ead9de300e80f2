public import Geo

/// What a catalogue says about an asset's grid (STAC projection extension).
public struct AssetProjection: Hashable, Sendable {
  /// The coordinate system's name: "EPSG:32719".
  public var authorityCode: String?
  /// The coordinate system as WKT 2.
  public var wkt2: String?
  /// The coordinate system as PROJJSON text.
  public var projjson: String?
  /// From pixels to map coordinates.
  public var transform: AffineTransform?
  public var rows: Int?
  public var columns: Int?

  public init(
    authorityCode: String? = nil,
    wkt2: String? = nil,
    projjson: String? = nil,
    transform: AffineTransform? = nil,
    rows: Int? = nil,
    columns: Int? = nil
  ) {
    self.authorityCode = authorityCode
    self.wkt2 = wkt2
    self.projjson = projjson
    self.transform = transform
    self.rows = rows
    self.columns = columns
  }

  /// The EPSG number; nil when the system has none, or another authority's code.
  public var epsg: Int? {
    guard let authorityCode, authorityCode.hasPrefix("EPSG:") else { return nil }
    return Int(authorityCode.dropFirst(5))
  }

  /// The coordinate system in a form that PROJ reads: its code, else WKT 2, else PROJJSON.
  public var definition: String? { authorityCode ?? wkt2 ?? projjson }
}
