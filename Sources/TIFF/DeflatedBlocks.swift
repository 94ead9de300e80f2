internal import Storage

/// The deflated blocks of a directory of a TIFF, each of which is proven by its stream's own checksum and size before
/// another library unpacks it.
///
/// libtiff takes a stream that unpacks to too much for whole, without a look at its checksum, and may leave memory
/// unset then; what it reads row by row it does not check at all.
public struct DeflatedBlocks: Sendable {
  /// Whether a block is what was packed.
  public enum Verdict: Hashable, Sendable {
    case sound
    /// The stream is cut short, or does not match its checksum.
    case damaged
    /// The stream is sound, but not of the block's size.
    case wrongSize(expected: Int)
  }

  /// What a directory says of its blocks.
  public enum Finding: Sendable {
    case deflated(DeflatedBlocks)
    /// The blocks are stored plainly, or packed in another way.
    case notDeflated
    /// It is not the directory of a raster of that size, or is malformed.
    case unknown
  }

  /// Width and height of the blocks; a single strip may be said to be higher than the raster.
  private let blockWidth: Int
  private let blockHeight: Int
  private let height: Int
  private let isTiled: Bool
  private let isBitReversed: Bool
  /// Bits of a pixel in a block; nil where blocks are not rows of whole pixels.
  private let bitsPerPixel: Int?

  /// Blocks up to this size are unpacked into memory, which is faster; larger ones piece by piece.
  private static let largestInMemory = 2 << 20

  /// Reads what a directory says of its blocks.
  ///
  /// - Parameters:
  ///   - place: of the directory in the file.
  ///   - width: of the picture that the directory is to describe, in pixels.
  ///   - height: of that picture, in pixels.
  ///   - read: gives bytes from a place on; nil when they are not to be had.
  public static func find(
    directoryAt place: Int, width: Int, height: Int, read: (_ offset: Int, _ count: Int) -> [UInt8]?
  ) -> Finding {
    guard let directory = TIFFDirectory(at: place, isWithBlocks: false, read),
      directory.number(.imageWidth) == width, directory.number(.imageLength) == height
    else { return .unknown }
    guard let compression = (directory.numbers(.compression) ?? [1]).first,
      [8, 32_946].contains(compression)
    else { return .notDeflated }
    return DeflatedBlocks(directory, width: width, height: height).map(Finding.deflated) ?? .unknown
  }

  private init?(_ directory: TIFFDirectory, width: Int, height: Int) {
    self.height = height
    isBitReversed = directory.number(.fillOrder) == 2
    isTiled = directory.numbers(.tileWidth) != nil || directory.numbers(.tileLength) != nil
    let blockWidth = isTiled ? directory.number(.tileWidth) : width
    let blockHeight = isTiled ? directory.number(.tileLength) : directory.number(.rowsPerStrip) ?? height
    guard let blockWidth, let blockHeight, blockWidth > 0, blockHeight > 0 else { return nil }
    self.blockWidth = blockWidth
    self.blockHeight = blockHeight
    let isSeparate = directory.number(.planarConfiguration) == 2
    let samples = isSeparate ? 1 : directory.number(.samplesPerPixel) ?? 1
    let isWhole =
      directory.isAbsent(.imageDepth, or: 1) && directory.isAbsent(.tileDepth, or: 1)
      // Colours may be stored at half the size of the picture.
      && directory.number(.photometric) != 6
    let bits = directory.numbers(.bitsPerSample) == nil ? 1 : directory.common(.bitsPerSample)
    bitsPerPixel = isWhole && samples > 0 && samples <= 65_535 ? bits.map { $0 * samples } : nil
  }

  /// Whether one strip holds the whole raster.
  public var isOneStrip: Bool { !isTiled && blockHeight >= height }

  /// Unpacks a block, as far as to see whether it is what was packed.
  ///
  /// - Parameters:
  ///   - row: of blocks, from the top.
  ///   - size: bytes of the packed block.
  ///   - read: fills memory with the packed block from a place in it on.
  /// - Throws: what `read` throws.
  public func check(
    row: Int, size: Int, read: (_ place: Int, _ target: UnsafeMutableRawBufferPointer) throws -> Void
  ) rethrows -> Verdict {
    let rows = isTiled ? blockHeight : min(blockHeight, height - row * blockHeight)
    guard rows > 0, let expected = unpackedSize(rows: rows) else {
      if case .sound = try stream(size, read) { return .sound }
      return .damaged
    }
    // Some writers store the last strip whole, beyond the raster's end.
    let sizes = Set([expected, unpackedSize(rows: blockHeight) ?? expected])
    if ([size] + sizes).allSatisfy({ $0 <= DeflatedBlocks.largestInMemory }) {
      return try inMemory(size, sizes: sizes.sorted(), read)
    }
    switch try stream(size, read) {
    case .damaged: return .damaged
    case .sound(let bytes): return sizes.contains(bytes) ? .sound : .wrongSize(expected: expected)
    }
  }

  private func unpackedSize(rows: Int) -> Int? {
    guard let bitsPerPixel else { return nil }
    let (bits, isTooLarge) = blockWidth.multipliedReportingOverflow(by: bitsPerPixel)
    guard !isTooLarge, bits < Int.max - 7 else { return nil }
    let (bytes, isStillTooLarge) = ((bits + 7) / 8).multipliedReportingOverflow(by: rows)
    return isStillTooLarge ? nil : bytes
  }

  private func inMemory(
    _ size: Int, sizes: [Int], _ read: (Int, UnsafeMutableRawBufferPointer) throws -> Void
  ) rethrows -> Verdict {
    var packed = ScratchMemory()
    var unpacked = ScratchMemory()
    let source = packed.prefix(size)
    try load(source, at: 0, read)
    let codec = ChunkCodec()
    for expected in sizes {
      do throws(ChunkCodecError) {
        try codec.decode(UnsafeRawBufferPointer(source), elementSize: 1, into: unpacked.prefix(expected))
        return .sound
      } catch {
        switch error {
        // What follows the stream is not part of the block.
        case .trailingBytes: return .sound
        case .wrongSize: continue
        default: return .damaged
        }
      }
    }
    // A stream of another size was not unpacked to its end: its checksum tells damage from a writer's mistake.
    guard case .sound = try stream(size, read) else { return .damaged }
    return .wrongSize(expected: sizes[0])
  }

  private func stream(
    _ size: Int, _ read: (Int, UnsafeMutableRawBufferPointer) throws -> Void
  ) rethrows -> ZlibStream.Outcome {
    var place = 0
    return try ZlibStream.check { target in
      let count = min(target.count, size - place)
      try load(UnsafeMutableRawBufferPointer(rebasing: target[..<count]), at: place, read)
      place += count
      return count
    }
  }

  private func load(
    _ target: UnsafeMutableRawBufferPointer, at place: Int,
    _ read: (Int, UnsafeMutableRawBufferPointer) throws -> Void
  ) rethrows {
    guard !target.isEmpty else { return }
    try read(place, target)
    if isBitReversed {
      for index in target.indices { target[index] = target[index].bitReversed }
    }
  }
}

extension UInt8 {
  /// The bits from the other end.
  fileprivate var bitReversed: UInt8 {
    let nibbles = self << 4 | self >> 4
    let pairs = (nibbles & 0x33) << 2 | (nibbles >> 2) & 0x33
    return (pairs & 0x55) << 1 | (pairs >> 1) & 0x55
  }
}
