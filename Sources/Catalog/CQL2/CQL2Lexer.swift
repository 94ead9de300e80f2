/// Cuts CQL2 text into words.
struct CQL2Lexer {
  /// A word and where it stands, in characters from 0.
  struct Token: Equatable {
    enum Kind: Equatable {
      case identifier, quoted, text, number, symbol, end
    }

    let kind: Kind
    /// Without quotes.
    let text: String
    let offset: Int

    /// Whether this is a keyword, in whatever case.
    func isWord(_ word: String) -> Bool { kind == .identifier && text.uppercased() == word }
    func isSymbol(_ symbol: String) -> Bool { kind == .symbol && text == symbol }
  }

  private let characters: [Unicode.Scalar]
  private var place = 0

  static func tokens(of text: String) throws(CQL2TextParser.Failure) -> [Token] {
    var lexer = CQL2Lexer(characters: Array(text.unicodeScalars))
    var tokens: [Token] = []
    while let token = try lexer.next() { tokens.append(token) }
    return tokens + [Token(kind: .end, text: "the end", offset: lexer.place)]
  }

  private init(characters: [Unicode.Scalar]) { self.characters = characters }

  private mutating func next() throws(CQL2TextParser.Failure) -> Token? {
    while place < characters.count, characters[place].properties.isWhitespace { place += 1 }
    guard place < characters.count else { return nil }
    let start = place
    let first = characters[place]
    if first == "'" { return Token(kind: .text, text: try quoted("'"), offset: start) }
    if first == "\"" { return Token(kind: .quoted, text: try quoted("\""), offset: start) }
    if Self.isDigit(first)
      || first == "." && place + 1 < characters.count && Self.isDigit(characters[place + 1])
    {
      return Token(kind: .number, text: number(), offset: start)
    }
    if Self.isLetter(first) {
      let name = take { Self.isLetter($0) || Self.isDigit($0) || $0 == "." }
      return Token(kind: .identifier, text: name, offset: start)
    }
    for symbol in ["<>", "<=", ">=", "!=", "=", "<", ">", "(", ")", ",", "+", "-", "*", "/", "%", "^"]
    where characters[place...].starts(with: symbol.unicodeScalars) {
      place += symbol.unicodeScalars.count
      return Token(kind: .symbol, text: symbol, offset: start)
    }
    throw CQL2TextParser.Failure(offset: start, message: "unexpected character \"\(first)\"")
  }

  private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

  private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "_" || scalar == ":" || scalar.properties.isAlphabetic
  }

  private mutating func take(while accepts: (Unicode.Scalar) -> Bool) -> String {
    var text = String.UnicodeScalarView()
    while place < characters.count, accepts(characters[place]) {
      text.append(characters[place])
      place += 1
    }
    return String(text)
  }

  private mutating func number() -> String {
    var text = take { Self.isDigit($0) || $0 == "." }
    if place < characters.count, characters[place] == "e" || characters[place] == "E" {
      text.unicodeScalars.append(characters[place])
      place += 1
      if place < characters.count, characters[place] == "+" || characters[place] == "-" {
        text.unicodeScalars.append(characters[place])
        place += 1
      }
      text += take { Self.isDigit($0) }
    }
    return text
  }

  /// A quotation; the quote doubled, or after "\", stands for itself.
  private mutating func quoted(_ quote: Unicode.Scalar) throws(CQL2TextParser.Failure) -> String {
    let start = place
    var text = String.UnicodeScalarView()
    place += 1
    while place < characters.count {
      let character = characters[place]
      let next = place + 1 < characters.count ? characters[place + 1] : nil
      if character == quote, next == quote || character == "\\" && next == quote {
        text.append(quote)
        place += 2
      } else if character == "\\", next == quote {
        text.append(quote)
        place += 2
      } else if character == quote {
        place += 1
        return String(text)
      } else {
        text.append(character)
        place += 1
      }
    }
    throw CQL2TextParser.Failure(offset: start, message: "the quotation that begins here does not end")
  }
}
