import Storage
import TestSupport
import Testing

/// Records that believe nothing but what was written.
@Suite struct RecordFileTests {
  private let objects = ["{\"a\":10}", "{\"b\":[1,2],\"c\":\"x\"}", "{\"a\":3}", "{\"d\":\"line\\\":7\"}"]

  /// A file with all objects, as lines.
  private func lines(_ path: String, key: String = "run/s") throws -> [[UInt8]] {
    let file = try RecordFile(path, key: key)
    try file.append(objects[0])
    try file.append(objects[1...2])
    try RecordFile(path, key: key).append(objects[3])
    return try LocalFiles.readAll(path).split(separator: 10).map(Array.init)
  }

  private func read(_ path: String, key: String = "run/s") throws -> (objects: [String], refused: Int) {
    let contents = try RecordFile.read(path, key: key)
    let texts = contents.lines.map { line in
      // What was handed in is the beginning of the line, but for its brace.
      objects.first { line.starts(with: $0.dropLast().utf8) } ?? "?"
    }
    return (texts, contents.refused)
  }

  private func write(_ path: String, _ lines: [[UInt8]]) throws {
    try LocalFiles.writeAtomically(path, Array(lines.map { $0 + [10] }.joined()))
  }

  @Test func `lines come back in order, also those of a later process`() async throws {
    try await withTemporaryFolder { folder in
      _ = try lines(folder + "/r.jsonl")
      #expect(try read(folder + "/r.jsonl") == (objects, 0))
      #expect(try read(folder + "/none.jsonl") == ([], 0))
    }
  }

  @Test func `no byte of a line can be another`() async throws {
    try await withTemporaryFolder { folder in
      let path = folder + "/r.jsonl"
      let lines = try lines(path)
      for line in lines.indices {
        for place in lines[line].indices {
          for change in [1, 2, 4, 32] as [UInt8] {
            var changed = lines
            changed[line][place] ^= change
            // An end of a line makes two of one: both are none.
            try write(path, changed)
            var left = objects
            left.remove(at: line)
            #expect(try read(path).objects == left, "line \(line), byte \(place)")
            #expect(try read(path).refused >= 1)
          }
        }
      }
    }
  }

  @Test func `what is cut, doubled, moved, gone or from another file is no record, and is counted`()
    async throws
  {
    try await withTemporaryFolder { folder in
      let path = folder + "/r.jsonl"
      let lines = try lines(path)
      let others = try self.lines(folder + "/other.jsonl", key: "other run/s")
      func found(_ lines: [[UInt8]]) throws -> (objects: [String], refused: Int) {
        try write(path, lines)
        return try read(path)
      }
      #expect(try found([lines[0], lines[1], lines[2], lines[3].dropLast(9)]) == (Array(objects[..<3]), 1))
      #expect(try found([lines[0], lines[1], lines[1], lines[2]]) == (Array(objects[..<3]), 1))
      #expect(try found([lines[1], lines[0], lines[2]]) == ([objects[1], objects[2]], 1))
      #expect(try found([lines[0], lines[2], lines[3]]) == ([objects[0], objects[2], objects[3]], 1))
      #expect(try found([lines[0], others[1], lines[2]]) == ([objects[0], objects[2]], 1))
      #expect(try found(others) == ([], 4))
      #expect(try read(path, key: "other run/s") == (objects, 0))
      #expect(try found([Array("{\"a\":10}".utf8), Array("{}".utf8), [0xFF], lines[0]]) == ([objects[0]], 3))
    }
  }

  @Test func `who adds to a file first takes out what is no record`() async throws {
    try await withTemporaryFolder { folder in
      let path = folder + "/r.jsonl"
      let lines = try lines(path)
      try write(path, [lines[0], lines[2].reversed(), lines[3]])
      let file = try RecordFile(path, key: "run/s")
      #expect(file.refused == 2)
      try file.append(objects[1])
      #expect(try read(path) == ([objects[0], objects[3], objects[1]], 0))
      #expect(try RecordFile(path, key: "run/s").refused == 0)
    }
  }
}
