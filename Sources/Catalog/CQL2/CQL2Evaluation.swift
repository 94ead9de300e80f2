import Geo
import Glibc
import JSON

/// What expressions are worth for a scene.
extension CQL2Expression {
  /// Whether a condition holds; nil when it cannot be told, because something it needs is missing.
  func holds(for scene: Scene) -> Bool? {
    switch self {
    case .literal(let value): return value.bool
    case .property: return value(for: scene)?.bool
    case .call(let name, let arguments): return CQL2Expression.holds(name, arguments, scene)
    default: return nil
    }
  }

  private static func holds(_ name: String, _ arguments: [CQL2Expression], _ scene: Scene) -> Bool? {
    switch name {
    case "and":
      let parts = arguments.map { $0.holds(for: scene) }
      return parts.contains(false) ? false : parts.contains(nil) ? nil : true
    case "or":
      let parts = arguments.map { $0.holds(for: scene) }
      return parts.contains(true) ? true : parts.contains(nil) ? nil : false
    case "not": return arguments[0].holds(for: scene).map { !$0 }
    case "isNull":
      if case .property("geometry") = arguments[0] { return scene.document["geometry"]?.isNull ?? true }
      return arguments[0].value(for: scene) == nil
    case "between":
      guard let low = compare(arguments[0], arguments[1], scene),
        let high = compare(arguments[0], arguments[2], scene)
      else { return nil }
      return low >= 0 && high <= 0
    case "in":
      guard case .list(let elements) = arguments[1], arguments[0].value(for: scene) != nil else { return nil }
      return elements.contains { equal(arguments[0], $0, scene) ?? false }
    case "like":
      guard let text = arguments[0].value(for: scene)?.string,
        let pattern = arguments[1].value(for: scene)?.string
      else { return nil }
      return like(Array(text), Array(pattern))
    case "=": return equal(arguments[0], arguments[1], scene)
    case "<>": return equal(arguments[0], arguments[1], scene).map { !$0 }
    case "<": return compare(arguments[0], arguments[1], scene).map { $0 < 0 }
    case "<=": return compare(arguments[0], arguments[1], scene).map { $0 <= 0 }
    case ">": return compare(arguments[0], arguments[1], scene).map { $0 > 0 }
    case ">=": return compare(arguments[0], arguments[1], scene).map { $0 >= 0 }
    case "s_intersects", "s_disjoint":
      let one = arguments[0].shapes(of: scene)
      let two = arguments[1].shapes(of: scene)
      return one.contains { part in two.contains { part.intersects($0) } } == (name == "s_intersects")
    case let name where name.hasPrefix("t_"):
      guard let one = arguments[0].period(for: scene), let two = arguments[1].period(for: scene) else {
        return nil
      }
      return one.holds(name, two)
    case let name where name.hasPrefix("a_"):
      guard let one = arguments[0].value(for: scene)?.array, let two = arguments[1].value(for: scene)?.array
      else {
        return nil
      }
      let (left, right) = (Set(one.map(number)), Set(two.map(number)))
      switch name {
      case "a_contains": return left.isSuperset(of: right)
      case "a_containedBy": return left.isSubset(of: right)
      case "a_overlaps": return !left.isDisjoint(with: right)
      default: return left == right
      }
    default: return nil
    }
  }

  /// 5 and 5.0 are the same.
  private static func number(_ value: JSONValue) -> JSONValue { value.double.map { .number($0) } ?? value }

  private func shapes(of scene: Scene) -> [LonLatPolygon] {
    if case .geometry(let polygons, _) = self { return polygons }
    return scene.footprint
  }

  // MARK: Values

  /// The value; nil when it is missing.
  func value(for scene: Scene) -> JSONValue? {
    switch self {
    case .literal(let value): return CQL2Expression.present(value)
    case .property(let name):
      switch name {
      case "id": return .string(scene.id)
      case "collection": return scene.collection.map { .string($0) }
      case "datetime": return .string(scene.datetime.description)
      default: return CQL2Expression.present(scene.properties[name])
      }
    case .date(let date): return .string(Instant(date).description)
    case .timestamp(let instant): return .string(instant.description)
    case .list(let elements): return .array(elements.map { $0.value(for: scene) ?? .null })
    case .interval, .geometry: return nil
    case .call(let name, let arguments):
      if name == "casei" { return arguments[0].value(for: scene)?.string.map { .string($0.lowercased()) } }
      guard CQL2Operator.values[name] != nil else { return holds(for: scene).map { .bool($0) } }
      guard let left = arguments[0].value(for: scene)?.double,
        let right = arguments[1].value(for: scene)?.double
      else { return nil }
      let result =
        switch name {
        case "+": left + right
        case "-": left - right
        case "*": left * right
        case "/": left / right
        case "%": fmod(left, right)
        case "div": (left / right).rounded(.towardZero)
        default: pow(left, right)
        }
      return result.isFinite ? .number(result) : nil
    }
  }

  /// The value, unless it is null. (In an expression `nil` could be taken for JSON's null.)
  private static func present(_ value: JSONValue?) -> JSONValue? {
    guard let value, !value.isNull else { return .none }
    return value
  }

  /// The stretch of time an expression stands for.
  private func period(for scene: Scene) -> CQL2Period? {
    switch self {
    case .property("datetime"):
      guard scene.isPeriod, let end = scene.endDatetime else { return CQL2Period(scene.datetime) }
      return CQL2Period(scene.datetime.microsecondsSince1970, end.microsecondsSince1970)
    case .date(let date): return CQL2Period(date)
    case .interval(let start, let end):
      let (low, high) = (start?.period(for: scene), end?.period(for: scene))
      guard (start == nil) == (low == nil), (end == nil) == (high == nil) else { return nil }
      return CQL2Period(low?.start ?? Int.min, high?.end ?? Int.max)
    default:
      guard let text = value(for: scene)?.string else { return nil }
      if text.count == 10, let date = CalendarDate(text) { return CQL2Period(date) }
      return Instant(text).map { CQL2Period($0) }
    }
  }

  // MARK: Comparisons

  private static func equal(_ left: CQL2Expression, _ right: CQL2Expression, _ scene: Scene) -> Bool? {
    if let order = compare(left, right, scene) { return order == 0 }
    guard let one = left.value(for: scene), let two = right.value(for: scene) else { return nil }
    return number(one) == number(two)
  }

  /// Negative, 0 or positive; nil when the two have no order.
  private static func compare(_ left: CQL2Expression, _ right: CQL2Expression, _ scene: Scene) -> Int? {
    guard let one = left.value(for: scene), let two = right.value(for: scene) else { return nil }
    if let one = one.double, let two = two.double { return one < two ? -1 : one > two ? 1 : 0 }
    guard let one = one.string, let two = two.string else { return nil }
    // Moments are written in many ways: with a fraction or without, with an offset.
    if let one = moment(one), let two = moment(two) { return one < two ? -1 : one > two ? 1 : 0 }
    return one < two ? -1 : one > two ? 1 : 0
  }

  private static func moment(_ text: String) -> Instant? {
    text.utf8.count >= 10 && text.utf8.first.map { (48...57).contains($0) } == true ? Instant(text) : nil
  }

  /// SQL's LIKE: "%" stands for any characters, "_" for one, "\" before either for itself.
  static func like(_ text: [Character], _ pattern: [Character]) -> Bool {
    var (at, place) = (0, 0)
    // Where the last "%" stands, and how far the text had come there.
    var mark: (place: Int, at: Int)?
    while at < text.count {
      let isEscaped = place < pattern.count && pattern[place] == "\\" && place + 1 < pattern.count
      let wanted = place < pattern.count ? pattern[isEscaped ? place + 1 : place] : nil
      if wanted == "%", !isEscaped {
        mark = (place, at)
        place += 1
      } else if let wanted, wanted == text[at] || wanted == "_" && !isEscaped {
        place += isEscaped ? 2 : 1
        at += 1
      } else if let last = mark {
        mark = (last.place, last.at + 1)
        place = last.place + 1
        at = last.at + 1
      } else {
        return false
      }
    }
    return pattern[place...].allSatisfy { $0 == "%" }
  }
}
