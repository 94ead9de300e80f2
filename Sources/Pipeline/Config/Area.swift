public import Catalog
public import Geo

/// Where on Earth a pipeline works, and on which grid.
public enum Area: Hashable, Sendable {
  /// The extent of all scenes, on the first scene's grid.
  case native
  /// The grid of a raster file: a path that does not depend on the current folder, or a URL.
  case like(path: String)
  /// A box in a coordinate system; nil for longitude and latitude in degrees, where a box across the
  /// antimeridian has a `minX` greater than its `maxX`.
  case box(BoundingBox, crs: String?, target: GridTarget)
  /// A square around a point in degrees, so many metres to each side in the grid's coordinate system.
  case around(longitude: Double, latitude: Double, buffer: Double, target: GridTarget)
  /// Polygons, at least one.
  case geometry([LonLatPolygon], target: GridTarget)
}

/// What a config says about the grid of an area; what it leaves open follows the scenes.
public struct GridTarget: Hashable, Sendable {
  /// A coordinate system as PROJ reads it: "EPSG:32719".
  public var crs: String?
  /// The size of a pixel in units of the coordinate system.
  public var resolution: Resolution?

  public init(crs: String? = nil, resolution: Resolution? = nil) {
    self.crs = crs
    self.resolution = resolution
  }

  /// Width and height of a pixel, both positive.
  public struct Resolution: Hashable, Sendable {
    public var x: Double
    public var y: Double

    public init(x: Double, y: Double) {
      self.x = x
      self.y = y
    }
  }
}
