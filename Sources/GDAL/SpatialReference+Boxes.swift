public import Geo

extension SpatialReference {
  /// The box that holds another one after a change of coordinate system, in one piece across the antimeridian.
  ///
  /// - Parameters:
  ///   - box: as for `transform(_:from:to:densify:)`.
  ///   - from: the coordinate system of `box`.
  ///   - to: the coordinate system of the result.
  ///   - densify: points added along each edge, at least 2.
  /// - Returns: a box whose `minX` is less than its `maxX`: longitudes go beyond 180, and eastings of projections
  ///   that begin anew at the antimeridian (Mercator) beyond their end.
  /// - Throws: when a point of an edge has no finite image.
  public static func unrolled(
    _ box: BoundingBox, from: CoordinateReference, to: CoordinateReference, densify: Int
  ) throws(GDALError) -> BoundingBox {
    if !from.isGeographic || box.minX <= box.maxX || to.isGeographic {
      var result = try transform(box, from: from, to: to, densify: densify)
      if result.minX > result.maxX { result.maxX += 360 }
      return result
    }
    let latitude = (box.minY + box.maxY) / 2
    let seam = try CoordinateTransformer(from: from, to: to)
    guard let east = seam.transform(x: 180 - 1e-9, y: latitude),
      let west = seam.transform(x: -180 + 1e-9, y: latitude), abs(east.x - west.x) > 1
    else { return try transform(box, from: from, to: to, densify: densify) }
    let turn = east.x - west.x
    let near = try transform(
      BoundingBox(minX: box.minX, minY: box.minY, maxX: 180 - 1e-9, maxY: box.maxY), from: from, to: to,
      densify: densify)
    let far = try transform(
      BoundingBox(minX: -180 + 1e-9, minY: box.minY, maxX: box.maxX, maxY: box.maxY), from: from, to: to,
      densify: densify)
    return near.union(
      BoundingBox(minX: far.minX + turn, minY: far.minY, maxX: far.maxX + turn, maxY: far.maxY))
  }

  /// Metres in a unit of a projected system's coordinates; nil for degrees, and what cannot be parsed.
  public static func metresPerUnit(_ crs: CoordinateReference) -> Double? {
    guard !crs.isGeographic, let handle = try? SpatialReferenceHandle(crs) else { return nil }
    return handle.linearUnit.metres
  }
}
