internal import Glibc

/// What a pixel's scores say: its class, and the probability of each.
struct ScoreReader: Sendable {
  private let decision: TreeModel.Decision
  private let divisor: Double
  let scoreCount: Int

  init(_ model: TreeModel) {
    decision = model.decision
    divisor = model.divisor
    scoreCount = model.scoreCount
  }

  /// The class of a pixel, by its number: the first of the greatest.
  ///
  /// - Parameter scores: as many as there are.
  func label(_ scores: UnsafePointer<Double>) -> Int {
    switch decision {
    case .second(let limit): return scores[0] / divisor > Double(limit) ? 1 : 0
    case .secondLogistic(let slope): return ScoreReader.logistic(scores[0] / divisor, slope) > 0.5 ? 1 : 0
    case .greatest:
      var best = 0
      for place in 1..<max(1, scoreCount) where scores[place] > scores[best] { best = place }
      return best
    }
  }

  /// The probability of each class.
  func probabilities(_ scores: UnsafePointer<Double>, into probabilities: inout [Double]) {
    switch decision {
    case .second:
      probabilities[1] = scores[0] / divisor
      probabilities[0] = 1 - probabilities[1]
    case .secondLogistic(let slope):
      probabilities[1] = ScoreReader.logistic(scores[0] / divisor, slope)
      probabilities[0] = 1 - probabilities[1]
    case .greatest(let transform):
      for place in 0..<scoreCount { probabilities[place] = scores[place] / divisor }
      switch transform {
      case .none: break
      case .logistic(let slope):
        for place in 0..<scoreCount {
          probabilities[place] = ScoreReader.logistic(probabilities[place], slope)
        }
      case .softmax:
        let greatest = probabilities.max() ?? 0
        var sum = 0.0
        for place in 0..<scoreCount {
          probabilities[place] = exp(probabilities[place] - greatest)
          sum += probabilities[place]
        }
        for place in 0..<scoreCount { probabilities[place] /= sum }
      }
    }
  }

  private static func logistic(_ score: Double, _ slope: Double) -> Double { 1 / (1 + exp(-slope * score)) }
}
