/// A block that will be read soon.
public struct AwaitedBlock {
  let layout: TIFFLayout
  let number: Int
  let read: (_ offset: UInt64, _ buffer: UnsafeMutableRawBufferPointer) -> Bool

  /// - Parameters:
  ///   - number: of the block, counted row by row.
  ///   - read: fills a buffer from the layout's file; false when that is not possible.
  public init(
    _ number: Int, of layout: TIFFLayout, read: @escaping (UInt64, UnsafeMutableRawBufferPointer) -> Bool
  ) {
    self.number = number
    self.layout = layout
    self.read = read
  }
}

/// The blocks that come after the one that is read, of which the next is unpacked beside it and kept.
final class BlocksAhead {
  /// Larger blocks are unpacked alone: a second one of them would be memory that nobody planned for.
  private static let largest = 4 << 20

  private let inflater = PairInflater()
  private var awaited: [AwaitedBlock] = []
  /// The place of the next block among those awaited.
  private var next = 0
  private var packed = ScratchMemory()
  private var kept = ScratchMemory()
  /// Whether the next block is unpacked already, in `kept`.
  private var isKept = false

  func expect(_ blocks: [AwaitedBlock]) {
    awaited = blocks
    next = 0
    isKept = false
  }

  /// Goes on to a block, and gives it when it is unpacked already.
  func take(_ number: Int, of layout: TIFFLayout, into unpacked: inout ScratchMemory) -> Bool {
    // Blocks that nobody announced may come in between.
    guard next < awaited.count, awaited[next].number == number, awaited[next].layout.path == layout.path
    else {
      return false
    }
    next += 1
    guard isKept else { return false }
    isKept = false
    swap(&kept, &unpacked)
    return true
  }

  /// Unpacks a block, and the next with it.
  ///
  /// - Parameters:
  ///   - source: with an inflater's slack behind it, as `target`.
  /// - Returns: whether the block is unpacked; when it is not, `target` holds nothing.
  func unpack(_ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) -> Bool {
    guard !isKept, next < awaited.count, target.count <= BlocksAhead.largest else { return false }
    let partner = awaited[next]
    let block = partner.layout.blocks[partner.number]
    let size = partner.layout.unpackedSize(row: partner.number / partner.layout.blocksAcross)
    guard partner.layout.isCompressed, size <= BlocksAhead.largest,
      Int(block.size) <= TIFFLayout.largestPacked(size)
    else { return false }
    let second = packed.prefix(Int(block.size))
    guard partner.read(block.offset, second) else { return false }
    let isUnpacked = inflater.unpack(
      PairInflater.Part(packed: source, unpacked: target),
      PairInflater.Part(packed: UnsafeRawBufferPointer(second), unpacked: kept.prefix(size)))
    isKept = isUnpacked.1
    return isUnpacked.0
  }
}
