internal import Engine
internal import Geo

/// What can be asked of a sequence while it is computed.
public struct RunWatch: Sendable {
  /// Which sequence of the run it is, counted from 1, and how many there are.
  public let place: (number: Int, count: Int)
  public let chunks: Int
  public internal(set) var dates: Int
  /// Whether dates are computed one after the other; chunks are, else.
  public internal(set) var isDatewise = false
  /// The mean number of pixels of a cell.
  public let pixelsPerCell: Double
  /// The mean number of bytes of samples that a cell reads, as files store them; more than is read where masks reject
  /// whole blocks.
  public let bytesPerCell: Double
  /// Seconds until the run ends, all of its sequences, files, pictures and the report included; nil while nobody can say.
  public internal(set) var secondsLeft: @Sendable () -> Double? = { nil }
  /// Of resident memory, in bytes.
  public internal(set) var memoryLimit = 0
  private let state: SequenceState

  init(_ plan: SequencePlan, _ state: SequenceState, place: (Int, Int)) {
    self.place = place
    (chunks, dates) = (plan.layout.count, plan.timeSteps.count)
    pixelsPerCell = Double(plan.grid.window.count) / Double(max(plan.layout.count, 1))
    bytesPerCell = Double(plan.bytesRead) / Double(max(plan.cellCount, 1))
    self.state = state
  }

  /// The resident memory of this process now, in bytes; 0 where nobody tells.
  public var memory: Int { Machine.residentMemory }

  /// What workers have spent their time with so far, as shares of all; none before they tell.
  public var work: [(name: String, share: Double)] {
    let times = state.times
    let parts = [
      ("reading", times.read), ("computing", times.compute), ("writing", times.compress + times.write),
    ]
    let total = parts.reduce(0) { $0 + $1.1 }
    return total > 0 ? parts.map { ($0.0, $0.1 / total) } : []
  }
}
