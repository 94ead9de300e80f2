import Deflate
import DeflateAVX2
import Raster
import Storage
import Testing

/// Level 1 of the codec is an encoder of our own: libdeflate has to read back what it writes.
@Suite struct RunDeflateTests {
  /// Bytes that try its branches: noise, runs of every length, few distinct bytes, mixtures.
  private static func inputs() -> [[UInt8]] {
    var state: UInt64 = 42
    func random() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state >> 33
    }
    var inputs: [[UInt8]] = [
      [], [7], [7, 7], [7, 7, 7], [1, 2, 3, 4, 5, 6, 7, 8, 9], Array(repeating: 0, count: 200_000),
    ]
    for count in [1, 63, 64, 65, 65_534, 65_535, 65_536, 131_070, 200_001] {
      inputs.append((0..<count).map { _ in UInt8(truncatingIfNeeded: random()) })
      inputs.append((0..<count).map { _ in UInt8(random() % 3) })
      inputs.append((0..<count).map { UInt8(truncatingIfNeeded: $0 / 300) })
    }
    // Every run length between noise, also across the ends of blocks.
    var runs: [UInt8] = []
    for length in 1...600 {
      runs += Array(repeating: UInt8(truncatingIfNeeded: length), count: length)
      runs += (0..<(length % 11)).map { _ in UInt8(truncatingIfNeeded: random()) }
    }
    inputs.append(runs)
    // A steep distribution asks for codes longer than deflate allows.
    var steep: [UInt8] = []
    for symbol in 0..<24 { steep += Array(repeating: UInt8(symbol * 5), count: 1 << min(symbol, 15)) }
    var mixed = steep
    for index in mixed.indices { mixed.swapAt(index, Int(random() % UInt64(mixed.count))) }
    inputs += [steep, mixed]
    return inputs
  }

  @Test func `what level1 writes is read back bit for bit`() throws {
    let codec = ChunkCodec()
    for input in Self.inputs() where !input.isEmpty {
      let packed = try input.withUnsafeBytes { try codec.encode($0, elementSize: 1, level: 1) }
      let unpacked = try codec.decode(packed, elementSize: 1, expectedBytes: input.count)
      #expect(unpacked == input, "\(input.count) bytes")
    }
  }

  @Test(
    .enabled(if: Processor.available.count > 1, "this processor has no AVX2: one of the builds runs here"))
  func `the builds for processors with and without AVX2 write the same bytes`() throws {
    var baseline = Deflate.RunDeflate()
    var wide = DeflateAVX2.RunDeflate()
    for input in Self.inputs() {
      let size = Deflate.RunDeflate.bound(input.count)
      let written = input.withUnsafeBytes { bytes in
        let first = [UInt8](unsafeUninitializedCapacity: size) { output, count in
          count = baseline.encode(bytes, checksum: 7, into: UnsafeMutableRawBufferPointer(output))
        }
        let second = [UInt8](unsafeUninitializedCapacity: size) { output, count in
          count = wide.encode(bytes, checksum: 7, into: UnsafeMutableRawBufferPointer(output))
        }
        return (first, second)
      }
      #expect(written.0 == written.1, "\(input.count) bytes")
    }
  }

  @Test func `Float samples come back and take little more than a general encoder makes of them`() throws {
    // Smooth values with a noisy end of the mantissa, and a third of them missing.
    var samples = [Float](repeating: .nan, count: 512 * 512)
    var state: UInt64 = 9
    for index in samples.indices where (index / 700) % 3 != 0 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let noise = Float(state >> 40) / 16_777_216
      samples[index] = 0.3 + 0.2 * Float(index % 512) / 512 + noise * 0.01
    }
    let codec = ChunkCodec()
    let bytes = samples.withUnsafeBytes { Array($0) }
    let fast = try bytes.withUnsafeBytes { try codec.encode($0, elementSize: 4, level: 1) }
    let general = try bytes.withUnsafeBytes { try codec.encode($0, elementSize: 4, level: 2) }
    #expect(try codec.decode(fast, elementSize: 4, expectedBytes: bytes.count) == bytes)
    #expect(fast.count < general.count * 5 / 4)
  }

  /// As the low bytes of samples of which some are missing.
  @Test(arguments: [2, 3, 5, 17], [40, 100, 331, 1000])
  func `noise with gaps takes little more than the noise`(parts: Int, length: Int) throws {
    var state: UInt64 = 3
    var noise = 0
    var bytes = [UInt8](repeating: 0, count: 262_144)
    for index in bytes.indices where (index / length) % parts != 0 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      bytes[index] = UInt8(truncatingIfNeeded: state >> 40)
      noise += 1
    }
    // Runs of all lengths among them, and a byte of another kind at the end.
    for run in 1...280 { for place in 0..<run { bytes[run * 800 + place] = UInt8(run % 7) } }
    bytes[bytes.count - 1] = 200
    let packed = try bytes.withUnsafeBytes { try ChunkCodec().encode($0, elementSize: 1, level: 1) }
    #expect(try ChunkCodec().decode(packed, elementSize: 1, expectedBytes: bytes.count) == bytes)
    #expect(packed.count < noise * 103 / 100 + 6 * (bytes.count / (length * parts)) + 6000)
  }

  @Test func `noise is stored with little overhead`() throws {
    var state: UInt64 = 1
    let noise = (0..<300_000).map { _ -> UInt8 in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(truncatingIfNeeded: state >> 40)
    }
    let packed = try noise.withUnsafeBytes { try ChunkCodec().encode($0, elementSize: 1, level: 1) }
    #expect(packed.count < noise.count + 100)
  }
}
