internal import Engine
internal import Geo
internal import Network
internal import TIFF

/// The blocks of remote TIFFs that one worker waits for. One a worker.
///
/// Blocks that lie close together in the file come with one request, and all requests of a cell are on their way at
/// once.
final class RemoteBlocks {
  /// Unwanted bytes that are rather fetched than asked around.
  private static let largestGap = 16 << 10
  /// One request brings no more: several at once come sooner.
  private static let largestFetch = 1 << 20

  private let queue: FetchQueue
  private struct Entry {
    let fetch: Fetch
    /// The cell in which it was sent for.
    let cell: Int
  }

  private var waiting: [String: [Int: Entry]] = [:]
  private var cell = 0

  init(queue: FetchQueue) {
    self.queue = queue
  }

  /// Sends for blocks that are not on their way yet.
  func send(for numbers: [Int], of layout: TIFFLayout, in file: RemoteFile) {
    let present = waiting[file.location] ?? [:]
    let blocks = numbers.filter { present[$0] == nil }.compactMap { number in
      layout.bytes(ofBlock: number).map { (number: number, bytes: $0) }
    }.sorted { $0.bytes.lowerBound < $1.bytes.lowerBound }
    var group: [Int] = []
    var range: Range<Int>?
    func flush() {
      guard let whole = range else { return }
      let fetch = Fetch(file, range: whole)
      for number in group {
        waiting[file.location, default: [:]][number] = Entry(fetch: fetch, cell: cell)
      }
      queue.submit { fetch.run() }
    }
    for (number, bytes) in blocks {
      if let open = range, bytes.lowerBound <= open.upperBound + RemoteBlocks.largestGap,
        max(open.upperBound, bytes.upperBound) - open.lowerBound <= RemoteBlocks.largestFetch
      {
        range = open.lowerBound..<max(open.upperBound, bytes.upperBound)
        group.append(number)
      } else {
        flush()
        (range, group) = (bytes, [number])
      }
    }
    flush()
  }

  /// Waits for a block; nil for one that is not on its way.
  func block(_ number: Int, of layout: TIFFLayout, in file: RemoteFile) throws(NetworkError)
    -> UnsafeRawBufferPointer?
  {
    guard let fetch = waiting[file.location]?[number]?.fetch, let bytes = layout.bytes(ofBlock: number) else {
      return nil
    }
    return try fetch.bytes(bytes)
  }

  /// Lets go of blocks that were read.
  func forget(_ numbers: [Int], of file: RemoteFile) {
    for number in numbers { waiting[file.location]?[number] = nil }
    if waiting[file.location]?.isEmpty ?? false { waiting[file.location] = nil }
  }

  /// Hears that a cell begins, and lets go of what was announced before the last one and not read after all.
  func begin() {
    cell += 1
    waiting = waiting.compactMapValues { blocks in
      let kept = blocks.filter { $0.value.cell >= cell - 1 }
      return kept.isEmpty ? nil : kept
    }
  }
}
