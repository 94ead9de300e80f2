internal import Geo
internal import Raster
internal import Synchronization

/// Finds the numbers of whole layers that a stage's modules ask for, in what earlier stages stored.
struct LayerNumbers: Sendable {
  let plan: SequencePlan
  let stage: StagePlan
  let store: ChunkStore
  let state: SequenceState

  /// - Returns: one entry a time step of the stage; none where no module asks.
  /// - Throws: what starting threads throws, or `CancellationError`. A layer that cannot be read has no numbers.
  func find() async throws -> [[LayerNumber: Double]] {
    let asked = stage.program.layerNumbers
    guard !asked.isEmpty else { return [] }
    let threads = try BlockingThreads(count: plan.memory.workers)
    defer { threads.close() }
    let found = Found(steps: stage.steps.count)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<plan.memory.workers {
        group.addTask(executorPreference: threads) { try work(asked, found) }
      }
      try await group.waitForAll()
    }
    return found.numbers
  }

  /// What one worker does, on its own thread, until every time step is taken.
  private func work(_ asked: [(number: LayerNumber, product: Int)], _ found: Found) throws {
    let reader = Reader(plan: plan, store: store, state: state)
    while let step = found.next() {
      for (number, product) in asked {
        try Task.checkCancellation()
        // Without it the layer's cells fail: nothing is computed with part of a layer.
        guard let value = try? reader.number(number.kind, product: product, layer: step) else { continue }
        found.add(number, value, step: step)
      }
    }
  }

  /// The numbers that were found, and the time steps that are still to be looked at.
  private final class Found: Sendable {
    private let state: Mutex<(numbers: [[LayerNumber: Double]], next: Int)>

    init(steps: Int) { state = Mutex((Array(repeating: [:], count: steps), 0)) }

    var numbers: [[LayerNumber: Double]] { state.withLock { $0.numbers } }

    func next() -> Int? {
      state.withLock { state in
        guard state.next < state.numbers.count else { return nil }
        state.next += 1
        return state.next - 1
      }
    }

    func add(_ number: LayerNumber, _ value: Double, step: Int) {
      state.withLock { $0.numbers[step][number] = value }
    }
  }

  /// Reads layers chunk by chunk, as often as a number takes.
  private final class Reader {
    private let plan: SequencePlan
    private let state: SequenceState
    private let layers: LayerReader
    private let band = LoadedBand()

    init(plan: SequencePlan, store: ChunkStore, state: SequenceState) {
      (self.plan, self.state) = (plan, state)
      layers = LayerReader(plan: plan, store: store, state: state)
    }

    func number(_ kind: LayerNumber.Kind, product: Int, layer: Int) throws -> Double {
      func forEach(_ body: (UnsafeBufferPointer<Float>) -> Void) throws {
        for chunk in 0..<plan.layout.count
        where state.object(product: product, layer: layer, chunk: chunk) != nil {
          let window = plan.layout.window(plan.layout.index(chunk))
          try layers.load(product: product, layer: layer, window: window, into: band)
          body(UnsafeBufferPointer(band.plane.samples(as: Float.self)))
        }
      }
      switch kind {
      case .otsu:
        var range = ValueExtent()
        try forEach { range.add($0) }
        guard var threshold = OtsuThreshold(range) else { return range.lowest }
        try forEach { threshold.add($0) }
        return threshold.value
      case .percentile(let percent):
        var search = PercentileSearch(percent)
        while !search.isFinished {
          try forEach { search.add($0) }
          search.endPass()
        }
        return search.value
      }
    }
  }
}
