internal import Geo
internal import Raster
internal import Storage

/// Unpacks blocks of TIFFs straight into a plane: no block cache, no copies in between. One a worker.
///
/// Blocks are unpacked two at a time, see `PairInflater`.
public final class TIFFBlockReader {
  private let codec = ChunkCodec()
  private var packed = ScratchMemory()
  private var unpacked = ScratchMemory()
  private let pairs = BlockPairs()

  public init() {}

  /// Reads a window of pixels as stored.
  ///
  /// - Parameters:
  ///   - read: which blocks, and where their bytes come from.
  ///   - buffer: gets rows of the window's width in samples, their starts `rowStride` samples apart; samples of blocks
  ///     that are not read stay as they were.
  ///   - rowStride: samples from the start of a row to that of the next, at least the window's width.
  /// - Returns: how many blocks were unpacked; nil when one is cut short or damaged: GDAL then says what is wrong with it.
  /// - Throws: what the read's bytes throw.
  public func read(_ read: BlockRead, into buffer: UnsafeMutableRawBufferPointer, rowStride: Int) throws
    -> Int?
  {
    let layout = read.layout
    precondition(
      PixelWindow(column: 0, row: 0, width: layout.width, height: layout.height).contains(read.window),
      "a window outside of the raster")
    for (number, block) in read.unpacked {
      block.withUnsafeBytes { copy(number, $0, read, into: buffer, rowStride: rowStride) }
    }
    var count = 0
    for (place, number) in read.numbers.enumerated() {
      let block = BlockPairs.Block(read: read, place: place)
      if !pairs.take(block, into: &unpacked) {
        if let present = read.exchange?.take(number) {
          present.withUnsafeBytes { copy(number, $0, read, into: buffer, rowStride: rowStride) }
          continue
        }
        guard try unpack(block) else { return nil }
      }
      count += 1
      let bytes = UnsafeRawBufferPointer(rebasing: unpacked.all[..<block.size])
      read.exchange?.keep(number, bytes)
      copy(number, bytes, read, into: buffer, rowStride: rowStride)
    }
    return count
  }

  /// Brings a block into `unpacked`, still differenced where the file is.
  private func unpack(_ block: BlockPairs.Block) throws -> Bool {
    guard let packedSize = block.packedSize else { return false }
    let target = unpacked.prefix(block.size)
    guard block.read.layout.isCompressed else { return try block.read.bytes(block.number, target) }
    let source = packed.prefix(packedSize)
    guard try block.read.bytes(block.number, source) else { return false }
    if pairs.unpack(block, UnsafeRawBufferPointer(source), into: target) { return true }
    do throws(ChunkCodecError) {
      try codec.decode(UnsafeRawBufferPointer(source), elementSize: 1, into: target)
      return true
    } catch {
      return false
    }
  }

  /// Copies what is wanted of an unpacked block.
  private func copy(
    _ number: Int, _ block: UnsafeRawBufferPointer, _ read: BlockRead,
    into buffer: UnsafeMutableRawBufferPointer, rowStride: Int
  ) {
    let (layout, window) = (read.layout, read.window)
    let whole = layout.window(ofBlock: number)
    guard let part = whole.intersection(window) else { return }
    let size = layout.type.size
    let rows = BlockRows(
      source: block, sourceStride: layout.blockWidth * size,
      sourceStart: (part.row - whole.row) * layout.blockWidth * size, skip: part.column - whole.column,
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
