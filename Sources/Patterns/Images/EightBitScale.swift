/// How values of bands become the 8 bits of pictures, as in pyveg: numbers are cut, not rounded.
public enum EightBitScale {
  /// NDVI from -1 to 1 becomes 0 to 255; what lies beyond goes to the ends.
  ///
  /// A missing value (NaN) counts as 0, as in images that Earth Engine fills so, and becomes 127.
  public static func ndvi(_ value: Double) -> UInt8 {
    let value = value == value ? value : 0
    return UInt8(min(max((value + 1) / 2 * 255, 0), 255))
  }

  /// The picture of NDVI, row by row.
  public static func ndvi(_ values: [Float], width: Int, height: Int) -> GreyImage {
    GreyImage(width: width, height: height, samples: values.map { ndvi(Double($0)) })
  }

  /// A band's value on the common scale of three bands.
  ///
  /// - Parameters:
  ///   - value: a missing value (NaN) counts as 0; below 0 is black.
  ///   - maximum: the greatest value of all three bands. One more than it would be 255: the scale is meant for digital
  ///     numbers that go to thousands, not for reflectances up to 1.
  public static func colour(_ value: Double, maximum: Double) -> UInt8 {
    let value = value > 0 ? value : 0
    return UInt8(min(value * 255 / (maximum + 1), 255))
  }

  /// The picture of a red, a green and a blue band, row by row.
  ///
  /// - Parameters:
  ///   - red: one value a pixel; NaN is missing.
  ///   - green: as many.
  ///   - blue: as many.
  ///   - width: columns of the picture.
  ///   - height: rows of the picture.
  ///   - factor: values are multiplied by it first: 10000 for reflectances.
  public static func colour(
    red: [Float], green: [Float], blue: [Float], width: Int, height: Int, factor: Double = 1
  ) -> ColourImage {
    precondition(red.count == width * height && green.count == red.count && blue.count == red.count)
    var maximum = 0.0
    for band in [red, green, blue] {
      for value in band where Double(value) * factor > maximum { maximum = Double(value) * factor }
    }
    let top = maximum
    var samples = [UInt8](repeating: 0, count: 3 * red.count)
    for (channel, band) in [red, green, blue].enumerated() {
      for (index, value) in band.enumerated() {
        samples[3 * index + channel] = colour(Double(value) * factor, maximum: top)
      }
    }
    return ColourImage(width: width, height: height, samples: samples)
  }
}
