import Engine
import NetCDF

/// Copies stored chunks to where HDF5 reserved room for them, several at once.
struct ChunkTransfer {
  let chunks: StoredChunks
  /// Where in the file each chunk belongs; -1 where there is none.
  let places: [Int]
  /// Bytes of the largest chunk.
  let largest: Int
  let writer: NetCDFFileWriter

  /// Bytes that one task copies: enough that tasks cost nothing.
  private static let batch = 8 << 20
  /// Bytes after which the disk should begin with them.
  private static let muchToSync = 32 << 20

  /// Memory for one chunk, used again and again: to give it back and ask anew costs more than to copy.
  private final class Buffer: @unchecked Sendable {
    // Unchecked: one task at a time has it.
    let memory: UnsafeMutableRawBufferPointer

    init(_ size: Int) { memory = .allocate(byteCount: size, alignment: 64) }

    deinit { memory.deallocate() }
  }

  /// Copies all chunks on the caller's threads, which may block.
  ///
  /// - Throws: `NetCDFError`, `PublishError` when the store no longer holds a chunk, `CancellationError`.
  func run(workers: Int) async throws {
    let room = try writer.reservedRoom()
    // Tasks give back the memory they had, if any.
    try await withThrowingTaskGroup(of: Buffer?.self) { group in
      var idle = (0..<workers).map { _ in Buffer(largest + 1) }
      var (first, size, unsynced) = (0, 0, 0)
      for number in places.indices {
        if places[number] >= 0 { size += chunks[number]?.object.bytes ?? 0 }
        guard size >= ChunkTransfer.batch || number == places.indices.last else { continue }
        while idle.isEmpty, let done = try await group.next() { idle += done.map { [$0] } ?? [] }
        let (numbers, buffer) = (first..<(number + 1), idle.removeLast())
        group.addTask {
          for number in numbers { try copy(number, to: room, buffer) }
          return buffer
        }
        unsynced += size
        (first, size) = (number + 1, 0)
        guard unsynced >= ChunkTransfer.muchToSync else { continue }
        // This may have to wait for the disk after all.
        group.addTask {
          writer.beginSync()
          return nil
        }
        unsynced = 0
      }
      try await group.waitForAll()
    }
  }

  private func copy(_ number: Int, to room: ReservedRoom, _ buffer: Buffer) throws {
    guard places[number] >= 0, let chunk = chunks[number] else { return }
    try Task.checkCancellation()
    try chunks.read(chunk, into: buffer.memory)
    let bytes = UnsafeRawBufferPointer(rebasing: buffer.memory[..<chunk.object.bytes])
    try room.write(bytes, at: places[number])
  }
}
