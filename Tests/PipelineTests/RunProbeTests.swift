import Testing

@testable import Pipeline

/// The chunks that a probe looks at.
@Suite struct RunProbeTests {
  @Test(arguments: [1, 2, 3, 8, 9, 40, 64, 1000, 10_000])
  func `a probe's chunks are spread over the grid, each once`(count: Int) {
    let chunks = RunProbe.chunks(of: count)
    #expect(chunks[0] == count / 2 && chunks.count == Set(chunks).count)
    #expect(chunks.allSatisfy { (0..<count).contains($0) })
    #expect(chunks.count >= min(count, 4))
    guard count >= 8 else { return }
    // None of eight bands of rows has more than two of them, and the first and the last third have some.
    #expect(Dictionary(grouping: chunks) { $0 * 8 / count }.values.allSatisfy { $0.count <= 2 }, "\(chunks)")
    #expect(chunks.contains { $0 < count / 3 } && chunks.contains { $0 >= count * 2 / 3 })
  }
}
