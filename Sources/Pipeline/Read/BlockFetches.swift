internal import Network
internal import TIFF

/// The blocks of a remote TIFF that a read waits for: requested together, and given up with the read.
///
/// Blocks that lie close together in the file come with one request.
struct BlockFetches {
  /// Unwanted bytes that are rather fetched than asked around.
  private static let largestGap = 16 << 10
  /// One request brings no more: several at once come sooner.
  private static let largestFetch = 1 << 20

  private let layout: TIFFLayout
  /// By the block's number.
  private var fetches: [Int: Fetch] = [:]

  /// Requests blocks.
  init(_ numbers: [Int], of layout: TIFFLayout, in file: RemoteFile, queue: FetchQueue) {
    self.layout = layout
    let blocks = numbers.compactMap { number in
      layout.bytes(ofBlock: number).map { (number: number, bytes: $0) }
    }.sorted { $0.bytes.lowerBound < $1.bytes.lowerBound }
    var group: [Int] = []
    var range: Range<Int>?
    func request(_ fetches: inout [Int: Fetch]) {
      guard let range else { return }
      let fetch = Fetch(file, range: range)
      for number in group { fetches[number] = fetch }
      queue.submit { fetch.run() }
    }
    for (number, bytes) in blocks {
      if let open = range, bytes.lowerBound <= open.upperBound + BlockFetches.largestGap,
        max(open.upperBound, bytes.upperBound) - open.lowerBound <= BlockFetches.largestFetch
      {
        range = open.lowerBound..<max(open.upperBound, bytes.upperBound)
        group.append(number)
      } else {
        request(&fetches)
        (range, group) = (bytes, [number])
      }
    }
    request(&fetches)
  }

  /// Waits for a block and copies it; false for a block of a size that no sound one has.
  func copy(_ number: Int, into target: UnsafeMutableRawBufferPointer) throws(NetworkError) -> Bool {
    guard let fetch = fetches[number], let range = layout.bytes(ofBlock: number), range.count == target.count
    else { return false }
    target.copyMemory(from: try fetch.bytes(range))
    return true
  }
}
