internal import CGDAL
internal import Glibc
internal import Synchronization

/// One HTTP GET and what came back: no second try, no judgement.
///
/// Goes through GDAL's own client, so that proxies, certificates, `.netrc` and time-outs are set where GDAL's are
/// (`GDAL_HTTP_…`). Each thread keeps its connections.
struct HTTPExchange {
  /// The status when it was 400 or more; 0 otherwise, and when no answer came.
  let errorStatus: Int
  /// Of the last answer, redirections aside.
  let headers: [(name: String, value: String)]
  /// Bytes of the body, those that found no room among them.
  let received: Int
  /// What broke off the exchange, in libcurl's words; nil when an answer came whole.
  let failure: String?

  /// Where a body goes.
  private final class Sink {
    /// Bodies that go on beyond the room by more than this are broken off: they are not what was asked for.
    private static let patience = 1 << 20
    private let buffer: UnsafeMutableRawBufferPointer
    private let forward: ((UnsafeRawBufferPointer) -> Bool)?
    private(set) var received = 0

    /// - Parameter forward: gets the body instead of the buffer; says whether to go on.
    init(_ buffer: UnsafeMutableRawBufferPointer, forward: ((UnsafeRawBufferPointer) -> Bool)? = nil) {
      self.buffer = buffer
      self.forward = forward
    }

    /// - Returns: whether to go on.
    func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
      if let forward {
        received += bytes.count
        return forward(bytes)
      }
      let room = min(bytes.count, max(0, buffer.count - received))
      if room > 0 {
        UnsafeMutableRawBufferPointer(rebasing: buffer[received..<(received + room)])
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<room]))
      }
      received += bytes.count
      return received <= buffer.count + Sink.patience
    }
  }

  /// The last header of a name.
  func header(_ name: String) -> String? {
    headers.last { $0.name.lowercased() == name }?.value
  }

  /// Fetches a URL; the body, or as much of it as there is room for, goes to `buffer`.
  static func get(
    _ url: String, headers: [String], into buffer: UnsafeMutableRawBufferPointer
  ) -> HTTPExchange {
    get(url, headers: headers, sink: Sink(buffer))
  }

  /// Fetches a URL; the body goes to `body` piece by piece, which says whether to go on.
  static func get(
    _ url: String, headers: [String], body: @escaping (UnsafeRawBufferPointer) -> Bool
  ) -> HTTPExchange {
    get(url, headers: headers, sink: Sink(UnsafeMutableRawBufferPointer(start: nil, count: 0), forward: body))
  }

  private static func get(_ url: String, headers: [String], sink: Sink) -> HTTPExchange {
    prepare()
    let fields = headers.joined(separator: "\r\n")
    let texts = [
      "PERSISTENT=\(session)", "MAX_RETRY=0", "HEADERS=\(fields)",
      // Sign-ins that pass a cookie along (NASA's) need a jar; nothing is kept beyond the process.
      "COOKIEFILE=/dev/null",
    ]
    let (answer, messages) = collectingMessages {
      CPLStringList(texts).with { options in
        CPLHTTPFetchEx(
          url, options, nil, nil,
          { bytes, size, count, context in
            guard let context else { return 0 }
            let sink = Unmanaged<Sink>.fromOpaque(context).takeUnretainedValue()
            return sink.take(UnsafeRawBufferPointer(start: bytes, count: size * count)) ? count : 0
          }, Unmanaged.passUnretained(sink).toOpaque())
      }
    }
    defer { withExtendedLifetime(sink) {} }
    // A driver that reads the file takes an error that lingers in the thread, though overcome by the next try, for its
    // own.
    CPLErrorReset()
    guard let answer else {
      return HTTPExchange(
        errorStatus: 0, headers: [], received: 0,
        failure: messages.failure ?? "this GDAL was built without libcurl")
    }
    defer { CPLHTTPDestroyResult(answer) }
    return HTTPExchange(answer.pointee, received: sink.received, messages)
  }

  private init(errorStatus: Int, headers: [(name: String, value: String)], received: Int, failure: String?) {
    self.errorStatus = errorStatus
    self.headers = headers
    self.received = received
    self.failure = failure
  }

  private init(_ answer: CPLHTTPResult, received: Int, _ messages: CPLMessages) {
    headers = CPLStringList.pairs(answer.papszHeaders)
    self.received = received
    let words = answer.pszErrBuf.map { String(cString: $0) } ?? messages.failure
    errorStatus = words.flatMap { GDALError(.read, message: $0).httpStatus } ?? 0
    failure =
      errorStatus == 0 && (answer.nStatus != 0 || answer.pszErrBuf != nil) ? words ?? "it broke off" : nil
  }

  /// Connections belong to threads: a name no other living thread has.
  private static var session: String { "apus-thread-\(pthread_self())" }

  /// Ends the calling thread's connections; to be called by threads that end.
  static func closeConnections() {
    CPLStringList(["CLOSE_PERSISTENT=\(session)"]).with { CPLHTTPDestroyResult(CPLHTTPFetch("", $0)) }
  }

  private static func prepare() {
    GDALLibrary.prepare()
    _ = isQuiet
    // A compressed transfer of part of a file is part of another file. Once a thread: it is one of its settings.
    CPLSetThreadLocalConfigOption("CPL_CURL_GZIP", "NO")
  }

  /// A server that hangs up must not end the process: GDAL's own way of ignoring the signal during a request is not
  /// safe with several threads.
  private static let isQuiet: Bool = {
    signal(SIGPIPE, SIG_IGN)
    return true
  }()
}
