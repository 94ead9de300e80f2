/// The value of an attribute, with the number format it has in the file.
public enum AttributeValue: Hashable, Sendable {
  /// Characters (NC_CHAR), UTF-8.
  case text(String)
  case int8s([Int8])
  case uint8s([UInt8])
  case int16s([Int16])
  case uint16s([UInt16])
  case int32s([Int32])
  case uint32s([UInt32])
  case floats([Float])
  case doubles([Double])

  /// One NC_DOUBLE.
  public static func double(_ value: Double) -> AttributeValue { .doubles([value]) }
  /// One NC_FLOAT.
  public static func float(_ value: Float) -> AttributeValue { .floats([value]) }
  /// One NC_INT.
  public static func int(_ value: Int32) -> AttributeValue { .int32s([value]) }

  /// Numbers in the format of a variable, as CF wants `valid_range`, `flag_values` and `_FillValue`.
  ///
  /// - Returns: nil when a number is not exactly one of that format (300 as a `uint8`, 0.5 as an `int16`), or
  ///   when the format is one of text. A `float32` takes the nearest number.
  public init?(_ numbers: [Double], as type: ElementType) {
    func exactly<Number: FixedWidthInteger>(_: Number.Type) -> [Number]? {
      let exact = numbers.compactMap { Number(exactly: $0) }
      return exact.count == numbers.count ? exact : nil
    }
    let value: AttributeValue? =
      switch type {
      case .int8: exactly(Int8.self).map { .int8s($0) }
      case .uint8: exactly(UInt8.self).map { .uint8s($0) }
      case .int16: exactly(Int16.self).map { .int16s($0) }
      case .uint16: exactly(UInt16.self).map { .uint16s($0) }
      case .int32: exactly(Int32.self).map { .int32s($0) }
      case .uint32: exactly(UInt32.self).map { .uint32s($0) }
      case .float32: .floats(numbers.map { Float($0) })
      case .float64: .doubles(numbers)
      // Attributes have no numbers of 64 bits here: nothing is written in them.
      case .int64, .uint64, .character, .string: nil
      }
    guard let value else { return nil }
    self = value
  }

  /// The number format; nil for text.
  public var type: ElementType? {
    switch self {
    case .text: nil
    case .int8s: .int8
    case .uint8s: .uint8
    case .int16s: .int16
    case .uint16s: .uint16
    case .int32s: .int32
    case .uint32s: .uint32
    case .floats: .float32
    case .doubles: .float64
    }
  }

  /// The numbers; empty for text.
  public var numbers: [Double] {
    switch self {
    case .text: []
    case .int8s(let values): values.map(Double.init)
    case .uint8s(let values): values.map(Double.init)
    case .int16s(let values): values.map(Double.init)
    case .uint16s(let values): values.map(Double.init)
    case .int32s(let values): values.map(Double.init)
    case .uint32s(let values): values.map(Double.init)
    case .floats(let values): values.map(Double.init)
    case .doubles(let values): values
    }
  }

  /// The text; nil for numbers.
  public var text: String? {
    if case .text(let text) = self { text } else { nil }
  }
}
