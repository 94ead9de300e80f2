internal import Kernels
internal import KernelsAVX2
internal import KernelsAVX512

/// A question to a quality layer: is this pixel to be rejected?
///
/// Layers have up to 16 bits (8 for uint8). Tests over a few bits are one AND a pixel; everything else is a
/// table with an answer for every value.
public struct QualityTest: Hashable, Sendable {
  private enum Rule: Hashable, Sendable {
    /// Rejected when any of these bits is set.
    case anyOf(UInt16)
    /// Rejected unless all of these bits are set.
    case notAllOf(UInt16)
    /// 1 where the value is rejected, one entry a value.
    case table([UInt8])
  }

  private let rule: Rule

  /// Rejects a pixel when any of the bits is set.
  public init(anyOf bits: UInt16) {
    rule = .anyOf(bits)
  }

  /// Rejects a pixel unless all of the bits are set.
  public init(notAllOf bits: UInt16) {
    rule = .notAllOf(bits)
  }

  /// Rejects the values for which `isRejected` is true; it is asked once for each of the 65,536.
  public init(where isRejected: (UInt16) -> Bool) {
    rule = .table((0...UInt16.max).map { isRejected($0) ? 1 : 0 })
  }

  /// Whether a value is rejected.
  public func rejects(_ value: UInt16) -> Bool {
    switch rule {
    case .anyOf(let bits): value & bits != 0
    case .notAllOf(let bits): value & bits != bits
    case .table(let table): table[Int(value)] != 0
    }
  }

  /// Tests every sample of a layer.
  ///
  /// - Parameters:
  ///   - layer: an integer layer of 8 or 16 bits (signed ones are read as bit patterns).
  ///   - rejected: 1 where the pixel is rejected, else 0; the layer's shape.
  public func apply(to layer: SamplePlane, into rejected: SamplePlane) {
    precondition(layer.type.isInteger && layer.type.size <= 2)
    rejected.reshape(type: .uint8, width: layer.width, height: layer.height)
    if case .anyOf(let bits) = rule, layer.type.size == 2 {
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
    case .table(let table):
      let answers = table.span
      precondition(answers.count == 65_536)
      for index in 0..<count { output[index] = answers[Int(layer[index])] }
    }
  }
}
