internal import Engine
internal import Geo
internal import JSON

/// How the chunks of a sequence are dealt to shards: each is a range of chunks, row by row, with about as much to read as
/// the others. Chunks that share blocks of source files stay together, where there are enough rows of them.
public struct ShardCut: Sendable {
  /// How many chunks there are.
  public let chunks: Int
  /// The weights of all chunks before each, and of all of them at the end; none where all are alike.
  private let sums: [Int]
  /// Cuts lie between so many chunks, where that leaves every shard some.
  private let together: Int

  /// - Parameters:
  ///   - weights: of the chunks, each 1 or more.
  ///   - together: how many chunks from the first on, and so on, share blocks of files; 1 or more.
  init(weights: [Int], together: Int = 1) {
    chunks = weights.count
    let isEven = weights.allSatisfy { $0 == weights.first }
    sums = isEven ? [] : weights.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1) }
    self.together = max(together, 1)
  }

  /// Chunks that are all alike.
  ///
  /// - Parameter chunks: how many, 0 or more.
  public init(even chunks: Int) { (self.chunks, sums, together) = (max(chunks, 0), [], 1) }

  /// By what a plan reads for each chunk.
  ///
  /// - Parameter block: how files are cut; nil when that is not known, or does not lie along the grid.
  init(_ plan: SequencePlan, block: SourceBlocks?) {
    let bytes = plan.bytesByChunk
    let most = max(bytes.max() ?? 0, 1)
    let layout = plan.layout
    let isShared = block.map { $0.width > layout.chunkWidth || $0.height > layout.chunkHeight } ?? false
    let rows = max(1, ((block?.height ?? 1) + layout.chunkHeight - 1) / layout.chunkHeight)
    // A thousandth of the largest is fine enough, and short to write down.
    self.init(
      weights: bytes.map { max(1, Int(($0 / most * 1000).rounded())) },
      together: isShared ? layout.columns * rows : 1)
  }

  // MARK: Shards

  /// The chunks of a shard.
  ///
  /// - Parameters:
  ///   - index: the shard, 0..<`count`.
  ///   - count: how many shards there are, 1 or more.
  /// - Returns: an empty range where the chunks do not suffice for all shards.
  public func chunks(ofShard index: Int, of count: Int) -> Range<Int> {
    cut(index, of: count)..<cut(index + 1, of: count)
  }

  /// The shards that have some chunks, in rising order.
  ///
  /// - Parameters:
  ///   - chunks: their numbers.
  ///   - count: how many shards there are, 1 or more.
  public func shards(of chunks: [Int], count: Int) -> [Int] {
    var (shards, shard) = ([Int](), 0)
    for chunk in chunks.sorted() where shard < count {
      while shard < count, cut(shard + 1, of: count) <= chunk { shard += 1 }
      if shard < count, shards.last != shard { shards.append(shard) }
    }
    return shards
  }

  /// The first chunk of a shard: that before which are as many parts of all weights as there are shards before.
  private func cut(_ index: Int, of count: Int) -> Int {
    guard index < count else { return chunks }
    func sum(_ chunk: Int) -> Int { sums.isEmpty ? chunk : sums[chunk] }
    let total = sum(chunks)
    var (low, high) = (0, chunks)
    while low < high {
      let middle = (low + high) / 2
      if sum(middle) * count >= total * index { high = middle } else { low = middle + 1 }
    }
    let step = chunks / together >= count ? together : 1
    return min((low + step / 2) / step * step, chunks)
  }

  // MARK: JSON

  /// As `run.json` has it: how many chunks have which weight, one after the other.
  var json: JSONValue {
    var runs: [(count: Int, weight: Int)] = sums.isEmpty && chunks > 0 ? [(chunks, 1)] : []
    for (before, after) in zip(sums, sums.dropFirst()) {
      if runs.last?.weight == after - before {
        runs[runs.count - 1].count += 1
      } else {
        runs.append((1, after - before))
      }
    }
    return [
      "weights": .array(runs.map { .array([.integer($0.count), .integer($0.weight)]) }),
      "together": .integer(together),
    ]
  }

  /// - Parameter chunks: how many the sequence has.
  /// - Returns: nil where the value is none of so many chunks.
  init?(_ json: JSONValue?, chunks: Int) {
    guard let json, let together = json["together"]?.integer, (1...Int(Int32.max)).contains(together) else {
      return nil
    }
    var weights: [Int] = []
    for run in json["weights"]?.array ?? [] {
      guard let pair = run.array?.map(\.integer), pair.count == 2, let count = pair[0], let weight = pair[1],
        (1...1000).contains(weight), (1...max(chunks, 1)).contains(count), weights.count + count <= chunks
      else { return nil }
      weights += Array(repeating: weight, count: count)
    }
    guard weights.count == chunks else { return nil }
    self.init(weights: weights, together: together)
  }
}
