internal import Glibc
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
    /// Whether the last read failed for good: the next need not be as patient.
    var hasFailed = false
    var hasNoParts = false
  }

  /// What is fetched at once when a file is first touched: cloud-optimised files have all their tables there.
  public static let headSize = 64 << 10
  /// Tries in all, the first among them; some 20 seconds of pauses. GDAL's own variables change both.
  static let tries =
    1 + (setting("GDAL_HTTP_MAX_RETRY").flatMap { Int($0) }.map { min(max($0, 0), 100) } ?? 7)
  private static let firstPause =
    setting("GDAL_HTTP_RETRY_DELAY").flatMap { Double($0) }.map { min(max($0, 0), 60) } ?? 0.2
  private static let longestPause = 10.0
  private static let renewals = 3

  /// The URL, as catalogues have it: without signatures of ours.
  public let location: String
  private let source: any RangeSource
  private let state = Mutex(State())

  init(_ location: String, source: any RangeSource) {
    self.location = location
    self.source = source
  }

  /// The file's length; asks the server when nothing has been read yet.
  public func size() throws(GDALError) -> Int {
    if let total = state.withLock({ $0.total }) { return total }
    try openHead()
    return state.withLock { $0.total } ?? 0
  }

  /// What tells this content of the file from another: "etag", or the time of change; nil when the server tells neither.
  public var version: String? {
    state.withLock { $0.version.flatMap { $0.tag ?? $0.modified } }
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
  ) throws(GDALError) {
    _ = try retrying("all bytes") {
      restart()
      return source.fetchWhole(body)
    }
  }

  /// Reads exactly as many bytes as the buffer has.
  public func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(GDALError) {
    guard !buffer.isEmpty else { return }
    if offset < RemoteFile.headSize, state.withLock({ $0.total == nil }) { try openHead() }
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
  public func read(at offset: Int, count: Int) throws(GDALError) -> [UInt8] {
    // What a damaged file claims is no reason to ask for memory it cannot fill.
    let total = try size()
    guard offset >= 0, count >= 0, offset <= total - count else {
      throw error("the file ends before this place", advice: "it may be incomplete on the server")
    }
    var bytes = [UInt8](repeating: 0, count: count)
    var failure: GDALError?
    bytes.withUnsafeMutableBytes { buffer in
      do throws(GDALError) {
        try read(at: offset, into: buffer)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return bytes
  }

  /// Lets go of the file's first bytes, once what they say is known.
  public func forgetHead() {
    state.withLock { $0.head = [] }
  }

  private func openHead() throws(GDALError) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: RemoteFile.headSize, alignment: 16)
    defer { buffer.deallocate() }
    let count = try fetch(at: 0, into: buffer, mayEnd: true)
    let head = [UInt8](buffer[..<count])
    state.withLock { $0.head = head }
  }

  // MARK: Tries

  private func fetch(
    at offset: Int, into buffer: UnsafeMutableRawBufferPointer, mayEnd: Bool
  ) throws(GDALError) -> Int {
    try retrying("bytes \(offset)..<\(offset + buffer.count)") {
      source.fetch(at: offset, into: buffer, mayEnd: mayEnd)
    }
  }

  private func retrying(
    _ what: String, _ fetch: () -> Result<RangeAnswer, RangeFault>
  ) throws(GDALError) -> Int {
    var (tries, renewals) = (0, 0)
    let mostTries = state.withLock { $0.hasFailed ? 1 : RemoteFile.tries }
    while true {
      let fault: RangeFault
      switch fetch() {
      case .success(let answer):
        if let change = changed(answer) {
          fault = change
          break
        }
        return answer.count
      case .failure(let failure): fault = failure
      }
      switch fault.kind {
      case .refused where renewals < (mostTries > 1 ? RemoteFile.renewals : 1):
        renewals += 1
        continue
      case .passing where tries + 1 < mostTries:
        tries += 1
        RemoteFile.sleep(fault.pause ?? RemoteFile.pause(beforeTry: tries))
      default:
        state.withLock { state in
          if case .whole = fault.kind { state.hasNoParts = true } else { state.hasFailed = true }
        }
        let count = tries > 0 ? "\(fault.message) (after \(tries + 1) tries)" : fault.message
        throw error("\(what): \(count)", advice: fault.advice)
      }
    }
  }

  /// What is wrong with an answer that comes from another content of the file than the ones before.
  private func changed(_ answer: RangeAnswer) -> RangeFault? {
    state.withLock { state in
      state.hasFailed = false
      guard let total = state.total, let version = state.version else {
        (state.total, state.version) = (answer.total, answer.version)
        return nil
      }
      if total == answer.total, version.isSame(as: answer.version) { return nil }
      return .changed
    }
  }

  private func error(_ message: String, advice: String?) -> GDALError {
    GDALError(.read, file: location, message: message, advice: advice)
  }

  /// Seconds, growing from try to try, with some chance in them: many readers must not come back all at once.
  static func pause(beforeTry number: Int) -> Double {
    let pause = min(longestPause, firstPause * Double(1 << min(number - 1, 16)))
    return pause * Double.random(in: 0.75...1.25)
  }

  private static func setting(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

  static func sleep(_ seconds: Double) {
    guard seconds > 0 else { return }
    usleep(UInt32(min(seconds, 60) * 1_000_000))
  }
}

/// The connections that threads keep open between requests.
public enum RemoteConnections {
  /// Ends those of the calling thread, which is about to end itself.
  public static func close() { HTTPExchange.closeConnections() }
}
