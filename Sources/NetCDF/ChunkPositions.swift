/// Where the chunks of a variable are.
struct ChunkPositions {
  let chunk: [Int]
  /// How many chunks there are along each dimension.
  let counts: [Int]

  init(shape: [Int], chunk: [Int]) {
    self.chunk = chunk
    counts = zip(shape, chunk).map { ($0 + $1 - 1) / $1 }
  }

  /// The position of a chunk's first element.
  func offset(_ index: [Int]) -> [UInt64] { zip(index, chunk).map { UInt64($0 * $1) } }

  /// The number of a chunk, row by row; nil when there is no such chunk.
  func number(_ index: [Int]) -> Int? {
    guard index.count == counts.count, zip(index, counts).allSatisfy({ (0..<$1).contains($0) }) else {
      return nil
    }
    return zip(index, counts).reduce(0) { $0 * $1.1 + $1.0 }
  }

  /// The chunk with this number.
  func index(_ number: Int) -> [Int] {
    var rest = number
    var index: [Int] = []
    for count in counts.reversed() {
      index.append(rest % count)
      rest /= count
    }
    return index.reversed()
  }
}
