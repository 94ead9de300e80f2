/// Which events of one kind after the other are told of: the first, some a second, and always the last.
struct EventThrottle {
  /// Seconds between two of a kind.
  static let interval = 0.2

  private var last: (name: String, seconds: Double)?

  /// Whether an event is told of.
  ///
  /// - Parameters:
  ///   - name: of its kind.
  ///   - isLast: whether it is the last of its kind.
  ///   - seconds: when it happens.
  mutating func isDue(_ name: String, isLast: Bool, at seconds: Double) -> Bool {
    if let last, !isLast, last.name == name, seconds - last.seconds < EventThrottle.interval { return false }
    last = (name, seconds)
    return true
  }
}
