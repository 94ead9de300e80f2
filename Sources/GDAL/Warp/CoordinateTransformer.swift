internal import CGDAL
public import Geo

/// A way from one coordinate system to another, kept open for many points. Belongs to one thread.
///
/// Coordinates are in the order of rasters and GeoJSON: longitude before latitude, x before y.
public final class CoordinateTransformer {
  /// Nil between two notations of the same text.
  private let handle: OGRCoordinateTransformationH?

  /// - Throws: when PROJ knows no way, or does not understand one of the two.
  public init(from: CoordinateReference, to: CoordinateReference) throws(GDALError) {
    if from.wkt == to.wkt {
      handle = nil
      return
    }
    let source = try SpatialReferenceHandle(from)
    let target = try SpatialReferenceHandle(to)
    let (created, messages) = collectingMessages { OCTNewCoordinateTransformation(source.raw, target.raw) }
    guard let created else {
      throw GDALError(
        .transformCoordinates,
        message:
          "from \(from.name) to \(to.name): \(messages.failure ?? "there is no known way between them")")
    }
    handle = created
  }

  deinit {
    if let handle { OCTDestroyCoordinateTransformation(handle) }
  }

  /// Transforms points in place; one that has no image becomes NaN in both coordinates.
  ///
  /// - Parameters:
  ///   - x: eastings or longitudes.
  ///   - y: northings or latitudes, as many as `x`.
  public func transform(x: inout [Double], y: inout [Double]) {
    precondition(x.count == y.count)
    guard let handle, !x.isEmpty else { return }
    var success = [Int32](repeating: 0, count: x.count)
    // Which points have no image is told by `success`; PROJ's complaints about them add nothing.
    _ = collectingMessages { OCTTransformEx(handle, Int32(x.count), &x, &y, nil, &success) }
    for index in x.indices where success[index] == 0 || !x[index].isFinite || !y[index].isFinite {
      x[index] = .nan
      y[index] = .nan
    }
  }

  /// The image of one point; nil where it has none.
  public func transform(x: Double, y: Double) -> (x: Double, y: Double)? {
    var (xs, ys) = ([x], [y])
    transform(x: &xs, y: &ys)
    return xs[0].isNaN ? nil : (xs[0], ys[0])
  }
}
