internal import JSON
internal import Network
internal import Pipeline
internal import Storage

/// Requests to the API of a Kubernetes.
struct KubernetesServer {
  /// Where a pod finds the service account it runs as.
  private static let account = "/var/run/secrets/kubernetes.io/serviceaccount"
  private let settings: ClusterSettings

  init(_ settings: ClusterSettings) { self.settings = settings }

  /// The server that the config or the environment names.
  private var address: String? {
    let inside = Environment.variable("KUBERNETES_SERVICE_HOST").map {
      "https://\($0):\(Environment.variable("KUBERNETES_SERVICE_PORT") ?? "443")"
    }
    return settings.server ?? Environment.variable("KUBERNETES_SERVER") ?? inside
  }

  /// The address at which jobs are made.
  ///
  /// - Throws: `ClusterError` where nobody names a server.
  func jobs() throws -> String {
    guard let address else {
      throw ClusterError(
        "no Kubernetes is known here: run in one of its pods, or let \"cluster\" have \"server\" "
          + "(\"http://127.0.0.1:8001\" with `kubectl proxy`)", isConfigMistake: true)
    }
    let own = try? String(decoding: LocalFiles.readAll("\(Self.account)/namespace"), as: UTF8.self)
    return "\(address)/apis/batch/v1/namespaces/\(settings.namespace ?? own ?? "default")/jobs"
  }

  /// - Returns: the answer; nil where there is no such thing.
  /// - Throws: `ClusterError`.
  func ask(_ url: String, method: String?, body: JSONValue? = nil) throws -> JSONNode? {
    let token =
      Environment.variable("KUBERNETES_TOKEN")
      ?? (try? String(decoding: LocalFiles.readAll("\(Self.account)/token"), as: UTF8.self).trimmed)
    let type = method == "PATCH" ? "application/merge-patch+json" : "application/json"
    var request = HTTPClient.Request(url, headers: [("Accept", "application/json"), ("Content-Type", type)])
    // An address in a run directory may be anybody's: the token is for the server that the user names.
    let isOwn = address.map { url.hasPrefix($0 + "/") } ?? false
    if let token, isOwn { request.headers.append(("Authorization", "Bearer \(token)")) }
    (request.method, request.body) = (method, body.map { Array($0.text().utf8) })
    if LocalFiles.exists("\(Self.account)/ca.crt") { request.trustFile = "\(Self.account)/ca.crt" }
    do {
      return try JSONParser.parse(HTTPClient().send(request).body)
    } catch let error as NetworkError {
      if error.status == 404, body == nil { return nil }
      let advice =
        error.status == 401 && !isOwn
        ? "; KUBERNETES_SERVER names the server that KUBERNETES_TOKEN is for" : ""
      throw ClusterError("Kubernetes", error, mistakes: [400, 401, 403, 404, 409, 422], advice: advice)
    } catch let error as JSONSyntaxError {
      throw ClusterError("Kubernetes: the answer of \(url) is no JSON (\(error)): is this its API?")
    }
  }
}
