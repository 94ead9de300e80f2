/// What of addresses may be shown or kept: no password, no signature, no token.
///
/// All functions take a single URL as well as a text with URLs somewhere in it: a message, a name of GDAL's
/// (`NETCDF:"https://…":ndvi`). Texts without "://" are left alone.
public enum Secrets {
  /// A text as messages show it: its addresses without passwords, and with only such parameters as are known to be
  /// harmless ("…" stands for the others).
  public static func hidden(in text: String) -> String {
    AddressText(text)?.rewritten { parameters in
      parameters.map { AddressParameter.harmless.contains($0.name) && !$0.isNested ? $0.text[...] : "…" }
    } ?? text
  }

  /// A text as it may be written to a file: its addresses without passwords, signatures and tokens.
  ///
  /// The other parameters, which reading may need, stay as they are.
  public static func removed(from text: String) -> String {
    AddressText(text)?.rewritten { parameters in
      // The other parameters of a signature mean nothing without it.
      let isSigned = parameters.contains(where: \.isSecret)
      return parameters.map {
        $0.isSecret || isSigned && $0.belongsToSignature || areIn($0.decodedValue) ? nil : $0.text[...]
      }
    } ?? text
  }

  /// Whether a text holds an address with a password, a signature or a token.
  public static func areIn(_ text: String) -> Bool { removed(from: text) != text }

  /// Whether a member of a JSON object or a header of this name holds a secret: "password", "Authorization",
  /// "msft:token".
  public static func isSecret(member name: String) -> Bool {
    let last = name.split(separator: ":").last.map { $0.lowercased() } ?? ""
    return members.contains(String(last.map { $0 == "-" ? "_" : $0 }))
  }

  private static let members: Set<String> = [
    "access_token", "account_key", "api_key", "api_token", "apikey", "authorization", "aws_secret_access_key",
    "aws_session_token", "connection_string", "cookie", "credentials", "id_token",
    "ocp_apim_subscription_key", "passwd", "password", "proxy_authorization", "pwd", "refresh_token", "sas",
    "sas_token", "secret", "secret_access_key", "secret_key", "session_token", "set_cookie", "sig",
    "subscription_key", "token", "x_api_key", "x_auth_token",
  ]
}

/// A text with at least one address in it that may hold something secret.
private struct AddressText {
  private let bytes: [UInt8]

  init?(_ text: String) {
    var text = text
    // Most texts have nothing to look at.
    let isSuspicious = text.withUTF8 { bytes in
      bytes.contains { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "@") || $0 == UInt8(ascii: "#") }
        && bytes.contains(UInt8(ascii: ":"))
    }
    guard isSuspicious else { return nil }
    bytes = Array(text.utf8)
  }

  /// The text with every address rewritten.
  ///
  /// - Parameter change: what is kept of each parameter of a query or fragment; nil for nothing.
  func rewritten(_ change: ([AddressParameter]) -> [Substring?]) -> String {
    var kept: [UInt8] = []
    var index = 0
    var isAfterAddress = false
    while index < bytes.count {
      if isMark(at: index) {
        isAfterAddress = true
        index = appendServer(at: index, to: &kept)
      } else if isAfterAddress, bytes[index] == UInt8(ascii: "?") || bytes[index] == UInt8(ascii: "#") {
        let end = endOfQuery(from: index)
        kept += Self.query(bytes[index..<end], change)
        index = end
      } else {
        kept.append(bytes[index])
        index += 1
      }
    }
    return String(decoding: kept, as: UTF8.self)
  }

  private func isMark(at index: Int) -> Bool {
    bytes[index] == UInt8(ascii: ":") && bytes[index...].starts(with: "://".utf8)
  }

  /// Appends "://" and the server's name without user and password.
  ///
  /// - Returns: the place after it.
  private func appendServer(at mark: Int, to kept: inout [UInt8]) -> Int {
    kept += "://".utf8
    let start = mark + 3
    let end = bytes[start...].firstIndex { "/?#\"<>".utf8.contains($0) || $0 <= 32 } ?? bytes.count
    let server = bytes[start..<end]
    guard let at = server.lastIndex(of: UInt8(ascii: "@")) else {
      kept += server
      return end
    }
    let letters = bytes[..<mark].reversed().prefix {
      $0 | 32 >= UInt8(ascii: "a") && $0 | 32 <= UInt8(ascii: "z")
    }
    let scheme = String(decoding: letters.reversed(), as: UTF8.self).lowercased()
    // "abfs://container@account…" is no password.
    let isSecret =
      ["http", "https", "ftp", "ftps", "sftp"].contains(scheme)
      || server[..<at].contains(UInt8(ascii: ":"))
    kept += isSecret ? server[(at + 1)...] : server
    return end
  }

  /// A query ends where the address does; the punctuation of the text around it is none of it.
  private func endOfQuery(from start: Int) -> Int {
    var end = bytes[start...].firstIndex { $0 <= 32 || "\"<>".utf8.contains($0) } ?? bytes.count
    while end > start + 1, ".,:;)]}'".utf8.contains(bytes[end - 1]) { end -= 1 }
    return end
  }

  /// What is kept of a query or fragment, its mark included.
  private static func query(
    _ bytes: ArraySlice<UInt8>, _ change: ([AddressParameter]) -> [Substring?]
  ) -> [UInt8] {
    // An anchor, or a mere "#4", is no parameter.
    let isFragment = bytes.first == UInt8(ascii: "#")
    guard bytes.count > 1, !isFragment || bytes.contains(UInt8(ascii: "=")) else { return Array(bytes) }
    var separators: [UInt8] = []
    var parameters: [AddressParameter] = []
    var start = bytes.startIndex
    for place in bytes.indices.dropFirst() + [bytes.endIndex] {
      guard place == bytes.endIndex || "&;#?".utf8.contains(bytes[place]) else { continue }
      // "&amp;" is one mark.
      if place < bytes.endIndex, bytes[place] == UInt8(ascii: ";"),
        bytes[..<place].suffix(4).elementsEqual("&amp".utf8)
      {
        continue
      }
      separators.append(bytes[start])
      parameters.append(AddressParameter(String(decoding: bytes[(start + 1)..<place], as: UTF8.self)))
      start = place
    }
    var kept: [UInt8] = []
    var last: Substring?
    for (separator, text) in zip(separators, change(parameters)) {
      // One mark stands for any number of others.
      guard let text, text != "…" || last != "…" else { continue }
      kept.append(kept.isEmpty ? bytes[bytes.startIndex] : separator)
      kept += text.utf8
      last = text
    }
    return kept
  }
}

/// "name=value" of an address's query.
private struct AddressParameter {
  let text: String
  /// Decoded, in lower case.
  let name: String

  init(_ text: String) {
    self.text = text
    let name = PercentEncoding.decoded(text.prefix { $0 != "=" }).lowercased()
    // "&" as XML has it.
    self.name = name.hasPrefix("amp;") ? String(name.dropFirst(4)) : name
  }

  var decodedValue: String { PercentEncoding.decoded(text.drop { $0 != "=" }) }

  /// Whether there is more than one value in it, as where "&" was escaped.
  var isNested: Bool {
    text.utf8.count { $0 == UInt8(ascii: "=") } > 1 || text.contains("://") || decodedValue.contains("://")
  }

  /// Whether it lets its bearer in.
  var isSecret: Bool {
    Self.secrets.contains(name) || Self.secretWords.contains { name.contains($0) }
  }

  /// Whether it is part of a signature: Azure's, Amazon's, Google's, CloudFront's.
  var belongsToSignature: Bool {
    name.hasPrefix("x-amz-") || name.hasPrefix("x-goog-") || Self.signatureParts.contains(name)
  }

  static let harmless: Set<String> = [
    "bbox", "collection", "collections", "datetime", "filter", "filter-lang", "ids", "limit", "offset",
    "page", "query", "skip", "sortby", "version",
  ]

  private static let secrets: Set<String> = [
    "app_id", "app_key", "appid", "appkey", "assertion", "auth", "auth_code", "auth_key", "authcode",
    "authkey",
    "authorization", "bearer", "client_key", "code", "cred", "creds", "hmac", "jwt", "key", "license_key",
    "licensekey", "otp", "pass", "passcode", "passphrase", "pwd", "sas", "session", "session_id", "sessionid",
    "sid", "sig", "sign", "ticket", "user_key", "userkey",
  ]

  private static let secretWords = [
    "accesskey", "access_key", "access-key", "apikey", "api_key", "api-key", "credential", "passwd",
    "password",
    "secret", "signature", "subscription-key", "subscription_key", "token",
  ]

  private static let signatureParts: Set<String> = [
    "expires", "googleaccessid", "key-pair-id", "policy", "se", "si", "ske", "skoid", "sks", "skt", "sktid",
    "skv", "sp", "spr", "sr", "srt", "ss", "st", "sv",
  ]
}
