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
  /// Of resident memory, in bytes.
  public internal(set) var memoryLimit = 0
  /// Seconds that layers of layers, files and pictures take once the last cell has ended, roughly.
  public let finishing: Double
  private let state: SequenceState

  init(_ plan: SequencePlan, _ state: SequenceState, place: (Int, Int)) {
    self.place = place
    (chunks, dates) = (plan.layout.count, plan.timeSteps.count)
    pixelsPerCell = Double(plan.grid.window.count) / Double(max(plan.layout.count, 1))
    bytesPerCell = Double(plan.bytesRead) / Double(max(plan.cellCount, 1))
    finishing = RunWatch.finishing(of: plan)
    self.state = state
  }

  /// Seconds that layers of layers, files and pictures of a sequence take once its last cell has ended, roughly.
  static func finishing(of plan: SequencePlan) -> Double {
    let layers = plan.products.filter(\.isPublished).reduce(0) { $0 + plan.layerLabels(of: $1).count }
    return laterStages(of: plan) + 0.01 * Double(layers) + 0.4 * RunProbe.rawBytes(of: plan) / 400e6
  }

  /// Seconds of the stages that compute layers from layers: for each pixel of a layer some ten nanoseconds for what is
  /// read and what is stored, and one for each pixel that a filter reaches beyond it.
  static func laterStages(of plan: SequencePlan) -> Double {
    let nanoseconds = plan.stages.filter { $0.index != 0 }.reduce(0.0) { sum, stage in
      let program = stage.program
      return sum + Double(stage.steps.count)
        * Double(10 * program.sources.count + 10 * program.products.count + program.halo)
    }
    return nanoseconds * 1e-9 * Double(plan.grid.window.count) / Double(max(plan.memory.workers, 1))
  }

  /// The resident memory of this process now, in bytes; 0 where nobody tells.
  public var memory: Int { Machine.residentMemory }

  /// What workers have spent most of their time with so far, and its share of all; nil before they tell.
  public var bottleneck: (name: String, share: Double)? {
    let times = state.times
    let parts = [
      ("reading", times.read), ("computing", times.compute), ("writing", times.compress + times.write),
    ]
    let total = parts.reduce(0) { $0 + $1.1 }
    guard total > 0, let most = parts.max(by: { $0.1 < $1.1 }) else { return nil }
    return (most.0, most.1 / total)
  }
}
