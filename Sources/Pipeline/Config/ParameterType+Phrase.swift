import Engine
import JSON

extension ParameterType {
  /// The values the type takes, for messages and documentation: "a list of strings".
  var phrase: String {
    switch self {
    case .text, .form: "a string"
    case .variable: "a variable's name"
    case .file: "the path of a file"
    case .boolean: "true or false"
    case .integer(let range): "a whole number" + ParameterType.bounds(range, .min, .max)
    case .number(let range): "a number" + ParameterType.bounds(range)
    case .choice(let words): ParameterType.alternatives(words.map { "\"\($0)\"" })
    case .list(.any, _): "a list"
    case .list(let element, let least):
      least > 1 ? "a list of at least \(least) \(element.pluralPhrase)" : "a list of \(element.pluralPhrase)"
    case .map(.any): "an object"
    case .map(let type): "an object whose values are \(type.pluralPhrase)"
    case .object(let fields): "an object with " + fields.map { "\"\($0.name)\"" }.joined(separator: ", ")
    case .either(let types): ParameterType.alternatives(types.map(\.phrase), isLong: true)
    case .any: "any value"
    }
  }

  /// The same of several values: "texts".
  private var pluralPhrase: String {
    switch self {
    case .text, .form: "strings"
    case .variable: "variables' names"
    case .file: "paths of files"
    case .boolean: "true or false"
    case .integer(let range): "whole numbers" + ParameterType.bounds(range, .min, .max)
    case .number(let range): "numbers" + ParameterType.bounds(range)
    case .choice: phrase
    case .list(let element, _): "lists of \(element.pluralPhrase)"
    case .map, .object: "objects"
    case .either(let types): ParameterType.alternatives(types.map(\.pluralPhrase))
    case .any: "values"
    }
  }

  private static func bounds(_ range: ClosedRange<Double>) -> String {
    // The smallest double above zero stands for an open end.
    if range == Double.leastNonzeroMagnitude...Double.greatestFiniteMagnitude { return " greater than 0" }
    return bounds(range, -.greatestFiniteMagnitude, .greatestFiniteMagnitude)
  }

  private static func bounds<Bound: Comparable & TextOfBound>(
    _ range: ClosedRange<Bound>, _ lowest: Bound, _ highest: Bound
  ) -> String {
    switch (range.lowerBound <= lowest, range.upperBound >= highest) {
    case (true, true): ""
    case (false, true): " of at least \(range.lowerBound.boundText)"
    case (true, false): " of at most \(range.upperBound.boundText)"
    case (false, false): " from \(range.lowerBound.boundText) to \(range.upperBound.boundText)"
    }
  }

  /// "a, b or c"; where the words have an "or" of their own, with a comma before the last.
  static func alternatives(_ words: [String], isLong: Bool = false) -> String {
    guard words.count > 1, let last = words.last else { return words.first ?? "nothing" }
    let isNested = isLong && words.dropLast().contains { $0.contains(" or ") }
    return words.dropLast().joined(separator: ", ") + (isNested ? ", or " : " or ") + last
  }
}

/// A number as people write it: 0, 0.5, 1e12.
private protocol TextOfBound {
  var boundText: String { get }
}

extension Int: TextOfBound {
  fileprivate var boundText: String { String(self) }
}

extension Double: TextOfBound {
  fileprivate var boundText: String {
    guard var whole = Int(exactly: self) else {
      let parts = description.split(separator: "e+")
      return parts.joined(separator: "e")
    }
    guard abs(whole) >= 1_000_000 else { return String(whole) }
    var zeros = 0
    while whole % 10 == 0 {
      whole /= 10
      zeros += 1
    }
    return zeros < 6 ? description : "\(whole)e\(zeros)"
  }
}

extension JSONNode {
  /// The kind of value, in the words of `ParameterType.phrase`.
  var found: String {
    switch value {
    case .null: "null"
    case .bool(let flag): String(flag)
    case .number: "a number"
    case .string: "a string"
    case .array: "a list"
    case .object: "an object"
    }
  }
}
