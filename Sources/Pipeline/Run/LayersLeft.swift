/// How long the layers of a sequence still take that are computed from layers, stage after stage.
///
/// Workers begin chunks together and end them together: what has ended tells how long a round of chunks takes. Stages
/// differ by orders of magnitude, so those that have not begun take what was planned of them.
struct LayersLeft: Sendable {
  /// Seconds of each stage, as planned.
  private let planned: [Double]
  private let workers: Int
  /// When the present stage began, and when a chunk last ended.
  private var began: Double
  private var last: Double
  private var ended = 0
  private var count = 0
  /// Of stages that have ended.
  private var compared = (found: 0.0, planned: 0.0)

  init(_ planned: [Double], workers: Int, began: Double) {
    (self.planned, self.workers) = (planned, max(workers, 1))
    (self.began, last) = (began, began)
  }

  /// Chunks of a stage; all of them where stages do not have equally many, as when a run goes on.
  private var each: Int { planned.isEmpty || count % planned.count != 0 ? count : count / planned.count }
  private var stages: [Double] { each == count ? [planned.reduce(0, +)] : planned }

  /// Takes note of how many chunks of all stages have ended.
  mutating func note(ended: Int, of count: Int, seconds: Double) {
    // Threads report in any order.
    guard ended > self.ended, count > 0 else { return }
    self.count = count
    let before = self.ended / each
    (self.ended, last) = (ended, seconds)
    for stage in before..<(ended / each) where stages.indices.contains(stage) {
      // What lay in between is shared by the stages that ended in it.
      compared.found += (seconds - began) / Double(ended / each - before)
      compared.planned += stages[stage]
    }
    if ended / each > before { began = seconds }
  }

  /// How many times longer stages take than planned; those that were planned to take a small part hardly tell.
  private var slowness: Double {
    let hold = max(0.5, 0.3 * planned.reduce(0, +))
    return min(max((compared.found + hold) / (compared.planned + hold), 0.1), 10)
  }

  /// Seconds until the last chunk of the last stage ends.
  func seconds(at now: Double) -> Double {
    guard count > 0 else { return max(0, planned.reduce(0, +) - (now - began)) }
    let stage = ended / each
    guard stages.indices.contains(stage) else { return 0 }
    let own = ended % each
    let rest = slowness * stages[(stage + 1)...].reduce(0, +)
    guard own > 0 else { return rest + max(0, slowness * stages[stage] - (now - began)) }
    func rounds(_ chunks: Int) -> Double { Double((chunks + workers - 1) / workers) }
    return rest + max(0, (last - began) / rounds(own) * rounds(each) - (now - began))
  }
}
