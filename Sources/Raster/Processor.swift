internal import CProcessor
internal import Glibc

/// Which build of the kernels runs: chosen once, when the first kernel is called.
///
/// The best that the processor runs, unless the environment's `APUS_SIMD` names another that it runs. Results are the same,
/// bit for bit.
public enum Processor {
  /// A build of the kernels, and what `APUS_SIMD` calls it; from the least to the best.
  public enum Build: String, CaseIterable, Sendable {
    /// For every processor of the kind.
    case baseline
    /// For x86-64-v3.
    case avx2
    /// For x86-64-v4 with VBMI2: processors before that slow down for vectors so wide.
    case avx512
  }

  /// Those that this processor could run.
  public static let available: [Build] =
    apus_has_x86_64_v3() == 0 ? [.baseline] : apus_has_avx512() == 0 ? [.baseline, .avx2] : Build.allCases

  /// The one that runs.
  public static let build: Build = {
    let asked = getenv("APUS_SIMD").flatMap { Build(rawValue: String(cString: $0)) }
    return available.first { $0 == asked } ?? available.last ?? .baseline
  }()

  /// Whether kernels made for AVX2 run where there are none for more.
  public static let usesAVX2 = build != .baseline
}
