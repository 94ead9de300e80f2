internal import Kernels
internal import KernelsAVX2
internal import KernelsAVX512

/// The normalised difference of two bands, (a − b) / (a + b): NDVI, NDWI, NDSI and their kin.
public enum NormalizedDifference {
  /// Computes (a − b) / (a + b) of physical values.
  ///
  /// Sum and difference are taken in Double and divided in Float: the error is under 2 · 10⁻⁷ of the result
  /// even where both bands are close to zero, and for unscaled float bands the result is the one that
  /// arithmetic in Float gives, bit for bit. Missing where a band is missing or the sum is zero.
  public static func compute(
    _ a: LinearSamples, _ b: LinearSamples, into output: inout MutableSpan<Float>
  ) {
    let (left, right) = (a.samples.span, b.samples.span)
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
  }
}
