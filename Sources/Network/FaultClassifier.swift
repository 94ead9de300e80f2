/// What faults mean. By their codes (HTTP statuses, libcurl's results, object stores' names of errors); words are
/// looked at only where a library hands on nothing else.
public enum FaultClassifier {
  /// What an HTTP status from 300 on means.
  public static func kind(ofStatus status: Int) -> NetworkFault.Kind {
    switch status {
    case 401, 403, 407: .refused
    case 404, 410: .missing
    case 408, 425, 429: .passing
    case 501, 505: .final
    case 500...: .passing
    default: .final
    }
  }

  /// What a result of libcurl means: not every request without an answer can have one.
  ///
  /// Final are: an address or a protocol that libcurl does not know (1, 3, 4), what this program broke off itself (23,
  /// 42, 63), redirections without end (47), certificates that are wrong or not trusted (51, 58, 60, 77, 83, 90, 91),
  /// a compression it does not know (61), and names and passwords that are refused (67). A name that has no address (6)
  /// may have one when the network is back.
  public static func kind(ofCurl code: Int) -> NetworkFault.Kind {
    [1, 2, 3, 4, 23, 42, 43, 47, 48, 51, 58, 60, 61, 63, 66, 67, 77, 83, 90, 91].contains(code)
      ? .final : .passing
  }

  /// What an object store's name of an error means; nil for one that is not known.
  public static func kind(ofStore name: String) -> NetworkFault.Kind? {
    if missing.contains(name) { return .missing }
    if refused.contains(name) { return .refused }
    if final.contains(name) { return .final }
    return passing.contains(name) ? .passing : nil
  }

  /// The code in the words of a library that hands on words only: "HTTP error code : 403", "<Code>NoSuchKey</Code>".
  public static func code(inWords words: String) -> NetworkFault.Code? {
    let parts = words.split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
    let names = parts.lazy.map(String.init)
    if let name = names.first(where: { kind(ofStore: $0) != nil }) { return .store(name) }
    for (place, part) in parts.enumerated() where part == "HTTP" {
      // "HTTP response code: 403" when opening, "HTTP error code : 403" when reading, "HTTP status 403".
      let next = parts[(place + 1)...].prefix(3)
      guard next.contains("code") || next.contains("status") else { continue }
      if let status = next.lazy.compactMap({ $0.count == 3 ? Int($0) : nil }).first { return .http(status) }
    }
    return nil
  }

  /// What the words of a library mean that hands on words only: by the code in them, else by what they say.
  public static func kind(ofWords words: String) -> NetworkFault.Kind {
    switch code(inWords: words) {
    case .http(let status): return kind(ofStatus: status)
    case .store(let name): return kind(ofStore: name) ?? .final
    case .curl, .answer, .tooLarge, nil: break
    }
    let lowered = words.lowercased()
    if phrasesOfRefusal.contains(where: lowered.contains) { return .refused }
    let isOfStore = ["bucket", "container"].contains(where: lowered.contains)
    return !isOfStore && phrasesOfMissing.contains(where: lowered.contains) ? .missing : .passing
  }

  private static let missing: Set<String> = ["NoSuchKey", "BlobNotFound", "NoSuchVersion"]
  private static let refused: Set<String> = [
    "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "AuthenticationFailed",
    "AuthorizationFailure",
    "AuthorizationPermissionMismatch", "InvalidCredentials", "ExpiredToken", "InvalidToken",
    "AccountNotFound",
    "InvalidAuthenticationInfo", "NoAuthenticationInformation",
  ]
  private static let final: Set<String> = [
    "NoSuchBucket", "ContainerNotFound", "InvalidBucketName", "InvalidResourceName", "InvalidObjectState",
    "AccountIsDisabled", "MethodNotAllowed",
  ]
  private static let passing: Set<String> = [
    "SlowDown", "ServerBusy", "InternalError", "RequestTimeout", "OperationTimedOut",
  ]

  /// What GDAL says in its own words, in lower case.
  private static let phrasesOfMissing = ["no such file", "does not exist", "not found"]
  private static let phrasesOfRefusal = [
    "access denied", "forbidden", "no credentials", "missing aws", "aws_secret_access_key", "azure_storage",
    "gs_secret", "not defined", "invalid credentials", "no valid", "no key for it",
    "request signature we calculated", "access key id you provided", "bucket does not exist",
  ]
}
