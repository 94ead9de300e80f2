internal import Glibc

/// Whether a series rises or falls: Kendall's rank correlation with time (τ-b).
///
/// Kendall, M. G. (1970): Rank correlation methods. Griffin, London.
public struct KendallTau: Hashable, Sendable {
  /// -1 … 1; 1 where each value is above all before it.
  public let tau: Double
  /// How probable a τ so far from 0 is without a trend, on either side; as scipy's `kendalltau`, exact for up to 33 values
  /// without ties. Meant for independent values: what moving windows give is not.
  public let probability: Double

  /// - Parameter values: in order of time; missing ones (NaN) are left out.
  /// - Returns: nil for fewer than 2 values, or where all are equal.
  public init?(_ values: [Double]) {
    let values = Statistics.present(values)
    let count = values.count
    guard count >= 2 else { return nil }
    var (rising, falling) = (0, 0)
    for first in 0..<count {
      for second in (first + 1)..<count {
        if values[second] > values[first] {
          rising += 1
        } else if values[second] < values[first] {
          falling += 1
        }
      }
    }
    let pairs = count * (count - 1) / 2
    let tied = pairs - rising - falling
    guard tied < pairs else { return nil }
    let score = Double(rising - falling)
    tau = min(max(score / (Double(pairs).squareRoot() * Double(pairs - tied).squareRoot()), -1), 1)
    if tied == 0, count <= 33 || min(rising, falling) <= 1 {
      probability = Self.exact(count, fewer: min(rising, falling))
    } else {
      probability = Self.asymptotic(values, score)
    }
  }

  private static func asymptotic(_ values: [Double], _ score: Double) -> Double {
    let sizes = Dictionary(grouping: values) { $0 }.values.map { Double($0.count) }
    let count = Double(values.count)
    let tied = sizes.reduce(0) { $0 + $1 * ($1 - 1) * (2 * $1 + 5) }
    let variance = (count * (count - 1) * (2 * count + 5) - tied) / 18
    return erfc(abs(score) / variance.squareRoot() / 2.0.squareRoot())
  }

  /// Twice the share of permutations with as few pairs in the rarer order, or fewer.
  private static func exact(_ count: Int, fewer: Int) -> Double {
    // How many permutations have 0, 1, 2 … pairs out of order, over the number of all permutations.
    var shares = [Double](repeating: 0, count: fewer + 1)
    shares[0] = 1
    for length in 1...count {
      var sums: [Double] = []
      var sum = 0.0
      for place in shares.indices {
        sum += shares[place]
        if place >= length { sum -= shares[place - length] }
        sums.append(sum / Double(length))
      }
      shares = sums
    }
    return min(2 * shares.reduce(0, +), 1)
  }
}
