/// Mistakes in a formula's grammar, in words.
extension ExpressionParser {
  /// A mistake at the current word or sign.
  func error(_ message: String, hint: String? = nil) -> ExpressionError {
    error(message, at: current.range.lowerBound, hint: hint)
  }

  func error(_ message: String, at place: Int, hint: String? = nil) -> ExpressionError {
    ExpressionError(message: message, position: scanner.position(place), hint: hint)
  }

  /// The mistake of a sign, or of the end, where a value should stand.
  func noValue() -> ExpressionError {
    switch current.kind {
    case .end:
      error(
        "the formula ends where a value should follow", hint: "add a number, a name or a part in parentheses")
    case .sign(.not):
      error(
        "a number or a name should stand here, not \"not\"",
        hint: "put the logical part in parentheses: (not a)")
    case .sign(.closing):
      error(
        "a value is missing before \")\"", hint: "write a number, a name or a formula between the parentheses"
      )
    case .sign(.comma):
      error("a value is missing before \",\"", hint: "write decimals with a point, as in 0.5")
    case .sign, .name, .number:
      error(
        "\(scanner.quoted(current.range)) stands where a value should",
        hint: "write a number or a name before it")
    }
  }

  /// The mistake of what follows a complete formula, or a complete part of one in parentheses.
  func leftOver(isInside: Bool = false) -> ExpressionError {
    switch current.kind {
    case .sign(.closing): error("\")\" closes nothing", hint: "remove it, or add the \"(\" that it closes")
    case .sign(.comma):
      error(
        isInside
          ? "\",\" stands between parentheses that are no function's" : "\",\" stands outside of a function",
        hint: "write decimals with a point, as in 0.5")
    case .sign(.colon): error("\":\" has no \"?\" before it", hint: "write condition ? a : b")
    case .name(let name) where ["and", "or", "not"].contains(name.lowercased()):
      error(
        "\"\(name)\" stands where an operator should", hint: "write \"\(name.lowercased())\" in small letters"
      )
    case .name("if"), .name("else"):
      error("\"if\" and \"else\" are not part of a formula", hint: "write condition ? a : b")
    case .number where scanner.characters[current.range.lowerBound] == ".":
      error(
        "\(scanner.quoted(current.range)) follows a name or a number",
        hint: "write a name with \".\" in backquotes: `ndvi.2`")
    case .sign(.not):
      error("\"not\" stands where an operator should", hint: "write \"and not\", \"or not\" or \"!=\"")
    case .sign, .name, .number, .end:
      error(
        "an operator is missing before \(scanner.quoted(current.range))", hint: "write \"*\" to multiply")
    }
  }
}
