public import Geo
internal import Raster
public import Storage

/// Unpacks blocks of TIFFs straight into a plane: no block cache, no copies in between. One a worker.
///
/// Blocks that were announced are unpacked two at a time, see `PairInflater`.
public final class TIFFBlockReader {
  private let codec = ChunkCodec()
  private var packed = ScratchMemory()
  private var unpacked = ScratchMemory()
  private let ahead = BlocksAhead()

  public init() {}

  /// Hears which blocks will be read next, in this order; what was announced before and not read is forgotten.
  public func expect(_ blocks: [AwaitedBlock]) { ahead.expect(blocks) }

  /// Reads a window of pixels as stored.
  ///
  /// - Parameters:
  ///   - file: open on the layout's path.
  ///   - window: in pixels of the raster, all inside it.
  ///   - buffer: gets rows of `window.width` samples, their starts `rowStride` samples apart.
  ///   - isWanted: asked for each block's part of the window; what is not wanted is not read, and its samples in
  ///     the buffer stay as they were.
  /// - Returns: false when a block is cut short or damaged: GDAL then says what is wrong with it.
  public func read(
    _ layout: TIFFLayout, from file: borrowing FileBytes, window: PixelWindow,
    into buffer: UnsafeMutableRawBufferPointer, rowStride: Int,
    isWanted: (PixelWindow) -> Bool = { _ in true }
  ) -> Bool {
    read(layout, window: window, into: buffer, rowStride: rowStride, isWanted: isWanted) {
      file.read(at: layout.blocks[$0].offset, into: $1)
    }
  }

  /// Reads a window of pixels as stored, from blocks that were fetched before.
  ///
  /// - Parameter packed: gives a block by its number, as it is in the file; nil when there is none.
  /// - Returns: false when a block does not unpack to its pixels.
  public func read(
    _ layout: TIFFLayout, window: PixelWindow, into buffer: UnsafeMutableRawBufferPointer, rowStride: Int,
    isWanted: (PixelWindow) -> Bool, packed: (_ number: Int) throws -> UnsafeRawBufferPointer?
  ) rethrows -> Bool {
    try read(layout, window: window, into: buffer, rowStride: rowStride, isWanted: isWanted) {
      number, target in
      guard let bytes = try packed(number), bytes.count == target.count else { return false }
      target.copyMemory(from: bytes)
      return true
    }
  }

  private func read(
    _ layout: TIFFLayout, window: PixelWindow, into buffer: UnsafeMutableRawBufferPointer, rowStride: Int,
    isWanted: (PixelWindow) -> Bool,
    bytes: (_ number: Int, _ target: UnsafeMutableRawBufferPointer) throws -> Bool
  ) rethrows -> Bool {
    precondition(
      PixelWindow(column: 0, row: 0, width: layout.width, height: layout.height).contains(window),
      "a window outside of the raster")
    let lastRow = (window.endRow - 1) / layout.blockHeight
    let lastColumn = (window.endColumn - 1) / layout.blockWidth
    for row in (window.row / layout.blockHeight)...lastRow {
      for column in (window.column / layout.blockWidth)...lastColumn {
        guard let part = layout.window(column: column, row: row).intersection(window), isWanted(part)
        else { continue }
        guard try unpack(layout, column: column, row: row, bytes) else { return false }
        copy(
          part, layout, origin: (column * layout.blockWidth, row * layout.blockHeight), window: window,
          into: buffer, rowStride: rowStride)
      }
    }
    return true
  }

  /// Brings a block into `unpacked`, still differenced where the file is.
  private func unpack(
    _ layout: TIFFLayout, column: Int, row: Int,
    _ bytes: (_ number: Int, _ target: UnsafeMutableRawBufferPointer) throws -> Bool
  ) rethrows -> Bool {
    let number = row * layout.blocksAcross + column
    if ahead.take(number, of: layout, into: &unpacked) { return true }
    let size = layout.unpackedSize(row: row)
    let packedSize = Int(layout.blocks[number].size)
    let target = unpacked.prefix(size)
    guard layout.isCompressed else { return try packedSize == size && bytes(number, target) }
    guard packedSize <= TIFFLayout.largestPacked(size) else { return false }
    let source = packed.prefix(packedSize)
    guard try bytes(number, source) else { return false }
    if ahead.unpack(UnsafeRawBufferPointer(source), into: target) { return true }
    do throws(ChunkCodecError) {
      try codec.decode(UnsafeRawBufferPointer(source), elementSize: 1, into: target)
      return true
    } catch {
      return false
    }
  }

  private func copy(
    _ part: PixelWindow, _ layout: TIFFLayout, origin: (column: Int, row: Int), window: PixelWindow,
    into buffer: UnsafeMutableRawBufferPointer, rowStride: Int
  ) {
    let size = layout.type.size
    let rows = BlockRows(
      source: UnsafeRawBufferPointer(unpacked.all), sourceStride: layout.blockWidth * size,
      sourceStart: (part.row - origin.row) * layout.blockWidth * size, skip: part.column - origin.column,
      width: part.width, height: part.height, target: buffer, targetStride: rowStride * size,
      targetStart: ((part.row - window.row) * rowStride + part.column - window.column) * size)
    guard layout.isDifferenced else {
      rows.copy(sampleSize: size)
      return
    }
    switch size {
    case 1: rows.integrate(UInt8.self)
    case 2: rows.integrate()
    default: rows.integrate(UInt32.self)
    }
  }
}
