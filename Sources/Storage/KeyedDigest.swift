internal import CCrypto

/// Digests of messages with a secret key (HMAC, RFC 2104), by OpenSSL's libcrypto.
public enum KeyedDigest {
  /// HMAC-SHA256: 32 bytes; nil where this libcrypto does not have it.
  public static func sha256(_ message: [UInt8], key: [UInt8]) -> [UInt8]? {
    var digest = [UInt8](repeating: 0, count: 32)
    var count = 0
    let room = digest.count
    guard
      EVP_Q_mac(
        nil, "HMAC", nil, "SHA256", nil, key, key.count, message, message.count, &digest, room, &count) != nil
    else { return nil }
    return Array(digest.prefix(count))
  }
}
