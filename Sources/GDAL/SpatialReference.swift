internal import CGDAL
public import Geo

/// What PROJ knows of coordinate systems, as functions of values.
///
/// Coordinates are always in the order of rasters and GeoJSON: longitude before latitude, x before y.
public enum SpatialReference {
  /// Understands "EPSG:32719", a bare EPSG number, WKT, PROJJSON or a PROJ string.
  ///
  /// - Throws: when the text is none of these. Files and addresses are not followed.
  public static func parse(_ text: String) throws(GDALError) -> CoordinateReference {
    let isWKT = text.contains("[") || text.contains("{")
    let isAddress =
      text.contains("/") && !text.hasPrefix("http://www.opengis.net/def/crs/")
      && !text.hasPrefix("https://www.opengis.net/def/crs/") && !text.contains("+proj=")
    guard !text.isEmpty, isWKT || !isAddress else {
      throw GDALError(
        .parseCoordinateReference,
        message: "'\(text)' does not name a coordinate system",
        advice: "write an EPSG code such as EPSG:32719, WKT or a PROJ string"
      )
    }
    let isNumber = text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    let handle = try SpatialReferenceHandle(text: isNumber ? "EPSG:" + text : text)
    guard let crs = CoordinateReference(handle.raw) else {
      throw GDALError(
        .parseCoordinateReference,
        message: "'\(text)' cannot be written as WKT",
        advice: "choose a projected or geographic system"
      )
    }
    return crs
  }

  /// Whether two values are the same system, whatever their names, their notation and their axis order.
  ///
  /// A system whose datum is only known by its ellipsoid ("Not specified (based on WGS 84 spheroid)", as in
  /// HLS files) is the same as one on a known datum with that ellipsoid, if everything else agrees.
  /// A value that cannot be parsed is the same as nothing but itself.
  public static func isSame(_ a: CoordinateReference, _ b: CoordinateReference) -> Bool {
    if a.wkt == b.wkt { return true }
    if let code = a.authorityCode, code == b.authorityCode { return true }
    guard let first = try? SpatialReferenceHandle(a), let second = try? SpatialReferenceHandle(b) else {
      return false
    }
    return first.isEquivalent(to: second) || first.hasSameParameters(as: second)
  }

  /// The box that holds another one after a change of coordinate system.
  ///
  /// - Parameters:
  ///   - box: when `from` is geographic, `minX` > `maxX` means across the antimeridian.
  ///   - from: the coordinate system of `box`.
  ///   - to: the coordinate system of the result.
  ///   - densify: points added along each edge, at least 2; a straight edge is rarely straight elsewhere.
  /// - Returns: the box in `to`. Geographic results have `minX` > `maxX` where the box crosses the
  ///   antimeridian (as in GeoJSON, RFC 7946) and cover all longitudes where it holds a pole.
  /// - Throws: when a point of an edge has no finite image.
  public static func transform(
    _ box: BoundingBox,
    from: CoordinateReference,
    to: CoordinateReference,
    densify: Int
  ) throws(GDALError) -> BoundingBox {
    if from.wkt == to.wkt { return box }
    let source = try SpatialReferenceHandle(from)
    let target = try SpatialReferenceHandle(to)
    func failure(_ message: String) -> GDALError {
      GDALError(
        .transformCoordinates,
        message: "\(box.array) from \(from.name) to \(to.name): \(message)",
        advice: "is the box inside the area where both systems are defined, and in the right order?"
      )
    }
    let (created, creation) = collectingMessages { OCTNewCoordinateTransformation(source.raw, target.raw) }
    guard let created else { throw failure(creation.failure ?? "there is no known way between them") }
    defer { OCTDestroyCoordinateTransformation(created) }

    // `OCTTransformBounds` leaves points out that have no image, which would silently lose a corner.
    // PROJ wants two points an edge at least.
    let points = max(2, densify)
    var (x, y) = edgePoints(of: box, perEdge: points, wraps: from.isGeographic)
    let (isWhole, messages) = collectingMessages { transformPoints(created, &x, &y) }
    guard isWhole else {
      throw failure(messages.failure ?? "some of its edge has no image there")
    }
    var result = BoundingBox(minX: 0, minY: 0, maxX: 0, maxY: 0)
    let (status, bounds) = collectingMessages {
      OCTTransformBounds(
        created,
        box.minX,
        box.minY,
        box.maxX,
        box.maxY,
        &result.minX,
        &result.minY,
        &result.maxX,
        &result.maxY,
        Int32(points)
      )
    }
    guard status != 0, result.array.allSatisfy(\.isFinite) else {
      throw failure(bounds.failure ?? "its image has no bounds")
    }
    return result
  }

  /// Transforms points in place.
  ///
  /// - Parameters:
  ///   - x: eastings or longitudes.
  ///   - y: northings or latitudes, as many as `x`.
  ///   - from: the coordinate system the points are in.
  ///   - to: the coordinate system they get.
  /// - Throws: when a point has no finite image; the arrays are then undefined.
  public static func transform(
    x: inout [Double],
    y: inout [Double],
    from: CoordinateReference,
    to: CoordinateReference
  ) throws(GDALError) {
    func failure(_ message: String) -> GDALError {
      GDALError(
        .transformCoordinates,
        message: "points from \(from.name) to \(to.name): \(message)",
        advice: "are the points inside the area where both systems are defined, and in the right order?"
      )
    }
    guard x.count == y.count else { throw failure("\(x.count) x but \(y.count) y") }
    if from.wkt == to.wkt || x.isEmpty { return }
    let source = try SpatialReferenceHandle(from)
    let target = try SpatialReferenceHandle(to)
    let (created, creation) = collectingMessages { OCTNewCoordinateTransformation(source.raw, target.raw) }
    guard let created else { throw failure(creation.failure ?? "there is no known way between them") }
    defer { OCTDestroyCoordinateTransformation(created) }
    let (isWhole, messages) = collectingMessages { transformPoints(created, &x, &y) }
    guard isWhole else { throw failure(messages.failure ?? "a point has no image there") }
  }

  /// Whether every point has a finite image.
  private static func transformPoints(
    _ transformation: OGRCoordinateTransformationH,
    _ x: inout [Double],
    _ y: inout [Double]
  ) -> Bool {
    var success = [Int32](repeating: 0, count: x.count)
    OCTTransformEx(transformation, Int32(x.count), &x, &y, nil, &success)
    return !success.contains(0) && x.allSatisfy(\.isFinite) && y.allSatisfy(\.isFinite)
  }

  /// Points along the outline of a box: corners and `perEdge` points between them.
  private static func edgePoints(
    of box: BoundingBox,
    perEdge: Int,
    wraps: Bool
  ) -> (x: [Double], y: [Double]) {
    let width = box.maxX - box.minX + (wraps && box.maxX < box.minX ? 360 : 0)
    let height = box.maxY - box.minY
    var x: [Double] = []
    var y: [Double] = []
    for step in 0...(perEdge + 1) {
      let part = Double(step) / Double(perEdge + 1)
      x += [box.minX + part * width, box.minX + part * width, box.minX, box.minX + width]
      y += [box.minY, box.minY + height, box.minY + part * height, box.minY + part * height]
    }
    return (x, y)
  }
}
