import JSON

/// Cuts a formula into words and signs.
struct ExpressionScanner {
  let characters: [Unicode.Scalar]
  private var place = 0

  init(_ text: String) { characters = Array(text.unicodeScalars) }

  static func isPlainName(_ name: String) -> Bool {
    guard let first = name.unicodeScalars.first, isNameStart(first), !["and", "or", "not"].contains(name)
    else { return false }
    return name.unicodeScalars.allSatisfy { isNameStart($0) || isDigit($0) }
  }

  private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

  private static func isNameStart(_ scalar: Unicode.Scalar) -> Bool {
    ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || scalar == "_"
  }

  /// The line and column of a character.
  func position(_ place: Int) -> SourcePosition {
    var (line, column) = (1, 1)
    for index in 0..<min(place, characters.count) {
      let isLineEnd =
        characters[index] == "\n"
        || (characters[index] == "\r" && !(index + 1 < characters.count && characters[index + 1] == "\n"))
      (line, column) = isLineEnd ? (line + 1, 1) : (line, column + 1)
    }
    return SourcePosition(line: line, column: column)
  }

  /// A part of the text as messages quote it.
  func quoted(_ range: Range<Int>) -> String {
    var part = String.UnicodeScalarView()
    part.append(contentsOf: characters[range].prefix(40).map { $0 == "\n" || $0 == "\r" ? " " : $0 })
    return "\"\(String(part))\(range.count > 40 ? "…" : "")\""
  }

  /// All words and signs; the last is `end`.
  mutating func tokens() throws(ExpressionError) -> [ExpressionToken] {
    var tokens: [ExpressionToken] = []
    while true {
      while place < characters.count, characters[place].properties.isWhitespace { place += 1 }
      let start = place
      guard place < characters.count else {
        tokens.append(ExpressionToken(kind: .end, range: start..<start))
        return tokens
      }
      let kind = try next()
      tokens.append(ExpressionToken(kind: kind, range: start..<place))
    }
  }

  private func peek(_ distance: Int = 0) -> Unicode.Scalar? {
    place + distance < characters.count ? characters[place + distance] : nil
  }

  private mutating func next() throws(ExpressionError) -> ExpressionToken.Kind {
    let first = characters[place]
    if Self.isNameStart(first) { return word() }
    if first == "`" { return .name(try quotedName()) }
    if Self.isDigit(first) || (first == "." && peek(1).map(Self.isDigit) == true) { return try number() }
    return .sign(try sign())
  }

  // MARK: Names and numbers

  private mutating func quotedName() throws(ExpressionError) -> String {
    let start = place
    place += 1
    var name = String.UnicodeScalarView()
    while let scalar = peek(), scalar != "`", scalar != "\n" {
      name.append(scalar)
      place += 1
    }
    guard peek() == "`" else {
      throw error("the name that begins here has no closing backquote", at: start)
    }
    place += 1
    guard !name.isEmpty else { throw error("there is no name between the backquotes", at: start) }
    return String(name)
  }

  private mutating func number() throws(ExpressionError) -> ExpressionToken.Kind {
    let start = place
    skipDigits()
    if peek() == "." {
      place += 1
      skipDigits()
    }
    if peek() == "e" || peek() == "E" {
      let signs = peek(1) == "+" || peek(1) == "-" ? 1 : 0
      if peek(1 + signs).map(Self.isDigit) == true {
        place += 1 + signs
        skipDigits()
      }
    }
    if let next = peek(), Self.isNameStart(next) || next == "." || next == "`" {
      let end = characters[place...].firstIndex { !(Self.isNameStart($0) || Self.isDigit($0) || $0 == ".") }
      throw error(
        "\(quoted(start..<(end ?? characters.count))) is neither a number nor a name", at: start,
        hint: "write numbers as 1, 0.5 or 1e-4, a product with \"*\", and a name that begins with a digit in "
          + "backquotes")
    }
    var digits = String.UnicodeScalarView()
    digits.append(contentsOf: characters[start..<place])
    guard let value = Double(String(digits)), value.isFinite else {
      throw error("the number \(quoted(start..<place)) is too large", at: start)
    }
    return .number(value)
  }

  private mutating func skipDigits() {
    while let next = peek(), Self.isDigit(next) { place += 1 }
  }

  // MARK: Signs

  private mutating func sign() throws(ExpressionError) -> ExpressionToken.Sign {
    let (first, second) = (characters[place], peek(1))
    func two(_ sign: ExpressionToken.Sign) -> ExpressionToken.Sign {
      place += 2
      return sign
    }
    switch (first, second) {
    case ("*", "*"): return two(.power)
    case ("&", "&"): return two(.and)
    case ("|", "|"): return two(.or)
    case ("<", "="): return two(.lessOrEqual)
    case (">", "="): return two(.greaterOrEqual)
    case ("=", "="): return two(.equal)
    case ("!", "="): return two(.notEqual)
    case ("/", "/"):
      throw error("there is no \"//\"", at: place, hint: "write floor(a / b) for a whole quotient")
    case ("<", ">"): throw error("there is no \"<>\"", at: place, hint: "write \"!=\" for unequal")
    case ("=", "<"): throw error("there is no \"=<\"", at: place, hint: "write \"<=\"")
    case ("=", ">"): throw error("there is no \"=>\"", at: place, hint: "write \">=\"")
    case ("^", _):
      place += 1
      return .power
    case ("!", _):
      place += 1
      return .not
    default:
      guard let sign = ExpressionToken.Sign(rawValue: String(Character(first))) else {
        throw error("\"\(first)\" is not part of a formula", at: place, hint: hint(for: first))
      }
      place += 1
      return sign
    }
  }

  private func hint(for sign: Unicode.Scalar) -> String? {
    switch sign {
    case "=": "write \"==\" to compare; the result's name is given by \"as\""
    case "&": "write \"and\" or \"&&\""
    case "|": "write \"or\" or \"||\""
    case "~": "write \"not\" or \"!\""
    case "−", "–", "—": "write \"-\" for minus"
    case "×", "·", "∙": "write \"*\" to multiply"
    case "÷": "write \"/\" to divide"
    case "≤": "write \"<=\""
    case "≥": "write \">=\""
    case "≠": "write \"!=\""
    case "²": "write \"** 2\""
    case "³": "write \"** 3\""
    case "√": "write sqrt(a)"
    case "[", "]", "{", "}": "write parentheses, ( and )"
    case "\"", "'", "’", "‘": "write a name as it is, or in backquotes: `blue-jp2`"
    case ".": "write numbers as 0.5, and a name with \".\" in backquotes: `ndvi.2`"
    default:
      sign.properties.isAlphabetic ? "write names with other letters than a to z in backquotes" : nil
    }
  }

  private func error(_ message: String, at place: Int, hint: String? = nil) -> ExpressionError {
    ExpressionError(message: message, position: position(place), hint: hint)
  }
}

extension ExpressionScanner {
  /// Skips a plain name; the words of the grammar are signs.
  private mutating func word() -> ExpressionToken.Kind {
    let start = place
    while let next = peek(), Self.isNameStart(next) || Self.isDigit(next) { place += 1 }
    var letters = String.UnicodeScalarView()
    letters.append(contentsOf: characters[start..<place])
    return switch String(letters) {
    case "and": .sign(.and)
    case "or": .sign(.or)
    case "not": .sign(.not)
    case let name: .name(name)
    }
  }
}
