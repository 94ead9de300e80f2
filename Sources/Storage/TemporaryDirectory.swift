internal import Glibc

extension LocalFiles {
  /// Makes a new folder of its own, in a folder or under `TMPDIR` or `/tmp`; the caller removes it.
  public static func makeTemporaryDirectory(in folder: String? = nil) throws(StorageError) -> String {
    let root = folder ?? getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(root)/.apus-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw StorageError(.createDirectory, path: root, errno: errno) }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
