internal import Kernels
internal import KernelsAVX2
internal import KernelsAVX512

/// The normalised difference of two bands, (a − b) / (a + b): NDVI, NDWI, NDSI and their kin.
///
/// Missing where a band is missing or the sum is zero. Where both bands have one scale s and offset o they
/// cancel out: with samples as they are stored the index is (a − b) / (a + b + 2o/s).
///
/// Sum and difference are rounded to Float once and divided in Float: the error is under 2 · 10⁻⁷ of the result even
/// where both bands are close to zero. For unscaled float bands the result is the one that arithmetic in Float
/// gives, bit for bit.
public enum NormalizedDifference {
  /// Computes (a − b) / (a + b) of physical values.
  public static func compute(
    _ a: LinearSamples, _ b: LinearSamples, into output: inout MutableSpan<Float>
  ) {
    let (left, right) = (a.samples.span, b.samples.span)
    guard let constant = constant((a.scale, a.offset), (b.scale, b.offset)) else {
      switch Processor.build {
      case .avx512:
        KernelsAVX512.StripKernels.normalizedDifference(
          left, scale: a.scale, offset: a.offset, right, scale: b.scale, offset: b.offset, into: &output)
      case .avx2:
        KernelsAVX2.StripKernels.normalizedDifference(
          left, scale: a.scale, offset: a.offset, right, scale: b.scale, offset: b.offset, into: &output)
      case .baseline:
        Kernels.StripKernels.normalizedDifference(
          left, scale: a.scale, offset: a.offset, right, scale: b.scale, offset: b.offset, into: &output)
      }
      return
    }
    switch Processor.build {
    case .avx512:
      KernelsAVX512.StripKernels.normalizedDifference(left, right, plus: constant, into: &output)
    case .avx2: KernelsAVX2.StripKernels.normalizedDifference(left, right, plus: constant, into: &output)
    case .baseline: Kernels.StripKernels.normalizedDifference(left, right, plus: constant, into: &output)
    }
  }

  /// Computes the same from stored samples, with the same bits.
  ///
  /// - Returns: whether it did: not for every pair of bands there is this way.
  public static func compute(
    _ a: StoredSamples, _ b: StoredSamples, into output: inout MutableSpan<Float>
  ) -> Bool {
    guard a.rejected?.baseAddress == b.rejected?.baseAddress,
      let constant = constant((a.scale, a.offset), (b.scale, b.offset)), abs(constant) < largest,
      constant == snapped(constant)
    else { return false }
    let whole = constant.rounded()
    compute(a, b, plus: Int32(whole), Float(constant - whole), into: &output)
    return true
  }

  private static func compute(
    _ a: StoredSamples, _ b: StoredSamples, plus whole: Int32, _ part: Float,
    into output: inout MutableSpan<Float>
  ) {
    let (left, right) = (a.samples.span, b.samples.span)
    switch (Processor.build, a.rejected?.span) {
    case (.avx512, let rejected?):
      KernelsAVX512.StripKernels.normalizedDifference(
        left, missing: a.missing, right, missing: b.missing, rejected: rejected, plus: whole, part,
        into: &output)
    case (.avx512, nil):
      KernelsAVX512.StripKernels.normalizedDifference(
        left, missing: a.missing, right, missing: b.missing, plus: whole, part, into: &output)
    case (.avx2, let rejected?):
      KernelsAVX2.StripKernels.normalizedDifference(
        left, missing: a.missing, right, missing: b.missing, rejected: rejected, plus: whole, part,
        into: &output)
    case (.avx2, nil):
      KernelsAVX2.StripKernels.normalizedDifference(
        left, missing: a.missing, right, missing: b.missing, plus: whole, part, into: &output)
    case (.baseline, let rejected?):
      Kernels.StripKernels.normalizedDifference(
        left, missing: a.missing, right, missing: b.missing, rejected: rejected, plus: whole, part,
        into: &output)
    case (.baseline, nil):
      Kernels.StripKernels.normalizedDifference(
        left, missing: a.missing, right, missing: b.missing, plus: whole, part, into: &output)
    }
  }

  // MARK: 2o/s

  /// With whole numbers a constant below this adds up within what Float holds exactly.
  private static let largest = 0x1p22
  /// From here on samples are the whole numbers that files store: 2⁻²⁶ of their step is nothing beside it.
  private static let whole = 64.0

  /// 2o/s; nil where there is no scale and offset that both bands have.
  ///
  /// Large ones are multiples of 2⁻²⁵: then sums of 16-bit numbers and the constant are exact in Double, and in Float
  /// but for its last addition. So one rounding is left, and it is the same whichever way is taken. (It also takes
  /// away what Double leaves of, say, −0.2 / 0.0001: a sum is zero where it should be.)
  private static func constant(
    _ a: (scale: Double, offset: Double), _ b: (scale: Double, offset: Double)
  ) -> Double? {
    guard a == b else { return nil }
    let constant = 2 * a.offset / a.scale
    guard constant.isFinite else { return nil }
    return abs(constant) < whole ? constant : snapped(constant)
  }

  private static func snapped(_ constant: Double) -> Double { (constant * 0x1p25).rounded() * 0x1p-25 }
}
