import JSON
import Modules
import Testing

/// Mistakes in formulas: where, what, and what to write instead.
@Suite struct ExpressionErrorTests {
  private static let mistakes: [(text: String, place: String, message: String, hint: String?)] = [
    ("", "1:1", "the formula is empty", "write one"),
    (" \n ", "2:2", "the formula is empty", "write one"),
    // Parentheses
    ("(nir - red) / (nir + red", "1:15", "\"(\" is never closed", "add a \")\""),
    ("min(a, b", "1:4", "\"(\" is never closed", "add"),
    ("nir - red)", "1:10", "\")\" closes nothing", "remove it"),
    ("()", "1:2", "a value is missing before \")\"", "write a number"),
    ("(a + b) * \n (c - ", "2:7", "the formula ends where a value should follow", "add"),
    // Values and operators
    ("* a", "1:1", "\"*\" stands where a value should", "before it"),
    ("a + / b", "1:5", "\"/\" stands where a value should", nil),
    ("a b", "1:3", "an operator is missing before \"b\"", "write \"*\""),
    ("2 (a + b)", "1:3", "an operator is missing before \"(\"", "write \"*\""),
    ("(a + b) 2", "1:9", "an operator is missing before \"2\"", nil),
    ("(a b)", "1:4", "an operator is missing before \"b\"", nil),
    ("2red", "1:1", "\"2red\" is neither a number nor a name", "backquotes"),
    ("1.2.3 + a", "1:1", "\"1.2.3\" is neither", nil),
    ("1e + a", "1:1", "\"1e\" is neither", nil),
    ("a + 1e999", "1:5", "too large", nil),
    ("0,5 * a", "1:2", "stands outside of a function", "decimals with a point"),
    ("(0,5) * a", "1:3", "no function's", "decimals with a point"),
    ("min(, a)", "1:5", "a value is missing before \",\"", nil),
    ("a // b", "1:3", "there is no \"//\"", "floor(a / b)"),
    ("a = b", "1:3", "\"=\" is not part of a formula", "\"==\""),
    ("a <> b", "1:3", "there is no \"<>\"", "\"!=\""),
    ("a > 1 & b > 1", "1:7", "\"&\" is not part", "\"and\""),
    ("a > 1 AND b > 1", "1:7", "\"AND\" stands where an operator should", "write \"and\""),
    ("a ≥ 1", "1:3", "is not part", "\">=\""),
    ("a − b", "1:3", "is not part", "\"-\" for minus"),
    ("a[1]", "1:2", "is not part", "parentheses"),
    ("\"red\" + 1", "1:1", "is not part", "backquotes"),
    ("forêt + 1", "1:4", "is not part", "backquotes"),
    ("ndvi.2 + 1", "1:5", "\".2\" follows a name", "`ndvi.2`"),
    ("`red + 1", "1:1", "no closing backquote", nil),
    ("`` + 1", "1:1", "no name", nil),
    ("1 if a > 2 else 3", "1:3", "not part of a formula", "condition ? a : b"),
    ("a > 1 ? 2", "1:7", "\"?\" has no \":\"", "condition ? a : b"),
    ("a : 2", "1:3", "\":\" has no \"?\"", nil),
    ("a < b < c", "1:7", "comparisons cannot be chained", "a < b and b < c"),
    ("0 < a <= 1", "1:7", "comparisons cannot be chained", nil),
    ("a == b == c", "1:8", "comparisons cannot be chained", nil),
    ("1 == not (a > 1)", "1:6", "not \"not\"", "parentheses"),
    ("a > 1 not b > 1", "1:7", "\"not\" stands where an operator", nil),
    // Functions
    ("squrt(a)", "1:1", "there is no function \"squrt\"", "did you mean \"sqrt\"?"),
    ("SQRT(a)", "1:1", "there is no function \"SQRT\"", "did you mean \"sqrt\"?"),
    ("frobnicate(a)", "1:1", "there is no function \"frobnicate\"", "normalized_difference"),
    ("a + a(b)", "1:5", "there is no function \"a\"", "write \"*\""),
    ("sqrt(a, b)", "1:1", "sqrt is given 2 arguments", "write sqrt(a)"),
    ("sqrt()", "1:1", "sqrt is given 0 arguments", nil),
    ("1 +\n  where(a > 1, 2)", "2:3", "where is given 2 arguments", "where(condition, a, b)"),
    ("min(a)", "1:1", "min is given 1 argument", "min(a, b, …)"),
    ("log(a, 10)", "1:1", "log is given 2 arguments", nil),
    // Types
    ("(a > 1) * 2", "1:1", "\"*\" takes numbers, and \"(a > 1)\" is logical", "where(condition, 1, 0)"),
    ("2 + valid(a)", "1:5", "\"+\" takes numbers", nil),
    ("-(a > 1)", "1:2", "\"-\" takes numbers", nil),
    ("(a > 1) ** 2", "1:1", "\"**\" takes numbers", nil),
    ("(a > 1) < 2", "1:1", "\"<\" takes numbers", nil),
    ("(a > 1) == 1", "1:12", "takes logical values, and \"1\" is a number", nil),
    ("1 == (a > 1)", "1:6", "takes numbers", nil),
    ("a and b > 1", "1:1", "\"and\" takes logical values, and \"a\" is a number", "\"a > 0\""),
    ("a > 1 || b + 1", "1:10", "\"or\" takes logical values", nil),
    ("not a", "1:5", "\"not\" takes logical values", nil),
    ("a ? 1 : 2", "1:1", "the condition of \"?\" takes logical values", nil),
    ("where(a, 1, 2)", "1:7", "the condition of where takes logical values", nil),
    ("where(a > 1, 1, b > 1)", "1:17", "takes numbers", nil),
    ("a > 1 ? b > 1 : 2", "1:17", "takes logical values", nil),
    ("coalesce(a, b > 1)", "1:13", "takes numbers", nil),
    ("sqrt(a > 1)", "1:6", "sqrt takes numbers", nil),
    ("bright * 2", "1:1", "\"bright\" is logical", nil),
    // Constants
    ("a / 0", "1:3", "division by zero: \"0\" is 0 for every pixel", nil),
    ("a / (2 - 1 - 1)", "1:3", "division by zero: \"(2 - 1 - 1)\"", nil),
    ("a / zero", "1:3", "division by zero: \"zero\"", nil),
    ("a % 0", "1:3", "division by zero", nil),
    ("mod(a, 0.0)", "1:8", "division by zero", nil),
    ("a + log(0)", "1:5", "\"log(0)\" is not a finite number", nil),
    ("a * (1 - 2) ** 0.5", "1:13", "\"(1 - 2) ** 0.5\" is not a finite number", nil),
    ("10 ** 400 + a", "1:4", "is not a finite number", nil),
    ("0 ** -1 * a", "1:3", "is not a finite number", nil),
    ("a + infinite", "1:5", "\"infinite\" is not a finite number", nil),
  ]

  @Test(arguments: Self.mistakes.indices)
  func `A mistake is reported with its place and a way out`(index: Int) throws {
    let mistake = Self.mistakes[index]
    let error = #expect(throws: ExpressionError.self, "\(mistake.text)") {
      try Expression.parse(
        mistake.text, parameters: ["zero": 0, "infinite": .infinity], isFlag: { $0 == "bright" })
    }
    let found = try #require(error)
    #expect(found.position.description == mistake.place, "\(mistake.text): \(found)")
    #expect(found.message.contains(mistake.message), "\(mistake.text): \(found)")
    if let hint = mistake.hint {
      #expect(found.hint?.contains(hint) == true, "\(mistake.text): \(found)")
    }
  }

  @Test func `Formulas beyond the limits are refused`() throws {
    let long = String(repeating: "a", count: Expression.lengthLimit + 1)
    #expect(throws: ExpressionError.self) { try Expression.parse(long) }
    let count = Expression.lengthLimit / 2 - 1
    for (opening, closing) in [
      ("(", ")"), ("a**", ""), ("-(", ")"), ("not ", ""), ("1<2?", ":1"), ("a+(", ")"), ("abs(", ")"),
      ("a > 0 ? 1 : ", ""), ("a or b and c < d + e * (", ")"),
    ] {
      let levels = min(count, Expression.lengthLimit / (opening.count + closing.count) - 2)
      let text = String(repeating: opening, count: levels) + "a" + String(repeating: closing, count: levels)
      let error = #expect(throws: ExpressionError.self) { try Expression.parse(text) }
      #expect(
        error?.message.contains("nested deeper than") == true, "\(opening): \(String(describing: error))")
    }
  }

  @Test func `No cut of a formula, and no character in it, does more than report a mistake`() throws {
    let formula = "where(`b-1` >= .5e-2 && not valid(a), -a ** 2 % 3, a > 1 ? min(a, b) : (c - 1) / d) != 4"
    let scalars = Array(formula)
    var mistakes = 0
    for end in scalars.indices {
      for piece in [String(scalars[..<end]), String(scalars[end...])] {
        do { _ = try Expression.parse(piece) } catch { mistakes += 1 }
      }
      for character in "`()?:,.&|=<>!*-e0 \n\u{0}é" {
        var changed = scalars
        changed[end] = character
        do { _ = try Expression.parse(String(changed)) } catch { mistakes += 1 }
      }
    }
    #expect(mistakes > 1000)
    _ = try Expression.parse(formula)
  }

  @Test func `An error describes itself with line and column`() throws {
    let error = #expect(throws: ExpressionError.self) { try Expression.parse("a +\n squrt(b)") }
    #expect(
      error?.description == "line 2, column 2: there is no function \"squrt\"; did you mean \"sqrt\"?")
  }
}
