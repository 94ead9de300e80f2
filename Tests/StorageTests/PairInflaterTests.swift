import Foundation
import Storage
import Testing

/// Two streams at once, and one alone, against libdeflate.
@Suite struct PairInflaterTests {
  /// Bytes of many kinds: what differenced rasters look like, and what they do not.
  enum Content: String, CaseIterable, Sendable {
    case empty, one, zeros, ramp, pairs, narrowNoise, noise, text, clouds, farRepeats

    func bytes(_ count: Int) -> [UInt8] {
      var state: UInt64 = 88_172_645_463_325_252
      func random(_ bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state >> 33) % bound
      }
      switch self {
      case .empty: return []
      case .one: return [42]
      case .zeros: return Array(repeating: 0, count: count)
      case .ramp: return (0..<count).map { UInt8(truncatingIfNeeded: $0 / 3) }
      // Differences of sixteen bits in few sizes, as of a scene with little noise.
      case .pairs:
        return (0..<count / 2).flatMap { _ in
          let difference = UInt16(bitPattern: Int16(random(9) - 4))
          return [UInt8(difference & 255), UInt8(difference >> 8)]
        }
      case .narrowNoise: return (0..<count).map { _ in UInt8(random(6) * random(40)) }
      case .noise: return (0..<count).map { _ in UInt8(random(256)) }
      case .text:
        let words = ["scene ", "band ", "chunk ", "grid\n", "reflectance, ", "the ", "of "]
        var bytes: [UInt8] = []
        while bytes.count < count { bytes += words[random(words.count)].utf8 }
        return Array(bytes.prefix(count))
      case .clouds:
        var bytes: [UInt8] = []
        while bytes.count < count {
          bytes += Array(repeating: UInt8(random(3)), count: random(700))
          bytes += (0..<random(300)).map { _ in UInt8(random(256)) }
        }
        return Array(bytes.prefix(count))
      case .farRepeats:
        let period = (0..<30_011).map { _ in UInt8(random(256)) }
        return (0..<count).map { period[$0 % period.count] }
      }
    }
  }

  @Test(arguments: Content.allCases, [0, 1, 2, 3, 6, 9, 12])
  func `what libdeflate packed is unpacked`(content: Content, level: Int) throws {
    for size in [1, 2, 500, 20_000, 300_000] {
      let (first, second) = (content.bytes(size), Content.pairs.bytes(70_000))
      let bench = PairBench(
        [try bench(pack: first, level), try bench(pack: second, 6)], sizes: [first.count, second.count])
      let results = bench.unpack()
      #expect(results == (true, true), "\(size) bytes")
      #expect(bench.unpacked(0) == first)
      #expect(bench.unpacked(1) == second)
      bench.clear()
      #expect(bench.unpackAlone(0), "\(size) bytes alone")
      #expect(bench.unpacked(0) == first)
    }
  }

  /// zlib's other ways of packing, which libdeflate has not: a Huffman code alone, runs alone, the fixed code,
  /// flushes in the middle; made with zlib 1.2.13 of what the arguments say.
  @Test func `what else zlib can do is unpacked`() throws {
    for (index, sample) in ZlibSamples.all.enumerated() {
      let bench = PairBench(
        [sample.packed, ZlibSamples.all[0].packed],
        sizes: [sample.plain.count, ZlibSamples.all[0].plain.count])
      #expect(bench.unpack() == (true, true), "sample \(index)")
      #expect(bench.unpacked(0) == sample.plain, "sample \(index)")
      bench.clear()
      #expect(bench.unpackAlone(0) && bench.unpacked(0) == sample.plain, "sample \(index) alone")
    }
  }

  @Test func `a stream of another size is refused and the other is not`() throws {
    let plain = Content.pairs.bytes(50_000)
    let packed = try bench(pack: plain, 6)
    for size in [0, 1, 49_983, 49_999, 50_001, 50_016, 60_000] {
      let bench = PairBench([packed, packed], sizes: [size, 50_000])
      #expect(bench.unpack() == (false, true), "\(size)")
      #expect(bench.unpacked(1) == plain)
      #expect(!bench.unpackAlone(0), "\(size) alone")
    }
  }

  @Test(arguments: [Content.pairs, .clouds, .text, .narrowNoise], [1, 6, 9])
  func `damaged streams are taken only where libdeflate takes them`(content: Content, level: Int) throws {
    try damage(content, level, size: 6000, rounds: 2000)
    // Beyond the first 32 KiB matches are taken unasked.
    try damage(content, level, size: 80_000, rounds: 200)
  }

  private func damage(_ content: Content, _ level: Int, size: Int, rounds: Int) throws {
    let plain = content.bytes(size)
    let packed = try bench(pack: plain, level)
    let sound = try bench(pack: Content.pairs.bytes(size), 6)
    var state: UInt32 = 7
    for round in 0..<rounds {
      var damaged = packed
      func random(_ bound: Int) -> Int {
        state = state &* 1_664_525 &+ 1_013_904_223
        return Int(state >> 8) % bound
      }
      switch round % 4 {
      case 0: damaged[random(damaged.count)] ^= UInt8(1 << random(8))
      case 1: damaged.removeLast(1 + random(damaged.count - 1))
      case 2:
        damaged.replaceSubrange(
          2..<min(damaged.count, 2 + random(60)), with: (0..<60).map { _ in UInt8(random(256)) })
      default: damaged.append(UInt8(random(256)))
      }
      let bench = PairBench(
        round % 2 == 0 ? [damaged, sound] : [sound, damaged], sizes: [size, size],
        isAtEnd: round % 3 > 0)
      let place = round % 2
      // One in five alone.
      let results = round % 5 == 0 ? (bench.unpackAlone(place), bench.unpackAlone(place)) : bench.unpack()
      let isTaken = place == 0 ? results.0 : results.1
      // Some changes mean nothing, and Adler-32 is no proof: what libdeflate takes is right.
      let isRight =
        try !isTaken
        || bench.unpacked(place) == ChunkCodec().decode(damaged, elementSize: 1, expectedBytes: size)
      #expect(isRight, "round \(round)")
    }
  }

  @Test func `what is no zlib stream is refused`() throws {
    let sound = try bench(pack: [1, 2, 3], 6)
    for bytes: [UInt8] in [
      [], [0x78], [0x78, 0x9C, 0, 0, 0, 0], [0x1F, 0x8B, 8, 0, 0, 0, 0, 0], Array(repeating: 255, count: 99),
    ] {
      let bench = PairBench([bytes, sound], sizes: [3, 3])
      #expect(bench.unpack().0 == false)
    }
  }

  private func bench(pack bytes: [UInt8], _ level: Int) throws -> [UInt8] {
    // Level 1 is an encoder of our own there.
    try bytes.withUnsafeBytes { try ChunkCodec().encode($0, elementSize: 1, level: level) }
  }
}

/// Memory for two streams, with pages around it that nobody may touch: who does ends the process.
private final class PairBench {
  private let inflater = PairInflater()
  private let packed: [GuardedMemory]
  private let memory: [GuardedMemory]
  private let sizes: [(packed: Int, unpacked: Int)]

  /// - Parameter isAtEnd: whether the room behind the memory ends where the forbidden page begins, or the memory
  ///   begins where the one before it ends.
  init(_ streams: [[UInt8]], sizes: [Int], isAtEnd: Bool = true) {
    self.sizes = zip(streams, sizes).map { ($0.count, $1) }
    packed = streams.map { stream in
      let copy = GuardedMemory(stream.count + PairInflater.slack, isAtEnd: isAtEnd)
      // What lies behind a stream may be anything: the worst is what goes on like it.
      for index in copy.bytes.indices {
        copy.bytes[index] = stream.isEmpty ? 0 : stream[index % stream.count]
      }
      return copy
    }
    memory = sizes.map { GuardedMemory($0 + PairInflater.slack, isAtEnd: isAtEnd) }
  }

  func unpack() -> (Bool, Bool) { inflater.unpack(part(0), part(1)) }

  func unpackAlone(_ index: Int) -> Bool { inflater.unpack(part(index)) }

  /// Forgets what was unpacked.
  func clear() {
    for one in memory { one.bytes.initializeMemory(as: UInt8.self, repeating: 0xA5) }
  }

  private func part(_ index: Int) -> PairInflater.Part {
    PairInflater.Part(
      packed: UnsafeRawBufferPointer(rebasing: packed[index].bytes[..<sizes[index].packed]),
      unpacked: UnsafeMutableRawBufferPointer(rebasing: memory[index].bytes[..<sizes[index].unpacked]))
  }

  func unpacked(_ index: Int) -> [UInt8] { Array(memory[index].bytes[..<sizes[index].unpacked]) }
}

/// Memory between two pages that can be neither read nor written.
private final class GuardedMemory {
  private static let page = 4096
  private let whole: UnsafeMutableRawBufferPointer
  let bytes: UnsafeMutableRawBufferPointer

  init(_ count: Int, isAtEnd: Bool) {
    let inner = (count + GuardedMemory.page - 1) / GuardedMemory.page * GuardedMemory.page
    let size = inner + 2 * GuardedMemory.page
    let base = mmap(nil, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let base, base != MAP_FAILED,
      mprotect(base + GuardedMemory.page, inner, PROT_READ | PROT_WRITE) == 0
    else { preconditionFailure("no memory for the test") }
    whole = UnsafeMutableRawBufferPointer(start: base, count: size)
    let start = GuardedMemory.page + (isAtEnd ? inner - count : 0)
    bytes = UnsafeMutableRawBufferPointer(rebasing: whole[start..<(start + count)])
  }

  deinit { munmap(whole.baseAddress, whole.count) }
}
