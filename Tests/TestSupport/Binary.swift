internal import Glibc
internal import Storage

/// Where the parts of the project are.
public enum Project {
  /// The project's folder.
  public static let folder = LocalFiles.parent(of: LocalFiles.parent(of: LocalFiles.parent(of: #filePath)))

  /// The command under test, which stands beside the test bundle.
  public static let apus: String = {
    var path = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/self/exe", &path, path.count)
    let bundle = String(decoding: path[..<max(count, 0)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return LocalFiles.parent(of: bundle) + "/apus"
  }()
}
