/// Memory that grows to the largest size asked for and keeps nothing when it grows.
public struct ScratchMemory: ~Copyable {
  public private(set) var all = UnsafeMutableRawBufferPointer(start: nil, count: 0)

  public init() {}

  deinit { all.deallocate() }

  /// The first `size` bytes, with room for an inflater's slack behind them.
  public mutating func prefix(_ size: Int) -> UnsafeMutableRawBufferPointer {
    if all.count < size + PairInflater.slack {
      all.deallocate()
      all = .allocate(byteCount: size + PairInflater.slack, alignment: 64)
    }
    return UnsafeMutableRawBufferPointer(rebasing: all[..<size])
  }
}
