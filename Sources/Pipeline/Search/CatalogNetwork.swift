internal import Catalog
internal import Engine
internal import GDAL
internal import Network
internal import Storage
internal import Synchronization

/// How catalogues are asked and read over a network: requests by `HTTPClient`, files of object stores by
/// `VirtualFiles`, all on threads of their own.
struct CatalogNetwork: CatalogTransport, CatalogFiles {
  /// A search goes page by page over the first; files of a catalogue come over all of them.
  private let clients: [HTTPClient]
  /// Headers for the source's own server, and no other: they may hold a token.
  private let headers: [(name: String, value: String)]
  private let origin: String
  let limits: CatalogLimits

  /// - Parameters:
  ///   - source: the absolute location of the catalogue or API.
  ///   - limits: what documents may take.
  ///   - headers: lines "Name: value"; by default those of the environment's `APUS_STAC_HEADERS`.
  init(
    source: String, limits: CatalogLimits = CatalogLimits(), retry: RetryPolicy = .catalogues,
    headers: String? = Self.headersOfEnvironment
  ) {
    self.limits = limits
    clients = (0..<16).map { _ in HTTPClient(retry: retry) }
    origin = Href.origin(of: source)
    self.headers = (headers ?? "").split(whereSeparator: \.isNewline).compactMap { line in
      guard let colon = line.firstIndex(of: ":") else { return nil }
      let value = line[line.index(after: colon)...].drop { $0 == " " }
      return (String(line[..<colon]), String(value))
    }
  }

  static var headersOfEnvironment: String? { Environment.variable("APUS_STAC_HEADERS") }

  func send(_ request: CatalogRequest) async throws(CatalogError) -> CatalogAnswer {
    try await send(request, over: clients[0], most: limits.mostBytes)
  }

  private func send(
    _ request: CatalogRequest, over client: HTTPClient, most: Int
  ) async throws(CatalogError) -> CatalogAnswer {
    var all = request.headers.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
    all.append((name: "Accept", value: "application/geo+json, application/json;q=0.9, */*;q=0.1"))
    if Href.origin(of: request.url) == origin { all += headers }
    let call = HTTPClient.Request(request.url, headers: all, body: request.body, limit: most)
    let result = try await blocking(request.url) { () -> Result<CatalogAnswer, CatalogError> in
      do throws(NetworkError) {
        let response = try client.send(call, isCancelled: { Task.isCancelled })
        return .success(CatalogAnswer(status: 200, body: response.body, tries: response.tries))
      } catch {
        if case .tooLarge(let bytes) = error.fault.code {
          return .failure(limits.refusal(ofBytes: bytes, location: request.url))
        }
        return .success(
          CatalogAnswer(status: error.status, words: withoutHeaders(error.fault.message), tries: error.tries))
      }
    }
    return try result.get()
  }

  /// A server's words without the headers' values: some servers repeat a token that they refuse.
  private func withoutHeaders(_ words: String) -> String {
    var words = words
    for (_, value) in headers {
      // "Bearer TOKEN": the token alone may be repeated.
      for secret in [value] + value.split(separator: " ").map(String.init) where secret.utf8.count > 7 {
        words = words.split(separator: secret, omittingEmptySubsequences: false).joined(separator: "…")
      }
    }
    return words
  }

  func read(_ location: String, most: Int) async throws(CatalogError) -> [UInt8] {
    switch Href.scheme(of: location) {
    case nil: return try await LocalCatalogFiles(limits: limits).read(location, most: most)
    case "http", "https":
      let client = clients[Int(location.hashValue.magnitude % UInt(clients.count))]
      let answer = try await send(CatalogRequest(url: location), over: client, most: most)
      guard answer.isGood else {
        let status = answer.status.map { "HTTP status \($0)" } ?? "no answer"
        throw CatalogError(
          location: location,
          message: answer.words.isEmpty ? status : "\(status): \(answer.words)", advice: "check the address")
      }
      return answer.body
    default:
      let outcome = try await blocking(location) {
        Result { () throws(GDALError) -> [UInt8] in
          VirtualFiles.forget(location)
          return try VirtualFiles.read(location, limit: most)
        }
      }
      do throws(GDALError) {
        return try outcome.get()
      } catch {
        if case .tooLarge(let bytes) = error.network?.code {
          throw limits.refusal(ofBytes: bytes, location: location)
        }
        throw CatalogError(location: location, message: error.message, advice: error.advice)
      }
    }
  }

  func list(_ location: String) async throws(CatalogError) -> [String]? {
    switch Href.scheme(of: location) {
    case nil: return try await LocalCatalogFiles().list(location)
    case "http", "https": return nil
    default:
      return try await blocking(location) {
        guard VirtualFiles.status(location)?.isFolder == true else { return nil }
        return VirtualFiles.list(location)
      }
    }
  }

  /// Runs work that waits for the network on a thread of its own, and lets this task wait.
  private func blocking<Value: Sendable>(
    _ location: String, _ body: @escaping @Sendable () -> Value
  ) async throws(CatalogError) -> Value {
    let result = Mutex<Value?>(nil)
    do {
      try await BlockingWork.run(workers: 1) {
        let value = body()
        result.withLock { $0 = value }
      }
    } catch {
      throw CatalogError(location: location, message: "\(error)")
    }
    guard let value = result.withLock({ $0 }) else {
      throw CatalogError(location: location, message: "the request was cancelled")
    }
    return value
  }
}
