import Engine
import JSON

extension ParameterType {
  /// The values the type takes, for messages and documentation: "a list of texts".
  var phrase: String {
    switch self {
    case .text: "a text"
    case .variable: "a variable's name"
    case .boolean: "true or false"
    case .integer(let range): "a whole number" + ParameterType.bounds(range, .min, .max)
    case .number(let range):
      "a number" + ParameterType.bounds(range, -.greatestFiniteMagnitude, .greatestFiniteMagnitude)
    case .choice(let words): ParameterType.alternatives(words.map { "\"\($0)\"" })
    case .list(let element, let least):
      least > 1 ? "a list of at least \(least) \(element.pluralPhrase)" : "a list of \(element.pluralPhrase)"
    case .map(.any): "an object"
    case .map(let type): "an object whose values are \(type.pluralPhrase)"
    case .object(let fields): "an object with " + fields.map { "\"\($0.name)\"" }.joined(separator: ", ")
    case .either(let types): ParameterType.alternatives(types.map(\.phrase))
    case .any: "any value"
    }
  }

  /// The same of several values: "texts".
  private var pluralPhrase: String {
    switch self {
    case .text: "texts"
    case .variable: "variables' names"
    case .boolean: "true or false"
    case .integer(let range): "whole numbers" + ParameterType.bounds(range, .min, .max)
    case .number(let range):
      "numbers" + ParameterType.bounds(range, -.greatestFiniteMagnitude, .greatestFiniteMagnitude)
    case .choice: phrase
    case .list(let element, _): "lists of \(element.pluralPhrase)"
    case .map, .object: "objects"
    case .either(let types): ParameterType.alternatives(types.map(\.pluralPhrase))
    case .any: "values"
    }
  }

  private static func bounds<Bound: Comparable>(
    _ range: ClosedRange<Bound>, _ lowest: Bound, _ highest: Bound
  ) -> String {
    switch (range.lowerBound <= lowest, range.upperBound >= highest) {
    case (true, true): ""
    case (false, true): " of at least \(range.lowerBound)"
    case (true, false): " of at most \(range.upperBound)"
    case (false, false): " from \(range.lowerBound) to \(range.upperBound)"
    }
  }

  static func alternatives(_ words: [String]) -> String {
    guard words.count > 1, let last = words.last else { return words.first ?? "nothing" }
    return words.dropLast().joined(separator: ", ") + " or " + last
  }
}

extension JSONNode {
  /// The kind of value, in the words of `ParameterType.phrase`.
  var found: String {
    switch value {
    case .null: "null"
    case .bool(let flag): String(flag)
    case .number: "a number"
    case .string: "a text"
    case .array: "a list"
    case .object: "an object"
    }
  }
}
