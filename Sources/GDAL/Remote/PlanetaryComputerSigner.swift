internal import Geo
internal import Glibc
internal import JSON
internal import Synchronization

/// Signs links to Azure Blob Storage with the Planetary Computer's short-lived tokens.
///
/// One token serves a container. It is fetched when a file is first read, kept in memory only, and fetched again
/// shortly before it expires or when the storage refuses it; whatever the number of readers, there is one request for
/// one token at a time. Links to other servers go out as they are.
///
/// Follows Microsoft's Python SDK: `PC_SDK_SAS_URL` and `PC_SDK_SUBSCRIPTION_KEY` from the environment or from
/// `~/.planetarycomputer/settings.env`; GDAL's own `VSICURL_PC_SAS_TOKEN_URL` is understood as well.
public final class PlanetaryComputerSigner: RequestSigner {
  private struct Token {
    let query: String
    /// Seconds since 1970, a safe while before its end.
    let useUntil: Double
    let generation: Int
  }

  /// The token of one container, under the lock that makes others wait while it is fetched.
  private final class Slot: Sendable {
    let token = Mutex<Token?>(nil)
    let generation = Atomic(0)
  }

  static let standardEndpoint = "https://planetarycomputer.microsoft.com/api/sas/v1/token"
  private static let storageDomain = ".blob.core.windows.net"
  /// Public, and refused with a token.
  private static let unsignedAccounts: Set<String> = ["ai4edatasetspublicassets"]
  /// Seconds before its end from which a token is not used any more; a quarter of its life when that is less.
  private static let margin = 90.0

  private let endpoint: String
  private let subscriptionKey: String?
  private let slots = Mutex<[String: Slot]>([:])

  /// - Parameters:
  ///   - endpoint: where tokens are handed out; the account and the container are put behind it.
  ///   - subscriptionKey: for higher limits; nil for none.
  public init(endpoint: String, subscriptionKey: String?) {
    var endpoint = endpoint
    while endpoint.hasSuffix("/") { endpoint.removeLast() }
    // The service's own address is accepted as well.
    self.endpoint = endpoint.hasSuffix("/sas/v1") ? endpoint + "/token" : endpoint
    self.subscriptionKey = subscriptionKey
  }

  /// The one of this process, as the environment sets it up: sequences share their tokens.
  public static let shared: PlanetaryComputerSigner = {
    let settings = SettingsFile("~/.planetarycomputer/settings.env")
    return PlanetaryComputerSigner(
      endpoint: settings.value("PC_SDK_SAS_URL") ?? settings.value("VSICURL_PC_SAS_TOKEN_URL")
        ?? standardEndpoint,
      subscriptionKey: settings.value("PC_SDK_SUBSCRIPTION_KEY"))
  }()

  public func request(for url: String) throws(GDALError) -> SignedRequest {
    guard let container = PlanetaryComputerSigner.container(of: url) else { return SignedRequest(url: url) }
    let token = try token(for: container)
    return SignedRequest(url: "\(url)?\(token.query)", generation: token.generation)
  }

  public func isRenewed(after refused: SignedRequest, for url: String) -> Bool {
    guard let container = PlanetaryComputerSigner.container(of: url) else { return false }
    slot(of: container).token.withLock { token in
      if token?.generation == refused.generation { token = nil }
    }
    return true
  }

  /// "ACCOUNT/CONTAINER" of a link that needs a token; nil for all others.
  static func container(of url: String) -> String? {
    guard let mark = url.range(ofText: "://"), !url.contains("?") else { return nil }
    let rest = url[mark.upperBound...]
    let server = rest.prefix { $0 != "/" }
    let path = rest.dropFirst(server.count).split(separator: "/")
    if server.hasSuffix(storageDomain) {
      let account = server.dropLast(storageDomain.count)
      guard path.count >= 2, !unsignedAccounts.contains(String(account)) else { return nil }
      return "\(account)/\(path[0])"
    }
    // Emulators have the account in the path.
    let host = server.prefix { $0 != ":" }
    guard host == "127.0.0.1" || host == "localhost", path.count >= 3 else { return nil }
    return "\(path[0])/\(path[1])"
  }

  private func slot(of container: String) -> Slot {
    slots.withLock { slots in
      if let present = slots[container] { return present }
      let slot = Slot()
      slots[container] = slot
      return slot
    }
  }

  private func token(for container: String) throws(GDALError) -> Token {
    let slot = slot(of: container)
    return try slot.token.withLock { (token) throws(GDALError) in
      if let present = token, present.useUntil > PlanetaryComputerSigner.now { return present }
      let generation = slot.generation.wrappingAdd(1, ordering: .relaxed).newValue
      let fresh = try fetch(container, generation: generation)
      token = fresh
      return fresh
    }
  }

  private func fetch(_ container: String, generation: Int) throws(GDALError) -> Token {
    let address = "\(endpoint)/\(container)"
    let headers = subscriptionKey.map { ["Ocp-Apim-Subscription-Key: \($0)"] } ?? []
    var tries = 0
    while true {
      let asked = PlanetaryComputerSigner.now
      let (fault, body) = PlanetaryComputerSigner.get(address, headers)
      guard let fault else {
        guard let answer = try? JSONParser.parse(body), let query = answer["token"]?.string, !query.isEmpty,
          let expiry = answer["msft:expiry"]?.string.flatMap(Instant.init)
        else {
          throw GDALError(
            .open, message: "no token for \(container): the answer of \(endpoint) is not understood",
            advice: "check PC_SDK_SAS_URL")
        }
        let end = Double(expiry.microsecondsSince1970) / 1e6
        let margin = min(PlanetaryComputerSigner.margin, max(0, end - asked) / 4)
        // Where this machine's clock is wrong a fresh token must still serve for a while.
        return Token(query: query, useUntil: end > asked ? end - margin : asked + 60, generation: generation)
      }
      tries += 1
      guard case .passing = fault.kind, tries < RemoteFile.tries else {
        throw GDALError(
          .open, message: "no token for \(container) from \(endpoint): \(fault.message)",
          advice: "is it a container of the Planetary Computer? is \"sign\" right?")
      }
      RemoteFile.sleep(fault.pause ?? RemoteFile.pause(beforeTry: tries))
    }
  }

  /// - Returns: what went wrong, or the body.
  private static func get(_ url: String, _ headers: [String]) -> (RangeFault?, [UInt8]) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
    defer { buffer.deallocate() }
    let exchange = HTTPExchange.get(url, headers: headers, into: buffer)
    if exchange.errorStatus != 0 {
      return (RangeFault(status: exchange.errorStatus, pause: exchange.pause), [])
    }
    if let failure = exchange.failure { return (RangeFault(kind: .passing, message: failure), []) }
    return (nil, [UInt8](buffer[..<min(exchange.received, buffer.count)]))
  }

  private static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}

/// The environment, and after it a file of "NAME=value" lines.
struct SettingsFile {
  private var values: [String: String] = [:]

  init(_ path: String) {
    let home = getenv("HOME").map { String(cString: $0) } ?? ""
    let path = path.hasPrefix("~") ? home + path.dropFirst() : path
    guard let bytes = try? VirtualFiles.read(path) else { return }
    for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
      guard !line.hasPrefix("#"), let mark = line.firstIndex(of: "=") else { continue }
      let value = line[line.index(after: mark)...].filter { $0 != "\"" && $0 != "'" && $0 != " " }
      values[String(line[..<mark].filter { $0 != " " })] = value
    }
  }

  func value(_ name: String) -> String? {
    let set = getenv(name).map { String(cString: $0) } ?? values[name]
    return set.flatMap { $0.isEmpty ? nil : $0 }
  }
}
