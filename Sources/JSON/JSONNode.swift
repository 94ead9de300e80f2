/// A parsed JSON value that knows where it stands in its text.
///
/// Configurations are read from nodes, so that every complaint can name a line and a column.
public struct JSONNode: Sendable {
  /// The kinds of JSON value.
  public enum Value: Sendable {
    case null
    case bool(Bool)
    case number(JSONNumber)
    case string(String)
    case array([JSONNode])
    case object([Member])
  }

  /// A key and its value; an object's keys are all different.
  public struct Member: Sendable {
    public let key: String
    /// The place of the key's opening quote.
    public let keyPosition: SourcePosition
    public let node: JSONNode

    public init(key: String, keyPosition: SourcePosition, node: JSONNode) {
      self.key = key
      self.keyPosition = keyPosition
      self.node = node
    }
  }

  public let value: Value
  /// The place of the value's first character.
  public let position: SourcePosition

  public init(value: Value, position: SourcePosition) {
    self.value = value
    self.position = position
  }

  /// The value under a key; nil when this is no object or has no such key.
  public subscript(key: String) -> JSONNode? {
    guard case .object(let members) = value else { return nil }
    for member in members where member.key == key { return member.node }
    return nil
  }

  /// The text of a string; nil for any other kind.
  public var string: String? {
    guard case .string(let text) = value else { return nil }
    return text
  }

  /// The value of `true` or `false`; nil for any other kind.
  public var bool: Bool? {
    guard case .bool(let flag) = value else { return nil }
    return flag
  }

  /// The value of a number; nil for any other kind.
  public var double: Double? {
    guard case .number(let number) = value else { return nil }
    return number.double
  }

  /// The value of a whole number; nil for any other kind and for numbers with a fraction.
  public var integer: Int? {
    guard case .number(let number) = value else { return nil }
    return number.integer
  }

  /// The elements of an array; nil for any other kind.
  public var array: [JSONNode]? {
    guard case .array(let elements) = value else { return nil }
    return elements
  }

  /// The members of an object, in the order of the text; nil for any other kind.
  public var members: [Member]? {
    guard case .object(let members) = value else { return nil }
    return members
  }

  /// Whether the value is `null`.
  public var isNull: Bool {
    if case .null = value { return true }
    return false
  }

  /// The kind as a message names it: "a string", "a number", "an object", ….
  public var kindName: String {
    switch value {
    case .null: "null"
    case .bool: "true or false"
    case .number: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }

  /// The same value without its place.
  public var plain: JSONValue {
    switch value {
    case .null: .null
    case .bool(let flag): .bool(flag)
    case .number(let number): number.plain
    case .string(let text): .string(text)
    case .array(let elements): .array(elements.map(\.plain))
    case .object(let members):
      .object(JSONObject(uniqueMembers: members.map { ($0.key, $0.node.plain) }))
    }
  }
}
