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
  /// - Returns: how many blocks were unpacked, also of the read that follows; nil when one is cut short or damaged: GDAL
  ///   then says what is wrong with it.
  /// - Throws: what the read's bytes throw.
  public func read(_ read: BlockRead, into buffer: UnsafeMutableRawBufferPointer, rowStride: Int) throws
    -> Int?
  {
    let layout = read.layout
    precondition(
      PixelWindow(column: 0, row: 0, width: layout.width, height: layout.height).contains(read.window),
      "a window outside of the raster")
    for (number, rows) in read.unpacked { copy(number, rows, read, into: buffer, rowStride: rowStride) }
    // A block that is unpacked ahead counts then, whether or not somebody comes for it.
    var count = -pairs.ahead
    var awaited: [BlockPairs.Block] = []
    for (place, number) in read.numbers.enumerated() {
      let block = BlockPairs.Block(read: read, place: place)
      if pairs.take(block, into: &unpacked) {
        // Other reads have it already.
        copy(block, into: buffer, rowStride: rowStride)
        continue
      }
      switch read.exchange?.claim(number) ?? .own {
      case .unpacked(let rows): copy(number, rows, read, into: buffer, rowStride: rowStride)
      case .elsewhere: awaited.append(block)
      case .own:
        guard try unpackClaimed(block) else { return nil }
        copy(block, into: buffer, rowStride: rowStride)
        count += 1
      }
    }
    for block in awaited {
      if let rows = read.exchange?.wait(for: block.number) {
        copy(block.number, rows, read, into: buffer, rowStride: rowStride)
      } else {
        guard try unpackClaimed(block, isAlone: true) else { return nil }
        copy(block, into: buffer, rowStride: rowStride)
        count += 1
      }
    }
    return count + pairs.ahead
  }

  /// Brings a block that this read has claimed into `unpacked`, and ends the claim.
  private func unpackClaimed(_ block: BlockPairs.Block, isAlone: Bool = false) throws -> Bool {
    var isUnpacked = false
    defer { if !isUnpacked { block.read.exchange?.release(block.number) } }
    isUnpacked = try unpack(block, isAlone: isAlone)
    if isUnpacked {
      block.read.exchange?.keep(
        block.number, UnsafeRawBufferPointer(rebasing: unpacked.all[..<block.size]))
    }
    return isUnpacked
  }

  /// Brings a block into `unpacked`, still differenced where the file is.
  private func unpack(_ block: BlockPairs.Block, isAlone: Bool) throws -> Bool {
    guard let packedSize = block.packedSize else { return false }
    let target = unpacked.prefix(block.size)
    guard block.read.layout.isCompressed else { return try block.read.bytes(block.number, target) }
    let source = packed.prefix(packedSize)
    guard try block.read.bytes(block.number, source) else { return false }
    if pairs.unpack(block, UnsafeRawBufferPointer(source), into: target, isAlone: isAlone) { return true }
    do throws(ChunkCodecError) {
      try codec.decode(UnsafeRawBufferPointer(source), elementSize: 1, into: target)
      return true
    } catch {
      return false
    }
  }

  /// Copies what is wanted of the block in `unpacked`.
  private func copy(
    _ block: BlockPairs.Block, into buffer: UnsafeMutableRawBufferPointer, rowStride: Int
  ) {
    copy(
      block.number, UnsafeRawBufferPointer(rebasing: unpacked.all[..<block.size]), block.read, into: buffer,
      rowStride: rowStride)
  }

  /// Copies what is wanted of a block that another read has unpacked.
  private func copy(
    _ number: Int, _ rows: UnpackedRows, _ read: BlockRead, into buffer: UnsafeMutableRawBufferPointer,
    rowStride: Int
  ) {
    rows.bytes.withUnsafeBytes {
      copy(number, $0, from: rows.rows.lowerBound, read, into: buffer, rowStride: rowStride)
    }
  }

  /// Copies what is wanted of an unpacked block, of which there are the rows from one on.
  private func copy(
    _ number: Int, _ block: UnsafeRawBufferPointer, from first: Int = 0, _ read: BlockRead,
    into buffer: UnsafeMutableRawBufferPointer, rowStride: Int
  ) {
    let (layout, window) = (read.layout, read.window)
    let whole = layout.window(ofBlock: number)
    guard let part = whole.intersection(window) else { return }
    let size = layout.type.size
    let rows = BlockRows(
      source: block, sourceStride: layout.blockWidth * size,
      sourceStart: (part.row - whole.row - first) * layout.blockWidth * size,
      skip: part.column - whole.column, width: part.width, height: part.height, target: buffer,
      targetStride: rowStride * size,
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
