import Engine
import Geo
import JSON
import Testing

@testable import Pipeline

/// How chunks are dealt to shards, against ranges found by hand.
@Suite struct ShardCutTests {
  private func ranges(_ cut: ShardCut, _ count: Int) -> [Range<Int>] {
    (0..<count).map { cut.chunks(ofShard: $0, of: count) }
  }

  @Test func `chunks that are alike are dealt evenly`() {
    #expect(ranges(ShardCut(even: 10), 3) == [0..<4, 4..<7, 7..<10])
    #expect(ranges(ShardCut(even: 2), 4) == [0..<1, 1..<1, 1..<2, 2..<2])
    #expect(ranges(ShardCut(even: 0), 2) == [0..<0, 0..<0])
  }

  @Test func `shards read about as much as each other`() {
    // 4 of 16, then 4 and 8: the second half begins where 8 of 16 are before.
    let cut = ShardCut(weights: [1, 1, 1, 1, 4, 4, 4])
    #expect(ranges(cut, 2) == [0..<5, 5..<7])
    #expect(ranges(cut, 4) == [0..<4, 4..<5, 5..<6, 6..<7])
    // A mosaic of which the first of three rows has no scene.
    let mosaic = ShardCut(weights: [1, 1, 1, 1, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000])
    #expect(ranges(mosaic, 2) == [0..<8, 8..<12])
  }

  @Test func `rows of chunks that share blocks stay together where there are enough of them`() {
    // Five rows of four chunks.
    let cut = ShardCut(weights: Array(repeating: 1, count: 20), together: 4)
    #expect(ranges(cut, 3) == [0..<8, 8..<16, 16..<20])
    for count in 1...5 { #expect(ranges(cut, count).allSatisfy { $0.lowerBound % 4 == 0 }) }
    // More shards than rows: then a block is read more than once.
    #expect(ranges(cut, 10).allSatisfy { $0.count == 2 })
  }

  @Test(arguments: [1, 2, 3, 7, 20, 50])
  func `every chunk is in one shard, and found there`(count: Int) {
    let weights = (0..<41).map { $0 * 37 % 1000 + 1 }
    for together in [1, 5, 8, 41] {
      let cut = ShardCut(weights: weights, together: together)
      let ranges = ranges(cut, count)
      #expect(ranges.flatMap(Array.init) == Array(0..<41))
      for chunk in 0..<41 {
        #expect(cut.shards(of: [chunk], count: count) == ranges.indices.filter { ranges[$0].contains(chunk) })
      }
      let some = [40, 3, 3, 17]
      #expect(
        cut.shards(of: some, count: count)
          == ranges.indices.filter { index in some.contains(where: ranges[index].contains) })
    }
  }

  @Test func `chunks weigh what is read for them, and rows of blocks are known from the files`() async throws
  {
    let fixture = try PlannerFixture()
    fixture.config["resources"] = ["chunk": 16]
    // Two scenes of 100 columns and one that begins 48 columns further on: of 10 chunks a row the first three have two
    // scenes, then three have all; of the seventh the two end after 4 of 16 columns; two have the third scene, and the
    // last has 4 columns of it.
    fixture.scenes[2].column = 48
    let plan = try await fixture.sequence()
    #expect(plan.layout.columns == 10 && plan.layout.count == 50)
    let row = "[3,667],[3,1000],[1,500],[2,333],[1,83]"
    let weights = Array(repeating: row, count: 5).joined(separator: ",")
    for (block, together) in [
      (nil, 1), (SourceBlocks(width: 16, height: 16), 1), (SourceBlocks(width: 64, height: 1), 10),
      (SourceBlocks(width: 16, height: 17), 20), (SourceBlocks(width: 64, height: 48), 30),
    ] {
      let cut = ShardCut(plan, block: block)
      #expect(cut.json.text() == #"{"weights":[\#(weights)],"together":\#(together)}"#)
    }
  }

  @Test func `a cut comes back from the run's document`() throws {
    let weights = [5, 5, 5, 1000, 1, 1]
    let cut = ShardCut(weights: weights, together: 2)
    #expect(cut.json.text() == #"{"weights":[[3,5],[1,1000],[2,1]],"together":2}"#)
    let again = try #require(ShardCut(cut.json, chunks: 6))
    for count in 1...7 { #expect(ranges(again, count) == ranges(cut, count)) }
    #expect(ShardCut(cut.json, chunks: 7) == nil && ShardCut(nil, chunks: 6) == nil)
    #expect(ShardCut(["weights": [[6, 0]], "together": 1], chunks: 6) == nil)
    #expect(ShardCut(["weights": [[6, 1]], "together": 0], chunks: 6) == nil)
    #expect(ShardCut(["weights": [[6, 1001]], "together": 1], chunks: 6) == nil)
    #expect(ShardCut(["weights": [[7, 1]], "together": 1], chunks: 6) == nil)
    #expect(ShardCut(["weights": [[6, 1, 1]], "together": 1], chunks: 6) == nil)
    #expect(ShardCut(["weights": [[6, 1]], "together": 1], chunks: 6) != nil)
    let even = try #require(ShardCut(ShardCut(even: 5).json, chunks: 5))
    #expect(ranges(even, 2) == [0..<3, 3..<5])
  }
}
