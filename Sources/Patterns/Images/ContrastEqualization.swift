/// Contrast-limited adaptive histogram equalisation, as OpenCV's CLAHE does it for 8 bits.
///
/// The picture is cut into `tiles` × `tiles` rectangles. The histogram of each is cut at a limit, what was cut off is
/// spread over all 256 values, and the cumulated histogram is a table of new values. A pixel gets the mean of what the
/// tables of the four nearest rectangles say, weighed by its distance to their centres. All arithmetic is in Float in
/// this order and without fused operations, so that results are OpenCV's bit for bit.
///
/// Zuiderveld, K. (1994): Contrast Limited Adaptive Histogram Equalization. Graphics Gems IV, 474–485.
public struct ContrastEqualization: Sendable {
  /// How many times the mean of a histogram its highest value may be.
  public let clipLimit: Double
  public let tiles: Int

  public init(clipLimit: Double = 2, tiles: Int = 11) {
    precondition(tiles > 0 && clipLimit > 0)
    self.clipLimit = clipLimit
    self.tiles = tiles
  }

  /// The picture with its contrast equalised.
  public func apply(to image: GreyImage) -> GreyImage {
    let (width, height) = (image.width, image.height)
    // Where one side cannot be divided, both are made longer: by a whole tile count when they could be.
    let divides = width % tiles == 0 && height % tiles == 0
    let tileWidth = divides ? width / tiles : width / tiles + 1
    let tileHeight = divides ? height / tiles : height / tiles + 1
    let tables = tables(image, tileWidth: tileWidth, tileHeight: tileHeight)
    let columns = neighbours(count: width, tileSize: tileWidth)
    let rows = neighbours(count: height, tileSize: tileHeight)
    var result = [UInt8](repeating: 0, count: width * height)
    for (y, row) in rows.enumerated() {
      let (above, below) = (row.first * tiles, row.second * tiles)
      for (x, column) in columns.enumerated() {
        let value = Int(image.samples[y * width + x])
        func table(_ tile: Int) -> Float { Float(tables[tile * 256 + value]) }
        let top =
          table(above + column.first) * column.firstWeight + table(above + column.second)
          * column.secondWeight
        let bottom =
          table(below + column.first) * column.firstWeight + table(below + column.second)
          * column.secondWeight
        let mean = top * row.firstWeight + bottom * row.secondWeight
        result[y * width + x] = Self.rounded(mean)
      }
    }
    return GreyImage(width: width, height: height, samples: result)
  }

  /// The new value of each of 256 values, tile after tile.
  private func tables(_ image: GreyImage, tileWidth: Int, tileHeight: Int) -> [UInt8] {
    let area = tileWidth * tileHeight
    let limit = max(Int(clipLimit * Double(area) / 256), 1)
    let scale = Float(255) / Float(area)
    // Beyond the right and the lower side the picture goes on mirrored, its outermost pixel not repeated.
    let columns = (0..<(tileWidth * tiles)).map { Self.mirrored($0, count: image.width) }
    let rows = (0..<(tileHeight * tiles)).map { Self.mirrored($0, count: image.height) }
    var tables = [UInt8](repeating: 0, count: tiles * tiles * 256)
    for tile in 0..<(tiles * tiles) {
      var histogram = [Int](repeating: 0, count: 256)
      let firstColumn = tile % tiles * tileWidth
      for row in rows[(tile / tiles * tileHeight)..<((tile / tiles + 1) * tileHeight)] {
        for column in columns[firstColumn..<(firstColumn + tileWidth)] {
          histogram[Int(image.samples[row * image.width + column])] += 1
        }
      }
      Self.clip(&histogram, limit: limit)
      var sum = 0
      for value in 0..<256 {
        sum += histogram[value]
        tables[tile * 256 + value] = Self.rounded(Float(sum) * scale)
      }
    }
    return tables
  }

  /// Cuts a histogram and spreads what was cut off.
  private static func clip(_ histogram: inout [Int], limit: Int) {
    let excess = histogram.reduce(0) { $0 + max($1 - limit, 0) }
    for value in 0..<256 { histogram[value] = min(histogram[value], limit) + excess / 256 }
    let rest = excess % 256
    guard rest > 0 else { return }
    let step = max(256 / rest, 1)
    for place in 0..<rest { histogram[place * step] += 1 }
  }

  private static func mirrored(_ place: Int, count: Int) -> Int {
    guard count > 1 else { return 0 }
    let rest = place % (2 * count - 2)
    return rest < count ? rest : 2 * count - 2 - rest
  }

  private static func rounded(_ value: Float) -> UInt8 {
    UInt8(min(max(value.rounded(.toNearestOrEven), 0), 255))
  }

  /// Two neighbouring tiles along an axis, and how much each counts.
  private struct Neighbours {
    let first: Int
    let second: Int
    let firstWeight: Float
    let secondWeight: Float
  }

  private func neighbours(count: Int, tileSize: Int) -> [Neighbours] {
    let step = Float(1) / Float(tileSize)
    return (0..<count).map { place in
      let position = Float(place) * step - Float(0.5)
      let floor = position.rounded(.down)
      let weight = position - floor
      return Neighbours(
        first: max(Int(floor), 0), second: min(Int(floor) + 1, tiles - 1), firstWeight: 1 - weight,
        secondWeight: weight)
    }
  }
}
