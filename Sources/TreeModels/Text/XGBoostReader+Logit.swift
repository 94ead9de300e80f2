internal import Glibc

extension XGBoostReader {
  /// The score whose probability this is.
  static func logit(_ probability: Double) -> Double { log(probability / (1 - probability)) }
}
