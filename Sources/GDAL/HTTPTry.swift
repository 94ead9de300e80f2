internal import CGDAL
internal import Glibc
internal import Synchronization

/// One try of a request, and what came of it.
struct HTTPTry {
  /// The answer's status; nil when there was no whole answer.
  var status: Int?
  var headers: [(name: String, value: String)] = []
  var body: [UInt8] = []
  /// What to say of an answer that is none.
  var words = ""
  /// Whether trying again is of no use though there was no answer: a wrong address, a certificate that is not trusted.
  var isFinal = false

  /// Makes the request once, on a session's connection.
  static func run(
    _ request: HTTPClient.Request, session: borrowing Mutex<String>, isCancelled: () -> Bool
  ) -> HTTPTry {
    GDALLibrary.prepare()
    _ = isQuiet
    return session.withLock { name in
      withoutActuallyEscaping(isCancelled) { isCancelled in
        fetch(request, session: name, Cancellation(isCancelled))
      }
    }
  }

  /// A server that hangs up must not end the process.
  private static let isQuiet = signal(SIGPIPE, SIG_IGN)

  /// Reaches GDAL's progress function through a pointer.
  private final class Cancellation {
    let isCancelled: () -> Bool

    init(_ isCancelled: @escaping () -> Bool) { self.isCancelled = isCancelled }
  }

  private static func fetch(
    _ request: HTTPClient.Request, session: String, _ cancellation: Cancellation
  ) -> HTTPTry {
    // The tries are counted by the client, which knows what the server asks for.
    var options = ["PERSISTENT=\(session)", "MAX_RETRY=0"]
    if let timeout = request.timeout ?? (CPLGetConfigOption("GDAL_HTTP_TIMEOUT", nil) == nil ? 120 : nil) {
      options.append("TIMEOUT=\(timeout)")
    }
    let headers = request.headers.filter { header in
      !(header.name + header.value).utf8.contains { $0 == 10 || $0 == 13 }
    }
    if !headers.isEmpty {
      options.append("HEADERS=" + headers.map { "\($0.name): \($0.value)" }.joined(separator: "\r\n"))
    }
    if let body = request.body { options.append("POSTFIELDS=" + String(decoding: body, as: UTF8.self)) }
    let (result, _) = collectingMessages {
      CPLStringList(options).with { list in
        CPLHTTPFetchEx(
          request.url, list,
          { _, _, data in
            guard let data else { return 1 }
            return Unmanaged<Cancellation>.fromOpaque(data).takeUnretainedValue().isCancelled() ? 0 : 1
          }, Unmanaged.passUnretained(cancellation).toOpaque(), nil, nil)
      }
    }
    guard let result else {
      return HTTPTry(words: "GDAL made no request", isFinal: true)
    }
    defer { CPLHTTPDestroyResult(result) }
    return withExtendedLifetime(cancellation) { HTTPTry(result.pointee) }
  }

  private init(words: String, isFinal: Bool) {
    self.words = words
    self.isFinal = isFinal
  }

  private init(_ result: CPLHTTPResult) {
    if let data = result.pabyData, result.nDataLen > 0 {
      body = Array(UnsafeBufferPointer(start: data, count: Int(result.nDataLen)))
    }
    headers = CPLStringList.pairs(result.papszHeaders)
    let error = result.pszErrBuf.map { String(cString: $0) } ?? ""
    if let code = error.range(ofText: "HTTP error code : ") {
      status = Int(error[code.upperBound...].prefix { $0.isNumber })
      words = Self.words(of: body)
    } else if result.nStatus != 0 || !error.isEmpty {
      words = error.isEmpty ? "the connection failed (\(result.nStatus))" : error
      // libcurl's: unsupported protocol, malformed address, certificates, too many redirections.
      isFinal = [1, 3, 47, 51, 58, 60, 77].contains(Int(result.nStatus))
    } else {
      status = 200
    }
  }

  /// Seconds the server asks to wait; nil when it does not, or names a date.
  var retryAfter: Double? {
    let value = headers.last { $0.name.lowercased() == "retry-after" }?.value
    return value.flatMap { Double($0) }
  }

  /// The server's words in the body of an error: a message of its JSON, or the beginning of its text.
  static func words(of body: [UInt8]) -> String {
    let text = String(decoding: body.prefix(2000), as: UTF8.self)
    // A page for browsers says nothing that the status does not.
    guard text.range(ofText: "<html") == nil, text.range(ofText: "<HTML") == nil,
      text.range(ofText: "<!DOCTYPE") == nil
    else { return "" }
    let line = text.split { $0.isNewline || $0 == "\t" }.joined(separator: " ")
    return line.count > 300 ? line.prefix(300) + "…" : line
  }
}

/// A list of C strings for the length of a call.
struct CPLStringList {
  private let texts: [String]

  init(_ texts: [String]) { self.texts = texts }

  func with<Result>(_ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> Result) -> Result {
    var list: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
    for text in texts { list = CSLAddString(list, text) }
    defer { CSLDestroy(list) }
    return body(list)
  }

  /// The "name=value" texts of a list.
  static func pairs(_ list: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> [(
    name: String, value: String
  )] {
    guard let list else { return [] }
    return (0..<Int(CSLCount(list))).compactMap { index in
      guard let text = list[index].map({ String(cString: $0) }), let mark = text.firstIndex(of: "=") else {
        return nil
      }
      return (String(text[..<mark]), String(text[text.index(after: mark)...]))
    }
  }
}
