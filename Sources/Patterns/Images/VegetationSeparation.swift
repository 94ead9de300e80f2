/// Separates vegetation from bare soil in a picture of NDVI, as pyveg does.
///
/// Contrast is equalised, each pixel compared with the mean of its surroundings, and single pixels are removed by a
/// median. Black (0) is vegetation: clearly greener than its surroundings. White (255) is everything else.
public enum VegetationSeparation {
  /// How many pixels a mean reaches to each side: 51 × 51 pixels.
  private static let reach = 25
  /// How much above the mean of its surroundings vegetation is.
  private static let margin = 5

  /// The black and white picture.
  public static func blackAndWhite(_ ndvi: GreyImage) -> GreyImage {
    majority(threshold(ContrastEqualization().apply(to: ndvi)))
  }

  /// White where a pixel is at most 5 above the mean of the 51 × 51 pixels around it, black elsewhere.
  ///
  /// Beyond its sides the picture goes on with its outermost pixels; the mean is rounded.
  public static func threshold(_ image: GreyImage) -> GreyImage {
    let (width, height) = (image.width, image.height)
    let size = 2 * reach + 1
    let pixels = size * size
    var result = [UInt8](repeating: 0, count: width * height)
    // The sum of a column's pixels within reach of the row, and the running sum of those columns.
    var columns = [Int](repeating: 0, count: width)
    func row(_ place: Int) -> Int { min(max(place, 0), height - 1) * width }
    for place in -reach...reach {
      for x in 0..<width { columns[x] += Int(image.samples[row(place) + x]) }
    }
    for y in 0..<height {
      if y > 0 {
        let (arriving, leaving) = (row(y + reach), row(y - reach - 1))
        for x in 0..<width {
          columns[x] += Int(image.samples[arriving + x]) - Int(image.samples[leaving + x])
        }
      }
      func column(_ place: Int) -> Int { columns[min(max(place, 0), width - 1)] }
      var sum = (-reach...reach).reduce(0) { $0 + column($1) }
      for x in 0..<width {
        if x > 0 { sum += column(x + reach) - column(x - reach - 1) }
        let mean = (sum + pixels / 2) / pixels
        result[y * width + x] = Int(image.samples[y * width + x]) - mean <= margin ? 255 : 0
      }
    }
    return GreyImage(width: width, height: height, samples: result)
  }

  /// White where at least 5 of the 3 × 3 pixels are white (the median of black and white), black elsewhere.
  ///
  /// Beyond its sides the picture goes on with its outermost pixels.
  public static func majority(_ image: GreyImage) -> GreyImage {
    let (width, height) = (image.width, image.height)
    var result = [UInt8](repeating: 0, count: width * height)
    for y in 0..<height {
      let rows = [max(y - 1, 0) * width, y * width, min(y + 1, height - 1) * width]
      func white(_ x: Int) -> Int {
        rows.reduce(0) { $0 + (image.samples[$1 + x] == 255 ? 1 : 0) }
      }
      var (left, centre) = (white(0), white(0))
      for x in 0..<width {
        let right = white(min(x + 1, width - 1))
        result[y * width + x] = left + centre + right >= 5 ? 255 : 0
        (left, centre) = (centre, right)
      }
    }
    return GreyImage(width: width, height: height, samples: result)
  }
}
