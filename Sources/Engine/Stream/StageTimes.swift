internal import Glibc

/// Seconds that workers spent in each stage, added up over the workers.
public struct StageTimes: Hashable, Sendable {
  /// Opening, reading and decoding source files.
  public var read = 0.0
  /// Masks, modules, folding over time and statistics.
  public var compute = 0.0
  /// Compressing chunks.
  public var compress = 0.0
  /// Writing chunks to the store.
  public var write = 0.0
  /// Moving finished chunks into the products' files.
  public var publish = 0.0

  public init() {}

  public mutating func add(_ other: StageTimes) {
    read += other.read
    compute += other.compute
    compress += other.compress
    write += other.write
    publish += other.publish
  }

  /// What has been added since an earlier moment.
  func since(_ earlier: StageTimes) -> StageTimes {
    var difference = StageTimes()
    for part in [\StageTimes.read, \.compute, \.compress, \.write, \.publish] {
      difference[keyPath: part] = self[keyPath: part] - earlier[keyPath: part]
    }
    return difference
  }

  /// Seconds of a clock that only goes forward.
  static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// Runs `body` and adds its time to a stage.
  mutating func measure<Result>(
    _ stage: WritableKeyPath<StageTimes, Double>, _ body: () throws -> Result
  ) rethrows -> Result {
    let start = StageTimes.now()
    defer { self[keyPath: stage] += StageTimes.now() - start }
    return try body()
  }
}
