import Foundation
import Storage
import TestSupport
import Testing

/// Archives as Python's zipfile reads them, which shares no code with the writer.
@Suite struct ZipWriterTests {
  private static let time = ZipTime(year: 2021, month: 7, day: 3, hour: 14, minute: 5, second: 36)

  /// What Python prints for a script that has the archive as `z`.
  private func python(_ path: String, _ script: String) async throws -> String {
    try await Program([
      "python3", "-c", "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); \(script)", path,
    ]).output()
  }

  private func write(_ path: String, _ body: (inout ZipWriter) throws -> Void) throws -> Int {
    var size = 0
    try LocalFiles.writeAtomically(path) { write in
      try withoutActuallyEscaping(write) { sink in
        var zip = ZipWriter(time: Self.time, to: sink)
        try body(&zip)
        size = try zip.finish()
      }
    }
    return size
  }

  @Test func `Python reads names, times and contents`() async throws {
    try await withTemporaryFolder { folder in
      let text = Array(String(repeating: "naïve JSON ", count: 1000).utf8)
      let data: [UInt8] = (0..<100_000).map { _ in .random(in: 0...255) }
      let size = try write(folder + "/a.zip") { zip in
        try zip.addDeflated("summary.json", text)
        try zip.addDeflated("empty", [])
        try zip.addStored("2021-01-03/sequence/été.nc", size: data.count, checksum: Checksum.crc32(data)) {
          sink in
          for start in stride(from: 0, to: data.count, by: 3333) {
            try data[start..<min(start + 3333, data.count)].withUnsafeBytes { try sink($0) }
          }
        }
      }
      #expect(try LocalFiles.size(folder + "/a.zip") == size)
      #expect(
        try await python(folder + "/a.zip", "print(z.testzip(), z.namelist())")
          == "None ['summary.json', 'empty', '2021-01-03/sequence/été.nc']\n")
      #expect(
        try await python(folder + "/a.zip", "print(z.infolist()[0].date_time, z.infolist()[0].compress_type)")
          == "(2021, 7, 3, 14, 5, 36) 8\n")
      #expect(
        try await python(
          folder + "/a.zip", "print(len(z.read('summary.json')), z.infolist()[2].compress_type)")
          == "\(text.count) 0\n")
      let script = "import zlib; print(zlib.crc32(z.read(z.namelist()[2])))"
      #expect(try await python(folder + "/a.zip", script) == "\(Checksum.crc32(data))\n")
    }
  }

  @Test func `a file that is not the recorded one leaves no archive`() async throws {
    try await withTemporaryFolder { folder in
      let data = [UInt8](repeating: 7, count: 1000)
      let checksum = Checksum.crc32(data)
      func add(_ bytes: [UInt8]) throws {
        _ = try write(folder + "/a.zip") { zip in
          try zip.addStored("x", size: data.count, checksum: checksum) { sink in
            try bytes.withUnsafeBytes { try sink($0) }
          }
        }
      }
      #expect(throws: ZipError.wrongSize(name: "x", expected: 1000, found: 999)) {
        try add(Array(data.dropLast()))
      }
      #expect(throws: ZipError.wrongSize(name: "x", expected: 1000, found: 1001)) { try add(data + [7]) }
      #expect(throws: ZipError.wrongChecksum(name: "x")) { try add(Array(data.dropLast()) + [8]) }
      #expect(try LocalFiles.list(folder).isEmpty)
      try add(data)
      #expect(try LocalFiles.list(folder) == ["a.zip"])
    }
  }

  @Test func `more than 65535 files are read back`() async throws {
    try await withTemporaryFolder { folder in
      _ = try write(folder + "/a.zip") { zip in
        for number in 0..<70_000 {
          try zip.addStored("f\(number)", size: 0, checksum: 0) { _ in }
        }
      }
      #expect(
        try await python(folder + "/a.zip", "print(len(z.namelist()), z.read('f69999'))") == "70000 b''\n")
    }
  }

  /// Zeros are written as holes: the archive takes no space.
  @Test func `files and archives beyond four gigabytes are read back`() async throws {
    try await withTemporaryFolder { folder in
      let path = folder + "/a.zip"
      try LocalFiles.writeAtomically(path, text: "")
      let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
      let block = [UInt8](repeating: 0, count: 16 << 20)
      let count = 257
      var checksum: UInt32 = 0
      for _ in 0..<count { checksum = Checksum.crc32(block, seed: checksum) }
      var zip = ZipWriter(time: Self.time) { bytes in
        if bytes.count == block.count {
          try file.seek(toOffset: try file.offset() + UInt64(bytes.count))
        } else {
          try file.write(contentsOf: Data(bytes))
        }
      }
      try zip.addStored("large", size: count * block.count, checksum: checksum) { sink in
        for _ in 0..<count { try block.withUnsafeBytes { try sink($0) } }
      }
      try zip.addDeflated("after", Array("behind four gigabytes".utf8))
      let size = try zip.finish()
      try file.close()
      #expect(try LocalFiles.size(path) == size)
      let script = "print(z.read('after'), z.getinfo('large').file_size, hex(z.getinfo('large').CRC))"
      #expect(
        try await python(path, script)
          == "b'behind four gigabytes' \(count * block.count) 0x\(String(checksum, radix: 16))\n")
    }
  }
}
