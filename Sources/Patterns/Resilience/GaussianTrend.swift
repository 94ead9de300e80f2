internal import Glibc

/// The slow part of a series, as early warning signals are found in what is left without it.
public enum GaussianTrend {
  /// The series smoothed with a Gaussian, as in ewstools.
  ///
  /// The standard deviation is 0.25 / 0.675 of the bandwidth; the kernel ends at four of them. Beyond its ends the series
  /// goes on mirrored, its last value repeated.
  ///
  /// - Parameters:
  ///   - values: none is missing.
  ///   - bandwidth: in values; up to 1, a share of all values. Above 0.
  public static func smooth(_ values: [Double], bandwidth: Double) -> [Double] {
    precondition(bandwidth > 0)
    let count = values.count
    guard count > 0 else { return [] }
    let sigma = 0.25 / 0.675 * (bandwidth <= 1 ? Double(count) * bandwidth : bandwidth)
    let radius = Int(4 * sigma + 0.5)
    var weights = (-radius...radius).map { exp(-0.5 / (sigma * sigma) * Double($0 * $0)) }
    let sum = weights.reduce(0, +)
    for index in weights.indices { weights[index] /= sum }
    return values.indices.map { index in
      var result = 0.0
      for (place, weight) in weights.enumerated() {
        let position = (index + place - radius) % (2 * count)
        let wrapped = position < 0 ? position + 2 * count : position
        result += weight * values[wrapped < count ? wrapped : 2 * count - 1 - wrapped]
      }
      return result
    }
  }
}
