public import JSON

/// One condition on a property of an item (STAC API query extension): `"eo:cloud_cover": {"lt": 20}`.
public struct PropertyQuery: Hashable, Sendable {
  /// How a property is compared.
  public enum Comparison: String, CaseIterable, Hashable, Sendable {
    case eq, neq, lt, lte, gt, gte, `in`, startsWith, endsWith, contains
  }

  public let property: String
  public let comparison: Comparison
  public let value: JSONValue

  public init(property: String, comparison: Comparison, value: JSONValue) {
    self.property = property
    self.comparison = comparison
    self.value = value
  }

  /// Whether an item's properties meet the condition; one without the property (or with null) never does.
  public func matches(_ properties: JSONObject) -> Bool {
    guard let found = properties[property], !found.isNull else { return false }
    switch comparison {
    case .eq: return PropertyQuery.areEqual(found, value)
    case .neq: return !PropertyQuery.areEqual(found, value)
    case .lt: return PropertyQuery.compare(found, value) { $0 < 0 }
    case .lte: return PropertyQuery.compare(found, value) { $0 <= 0 }
    case .gt: return PropertyQuery.compare(found, value) { $0 > 0 }
    case .gte: return PropertyQuery.compare(found, value) { $0 >= 0 }
    case .in: return value.array?.contains { PropertyQuery.areEqual(found, $0) } ?? false
    case .startsWith: return texts(found).map { $0.hasPrefix($1) } ?? false
    case .endsWith: return texts(found).map { $0.hasSuffix($1) } ?? false
    case .contains:
      if let elements = found.array { return elements.contains { PropertyQuery.areEqual($0, value) } }
      return texts(found).map { $0.contains($1) } ?? false
    }
  }

  private func texts(_ found: JSONValue) -> (String, String)? {
    guard let text = found.string, let part = value.string else { return nil }
    return (text, part)
  }

  /// 5 and 5.0 are equal.
  private static func areEqual(_ left: JSONValue, _ right: JSONValue) -> Bool {
    if let left = left.double, let right = right.double { return left == right }
    return left == right
  }

  /// Numbers by value, strings (dates among them) by their characters; other kinds have no order.
  private static func compare(_ left: JSONValue, _ right: JSONValue, _ holds: (Int) -> Bool) -> Bool {
    if let left = left.double, let right = right.double {
      return holds(left < right ? -1 : left > right ? 1 : 0)
    }
    if let left = left.string, let right = right.string {
      return holds(left < right ? -1 : left > right ? 1 : 0)
    }
    return false
  }
}

extension PropertyQuery {
  /// Reads a query object; a bare value stands for `eq`.
  ///
  /// - Parameters:
  ///   - node: `{"eo:cloud_cover": {"gte": 0, "lt": 20}, "platform": "landsat-8"}`.
  ///   - path: the node's path in its document, for messages.
  /// - Returns: the conditions in order, and every mistake.
  public static func read(_ node: JSONNode, path: JSONPath) -> (
    queries: [PropertyQuery], mistakes: [Diagnostic]
  ) {
    guard let members = node.members else {
      let message = "a query is an object of properties, not \(node.kindName)"
      return ([], [Diagnostic(path: path, position: node.position, message: message)])
    }
    var queries: [PropertyQuery] = []
    var mistakes: [Diagnostic] = []
    for member in members {
      guard let conditions = member.node.members else {
        queries.append(PropertyQuery(property: member.key, comparison: .eq, value: member.node.plain))
        continue
      }
      for condition in conditions {
        let place = path.appending(member.key).appending(condition.key)
        if let comparison = Comparison(rawValue: condition.key) {
          if let message = comparison.mistake(in: condition.node) {
            mistakes.append(Diagnostic(path: place, position: condition.node.position, message: message))
          }
          queries.append(
            PropertyQuery(property: member.key, comparison: comparison, value: condition.node.plain)
          )
        } else {
          mistakes.append(
            Diagnostic(
              path: place,
              position: condition.keyPosition,
              message: "unknown comparison \"\(condition.key)\"",
              name: condition.key,
              among: Comparison.allCases.map(\.rawValue)
            )
          )
        }
      }
    }
    return (queries, mistakes)
  }
}

extension PropertyQuery.Comparison {
  /// What is wrong with a value for this comparison.
  fileprivate func mistake(in node: JSONNode) -> String? {
    let isRight =
      switch self {
      case .eq, .neq: node.array == nil && node.members == nil
      case .lt, .lte, .gt, .gte: node.double != nil || node.string != nil
      case .in: node.array != nil
      case .startsWith, .endsWith: node.string != nil
      case .contains: node.array == nil && node.members == nil && !node.isNull
      }
    return isRight ? nil : "\"\(rawValue)\" cannot compare with \(node.kindName)"
  }
}
