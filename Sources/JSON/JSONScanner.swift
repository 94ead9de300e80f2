/// The state of one parse: a recursive descent over bytes that keeps count of lines and columns.
struct JSONScanner {
  let bytes: [UInt8]
  let dialect: JSONDialect
  /// The byte to look at next.
  var index = 0
  private var line = 1
  /// The offset of the current line's first byte.
  private var lineStart = 0
  /// UTF-8 continuation bytes seen on this line: bytes that are no column of their own.
  var continuations = 0

  init(bytes: [UInt8], dialect: JSONDialect) {
    self.bytes = bytes
    self.dialect = dialect
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
      index = 3
      lineStart = 3
    }
  }

  /// The place of the next byte.
  var position: SourcePosition {
    SourcePosition(line: line, column: index - lineStart - continuations + 1)
  }

  var current: UInt8? { index < bytes.count ? bytes[index] : nil }

  func byte(after distance: Int) -> UInt8? {
    index + distance < bytes.count ? bytes[index + distance] : nil
  }

  func failure(_ message: String, at place: SourcePosition? = nil, hint: String? = nil) -> JSONSyntaxError {
    JSONSyntaxError(message: message, position: place ?? position, hint: hint)
  }

  // MARK: Values

  mutating func document() throws(JSONSyntaxError) -> JSONNode {
    try skipBlank()
    guard current != nil else { throw failure("the file is empty, where a JSON value was expected") }
    let root = try value(depth: 0)
    try skipBlank()
    guard current == nil else {
      throw failure("unexpected \(nextWord) after the end of the JSON value")
    }
    return root
  }

  private mutating func value(depth: Int) throws(JSONSyntaxError) -> JSONNode {
    let start = position
    guard let first = current else { throw failure("the text ends where a value was expected") }
    switch first {
    case UInt8(ascii: "{"): return try object(depth: depth + 1)
    case UInt8(ascii: "["): return try array(depth: depth + 1)
    case UInt8(ascii: "\""): return JSONNode(value: .string(try string()), position: start)
    case UInt8(ascii: "0")...UInt8(ascii: "9"):
      return JSONNode(value: .number(try number()), position: start)
    case UInt8(ascii: "t") where skip(word: "true"): return JSONNode(value: .bool(true), position: start)
    case UInt8(ascii: "f") where skip(word: "false"): return JSONNode(value: .bool(false), position: start)
    case UInt8(ascii: "n") where skip(word: "null"): return JSONNode(value: .null, position: start)
    case UInt8(ascii: "N") where dialect == .python && skip(word: "NaN"):
      return JSONNode(value: .string("nan"), position: start)
    case UInt8(ascii: "I") where dialect == .python && skip(word: "Infinity"):
      return JSONNode(value: .string("inf"), position: start)
    case UInt8(ascii: "-") where dialect == .python && skip(word: "-Infinity"):
      return JSONNode(value: .string("-inf"), position: start)
    case UInt8(ascii: "-"): return JSONNode(value: .number(try number()), position: start)
    default: throw noValue()
    }
  }

  private mutating func array(depth: Int) throws(JSONSyntaxError) -> JSONNode {
    let start = position
    try checkDepth(depth)
    index += 1
    var elements: [JSONNode] = []
    try skipBlank()
    while current != UInt8(ascii: "]") {
      if current == nil { throw unclosed("array", start) }
      elements.append(try value(depth: depth))
      try skipBlank()
      if current == UInt8(ascii: ",") {
        let comma = position
        index += 1
        try skipBlank()
        if current == UInt8(ascii: "]"), dialect != .relaxed { throw trailingComma(comma, before: "]") }
      } else if current != UInt8(ascii: "]") {
        if current == nil { throw unclosed("array", start) }
        throw failure("expected ',' or ']' after element \(elements.count) of the array, found \(nextWord)")
      }
    }
    index += 1
    return JSONNode(value: .array(elements), position: start)
  }

  private mutating func object(depth: Int) throws(JSONSyntaxError) -> JSONNode {
    let start = position
    try checkDepth(depth)
    index += 1
    var members: [JSONNode.Member] = []
    var seen = KeySet()
    try skipBlank()
    while current != UInt8(ascii: "}") {
      let keyPosition = position
      let key = try key(of: start)
      if let first = seen.insert(key, at: keyPosition, among: members) {
        throw failure(
          "the key \(quoted(key)) is here twice: first at line \(first.line), column \(first.column)",
          at: keyPosition,
          hint: "remove one of them"
        )
      }
      try skipBlank()
      guard current == UInt8(ascii: ":") else {
        if current == nil { throw unclosed("object", start) }
        throw failure("expected ':' after the key \(quoted(key)), found \(nextWord)")
      }
      index += 1
      try skipBlank()
      if current == nil { throw unclosed("object", start) }
      members.append(.init(key: key, keyPosition: keyPosition, node: try value(depth: depth)))
      try skipBlank()
      if current == UInt8(ascii: ",") {
        let comma = position
        index += 1
        try skipBlank()
        if current == UInt8(ascii: "}"), dialect != .relaxed { throw trailingComma(comma, before: "}") }
      } else if current != UInt8(ascii: "}") {
        if current == nil { throw unclosed("object", start) }
        throw failure("expected ',' or '}' after the value of \(quoted(key)), found \(nextWord)")
      }
    }
    index += 1
    return JSONNode(value: .object(members), position: start)
  }

  private mutating func key(of object: SourcePosition) throws(JSONSyntaxError) -> String {
    if current == UInt8(ascii: "\"") { return try string() }
    if current == nil { throw unclosed("object", object) }
    let word = nextWord
    throw failure(
      "expected a key in double quotes, found \(word)",
      hint: bareWord.isEmpty ? nil : "write \"\(bareWord)\""
    )
  }

  // MARK: Blanks

  /// Skips white space and, where the dialect has them, comments.
  mutating func skipBlank() throws(JSONSyntaxError) {
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: " "), UInt8(ascii: "\t"): index += 1
      case UInt8(ascii: "\n"), UInt8(ascii: "\r"): newLine()
      case UInt8(ascii: "/"): try skipComment()
      default: return
      }
    }
  }

  private mutating func newLine() {
    if bytes[index] == UInt8(ascii: "\r"), byte(after: 1) == UInt8(ascii: "\n") { index += 1 }
    index += 1
    line += 1
    lineStart = index
    continuations = 0
  }

  private mutating func skipComment() throws(JSONSyntaxError) {
    let start = position
    let second = byte(after: 1)
    guard second == UInt8(ascii: "/") || second == UInt8(ascii: "*") else {
      throw failure("unexpected '/'")
    }
    guard dialect == .relaxed else {
      throw failure("a comment, which JSON does not have", hint: "remove the comment")
    }
    let isBlock = second == UInt8(ascii: "*")
    var isClosed = !isBlock
    let textStart = index
    index += 2
    while index < bytes.count {
      let byte = bytes[index]
      if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
        if !isBlock { break }
        newLine()
      } else if isBlock, byte == UInt8(ascii: "*"), self.byte(after: 1) == UInt8(ascii: "/") {
        index += 2
        isClosed = true
        break
      } else {
        if byte & 0xC0 == 0x80 { continuations += 1 }
        index += 1
      }
    }
    if !isClosed { throw failure("the comment is not closed with */", at: start) }
    guard String(validating: bytes[textStart..<index], as: UTF8.self) != nil else {
      throw failure("the comment is not valid UTF-8", at: start, hint: "save the file as UTF-8")
    }
  }

  private mutating func skip(word: String) -> Bool {
    let count = word.utf8.count
    guard bytes[index...].starts(with: word.utf8) else { return false }
    if let next = byte(after: count), JSONScanner.isWord(next) { return false }
    index += count
    return true
  }

  private func checkDepth(_ depth: Int) throws(JSONSyntaxError) {
    guard depth <= JSONParser.depthLimit else {
      throw failure("arrays and objects are nested more than \(JSONParser.depthLimit) deep")
    }
  }
}

/// The keys an object has so far: a scan while they are few, a hash table when they are many.
private struct KeySet {
  private var places: [String: SourcePosition] = [:]

  /// Returns the place of an equal key that came before.
  mutating func insert(
    _ key: String,
    at place: SourcePosition,
    among members: [JSONNode.Member]
  ) -> SourcePosition? {
    if members.count < 16 {
      for member in members where member.key == key { return member.keyPosition }
      return nil
    }
    if places.isEmpty {
      for member in members { places[member.key] = member.keyPosition }
    }
    return places.updateValue(place, forKey: key)
  }
}
