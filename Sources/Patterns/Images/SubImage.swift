/// One of the squares that a picture is cut into.
public struct SubImage: Hashable, Sendable {
  /// Its place in the order of pyveg: down the first column of squares, then down the next.
  public let index: Int
  /// The place of its upper left pixel.
  public let column: Int
  public let row: Int
  /// Pixels along a side.
  public let size: Int
}

/// How a picture is cut into squares that do not overlap; what is left over at the right and below is left out.
public struct SubImageLayout: Hashable, Sendable {
  public let size: Int
  /// How many squares lie side by side, and one below another.
  public let columns: Int
  public let rows: Int

  /// - Parameters:
  ///   - width: columns of the picture, in pixels.
  ///   - height: rows of the picture, in pixels.
  ///   - size: pixels along a side, 1 or more. A picture that is smaller has no sub-image.
  public init(width: Int, height: Int, size: Int = 50) {
    precondition(size > 0)
    self.size = size
    columns = width / size
    rows = height / size
  }

  public var count: Int { columns * rows }

  /// The sub-images in order.
  public var subImages: [SubImage] {
    (0..<count).map { index in
      SubImage(index: index, column: index / rows * size, row: index % rows * size, size: size)
    }
  }

  /// Where pyveg says that a sub-image lies: as if the sub-images covered the whole region, what is left out included.
  ///
  /// - Parameters:
  ///   - subImage: one of the tiling's.
  ///   - longitude: of the region's centre, in degrees.
  ///   - latitude: of the region's centre, in degrees.
  ///   - regionSize: the length of a side of the region, in degrees.
  public func pyvegCentre(of subImage: SubImage, longitude: Double, latitude: Double, regionSize: Double)
    -> (longitude: Double, latitude: Double)
  {
    let (width, height) = (regionSize / Double(columns), regionSize / Double(rows))
    let (column, row) = (Double(subImage.index / rows), Double(subImage.index % rows))
    return (
      (longitude - regionSize / 2) + width / 2 + column * width,
      (latitude + regionSize / 2) - height / 2 - row * height
    )
  }
}
