import Geo
import JSON

/// Reads CQL2 text (OGC 21-065) by recursive descent: OR, AND, NOT, comparisons, sums, products, powers.
struct CQL2TextParser {
  /// What is wrong, and where: in characters from 0.
  struct Failure: Error {
    let offset: Int
    let message: String
    var suggestion: String?

    init(offset: Int, message: String, suggestion: String? = nil) {
      self.offset = offset
      self.message = message
      self.suggestion = suggestion
    }
  }

  private let tokens: [CQL2Lexer.Token]
  private var place = 0
  private var depth = 0
  private var links = 0

  /// How deep conditions, negations, lists and geometries may be nested. Reading, checking, evaluating and freeing an
  /// expression all descend it, and a thread's stack is finite.
  static let mostNested = 200
  /// Arithmetic operators of a filter: each puts what stands to its left one level deeper.
  static let mostLinks = 500

  init(_ text: String) throws(Failure) {
    tokens = try CQL2Lexer.tokens(of: text)
  }

  /// The whole text as one expression.
  mutating func filter() throws(Failure) -> CQL2Expression {
    let expression = try disjunction()
    guard token.kind == .end else { throw unexpected("AND, OR or the end") }
    return expression
  }

  // MARK: Words

  var token: CQL2Lexer.Token { tokens[place] }

  mutating func advance() -> CQL2Lexer.Token {
    let current = tokens[place]
    if place + 1 < tokens.count { place += 1 }
    return current
  }

  mutating func skip(word: String) -> Bool {
    guard token.isWord(word) else { return false }
    _ = advance()
    return true
  }

  mutating func skip(symbol: String) -> Bool {
    guard token.isSymbol(symbol) else { return false }
    _ = advance()
    return true
  }

  mutating func expect(symbol: String) throws(Failure) {
    guard skip(symbol: symbol) else { throw unexpected("\"\(symbol)\"") }
  }

  func unexpected(_ wanted: String) -> Failure {
    let found = token.kind == .end ? "the filter ends" : "\"\(token.text)\""
    return Failure(offset: token.offset, message: "expected \(wanted), found \(found)")
  }

  // MARK: Depth

  /// Goes one level deeper; the caller comes back with `leave`.
  mutating func enter(_ levels: Int = 1) throws(Failure) {
    depth += levels
    guard depth <= Self.mostNested else {
      throw Failure(
        offset: token.offset,
        message: "the filter is nested more than \(Self.mostNested) levels deep (parentheses, signs, lists, "
          + "geometries)", suggestion: "write it flatter")
    }
  }

  mutating func leave(_ levels: Int = 1) { depth -= levels }

  /// Counts an arithmetic operator.
  private mutating func link() throws(Failure) {
    links += 1
    guard links <= Self.mostLinks else {
      throw Failure(
        offset: token.offset, message: "the filter has more than \(Self.mostLinks) arithmetic operators",
        suggestion: "compute the number and write that")
    }
  }

  // MARK: Conditions

  private mutating func disjunction() throws(Failure) -> CQL2Expression {
    try enter()
    defer { leave() }
    var parts = [try conjunction()]
    while skip(word: "OR") { parts.append(try conjunction()) }
    return parts.count == 1 ? parts[0] : .call("or", parts)
  }

  private mutating func conjunction() throws(Failure) -> CQL2Expression {
    var parts = [try negation()]
    while skip(word: "AND") { parts.append(try negation()) }
    return parts.count == 1 ? parts[0] : .call("and", parts)
  }

  private mutating func negation() throws(Failure) -> CQL2Expression {
    var count = 0
    while skip(word: "NOT") { count += 1 }
    var expression = try comparison()
    // Two negations in a row cancel each other, also where the condition is neither true nor false. Two of them stay,
    // so that what is negated is still checked to be a condition.
    for _ in 0..<(count > 2 ? 2 - count % 2 : count) { expression = .call("not", [expression]) }
    return expression
  }

  private mutating func comparison() throws(Failure) -> CQL2Expression {
    let left = try sum()
    if token.isSymbol("!=") {
      throw Failure(offset: token.offset, message: "\"!=\" is not CQL2", suggestion: "write \"<>\"")
    }
    if token.kind == .symbol, CQL2Operator.comparisons.contains(token.text) {
      return .call(advance().text, [left, try sum()])
    }
    if skip(word: "IS") {
      let isNot = skip(word: "NOT")
      guard skip(word: "NULL") else { throw unexpected("NULL") }
      return negated(isNot, .call("isNull", [left]))
    }
    let isNot = skip(word: "NOT")
    if skip(word: "LIKE") { return negated(isNot, .call("like", [left, try sum()])) }
    if skip(word: "BETWEEN") {
      let low = try sum()
      guard skip(word: "AND") else { throw unexpected("AND") }
      return negated(isNot, .call("between", [left, low, try sum()]))
    }
    if skip(word: "IN") {
      try expect(symbol: "(")
      return negated(isNot, .call("in", [left, .list(try elements())]))
    }
    guard !isNot else { throw unexpected("LIKE, BETWEEN or IN") }
    return left
  }

  private func negated(_ isNot: Bool, _ expression: CQL2Expression) -> CQL2Expression {
    isNot ? .call("not", [expression]) : expression
  }

  /// Expressions up to the closing parenthesis.
  private mutating func elements() throws(Failure) -> [CQL2Expression] {
    var elements: [CQL2Expression] = []
    if skip(symbol: ")") { return [] }
    repeat { elements.append(try disjunction()) } while skip(symbol: ",")
    try expect(symbol: ")")
    return elements
  }

  // MARK: Arithmetic

  private mutating func sum() throws(Failure) -> CQL2Expression {
    var left = try product()
    while token.isSymbol("+") || token.isSymbol("-") {
      try link()
      left = .call(advance().text, [left, try product()])
    }
    return left
  }

  private mutating func product() throws(Failure) -> CQL2Expression {
    var left = try power()
    while token.isSymbol("*") || token.isSymbol("/") || token.isSymbol("%") || token.isWord("DIV") {
      try link()
      left = .call(advance().text.lowercased(), [left, try power()])
    }
    return left
  }

  private mutating func power() throws(Failure) -> CQL2Expression {
    let base = try primary()
    return skip(symbol: "^") ? .call("^", [base, try primary()]) : base
  }

  private mutating func primary() throws(Failure) -> CQL2Expression {
    switch token.kind {
    case .text: return .literal(.string(advance().text))
    case .quoted: return .named(advance().text)
    case .number: return .literal(try number(negative: false))
    case .symbol:
      if skip(symbol: "-") {
        if token.kind == .number { return .literal(try number(negative: true)) }
        try enter()
        defer { leave() }
        return .call("*", [.literal(-1), try primary()])
      }
      guard skip(symbol: "(") else { throw unexpected("a property, a value or a condition") }
      let elements = try elements()
      return elements.count == 1 ? elements[0] : .list(elements)
    case .identifier: return try named()
    case .end: throw unexpected("a property, a value or a condition")
    }
  }

  mutating func number(negative: Bool) throws(Failure) -> JSONValue {
    let token = advance()
    guard token.kind == .number, let value = Double(token.text), value.isFinite else {
      throw Failure(offset: token.offset, message: "\"\(token.text)\" is no number")
    }
    if let whole = Int(token.text) { return .integer(negative ? -whole : whole) }
    return .number(negative ? -value : value)
  }

  // MARK: Names

  private static let keywords = ["AND", "OR", "NOT", "LIKE", "BETWEEN", "IN", "IS", "NULL", "DIV"]

  private mutating func named() throws(Failure) -> CQL2Expression {
    let word = token.text.uppercased()
    if Self.keywords.contains(word) { throw unexpected("a property, a value or a condition") }
    let name = advance()
    if word == "TRUE" || word == "FALSE" { return .literal(.bool(word == "TRUE")) }
    guard isGeometry(word) || token.isSymbol("(") else { return .named(name.text) }
    if isGeometry(word) { return try geometry(name) }
    try expect(symbol: "(")
    switch word {
    case "DATE", "TIMESTAMP":
      guard token.kind == .text else { throw unexpected("a date in quotes") }
      let moment = try moment(word.lowercased())
      try expect(symbol: ")")
      return moment
    case "INTERVAL":
      let start = try bound()
      try expect(symbol: ",")
      let end = try bound()
      try expect(symbol: ")")
      return .interval(start, end)
    case "BBOX":
      let numbers = try elements().map { $0.json }
      return try shape(["bbox": .array(numbers)], at: name.offset)
    default: break
    }
    guard let operation = CQL2Operator.canonical(name.text), operation.first?.isLetter == true else {
      let names = CQL2Operator.names.filter { $0.contains("_") || $0 == "casei" }
      let nearest = NearestName.best(for: name.text.lowercased(), among: names)
      throw Failure(
        offset: name.offset, message: "\"\(name.text)\" is no CQL2 function that is evaluated here",
        suggestion: nearest.map { "did you mean \"\($0.uppercased())\"?" })
    }
    let call = CQL2Expression.call(operation, try elements())
    if let problem = call.problem(wantsCondition: false) {
      throw Failure(offset: name.offset, message: problem)
    }
    return call
  }

  private mutating func moment(_ kind: String?) throws(Failure) -> CQL2Expression {
    let word = advance()
    guard word.kind == .text, let moment = CQL2Expression.moment(kind, word.text) else {
      throw Failure(
        offset: word.offset, message: "\"\(word.text)\" is no \(kind ?? "date or time")",
        suggestion: "write it as '2021-01-03\(kind == "date" ? "" : "T14:38:55Z")'")
    }
    return moment
  }

  /// An end of an interval: a date or time in quotes, '..' for an open one, or a property.
  private mutating func bound() throws(Failure) -> CQL2Expression? {
    guard token.kind == .text else { return try primary() }
    if token.text == ".." {
      _ = advance()
      return nil
    }
    return try moment(nil)
  }
}
