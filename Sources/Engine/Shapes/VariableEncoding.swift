/// How files and the store encode a variable's values: the module parameter `encoding`.
public struct VariableEncoding: Hashable, Sendable {
  /// The integers that floating-point values become; nil to store them as they are.
  public var packing: Packing?
  /// 1 (fast) ... 9 (small); nil for the run's own level.
  public var deflateLevel: Int?

  public init(packing: Packing? = nil, deflateLevel: Int? = nil) {
    self.packing = packing
    self.deflateLevel = deflateLevel
  }

  /// Values as 16-bit integers: value = integer · scale + offset.
  ///
  /// Values are rounded to the nearest integer, halves to the even one. Those that do not fit are missing in files
  /// and counted.
  public struct Packing: Hashable, Sendable {
    /// Above 0.
    public let scale: Double
    public let offset: Double

    /// The integer that stands for a missing value.
    public static let missing = Int16.min

    public init(scale: Double, offset: Double = 0) {
      self.scale = scale
      self.offset = offset
    }

    /// The least and the greatest value there is an integer for, −32767 and 32767.
    public var range: ClosedRange<Double> { (offset - 32_767 * scale)...(offset + 32_767 * scale) }

    /// The integer of a value; nil when there is none.
    public func pack(_ value: Double) -> Int16? {
      let rounded = ((value - offset) / scale).rounded(.toNearestOrEven)
      return abs(rounded) <= 32_767 ? Int16(rounded) : nil
    }
  }
}

extension Variable {
  /// The variable as files hold it with this encoding: only floating-point values are packed, and of them not what stands
  /// beside the result, such as the day of an observation, for which the scale was not chosen.
  public func encoded(_ encoding: VariableEncoding) -> Variable {
    var copy = self
    copy.deflateLevel = encoding.deflateLevel
    if let packing = encoding.packing, case .float32 = storage, !isAuxiliary {
      copy.storage = .int16(packing)
    }
    return copy
  }
}
