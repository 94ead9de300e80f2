extension Grid {
  /// Coordinates beyond this are no place on Earth in any unit that maps are in.
  private static let farthest = 1e12
  /// The share of its coordinates that a pixel takes at least: a hundredth of a pixel is then still told by a double.
  private static let leastShare = 1e-13

  /// Why positions on the grid cannot be computed, to follow "the raster"; nil where they can.
  ///
  /// Transforms come from catalogues, files and configs, and any six numbers may stand there. A sound grid has pixels
  /// with an area, corners within 10¹² units of the origin, and pixels that are not lost in the rounding of its
  /// coordinates, so that pixel numbers derived from it fit into integers.
  public var flaw: String? {
    let numbers = transform.gdal
    guard numbers.allSatisfy(\.isFinite) else {
      return "has a transform with a number that is infinite or none"
    }
    guard width > 0, height > 0 else { return "is \(width) × \(height) pixels large" }
    guard transform.pixelArea > 0 else { return "has pixels without an area" }
    let box = bounds.array
    guard box.allSatisfy({ abs($0) <= Grid.farthest }) else {
      return "reaches to \(box.max { abs($0) < abs($1) } ?? 0), which is no coordinate on Earth"
    }
    let largest = box.map { abs($0) }.max() ?? 0
    let side = transform.pixelArea.squareRoot()
    guard side >= largest * Grid.leastShare else {
      return "has pixels of \(side), too small to be told apart at coordinates of \(largest)"
    }
    return nil
  }
}
