internal import Kernels
internal import KernelsAVX2
internal import KernelsAVX512

/// Sums and counts a pixel, from which means come.
///
/// Values are rounded to multiples of a small step before they are added, so that sums in Double are exact: a
/// mean is the same in whatever order, and in however many parts, its dates were added. With the step of
/// `step(for:)` that holds up to 8,192 dates of values as large as the range; the rounding moves a mean by less
/// than 10⁻¹² of the range, far under what a Float can say.
public enum RunningMean {
  /// The rounding step for values of a range: 2⁻⁴⁰ of the power of two at or above its larger end.
  public static func step(for range: ClosedRange<Double>) -> Double {
    let magnitude = max(abs(range.lowerBound), abs(range.upperBound))
    guard magnitude > 0, magnitude.isFinite else { return 0x1p-40 }
    let above = magnitude.significand == 1 ? magnitude.exponent : magnitude.exponent + 1
    return Double(sign: .plus, exponent: Int(above) - 40, significand: 1)
  }

  /// Adds the values that are present.
  ///
  /// - Parameters:
  ///   - values: one date's values; NaN is skipped.
  ///   - step: a power of two; see `step(for:)`.
  ///   - sums: as many as values.
  ///   - counts: how many values went in; at most 65,535 dates.
  public static func add(
    _ values: Span<Float>, step: Double, to sums: inout MutableSpan<Double>, counts: inout MutableSpan<UInt16>
  ) {
    // A Double this large has the step as its last digit: adding and subtracting it rounds to the step.
    let rounder = 0x1.8p52 * step
    switch Processor.build {
    case .avx512:
      KernelsAVX512.StripKernels.add(values, rounder: rounder, to: &sums, counts: &counts)
    case .avx2:
      KernelsAVX2.StripKernels.add(values, rounder: rounder, to: &sums, counts: &counts)
    case .baseline:
      Kernels.StripKernels.add(values, rounder: rounder, to: &sums, counts: &counts)
    }
  }

  /// Sums and counts of one date alone, which may stand on anything: as `add` makes them from zeros.
  public static func begin(
    _ values: Span<Float>, step: Double, sums: inout MutableSpan<Double>, counts: inout MutableSpan<UInt16>
  ) {
    let rounder = 0x1.8p52 * step
    if Processor.usesAVX2 {
      KernelsAVX2.FirstDateKernels.begin(values, rounder: rounder, sums: &sums, counts: &counts)
    } else {
      Kernels.FirstDateKernels.begin(values, rounder: rounder, sums: &sums, counts: &counts)
    }
  }

  /// The means: NaN where nothing was counted.
  public static func means(
    sums: Span<Double>, counts: Span<UInt16>, into output: inout MutableSpan<Float>
  ) {
    switch Processor.build {
    case .avx512:
      KernelsAVX512.StripKernels.means(sums, counts: counts, into: &output)
    case .avx2:
      KernelsAVX2.StripKernels.means(sums, counts: counts, into: &output)
    case .baseline:
      Kernels.StripKernels.means(sums, counts: counts, into: &output)
    }
  }

  /// The sums: NaN where nothing was counted.
  public static func sums(sums: Span<Double>, counts: Span<UInt16>, into output: inout MutableSpan<Float>) {
    let count = output.count
    precondition(sums.count == count && counts.count == count)
    for index in 0..<count { output[index] = counts[index] == 0 ? .nan : Float(sums[index]) }
  }

  /// The counts as Int32.
  public static func counts(_ counts: Span<UInt16>, into output: inout MutableSpan<Int32>) {
    let count = output.count
    precondition(counts.count == count)
    for index in 0..<count { output[index] = Int32(counts[index]) }
  }
}
