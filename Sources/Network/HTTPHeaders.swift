/// The headers of an answer, in order.
struct HTTPHeaders: Sendable {
  private(set) var fields: [(name: String, value: String)] = []

  /// The last header of a name, whatever its case.
  subscript(name: String) -> String? {
    fields.last { $0.name.lowercased() == name }?.value
  }

  /// Takes a line "Name: value"; lines that are none are left out.
  mutating func add(_ line: String) {
    guard let colon = line.firstIndex(of: ":") else { return }
    let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
    fields.append((String(line[..<colon]), String(value)))
  }

  /// Bytes of the body, as they are sent.
  var length: Int? { self["content-length"].flatMap { Int($0) }.flatMap { $0 < 0 ? nil : $0 } }

  /// Whether the body is sent packed ("Content-Encoding: gzip"): its parts are no parts of the file.
  var isPacked: Bool {
    guard let coding = self["content-encoding"]?.lowercased() else { return false }
    return !coding.isEmpty && coding != "identity"
  }

  var isWebPage: Bool { (self["content-type"] ?? "").lowercased().hasPrefix("text/html") }

  /// Seconds the server asks to wait; nil when it does not, or names a date.
  var pause: Double? { self["retry-after"].flatMap { Double($0) }.flatMap { $0.isFinite ? $0 : nil } }
}
