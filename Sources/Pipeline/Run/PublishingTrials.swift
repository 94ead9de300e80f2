import Engine
import Synchronization

/// Tries what a run will publish as soon as there is something stored to try it on: where the files are to take long.
final class PublishingTrials: Sendable {
  private struct State {
    var waiting: Set<RunWork>
    var last = -1.0
  }

  /// Seconds of files from which on it is worth it.
  private static let least = 2.0
  /// Seconds between two looks whether something is stored.
  private static let interval = 0.05

  private let trial: PublishingTrial
  private let notify: @Sendable (PipelineRunner.Event) -> Void
  private let state: Mutex<State>

  /// - Parameters:
  ///   - trial: of the sequence.
  ///   - formats: of its files.
  ///   - notify: hears what was found.
  init(
    _ trial: PublishingTrial, _ formats: [OutputFormat],
    notify: @escaping @Sendable (PipelineRunner.Event) -> Void
  ) {
    (self.trial, self.notify) = (trial, notify)
    let names = ProductFiles(plan: trial.plan, formats: formats.filter { $0 == .cog })
    let seconds = names.units().flatMap(\.files).reduce(0.0) { sum, file in
      let part = RunWork.Part(file, of: trial.plan)
      return sum + part.amount * part.kind.usualSeconds
    }
    state = Mutex(State(waiting: seconds < Self.least ? [] : trial.kinds))
  }

  /// A cell has ended: tries the kinds of which something is stored.
  func cellEnded() {
    let kinds = state.withLock { state -> Set<RunWork> in
      let now = Clock.seconds()
      guard now - state.last >= Self.interval else { return [] }
      state.last = now
      // No other worker tries the same.
      defer { state.waiting = [] }
      return state.waiting
    }
    for kind in kinds {
      if let seconds = trial.secondsPerByte(kind) {
        notify(.tried(kind, secondsPerUnit: seconds))
      } else {
        state.withLock { _ = $0.waiting.insert(kind) }
      }
    }
  }
}
