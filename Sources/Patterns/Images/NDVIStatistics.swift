/// The mean greenness of a sub-image, from its 8-bit picture of NDVI.
///
/// Values are those of the picture, 0 to 255: x · 2 / 255 − 1 is NDVI, about 0.004 too low because the picture's numbers
/// are cut.
public struct NDVIStatistics: Hashable, Sendable {
  /// The mean of all pixels, rounded to 4 decimals.
  public let mean: Double
  /// The mean of the pixels that are vegetation (black in the black and white picture); nil when there are none.
  public let vegetationMean: Double?
  /// How many pixels are vegetation.
  public let vegetationPixels: Int

  /// - Parameters:
  ///   - ndvi: the picture of NDVI.
  ///   - blackAndWhite: of the same size.
  public init(ndvi: GreyImage, blackAndWhite: GreyImage) {
    precondition(ndvi.samples.count == blackAndWhite.samples.count)
    var (sum, vegetationSum, vegetationPixels) = (0, 0, 0)
    for (value, colour) in zip(ndvi.samples, blackAndWhite.samples) {
      sum += Int(value)
      if colour == 0 {
        vegetationSum += Int(value)
        vegetationPixels += 1
      }
    }
    mean = Self.rounded(sum, over: ndvi.samples.count)
    vegetationMean = vegetationPixels > 0 ? Double(vegetationSum) / Double(vegetationPixels) : nil
    self.vegetationPixels = vegetationPixels
  }

  /// The nearest number of 4 decimals, halves to the even one. Of 50 × 50 pixels the mean has no more decimals.
  private static func rounded(_ sum: Int, over count: Int) -> Double {
    let scaled = sum * 10_000
    let (quotient, rest) = scaled.quotientAndRemainder(dividingBy: count)
    let isUp = 2 * rest > count || (2 * rest == count && quotient % 2 == 1)
    return Double(quotient + (isUp ? 1 : 0)) / 10_000
  }
}
