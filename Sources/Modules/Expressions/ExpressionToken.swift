/// A word or sign of a formula.
struct ExpressionToken {
  enum Kind: Hashable {
    case number(Double)
    case name(String)
    case sign(Sign)
    case end
  }

  enum Sign: String {
    case plus = "+"
    case minus = "-"
    case times = "*"
    case over = "/"
    case modulo = "%"
    case power = "**"
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case equal = "=="
    case notEqual = "!="
    case and
    case or
    case not
    case question = "?"
    case colon = ":"
    case comma = ","
    case opening = "("
    case closing = ")"
  }

  let kind: Kind
  /// The characters of the text that it takes.
  let range: Range<Int>
}

extension ExpressionToken.Sign {
  /// How tightly it binds its operands, from 1; nil when it does not stand between two.
  var level: Int? {
    switch self {
    case .or: 1
    case .and: 2
    case .less, .lessOrEqual, .greater, .greaterOrEqual, .equal, .notEqual: Self.comparisonLevel
    case .plus, .minus: 5
    case .times, .over, .modulo: 6
    default: nil
    }
  }

  /// `not` stands between `and` and the comparisons.
  static let notLevel = 3
  static let comparisonLevel = 4
}
