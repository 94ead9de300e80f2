internal import Engine
internal import Geo

/// The stages that a run goes through, and how long those that are left still take.
///
/// The cells of a sequence take the pace that `TimeLeft` finds. Layers of layers, files and pictures take what the plan
/// lets expect, until some have ended: then what those took. Cells of sequences that follow take the pace of those
/// before, in proportion to what they read and store. Last come the summary and the report. What the plan lets expect
/// is of one machine: stages that took more or less than planned tell how much slower or faster this one is, now.
public struct RunStages: Sendable {
  /// What a sequence takes, as planned.
  struct Sequence: Sendable {
    let name: String
    /// Of those that are still to be computed.
    let cells: Int
    /// Bytes that a cell reads and stores.
    let bytesPerCell: Double
    /// Seconds of layers that are computed from layers.
    let layers: Double
    /// Seconds of files.
    let publishing: Double
    /// Seconds that pictures take longer than files.
    let pictures: Double

    /// The same where planned stages take so many times longer.
    fileprivate func slower(_ factor: Double) -> Sequence {
      Sequence(
        name: name, cells: cells, bytesPerCell: bytesPerCell, layers: factor * layers,
        publishing: factor * publishing, pictures: factor * pictures)
    }
  }

  private enum Stage {
    case cells
    /// Parts that have ended, all of them, and when the first began.
    case layers(ended: Int, count: Int, began: Double)
    case publishing(ended: Int, count: Int, began: Double)
    case pictures(began: Double)
    case ending(began: Double)
  }

  private let sequences: [Sequence]
  /// Seconds of what follows all sequences.
  private let ending: Double
  private var current: Int?
  private var stage = Stage.cells
  private var cells = TimeLeft()
  /// Of the sequence that is at work.
  private var ownCells = 0
  private var began = 0.0
  /// Seconds a byte of the last cells, of sequences that have ended.
  private var pace: Double?
  /// Dates that are published one by one; 1 where all are published together.
  private var rounds = 1
  /// Whether no cell of the sequence has ended.
  private var isFirst = true
  /// Seconds that planned stages took that have ended, and that they were planned to take.
  private var ended = (found: 0.0, planned: 0.0)

  init(_ sequences: [Sequence], ending: Double) { (self.sequences, self.ending) = (sequences, ending) }

  /// The stages of a run.
  init(_ plans: [SequencePlan], formats: [OutputFormat], hasReport: Bool) {
    let pictures = plans.map(RunStages.pictures(of:))
    sequences = zip(plans, pictures).map { plan, pictures in
      let publishing = RunStages.publishing(of: plan, formats)
      return Sequence(
        name: plan.name, cells: plan.cellCount,
        bytesPerCell: (Double(plan.bytesRead) + RunStages.rawBytes(of: plan))
          / Double(max(plan.cellCount, 1)),
        layers: RunStages.laterStages(of: plan), publishing: publishing,
        pictures: max(0, pictures - publishing))
    }
    ending = 0.1 + (hasReport ? pictures.reduce(0) { $0 + RunStages.reporting($1) } : 0)
  }

  /// Cells of all sequences.
  var cellCount: Int { sequences.reduce(0) { $0 + $1.cells } }

  /// Takes note of an event, so many seconds after the run began.
  mutating func note(_ event: PipelineRunner.Event, seconds: Double) {
    compare(event, seconds: seconds)
    switch event {
    case .sequenceBegan(let name, let cells, _, _):
      current = sequences.firstIndex { $0.name == name }
      (ownCells, began, stage, rounds) = (cells, seconds, .cells, 1)
      self.cells = TimeLeft()
      isFirst = true
    case .watching(let watch): if watch.isDatewise { rounds = max(watch.dates, 1) }
    case .progress(_, let ended, _, _):
      if isFirst {
        // The first event tells what was there before, and is the only one that took no time.
        self.cells = TimeLeft(kept: max(ended - 1, 0))
        isFirst = false
      }
      self.cells.note(ended: ended, seconds: seconds - began)
      stage = .cells
    case .layers(_, let ended, let count):
      if case .layers(_, _, let began) = stage {
        stage = .layers(ended: ended, count: count, began: began)
      } else {
        stage = .layers(ended: 0, count: count, began: seconds)
      }
    case .publishing(_, let files): stage = .publishing(ended: 0, count: files, began: seconds)
    case .published(_, let ended, let files):
      guard case .publishing(_, _, let began) = stage else { break }
      stage = .publishing(ended: ended, count: files, began: began)
    case .drawing: stage = .pictures(began: seconds)
    case .sequenceEnded:
      if let current, let rate = cells.secondsPerCell {
        pace = rate / max(sequences[current].bytesPerCell, 1)
      }
      if current == sequences.count - 1 { stage = .ending(began: seconds) }
    case .ending: stage = .ending(began: seconds)
    default: break
    }
  }

  /// Compares a stage with what was planned of it, when an event tells that it has ended.
  private mutating func compare(_ event: PipelineRunner.Event, seconds: Double) {
    guard let current else { return }
    let sequence = sequences[current]
    switch (stage, event) {
    case (.layers(_, _, let began), .publishing), (.layers(_, _, let began), .sequenceEnded):
      ended.found += seconds - began
      ended.planned += sequence.layers
    case (.publishing(_, _, let began), .drawing), (.publishing(_, _, let began), .sequenceEnded),
      (.publishing(_, _, let began), .progress):
      ended.found += seconds - began
      ended.planned += sequence.publishing / Double(rounds)
    case (.pictures(let began), .sequenceEnded):
      ended.found += seconds - began
      ended.planned += sequence.pictures
    default: break
    }
  }

  /// How many times longer planned stages take here; stages of less than a second together hardly tell.
  private var slowness: Double { min(max((ended.found + 1) / (ended.planned + 1), 0.25), 10) }

  /// Seconds until the end of the run; nil until something has ended that tells how fast it goes.
  func secondsLeft(at seconds: Double) -> Double? {
    guard let current else { return nil }
    let ending = slowness * self.ending
    if case .ending(let began) = stage { return max(0, ending - (seconds - began)) }
    let sequence = sequences[current].slower(slowness)
    var left = 0.0
    switch stage {
    case .cells:
      guard let own = cells.seconds(of: ownCells) else { return nil }
      left = own + sequence.layers + sequence.publishing / Double(rounds) + sequence.pictures
    case .layers(let ended, let count, let began):
      left =
        Self.rest(sequence.layers, ended, count, seconds - began) + sequence.publishing + sequence.pictures
    case .publishing(let ended, let count, let began):
      left =
        Self.rest(sequence.publishing / Double(rounds), ended, count, seconds - began) + sequence.pictures
      // Dates that are still to come, each with its files.
      if rounds > 1 { left += cells.seconds(of: ownCells) ?? 0 }
    case .pictures(let began): left = max(0, sequence.pictures - (seconds - began))
    case .ending: break
    }
    let pace = cells.secondsPerCell.map { $0 / max(sequence.bytesPerCell, 1) } ?? self.pace
    for following in sequences[(current + 1)...].map({ $0.slower(slowness) }) {
      guard let pace else { return nil }
      left += Double(following.cells) * following.bytesPerCell * pace
      left += following.layers + following.publishing + following.pictures
    }
    return left + ending
  }

  /// Seconds of the parts of a stage that are left: what the others took; what was planned while there are none.
  private static func rest(_ planned: Double, _ ended: Int, _ count: Int, _ spent: Double) -> Double {
    guard ended > 0 else { return max(0, planned - spent) }
    return spent / Double(ended) * Double(count - ended)
  }
}

extension RunStages {
  /// Seconds that files take, roughly.
  ///
  /// NetCDF takes over chunks as they are stored. GDAL makes COGs from pixels, one after the other, and with overviews.
  static func publishing(of plan: SequencePlan, _ formats: [OutputFormat]) -> Double {
    formats.reduce(0.0) { sum, format in
      switch format {
      case .netcdf: sum + 0.01 * Double(layers(of: plan)) + 0.4 * rawBytes(of: plan) / 400e6
      case .zarr: sum + 0.05
      case .cog:
        sum
          + plan.products.filter(\.isPublished).reduce(0.0) { sum, product in
            // Counts and flags compress fast.
            let pace: Double = if case .float32 = product.variable.storage { 8e6 } else { 40e6 }
            return sum + 0.02 * Double(plan.layerLabels(of: product).count) + rawBytes(of: product, in: plan)
              / pace
          }
      }
    }
  }

  /// Seconds that pictures of all layers take.
  static func pictures(of plan: SequencePlan) -> Double {
    let stride = max(
      1, (max(plan.grid.width, plan.grid.height) + QuicklookSamples.side - 1) / QuicklookSamples.side)
    return Double(layers(of: plan))
      * (0.002 + 1e-7 * Double(plan.grid.window.count) / Double(stride * stride))
  }

  /// Seconds of a report of layers whose pictures take so many: it holds some of them, once more encoded.
  static func reporting(_ pictures: Double) -> Double { min(pictures, 6) }

  private static func layers(of plan: SequencePlan) -> Int {
    plan.products.filter(\.isPublished).reduce(0) { $0 + plan.layerLabels(of: $1).count }
  }

  /// Bytes of all published rasters before compression.
  static func rawBytes(of plan: SequencePlan) -> Double {
    plan.products.filter(\.isPublished).reduce(0) { $0 + rawBytes(of: $1, in: plan) }
  }

  private static func rawBytes(of product: Product, in plan: SequencePlan) -> Double {
    Double(plan.layerLabels(of: product).count) * Double(plan.grid.window.count) * sampleBytes(product)
  }

  /// Bytes of a sample as it is stored.
  static func sampleBytes(_ product: Product) -> Double {
    switch product.variable.storage {
    case .float32, .int32: 4
    case .int16: 2
    case .flags: 1
    }
  }

  /// Seconds of the stages that compute layers from layers: for each pixel of a layer some ten nanoseconds for what is
  /// read and what is stored, and one for each pixel that a filter reaches beyond it.
  static func laterStages(of plan: SequencePlan) -> Double {
    let nanoseconds = plan.stages.filter { $0.index != 0 }.reduce(0.0) { sum, stage in
      let program = stage.program
      let reach = min(program.halo, max(plan.grid.window.width, plan.grid.window.height))
      return sum + Double(stage.steps.count)
        * Double(10 * program.sources.count + 10 * program.products.count + reach)
    }
    return nanoseconds * 1e-9 * Double(plan.grid.window.count) / Double(max(plan.memory.workers, 1))
  }
}
