internal import Kernels
internal import KernelsAVX2
internal import KernelsAVX512

/// Horizontal differencing, the second of TIFF's predictors: each sample is stored as its difference from the one
/// before in its row.
public enum HorizontalDifferences {
  /// Turns a row of differences into samples.
  ///
  /// - Parameters:
  ///   - sum: the sample before the first; 0 at the start of a row.
  ///   - samples: as many as there are differences.
  public static func integrate(
    _ differences: UnsafeBufferPointer<UInt16>, after sum: UInt16,
    into samples: UnsafeMutableBufferPointer<UInt16>
  ) {
    switch Processor.build {
    case .avx512:
      KernelsAVX512.DifferenceKernels.integrate(differences, after: sum, into: samples)
    case .avx2:
      KernelsAVX2.DifferenceKernels.integrate(differences, after: sum, into: samples)
    case .baseline:
      Kernels.DifferenceKernels.integrate(differences, after: sum, into: samples)
    }
  }
}
