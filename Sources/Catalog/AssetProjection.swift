public import Geo

/// What a catalogue says about an asset's grid (STAC projection extension).
public struct AssetProjection: Hashable, Sendable {
  /// The coordinate system in all notations that the asset and its item give, to be tried in this order: the asset's
  /// code ("EPSG:32719"), WKT 2 and PROJJSON, then the item's.
  public var definitions: [String]
  /// From pixels to map coordinates.
  public var transform: AffineTransform?
  public var rows: Int?
  public var columns: Int?

  public init(
    definitions: [String] = [], transform: AffineTransform? = nil, rows: Int? = nil, columns: Int? = nil
  ) {
    self.definitions = definitions
    self.transform = transform
    self.rows = rows
    self.columns = columns
  }
}
