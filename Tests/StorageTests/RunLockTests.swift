import Glibc
import Storage
import TestSupport
import Testing

@Suite struct RunLockTests {
  @Test func `a second run on a folder is refused with the holder's name`() async throws {
    try await withTemporaryFolder { folder in
      let lock = try RunLock(folder)
      #expect(lock.isEnforced)
      let error = try #require(storageError { _ = try RunLock(folder) })
      #expect(error.operation == .lock)
      #expect(error.path == folder)
      #expect(error.description.contains("process \(getpid()) on "))
      #expect(RunLock.holder(of: folder)?.hasPrefix("process \(getpid()) on ") == true)
      lock.release()
    }
  }

  @Test func `a released folder can be taken again and keeps no lock file`() async throws {
    try await withTemporaryFolder { folder in
      for _ in 0..<3 {
        let lock = try RunLock(folder)
        lock.release()
        lock.release()
      }
      #expect(try LocalFiles.list(folder).isEmpty)
      #expect(RunLock.holder(of: folder) == nil)
    }
  }

  @Test func `a lock file left by a crash does not keep the next run out`() async throws {
    try await withTemporaryFolder { folder in
      try LocalFiles.writeAtomically(
        folder + "/.lock",
        text: "process 1 on elsewhere, longer than the next text\n"
      )
      #expect(RunLock.holder(of: folder) == nil)
      let lock = try RunLock(folder)
      let text = String(decoding: try LocalFiles.readAll(folder + "/.lock"), as: UTF8.self)
      #expect(text.hasPrefix("process \(getpid()) on ") && !text.contains("elsewhere"))
      lock.release()
    }
  }

  @Test func `a missing folder cannot be locked`() async throws {
    try await withTemporaryFolder { folder in
      #expect(storageError { _ = try RunLock(folder + "/none") }?.isNotFound == true)
    }
  }
}
