internal import Synchronization

/// A file on a server, read in parts. Any thread; calls block.
///
/// Every read brings exactly the bytes that were asked for, of one and the same content of the file, or throws: what
/// passes (time-outs, 429, 5xx, dropped connections, short and overlong bodies) is tried again with growing pauses,
/// refused credentials are renewed.
public final class RemoteFile: Sendable {
  private struct State {
    var total: Int?
    var version: FileVersion?
    /// The file's first bytes, where headers are.
    var head: [UInt8] = []
    var hasHead = false
    /// Whether the last read failed for good: the next need not be as patient.
    var hasFailed = false
    /// Why nothing more is asked for: the server is too slow to be waited for again and again.
    var givenUp: NetworkFault?
    var hasNoParts = false
  }

  /// What is fetched at once when a file is first touched: cloud-optimised files have all their tables there.
  public static let headSize = 64 << 10
  private static let renewals = 3

  /// The URL, as catalogues have it: without signatures of ours.
  public let location: String
  private let source: any RangeSource
  private let retry: RetryPolicy
  private let record: (any FileVersionRecord)?
  private let state = Mutex(State())

  /// - Parameters:
  ///   - location: the file's URL, as messages name it.
  ///   - source: fetches its bytes.
  ///   - retry: when requests for the file are made again.
  ///   - record: decides whether the content on the server may be read; nil where any may.
  public init(
    _ location: String, source: any RangeSource, retry: RetryPolicy = .files,
    record: (any FileVersionRecord)? = nil
  ) {
    self.location = location
    self.source = source
    self.retry = retry
    self.record = record
  }

  /// The file's length; asks the server when nothing has been read yet.
  public func size() throws(NetworkError) -> Int {
    if let total = state.withLock({ $0.total }) { return total }
    if state.withLock({ !$0.hasHead }) {
      try openHead()
      if let total = state.withLock({ $0.total }) { return total }
    }
    _ = try retrying("its length") { source.fetchLength() }
    guard let total = state.withLock({ $0.total }) else {
      throw error(
        "the server does not tell its length", advice: "it cannot be read in place: use \"mode\": \"copy\"")
    }
    return total
  }

  /// What tells this content of the file from another: "etag", or the time of change; nil when the server tells neither.
  public var version: String? {
    state.withLock { $0.version.flatMap { $0.tag ?? $0.modified } }
  }

  /// Asks the server which content the file has now: one request, for one byte.
  ///
  /// - Returns: what tells this content from others, as far as the server says.
  public func fetchVersion() throws(NetworkError) -> FileVersion {
    let byte = UnsafeMutableRawBufferPointer.allocate(byteCount: 1, alignment: 1)
    defer { byte.deallocate() }
    _ = try fetch(at: 0, into: byte, mayEnd: true)
    return state.withLock { $0.version ?? FileVersion() }
  }

  /// Whether the server turned out to send whole files only.
  public var hasNoParts: Bool { state.withLock { $0.hasNoParts } }

  /// Fetches the file from its beginning to its end.
  ///
  /// - Parameters:
  ///   - restart: called before each try: what came before counts for nothing.
  ///   - body: gets the bytes; says whether to go on.
  public func readWhole(
    restart: () -> Void, body: @escaping (UnsafeRawBufferPointer) -> Bool
  ) throws(NetworkError) {
    _ = try retrying("all bytes") {
      restart()
      return source.fetchWhole(body)
    }
  }

  /// Reads exactly as many bytes as the buffer has.
  public func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(NetworkError) {
    guard !buffer.isEmpty else { return }
    if offset < RemoteFile.headSize, state.withLock({ !$0.hasHead }) { try openHead() }
    let isDone = state.withLock { state in
      guard offset >= 0, offset + buffer.count <= state.head.count else { return false }
      state.head.withUnsafeBytes { head in
        buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: head[offset..<(offset + buffer.count)]))
      }
      return true
    }
    if isDone { return }
    _ = try fetch(at: offset, into: buffer, mayEnd: false)
  }

  /// Reads exactly `count` bytes.
  public func read(at offset: Int, count: Int) throws(NetworkError) -> [UInt8] {
    // What a damaged file claims is no reason to ask for memory it cannot fill.
    let total = try size()
    guard offset >= 0, count >= 0, offset <= total - count else {
      throw error("the file ends before this place", advice: "it may be incomplete on the server")
    }
    var bytes = [UInt8](repeating: 0, count: count)
    var failure: NetworkError?
    bytes.withUnsafeMutableBytes { buffer in
      do throws(NetworkError) {
        try read(at: offset, into: buffer)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return bytes
  }

  /// Frees the memory of the file's first bytes, once what they say is known.
  public func forgetHead() {
    state.withLock { $0.head = [] }
  }

  private func openHead() throws(NetworkError) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: RemoteFile.headSize, alignment: 16)
    defer { buffer.deallocate() }
    let count = try fetch(at: 0, into: buffer, mayEnd: true)
    let head = [UInt8](buffer[..<count])
    state.withLock { ($0.head, $0.hasHead) = (head, true) }
  }

  // MARK: Tries

  private func fetch(
    at offset: Int, into buffer: UnsafeMutableRawBufferPointer, mayEnd: Bool
  ) throws(NetworkError) -> Int {
    try retrying("bytes \(offset)..<\(offset + buffer.count)") {
      source.fetch(at: offset, into: buffer, mayEnd: mayEnd)
    }
  }

  private func retrying(
    _ what: String, _ fetch: () -> Result<RangeAnswer, NetworkFault>
  ) throws(NetworkError) -> Int {
    var (tried, renewals, timeOuts) = (0, 0, 0)
    let (hasFailed, givenUp) = state.withLock { ($0.hasFailed, $0.givenUp) }
    if let givenUp { throw NetworkError(location: location, part: what, givenUp) }
    while true {
      let fault: NetworkFault
      switch fetch() {
      case .success(let answer):
        if let change = changed(answer) {
          fault = change
          break
        }
        return answer.count
      case .failure(let failure): fault = failure
      }
      tried += 1
      if fault.isTimeOut { timeOuts += 1 }
      if fault.kind == .refused, renewals < (hasFailed ? 1 : RemoteFile.renewals) {
        renewals += 1
        tried -= 1
        continue
      }
      if fault.kind == .passing, !hasFailed, timeOuts < 2,
        let seconds = retry.wait(after: tried, retryAfter: fault.pause)
      {
        RetryPolicy.sleep(seconds)
        continue
      }
      state.withLock { state in
        if fault.kind == .whole { state.hasNoParts = true } else { state.hasFailed = true }
        if timeOuts > 0 { state.givenUp = fault }
      }
      throw NetworkError(location: location, part: what, fault, tries: tried)
    }
  }

  /// What is wrong with an answer that comes from another content of the file than the ones before.
  private func changed(_ answer: RangeAnswer) -> NetworkFault? {
    var version = answer.version
    version.size = answer.total
    if state.withLock({ $0.version == nil }), let fault = record?.fault(reading: version, of: location) {
      return fault
    }
    return state.withLock { state in
      state.hasFailed = false
      guard let known = state.version else {
        (state.total, state.version) = (answer.total, version)
        return nil
      }
      guard known.isSame(as: version) else { return .changed }
      if state.total == nil {
        state.total = answer.total
        state.version?.size = answer.total
      }
      return nil
    }
  }

  private func error(_ message: String, advice: String?) -> NetworkError {
    NetworkError(location: location, NetworkFault(.answer, .final, message: message, advice: advice))
  }
}
