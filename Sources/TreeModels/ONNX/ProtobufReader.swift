/// Reads the fields of a protobuf message one after the other, checking every length.
///
/// <https://protobuf.dev/programming-guides/encoding/>
struct ProtobufReader {
  /// A field: its number and what stands there.
  struct Field {
    let number: Int
    let value: Value
  }

  enum Value {
    case varint(UInt64)
    case fixed32(UInt32)
    case fixed64(UInt64)
    /// A text, bytes, a message or packed numbers.
    case bytes(Range<Int>)
  }

  let bytes: [UInt8]
  private(set) var position: Int
  private let end: Int

  /// - Parameter range: where in `bytes` the message stands.
  init(_ bytes: [UInt8], _ range: Range<Int>) {
    self.bytes = bytes
    position = range.lowerBound
    end = min(range.upperBound, bytes.count)
  }

  var isAtEnd: Bool { position >= end }

  /// The next field; nil at the end of the message.
  mutating func next() throws(TreeModelError) -> Field? {
    guard position < end else { return nil }
    let start = position
    let key = try varint()
    guard let number = Int(exactly: key >> 3), (1...536_870_911).contains(number) else {
      throw damage("a field without a number", at: start)
    }
    switch key & 7 {
    case 0: return Field(number: number, value: .varint(try varint()))
    case 1: return Field(number: number, value: .fixed64(try fixed(8)))
    case 2:
      let length = try varint()
      guard length <= UInt64(end &- position) else {
        throw damage("a field of \(length) bytes, and the message ends before", at: start)
      }
      let first = position
      position &+= Int(length)
      return Field(number: number, value: .bytes(first..<position))
    case 5: return Field(number: number, value: .fixed32(UInt32(truncatingIfNeeded: try fixed(4))))
    default: throw damage("a field of an unknown kind (\(key & 7))", at: start)
    }
  }

  /// A whole number of up to ten bytes, seven bits each.
  mutating func varint() throws(TreeModelError) -> UInt64 {
    let start = position
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while position < end {
      let byte = bytes[position]
      position &+= 1
      // Of a tenth byte one bit is left.
      guard shift < 63 || byte <= 1 else { throw damage("a number of more than 64 bits", at: start) }
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift &+= 7
      guard shift <= 63 else { throw damage("a number of more than 64 bits", at: start) }
    }
    throw damage("a number that does not end", at: start)
  }

  /// A little-endian number of so many bytes.
  mutating func fixed(_ count: Int) throws(TreeModelError) -> UInt64 {
    guard end &- position >= count else { throw damage("a number that does not end", at: position) }
    var value: UInt64 = 0
    for place in 0..<count { value |= UInt64(bytes[position &+ place]) << UInt64(8 &* place) }
    position &+= count
    return value
  }

  private func damage(_ what: String, at place: Int) -> TreeModelError {
    TreeModelError(
      "it is no ONNX model, or it is damaged: byte \(place) begins \(what)",
      suggestion: "models are read as ONNX (.onnx), LightGBM text (.txt) and XGBoost JSON (.json)")
  }
}
