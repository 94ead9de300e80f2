internal import CDeflate
import Synchronization

/// What is wrong with a compressed chunk.
public enum ChunkCodecError: Error, Hashable, Sendable {
  /// Not a zlib stream, damaged or cut short.
  case corrupt
  /// A sound stream, followed by something else.
  case trailingBytes
  /// A sound stream, but of another number of bytes than expected.
  case wrongSize(expected: Int)
  /// Levels are 0 (stored) to 12.
  case levelOutOfRange(Int)
  case outOfMemory
}

extension ChunkCodecError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .corrupt: "the compressed chunk is damaged or cut short"
    case .trailingBytes: "the compressed chunk is followed by other bytes"
    case .wrongSize(let expected): "the compressed chunk does not hold the expected \(expected) bytes"
    case .levelOutOfRange(let level): "there is no compression level \(level); levels are 0 to 12"
    case .outOfMemory: "not enough memory to compress a chunk"
    }
  }
}

/// Packs chunks as Zarr v2 (`shuffle` + `zlib`) and HDF5 (shuffle + deflate) both store them.
///
/// The result can be put in a Zarr store or, with `H5Dwrite_chunk` and filter mask 0, in an HDF5 dataset that
/// has the two filters. Samples of one byte are not shuffled: leave the filter out of the metadata then.
///
/// Holds a compressor (up to 8 MB at high levels) and buffers, and uses them again: make one for each thread
/// that compresses. Using one from several threads is safe, but they wait for each other.
public final class ChunkCodec: Sendable {
  private let state = Mutex(State())

  public init() {}

  /// Shuffles and compresses the samples of a chunk, and lends the result to `body`.
  ///
  /// - Parameters:
  ///   - samples: the chunk's bytes, little-endian, row by row, padded to the full chunk.
  ///   - elementSize: bytes per sample; 1 leaves the order as it is.
  ///   - level: 0 (stored), 1 (fastest) to 12 (smallest).
  ///   - body: gets the compressed bytes, which are valid until it returns; it must not use this codec.
  public func withEncoded<Result: Sendable>(
    _ samples: UnsafeRawBufferPointer,
    elementSize: Int,
    level: Int,
    _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    precondition(elementSize > 0)
    return try state.withLock { state in
      try body(UnsafeRawBufferPointer(try state.encode(samples, elementSize: elementSize, level: level)))
    }
  }

  /// Shuffles and compresses the samples of a chunk into an array, see `withEncoded`.
  public func encode(_ samples: UnsafeRawBufferPointer, elementSize: Int, level: Int) throws -> [UInt8] {
    try withEncoded(samples, elementSize: elementSize, level: level) { Array($0) }
  }

  /// Decompresses and unshuffles a chunk.
  ///
  /// - Parameters:
  ///   - compressed: exactly one zlib stream.
  ///   - elementSize: bytes per sample; 1 leaves the order as it is.
  ///   - expectedBytes: the size of the full chunk.
  /// - Throws: `ChunkCodecError` when the bytes are not such a chunk.
  public func decode(
    _ compressed: UnsafeRawBufferPointer,
    elementSize: Int,
    expectedBytes: Int
  ) throws(ChunkCodecError) -> [UInt8] {
    var failure: ChunkCodecError?
    let samples = [UInt8](unsafeUninitializedCapacity: expectedBytes) { buffer, count in
      do throws(ChunkCodecError) {
        let target = UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: expectedBytes)
        try decode(compressed, elementSize: elementSize, into: target)
        count = expectedBytes
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return samples
  }

  /// Decompresses and unshuffles an array, see `decode(_:elementSize:expectedBytes:)`.
  public func decode(
    _ compressed: [UInt8],
    elementSize: Int,
    expectedBytes: Int
  ) throws(ChunkCodecError) -> [UInt8] {
    try compressed.withUnsafeBufferPointer { (bytes) throws(ChunkCodecError) in
      try decode(UnsafeRawBufferPointer(bytes), elementSize: elementSize, expectedBytes: expectedBytes)
    }
  }

  /// The same for chunks that may not be compressed at all.
  public func unpack(
    _ packed: UnsafeRawBufferPointer, elementSize: Int, isDeflated: Bool,
    into target: UnsafeMutableRawBufferPointer
  ) throws(ChunkCodecError) {
    if isDeflated { return try decode(packed, elementSize: elementSize, into: target) }
    guard packed.count == target.count else { throw .wrongSize(expected: target.count) }
    if elementSize > 1 {
      ByteShuffle.unshuffle(packed, elementSize: elementSize, into: target)
    } else {
      target.copyMemory(from: packed)
    }
  }

  /// Decompresses and unshuffles a chunk into memory of exactly the full chunk's size.
  public func decode(
    _ compressed: UnsafeRawBufferPointer,
    elementSize: Int,
    into target: UnsafeMutableRawBufferPointer
  ) throws(ChunkCodecError) {
    precondition(elementSize > 0)
    try state.withLock { (state) throws(ChunkCodecError) in
      try state.decode(compressed, elementSize: elementSize, into: target)
    }
  }
}

/// The compressor, the decompressor and the buffers of one codec.
///
/// Sendable because what it holds belongs to it alone and to no thread.
private struct State: ~Copyable, @unchecked Sendable {
  private var compressor: OpaquePointer?
  private var level = -1
  private var decompressor: OpaquePointer?
  private var shuffled = ScratchBuffer()
  private var packed = ScratchBuffer()
  private var runs = RunEncoder()

  deinit {
    libdeflate_free_compressor(compressor)
    libdeflate_free_decompressor(decompressor)
  }

  /// The result is valid until the next call.
  mutating func encode(
    _ samples: UnsafeRawBufferPointer,
    elementSize: Int,
    level: Int
  ) throws(ChunkCodecError) -> UnsafeMutableRawBufferPointer {
    var input = samples
    if elementSize > 1 {
      let target = try shuffled.prefix(samples.count)
      ByteShuffle.shuffle(samples, elementSize: elementSize, into: target)
      input = UnsafeRawBufferPointer(target)
    }
    if level == 1 {
      let output = try packed.prefix(RunEncoder.bound(samples.count))
      let size = runs.encode(input, checksum: Checksum.adler32(input), into: output)
      return UnsafeMutableRawBufferPointer(rebasing: output[..<size])
    }
    let compressor = try compressor(level: level)
    let bound = libdeflate_zlib_compress_bound(compressor, samples.count)
    let output = try packed.prefix(bound)
    let size = libdeflate_zlib_compress(compressor, input.baseAddress, input.count, output.baseAddress, bound)
    guard size > 0 else { throw .outOfMemory }
    return UnsafeMutableRawBufferPointer(rebasing: output[..<size])
  }

  mutating func decode(
    _ compressed: UnsafeRawBufferPointer,
    elementSize: Int,
    into target: UnsafeMutableRawBufferPointer
  ) throws(ChunkCodecError) {
    guard !compressed.isEmpty else { throw .corrupt }
    if decompressor == nil { decompressor = libdeflate_alloc_decompressor() }
    guard let decompressor else { throw .outOfMemory }
    let unpacked = elementSize > 1 ? try shuffled.prefix(target.count) : target
    var used = 0
    let result = libdeflate_zlib_decompress_ex(
      decompressor,
      compressed.baseAddress,
      compressed.count,
      unpacked.baseAddress,
      unpacked.count,
      &used,
      nil
    )
    switch result {
    case LIBDEFLATE_SUCCESS where used == compressed.count: break
    case LIBDEFLATE_SUCCESS: throw .trailingBytes
    case LIBDEFLATE_SHORT_OUTPUT, LIBDEFLATE_INSUFFICIENT_SPACE: throw .wrongSize(expected: target.count)
    default: throw .corrupt
    }
    if elementSize > 1 {
      ByteShuffle.unshuffle(UnsafeRawBufferPointer(unpacked), elementSize: elementSize, into: target)
    }
  }

  private mutating func compressor(level: Int) throws(ChunkCodecError) -> OpaquePointer {
    guard (0...12).contains(level) else { throw .levelOutOfRange(level) }
    if let compressor, self.level == level { return compressor }
    libdeflate_free_compressor(compressor)
    compressor = libdeflate_alloc_compressor(Int32(level))
    self.level = level
    guard let compressor else { throw .outOfMemory }
    return compressor
  }
}

/// Memory that grows to the largest size asked for and keeps nothing when it grows.
private struct ScratchBuffer: ~Copyable {
  private var memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)

  deinit { memory.deallocate() }

  mutating func prefix(_ size: Int) throws(ChunkCodecError) -> UnsafeMutableRawBufferPointer {
    if memory.count < size || memory.baseAddress == nil {
      memory.deallocate()
      memory = .allocate(byteCount: max(size, 64), alignment: 64)
    }
    return UnsafeMutableRawBufferPointer(rebasing: memory[..<size])
  }
}
