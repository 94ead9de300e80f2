/// A digest that says by which algorithm it was made, as STAC's `file:checksum` has it: code, length and bytes, the
/// first two as variable-length integers (multiformats.io/multihash).
public struct Multihash: Hashable, Sendable {
  public enum Mistake: Error, Hashable, Sendable {
    /// Not hexadecimal, or not as long as it says.
    case notUnderstood
    /// An algorithm that is not known here, by its code.
    case unknownAlgorithm(code: Int)
  }

  public let algorithm: Digest.Algorithm
  /// The bytes; a digest may be cut to its first ones.
  public let digest: [UInt8]

  /// Fewer bytes of a digest say nothing.
  private static let leastBytes = 8

  /// - Parameter text: in hexadecimal, in upper or lower case.
  public init(_ text: String) throws(Mistake) {
    var rest = try Self.bytes(text)[...]
    guard let code = Self.number(&rest), let length = Self.number(&rest), length == rest.count,
      length >= Self.leastBytes
    else { throw .notUnderstood }
    guard let algorithm = Self.algorithms[code] else { throw .unknownAlgorithm(code: code) }
    self.algorithm = algorithm
    digest = Array(rest)
  }

  /// The table of multiformats.
  private static let algorithms: [Int: Digest.Algorithm] = [
    0x11: .sha1, 0x12: .sha256, 0x13: .sha512, 0x14: .sha3x512, 0x15: .sha3x384, 0x16: .sha3x256,
    0x17: .sha3x224, 0x20: .sha384, 0xd5: .md5, 0x1013: .sha224, 0xb240: .blake2b512, 0xb260: .blake2s256,
  ]

  private static func bytes(_ text: String) throws(Mistake) -> [UInt8] {
    let digits = text.utf8.compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
    guard digits.count == text.utf8.count, digits.count.isMultiple(of: 2) else { throw .notUnderstood }
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  }

  /// A number in groups of seven bits, the lowest first.
  private static func number(_ bytes: inout ArraySlice<UInt8>) -> Int? {
    var number = 0
    for place in 0..<4 {
      guard let byte = bytes.popFirst() else { return nil }
      number |= Int(byte & 0x7F) << (7 * place)
      if byte & 0x80 == 0 { return number }
    }
    return nil
  }
}

extension Sequence<UInt8> {
  /// "0a1b…".
  public var hexadecimal: String {
    var text = ""
    for byte in self { text += String(byte >> 4, radix: 16) + String(byte & 15, radix: 16) }
    return text
  }
}
