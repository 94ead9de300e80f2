public import Geo
public import Raster
internal import Storage

/// Where the compressed blocks of a TIFF are, for files simple enough to be read without a library.
///
/// Covers what archives of single-band rasters use: classic TIFF and BigTIFF, little-endian, one sample a pixel,
/// tiles or strips, deflate or no compression, no predictor or horizontal differencing. Everything else is for
/// GDAL. TIFF 6.0, BigTIFF, and Adobe's technical notes 2 (deflate) and 3 (predictors).
public struct TIFFLayout: Hashable, Sendable {
  public let path: String
  public let width: Int
  public let height: Int
  public let type: SampleType
  /// Width and height of the blocks: tiles, or strips as wide as the raster.
  public let blockWidth: Int
  public let blockHeight: Int
  /// Tiles are stored whole at the edges, the last strip is as short as the raster.
  let isTiled: Bool
  let isCompressed: Bool
  let isDifferenced: Bool
  /// Position and size in the file of each block, row by row.
  let blocks: [Block]

  struct Block: Hashable, Sendable {
    let offset: UInt64
    let size: UInt32
  }

  public var blocksAcross: Int { (width + blockWidth - 1) / blockWidth }
  public var blocksDown: Int { (height + blockHeight - 1) / blockHeight }

  /// Reads a file's first directory.
  ///
  /// - Returns: nil when the file is not of a form covered here, or cannot be read: GDAL then says why.
  public init?(path: String) {
    guard let file = try? FileBytes(path) else { return nil }
    let read: TIFFDirectory.Read = { file.read(at: $0, count: $1) }
    guard let directory = TIFFDirectory(read) else { return nil }
    self.init(path: path, directory: directory)
  }

  /// Reads the first directory of a file that is elsewhere.
  ///
  /// - Parameters:
  ///   - path: the file's name, for messages.
  ///   - read: gives bytes from a place on; nil when they are not to be had.
  public init?(path: String, read: (_ offset: Int, _ count: Int) -> [UInt8]?) {
    guard let directory = TIFFDirectory(read) else { return nil }
    self.init(path: path, directory: directory)
  }

  private init?(path: String, directory: TIFFDirectory) {
    guard TIFFLayout.isPlain(directory), !directory.isBigEndian,
      let width = directory.number(.imageWidth), let height = directory.number(.imageLength),
      (1...Int(Int32.max)).contains(width), (1...Int(Int32.max)).contains(height),
      directory.isAbsent(.samplesPerPixel, or: 1),
      let type = TIFFLayout.sampleType(directory)
    else { return nil }
    switch directory.numbers(.compression) ?? [1] {
    case [1]: isCompressed = false
    case [8], [32_946]: isCompressed = true
    default: return nil
    }
    switch directory.numbers(.predictor) ?? [1] {
    case [1]: isDifferenced = false
    case [2] where type.isInteger && isCompressed: isDifferenced = true
    default: return nil
    }
    self.path = path
    self.width = width
    self.height = height
    self.type = type
    let offsets: [Int]
    let sizes: [Int]
    if let tileWidth = directory.number(.tileWidth), let tileHeight = directory.number(.tileLength) {
      isTiled = true
      (blockWidth, blockHeight) = (tileWidth, tileHeight)
      (offsets, sizes) = (directory.numbers(.tileOffsets) ?? [], directory.numbers(.tileByteCounts) ?? [])
    } else {
      isTiled = false
      guard let rows = (directory.numbers(.rowsPerStrip) ?? [height]).only else { return nil }
      (blockWidth, blockHeight) = (width, min(rows, height))
      (offsets, sizes) = (directory.numbers(.stripOffsets) ?? [], directory.numbers(.stripByteCounts) ?? [])
    }
    guard blockWidth > 0, blockHeight > 0, blockWidth <= 65_536, blockHeight <= 65_536 else { return nil }
    let count =
      ((width + blockWidth - 1) / blockWidth) * ((height + blockHeight - 1) / blockHeight)
    guard offsets.count == count, sizes.count == count else { return nil }
    var blocks: [Block] = []
    blocks.reserveCapacity(count)
    for (offset, size) in zip(offsets, sizes) {
      // A block of no bytes is a hole that means "nodata": GDAL knows what to fill it with.
      guard offset > 0, size > 0, let size = UInt32(exactly: size) else { return nil }
      blocks.append(Block(offset: UInt64(offset), size: size))
    }
    self.blocks = blocks
  }

  /// The blocks, numbered row by row, that hold what is wanted of a window.
  public func blocks(in window: PixelWindow, isWanted: (PixelWindow) -> Bool) -> [Int] {
    guard !window.isEmpty else { return [] }
    var numbers: [Int] = []
    for row in (window.row / blockHeight)...((window.endRow - 1) / blockHeight) {
      for column in (window.column / blockWidth)...((window.endColumn - 1) / blockWidth) {
        guard let part = self.window(column: column, row: row).intersection(window), isWanted(part)
        else { continue }
        numbers.append(row * blocksAcross + column)
      }
    }
    return numbers
  }

  /// The bytes of the file that hold a block; nil for a size that no sound block has.
  public func bytes(ofBlock number: Int) -> Range<Int>? {
    let block = blocks[number]
    let size = unpackedSize(row: number / blocksAcross)
    guard let start = Int(exactly: block.offset), start < Int.max - Int(block.size),
      isCompressed ? Int(block.size) <= TIFFLayout.largestPacked(size) : Int(block.size) == size
    else { return nil }
    return start..<(start + Int(block.size))
  }

  /// No sound block is larger than its pixels by more than deflate's framing.
  static func largestPacked(_ size: Int) -> Int { size + size / 8 + 1024 }

  /// The pixels of a block that belong to the raster.
  func window(column: Int, row: Int) -> PixelWindow {
    PixelWindow(
      column: column * blockWidth, row: row * blockHeight,
      width: min(blockWidth, width - column * blockWidth),
      height: min(blockHeight, height - row * blockHeight))
  }

  /// The pixels of a block, numbered row by row, that belong to the raster.
  public func window(ofBlock number: Int) -> PixelWindow {
    window(column: number % blocksAcross, row: number / blocksAcross)
  }

  /// Bytes of a block once it is unpacked.
  func unpackedSize(row: Int) -> Int {
    let rows = isTiled ? blockHeight : min(blockHeight, height - row * blockHeight)
    return blockWidth * rows * type.size
  }

  /// Whether no tag of a directory is out of the ordinary, and none has blocks read in another way than is done here.
  private static func isPlain(_ directory: TIFFDirectory) -> Bool {
    let isTiled = directory.numbers(.tileWidth) != nil || directory.numbers(.tileLength) != nil
    let others: [TIFFDirectory.Tag] =
      isTiled
      ? [.stripOffsets, .stripByteCounts]
      : [.tileOffsets, .tileByteCounts]
    return directory.isOrdinary && others.allSatisfy { directory.numbers($0) == nil }
      // A copy of another size, or a mask, is not what GDAL opens a file for.
      && directory.isAbsent(.subfileType, or: 0)
      // Bits from the other end of each byte; rows from another side of the picture; several pictures in one.
      && directory.isAbsent(.fillOrder, or: 1) && directory.isAbsent(.orientation, or: 1)
      && directory.isAbsent(.imageDepth, or: 1) && directory.isAbsent(.tileDepth, or: 1)
      && directory.isAbsent(.planarConfiguration, or: 1) && directory.numbers(.extraSamples) == nil
      // Grey, or numbers of colours: other pictures may be stored at half their size, or turned into colours.
      && [0, 1, 3].contains { directory.isAbsent(.photometric, or: $0) }
  }

  private static func sampleType(_ directory: TIFFDirectory) -> SampleType? {
    switch (directory.numbers(.sampleFormat) ?? [1], directory.numbers(.bitsPerSample)) {
    case ([1], [8]): .uint8
    case ([1], [16]): .uint16
    case ([1], [32]): .uint32
    case ([2], [8]): .int8
    case ([2], [16]): .int16
    case ([2], [32]): .int32
    case ([3], [32]): .float32
    case ([3], [64]): .float64
    default: nil
    }
  }
}

extension [Int] {
  /// The only number; nil when there are several.
  fileprivate var only: Int? { count == 1 ? first : nil }
}
