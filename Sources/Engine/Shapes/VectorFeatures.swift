public import Geo

/// Points and polygons from a file (GeoJSON, GeoPackage, Shapefile …), for modules that look at places.
public struct VectorFeatures: Sendable {
  /// A place, in the coordinates of a system that the context tells.
  public struct Point: Hashable, Sendable {
    public var x: Double
    public var y: Double

    public init(x: Double, y: Double) {
      self.x = x
      self.y = y
    }
  }

  public enum Shape: Hashable, Sendable {
    case points([Point])
    /// Closed rings, first and last point the same; those of polygons run against the clock, those of holes with it.
    case polygons([[Point]])
  }

  public struct Feature: Sendable {
    /// The number that the file gives it.
    public let number: Int
    /// Its attributes as texts.
    public let attributes: [String: String]
    public let shape: Shape

    public init(number: Int, attributes: [String: String], shape: Shape) {
      self.number = number
      self.attributes = attributes
      self.shape = shape
    }
  }

  public let features: [Feature]
  /// The names of the attributes, in the order of the file.
  public let attributeNames: [String]
  private let projecting: @Sendable (Shape, CoordinateReference) -> Shape?

  /// - Parameters:
  ///   - features: the points and polygons, in the file's order.
  ///   - attributeNames: the names of what is known of each feature, in the file's order.
  ///   - projecting: the shape in another coordinate system; nil where that does not reach.
  public init(
    features: [Feature], attributeNames: [String],
    projecting: @escaping @Sendable (Shape, CoordinateReference) -> Shape?
  ) {
    self.features = features
    self.attributeNames = attributeNames
    self.projecting = projecting
  }

  /// A feature's shape in a coordinate system; nil where the system does not reach it.
  public func shape(of feature: Feature, in crs: CoordinateReference) -> Shape? {
    projecting(feature.shape, crs)
  }
}
