/// Makes keys of texts: FNV-1a with 64 bits, as 16 hexadecimal digits.
///
/// It tells versions of a text apart; it does not keep anybody from making two texts of one key.
/// <http://www.isthe.com/chongo/tech/comp/fnv/>
public struct KeyHash: Sendable {
  private var value: UInt64 = 0xcbf2_9ce4_8422_2325

  public init() {}

  /// Adds a text, and an end that no text contains: "ab" and "c" are not "a" and "bc".
  public mutating func add(_ text: String) {
    for byte in text.utf8 { add(byte) }
    add(0xff)
  }

  private mutating func add(_ byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }

  /// The key of everything that was added.
  public var key: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// The key of one or several texts.
  public static func key(_ texts: String...) -> String {
    var hash = KeyHash()
    for text in texts { hash.add(text) }
    return hash.key
  }
}
