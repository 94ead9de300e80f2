/// How long a kind of work takes a unit: as expected, until parts of it have ended; then more and more what those took.
struct WorkPace: Sendable {
  /// Parts that took as long as this together weigh as much as what was expected.
  private static let hold = 0.3

  /// Seconds of a unit on some machine.
  private let usual: Double
  /// Seconds of a unit, as tried on this machine with values of this run.
  private(set) var tried: Double?
  private var found = (seconds: 0.0, amount: 0.0)

  init(usual: Double) { self.usual = usual }

  /// Takes note of what a trial found.
  mutating func expect(_ secondsPerUnit: Double) { tried = secondsPerUnit }

  /// Takes note of parts that ended.
  mutating func note(_ seconds: Double, of amount: Double) {
    guard seconds >= 0, amount > 0 else { return }
    found.seconds += seconds
    found.amount += amount
  }

  /// Seconds of a unit.
  ///
  /// - Parameter slowness: how many times longer than usual this machine takes for what nobody has tried.
  func secondsPerUnit(slowness: Double) -> Double {
    let expected = tried ?? usual * slowness
    guard found.amount > 0, expected > 0 else { return expected }
    return (found.seconds + WorkPace.hold) / (found.amount + WorkPace.hold / expected)
  }

  /// What parts took that have ended, and what they usually take.
  var comparison: (found: Double, usual: Double) { (found.seconds, usual * found.amount) }
}
