/// A picture of red, green and blue with 8 bits each.
public struct ColourImage: Hashable, Sendable {
  public let width: Int
  public let height: Int
  /// Red, green and blue of each pixel in turn, row by row.
  public let samples: [UInt8]

  public init(width: Int, height: Int, samples: [UInt8]) {
    precondition(width > 0 && height > 0 && samples.count == 3 * width * height)
    self.width = width
    self.height = height
    self.samples = samples
  }

  /// The same picture of one channel in all three.
  public init(_ grey: GreyImage) {
    self.init(
      width: grey.width, height: grey.height, samples: grey.samples.flatMap { [$0, $0, $0] })
  }

  /// The part that is a sub-image.
  public func part(_ subImage: SubImage) -> ColourImage {
    var part: [UInt8] = []
    part.reserveCapacity(3 * subImage.size * subImage.size)
    for line in subImage.row..<(subImage.row + subImage.size) {
      let start = 3 * (line * width + subImage.column)
      part += samples[start..<(start + 3 * subImage.size)]
    }
    return ColourImage(width: subImage.size, height: subImage.size, samples: part)
  }

  /// How many pixels are black: there was nothing to see, or it was masked.
  public var blackPixels: Int {
    var count = 0
    for index in stride(from: 0, to: samples.count, by: 3) {
      count += samples[index] == 0 && samples[index + 1] == 0 && samples[index + 2] == 0 ? 1 : 0
    }
    return count
  }

  /// Whether red, green and blue are the same in every pixel, and not all of them are black: no picture of a
  /// landscape, but of one band.
  public var isGrey: Bool {
    for index in stride(from: 0, to: samples.count, by: 3) {
      guard samples[index] == samples[index + 1], samples[index] == samples[index + 2] else { return false }
    }
    return blackPixels < width * height
  }

  /// What speaks against using the picture.
  ///
  /// - Parameter blackLimit: the share of black pixels from which on a picture is refused. pyveg refuses whole
  ///   pictures at 1 and sub-images at 0.05.
  /// - Returns: nil where nothing does.
  public func fault(blackLimit: Double) -> Fault? {
    if isGrey { return .grey }
    let share = Double(blackPixels) / Double(width * height)
    return share >= blackLimit ? .black(share: share) : nil
  }

  /// Why a picture is refused.
  public enum Fault: Hashable, Sendable, CustomStringConvertible {
    case grey
    case black(share: Double)

    public var description: String {
      switch self {
      case .grey: "red, green and blue are the same in every pixel"
      case .black(let share): "\((share * 1000).rounded() / 10) % of the pixels are missing or black"
      }
    }
  }
}
