internal import CCurl
internal import Synchronization

/// HTTP requests with whole answers, made again where that may help.
///
/// Calls block; they may be made from any thread. Requests of one client share a connection, and wait for each other.
public final class HTTPClient: Sendable {
  /// One request. A body makes it a POST, unless a method is named.
  public struct Request: Sendable {
    public var url: String
    /// For the server of `url`: those that may hold credentials go to no other, whatever it redirects to.
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]?
    /// Such as "DELETE"; nil for GET, or POST where there is a body.
    public var method: String?
    /// Certificates of those who are trusted; nil for the environment's or the system's.
    public var trustFile: String?
    /// Seconds for one try as a whole; `GDAL_HTTP_TIMEOUT` overrides it.
    public var timeout: Double
    /// The most bytes that an answer may have, unpacked.
    public var limit: Int

    public init(
      _ url: String, headers: [(name: String, value: String)] = [], body: [UInt8]? = nil,
      timeout: Double = 120,
      limit: Int = 64 << 20
    ) {
      self.url = url
      self.headers = headers
      self.body = body
      self.timeout = timeout
      self.limit = limit
    }
  }

  /// An answer of status 2xx.
  public struct Response: Sendable {
    public let headers: [(name: String, value: String)]
    public let body: [UInt8]
    /// How many times the request was made.
    public let tries: Int

    /// The value of a header, whatever the case of its name.
    public func header(_ name: String) -> String? {
      headers.last { $0.name.lowercased() == name.lowercased() }?.value
    }
  }

  private let retry: RetryPolicy
  private let handle = Mutex(CurlHandle())

  public init(retry: RetryPolicy = .catalogues) {
    self.retry = retry
  }

  /// Makes a request, again and again where that may help, and waits for the answer.
  ///
  /// Made again after statuses 408, 425, 429 and 5xx, time-outs and broken connections, with growing delays or after
  /// what the server asks for (`Retry-After`); once only where a server is slow or silent.
  ///
  /// - Parameters:
  ///   - request: method, URL, headers and body, with the limit of what may come back.
  ///   - isCancelled: asked while waiting and receiving; when it becomes true the request is given up.
  /// - Throws: at once for any other 4xx and for a body beyond the limit, else when the tries are used up.
  public func send(
    _ request: Request, isCancelled: () -> Bool = { false }
  ) throws(NetworkError) -> Response {
    var (tried, timeOuts) = (0, 0)
    while true {
      let body = Body(limit: request.limit)
      let exchange = handle.withLock { handle in
        withoutActuallyEscaping(isCancelled) { isCancelled in
          HTTPExchange.run(
            .init(
              url: request.url, headers: request.headers, body: request.body, method: request.method,
              trustFile: request.trustFile, timeout: request.timeout),
            on: handle, receiver: HTTPReceiver(begin: body.begin, take: body.take), isCancelled: isCancelled)
        }
      }
      tried += 1
      guard let fault = body.fault ?? exchange.fault else {
        return Response(headers: exchange.headers.fields, body: body.bytes, tries: tried)
      }
      if fault.isTimeOut { timeOuts += 1 }
      guard fault.kind == .passing, timeOuts < 2, !isCancelled(),
        let seconds = retry.wait(after: tried, retryAfter: fault.pause)
      else { throw NetworkError(location: request.url, fault, tries: tried) }
      RetryPolicy.sleep(seconds, unless: isCancelled)
      if isCancelled() { throw NetworkError(location: request.url, fault, tries: tried) }
    }
  }

  /// Gathers a body, as far as it may go.
  private final class Body {
    private(set) var bytes: [UInt8] = []
    private(set) var fault: NetworkFault?
    private let limit: Int

    init(limit: Int) {
      self.limit = limit
    }

    func begin(_ status: Int, _ headers: HTTPHeaders) -> Bool {
      bytes = []
      let length = headers.isPacked ? nil : headers.length
      if let length, length > limit { return refuse(length) }
      bytes.reserveCapacity(min(length ?? 0, limit))
      return true
    }

    func take(_ piece: UnsafeRawBufferPointer) -> Bool {
      guard bytes.count + piece.count <= limit else {
        bytes = []
        return refuse(nil)
      }
      bytes += piece
      return true
    }

    private func refuse(_ length: Int?) -> Bool {
      fault = .tooLarge(length, limit: limit)
      return false
    }
  }
}

extension NetworkFault {
  /// A body that is longer than what may be taken.
  ///
  /// - Parameters:
  ///   - length: as the server announced it; nil when it did not.
  ///   - limit: bytes that may be taken.
  public static func tooLarge(_ length: Int?, limit: Int) -> NetworkFault {
    let size = length.map { "\($0) bytes" } ?? "more than \(limit) bytes"
    return NetworkFault(
      .tooLarge(length ?? limit + 1), .final,
      message: "the answer has \(size); at most \(limit) bytes are taken")
  }

  /// Whether a server was silent or too slow: trying again takes as long once more.
  var isTimeOut: Bool { code == .curl(Int(CURLE_OPERATION_TIMEDOUT.rawValue)) }
}
