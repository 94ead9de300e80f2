internal import Glibc

/// A file that is brought here part by part, under a temporary name of its own until it is complete: what came before
/// an interruption need not come again.
///
/// Beside it lies a note of what it is a part of. Used by one thread at a time.
public final class PartialFile {
  /// The final name.
  public let path: String
  private let partPath: String
  private let notePath: String
  private let file: OpenFile
  /// The bytes that are there.
  public private(set) var count: Int

  /// Opens what an earlier try left, or begins anew.
  ///
  /// - Parameters:
  ///   - path: the file as it will be called when it is complete.
  ///   - note: what identifies the content; parts of anything else are given up.
  public init(_ path: String, note: String) throws(StorageError) {
    self.path = path
    let names = PartialFile.names(of: path)
    (partPath, notePath) = (names[0], names[1])
    let isSame: Bool
    do throws(StorageError) {
      isSame = try LocalFiles.readAll(notePath) == Array(note.utf8)
    } catch {
      isSame = false
    }
    // What belongs to something else goes before the note says that it belongs to this.
    if !isSame {
      try LocalFiles.remove(partPath)
      try LocalFiles.writeAtomically(notePath, text: note)
    }
    let file = try OpenFile(partPath, O_RDWR | O_CREAT, operation: .create)
    count = Int(try file.status().st_size)
    self.file = file
  }

  /// Where the bytes of a file are kept until it is complete, and the note beside them.
  public static func names(of path: String) -> [String] {
    let (folder, name) = (LocalFiles.parent(of: path), LocalFiles.name(of: path))
    return ["\(folder)/.\(name).part", "\(folder)/.\(name).part-of"]
  }

  /// Appends bytes.
  public func append(_ bytes: UnsafeRawBufferPointer) throws(StorageError) {
    try file.write(bytes, at: count)
    count += bytes.count
  }

  /// Forgets all bytes.
  public func clear() throws(StorageError) {
    try file.truncate(to: 0)
    count = 0
  }

  /// Where the bytes are before they have the final name.
  public var location: String { partPath }

  /// Gives the file its final name.
  public func finish() throws(StorageError) {
    try file.sync()
    try LocalFiles.rename(partPath, to: path)
    try LocalFiles.remove(notePath)
  }

  /// Gives the bytes up.
  public func discard() throws(StorageError) {
    try LocalFiles.remove(partPath)
    try LocalFiles.remove(notePath)
  }
}
