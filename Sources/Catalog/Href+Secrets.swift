/// What of an address may be shown or kept.
extension Href {
  /// An address as messages show it: without a password, and with only such parameters as are known to be harmless.
  public static func redacted(_ location: String) -> String {
    guard scheme(of: location) != nil else { return location }
    return changingParameters(of: withoutPassword(location)) { name, parameter in
      harmless.contains(name) ? parameter : "…"
    }
  }

  /// An address without password, signature and token, as it may be written to a file.
  public static func withoutSecrets(_ location: String) -> String {
    guard scheme(of: location) != nil else { return location }
    // The other parameters of a signature mean nothing without it.
    let isSigned = hasSecrets(location)
    return changingParameters(of: withoutPassword(location)) { name, parameter in
      isSigned && isSecret(name) ? nil : parameter
    }
  }

  /// Whether an address holds a password, a signature or a token.
  public static func hasSecrets(_ location: String) -> Bool {
    guard scheme(of: location) != nil else { return false }
    if withoutPassword(location) != location { return true }
    var found = false
    _ = changingParameters(of: location) { name, parameter in
      found = found || secrets.contains(name)
      return parameter
    }
    return found
  }

  private static func withoutPassword(_ location: String) -> String {
    guard let scheme = scheme(of: location) else { return location }
    let rest = location.dropFirst(scheme.count + 3)
    let server = rest.prefix { $0 != "/" && $0 != "?" }
    // "abfs://container@account…" is no password.
    guard scheme.hasPrefix("http") || scheme == "ftp", let at = server.lastIndex(of: "@") else {
      return location
    }
    return "\(scheme)://\(rest[rest.index(after: at)...])"
  }

  private static func changingParameters(
    of location: String, _ change: (String, Substring) -> Substring?
  ) -> String {
    guard let question = location.firstIndex(of: "?") else { return location }
    var parameters: [Substring] = []
    for parameter in location[location.index(after: question)...].split(separator: "&") {
      guard let changed = change(parameter.prefix { $0 != "=" }.lowercased(), parameter) else { continue }
      // One mark stands for any number of others.
      if changed != "…" || parameters.last != "…" { parameters.append(changed) }
    }
    guard !parameters.isEmpty else { return String(location[..<question]) }
    return location[...question] + parameters.joined(separator: "&")
  }

  private static let harmless: Set<String> = [
    "bbox", "collection", "collections", "datetime", "filter", "filter-lang", "ids", "limit", "offset",
    "page",
    "query", "skip", "sortby", "version",
  ]

  /// Parameters that let their bearer in.
  private static let secrets: Set<String> = [
    "access_token", "api-key", "api_key", "apikey", "auth", "jwt", "key", "password", "sig", "signature",
    "subscription-key", "token", "x-amz-security-token", "x-amz-signature", "x-goog-signature",
  ]

  /// Whether a parameter belongs to a signature: Azure's, Amazon's, Google's, CloudFront's.
  private static func isSecret(_ name: String) -> Bool {
    secrets.contains(name) || name.hasPrefix("x-amz-") || name.hasPrefix("x-goog-")
      || [
        "awsaccesskeyid", "expires", "googleaccessid", "key-pair-id", "policy", "se", "si", "ske", "skoid",
        "sks", "skt", "sktid", "skv", "sp", "spr", "sr", "srt", "ss", "st", "sv",
      ].contains(name)
  }
}
