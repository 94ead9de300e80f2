import Geo
import Raster
import Storage
import Testing

@testable import Engine

/// Variables stored as integers with scale and offset.
@Suite struct PackingTests {
  private static let packing = VariableEncoding(packing: VariableEncoding.Packing(scale: 0.5, offset: 10))

  /// One date of a sum that is -30 000, -29 990, … along the rows, missing in the first column, and its reduction.
  private func bench(sum: VariableEncoding = packing, reduction: VariableEncoding = packing) -> EngineBench {
    let members = [
      Graph.Member(name: "download", module: StubSource("red"), isSaved: false),
      Graph.Member(name: "sum", module: SumOf("red", as: "sum"), isSaved: true, encoding: sum),
      Graph.Member(name: "halving_sum", module: HalvingSum("sum"), isSaved: true, encoding: reduction),
    ]
    var bench = EngineBench([])
    bench.compiled = CompiledGraph(Graph(members))
    bench.addDate(
      ["red": { column, row in column == 0 ? .nan : -30_000 + Double(row * 40 + column) * 61 + 0.25 }],
      format: ["red": BandFormat(type: .float32, nodata: nil, scale: 1, offset: 0)])
    return bench
  }

  /// What the layer of `bench()` holds at a pixel.
  private func expected(_ pixel: Int) -> Int16 {
    let value = -30_000 + Double(pixel) * 61 + 0.25
    let steps = ((value - 10) / 0.5).rounded(.toNearestOrEven)
    return pixel % 40 == 0 || abs(steps) > 32_767 ? -32_768 : Int16(steps)
  }

  @Test(arguments: [(16, 8), (40, 24), (7, 5)])
  func `the store holds the nearest integer, and the fill value for what is missing or does not fit`(
    chunk: (width: Int, height: Int)
  ) async throws {
    let bench = bench()
    try await withTemporaryFolder { folder in
      let outcome = try await bench.run(bench.plan(chunk: chunk), in: folder)
      for name in ["sum", "sum_halving"] {
        let stored = try outcome.layer(name).map { Int16(truncatingIfNeeded: $0) }
        #expect(stored == (0..<(40 * 24)).map(expected), "\(name)")
      }
      #expect(try outcome.layer("sum_count").map { $0 } == (0..<(40 * 24)).map { $0 % 40 == 0 ? 0 : 1 })
    }
  }

  @Test func `values that do not fit are counted, and the ledger keeps the count`() async throws {
    let bench = bench()
    let lost = (0..<(40 * 24)).count { $0 % 40 != 0 && expected($0) == .min }
    #expect(lost > 0)
    try await withTemporaryFolder { folder in
      let first = try await bench.run(bench.plan(), in: folder)
      let second = try await bench.run(bench.plan(), in: folder)
      #expect(second.kept == second.plan.layout.count)
      for outcome in [first, second] {
        #expect(outcome.state.outOfRange(product: 0, layer: 0) == lost)
        #expect(outcome.state.outOfRange(product: 1, layer: 0) == lost)
        #expect(outcome.state.outOfRange(product: 2, layer: 0) == 0)
      }
    }
  }

  @Test func `statistics are of the values before they are packed`() async throws {
    let (packed, plain) = (bench(), bench(sum: VariableEncoding(), reduction: VariableEncoding()))
    try await withTemporaryFolder { folder in
      let first = try await packed.run(packed.plan(), in: folder + "/packed")
      let second = try await plain.run(plain.plan(), in: folder + "/plain")
      for product in 0..<3 {
        #expect(
          first.state.statistics(product: product, layer: 0)
            == second.state.statistics(product: product, layer: 0))
      }
      #expect(second.state.outOfRange(product: 0, layer: 0) == 0)
    }
  }

  @Test func `a later module sees the values, not what they are packed to`() async throws {
    let (packed, plain) = (
      bench(reduction: VariableEncoding()), bench(sum: VariableEncoding(), reduction: .init())
    )
    try await withTemporaryFolder { folder in
      let first = try await packed.run(packed.plan(), in: folder + "/packed")
      let second = try await plain.run(plain.plan(), in: folder + "/plain")
      #expect(try same(first.floats("sum_halving"), second.floats("sum_halving")))
    }
  }

  @Test func `each variable is compressed at its own level`() async throws {
    let bench = bench(sum: VariableEncoding(deflateLevel: 9), reduction: VariableEncoding())
    try await withTemporaryFolder { folder in
      let outcome = try await bench.run(bench.plan(), in: folder)
      let levels = outcome.plan.products.map { outcome.store.deflateLevel(of: $0.variable) }
      #expect(levels == [9, 1, 1])
      let chunk = outcome.plan.layout.index(0)
      let object = try #require(outcome.state.objects(product: 0, layer: 0)[0])
      let stored = try #require(
        outcome.store.get(
          object, plan: outcome.plan, product: outcome.plan.products[0], layer: 0, chunk: chunk))
      let samples = try ChunkCodec().decode(stored, elementSize: 4, expectedBytes: 16 * 8 * 4)
      let again = try samples.withUnsafeBytes { try ChunkCodec().encode($0, elementSize: 4, level: 9) }
      #expect(stored == again)
    }
  }
}
