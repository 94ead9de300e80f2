internal import Engine
internal import Network

/// Requests to servers, carried out by threads that do nothing else: many are on their way however few cores there
/// are.
final class FetchQueue: Sendable {
  private struct State {
    var jobs: [@Sendable () -> Void] = []
    var next = 0
    var isClosed = false
    /// Whether threads will come for jobs; without any a job is done by whoever brings it.
    var hasThreads: Bool

    init(hasThreads: Bool) {
      self.hasThreads = hasThreads
    }

    mutating func take() -> (@Sendable () -> Void)? {
      guard next < jobs.count else { return nil }
      let job = jobs[next]
      next += 1
      if next == jobs.count || next > 1024 {
        jobs.removeFirst(next)
        next = 0
      }
      return job
    }
  }

  private let state: Monitor<State>

  init(hasThreads: Bool) {
    state = Monitor(State(hasThreads: hasThreads))
  }

  /// Has a job done by the next free thread.
  func submit(_ job: @escaping @Sendable () -> Void) {
    var isLeft = false
    state.updateForOne { state in
      isLeft = state.hasThreads
      if isLeft { state.jobs.append(job) }
    }
    if !isLeft { job() }
  }

  /// Does jobs until the queue is closed: what each of its threads runs.
  func work() {
    while let job = state.wait({ state -> (@Sendable () -> Void)?? in
      if let job = state.take() { return .some(job) }
      return state.isClosed ? .some(nil) : nil
    }) {
      job()
    }
    RemoteConnections.close()
  }

  /// Lets the threads end once no job is left.
  func close() {
    state.update { $0.isClosed = true }
  }

  /// Says that no threads will come: what was left to them is done now, and what comes later by whoever brings it.
  func giveUpThreads() {
    while let job = state.withLock({ state in
      state.hasThreads = false
      return state.take()
    }) {
      job()
    }
  }

  /// Does every job at once, as far as there are threads, and waits for all.
  func all(_ jobs: [@Sendable () -> Void]) {
    guard jobs.count > 1 else {
      jobs.first?()
      return
    }
    let left = Monitor(jobs.count)
    for job in jobs {
      submit {
        job()
        left.update { $0 -= 1 }
      }
    }
    left.wait { $0 == 0 ? () : nil }
  }
}

/// Some bytes of a remote file on their way.
final class Fetch: @unchecked Sendable {
  private enum State {
    case waiting
    case done
    case failed(NetworkError)
  }

  // Unchecked: the buffer is written by the one thread that fetches, and read by others only once `state` is `done`.
  private let buffer: UnsafeMutableRawBufferPointer
  private let file: RemoteFile
  private let state = Monitor(State.waiting)
  let range: Range<Int>

  init(_ file: RemoteFile, range: Range<Int>) {
    self.file = file
    self.range = range
    buffer = .allocate(byteCount: range.count, alignment: 16)
  }

  deinit {
    buffer.deallocate()
  }

  /// Fetches the bytes; called once.
  func run() {
    let end: State
    do throws(NetworkError) {
      try file.read(at: range.lowerBound, into: buffer)
      end = .done
    } catch {
      end = .failed(error)
    }
    state.update { $0 = end }
  }

  /// Waits for the bytes of a part of the range. They live as long as this object.
  func bytes(_ part: Range<Int>) throws(NetworkError) -> UnsafeRawBufferPointer {
    let end = state.wait { state -> State? in
      if case .waiting = state { return nil }
      return state
    }
    if case .failed(let error) = end { throw error }
    let start = part.lowerBound - range.lowerBound
    return UnsafeRawBufferPointer(rebasing: buffer[start..<(start + part.count)])
  }
}
