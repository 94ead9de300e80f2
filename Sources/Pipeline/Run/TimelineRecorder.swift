import Engine
import Synchronization

/// Takes down how a run goes: spans of work, and memory and cells over time, in little room however long it takes.
final class TimelineRecorder: Sendable {
  private struct State {
    var timeline = RunTimeline()
    var open: [(name: String, start: Double)] = []
    /// Cells of sequences that have ended.
    var before = 0
    var cells = 0
    var lastSample = -1.0
    var interval = 0.1
    var stages: RunStages?
    /// How long the whole run was expected to take when a tenth of its cells had ended.
    var expected: Double?
  }

  /// Samples at most; beyond, every second one goes.
  private static let mostSamples = 240

  private let start = Clock.seconds()
  private let state = Mutex(State())

  /// The run's stages are known.
  func expect(_ stages: RunStages) { state.withLock { $0.stages = stages } }

  /// Seconds until the run ends; nil while nobody can say.
  var secondsLeft: Double? {
    let now = Clock.seconds() - start
    return state.withLock { $0.stages?.secondsLeft(at: now) }
  }

  /// Seconds that the whole run was expected to take when a tenth of its cells had ended; nil where none were computed.
  var expected: Double? { state.withLock { $0.expected } }

  /// Takes note of an event.
  func note(_ event: PipelineRunner.Event) {
    let now = Clock.seconds() - start
    state.withLock { state in
      state.stages?.note(event, seconds: now)
      switch event {
      case .sequenceBegan(let name, _, _, _):
        if state.open.isEmpty, state.timeline.spans.isEmpty {
          state.timeline.spans.append(.init(name: "planning", start: 0, end: now))
        }
        TimelineRecorder.begin("\(name): computing", &state, now)
      case .progress(_, let ended, _, _):
        state.cells = state.before + ended
        if state.expected == nil, let stages = state.stages, 10 * state.cells >= stages.cellCount {
          state.expected = stages.secondsLeft(at: now).map { now + $0 }
        }
        sample(&state, now)
      case .layers(let name, _, _):
        TimelineRecorder.begin("\(name): computing layers", &state, now)
      case .publishing(let name, _, _):
        TimelineRecorder.begin("\(name): publishing", &state, now)
      case .drawing(let name): TimelineRecorder.begin("\(name): pictures", &state, now)
      case .ending: TimelineRecorder.begin("summary and report", &state, now)
      case .sequenceEnded:
        TimelineRecorder.end(&state, now)
        state.before = state.cells
        sample(&state, now, always: true)
      default: break
      }
    }
  }

  /// Everything until now.
  func timeline() -> RunTimeline {
    let now = Clock.seconds() - start
    return state.withLock { state in
      TimelineRecorder.end(&state, now)
      sample(&state, now, always: true)
      state.timeline.seconds = now
      return state.timeline
    }
  }

  private static func begin(_ name: String, _ state: inout State, _ now: Double) {
    // Sequences that publish date by date go on with what they did.
    if state.open.last?.name == name { return }
    end(&state, now)
    state.open.append((name, now))
  }

  private static func end(_ state: inout State, _ now: Double) {
    guard let open = state.open.popLast() else { return }
    guard state.timeline.spans.count < 2 * mostSamples else { return }
    state.timeline.spans.append(.init(name: open.name, start: open.start, end: now))
  }

  private func sample(_ state: inout State, _ now: Double, always: Bool = false) {
    guard always || now - state.lastSample >= state.interval else { return }
    state.lastSample = now
    state.timeline.samples.append(.init(seconds: now, cells: state.cells, memory: Machine.residentMemory))
    guard state.timeline.samples.count > TimelineRecorder.mostSamples else { return }
    state.timeline.samples = state.timeline.samples.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
    state.interval *= 2
  }
}
