internal import JSON
internal import Network
internal import Pipeline

/// Requests to the account of Azure Batch that the config or the environment names.
struct AzureBatchServer {
  private static let version = "2025-06-01"
  private let settings: ClusterSettings

  init(_ settings: ClusterSettings) { self.settings = settings }

  /// The account's address, without a slash at its end.
  ///
  /// - Throws: `ClusterError` where nobody names it.
  func address() throws -> String {
    guard let server = settings.server ?? Environment.variable("AZURE_BATCH_ENDPOINT") else {
      throw ClusterError(
        "no account of Azure Batch is known here: let \"cluster\" have \"server\" "
          + "(\"https://ACCOUNT.REGION.batch.azure.com\"), or set AZURE_BATCH_ENDPOINT", isConfigMistake: true
      )
    }
    let address = server.contains("://") ? server : "https://" + server
    return address.last == "/" ? String(address.dropLast()) : address
  }

  /// The scheme and the name of an address's server: "https://account.region.batch.azure.com".
  static func of(_ url: String) -> String {
    url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false).prefix(3).joined(separator: "/")
  }

  func ask(_ path: String, _ method: String, body: JSONValue? = nil) throws -> JSONNode? {
    try ask(absolute: "\(try address())\(path)", method, body: body)
  }

  /// - Parameter url: of the account's own server; the version of the API is added where it has none.
  /// - Returns: the answer; nil where there is no such thing, or nothing is answered.
  /// - Throws: `ClusterError`: also for other servers, which must not be given the account's signature.
  func ask(absolute url: String, _ method: String, body: JSONValue? = nil) throws -> JSONNode? {
    let own = try address()
    guard Self.of(url) == Self.of(own) else {
      throw ClusterError(
        "Azure Batch: \(url) is not at \(own), the account that the config or AZURE_BATCH_ENDPOINT names",
        isConfigMistake: true)
    }
    let version =
      url.contains("api-version=") ? "" : (url.contains("?") ? "&" : "?") + "api-version=\(Self.version)"
    let url = url + version
    let content = body.map { Array($0.text().utf8) }
    let type = content.map { _ in "application/json; odata=minimalmetadata" }
    var request = HTTPClient.Request(url, headers: [("Accept", "application/json")], body: content)
    request.method = method == "GET" ? nil : method
    if let type { request.headers.append(("Content-Type", type)) }
    if let token = Environment.variable("AZURE_BATCH_TOKEN") {
      request.headers.append(("Authorization", "Bearer \(token)"))
    } else if let key = try AzureSharedKey(server: Self.of(url)) {
      request.headers += key.headers(method: method, url: url, type: type, length: content?.count)
    } else {
      throw ClusterError(
        "nothing to sign in to Azure Batch with: set AZURE_BATCH_ACCESS_KEY, or AZURE_BATCH_TOKEN "
          + "(`az account get-access-token --resource https://batch.core.windows.net/`)",
        isConfigMistake: true)
    }
    do {
      let answer = try HTTPClient().send(request).body
      return answer.isEmpty ? nil : try JSONParser.parse(answer)
    } catch let error as NetworkError {
      if error.status == 404, method == "GET" { return nil }
      throw ClusterError("Azure Batch", error, mistakes: [400, 401, 403, 404])
    }
  }
}
