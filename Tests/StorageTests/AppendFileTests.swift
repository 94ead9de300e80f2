import Storage
import TestSupport
import Testing

@Suite struct AppendFileTests {
  @Test func `lines of several threads stay whole and none is lost`() async throws {
    let folder = try temporary()
    defer { _ = try? LocalFiles.removeTree(folder) }
    let file = try AppendFile(folder + "/ledger.jsonl")
    await withTaskGroup(of: Void.self) { group in
      for task in 0..<8 {
        group.addTask {
          for line in 0..<200 {
            try? file.append(line: "\(task):\(line):" + String(repeating: "x", count: line))
          }
        }
      }
    }
    try file.sync()
    try file.close()
    let text = String(decoding: try LocalFiles.readAll(file.path), as: UTF8.self)
    let lines = Set(text.split(separator: "\n").map(String.init))
    let expected = (0..<8).flatMap { task in
      (0..<200).map { "\(task):\($0):" + String(repeating: "x", count: $0) }
    }
    #expect(lines == Set(expected))
    #expect(text.hasSuffix("\n"))
  }

  @Test func `a line torn by a crash is not glued to the next one`() async throws {
    try await withTemporaryFolder { folder in
      let path = folder + "/ledger.jsonl"
      try LocalFiles.writeAtomically(path, text: "whole\ntor")
      let file = try AppendFile(path)
      try file.append(lines: ["next", "last"])
      try file.close()
      #expect(String(decoding: try LocalFiles.readAll(path), as: UTF8.self) == "whole\ntor\nnext\nlast\n")
      let again = try AppendFile(path)
      try again.append(line: "more")
      #expect(String(decoding: try LocalFiles.readAll(path), as: UTF8.self).hasSuffix("last\nmore\n"))
    }
  }

  @Test func `a closed file takes no lines`() async throws {
    try await withTemporaryFolder { folder in
      let file = try AppendFile(folder + "/a")
      try file.close()
      try file.close()
      #expect(storageError { try file.append(line: "x") }?.operation == .write)
      #expect(storageError { try file.sync() }?.operation == .sync)
    }
  }

  private func temporary() throws -> String {
    let folder = LocalFiles.temporaryPath(for: "/tmp/append-file-tests")
    try LocalFiles.createDirectory(folder)
    return folder
  }
}
