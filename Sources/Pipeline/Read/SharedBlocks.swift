internal import Engine
internal import TIFF

/// Unpacked blocks at the edges of chunks, at which the chunks beside look, too: as long as there is memory for them,
/// each is unpacked once. Shared by a sequence's workers.
///
/// Where memory does not admit all, those are kept that are wanted soonest. Chunks are given by their places in the
/// order in which they are computed.
final class SharedBlocks: Sendable {
  struct Key: Hashable {
    let path: String
    /// Of the block, counted row by row.
    let number: Int
  }

  private struct Entry {
    let rows: UnpackedRows
    /// The chunks that are still to look at it, in order.
    var chunks: [Int]
  }

  private struct State {
    var entries: [Key: Entry] = [:]
    /// Blocks that somebody is unpacking.
    var claims: Set<Key> = []
    var bytes = 0
    /// How many entries are wanted next by each chunk.
    var next: [Int: Int] = [:]
    /// The stage that is computed, and those of its chunks that are not finished.
    var stage: Int?
    var remaining: Set<Int> = []

    mutating func set(_ entry: Entry?, for key: Key) {
      if let old = entries[key] {
        bytes -= old.rows.bytes.count
        count(old, -1)
      }
      entries[key] = entry
      if let entry {
        bytes += entry.rows.bytes.count
        count(entry, 1)
      }
    }

    private mutating func count(_ entry: Entry, _ change: Int) {
      guard let chunk = entry.chunks.first else { return }
      let count = next[chunk, default: 0] + change
      next[chunk] = count == 0 ? nil : count
    }

    /// Gives a block that is kept to a chunk, which does not come for it again.
    mutating func take(_ key: Key, for chunk: Int) -> UnpackedRows? {
      guard var entry = entries[key] else { return nil }
      entry.chunks.removeAll { $0 == chunk }
      set(entry.chunks.isEmpty ? nil : entry, for: key)
      return entry.rows
    }

    /// Takes a chunk off the lists; blocks for which nobody comes any more give their memory back.
    mutating func finish(_ chunk: Int) {
      remaining.remove(chunk)
      for (key, entry) in entries where entry.chunks.contains(chunk) { _ = take(key, for: chunk) }
    }

    /// Makes room for a block that is wanted next by a chunk; false where all others are wanted sooner.
    mutating func makeRoom(_ size: Int, limit: Int, next chunk: Int) -> Bool {
      while bytes + size > limit {
        guard let victim = next.keys.max(), victim > chunk,
          let key = entries.first(where: { $0.value.chunks.first == victim })?.key
        else { return false }
        set(nil, for: key)
      }
      return true
    }
  }

  private let state = Monitor(State())
  /// Bytes of blocks that may be kept.
  private let limit: Int
  /// The order in which chunks are computed.
  let order: ChunkOrder

  init(limit: Int, order: ChunkOrder) {
    (self.limit, self.order) = (limit, order)
  }

  /// Says which chunks of a stage are computed; blocks are kept for those alone.
  func begin(stage: Int, _ chunks: [Int]) {
    state.withLock { state in
      // Each worker says so.
      guard state.stage != stage else { return }
      (state.stage, state.remaining) = (stage, Set(chunks))
    }
  }

  /// Says that a chunk is computed: it does not come for anything any more.
  func finish(_ chunk: Int) { state.withLock { $0.finish(chunk) } }

  /// Gives those of some blocks that are kept.
  func take(_ numbers: [Int], of path: String, for chunk: Int) -> [Int: UnpackedRows] {
    state.withLock { state in
      var found: [Int: UnpackedRows] = [:]
      for number in numbers { found[number] = state.take(Key(path: path, number: number), for: chunk) }
      return found
    }
  }

  /// Gives a block, or claims it where nobody is unpacking it.
  func claim(_ key: Key, for chunk: Int) -> BlockClaim {
    state.withLock { state in
      if let rows = state.take(key, for: chunk) { return .unpacked(rows) }
      return state.claims.insert(key).inserted ? .own : .elsewhere
    }
  }

  /// Claims a block that is neither kept nor being unpacked.
  func claimIfAbsent(_ key: Key) -> Bool {
    state.withLock { $0.entries[key] == nil && $0.claims.insert(key).inserted }
  }

  /// Waits until a block is not being unpacked any more, and gives it; nil where it was not kept: then it is claimed.
  func wait(for key: Key, chunk: Int) -> UnpackedRows? {
    let claim: BlockClaim = state.wait { state in
      if let rows = state.take(key, for: chunk) { return .unpacked(rows) }
      return state.claims.insert(key).inserted ? .own : nil
    }
    return if case .unpacked(let rows) = claim { rows } else { nil }
  }

  /// Keeps rows of a block that a chunk has unpacked for other chunks, as far as they are still to come, and ends the
  /// claim to it.
  ///
  /// - Parameter rows: copies them, while others are at work.
  func keep(_ rows: () -> UnpackedRows, as key: Key, for others: [Int], of chunk: Int) {
    let isWanted = state.withLock { state in
      state.entries[key] == nil && others.contains(where: state.remaining.contains)
    }
    let rows = isWanted ? rows() : nil
    state.update { state in
      state.claims.remove(key)
      guard state.entries[key] == nil else {
        _ = state.take(key, for: chunk)
        return
      }
      let waiting = others.filter(state.remaining.contains)
      guard let rows, let first = waiting.first,
        state.makeRoom(rows.bytes.count, limit: limit, next: first)
      else { return }
      state.set(Entry(rows: rows, chunks: waiting), for: key)
    }
  }

  /// Ends a claim to a block that was not unpacked.
  func release(_ key: Key) { state.update { _ = $0.claims.remove(key) } }
}
