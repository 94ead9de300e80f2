/// One value a pixel, chosen among those that were there so far: the least, the greatest, the first or the last.
public enum RunningChoice: Hashable, Sendable {
  case least, greatest, first, last

  /// Takes in the values of one time step, in order of time.
  ///
  /// - Parameters:
  ///   - values: NaN is skipped.
  ///   - chosen: NaN where nothing was chosen yet.
  ///   - counts: how many values went in; at most 65,535 time steps.
  public func add(
    _ values: Span<Float>, to chosen: inout MutableSpan<Float>, counts: inout MutableSpan<UInt16>
  ) {
    let count = chosen.count
    precondition(values.count == count && counts.count == count)
    switch self {
    case .least: Self.add(values, count, &chosen, &counts) { $0 < $1 }
    case .greatest: Self.add(values, count, &chosen, &counts) { $0 > $1 }
    case .first: Self.add(values, count, &chosen, &counts) { _, _ in false }
    case .last: Self.add(values, count, &chosen, &counts) { _, _ in true }
    }
  }

  @inline(__always)
  private static func add(
    _ values: Span<Float>, _ count: Int, _ chosen: inout MutableSpan<Float>,
    _ counts: inout MutableSpan<UInt16>,
    _ isBetter: (Float, Float) -> Bool
  ) {
    for index in 0..<count {
      let (value, present) = (values[index], chosen[index])
      let isThere = value == value
      let isTaken = isThere && (present != present || isBetter(value, present))
      chosen[index] = isTaken ? value : present
      counts[index] = counts[index] &+ (isThere ? 1 : 0)
    }
  }
}
