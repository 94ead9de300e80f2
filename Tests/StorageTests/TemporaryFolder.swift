import Glibc
import Storage

/// Runs a test in a new folder and removes it afterwards.
func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
  let folder = "\(base)/apus-storage-tests-\(getpid())-\(UInt64.random(in: 0 ... .max))"
  try LocalFiles.createDirectory(folder)
  defer { _ = try? LocalFiles.removeTree(folder) }
  return try body(folder)
}

/// What the call throws; nil when it does not throw.
func storageError(_ body: () throws -> Void) -> StorageError? {
  do {
    try body()
    return nil
  } catch {
    return error as? StorageError
  }
}
