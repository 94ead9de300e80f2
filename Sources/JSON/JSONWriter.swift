/// Writes JSON values as UTF-8 text.
///
/// Numbers take the shortest form that reads back as the same double, with a point or an exponent, so that 5.0
/// does not come back as the integer 5; infinities and NaN become `null`. Characters beyond ASCII stand as
/// themselves.
struct JSONWriter {
  let pretty: Bool
  let sortedKeys: Bool
  var output: [UInt8]

  mutating func write(_ value: JSONValue, indent: Int = 0) {
    switch value {
    case .null: append("null")
    case .bool(let flag): append(flag ? "true" : "false")
    case .integer(let integer): append(String(integer))
    case .number(let number): append(number.isFinite ? number.description : "null")
    case .string(let text): write(text)
    case .array(let elements): write(elements, indent: indent)
    case .object(let object): write(object, indent: indent)
    }
  }

  private mutating func write(_ elements: [JSONValue], indent: Int) {
    // A row of scalars (a bounding box, a position, a list of names) reads better on one line.
    let isRow = elements.count <= 16 && elements.allSatisfy(\.isShort)
    append("[")
    for (place, element) in elements.enumerated() {
      if place > 0 { append(pretty && isRow ? ", " : ",") }
      if !isRow { newLine(indent + 1) }
      write(element, indent: indent + 1)
    }
    if !isRow { newLine(indent) }
    append("]")
  }

  private mutating func write(_ object: JSONObject, indent: Int) {
    guard !object.isEmpty else {
      append("{}")
      return
    }
    let members = sortedKeys ? object.members.sorted { $0.key < $1.key } : object.members
    append("{")
    for (place, member) in members.enumerated() {
      if place > 0 { append(",") }
      newLine(indent + 1)
      write(member.key)
      append(pretty ? ": " : ":")
      write(member.value, indent: indent + 1)
    }
    newLine(indent)
    append("}")
  }

  private mutating func write(_ text: String) {
    output.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        output.append(UInt8(ascii: "\\"))
        output.append(byte)
      case 0..<0x20: append(JSONScanner.escape(byte))
      default: output.append(byte)
      }
    }
    output.append(UInt8(ascii: "\""))
  }

  private mutating func newLine(_ indent: Int) {
    guard pretty else { return }
    output.append(UInt8(ascii: "\n"))
    for _ in 0..<(2 * indent) { output.append(UInt8(ascii: " ")) }
  }

  private mutating func append(_ text: String) {
    output.append(contentsOf: text.utf8)
  }
}

extension JSONValue {
  /// Whether the value is a scalar that can stand in a row.
  fileprivate var isShort: Bool {
    switch self {
    case .null, .bool, .integer, .number: true
    case .string(let text): text.utf8.count <= 24
    case .array, .object: false
    }
  }

  /// The value as JSON text.
  ///
  /// - Parameters:
  ///   - pretty: indented by two spaces, one member a line; otherwise without any white space.
  ///   - sortedKeys: members in the order of their keys, so that equal contents give equal texts.
  public func text(pretty: Bool = false, sortedKeys: Bool = false) -> String {
    var bytes: [UInt8] = []
    append(to: &bytes, pretty: pretty, sortedKeys: sortedKeys)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Appends the value as UTF-8 JSON text to `output`, without intermediate copies; parameters as in
  /// `text(pretty:sortedKeys:)`.
  public func append(to output: inout [UInt8], pretty: Bool = false, sortedKeys: Bool = false) {
    var writer = JSONWriter(pretty: pretty, sortedKeys: sortedKeys, output: [])
    swap(&writer.output, &output)
    writer.write(self)
    swap(&writer.output, &output)
  }
}

extension JSONValue: CustomStringConvertible {
  /// The value as JSON text on one line.
  public var description: String { text() }
}
