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
  /// The edges in map coordinates.
  public var bounds: BoundingBox?

  public init(
    definitions: [String] = [], transform: AffineTransform? = nil, rows: Int? = nil, columns: Int? = nil,
    bounds: BoundingBox? = nil
  ) {
    self.definitions = definitions
    self.transform = transform
    self.rows = rows
    self.columns = columns
    self.bounds = bounds
  }

  /// The transform of a raster of this size, north up between the edges where the catalogue gives no other; nil where it
  /// gives no edges either.
  public func transform(width: Int, height: Int) -> AffineTransform? {
    if let transform { return transform }
    guard let bounds, width > 0, height > 0, bounds.maxX > bounds.minX, bounds.maxY > bounds.minY else {
      return nil
    }
    return AffineTransform(
      originX: bounds.minX, originY: bounds.maxY, pixelWidth: (bounds.maxX - bounds.minX) / Double(width),
      pixelHeight: (bounds.minY - bounds.maxY) / Double(height))
  }
}
