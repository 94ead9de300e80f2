/// Patches of connected pixels that have one value.
public enum Patches {
  /// Replaces a value where it stands in patches of too few pixels.
  ///
  /// - Parameters:
  ///   - value: what patches are made of.
  ///   - other: what takes its place.
  ///   - minimum: patches of fewer pixels are replaced.
  ///   - withDiagonals: whether pixels that touch at a corner are connected.
  ///   - plane: `width` times `height` pixels, row-major; others than `value`, missing ones included, divide patches.
  ///   - width: columns of the plane.
  ///   - height: rows of the plane.
  ///
  /// A patch that reaches beyond the plane counts with the part in it: it is right for pixels that are `minimum` − 1
  /// rows and columns inside.
  public static func replace(
    _ value: Float, by other: Float, smallerThan minimum: Int, withDiagonals: Bool,
    in plane: UnsafeMutableBufferPointer<Float>, width: Int, height: Int
  ) {
    precondition(plane.count == width * height)
    guard !plane.isEmpty else { return }
    // The number of a pixel of the same patch, itself for the first of a patch (union-find).
    var parents = [Int32](repeating: -1, count: plane.count)
    func root(_ pixel: Int32) -> Int32 {
      var pixel = pixel
      while parents[Int(pixel)] != pixel {
        parents[Int(pixel)] = parents[Int(parents[Int(pixel)])]
        pixel = parents[Int(pixel)]
      }
      return pixel
    }
    func join(_ one: Int, _ another: Int) {
      let (first, second) = (root(Int32(one)), root(Int32(another)))
      if first < second { parents[Int(second)] = first } else { parents[Int(first)] = second }
    }
    for row in 0..<height {
      for column in 0..<width {
        let pixel = row * width + column
        guard plane[pixel] == value else { continue }
        parents[pixel] = Int32(pixel)
        if column > 0, plane[pixel - 1] == value { join(pixel, pixel - 1) }
        guard row > 0 else { continue }
        if plane[pixel - width] == value { join(pixel, pixel - width) }
        guard withDiagonals else { continue }
        if column > 0, plane[pixel - width - 1] == value { join(pixel, pixel - width - 1) }
        if column + 1 < width, plane[pixel - width + 1] == value { join(pixel, pixel - width + 1) }
      }
    }
    var sizes = [Int32](repeating: 0, count: plane.count)
    for pixel in parents.indices where parents[pixel] >= 0 { sizes[Int(root(Int32(pixel)))] += 1 }
    for pixel in parents.indices where parents[pixel] >= 0 && sizes[Int(root(Int32(pixel)))] < minimum {
      plane[pixel] = other
    }
  }
}
