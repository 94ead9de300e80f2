internal import Geo
public import Raster
internal import Synchronization

/// What is known of every cell and stored chunk of a sequence: read from the ledger, and kept up as cells end.
public final class SequenceState: Sendable {
  private struct Records {
    /// Of cells of dates, counted date by date within a chunk.
    var states: [ChunkRecord.State]
    /// Whether it is known what became of a chunk; by product.
    var isFinished: [[Bool]]
    var failures: [(chunk: Int, date: Int, failure: CellFailure, products: [Int])] = []
    /// Product, then layer, then chunk: 0 where nothing is stored, else bytes << 32 | checksum.
    var objects: [[UInt64]]
    /// Product, then layer.
    var statistics: [[SampleStatistics]]
    /// Product, then layer.
    var outOfRange: [[Int]]
    /// By product, and layer.
    var layerNumbers: [Int: [Int: Double]] = [:]
    /// By chunk: of a chunk that was computed again what the last record says.
    var lostPixels: [Int: LostPixels] = [:]
    var times = StageTimes()
  }

  /// What is known of the rows of tables.
  public let tables: TableResults
  private let plan: SequencePlan
  private let records: Mutex<Records>

  public init(_ plan: SequencePlan) {
    self.plan = plan
    tables = TableResults(plan)
    let layers = plan.products.map { plan.layers(of: $0).count }
    records = Mutex(
      Records(
        states: Array(repeating: .waiting, count: plan.cellCount),
        isFinished: layers.map { _ in Array(repeating: false, count: plan.layout.count) },
        objects: layers.map { Array(repeating: 0, count: $0 * plan.layout.count) },
        statistics: zip(plan.products, layers).map {
          Array(repeating: SampleStatistics(range: $0.variable.statisticsRange), count: $1)
        }, outOfRange: layers.map { Array(repeating: 0, count: $0) }))
  }

  /// Takes in the record of a chunk that is finished: of some of its products or of all.
  ///
  /// A cell that several records tell of is done when one of them has a value, and failed when one of them failed.
  func add(_ record: ChunkRecord) {
    let dates = plan.timeSteps.count
    let chunks = plan.layout.count
    records.withLock { records in
      for product in record.products { records.isFinished[product][record.chunk] = true }
      if record.stage == 0 {
        for (date, state) in record.states.enumerated() {
          let cell = record.chunk * dates + date
          records.states[cell] = records.states[cell].joined(with: state)
        }
      }
      records.failures += record.failures.flatMap { failure in
        // A layer that could not be computed is a loss of all its dates.
        (record.stage == 0 ? [failure.step] : plan.stages[record.stage].steps[failure.step].dates).map {
          (record.chunk, $0, failure.failure, record.products)
        }
      }
      for entry in record.objects {
        records.objects[entry.product][entry.layer * chunks + record.chunk] =
          UInt64(entry.object.bytes) << 32 | UInt64(entry.object.checksum)
      }
      for entry in record.statistics {
        records.statistics[entry.product][entry.layer].merge(entry.statistics)
      }
      // Stages that read the same band find the same pixels.
      records.lostPixels[record.chunk, default: LostPixels()].join(record.lostPixels)
      for entry in record.layerNumbers {
        records.layerNumbers[entry.product, default: [:]][entry.layer] = entry.value
      }
      for entry in record.outOfRange { records.outOfRange[entry.product][entry.layer] += entry.values }
    }
  }

  /// Says that nothing of a product is to be computed.
  func cover(_ product: Int) {
    records.withLock { records in
      records.isFinished[product] = records.isFinished[product].map { _ in true }
    }
  }

  /// The chunks of a stage of which a product that it computes is not finished.
  public func waitingChunks(_ stage: StagePlan) -> [Int] {
    guard !stage.steps.isEmpty, plan.timeSteps.count > 0 else { return [] }
    return records.withLock { records in
      (0..<plan.layout.count).filter { chunk in
        stage.program.products.contains { !records.isFinished[$0][chunk] }
      }
    }
  }

  /// How many cells ended how; of one date, or of all.
  public func counts(date: Int? = nil) -> CellCounts {
    let dates = plan.timeSteps.count
    return records.withLock { records in
      var counts = CellCounts()
      for (index, state) in records.states.enumerated() where date.map({ index % dates == $0 }) ?? true {
        switch state {
        case .done: counts.done += 1
        case .empty: counts.empty += 1
        case .failed: counts.failed += 1
        case .waiting: break
        }
      }
      return counts
    }
  }

  /// Whether a cell of some dates failed in a part of the grid, of those that products are computed from.
  func hasFailures(in window: PixelWindow, dates: [Int], products: [Int]) -> Bool {
    guard hasFailures else { return false }
    let concerned = products.reduce(into: Set(products)) { $0.formUnion(plan.compiled.sources(of: $1)) }
    let failed = records.withLock { records in
      Set(
        records.failures.filter { dates.contains($0.date) && !concerned.isDisjoint(with: $0.products) }
          .map(\.chunk))
    }
    return failed.contains { plan.layout.window(plan.layout.index($0)).intersection(window) != nil }
  }

  /// How many cells of each date ended how.
  public func countsByDate() -> [CellCounts] {
    let dates = plan.timeSteps.count
    return records.withLock { records in
      var counts = Array(repeating: CellCounts(), count: dates)
      for (index, state) in records.states.enumerated() {
        switch state {
        case .done: counts[index % dates].done += 1
        case .empty: counts[index % dates].empty += 1
        case .failed: counts[index % dates].failed += 1
        case .waiting: break
        }
      }
      return counts
    }
  }

  /// How many cells of each date failed of those that products are computed from, in their own stage and before.
  public func failedByDate(products: [Int]) -> [Int] {
    let concerned = products.reduce(into: Set(products)) { $0.formUnion(plan.compiled.sources(of: $1)) }
    let dates = plan.timeSteps.count
    var cells: Set<Int> = []
    records.withLock { records in
      for failure in records.failures where !concerned.isDisjoint(with: failure.products) {
        cells.insert(failure.chunk * dates + failure.date)
      }
    }
    var counts = Array(repeating: 0, count: dates)
    for cell in cells { counts[cell % dates] += 1 }
    return counts
  }

  /// Whether any cell failed.
  public var hasFailures: Bool { records.withLock { !$0.failures.isEmpty } }

  /// Every loss: cells of one date that failed for one reason, or in one file's band, are one; the reason is then
  /// that of the first.
  public func losses() -> [Loss] {
    let failures = records.withLock { $0.failures }
    var losses: [Loss] = []
    var places: [String: Int] = [:]
    for failure in failures.sorted(by: { ($0.date, $0.chunk) < ($1.date, $1.chunk) }) {
      let date = plan.timeSteps[failure.date].label
      let cause = "\(date) \(failure.failure.cause)"
      if let place = places[cause] {
        losses[place].cells += 1
      } else {
        places[cause] = losses.count
        losses.append(Loss(date: date, reason: failure.failure.description, cells: 1))
      }
    }
    return losses + tables.losses()
  }

  /// What is stored of a layer: one entry a chunk, nil where every pixel is missing.
  public func objects(product: Int, layer: Int) -> [ChunkStore.Object?] {
    let chunks = plan.layout.count
    return records.withLock { records in
      records.objects[product][(layer * chunks)..<((layer + 1) * chunks)].map(SequenceState.object)
    }
  }

  /// What is stored of one chunk of a layer; nil where every pixel is missing.
  public func object(product: Int, layer: Int, chunk: Int) -> ChunkStore.Object? {
    let place = layer * plan.layout.count + chunk
    return records.withLock { SequenceState.object($0.objects[product][place]) }
  }

  private static func object(_ entry: UInt64) -> ChunkStore.Object? {
    entry == 0
      ? nil : ChunkStore.Object(bytes: Int(entry >> 32), checksum: UInt32(truncatingIfNeeded: entry))
  }

  /// Adds what a worker spent.
  func add(_ times: StageTimes) {
    records.withLock { $0.times.add(times) }
  }

  /// What all workers spent in this process.
  public var times: StageTimes { records.withLock { $0.times } }

  /// What was counted of a product's layer, over all chunks so far.
  public func statistics(product: Int, layer: Int) -> SampleStatistics {
    records.withLock { $0.statistics[product][layer] }
  }

  /// Whether the values of a layer may be so alike that statistics of further chunks have to tell them apart.
  ///
  /// What merging the chunks of a layer comes to is the same either way: detail is dropped where one part has none.
  func areStatisticsDetailed(product: Int, layer: Int) -> Bool {
    records.withLock { $0.statistics[product][layer].isDetailed }
  }

  /// How many pixels of granules are missing for a reason, over all chunks so far.
  public var lostPixels: LostPixels {
    records.withLock { records in records.lostPixels.values.reduce(into: LostPixels()) { $0.add($1) } }
  }

  /// The number of a whole layer that a product's layer was computed with, such as the threshold found in it; nil where
  /// there is none.
  public func layerNumber(product: Int, layer: Int) -> Double? {
    records.withLock { $0.layerNumbers[product]?[layer] }
  }

  /// How many values of a product's layer the integers it is packed to cannot hold: they are missing in its files.
  public func outOfRange(product: Int, layer: Int) -> Int {
    records.withLock { $0.outOfRange[product][layer] }
  }
}

extension ChunkRecord.State {
  /// What became of a cell that two records tell of.
  fileprivate func joined(with other: ChunkRecord.State) -> ChunkRecord.State {
    for state in [ChunkRecord.State.failed, .done, .empty] where self == state || other == state {
      return state
    }
    return .waiting
  }
}
