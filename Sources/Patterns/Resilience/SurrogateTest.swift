internal import Glibc

/// Whether an indicator rises more than chance makes it rise in series that have no trend in their resilience.
///
/// Surrogates are series of the first-order model of the original: as long, with the same memory and noise. The
/// probability is the share of them whose indicator has a Kendall τ of at least the observed one. The same seed gives
/// the same surrogates.
///
/// Dakos, V. et al. (2008): Slowing down as an early warning signal for abrupt climate change. PNAS 105, 14308–14312.
public struct SurrogateTest: Sendable {
  public let surrogates: Int
  public let seed: UInt64

  public init(surrogates: Int = 1000, seed: UInt64 = 1) {
    precondition(surrogates > 0)
    self.surrogates = surrogates
    self.seed = seed
  }

  /// The probability that chance gives such a τ or a higher one.
  ///
  /// - Parameters:
  ///   - values: the series from which the indicator is computed, none missing.
  ///   - tau: of the indicator.
  ///   - indicator: what is computed from a series.
  /// - Returns: nil where the series has no first-order model.
  public func probability(
    of tau: Double, _ values: [Double], indicator: ([Double]) -> [Double]
  ) -> Double? {
    guard let model = FirstOrderModel(values) else { return nil }
    var noise = NormalNumbers(seed: seed)
    // A memory of 1 or more would run away.
    let memory = min(max(model.coefficient, -0.999), 0.999)
    let spread = model.noise / (1 - memory * memory).squareRoot()
    var reached = 0
    for _ in 0..<surrogates {
      var value = spread * noise.next()
      let series = values.indices.map { _ in
        defer { value = memory * value + model.noise * noise.next() }
        return value
      }
      if let other = KendallTau(indicator(series)), other.tau >= tau { reached += 1 }
    }
    return Double(reached) / Double(surrogates)
  }
}

/// Normally distributed numbers from a seed (SplitMix64 and the polar method of Marsaglia).
struct NormalNumbers {
  private var state: UInt64
  private var spare: Double?

  init(seed: UInt64) { state = seed }

  mutating func next() -> Double {
    if let spare {
      self.spare = nil
      return spare
    }
    while true {
      let (x, y) = (uniform(), uniform())
      let square = x * x + y * y
      guard square > 0, square < 1 else { continue }
      let factor = (-2 * log(square) / square).squareRoot()
      spare = y * factor
      return x * factor
    }
  }

  /// A number from -1 to 1.
  private mutating func uniform() -> Double {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return Double((mixed ^ (mixed >> 31)) >> 11) * 0x1p-52 - 1
  }
}
