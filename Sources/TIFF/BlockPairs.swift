internal import Storage

/// Unpacks a block together with the one that is read after it, and keeps that until it is asked for. One a worker.
final class BlockPairs {
  /// A block of a read, by its place among those of the read.
  struct Block {
    let read: BlockRead
    let place: Int

    var number: Int { read.numbers[place] }
    /// Bytes of its pixels.
    var size: Int { read.layout.unpackedSize(row: number / read.layout.blocksAcross) }
    /// Bytes that it has in the file; nil for a size that no sound block has.
    var packedSize: Int? {
      let packed = Int(read.layout.blocks[number].size)
      guard read.layout.isCompressed else { return packed == size ? packed : nil }
      return packed <= TIFFLayout.largestPacked(size) ? packed : nil
    }

    /// Claims the block that is unpacked after it, as far as that can be said now: the next one that no other read has
    /// unpacked or has in work.
    func claimNext() -> Block? {
      Block.claim(from: place + 1, of: read) ?? read.following.flatMap { Block.claim(from: 0, of: $0) }
    }

    init(read: BlockRead, place: Int) {
      (self.read, self.place) = (read, place)
    }

    private static func claim(from place: Int, of read: BlockRead) -> Block? {
      read.numbers[place...].firstIndex { read.exchange?.claimIfAbsent($0) ?? true }
        .map { Block(read: read, place: $0) }
    }
  }

  /// Larger blocks are unpacked alone: a second one of them would be memory that nobody planned for.
  private static let largest = 2 << 20

  private let inflater = PairInflater()
  private var packed = ScratchMemory()
  private var kept = ScratchMemory()
  /// The read whose block is unpacked in `kept`, at `keptPlace`; nil once it was taken, or its read was given up.
  private weak var keptRead: BlockRead?
  private var keptPlace = 0
  /// How many blocks were unpacked together with others before they were asked for.
  private(set) var ahead = 0

  /// Gives a block that is unpacked already.
  func take(_ block: Block, into unpacked: inout ScratchMemory) -> Bool {
    guard keptRead === block.read, keptPlace == block.place else { return false }
    keptRead = nil
    swap(&kept, &unpacked)
    return true
  }

  /// Unpacks a block, and the next with it when that can be unpacked here; other reads get that one at once.
  ///
  /// - Parameters:
  ///   - source: with an inflater's slack behind it, as `target`.
  ///   - isAlone: whether no other is unpacked with it.
  /// - Returns: whether the block is unpacked; when it is not, `target` holds nothing.
  func unpack(
    _ block: Block, _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer,
    isAlone: Bool
  ) -> Bool {
    let part = PairInflater.Part(packed: source, unpacked: target)
    // One that is kept is still to be asked for: the same band of another scene may be read before the next band.
    guard !isAlone, keptRead == nil else { return inflater.unpack(part) }
    guard target.count <= BlockPairs.largest, let next = block.claimNext() else {
      return inflater.unpack(part)
    }
    guard let partner = partner(next) else {
      next.read.exchange?.release(next.number)
      return inflater.unpack(part)
    }
    let isUnpacked = inflater.unpack(part, partner)
    if isUnpacked.1 {
      (keptRead, keptPlace) = (next.read, next.place)
      ahead += 1
      next.read.exchange?.keep(
        next.number, UnsafeRawBufferPointer(rebasing: kept.all[..<next.size]))
    } else {
      next.read.exchange?.release(next.number)
    }
    return isUnpacked.0
  }

  /// A block as it is in its file, and memory for it; nil where it cannot be unpacked here.
  private func partner(_ block: Block) -> PairInflater.Part? {
    let size = block.size
    guard block.read.layout.isCompressed, size <= BlockPairs.largest, let packedSize = block.packedSize
    else { return nil }
    let source = packed.prefix(packedSize)
    // What cannot be read is found out again when it is its turn.
    guard (try? block.read.bytes(block.number, source)) ?? false else { return nil }
    return PairInflater.Part(packed: UnsafeRawBufferPointer(source), unpacked: kept.prefix(size))
  }
}
