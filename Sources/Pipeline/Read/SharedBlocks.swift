internal import Engine
internal import Synchronization
internal import TIFF

/// Unpacked blocks at the edges of chunks, at which the chunks beside look, too: as long as there is memory for them,
/// each is unpacked once. Shared by a sequence's workers.
///
/// Where memory does not admit all, those are kept that are wanted soonest.
final class SharedBlocks: Sendable {
  struct Key: Hashable {
    let path: String
    /// Of the block, counted row by row.
    let number: Int
  }

  private struct Entry {
    let bytes: [UInt8]
    /// The chunks that are still to look at it, in order.
    var chunks: [Int]
  }

  private struct State {
    var entries: [Key: Entry] = [:]
    var bytes = 0
    /// How many entries are wanted next by each chunk.
    var next: [Int: Int] = [:]
    /// By worker, the chunk it is at.
    var present: [ObjectIdentifier: Int] = [:]

    /// Chunks before this one are finished.
    var oldest: Int { present.values.min() ?? 0 }

    mutating func set(_ entry: Entry?, for key: Key) {
      if let old = entries[key] {
        bytes -= old.bytes.count
        count(old, -1)
      }
      entries[key] = entry
      if let entry {
        bytes += entry.bytes.count
        count(entry, 1)
      }
    }

    private mutating func count(_ entry: Entry, _ change: Int) {
      guard let chunk = entry.chunks.first else { return }
      let count = next[chunk, default: 0] + change
      next[chunk] = count == 0 ? nil : count
    }

    /// Makes room for a block that is wanted next by a chunk; false where all others are wanted sooner.
    mutating func makeRoom(_ size: Int, limit: Int, next chunk: Int) -> Bool {
      while bytes + size > limit {
        let oldest = oldest
        // What chunks that are finished did not come for goes first.
        let victim = next.keys.contains { $0 < oldest } ? next.keys.min() : next.keys.max()
        guard let victim, victim < oldest || victim > chunk,
          let key = entries.first(where: { $0.value.chunks.first == victim })?.key
        else { return false }
        set(nil, for: key)
      }
      return true
    }
  }

  private let state = Mutex(State())
  /// Bytes of blocks that may be kept.
  private let limit: Int

  init(limit: Int) {
    self.limit = limit
  }

  /// Gives those of some blocks that are kept, at which a worker's present chunk looks.
  func take(_ numbers: [Int], of path: String, for chunk: Int, worker: ObjectIdentifier) -> [Int: [UInt8]] {
    state.withLock { state in
      state.present[worker] = chunk
      var found: [Int: [UInt8]] = [:]
      for number in numbers {
        let key = Key(path: path, number: number)
        guard var entry = state.entries[key] else { continue }
        found[number] = entry.bytes
        entry.chunks.removeAll { $0 == chunk }
        state.set(entry.chunks.isEmpty ? nil : entry, for: key)
      }
      return found
    }
  }

  func contains(_ key: Key) -> Bool { state.withLock { $0.entries[key] != nil } }

  /// Keeps a block that a chunk has unpacked for other chunks, as far as they are still to come.
  func keep(_ block: UnsafeRawBufferPointer, as key: Key, for others: [Int], of chunk: Int) {
    state.withLock { state in
      if var entry = state.entries[key] {
        // Two chunks have unpacked it at the same moment: neither comes for it any more.
        entry.chunks.removeAll { $0 == chunk }
        state.set(entry.chunks.isEmpty ? nil : entry, for: key)
        return
      }
      let waiting = others.filter { other in
        other > chunk || state.present.values.contains(other)
      }
      guard let first = waiting.first, state.makeRoom(block.count, limit: limit, next: first)
      else { return }
      state.set(Entry(bytes: [UInt8](block), chunks: waiting), for: key)
    }
  }

  /// Says that a worker is at no chunk any more.
  func leave(_ worker: ObjectIdentifier) { state.withLock { $0.present[worker] = nil } }
}
