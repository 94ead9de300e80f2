internal import CCurl
internal import Glibc

/// What libcurl tells while a request runs, and why the request is broken off from this side.
///
/// Used by the one thread that makes the request.
final class CurlTransfer {
  enum End {
    /// The receiver wants no more.
    case receiver
    case cancelled
    /// Nothing came for a long time.
    case silent
    /// So little came that the end is not in sight.
    case slow
    case headersTooLong
  }

  private(set) var status = 0
  private(set) var headers = HTTPHeaders()
  /// Bytes of the body that the receiver got.
  private(set) var received = 0
  /// The beginning of the body of an answer that is none.
  private(set) var words: [UInt8] = []
  /// Why the request was broken off from this side; nil when it was not.
  private(set) var end: End?

  private let receiver: HTTPReceiver
  private let isCancelled: () -> Bool
  private let settings: HTTPSettings
  private var headerBytes = 0
  /// When bytes came last, and how many there were then.
  private var last = (time: CurlTransfer.now, bytes: 0)
  /// The beginning of the time in which a certain number of bytes must come.
  private var window: (time: Double, bytes: Int)?
  private var bytes = 0

  private static let mostHeaderBytes = 256 << 10
  private static let mostWords = 4096

  init(_ receiver: HTTPReceiver, settings: HTTPSettings, isCancelled: @escaping () -> Bool) {
    self.receiver = receiver
    self.settings = settings
    self.isCancelled = isCancelled
  }

  private var isGood: Bool { (200..<300).contains(status) }

  /// Takes a line of the head.
  ///
  /// - Returns: whether to go on.
  func takeHeader(_ line: UnsafeRawBufferPointer) -> Bool {
    headerBytes += line.count
    bytes += line.count
    guard headerBytes <= Self.mostHeaderBytes else { return stop(.headersTooLong) }
    let text = String(decoding: line.prefix { $0 != 13 && $0 != 10 }, as: UTF8.self)
    if text.hasPrefix("HTTP/") {
      // After "100 Continue" and the like, and after a proxy's answer, the head begins anew.
      status = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
      headers = HTTPHeaders()
    } else if !text.isEmpty {
      headers.add(text)
    } else if isGood, !receiver.begin(status, headers) {
      return stop(.receiver)
    }
    return true
  }

  /// Takes a piece of the body.
  ///
  /// - Returns: whether to go on.
  func takeBody(_ piece: UnsafeRawBufferPointer) -> Bool {
    bytes += piece.count
    guard isGood else {
      // The rest of a long error page is not waited for.
      guard words.count < Self.mostWords else { return stop(.receiver) }
      words += piece.prefix(Self.mostWords - words.count)
      return true
    }
    received += piece.count
    return receiver.take(piece) || stop(.receiver)
  }

  /// Looks at the clock; libcurl calls this about once a second.
  ///
  /// - Returns: whether to go on.
  func goesOn() -> Bool {
    if isCancelled() { return stop(.cancelled) }
    let now = Self.now
    if bytes > last.bytes { last = (now, bytes) }
    if now - last.time > settings.silence { return stop(.silent) }
    guard bytes > 0 else { return true }
    guard let start = window else {
      window = (now, bytes)
      return true
    }
    guard now - start.time >= settings.slowTime else { return true }
    if Double(bytes - start.bytes) < settings.slowest * (now - start.time) { return stop(.slow) }
    window = (now, bytes)
    return true
  }

  private func stop(_ end: End) -> Bool {
    self.end = self.end ?? end
    return false
  }

  private static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}

/// Who gets an answer of status 2xx.
struct HTTPReceiver {
  /// Hears the head, and says whether the body is wanted.
  var begin: (_ status: Int, _ headers: HTTPHeaders) -> Bool = { _, _ in true }
  /// Gets the body piece by piece, and says whether to go on.
  var take: (UnsafeRawBufferPointer) -> Bool
}
