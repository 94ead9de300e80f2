import Storage
import TestSupport
import Testing

/// Checksums put together from those of parts, against zlib's own and against reading everything.
@Suite struct CombinedChecksumTests {
  @Test func `the parts of the known text give its known checksum, wherever it is cut`() {
    let text = Array("123456789".utf8)
    #expect(Checksum.crc32(text) == 0xCBF4_3926, "the check value of every table of CRCs")
    for cut in 0...text.count {
      let back = Checksum.crc32(Array(text[cut...]))
      let combined = Checksum.crc32(
        Checksum.crc32(Array(text[..<cut])), followedBy: back, count: text.count - cut)
      #expect(combined == 0xCBF4_3926, "cut at \(cut)")
    }
  }

  @Test func `parts of any size give the checksum of the whole`() {
    var generator = SeededGenerator(seed: 11)
    let bytes = (0..<3_000_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
    let whole = Checksum.crc32(bytes)
    for sizes in [[0], [1], [7], [4096], [0, 1, 7, 4096, 65_535, 0], [1 << 20]] {
      var (checksum, position, turn) = (UInt32(0), 0, 0)
      // Small parts are many: a few thousand of them, then the rest at once.
      while position < bytes.count {
        let size =
          turn < 2000 ? min(sizes[turn % sizes.count], bytes.count - position) : bytes.count - position
        let part = Checksum.crc32(Array(bytes[position..<(position + size)]))
        checksum = Checksum.crc32(checksum, followedBy: part, count: size)
        position += size
        turn += 1
      }
      #expect(checksum == whole, "parts of \(sizes)")
    }
  }

  @Test func `parts longer than four gigabytes are put together as zlib does`() async throws {
    // What is in front is shifted by zeros, as many as are behind: nothing that long has to be read.
    let program = """
      import ctypes, ctypes.util
      combine = ctypes.CDLL(ctypes.util.find_library("z")).crc32_combine64
      combine.restype, combine.argtypes = ctypes.c_ulong, [ctypes.c_ulong, ctypes.c_ulong, ctypes.c_int64]
      for count in (0, 1, 2**31 - 1, 2**32 - 1, 2**32, 5 * 2**32 + 12345):
        print(combine(0xCBF43926, 0x12345678, count))
      """
    let expected = try await Program(["python3", "-c", program]).output().split(separator: "\n")
      .compactMap { UInt32($0) }
    let found = [0, 1, 1 << 31 - 1, 1 << 32 - 1, 1 << 32, 5 << 32 + 12345].map {
      Checksum.crc32(0xCBF4_3926, followedBy: 0x1234_5678, count: $0)
    }
    #expect(found == expected)
  }

  /// 2,500,000 bytes, which are read in several pieces.
  private static let content: [UInt8] = {
    var generator = SeededGenerator(seed: 12)
    return (0..<2_500_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
  }()

  private static func known(_ range: Range<Int>) -> KnownBytes {
    KnownBytes(range, checksum: Checksum.crc32(Array(content[range])))
  }

  @Test(
    arguments: [
      [], [0..<2_500_000], [0..<0], [2_500_000..<2_500_000],
      // Gaps in front, between and behind; longer than one piece.
      [0..<10, 1_200_000..<1_200_007], [1..<2_499_999], [2_000_000..<2_500_000], [1_100_000..<1_100_001],
      [0..<1_000_000, 1_000_000..<2_000_000, 2_000_000..<2_500_000],
    ] as [[Range<Int>]])
  func `a file's fingerprint is the same whatever is known of it`(ranges: [Range<Int>]) async throws {
    try await withTemporaryFolder { folder in
      let path = folder + "/file"
      try LocalFiles.writeAtomically(path, Self.content)
      let whole = try LocalFiles.fingerprint(path)
      #expect(whole == (Self.content.count, Checksum.crc32(Self.content)))
      let known = ranges.map(Self.known)
      #expect(try LocalFiles.fingerprint(path, knowing: known) == whole)
      #expect(try LocalFiles.fingerprint(path, knowing: known.reversed()) == whole, "in any order")
    }
  }

  @Test func `what is known is not read, and what is not known is`() async throws {
    try await withTemporaryFolder { folder in
      let path = folder + "/file"
      let known = [Self.known(100..<1_000_000), Self.known(1_500_000..<2_400_000)]
      let whole = (bytes: Self.content.count, checksum: Checksum.crc32(Self.content))
      for (place, isKnown) in [
        (500, true), (1_600_000, true), (99, false), (1_499_999, false), (2_400_000, false),
      ] {
        var changed = Self.content
        changed[place] ^= 1
        try LocalFiles.writeAtomically(path, changed)
        #expect(try (LocalFiles.fingerprint(path, knowing: known) == whole) == isKnown, "byte \(place)")
      }
    }
  }

  @Test func `an empty file has the fingerprint of nothing`() async throws {
    try await withTemporaryFolder { folder in
      try LocalFiles.writeAtomically(folder + "/file", [])
      #expect(try LocalFiles.fingerprint(folder + "/file", knowing: []) == (0, 0))
    }
  }

  @Test(
    arguments: [
      [0..<10, 9..<20], [0..<100, 10..<20], [5..<10, 5..<10], [2_499_999..<2_500_001], [0..<2_500_001],
      [2_500_001..<2_500_002], [3_000_000..<3_000_000],
    ] as [[Range<Int>]])
  func `parts that overlap, or lie beyond the end, are an error with the path`(ranges: [Range<Int>])
    async throws
  {
    try await withTemporaryFolder { folder in
      let path = folder + "/file"
      try LocalFiles.writeAtomically(path, Self.content)
      let known = ranges.map { KnownBytes($0, checksum: 1) }
      let error = try #require(storageError { _ = try LocalFiles.fingerprint(path, knowing: known) })
      #expect(error.path == path && error.operation == .read)
      #expect(error.description.contains("parts of it overlap, or it is shorter than was written"))
    }
  }

  @Test func `a file that is gone is an error`() {
    let error = storageError { _ = try LocalFiles.fingerprint("/nowhere/file", knowing: []) }
    #expect(error?.isNotFound == true)
  }

  @Test func `a file is read into memory as far as there is room`() async throws {
    try await withTemporaryFolder { folder in
      let path = folder + "/file"
      try LocalFiles.writeAtomically(path, [1, 2, 3, 4])
      for (room, expected) in [(6, [1, 2, 3, 4, 9, 9]), (4, [1, 2, 3, 4]), (2, [1, 2]), (0, [])]
        as [(Int, [UInt8])]
      {
        var memory = [UInt8](repeating: 9, count: room)
        #expect(try memory.withUnsafeMutableBytes { try LocalFiles.read(path, into: $0) } == min(room, 4))
        #expect(memory == expected)
      }
    }
  }
}
