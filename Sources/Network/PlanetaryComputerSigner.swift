internal import Geo
internal import Glibc
internal import JSON
internal import Storage
internal import Synchronization

/// Signs links to Azure Blob Storage with the Planetary Computer's short-lived tokens.
///
/// One token serves a container. It is fetched when a file is first read, kept in memory only, and fetched again
/// shortly before it expires or when the storage refuses it; whatever the number of readers, there is one request for
/// one token at a time. Links to other servers go out as they are.
///
/// Follows Microsoft's Python SDK: `PC_SDK_SAS_URL` and `PC_SDK_SUBSCRIPTION_KEY` from the environment or from
/// `~/.planetarycomputer/settings.env`; GDAL's own `VSICURL_PC_SAS_TOKEN_URL` is honoured as well.
public final class PlanetaryComputerSigner: RequestSigner {
  private struct Token {
    let query: String
    /// Seconds since 1970, a safe while before its end.
    let useUntil: Double
    let generation: Int
  }

  /// The token of one container, under the lock that makes others wait while it is fetched.
  private final class ContainerToken: Sendable {
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
  private let tokens = Mutex<[String: ContainerToken]>([:])
  private let client = HTTPClient(retry: .files)

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

  public func request(for url: String) throws(NetworkFault) -> SignedRequest {
    guard let container = PlanetaryComputerSigner.container(of: url) else { return SignedRequest(url: url) }
    let token = try token(for: container)
    // Without a fragment, behind which a token would be lost.
    let plain = url.prefix { $0 != "#" }
    return SignedRequest(url: "\(plain)?\(token.query)", generation: token.generation)
  }

  public func isRenewed(after refused: SignedRequest, for url: String) -> Bool {
    guard let container = PlanetaryComputerSigner.container(of: url) else { return false }
    containerToken(container).token.withLock { token in
      if token?.generation == refused.generation { token = nil }
    }
    return true
  }

  /// "ACCOUNT/CONTAINER" of a link that needs a token; nil for all others.
  static func container(of url: String) -> String? {
    guard let address = WebAddress(url), address.user == nil, address.query == nil else { return nil }
    let path = address.path.split(separator: "/")
    if address.scheme == "https", address.port == nil, address.host.hasSuffix(storageDomain) {
      let account = address.host.dropLast(storageDomain.count)
      guard path.count >= 2, !account.contains("."), !unsignedAccounts.contains(String(account)) else {
        return nil
      }
      return "\(account)/\(path[0])"
    }
    // Emulators have the account in the path.
    guard address.isLoopback, path.count >= 3 else { return nil }
    return "\(path[0])/\(path[1])"
  }

  private func containerToken(_ container: String) -> ContainerToken {
    tokens.withLock { tokens in
      if let present = tokens[container] { return present }
      let token = ContainerToken()
      tokens[container] = token
      return token
    }
  }

  private func token(for container: String) throws(NetworkFault) -> Token {
    let shared = containerToken(container)
    return try shared.token.withLock { (token) throws(NetworkFault) in
      if let present = token, present.useUntil > PlanetaryComputerSigner.now { return present }
      let generation = shared.generation.wrappingAdd(1, ordering: .relaxed).newValue
      let fresh = try fetch(container, generation: generation)
      token = fresh
      return fresh
    }
  }

  private func fetch(_ container: String, generation: Int) throws(NetworkFault) -> Token {
    let asked = PlanetaryComputerSigner.now
    let headers = subscriptionKey.map { [(name: "Ocp-Apim-Subscription-Key", value: $0)] } ?? []
    let answer: HTTPClient.Response
    do throws(NetworkError) {
      answer = try client.send(.init("\(endpoint)/\(container)", headers: headers, limit: 64 << 10))
    } catch {
      throw NetworkFault(
        error.fault.code, .final, message: "no token for \(container) from \(endpoint): \(error.message)",
        advice: "is it a container of the Planetary Computer? is \"sign\" right?")
    }
    guard let document = try? JSONParser.parse(answer.body), let query = document["token"]?.string,
      !query.isEmpty, let expiry = document["msft:expiry"]?.string.flatMap(Instant.init)
    else {
      throw NetworkFault(
        .answer, .final, message: "no token for \(container): the answer of \(endpoint) cannot be parsed",
        advice: "check PC_SDK_SAS_URL")
    }
    let end = Double(expiry.microsecondsSince1970) / 1e6
    let margin = min(PlanetaryComputerSigner.margin, max(0, end - asked) / 4)
    // Where this machine's clock is wrong a fresh token must still serve for a while.
    return Token(query: query, useUntil: end > asked ? end - margin : asked + 60, generation: generation)
  }

  private static var now: Double { WallClock.seconds }
}

/// The environment, and after it a file of "NAME=value" lines.
private struct SettingsFile {
  private var values: [String: String] = [:]

  init(_ path: String) {
    let home = getenv("HOME").map { String(cString: $0) } ?? ""
    let path = path.hasPrefix("~") ? home + path.dropFirst() : path
    guard let bytes = try? LocalFiles.readAll(path) else { return }
    for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
      guard !line.hasPrefix("#"), let mark = line.firstIndex(of: "=") else { continue }
      let value = line[line.index(after: mark)...].filter { $0 != "\"" && $0 != "'" && $0 != " " }
      values[String(line[..<mark].filter { $0 != " " })] = value
    }
  }

  func value(_ name: String) -> String? {
    Environment.variable(name) ?? values[name].flatMap { $0.isEmpty ? nil : $0 }
  }
}
