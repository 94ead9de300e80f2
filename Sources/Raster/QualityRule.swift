/// One reason for rejecting a pixel of a quality layer.
public enum QualityRule: Hashable, Sendable {
  /// Any of these bits is set.
  case anyOf(UInt64)
  /// One of these bits is not set.
  case notAllOf(UInt64)
  /// The bits under the mask have one of these values.
  case values(Set<UInt64>, mask: UInt64)
  /// The bits under the mask have none of these values.
  case notValues(Set<UInt64>, mask: UInt64)
  /// The number is one of these, which may be negative.
  case numbers(Set<Int>)
  /// The number is none of these, which may be negative.
  case notNumbers(Set<Int>)
  /// The number is this or greater.
  case atLeast(Double)
  /// The number is less than this.
  case below(Double)

  /// Whether it compares numbers, for which a sign counts.
  var isThreshold: Bool {
    switch self {
    case .atLeast, .below, .numbers, .notNumbers: true
    case .anyOf, .notAllOf, .values, .notValues: false
    }
  }

  /// Whether a pixel with this value of an unsigned layer is rejected.
  public func rejects(_ value: UInt64) -> Bool { rejects(value, number: Double(value)) }

  /// Whether a pixel with these bits, which are this number, is rejected.
  func rejects(_ value: UInt64, number: Double) -> Bool {
    switch self {
    case .anyOf(let bits): value & bits != 0
    case .notAllOf(let bits): value & bits != bits
    case .values(let values, let mask): values.contains(value & mask)
    case .notValues(let values, let mask): !values.contains(value & mask)
    case .numbers(let numbers): isAmong(numbers, number)
    case .notNumbers(let numbers): !isAmong(numbers, number)
    case .atLeast(let limit): number >= limit
    case .below(let limit): number < limit
    }
  }

  /// The rule of a threshold that is a value, for a layer that stores whole numbers: value = stored · scale + offset.
  /// Others stay.
  public func inStoredNumbers(scale: Double, offset: Double) -> QualityRule {
    func stored(_ value: Double) -> Double {
      let number = (value - offset) / scale
      // A scale of 0.01 in single precision is a little less.
      let whole = number.rounded()
      return abs(number - whole) < 1e-4 * max(1, abs(whole)) ? whole : number
    }
    return switch self {
    case .atLeast(let limit): .atLeast(stored(limit))
    case .below(let limit): .below(stored(limit))
    default: self
    }
  }

  /// Whether a number is among others; layers of 32 bits without a sign may hold negative ones as their bits.
  private func isAmong(_ numbers: Set<Int>, _ number: Double) -> Bool {
    guard let number = Int(exactly: number) else { return false }
    return numbers.contains(number) || number > Int(Int32.max) && numbers.contains(number - (1 << 32))
  }
}
