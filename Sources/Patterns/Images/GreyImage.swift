/// A picture of one channel with 8 bits a pixel.
public struct GreyImage: Hashable, Sendable {
  public let width: Int
  public let height: Int
  /// Row by row, `width * height` of them.
  public let samples: [UInt8]

  public init(width: Int, height: Int, samples: [UInt8]) {
    precondition(width > 0 && height > 0 && samples.count == width * height)
    self.width = width
    self.height = height
    self.samples = samples
  }

  /// A rectangle of the picture.
  ///
  /// - Precondition: it lies inside the picture and is not empty.
  public func part(column: Int, row: Int, width: Int, height: Int) -> GreyImage {
    precondition(column >= 0 && row >= 0 && column + width <= self.width && row + height <= self.height)
    var part: [UInt8] = []
    part.reserveCapacity(width * height)
    for line in row..<(row + height) {
      part += samples[(line * self.width + column)..<(line * self.width + column + width)]
    }
    return GreyImage(width: width, height: height, samples: part)
  }

  /// The part that is a sub-image.
  public func part(_ subImage: SubImage) -> GreyImage {
    part(column: subImage.column, row: subImage.row, width: subImage.size, height: subImage.size)
  }
}
