internal import Glibc

/// Where this program is.
enum ProcessPath {
  /// Its absolute path; "apus", to be found on the PATH, where the system does not tell.
  ///
  /// A bundle's process is the loader's, which says nothing of what began it: `APUS_PROGRAM` does.
  static var own: String {
    if let program = getenv("APUS_PROGRAM") { return String(cString: program) }
    var bytes = [CChar](repeating: 0, count: 4097)
    let count = readlink("/proc/self/exe", &bytes, bytes.count - 1)
    guard count > 0 else { return "apus" }
    return String(decoding: bytes.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
