import Storage
import Testing

@Suite struct ChunkCodecTests {
  /// Bytes of no pattern, the same in every run.
  private static func bytes(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var state = seed
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(truncatingIfNeeded: state >> 33)
    }
  }

  /// The shuffle filter as HDF5 describes it, byte by byte.
  private static func shuffled(_ bytes: [UInt8], _ size: Int) -> [UInt8] {
    let count = bytes.count / size
    var result: [UInt8] = []
    for byte in 0..<size {
      for sample in 0..<count { result.append(bytes[sample * size + byte]) }
    }
    return result + bytes[(count * size)...]
  }

  @Test(arguments: [1, 2, 3, 4, 8, 16], [0, 1, 2, 15, 16, 17, 63, 64, 65, 1000, 4096, 100_003])
  func `what is encoded holds the shuffled bytes and decodes to the samples`(size: Int, count: Int) throws {
    let samples = Self.bytes(count)
    let codec = ChunkCodec()
    let encoded = try samples.withUnsafeBytes { try codec.encode($0, elementSize: size, level: 1) }
    // Without unshuffling, the stream holds what the filter before it has made.
    #expect(try codec.decode(encoded, elementSize: 1, expectedBytes: count) == Self.shuffled(samples, size))
    #expect(try codec.decode(encoded, elementSize: size, expectedBytes: count) == samples)
  }

  @Test func `samples need no alignment`() throws {
    let codec = ChunkCodec()
    let all = Self.bytes(1001)
    for size in [2, 4, 8] {
      let encoded = try all.withUnsafeBytes {
        try codec.encode(UnsafeRawBufferPointer(rebasing: $0[1...]), elementSize: size, level: 1)
      }
      #expect(try codec.decode(encoded, elementSize: size, expectedBytes: 1000) == Array(all[1...]))
    }
  }

  @Test(arguments: 0...12)
  func `every level gives a zlib stream of the same samples`(level: Int) throws {
    let samples = (0..<20_000).map { UInt8(truncatingIfNeeded: $0 / 97) }
    let codec = ChunkCodec()
    let encoded = try samples.withUnsafeBytes { try codec.encode($0, elementSize: 4, level: level) }
    // RFC 1950: method 8, window 32 KiB, header a multiple of 31, the Adler-32 checksum at the end.
    #expect(encoded[0] == 0x78)
    #expect((Int(encoded[0]) << 8 + Int(encoded[1])) % 31 == 0)
    let adler = Self.shuffled(samples, 4).reduce((1, 0)) { sums, byte in
      let first = (sums.0 + Int(byte)) % 65_521
      return (first, (sums.1 + first) % 65_521)
    }
    #expect(encoded.suffix(4).reduce(0) { $0 << 8 | Int($1) } == adler.1 << 16 | adler.0)
    #expect(try codec.decode(encoded, elementSize: 4, expectedBytes: 20_000) == samples)
  }

  @Test func `a codec gives the same bytes whatever it did before`() throws {
    let first = Self.bytes(5000).map { $0 & 15 }
    let second = Self.bytes(700, seed: 7)
    let used = ChunkCodec()
    _ = try second.withUnsafeBytes { try used.encode($0, elementSize: 8, level: 9) }
    let again = try first.withUnsafeBytes { try used.encode($0, elementSize: 2, level: 4) }
    let fresh = try first.withUnsafeBytes { try ChunkCodec().encode($0, elementSize: 2, level: 4) }
    #expect(again == fresh)
  }

  @Test func `a damaged chunk is an error, wherever the damage is`() throws {
    let codec = ChunkCodec()
    let samples = Self.bytes(3000).map { $0 & 31 }
    let encoded = try samples.withUnsafeBytes { try codec.encode($0, elementSize: 2, level: 6) }
    for position in stride(from: 0, to: encoded.count, by: 13) {
      var damaged = encoded
      damaged[position] ^= 0x10
      #expect(throws: ChunkCodecError.self) {
        _ = try codec.decode(damaged, elementSize: 2, expectedBytes: 3000)
      }
    }
    for length in [0, 1, 2, 5, encoded.count / 2, encoded.count - 1] {
      #expect(throws: ChunkCodecError.self) {
        _ = try codec.decode(Array(encoded[..<length]), elementSize: 2, expectedBytes: 3000)
      }
    }
    #expect(throws: ChunkCodecError.trailingBytes) {
      _ = try codec.decode(encoded + [0], elementSize: 2, expectedBytes: 3000)
    }
    #expect(throws: ChunkCodecError.wrongSize(expected: 2998)) {
      _ = try codec.decode(encoded, elementSize: 2, expectedBytes: 2998)
    }
    #expect(throws: ChunkCodecError.wrongSize(expected: 3002)) {
      _ = try codec.decode(encoded, elementSize: 2, expectedBytes: 3002)
    }
    #expect(try codec.decode(encoded, elementSize: 2, expectedBytes: 3000) == samples)
  }

  @Test(arguments: [-1, 13])
  func `a level that does not exist is an error`(level: Int) {
    #expect(throws: ChunkCodecError.levelOutOfRange(level)) {
      _ = try [UInt8(1)].withUnsafeBytes { try ChunkCodec().encode($0, elementSize: 1, level: level) }
    }
  }

  @Test func `the checksum is CRC-32`() {
    // The check value of CRC-32/ISO-HDLC.
    #expect(Checksum.crc32(Array("123456789".utf8)) == 0xCBF4_3926)
    #expect(Checksum.crc32([]) == 0)
    let bytes = Self.bytes(1000)
    let first = Checksum.crc32(Array(bytes[..<300]))
    #expect(Checksum.crc32(Array(bytes[300...]), seed: first) == Checksum.crc32(bytes))
    #expect(Checksum.crc32([], seed: first) == first)
  }
}
