import JSON

/// A validator of the part of JSON Schema (draft 2020-12) that the schema of configs is written in.
struct SchemaCheck {
  let root: JSONValue

  /// Keywords that say nothing about values.
  private static let annotations: Set<String> = [
    "$schema", "$defs", "title", "description", "default", "examples",
  ]

  /// What of a value is not as a schema has it; a keyword that is not known is a fault of the schema.
  func faults(_ value: JSONValue, _ schema: JSONValue? = nil, at path: String = "$") -> [String] {
    let schema = schema ?? root
    return (schema.object?.members ?? []).flatMap { keyword, rule -> [String] in
      guard !SchemaCheck.annotations.contains(keyword) else { return [] }
      return isHeld(keyword, rule, by: value, in: schema, path).map { [$0] }
        ?? inner(keyword, rule, value, schema, path)
    }
  }

  private func fits(_ value: JSONValue, _ schema: JSONValue) -> Bool { faults(value, schema).isEmpty }

  /// A fault of the value itself.
  private func isHeld(
    _ keyword: String, _ rule: JSONValue, by value: JSONValue, in schema: JSONValue, _ path: String
  ) -> String? {
    let isRight: Bool
    switch keyword {
    case "type": isRight = (rule.array ?? [rule]).contains { SchemaCheck.isOf($0.string ?? "", value) }
    case "const": isRight = value == rule
    case "enum": isRight = rule.array?.contains(value) == true
    case "minimum": isRight = value.double.map { $0 >= rule.double ?? .nan } ?? true
    case "maximum": isRight = value.double.map { $0 <= rule.double ?? .nan } ?? true
    case "exclusiveMinimum": isRight = value.double.map { $0 > rule.double ?? .nan } ?? true
    case "minItems": isRight = value.array.map { $0.count >= rule.integer ?? .max } ?? true
    case "maxItems": isRight = value.array.map { $0.count <= rule.integer ?? -1 } ?? true
    case "uniqueItems":
      isRight =
        value.array.map { rule != true || Set($0.map { $0.text(sortedKeys: true) }).count == $0.count }
        ?? true
    case "minLength": isRight = value.string.map { $0.unicodeScalars.count >= rule.integer ?? .max } ?? true
    case "pattern":
      guard let regex = try? Regex(rule.string ?? "(") else { return "\(path): no pattern: \(rule.text())" }
      isRight = value.string.map { $0.contains(regex) } ?? true
    case "required":
      let missing = (rule.array ?? []).compactMap(\.string).filter { value.object != nil && value[$0] == nil }
      return missing.isEmpty ? nil : "\(path): missing \(missing)"
    case "anyOf": isRight = rule.array?.contains { fits(value, $0) } == true
    case "oneOf": isRight = rule.array?.count { fits(value, $0) } == 1
    case "not": isRight = !fits(value, rule)
    default: return nil
    }
    return isRight ? nil : "\(path): \(keyword) \(rule.text().prefix(200))"
  }

  /// Faults of parts of the value, or by other schemas.
  private func inner(
    _ keyword: String, _ rule: JSONValue, _ value: JSONValue, _ schema: JSONValue, _ path: String
  ) -> [String] {
    switch keyword {
    case "$ref":
      let name = String((rule.string ?? "").dropFirst("#/$defs/".count))
      guard let definition = root["$defs"]?[name] else { return ["\(path): no definition \(name)"] }
      return faults(value, definition, at: path)
    case "allOf": return (rule.array ?? []).flatMap { faults(value, $0, at: path) }
    case "if": return fits(value, rule) ? schema["then"].map { faults(value, $0, at: path) } ?? [] : []
    case "then": return []
    case "items":
      return (value.array ?? []).enumerated().flatMap { faults($1, rule, at: "\(path)[\($0)]") }
    case "prefixItems":
      return zip(value.array ?? [], rule.array ?? []).enumerated().flatMap { place, pair in
        faults(pair.0, pair.1, at: "\(path)[\(place)]")
      }
    case "properties":
      return (rule.object?.members ?? []).flatMap { name, schema in
        value[name].map { faults($0, schema, at: "\(path).\(name)") } ?? []
      }
    case "additionalProperties":
      let known = Set(schema["properties"]?.object?.keys ?? [])
      return (value.object?.members ?? []).filter { !known.contains($0.key) }.flatMap { name, value in
        rule == false ? ["\(path): unknown key \(name)"] : faults(value, rule, at: "\(path).\(name)")
      }
    case "type", "const", "enum", "minimum", "maximum", "exclusiveMinimum", "minItems", "maxItems",
      "minLength", "uniqueItems",
      "pattern", "required", "anyOf", "oneOf", "not":
      return []
    default: return ["the schema has a keyword that is not known: \(keyword)"]
    }
  }

  private static func isOf(_ type: String, _ value: JSONValue) -> Bool {
    switch type {
    case "object": value.object != nil
    case "array": value.array != nil
    case "string": value.string != nil
    case "boolean": value.bool != nil
    case "number": value.double != nil
    case "integer": value.double.map { $0 == $0.rounded() } ?? false
    case "null": value == .null
    default: false
    }
  }
}
