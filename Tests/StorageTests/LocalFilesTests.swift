import Glibc
import Storage
import TestSupport
import Testing

@Suite struct LocalFilesTests {
  @Test func `written bytes come back, also after replacing and when empty`() async throws {
    try await withTemporaryFolder { folder in
      let path = folder + "/a.bin"
      let long = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
      for bytes in [long, [1, 2, 3], []] {
        try LocalFiles.writeAtomically(path, bytes, sync: bytes.count == 3)
        #expect(try LocalFiles.readAll(path) == bytes)
        #expect(try LocalFiles.size(path) == bytes.count)
      }
      #expect(try LocalFiles.list(folder) == ["a.bin"], "no temporary stays")
    }
  }

  /// To open a pipe waits for whoever writes to it: for ever, where nobody does.
  @Test func `pipes and devices are no files to read from`() async throws {
    let folder = try TemporaryFolder()
    try await Program(["mkfifo", folder.file("pipe")]).output()
    for path in [folder.file("pipe"), "/dev/zero"] {
      #expect(LocalFiles.isSpecial(path))
      let error = #expect(throws: StorageError.self) { _ = try FileBytes(path) }
      #expect(error?.description.contains("it is a pipe or a device") == true)
    }
    #expect(!LocalFiles.isSpecial(folder.path) && !LocalFiles.isSpecial(folder.file("nothing")))
  }

  @Test func `a failed write leaves the old content and no temporary`() async throws {
    try await withTemporaryFolder { folder in
      // The name is a folder with something in it, so the rename must fail.
      let path = folder + "/taken"
      try LocalFiles.createDirectory(path + "/inside")
      let error = try #require(storageError { try LocalFiles.writeAtomically(path, [1]) })
      #expect(error.operation == .rename)
      #expect(error.description.contains(folder))
      #expect(try LocalFiles.list(folder) == ["taken"])
      #expect(LocalFiles.isDirectory(path + "/inside"))
    }
  }

  @Test func `a disk without room is an error that says how much is free`() throws {
    // Linux has a device for exactly this.
    let file = try AppendFile("/dev/full")
    let error = try #require(storageError { try file.append(line: "x") })
    #expect(error.isOutOfSpace)
    #expect(error.description.contains("No space left on device"))
    #expect(error.description.contains("free in /dev"))
  }

  @Test func `writing below a file or into a missing folder says so`() async throws {
    try await withTemporaryFolder { folder in
      try LocalFiles.writeAtomically(folder + "/file", [1])
      let below = try #require(storageError { try LocalFiles.writeAtomically(folder + "/file/b", [1]) })
      #expect(below.code == ENOTDIR)
      #expect(below.description.contains("folder is needed"))
      let missing = try #require(storageError { try LocalFiles.writeAtomically(folder + "/no/b", [1]) })
      #expect(missing.isNotFound)
      let unread = try #require(storageError { _ = try LocalFiles.readAll(folder + "/nothing") })
      #expect(unread.isNotFound && unread.operation == .open)
      let isFolder = try #require(storageError { _ = try LocalFiles.readAll(folder) })
      #expect(isFolder.code == EISDIR)
    }
  }

  @Test func `folders are made with their parents, twice without harm, never over a file`() async throws {
    try await withTemporaryFolder { folder in
      for _ in 0..<2 { try LocalFiles.createDirectory(folder + "/a/b/c/") }
      #expect(LocalFiles.isDirectory(folder + "/a/b/c"))
      #expect(LocalFiles.isWritableDirectory(folder + "/a/b"))
      #expect(storageError { try LocalFiles.createDirectory(folder + "/x/y", intermediates: false) } != nil)
      try LocalFiles.writeAtomically(folder + "/f", [])
      let error = try #require(storageError { try LocalFiles.createDirectory(folder + "/f") })
      #expect(error.description.contains("a file has this name"))
      #expect(storageError { try LocalFiles.createDirectory(folder + "/f/g") } != nil)
    }
  }

  @Test func `a tree is removed without following links`() async throws {
    try await withTemporaryFolder { folder in
      try LocalFiles.createDirectory(folder + "/kept")
      try LocalFiles.writeAtomically(folder + "/kept/file", [1])
      try LocalFiles.createDirectory(folder + "/gone/deep")
      try LocalFiles.writeAtomically(folder + "/gone/deep/file", [1])
      #expect(symlink(folder + "/kept", folder + "/gone/link") == 0)
      #expect(try LocalFiles.removeTree(folder + "/gone"))
      #expect(try LocalFiles.list(folder) == ["kept"])
      #expect(LocalFiles.exists(folder + "/kept/file"))
      #expect(try !LocalFiles.removeTree(folder + "/gone"), "nothing is there any more")
    }
  }

  @Test func `names are listed sorted, whatever they hold`() async throws {
    try await withTemporaryFolder { folder in
      for name in ["b", "a", "Z", "ä ö", "10", "9"] {
        try LocalFiles.writeAtomically(folder + "/" + name, [])
      }
      #expect(try LocalFiles.list(folder) == ["10", "9", "Z", "a", "b", "ä ö"])
      #expect(storageError { _ = try LocalFiles.list(folder + "/none") }?.isNotFound == true)
    }
  }

  @Test(arguments: [
    ("a/b/c", "a/b"), ("c", "."), ("/c", "/"), ("a/b/", "a"), ("/", "/"), ("a//b", "a"), ("./c", "."),
  ])
  func `the parent of a path`(path: String, parent: String) {
    #expect(LocalFiles.parent(of: path) == parent)
  }

  @Test func `temporary names are in the same folder, recognised, and never twice the same`() {
    let names = (0..<100).map { _ in LocalFiles.temporaryPath(for: "out/landsat/2021.nc") }
    #expect(Set(names).count == 100)
    for name in names {
      #expect(LocalFiles.parent(of: name) == "out/landsat")
      #expect(LocalFiles.isTemporary(name: LocalFiles.name(of: name)))
    }
    #expect(LocalFiles.parent(of: LocalFiles.temporaryPath(for: "/x")) == "/")
    #expect(LocalFiles.parent(of: LocalFiles.temporaryPath(for: "x")) == ".")
    #expect(!LocalFiles.isTemporary(name: "2021.nc"))
    let long = LocalFiles.temporaryPath(for: String(repeating: "ä", count: 127))
    #expect(long.utf8.count < 255)
  }

  @Test func `free space is what the system says`() async throws {
    try await withTemporaryFolder { folder in
      let free = try LocalFiles.freeSpace(folder)
      #expect(free > 0)
      #expect(storageError { _ = try LocalFiles.freeSpace(folder + "/none") }?.isNotFound == true)
    }
  }
}
