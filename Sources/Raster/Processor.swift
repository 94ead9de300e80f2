internal import CProcessor
internal import Glibc

/// Which build of the kernels runs: chosen once, when the first kernel is called.
public enum Processor {
  /// Whether the kernels made for AVX2 run: on x86-64-v3 processors, unless the environment's `APUS_SIMD` is
  /// `baseline`. Results are the same, bit for bit.
  public static let usesAVX2 = hasAVX2 && !isHeldBack

  /// Whether this processor could run them.
  public static let hasAVX2 = apus_has_x86_64_v3() != 0

  private static var isHeldBack: Bool {
    guard let choice = getenv("APUS_SIMD") else { return false }
    return strcmp(choice, "baseline") == 0
  }
}
