import Engine
import JSON

extension ParameterType {
  /// The JSON Schema of the type's values.
  var schema: JSONValue {
    switch self {
    case .text: ["type": "string"]
    case .form(let form): form.schema
    case .variable, .file: ["type": "string", "minLength": 1]
    case .boolean: ["type": "boolean"]
    case .integer(let range):
      ParameterType.bounded(
        ["type": "integer"],
        minimum: range.lowerBound == .min ? Optional.none : .some(.integer(range.lowerBound)),
        maximum: range.upperBound == .max ? Optional.none : .some(.integer(range.upperBound)))
    case .number(let range): ParameterType.schema(ofNumbersIn: range)
    case .choice(let words): ["type": "string", "enum": .array(words.map(JSONValue.string))]
    // Of two and more are pairs and triples.
    case .list(let element, let count) where count > 1:
      [
        "type": "array", "items": element.schema, "minItems": .integer(count), "maxItems": .integer(count),
      ]
    case .list(let element, let least):
      least > 0
        ? ["type": "array", "items": element.schema, "minItems": .integer(least)]
        : ["type": "array", "items": element.schema]
    case .map(.any): ["type": "object"]
    case .map(let type): ["type": "object", "additionalProperties": type.schema]
    case .object(let fields): ParameterType.schema(of: fields)
    // Not oneOf: a value may well be of two of the types.
    case .either(let types): ["anyOf": .array(types.map(\.schema))]
    case .any: [:]
    }
  }

  private static func schema(of fields: [Field]) -> JSONValue {
    var schema: JSONValue = [
      "type": "object",
      "properties": .object(
        JSONObject(
          fields.map { field in
            var schema = field.type.schema
            schema["description"] = .string(field.summary)
            return (field.name, schema)
          })),
    ]
    let required = fields.filter(\.isRequired).map { JSONValue.string($0.name) }
    if !required.isEmpty { schema["required"] = .array(required) }
    schema["additionalProperties"] = false
    return schema
  }

  private static func schema(ofNumbersIn range: ClosedRange<Double>) -> JSONValue {
    let lowest = range.lowerBound
    guard lowest != .leastNonzeroMagnitude else {
      var schema = bounded(["type": "number"], minimum: nil, maximum: maximum(of: range))
      schema["exclusiveMinimum"] = 0
      return schema
    }
    let isOpen = lowest <= -.greatestFiniteMagnitude
    return bounded(
      ["type": "number"], minimum: isOpen ? Optional.none : .some(.number(lowest)),
      maximum: maximum(of: range))
  }

  private static func maximum(of range: ClosedRange<Double>) -> JSONValue? {
    // A plain nil would be JSON's null here.
    range.upperBound >= .greatestFiniteMagnitude ? Optional.none : .some(.number(range.upperBound))
  }

  private static func bounded(_ schema: JSONValue, minimum: JSONValue?, maximum: JSONValue?) -> JSONValue {
    var schema = schema
    schema["minimum"] = minimum?.canonical
    schema["maximum"] = maximum?.canonical
    return schema
  }
}

extension TextForm {
  /// The JSON Schema of strings of this form.
  var schema: JSONValue {
    let choice: JSONValue = ["type": "string", "enum": .array(words.map(JSONValue.string))]
    guard let pattern else { return choice }
    let form: JSONValue = ["type": "string", "pattern": .string(pattern)]
    return words.isEmpty ? form : ["anyOf": [choice, form]]
  }
}

extension ModuleParameter {
  /// The JSON Schema of the parameter, with its documentation.
  var schema: JSONValue { documented(type.schema) }

  /// A schema with the parameter's documentation.
  func documented(_ schema: JSONValue) -> JSONValue {
    var schema = schema
    schema["description"] = .string(summary)
    schema["default"] = defaultValue
    return schema
  }
}
