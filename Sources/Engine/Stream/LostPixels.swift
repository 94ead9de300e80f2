/// Pixels of granules that are missing for a reason that is counted.
public struct LostPixels: Hashable, Sendable {
  /// Those that lie beyond the valid range of their files, by band; never 0.
  public var beyondRange: [String: Int] = [:]
  /// Those that masks reject on the swath, before they come onto the grid, by the mask's name; never 0.
  public var rejected: [String: Int] = [:]

  public init() {}

  public var isEmpty: Bool { beyondRange.isEmpty && rejected.isEmpty }

  /// Takes in others.
  public mutating func add(_ other: LostPixels) { merge(other, +) }

  /// Takes in what else was found of the same pixels.
  mutating func join(_ other: LostPixels) { merge(other, max) }

  private mutating func merge(_ other: LostPixels, _ together: (Int, Int) -> Int) {
    beyondRange.merge(other.beyondRange, uniquingKeysWith: together)
    rejected.merge(other.rejected, uniquingKeysWith: together)
  }
}
