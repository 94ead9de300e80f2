internal import Engine
internal import TIFF

/// What a read of one chunk and the reads of the chunks beside do for each other: which of its blocks are unpacked
/// already, and which it keeps for others.
struct ChunkEdges: BlockExchange {
  private let shared: SharedBlocks
  private let path: String
  private let chunk: Int
  private let worker: ObjectIdentifier
  /// By block, the other chunks that look at it.
  private let others: [Int: [Int]]
  /// The blocks that are still to be unpacked, in the order in which that is done best.
  let numbers: [Int]
  /// Those that were unpacked when the read was planned.
  let unpacked: [Int: [UInt8]]

  /// Nil where no other chunk looks at any of the blocks.
  init?(
    _ all: [Int], of read: BandRead, _ layout: TIFFLayout, in shared: SharedBlocks, worker: ObjectIdentifier
  ) {
    guard let chunk = read.chunk?.chunk else { return nil }
    var others: [Int: [Int]] = [:]
    for number in all {
      let chunks = read.others(lookingAt: layout.window(ofBlock: number))
      if !chunks.isEmpty { others[number] = chunks }
    }
    if others.isEmpty { return nil }
    (self.shared, path, self.chunk, self.worker) = (shared, layout.path, chunk, worker)
    self.others = others
    let unpacked = shared.take(Array(others.keys), of: path, for: chunk, worker: worker)
    self.unpacked = unpacked
    // Workers are at neighbouring chunks of a date at the same moment. The earlier chunk begins with what both look at,
    // the later one ends with it, and finds it unpacked.
    func turn(_ number: Int) -> Int {
      guard let first = others[number]?.first else { return 1 }
      return first > chunk ? 0 : 2
    }
    let waiting = all.filter { unpacked[$0] == nil }
    numbers = (0...2).flatMap { part in waiting.filter { turn($0) == part } }
  }

  func contains(_ number: Int) -> Bool { others[number] != nil && shared.contains(key(number)) }

  func take(_ number: Int) -> [UInt8]? {
    guard others[number] != nil else { return nil }
    return shared.take([number], of: path, for: chunk, worker: worker)[number]
  }

  func keep(_ number: Int, _ block: UnsafeRawBufferPointer) {
    guard let chunks = others[number] else { return }
    shared.keep(block, as: key(number), for: chunks, of: chunk)
  }

  private func key(_ number: Int) -> SharedBlocks.Key { SharedBlocks.Key(path: path, number: number) }
}
