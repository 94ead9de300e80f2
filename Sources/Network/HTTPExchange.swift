internal import CCurl

/// One HTTP request, its redirections, and what came back: no second try, but of what it was redirected to.
struct HTTPExchange {
  /// A request; a body makes it a POST, unless a method is named.
  struct Request {
    var url: String
    /// For the server of `url`; those that may hold credentials go to no other, whatever it redirects to.
    var headers: [(name: String, value: String)] = []
    var body: [UInt8]?
    var method: String?
    /// Certificates of those who are trusted, for the server of `url`.
    var trustFile: String?
    /// Seconds for each request of a chain of redirections; nil for no end, as long as bytes come.
    var timeout: Double?
  }

  /// Of the last answer; 0 when there was none.
  var status = 0
  var headers = HTTPHeaders()
  /// Bytes of the body that the receiver got.
  var received = 0
  /// Why the receiver cannot have got the whole body of an answer of status 2xx; nil when it has, and when it wanted no
  /// more.
  var fault: NetworkFault?
  /// Whether the receiver wanted no more.
  var isStopped = false

  /// The headers that any server may see.
  private static let harmless: Set<String> = [
    "accept", "accept-encoding", "accept-language", "content-type", "if-match", "if-none-match", "range",
    "user-agent",
  ]
  private static let mostRedirections = 10
  /// How often what a server was redirected to is asked for again, and the seconds before that.
  private static let mostRepeats = 2
  private static let firstPause = 0.2
  private static let longestPause = 10.0

  /// Makes a request.
  ///
  /// - Parameters:
  ///   - handle: the connections it uses.
  ///   - receiver: gets the body of an answer of status 2xx.
  ///   - isCancelled: asked about once a second; when it becomes true the request is given up.
  static func run(
    _ request: Request, on handle: CurlHandle, receiver: HTTPReceiver,
    isCancelled: @escaping () -> Bool = { false }
  ) -> HTTPExchange {
    guard var address = WebAddress(request.url) else {
      return HTTPExchange(
        fault: NetworkFault(
          .curl(Int(CURLE_URL_MALFORMAT.rawValue)), .final, message: "this is no address of a web server",
          advice: "it takes http(s)://SERVER/…, with a name of letters, digits, \"-\" and \".\""))
    }
    let first = address.origin
    var body = request.body
    var (hops, repeats) = (0, 0)
    while hops <= mostRedirections {
      let isOwn = address.origin == first
      let lines = request.headers.filter { isOwn || harmless.contains($0.name.lowercased()) }
        .map { "\($0.name): \($0.value)" }
      let transfer = CurlTransfer(receiver, settings: .current, isCancelled: isCancelled)
      let (code, words) = handle.perform(
        address, headers: lines, body: body, method: request.method,
        trustFile: isOwn ? request.trustFile : nil,
        timeout: request.timeout, isOwn: isOwn, transfer: transfer)
      NetworkUse.note(bytes: transfer.received)
      guard [301, 302, 303, 307, 308].contains(transfer.status), let target = transfer.headers["location"]
      else {
        let exchange = HTTPExchange(transfer, code: code, words: words)
        // A server that a login leads to may be busy: to begin with the login again asks all servers on the way once more,
        // and where every so many requests fail the same one may fail each time.
        if hops > 0, body == nil, repeats < mostRepeats, let fault = exchange.fault, fault.kind == .passing,
          case .http = fault.code, (fault.pause ?? 0) <= longestPause, !isCancelled()
        {
          repeats += 1
          RetryPolicy.sleep(fault.pause ?? firstPause * Double(repeats), unless: isCancelled)
          continue
        }
        return exchange
      }
      hops += 1
      guard let next = address.redirected(to: target) else {
        return HTTPExchange(
          status: transfer.status, headers: transfer.headers,
          fault: NetworkFault(
            .http(transfer.status), .final,
            message: "the server sends on to \(target.prefix(200)), which is no web server"))
      }
      // As browsers and libcurl do.
      if transfer.status <= 303 { body = nil }
      address = next
    }
    return HTTPExchange(
      fault: NetworkFault(
        .curl(Int(CURLE_TOO_MANY_REDIRECTS.rawValue)), .final,
        message: "the server sends on more than \(mostRedirections) times"))
  }

  private init(_ transfer: CurlTransfer, code: Int, words: String) {
    status = transfer.status
    headers = transfer.headers
    received = transfer.received
    if status >= 300 {
      fault = NetworkFault(
        .http(status), FaultClassifier.kind(ofStatus: status), message: Self.words(of: transfer.words),
        pause: headers.pause)
    } else if let end = transfer.end {
      isStopped = end == .receiver
      fault = Self.fault(end, received: received)
    } else if code != 0 {
      fault = NetworkFault(.curl(code), FaultClassifier.kind(ofCurl: code), message: words)
    } else if !(200..<300).contains(status) {
      fault = NetworkFault(.answer, .passing, message: "the answer has no status")
    }
  }

  /// A request that had no answer of use.
  init(status: Int = 0, headers: HTTPHeaders = HTTPHeaders(), fault: NetworkFault) {
    self.status = status
    self.headers = headers
    self.fault = fault
  }

  private static func fault(_ end: CurlTransfer.End, received: Int) -> NetworkFault? {
    let timedOut = NetworkFault.Code.curl(Int(CURLE_OPERATION_TIMEDOUT.rawValue))
    switch end {
    case .receiver: return nil
    case .cancelled:
      return NetworkFault(
        .curl(Int(CURLE_ABORTED_BY_CALLBACK.rawValue)), .final, message: "the request was cancelled")
    case .silent:
      return NetworkFault(
        timedOut, .passing, message: "nothing came for \(Int(HTTPSettings.current.silence)) seconds")
    case .slow:
      return NetworkFault(
        timedOut, .passing,
        message: "less than \(Int(HTTPSettings.current.slowest)) bytes a second came for "
          + "\(Int(HTTPSettings.current.slowTime)) seconds",
        advice: "GDAL_HTTP_LOW_SPEED_LIMIT and GDAL_HTTP_LOW_SPEED_TIME change what counts as too slow")
    case .headersTooLong:
      return NetworkFault(.answer, .final, message: "the answer's head does not end")
    }
  }

  /// The server's words in the body of an error: the beginning of its text.
  static func words(of body: [UInt8]) -> String {
    let text = String(decoding: body.prefix(2000), as: UTF8.self)
    // A page for browsers says nothing that the status does not.
    guard !text.contains("<html"), !text.contains("<HTML"), !text.contains("<!DOCTYPE") else { return "" }
    let line = text.split { $0.isNewline || $0 == "\t" }.joined(separator: " ")
    return line.count > 300 ? line.prefix(300) + "…" : line
  }
}
