internal import CCrypto

/// A digest of bytes that come piece by piece, by OpenSSL's libcrypto, which GDAL brings along anyway.
public struct Digest: ~Copyable {
  /// The algorithms that multihashes of catalogues may name.
  public enum Algorithm: String, CaseIterable, Hashable, Sendable {
    case md5 = "MD5"
    case sha1 = "SHA-1"
    case sha224 = "SHA-224"
    case sha256 = "SHA-256"
    case sha384 = "SHA-384"
    case sha512 = "SHA-512"
    case sha3x224 = "SHA3-224"
    case sha3x256 = "SHA3-256"
    case sha3x384 = "SHA3-384"
    case sha3x512 = "SHA3-512"
    case blake2b512 = "BLAKE2b-512"
    case blake2s256 = "BLAKE2s-256"

    /// libcrypto's name.
    fileprivate var name: String {
      switch self {
      case .md5: "MD5"
      case .sha1: "SHA1"
      case .sha224: "SHA224"
      case .sha256: "SHA256"
      case .sha384: "SHA384"
      case .sha512: "SHA512"
      case .sha3x224: "SHA3-224"
      case .sha3x256: "SHA3-256"
      case .sha3x384: "SHA3-384"
      case .sha3x512: "SHA3-512"
      case .blake2b512: "BLAKE2B-512"
      case .blake2s256: "BLAKE2S-256"
      }
    }
  }

  private let context: OpaquePointer

  /// - Returns: nil where this libcrypto does not have the algorithm: its administrator may have taken out old ones.
  public init?(_ algorithm: Algorithm) {
    guard let kind = EVP_MD_fetch(nil, algorithm.name, nil) else { return nil }
    defer { EVP_MD_free(kind) }
    guard let context = EVP_MD_CTX_new() else { return nil }
    guard EVP_DigestInit_ex2(context, kind, nil) == 1 else {
      EVP_MD_CTX_free(context)
      return nil
    }
    self.context = context
  }

  deinit { EVP_MD_CTX_free(context) }

  /// Takes in more bytes.
  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
  }

  /// The digest of all bytes, which ends it.
  public consuming func finish() -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var count: UInt32 = 0
    EVP_DigestFinal_ex(context, &digest, &count)
    return Array(digest.prefix(Int(count)))
  }
}
