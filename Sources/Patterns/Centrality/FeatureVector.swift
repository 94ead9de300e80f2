/// The shape of a pattern in a few numbers: how pixels and edges change as less and less central pixels are added.
///
/// Element i is the number of pixels minus the number of edges between them, of the i · 5 % most central white pixels;
/// the first is 0. Compact patterns have many more edges than pixels, and their vectors fall steeply; in patterns
/// of dots they rise.
///
/// Mander, L., Dekker, S. C., Li, M., Mio, W., Punyasena, S. W., Lenton, T. M. (2017): A morphometric analysis of
/// vegetation patterns in dryland ecosystems. Royal Society Open Science 4, 160443.
public struct FeatureVector: Hashable, Sendable {
  /// One number for each of `count` steps: whole, but as pyveg a Double.
  public let elements: [Double]

  /// - Parameters:
  ///   - centrality: of the white pixels of a picture.
  ///   - count: 2 to 100; the share of pixels grows by 100 / count, rounded down, per cent from one element to the
  ///     next. pyveg has 20.
  public init(_ centrality: SubgraphCentrality, count: Int = 20) {
    precondition((2...100).contains(count))
    let total = centrality.pixels.count
    let sums = Self.pixelsMinusEdges(centrality)
    let step = 100 / count
    elements = [0] + (1..<count).map { Double(sums[Self.share($0 * step, of: total)]) }
  }

  public init(elements: [Double]) {
    precondition(elements.count >= 2)
    self.elements = elements
  }

  /// How many pixels are so many per cent: the nearest number, halves to the even one.
  static func share(_ percent: Int, of total: Int) -> Int {
    let (quotient, rest) = (percent * total).quotientAndRemainder(dividingBy: 100)
    return quotient + (rest > 50 || (rest == 50 && quotient % 2 == 1) ? 1 : 0)
  }

  /// Pixels minus edges of the first 0, 1, 2 … pixels in the order of centrality.
  private static func pixelsMinusEdges(_ centrality: SubgraphCentrality) -> [Int] {
    let stride = centrality.width + 2
    let offsets = centrality.neighbours.offsets(stride: stride)
    var isTaken = [Bool](repeating: false, count: stride * (centrality.height + 2))
    var sums = [0]
    var sum = 0
    for index in centrality.order {
      let pixel = centrality.pixels[index]
      let place = (pixel / centrality.width + 1) * stride + pixel % centrality.width + 1
      sum += 1
      for offset in offsets where isTaken[place + offset] { sum -= 1 }
      isTaken[place] = true
      sums.append(sum)
    }
    return sums
  }
}

extension SubgraphCentrality.Neighbours {
  /// Where neighbours are in memory, with so many places a row.
  func offsets(stride: Int) -> [Int] {
    let sides = [-stride, -1, 1, stride]
    switch self {
    case .four: return sides
    case .eight: return sides + [-stride - 1, -stride + 1, stride - 1, stride + 1]
    }
  }
}

extension FeatureVector {
  /// The last element minus the first.
  public var offset: Double { last - elements[0] }
  /// The last element minus the middle one: what tells gaps, labyrinths and spots apart.
  public var offset50: Double { last - elements[elements.count / 2] }
  /// The mean change from one element to the next.
  public var slope: Double { offset / Double(elements.count) }
  public var mean: Double { Self.sum(elements) / Double(elements.count) }
  /// Of the population.
  public var standardDeviation: Double {
    let mean = mean
    return (Self.sum(elements.map { ($0 - mean) * ($0 - mean) }) / Double(elements.count)).squareRoot()
  }

  private var last: Double { elements[elements.count - 1] }

  /// A sum in the order of NumPy, so that the last digit is the same, too: eight partial sums, then the rest.
  private static func sum(_ values: [Double]) -> Double {
    guard values.count >= 8 else { return values.reduce(0, +) }
    var parts = Array(values[..<8])
    var index = 8
    while index + 8 <= values.count {
      for place in 0..<8 { parts[place] += values[index + place] }
      index += 8
    }
    let sum =
      ((parts[0] + parts[1]) + (parts[2] + parts[3])) + ((parts[4] + parts[5]) + (parts[6] + parts[7]))
    return values[index...].reduce(sum, +)
  }
}
