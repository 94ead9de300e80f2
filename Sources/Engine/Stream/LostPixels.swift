/// What is missing for a reason that is counted: pixels of granules, and whole cells.
public struct LostPixels: Hashable, Sendable {
  /// Those that lie beyond the valid range of their files, by band; never 0.
  public var beyondRange: [String: Int] = [:]
  /// Those that masks reject on the swath, before they come onto the grid, by the mask's name; never 0.
  public var rejected: [String: Int] = [:]

  /// Cells without a value although scenes lie there, by the cause; never 0.
  public var cells: [EmptyCause: Int] = [:]

  public init() {}

  public var isEmpty: Bool { beyondRange.isEmpty && rejected.isEmpty && cells.isEmpty }

  /// Takes in others.
  public mutating func add(_ other: LostPixels) { merge(other, +) }

  /// Takes in what else was found of the same pixels.
  mutating func join(_ other: LostPixels) { merge(other, max) }

  private mutating func merge(_ other: LostPixels, _ together: (Int, Int) -> Int) {
    beyondRange.merge(other.beyondRange, uniquingKeysWith: together)
    rejected.merge(other.rejected, uniquingKeysWith: together)
    cells.merge(other.cells, uniquingKeysWith: together)
  }
}

/// Why a cell has no value although scenes lie there.
public enum EmptyCause: String, CaseIterable, Hashable, Sendable {
  /// Masks reject every pixel.
  case rejected
  /// No pixel that masks leave has a value: the bands have none, or the modules make none of theirs.
  case missing
}
