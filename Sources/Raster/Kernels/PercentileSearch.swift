/// The exact percentile of values that are looked at several times, in memory that does not grow with them.
///
/// The first pass counts values by the upper half of their bits, the second those that may be the ones asked for by the
/// lower half. Linear between the two values next to the rank, p / 100 · (n − 1), as numpy has it.
public struct PercentileSearch: Sendable {
  private enum Pass {
    case upper, lower, finished
  }

  private let share: Double
  private var pass = Pass.upper
  private var counts = [Int](repeating: 0, count: 1 << 16)
  /// Of the values on both sides of the rank: the upper half of their keys, and their ranks among those with the same.
  private var sought: [(upper: UInt32, rank: Int)] = []
  /// By upper half: the counts of the second pass.
  private var lower: [UInt32: [Int]] = [:]
  private var weight = 0.0
  /// NaN without a value.
  public private(set) var value = Double.nan

  /// - Parameter percent: from 0 to 100.
  public init(_ percent: Double) { share = percent / 100 }

  public var isFinished: Bool { pass == .finished }

  /// Takes in values; those that are no finite numbers are passed over. Every pass sees the same ones, in any order.
  public mutating func add(_ values: UnsafeBufferPointer<Float>) {
    switch pass {
    case .upper:
      for value in values where value.isFinite { counts[Int(Self.key(value) >> 16)] += 1 }
    case .lower:
      for value in values where value.isFinite {
        let key = Self.key(value)
        guard sought.contains(where: { $0.upper == key >> 16 }) else { continue }
        lower[key >> 16, default: Array(repeating: 0, count: 1 << 16)][Int(key & 0xFFFF)] += 1
      }
    case .finished: break
    }
  }

  /// Says that all values were added once more.
  public mutating func endPass() {
    switch pass {
    case .upper:
      let count = counts.reduce(0, +)
      guard count > 0 else {
        pass = .finished
        return
      }
      let rank = share * Double(count - 1)
      let first = min(Int(rank), count - 1)
      weight = rank - Double(first)
      for rank in [first, min(first + 1, count - 1)] {
        guard let found = Self.place(of: rank, in: counts) else { continue }
        sought.append((UInt32(found.place), found.rest))
      }
      pass = .lower
    case .lower:
      let values = sought.compactMap { entry -> Double? in
        guard let counts = lower[entry.upper], let found = Self.place(of: entry.rank, in: counts) else {
          return nil
        }
        return Double(Self.value(entry.upper << 16 | UInt32(found.place)))
      }
      if values.count == 2 { value = values[0] + weight * (values[1] - values[0]) }
      pass = .finished
    case .finished: break
    }
  }

  private static func place(of rank: Int, in counts: [Int]) -> (place: Int, rest: Int)? {
    var rest = rank
    for (place, count) in counts.enumerated() {
      if rest < count { return (place, rest) }
      rest -= count
    }
    return nil
  }

  /// Unsigned numbers in the order of the values.
  private static func key(_ value: Float) -> UInt32 {
    let bits = value.bitPattern
    return bits & 0x8000_0000 == 0 ? bits | 0x8000_0000 : ~bits
  }

  private static func value(_ key: UInt32) -> Float {
    Float(bitPattern: key & 0x8000_0000 == 0 ? ~key : key & 0x7FFF_FFFF)
  }
}
