/// How well each white pixel of a black and white picture is connected to others.
///
/// White pixels are the vertices of a graph, pixels that touch its edges. The subgraph centrality of a vertex is
/// the sum over k of its closed walks of k steps, over k!, which is the diagonal of exp(A) of the adjacency matrix.
/// Walks are counted, exactly: no eigenvalue problem is solved, and results are the same on every machine, with the
/// same value for pixels in the same situation. A pixel without neighbours has 1; deep in a white area with four
/// neighbours a pixel has I₀(2)² = 5.1965.
///
/// Estrada, E., Rodríguez-Velázquez, J. A. (2005): Subgraph centrality in complex networks. Physical Review E 71,
/// 056103.
public struct SubgraphCentrality: Sendable {
  /// Which pixels touch.
  public enum Neighbours: Int, CaseIterable, Sendable {
    /// Those above, below, left and right.
    case four = 4
    /// Those at the corners, too.
    case eight = 8
  }

  /// White pixels by position, row-major.
  public let pixels: [Int]
  /// The centrality of each, in the order of `pixels`.
  public let values: [Double]
  public let neighbours: Neighbours
  let width: Int
  let height: Int

  /// - Parameters:
  ///   - image: white pixels have 255.
  ///   - neighbours: which pixels touch.
  public init(_ image: GreyImage, neighbours: Neighbours = .four) {
    self.neighbours = neighbours
    width = image.width
    height = image.height
    pixels = image.samples.indices.filter { image.samples[$0] == 255 }
    values =
      switch neighbours {
      case .four: Self.walks(of: pixels, width: image.width, height: image.height)
      case .eight: DiagonalWalks(pixels, width: image.width, height: image.height).centralities
      }
  }

  /// The positions of white pixels within `pixels`, from the most to the least central; of equals the first in the
  /// picture comes first.
  public var order: [Int] {
    values.indices.sorted { values[$0] != values[$1] ? values[$0] > values[$1] : $0 < $1 }
  }

  private static func walks(of pixels: [Int], width: Int, height: Int) -> [Double] {
    // The picture turned by 45°, as the walks want it.
    let steps = LatticeWalks.steps
    let stride = height + 2 * steps + 16
    var mask = [Float](repeating: 0, count: (width + height + 2 * steps) * stride)
    let centres = pixels.map { pixel in
      let (x, y) = (pixel % width, pixel / width)
      return (x + y + steps) * stride + height - 1 - y + steps
    }
    for centre in centres { mask[centre] = 1 }
    let factorials = Factorials.even
    var values = [Double](repeating: 0, count: pixels.count)
    var sums = values.mutableSpan
    LatticeWalks.centralities(
      mask: mask.span, stride: stride, centres: centres.span, factorials: factorials.span, into: &sums)
    return values
  }
}

/// Factorials as Doubles, each the nearest one.
enum Factorials {
  /// 0!, 2!, 4! … 28!
  static let even: [Double] = [
    1, 2, 24, 720, 40_320, 3_628_800, 479_001_600, 87_178_291_200, 20_922_789_888_000,
    6_402_373_705_728_000, 2_432_902_008_176_640_000, 1_124_000_727_777_607_680_000,
    620_448_401_733_239_439_360_000.0, 403_291_461_126_605_635_584_000_000.0,
    304_888_344_611_713_860_501_504_000_000.0,
  ]
}
