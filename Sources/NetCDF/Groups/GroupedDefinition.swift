/// What a file of groups is made of: the variables of all groups, and the attributes of the whole.
public struct GroupedDefinition: Hashable, Sendable {
  /// Group by group, those of a group before those of the groups in it.
  public var variables: [GroupedVariable]
  public var attributes: [FileAttribute]

  public init(variables: [GroupedVariable] = [], attributes: [FileAttribute] = []) {
    (self.variables, self.attributes) = (variables, attributes)
  }

  /// The value of an attribute of the whole file.
  public func attribute(_ name: String) -> AttributeValue? {
    attributes.first { $0.name == name }?.value
  }
}

/// A variable in one of a file's groups.
public struct GroupedVariable: Hashable, Sendable {
  /// "geophysical_data", "support_data/weights"; empty for the root.
  public let group: String
  public let name: String
  public let type: StoredType
  /// The slowest first.
  public let dimensions: [GroupedDimension]
  /// With `_FillValue`.
  public let attributes: [FileAttribute]

  public init(
    group: String, name: String, type: StoredType, dimensions: [GroupedDimension],
    attributes: [FileAttribute] = []
  ) {
    (self.group, self.name, self.type, self.dimensions) = (group, name, type, dimensions)
    self.attributes = attributes
  }

  /// "geophysical_data/chlor_a".
  public var path: String { group.isEmpty ? name : "\(group)/\(name)" }
  public var shape: [Int] { dimensions.map(\.length) }

  public func attribute(_ name: String) -> AttributeValue? {
    attributes.first { $0.name == name }?.value
  }
}

/// A dimension as a variable has it: the same one where name and group are.
public struct GroupedDimension: Hashable, Sendable {
  public let name: String
  /// The group that defines it.
  public let group: String
  public let length: Int

  public init(_ name: String, group: String = "", length: Int) {
    (self.name, self.group, self.length) = (name, group, length)
  }
}

/// The number format of a variable's elements.
public enum StoredType: String, CaseIterable, Hashable, Sendable {
  case int8, uint8, int16, uint16, int32, uint32, int64, uint64, float32, float64
  case character, string

  /// Bytes per element; a string has none.
  public var size: Int {
    switch self {
    case .int8, .uint8, .character: 1
    case .int16, .uint16: 2
    case .int32, .uint32, .float32: 4
    case .int64, .uint64, .float64: 8
    case .string: 0
    }
  }

  public var isNumber: Bool { self != .character && self != .string }
}
