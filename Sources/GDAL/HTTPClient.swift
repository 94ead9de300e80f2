internal import CGDAL
internal import Glibc
internal import Synchronization

/// HTTP requests through GDAL's network stack (`CPLHTTPFetch`): its proxies, certificates, `.netrc` and headers
/// (`GDAL_HTTP_…`) hold for them as for the reading of files.
///
/// Calls block; they may be made from any thread. Requests of one client share a connection, and wait for each other.
public final class HTTPClient: Sendable {
  /// One request. A body makes it a POST.
  public struct Request: Sendable {
    public var url: String
    /// Beside those that GDAL adds; none holds a line break.
    public var headers: [(name: String, value: String)]
    /// UTF-8 text without zero bytes.
    public var body: [UInt8]?
    /// Seconds for one try as a whole; nil for what `GDAL_HTTP_TIMEOUT` says, or 120.
    public var timeout: Double?

    public init(
      _ url: String, headers: [(name: String, value: String)] = [], body: [UInt8]? = nil,
      timeout: Double? = nil
    ) {
      self.url = url
      self.headers = headers
      self.body = body
      self.timeout = timeout
    }
  }

  /// An answer of status 2xx.
  public struct Response: Sendable {
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]
    /// How many times the request was made.
    public var tries: Int

    /// The value of a header, whatever the case of its name.
    public func header(_ name: String) -> String? {
      headers.last { $0.name.lowercased() == name.lowercased() }?.value
    }
  }

  private let retry: HTTPRetry
  /// Names the connection among GDAL's; held while a request runs.
  private let session: Mutex<String>
  private static let sessions = Atomic<Int>(0)

  public init(retry: HTTPRetry = .fromEnvironment) {
    self.retry = retry
    session = Mutex("apus-\(Self.sessions.add(1, ordering: .relaxed).newValue)")
  }

  deinit {
    session.withLock { name in
      // GDAL closes a session's connection when asked to, through a request for nothing.
      _ = collectingMessages {
        CPLStringList(["CLOSE_PERSISTENT=\(name)"]).with { CPLHTTPDestroyResult(CPLHTTPFetch("", $0)) }
      }
    }
  }

  /// Makes a request, again and again where that may help, and waits for the answer.
  ///
  /// Made again after statuses 408, 425, 429 and 5xx, time-outs and broken connections, with growing delays or after
  /// what the server asks for (`Retry-After`).
  ///
  /// - Parameter isCancelled: asked while waiting and receiving; when it becomes true the request is given up.
  /// - Throws: `HTTPError`: at once for any other 4xx, else when the tries are used up.
  public func send(
    _ request: Request, isCancelled: () -> Bool = { false }
  ) throws(HTTPError) -> Response {
    var tried = 0
    while true {
      let outcome = HTTPTry.run(request, session: session, isCancelled: isCancelled)
      tried += 1
      if outcome.status.map({ (200..<300).contains($0) }) ?? false {
        return Response(headers: outcome.headers, body: outcome.body, tries: tried)
      }
      let failure = HTTPError(url: request.url, status: outcome.status, message: outcome.words, tries: tried)
      guard failure.isPassing, !outcome.isFinal, !isCancelled(),
        let seconds = retry.wait(
          after: tried, retryAfter: outcome.retryAfter, random: Double.random(in: 0..<1))
      else { throw failure }
      Self.sleep(seconds, unless: isCancelled)
      if isCancelled() { throw failure }
    }
  }

  private static func sleep(_ seconds: Double, unless isCancelled: () -> Bool) {
    var rest = seconds
    while rest > 0, !isCancelled() {
      let part = min(rest, 0.1)
      usleep(UInt32(part * 1_000_000))
      rest -= part
    }
  }
}
