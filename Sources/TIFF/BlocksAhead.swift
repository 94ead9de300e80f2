/// A block that will be read soon.
public struct AwaitedBlock {
  let layout: TIFFLayout
  let number: Int
  let bytes: (_ offset: UInt64, _ target: UnsafeMutableRawBufferPointer) -> Bool

  /// - Parameters:
  ///   - number: of the block, counted row by row.
  ///   - bytes: fills memory with the block as it is in the file, which begins at `offset`; false when it cannot.
  public init(
    _ number: Int, of layout: TIFFLayout,
    bytes: @escaping (_ offset: UInt64, _ target: UnsafeMutableRawBufferPointer) -> Bool
  ) {
    self.number = number
    self.layout = layout
    self.bytes = bytes
  }
}

/// The blocks that come after the one that is read, of which the next is unpacked beside it and kept.
final class BlocksAhead {
  /// Larger blocks are unpacked alone: a second one of them would be memory that nobody planned for.
  private static let largest = 2 << 20

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
    guard next < awaited.count, awaited[next].number == number, awaited[next].layout.path == layout.path,
      awaited[next].layout.blocks[number] == layout.blocks[number]
    else { return false }
    next += 1
    guard isKept else { return false }
    isKept = false
    swap(&kept, &unpacked)
    return true
  }

  /// Unpacks a block, and the next with it when one is awaited.
  ///
  /// - Parameters:
  ///   - source: with an inflater's slack behind it, as `target`.
  /// - Returns: whether the block is unpacked; when it is not, `target` holds nothing.
  func unpack(_ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) -> Bool {
    let part = PairInflater.Part(packed: source, unpacked: target)
    guard let partner = partner(beside: target.count) else { return inflater.unpack(part) }
    let isUnpacked = inflater.unpack(part, partner)
    isKept = isUnpacked.1
    return isUnpacked.0
  }

  /// The next block as it is in its file, and memory for it; nil when none is awaited that can be unpacked here.
  private func partner(beside size: Int) -> PairInflater.Part? {
    guard !isKept, next < awaited.count, size <= BlocksAhead.largest else { return nil }
    let partner = awaited[next]
    let block = partner.layout.blocks[partner.number]
    let size = partner.layout.unpackedSize(row: partner.number / partner.layout.blocksAcross)
    guard partner.layout.isCompressed, size <= BlocksAhead.largest,
      Int(block.size) <= TIFFLayout.largestPacked(size)
    else { return nil }
    let source = packed.prefix(Int(block.size))
    guard partner.bytes(block.offset, source) else { return nil }
    return PairInflater.Part(packed: UnsafeRawBufferPointer(source), unpacked: kept.prefix(size))
  }
}
