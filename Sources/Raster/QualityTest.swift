internal import Kernels
internal import KernelsAVX2
internal import KernelsAVX512

/// A question to a quality layer: is this pixel to be rejected?
///
/// Layers have up to 32 bits, and single values up to 64. Tests over a few bits are one AND a pixel; everything else is a table with an answer for
/// every value of 16 bits, and the rules themselves for each beyond.
public struct QualityTest: Hashable, Sendable {
  private enum Rule: Hashable, Sendable {
    /// Rejected when any of these bits is set.
    case anyOf(UInt64)
    /// Rejected unless all of these bits are set.
    case notAllOf(UInt64)
    /// 1 where the value is rejected, one entry a value; and the rules for values that have no entry.
    case table([UInt8], beyond: [QualityRule])
  }

  private let rule: Rule

  /// Rejects a pixel when any of the bits is set.
  public init(anyOf bits: UInt64) {
    rule = .anyOf(bits)
  }

  /// Rejects a pixel unless all of the bits are set.
  public init(notAllOf bits: UInt64) {
    rule = .notAllOf(bits)
  }

  /// Rejects a pixel when any of the rules does: one AND a pixel where that is enough, else a table.
  public init(_ rules: [QualityRule]) {
    var any: UInt64 = 0
    var all: UInt64 = 0
    var hasOthers = false
    for rule in rules {
      switch rule {
      case .anyOf(let bits): any |= bits
      case .notAllOf(let bits): all |= bits
      case .values, .notValues, .numbers, .notNumbers, .atLeast, .below: hasOthers = true
      }
    }
    if !hasOthers && all == 0 {
      rule = .anyOf(any)
    } else if !hasOthers && any == 0 {
      rule = .notAllOf(all)
    } else {
      let answers = (0...UInt64(UInt16.max)).map { value in rules.contains { $0.rejects(value) } }
      rule = .table(answers.map { $0 ? 1 : 0 }, beyond: rules)
    }
  }

  /// Rejects the values of 16 bits for which `isRejected` is true; it is asked once for each of the 65,536.
  public init(where isRejected: (UInt16) -> Bool) {
    rule = .table((0...UInt16.max).map { isRejected($0) ? 1 : 0 }, beyond: [])
  }

  /// Whether a value is rejected.
  public func rejects(_ value: UInt64) -> Bool {
    switch rule {
    case .anyOf(let bits): value & bits != 0
    case .notAllOf(let bits): value & bits != bits
    case .table(let table, let rules):
      value < table.count ? table[Int(value)] != 0 : rules.contains { $0.rejects(value) }
    }
  }

  /// Whether a stored number is rejected: thresholds compare the number, with its sign and its fraction, all else its
  /// bits. A number that has a fraction is no flag and no class: what asks for those rejects it.
  ///
  /// - Parameters:
  ///   - number: as it is stored.
  ///   - pattern: the number's bits, in its own width; nil where it is not whole.
  public func rejects(_ number: Double, pattern: UInt64?) -> Bool {
    if case .table(_, let rules) = rule, rules.contains(where: \.isThreshold) {
      guard pattern != nil || rules.allSatisfy(\.isThreshold) else { return true }
      return rules.contains { $0.rejects(pattern ?? 0, number: number) }
    }
    return pattern.map(rejects) ?? true
  }

  /// Tests every sample of a layer.
  ///
  /// - Parameters:
  ///   - layer: an integer layer (signed ones are read as bit patterns).
  ///   - rejected: 1 where the pixel is rejected, else 0; the layer's shape.
  public func apply(to layer: SamplePlane, into rejected: SamplePlane) {
    precondition(layer.type.isInteger)
    rejected.reshape(type: .uint8, width: layer.width, height: layer.height)
    if case .table(_, let rules) = rule, layer.type.isSigned, rules.contains(where: \.isThreshold) {
      switch layer.type.size {
      case 1: applySigned(layer.samples(as: Int8.self), rules, rejected.samples(as: UInt8.self))
      case 2: applySigned(layer.samples(as: Int16.self), rules, rejected.samples(as: UInt8.self))
      default: applySigned(layer.samples(as: Int32.self), rules, rejected.samples(as: UInt8.self))
      }
      return
    }
    if case .anyOf(let wide) = rule, layer.type.size == 2 {
      // Bits that the layer does not have are never set.
      let bits = UInt16(truncatingIfNeeded: wide)
      let samples = layer.samples(as: UInt16.self).span
      var output = rejected.samples(as: UInt8.self).mutableSpan
      switch Processor.build {
      case .avx512:
        KernelsAVX512.StripKernels.test(samples, anyOf: bits, into: &output)
      case .avx2:
        KernelsAVX2.StripKernels.test(samples, anyOf: bits, into: &output)
      case .baseline:
        Kernels.StripKernels.test(samples, anyOf: bits, into: &output)
      }
    } else if layer.type.size == 1 {
      apply(layer.samples(as: UInt8.self).span, rejected.samples(as: UInt8.self))
    } else if layer.type.size == 4 {
      applyWide(layer.samples(as: UInt32.self).span, rejected.samples(as: UInt8.self))
    } else {
      apply(layer.samples(as: UInt16.self).span, rejected.samples(as: UInt8.self))
    }
  }

  @inline(__always)
  private func apply<T: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _ layer: Span<T>, _ rejected: UnsafeMutableBufferPointer<UInt8>
  ) {
    var output = rejected.mutableSpan
    let count = output.count
    precondition(layer.count == count)
    switch rule {
    case .anyOf(let bits):
      let bits = T(truncatingIfNeeded: bits)
      for index in 0..<count { output[index] = layer[index] & bits == 0 ? 0 : 1 }
    case .notAllOf(let wide):
      // Bits a narrow layer does not have are never set: every pixel fails.
      guard let bits = T(exactly: wide) else {
        for index in 0..<count { output[index] = 1 }
        return
      }
      for index in 0..<count { output[index] = layer[index] & bits == bits ? 0 : 1 }
    case .table(let table, _):
      let answers = table.span
      precondition(answers.count == 65_536)
      for index in 0..<count { output[index] = answers[Int(layer[index])] }
    }
  }

  /// The same for numbers with a sign, whose bits alone do not tell which is greater.
  private func applySigned<T: FixedWidthInteger & SignedInteger>(
    _ layer: UnsafeMutableBufferPointer<T>, _ rules: [QualityRule],
    _ rejected: UnsafeMutableBufferPointer<UInt8>
  ) {
    func answer(_ value: T) -> UInt8 {
      // As bits of the layer's own width, as without thresholds.
      let bits = UInt64(truncatingIfNeeded: value) & (UInt64.max >> UInt64(64 - T.bitWidth))
      return rules.contains { $0.rejects(bits, number: Double(value)) } ? 1 : 0
    }
    // Neighbours are mostly alike.
    var last = (value: T.zero, answer: answer(0))
    for (index, value) in layer.enumerated() {
      if value != last.value { last = (value, answer(value)) }
      rejected[index] = last.answer
    }
  }

  /// The same for values that may have no entry in the table.
  private func applyWide(_ layer: Span<UInt32>, _ rejected: UnsafeMutableBufferPointer<UInt8>) {
    guard case .table = rule else { return apply(layer, rejected) }
    var output = rejected.mutableSpan
    // Neighbours are mostly alike.
    var (last, answer) = (UInt32(0), rejects(0))
    for index in 0..<output.count {
      let value = layer[index]
      if value != last { (last, answer) = (value, rejects(UInt64(value))) }
      output[index] = answer ? 1 : 0
    }
  }
}
