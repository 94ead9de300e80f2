internal import Engine
internal import Geo
internal import Raster
internal import TIFF

/// What a read of one chunk and the reads of the chunks beside do for each other: which of its blocks are unpacked
/// already, and which it keeps for others.
struct ChunkEdges: BlockExchange {
  private let shared: SharedBlocks
  private let read: BandRead
  private let layout: TIFFLayout
  /// What the raster is called among the blocks that are kept: an overview is another than its file.
  private let name: String
  /// The place of the chunk.
  private let chunk: Int
  /// By block, the places of the other chunks that look at it, in order.
  private let others: [Int: [Int]]
  /// The blocks that are still to be unpacked, in the order in which that is done best.
  let numbers: [Int]
  /// Those that were unpacked when the read was planned.
  let unpacked: [Int: UnpackedRows]

  /// Nil where no other chunk looks at any of the blocks.
  init?(
    _ all: [Int], of read: BandRead, _ layout: TIFFLayout, in shared: SharedBlocks
  ) {
    let order = shared.order
    guard let chunk = read.chunk.map({ order.place(of: $0.chunk) }) else { return nil }
    var others: [Int: [Int]] = [:]
    for number in all {
      let chunks = read.others(lookingAt: layout.window(ofBlock: number))
      if !chunks.isEmpty { others[number] = chunks.map(order.place).sorted() }
    }
    if others.isEmpty { return nil }
    (self.shared, self.read, self.layout) = (shared, read, layout)
    // Plain ASCII: of other texts each look-up would find the normal form.
    name = "\(layout.path) \(layout.width)x\(layout.height)"
    (self.chunk, self.others) = (chunk, others)
    let unpacked = shared.take(Array(others.keys), of: name, for: chunk)
      .filter { ChunkEdges.covers($0.value, read.window, of: $0.key, layout) }
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

  func claim(_ number: Int) -> BlockClaim {
    guard others[number] != nil else { return .own }
    let claim = shared.claim(key(number), for: chunk)
    guard case .unpacked(let rows) = claim, !ChunkEdges.covers(rows, read.window, of: number, layout) else {
      return claim
    }
    return .own
  }

  func claimIfAbsent(_ number: Int) -> Bool { others[number] == nil || shared.claimIfAbsent(key(number)) }

  func wait(for number: Int) -> UnpackedRows? {
    shared.wait(for: key(number), chunk: chunk)
      .flatMap { ChunkEdges.covers($0, read.window, of: number, layout) ? $0 : nil }
  }

  func keep(_ number: Int, _ block: UnsafeRawBufferPointer) {
    guard let chunks = others[number] else { return }
    shared.keep({ wanted(of: number, block) }, as: key(number), for: chunks, of: chunk)
  }

  func release(_ number: Int) {
    if others[number] != nil { shared.release(key(number)) }
  }

  private func key(_ number: Int) -> SharedBlocks.Key { SharedBlocks.Key(path: name, number: number) }

  /// The rows of a block at which other chunks look: a block that lies across the edge of two chunks is often kept in
  /// part.
  private func wanted(of number: Int, _ block: UnsafeRawBufferPointer) -> UnpackedRows {
    let window = layout.window(ofBlock: number)
    let rows = read.rows(lookedAtByOthersIn: window)
    let rowBytes = layout.blockWidth * layout.type.size
    return UnpackedRows(
      rows: rows,
      bytes: Array(block[(rows.lowerBound * rowBytes)..<min(rows.upperBound * rowBytes, block.count)]))
  }

  /// Whether rows of a block hold what a window has of it.
  private static func covers(
    _ rows: UnpackedRows, _ window: PixelWindow, of number: Int, _ layout: TIFFLayout
  ) -> Bool {
    let block = layout.window(ofBlock: number)
    guard let part = block.intersection(window) else { return true }
    return rows.rows.lowerBound <= part.row - block.row && part.endRow - block.row <= rows.rows.upperBound
  }
}
