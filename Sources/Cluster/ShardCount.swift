internal import Pipeline

/// Into how many tasks work is divided: each is worth its start, and there are no more than the engine allows.
struct ShardCount {
  private let settings: ClusterSettings

  init(_ settings: ClusterSettings) { self.settings = settings }

  /// Samples that a task should have to be worth its start: about a minute of one core's work.
  private static let samplesPerTask = 2_000_000_000

  /// Into how many tasks a later stage is worth to be divided.
  func worth(_ stage: PreparedRun.LaterStage) -> Int {
    if let tasks = settings.tasks { return tasks }
    return tasks(Double(stage.samplesPerChunk) * Double(stage.waiting.count))
  }

  /// The shards of a run.
  ///
  /// - Parameters:
  ///   - known: into how many the grid was divided before, which stays unless the config says otherwise: logs and
  ///     `status` have their numbers.
  ///   - limit: the most tasks of one job; nil where the engine does not say.
  func shards(of run: PreparedRun, known: Int?, limit: Int?) -> Int {
    let most = min(settings.arrayLimit ?? limit ?? 1000, limit ?? .max)
    if let known, settings.tasks == nil { return min(known, most) }
    let chunks = run.sequences.map(\.chunks).max() ?? 1
    let samples = run.sequences.reduce(0.0) { $0 + Double($1.samplesPerChunk) * Double($1.waiting.count) }
    return max(1, min(settings.tasks ?? tasks(samples), most, chunks))
  }

  private func tasks(_ samples: Double) -> Int {
    Int(min((samples / Double(Self.samplesPerTask)).rounded(.up), 1e6))
  }
}
