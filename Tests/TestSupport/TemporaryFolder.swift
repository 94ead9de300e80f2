internal import Glibc
public import Storage
internal import Synchronization

/// A folder of a test's own, removed with everything in it when nobody refers to it any more.
public final class TemporaryFolder: Sendable {
  public let path: String

  public init() throws(StorageError) { path = try LocalFiles.makeTemporaryDirectory() }

  deinit { _ = try? LocalFiles.removeTree(path) }

  public func file(_ name: String) -> String { path + "/" + name }

  /// Writes a text file, with the folders it lies in; returns its path.
  @discardableResult
  public func write(_ name: String, _ text: String) throws(StorageError) -> String {
    let path = file(name)
    try LocalFiles.createDirectory(LocalFiles.parent(of: path))
    try LocalFiles.writeAtomically(path, text: text)
    return path
  }

  /// Every file and folder below, relative, sorted; a folder stands before what it holds.
  public var files: [String] { Self.list(path).sorted() }

  /// Every file below a folder, without the folders, relative and sorted.
  public static func files(below folder: String) -> [String] {
    list(folder).filter { !LocalFiles.isDirectory("\(folder)/\($0)") }.sorted()
  }

  private static func list(_ folder: String) -> [String] {
    let names = (try? LocalFiles.list(folder)) ?? []
    return names.flatMap { name in
      let path = "\(folder)/\(name)"
      return [name] + (LocalFiles.isDirectory(path) ? list(path).map { "\(name)/\($0)" } : [])
    }
  }
}

/// Runs a test in a new folder and removes it afterwards.
public func withTemporaryFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
  let folder = try LocalFiles.makeTemporaryDirectory()
  defer { _ = try? LocalFiles.removeTree(folder) }
  return try await body(folder)
}

/// A folder that tests of this process share, removed when the process ends.
public func makeSharedFolder() throws(StorageError) -> String {
  let folder = try LocalFiles.makeTemporaryDirectory()
  sharedFolders.withLock { $0.append(folder) }
  return folder
}

private let sharedFolders: Mutex<[String]> = {
  atexit { for folder in sharedFolders.withLock({ $0 }) { _ = try? LocalFiles.removeTree(folder) } }
  return Mutex([])
}()
