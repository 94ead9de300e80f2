internal import Engine
internal import Storage

/// The copies of granules from servers in this process: brought when somebody reads one, a few ahead of that, and
/// removed when nobody needs them any more.
///
/// Together they take no more room than was set, but for those that are being read. Where more are needed, of those that
/// are at hand the one goes that is needed last; it is brought again then.
final class GranuleCopies: Sendable {
  static let shared = GranuleCopies()

  /// Where a copy comes from.
  struct Source: Sendable {
    /// What tells its content from others: the address, and what a catalogue says of size and checksum.
    let identity: String
    /// Bytes, where a catalogue says how many.
    let size: Int?
    /// Whether it stays when nobody needs it any more.
    let isKept: Bool
    /// Brings the file under a path, complete and checked; does nothing where it is there.
    let bring: @Sendable (_ path: String) throws -> Void
  }

  /// Whether a copy is there; in between it is brought, or removed.
  private enum Presence { case absent, moving, present }

  private struct Copy {
    var source: Source
    var presence = Presence.absent
    var bytes = 0
    /// Reads that are going on.
    var readers = 0
    /// Sequences that are not done with it.
    var users = 0
    /// Whether those that needed it are done with it: it goes when the last read ends.
    var isDone = false
    /// Whether it could not be brought ahead: whoever reads it learns why.
    var hasFailed = false
  }

  private struct State {
    var copies: [String: Copy] = [:]
    var most = Int.max
    /// Paths in the order in which they are read, again and again, and the place of the last that was.
    var order: [String] = []
    var places: [String: Int] = [:]
    var position = 0
    var isStopped = false

    var bytes: Int { copies.values.reduce(0) { $0 + $1.bytes } }

    /// How many others are read before a copy is.
    func distance(_ path: String) -> Int {
      guard let place = places[path] else { return .max }
      return (place - position + order.count) % order.count
    }

    /// Copies that may go, those first that are needed last.
    func victims(beyond distance: Int) -> [String] {
      copies.filter { path, copy in
        copy.presence == .present && copy.readers == 0 && !copy.source.isKept
          && self.distance(path) > distance
      }.keys.sorted { (self.distance($0), $0) > (self.distance($1), $1) }
    }
  }

  private let state = Monitor(State())

  /// Copies that are brought before they are asked for.
  static let ahead = 4

  init() {}

  /// Says where a copy comes from; what is known of the same content stays.
  func add(_ path: String, _ source: Source) {
    state.update { state in
      if state.copies[path]?.source.identity != source.identity {
        state.copies[path, default: Copy(source: source)].source = source
      }
    }
  }

  /// Sets how many bytes copies may take.
  func limit(_ bytes: Int) { state.update { $0.most = bytes } }

  /// Sets the order in which copies are going to be read.
  func arrange(_ paths: [String]) {
    state.update { state in
      var places: [String: Int] = [:]
      for (place, path) in paths.enumerated() where places[path] == nil { places[path] = place }
      (state.order, state.places, state.position) = (paths, places, 0)
      state.isStopped = false
    }
  }

  /// What tells the content of a copy from others; nil for files that are none.
  func identity(_ path: String) -> String? { state.withLock { $0.copies[path]?.source.identity } }

  /// Whether a path is that of a copy that is not there now.
  func isAway(_ path: String) -> Bool {
    state.withLock { $0.copies[path].map { $0.presence == .absent } ?? false } && !LocalFiles.exists(path)
  }

  // MARK: Bringing

  /// Has a copy there; does nothing for files that are none. Blocks; for threads that may.
  func bring(_ path: String) throws {
    let source = state.wait { state -> Source?? in
      switch state.copies[path]?.presence {
      case nil, .present: return .some(nil)
      case .moving: return nil
      case .absent:
        state.copies[path]?.presence = .moving
        return state.copies[path]?.source
      }
    }
    guard let source else { return }
    do {
      try source.bring(path)
    } catch {
      state.update {
        $0.copies[path]?.presence = .absent
        $0.copies[path]?.hasFailed = true
      }
      throw error
    }
    let size = (try? LocalFiles.size(path)) ?? source.size ?? 0
    remove(
      state.update { state in
        state.copies[path]?.presence = .present
        state.copies[path]?.bytes = size
        return Self.excess(of: &state, besides: path) + Self.doneWith([path], &state)
      })
  }

  /// Takes out what is too much; the files are to be removed.
  private static func excess(of state: inout State, besides path: String) -> [String] {
    var gone: [String] = []
    for victim in state.victims(beyond: -1) where state.bytes > state.most && victim != path {
      state.copies[victim]?.presence = .moving
      state.copies[victim]?.bytes = 0
      gone.append(victim)
    }
    return gone
  }

  private func remove(_ paths: [String]) {
    for path in paths {
      // What is open of it would keep its room on the disk.
      OpenGranules.shared.forget(path)
      _ = try? LocalFiles.remove(path)
      state.update { $0.copies[path]?.presence = .absent }
    }
  }

  /// Runs `body` while some copies stay where they are.
  func reading<Result>(_ paths: [String], _ body: () throws -> Result) rethrows -> Result {
    state.update { state in
      for path in paths where state.copies[path] != nil {
        state.position = state.places[path] ?? state.position
      }
    }
    for path in paths { hold(path) }
    defer { for path in paths { release(path) } }
    return try body()
  }

  /// Keeps a copy on disk, once it is complete, until it is released.
  func hold(_ path: String) { state.update { $0.copies[path]?.readers += 1 } }

  /// Whether somebody has a copy stay where it is.
  func isHeld(_ path: String) -> Bool { state.withLock { ($0.copies[path]?.readers ?? 0) > 0 } }

  /// Ends what `hold` began.
  func release(_ path: String) {
    remove(
      state.update { state in
        state.copies[path]?.readers -= 1
        return Self.doneWith([path], &state)
      })
  }

  /// Brings what is read next, until it is stopped. Blocks; for threads that may.
  func bringAhead() {
    while let path = state.wait({ $0.isStopped ? .some(nil) : Self.next(&$0).map { .some($0) } }) {
      // The failure is reported to the cell that reads the granule.
      _ = try? bring(path)
    }
  }

  /// The next copy that is not there, is needed, and has room beside those that are needed before.
  private static func next(_ state: inout State) -> String? {
    for step in 1..<max(1, min(ahead + 1, state.order.count)) {
      let path = state.order[(state.position + step) % state.order.count]
      guard let copy = state.copies[path], copy.presence == .absent, copy.users > 0, !copy.hasFailed else {
        continue
      }
      let freed = state.victims(beyond: step).reduce(0) { $0 + (state.copies[$1]?.bytes ?? 0) }
      return state.bytes - freed + (copy.source.size ?? 0) <= state.most ? path : nil
    }
    return nil
  }

  /// Runs `body` while copies are brought ahead of it.
  func bringingAhead<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
    guard state.withLock({ !$0.order.isEmpty }) else { return try await body() }
    async let bringing: Void = BlockingWork.run(workers: 2) { self.bringAhead() }
    do {
      let result = try await body()
      state.update { $0.isStopped = true }
      try await bringing
      return result
    } catch {
      state.update { $0.isStopped = true }
      throw error
    }
  }

  // MARK: Use

  /// Says that a sequence needs copies.
  func claim(_ paths: some Sequence<String>) {
    state.update { state in
      for path in paths {
        state.copies[path]?.users += 1
        state.copies[path]?.isDone = false
      }
    }
  }

  /// Says that nobody needs copies for now, as a run ended before its time: those that are there stay for when it is
  /// continued.
  func suspend(_ paths: some Sequence<String>) {
    state.update { state in
      for path in paths { state.copies[path]?.users = 0 }
    }
  }

  /// Says that a sequence is done with copies: those that nobody needs any more are removed.
  func release(_ paths: some Sequence<String>) {
    let paths = Array(paths)
    remove(
      state.update { state in
        for path in paths {
          guard let copy = state.copies[path], copy.users > 0 else { continue }
          state.copies[path]?.users -= 1
          state.copies[path]?.isDone = copy.users == 1 && !copy.source.isKept
        }
        return Self.doneWith(paths, &state)
      })
  }

  /// Takes out those of some copies that nobody needs or reads any more; the files are to be removed.
  private static func doneWith(_ paths: [String], _ state: inout State) -> [String] {
    var gone: [String] = []
    for path in paths {
      guard let copy = state.copies[path], copy.isDone, copy.readers == 0, copy.presence == .present else {
        continue
      }
      state.copies[path]?.presence = .moving
      state.copies[path]?.bytes = 0
      gone.append(path)
    }
    return gone
  }

  /// Removes copies that turned out to be of no use.
  func drop(_ paths: some Sequence<String>) {
    let paths = Array(paths)
    claim(paths)
    release(paths)
  }
}

/// Which copies of granules the cells of a sequence still need.
final class GranuleUse: Sendable {
  /// By time step.
  private let paths: [[String]]
  /// Cells that are waited for, by time step.
  private let left: Monitor<[Int]>

  /// - Parameter chunks: how many are still to be computed, of each time step.
  init(_ timeSteps: [TimeStep], chunks: Int) {
    paths = timeSteps.map(Self.paths)
    left = Monitor(timeSteps.map { _ in chunks })
  }

  /// The granules of a time step.
  static func paths(_ timeStep: TimeStep) -> [String] {
    var paths: [String] = []
    for file in timeStep.scenes.flatMap(\.bands).compactMap(\.file) where file.swath != nil {
      if !paths.contains(file.path) { paths.append(file.path) }
    }
    return paths
  }

  /// Begins: those of which nothing is waited for are done with.
  func begin() {
    GranuleCopies.shared.arrange(paths.flatMap { $0 })
    for (step, count) in left.withLock({ $0 }).enumerated() where count == 0 {
      GranuleCopies.shared.release(paths[step])
    }
  }

  /// Says that a cell of a time step ended.
  func cellEnded(_ step: Int) {
    guard paths.indices.contains(step) else { return }
    let isLast = left.update { left in
      left[step] -= 1
      return left[step] == 0
    }
    if isLast { GranuleCopies.shared.release(paths[step]) }
  }
}
