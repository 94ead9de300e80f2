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
  private let box: @Sendable (Grid) -> BoundingBox?

  /// - Parameters:
  ///   - features: the points and polygons, in the file's order.
  ///   - attributeNames: the names of what is known of each feature, in the file's order.
  ///   - projecting: the shape in another coordinate system; nil where that does not reach.
  ///   - box: a grid's extent in the coordinate system of the features; nil where that is no box.
  public init(
    features: [Feature], attributeNames: [String],
    projecting: @escaping @Sendable (Shape, CoordinateReference) -> Shape?,
    box: @escaping @Sendable (Grid) -> BoundingBox? = { _ in nil }
  ) {
    self.features = features
    self.attributeNames = attributeNames
    self.projecting = projecting
    self.box = box
  }

  /// A feature's shape in a grid's coordinate system; nil where the system does not reach it.
  ///
  /// Polygons that go far beyond the grid, further than its coordinate system may, are cut off there.
  public func shape(of feature: Feature, on grid: Grid) -> Shape? {
    guard case .polygons(let rings) = feature.shape, let box = box(grid), box.minX < box.maxX else {
      return projecting(feature.shape, grid.crs)
    }
    let (width, height) = (box.maxX - box.minX, box.maxY - box.minY)
    let (left, right) = (box.minX - 2 * width, box.maxX + 2 * width)
    let (bottom, top) = (box.minY - 2 * height, box.maxY + 2 * height)
    let isNear = rings.joined().allSatisfy { point in
      (left...right).contains(point.x) && (bottom...top).contains(point.y)
    }
    if isNear { return projecting(feature.shape, grid.crs) }
    let cut = rings.map { ring in
      var ring = VectorFeatures.cut(ring, at: left, \.x, keeping: >=)
      ring = VectorFeatures.cut(ring, at: right, \.x, keeping: <=)
      ring = VectorFeatures.cut(ring, at: bottom, \.y, keeping: >=)
      return VectorFeatures.cut(ring, at: top, \.y, keeping: <=)
    }.filter { $0.count > 3 }
    return cut.isEmpty ? nil : projecting(.polygons(cut), grid.crs)
  }

  /// A feature's whole shape in a grid's coordinate system, however far it lies from the grid; nil where the system does
  /// not reach it.
  public func wholeShape(of feature: Feature, on grid: Grid) -> Shape? { projecting(feature.shape, grid.crs) }

  /// What of a closed ring lies on one side of a line across an axis, closed along that line.
  ///
  /// Sutherland & Hodgman 1974, Reentrant polygon clipping, Communications of the ACM 17:32-42.
  private static func cut(
    _ ring: [Point], at limit: Double, _ axis: WritableKeyPath<Point, Double>,
    keeping isKept: (Double, Double) -> Bool
  ) -> [Point] {
    var kept: [Point] = []
    for (start, end) in zip(ring, ring.dropFirst()) {
      let (one, other) = (start[keyPath: axis], end[keyPath: axis])
      if isKept(one, limit) { kept.append(start) }
      guard isKept(one, limit) != isKept(other, limit) else { continue }
      let share = (limit - one) / (other - one)
      var crossing = Point(x: start.x + share * (end.x - start.x), y: start.y + share * (end.y - start.y))
      crossing[keyPath: axis] = limit
      kept.append(crossing)
    }
    if let first = kept.first { kept.append(first) }
    return kept
  }
}
