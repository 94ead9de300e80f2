internal import Glibc

/// Where this program is.
enum ProcessPath {
  /// Its absolute path; "apus", to be found on the PATH, where the system does not tell.
  static var own: String {
    var bytes = [CChar](repeating: 0, count: 4097)
    let count = readlink("/proc/self/exe", &bytes, bytes.count - 1)
    guard count > 0 else { return "apus" }
    return String(decoding: bytes.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
