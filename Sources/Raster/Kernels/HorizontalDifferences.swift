internal import Kernels
internal import KernelsAVX2
internal import KernelsAVX512

/// Horizontal differencing, the second of TIFF's predictors: each sample is stored as its difference from the one
/// before in its row.
public enum HorizontalDifferences {
  /// Turns rows of 16-bit differences into samples.
  ///
  /// - Parameters:
  ///   - differences: the rows, `differencesStride` bytes apart.
  ///   - differencesStride: bytes from the start of a row to that of the next.
  ///   - skip: samples at the start of each row that are not wanted.
  ///   - samples: gets `width` samples of each row, `samplesStride` bytes apart.
  ///   - samplesStride: bytes from the start of a row of samples to that of the next.
  ///   - width: samples that are wanted of each row.
  ///   - height: rows.
  public static func integrate(
    _ differences: UnsafeRawBufferPointer, differencesStride: Int, skip: Int,
    into samples: UnsafeMutableRawBufferPointer, samplesStride: Int, width: Int, height: Int
  ) {
    guard width > 0, height > 0, let from = differences.baseAddress, let to = samples.baseAddress else {
      return
    }
    precondition(skip >= 0 && differencesStride >= 0 && samplesStride >= 0)
    precondition((height - 1) * differencesStride + (skip + width) * 2 <= differences.count)
    precondition((height - 1) * samplesStride + width * 2 <= samples.count)
    switch Processor.build {
    case .avx512:
      KernelsAVX512.DifferenceKernels.integrate(
        from, sourceStride: differencesStride, skip: skip, into: to, targetStride: samplesStride,
        width: width, height: height)
    case .avx2:
      KernelsAVX2.DifferenceKernels.integrate(
        from, sourceStride: differencesStride, skip: skip, into: to, targetStride: samplesStride,
        width: width, height: height)
    case .baseline:
      Kernels.DifferenceKernels.integrate(
        from, sourceStride: differencesStride, skip: skip, into: to, targetStride: samplesStride,
        width: width, height: height)
    }
  }
}
