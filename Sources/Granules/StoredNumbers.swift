public import NetCDF
public import Raster

/// What the stored numbers of a variable mean, as CF has it: which are missing, and how the others become values.
public struct StoredNumbers: Hashable, Sendable {
  /// After `_Unsigned`.
  public let type: StoredType
  /// Stored numbers that mean missing.
  public let missing: [Double]
  /// The least and greatest stored numbers that count; nil where the file does not say, or what it says is no range.
  public let range: ClosedRange<Double>?
  public let scale: Double?
  public let offset: Double?
  /// Why the file's range is left aside; nil where it is not.
  public let rangeFault: String?

  public init(_ variable: GroupedVariable) {
    let isUnsigned = variable.attribute("_Unsigned")?.text?.lowercased() == "true"
    let type = isUnsigned ? variable.type.unsigned : variable.type
    self.type = type
    let names = ["_FillValue", "missing_value"]
    var missing: [Double] = []
    for number in names.flatMap({ variable.attribute($0)?.numbers ?? [] }) {
      // Each is cast to the variable's type, whatever type it has.
      guard let held = type.held(number) else { continue }
      if !missing.contains(where: { $0 == held || ($0.isNaN && held.isNaN) }) { missing.append(held) }
    }
    self.missing = missing
    // Some files have them as text.
    func number(_ name: String) -> Double? {
      let attribute = variable.attribute(name)
      return attribute?.numbers.first ?? attribute?.text.flatMap { Double($0) }
    }
    (scale, offset) = (number("scale_factor"), number("add_offset"))
    (range, rangeFault) = StoredNumbers.range(
      of: variable, type: type, isScaled: scale ?? 1 != 1 || offset ?? 0 != 0)
  }

  /// The same with what is known better than the file says it; nil leaves what the file says.
  public func replacing(nodata: Double?, scale: Double?, offset: Double?) -> StoredNumbers {
    let isScaled = scale != nil || offset != nil
    return StoredNumbers(
      type: type, missing: missing + [nodata.flatMap { type.held($0) }].compactMap { $0 }, range: range,
      scale: isScaled ? scale : self.scale, offset: isScaled ? offset : self.offset, rangeFault: rangeFault)
  }

  /// The same without the file's range, and why.
  func ignoringRange(_ reason: String) -> StoredNumbers {
    StoredNumbers(
      type: type, missing: missing, range: nil, scale: scale, offset: offset, rangeFault: reason)
  }

  private init(
    type: StoredType, missing: [Double], range: ClosedRange<Double>?, scale: Double?, offset: Double?,
    rangeFault: String?
  ) {
    (self.type, self.missing, self.range) = (type, missing, range)
    (self.scale, self.offset, self.rangeFault) = (scale, offset, rangeFault)
  }

  private static func range(
    of variable: GroupedVariable, type: StoredType, isScaled: Bool
  ) -> (ClosedRange<Double>?, fault: String?) {
    var limits: (low: Double?, high: Double?)
    var attributes: [AttributeValue] = []
    if let both = variable.attribute("valid_range"), both.numbers.count == 2 {
      limits = (both.numbers[0], both.numbers[1])
      attributes = [both]
    } else {
      let (low, high) = (variable.attribute("valid_min"), variable.attribute("valid_max"))
      limits = (low?.numbers.first, high?.numbers.first)
      attributes = [low, high].compactMap { $0 }
    }
    guard limits.low != nil || limits.high != nil else { return (nil, nil) }
    // Of packed numbers the range is one of stored numbers, and of their type.
    if isScaled, type.isInteger, attributes.contains(where: { $0.isOfFractions }) {
      return (nil, "its valid range is in other numbers than it stores")
    }
    let low = limits.low.flatMap { type.held($0) } ?? -Double.infinity
    let high = limits.high.flatMap { type.held($0) } ?? Double.infinity
    guard low <= high else { return (nil, "its valid range ends before it begins") }
    return (low...high, nil)
  }

  /// Whether a stored number is missing.
  @inline(__always)
  public func isMissing(_ number: Double, inRange: Bool) -> Bool {
    if number.isNaN { return true }
    for other in missing where other == number { return true }
    if inRange, let range { return !(number >= range.lowerBound && number <= range.upperBound) }
    return false
  }

  /// The physical value of a stored number.
  @inline(__always)
  public func value(_ number: Double) -> Double { number * (scale ?? 1) + (offset ?? 0) }

  /// The type that samples are handed out in; nil for text.
  public var sampleType: SampleType? {
    switch type {
    case .int8: .int8
    case .uint8: .uint8
    case .int16: .int16
    case .uint16: .uint16
    case .int32: .int32
    case .uint32: .uint32
    case .float32: .float32
    case .int64, .uint64, .float64: .float64
    case .character, .string: nil
    }
  }
}

extension StoredType {
  public var isInteger: Bool { isNumber && self != .float32 && self != .float64 }

  var unsigned: StoredType {
    switch self {
    case .int8: .uint8
    case .int16: .uint16
    case .int32: .uint32
    case .int64: .uint64
    default: self
    }
  }

  /// A number as the type holds it, bit patterns of signed numbers for unsigned ones among them; nil where it cannot.
  func held(_ number: Double) -> Double? {
    func whole(_ bits: Int, isSigned: Bool) -> Double? {
      guard number.isFinite else { return nil }
      let integral = number.rounded(.towardZero)
      let span = bits == 64 ? 18_446_744_073_709_551_616.0 : Double(UInt64(1) << UInt64(bits))
      let (low, high) = isSigned ? (-span / 2, span / 2 - 1) : (0, span - 1)
      if integral >= low, integral <= high { return integral }
      // -1 as a byte without a sign is 255.
      if !isSigned, integral < 0, integral >= -span / 2 { return integral + span }
      return nil
    }
    return switch self {
    case .int8: whole(8, isSigned: true)
    case .uint8, .character: whole(8, isSigned: false)
    case .int16: whole(16, isSigned: true)
    case .uint16: whole(16, isSigned: false)
    case .int32: whole(32, isSigned: true)
    case .uint32: whole(32, isSigned: false)
    case .int64: whole(64, isSigned: true)
    case .uint64: whole(64, isSigned: false)
    case .float32: Double(Float(number))
    case .float64: number
    case .string: nil
    }
  }
}

extension AttributeValue {
  /// Whether it holds floating-point numbers, not all of which are whole.
  fileprivate var isOfFractions: Bool {
    switch self {
    case .floats, .doubles: true
    default: false
    }
  }
}
