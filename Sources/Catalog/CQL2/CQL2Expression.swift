import Geo
import JSON

/// A part of a CQL2 filter.
indirect enum CQL2Expression: Sendable {
  /// A property, without "properties.".
  case property(String)
  /// A string, a number, a truth value or null.
  case literal(JSONValue)
  /// A day.
  case date(CalendarDate)
  case timestamp(Instant)
  /// From one moment to another; nil for open ends.
  case interval(CQL2Expression?, CQL2Expression?)
  /// A geometry as polygons, of which points and lines are degenerate ones; and as GeoJSON or `{"bbox": …}`.
  case geometry([LonLatPolygon], JSONValue)
  case list([CQL2Expression])
  /// An operator or function by its name in CQL2 JSON.
  case call(String, [CQL2Expression])

  static func named(_ name: String) -> CQL2Expression {
    .property(name.hasPrefix("properties.") ? String(name.dropFirst("properties.".count)) : name)
  }

  /// The expression as CQL2 JSON.
  var json: JSONValue {
    switch self {
    case .property(let name): ["property": .string(name)]
    case .literal(let value): value
    case .date(let date): ["date": .string(date.description)]
    case .timestamp(let instant): ["timestamp": .string(instant.description)]
    case .interval(let start, let end): ["interval": .array([start, end].map { $0?.bound ?? ".." })]
    case .geometry(_, let value): value
    case .list(let elements): .array(elements.map(\.json))
    case .call(let name, let arguments): ["op": .string(name), "args": .array(arguments.map(\.json))]
    }
  }

  /// As an end of an interval: a plain string.
  private var bound: JSONValue {
    switch self {
    case .date(let date): .string(date.description)
    case .timestamp(let instant): .string(instant.description)
    default: json
    }
  }
}

/// What CQL2 names, as far as it is evaluated here.
enum CQL2Operator {
  /// Those that are true or false, with the number of their arguments.
  static let conditions: [String: ClosedRange<Int>] = {
    var table: [String: ClosedRange<Int>] = [
      "and": 2...Int.max, "or": 2...Int.max, "not": 1...1, "between": 3...3, "in": 2...2, "like": 2...2,
      "isNull": 1...1, "s_intersects": 2...2, "s_disjoint": 2...2,
    ]
    for name in comparisons { table[name] = 2...2 }
    for name in CQL2Period.relations { table[name] = 2...2 }
    for name in ["a_contains", "a_containedBy", "a_equals", "a_overlaps"] { table[name] = 2...2 }
    return table
  }()

  static let comparisons = ["=", "<>", "<", "<=", ">", ">="]

  /// Those that give another value.
  static let values: [String: ClosedRange<Int>] = [
    "casei": 1...1, "+": 2...2, "-": 2...2, "*": 2...2, "/": 2...2, "%": 2...2, "div": 2...2, "^": 2...2,
  ]

  static let names = Array(conditions.keys) + Array(values.keys)

  /// The operator's own spelling, whatever the case of the letters.
  static func canonical(_ name: String) -> String? {
    names.first { $0.lowercased() == name.lowercased() }
  }
}

extension CQL2Expression {
  /// What is wrong with an expression; nil when it can be evaluated.
  ///
  /// - Parameter wantsCondition: whether it must be true or false.
  func problem(wantsCondition: Bool) -> String? {
    switch self {
    case .property: return nil
    case .literal(let value):
      return wantsCondition && value.bool == nil
        ? "\(value.shown) is no condition: it is neither true nor false" : nil
    case .date, .timestamp, .interval, .geometry, .list:
      return wantsCondition ? "\(json.shown) is no condition: it is neither true nor false" : nil
    case .call(let name, let arguments): return problem(name, arguments, wantsCondition)
    }
  }

  private func problem(_ name: String, _ arguments: [CQL2Expression], _ wantsCondition: Bool) -> String? {
    guard let range = CQL2Operator.conditions[name] ?? CQL2Operator.values[name] else {
      return "\"\(name)\" is not evaluated here"
    }
    if wantsCondition, CQL2Operator.values[name] != nil {
      return "\(json.shown) is no condition: it is neither true nor false"
    }
    guard range.contains(arguments.count) else {
      let count = range.lowerBound == range.upperBound ? "\(range.lowerBound)" : "\(range.lowerBound) or more"
      return "\"\(name)\" takes \(count) argument\(range.upperBound == 1 ? "" : "s"), not \(arguments.count)"
    }
    let wantsConditions = ["and", "or", "not"].contains(name)
    for argument in arguments {
      if let problem = argument.problem(wantsCondition: wantsConditions) { return problem }
    }
    if name == "in", case .list = arguments[1] {
    } else if name == "in" {
      return "\"in\" needs a list of values"
    }
    if name == "like", case .literal(let value) = arguments[1], value.string == nil {
      return "\"like\" needs a pattern in quotes, not \(value.shown)"
    }
    if name.hasPrefix("s_") {
      for argument in arguments {
        switch argument {
        case .geometry, .property("geometry"): continue
        default:
          return "\"\(name)\" compares the property \"geometry\" with a geometry, not \(argument.json.shown)"
        }
      }
    }
    if name.hasPrefix("t_") {
      for case .literal(let value) in arguments where value.string.flatMap({ Instant($0) }) == nil {
        return "\"\(name)\" compares dates and times, not \(value.shown)"
      }
    }
    return nil
  }
}

extension JSONValue {
  /// The value as a message shows it: no more than its beginning.
  fileprivate var shown: String {
    let text = text()
    return text.utf8.count <= 120 ? text : text.prefix(100) + "…"
  }
}
