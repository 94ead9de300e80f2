import TestSupport
import Testing

/// `ulimit -v`, which many batch systems set.
@Suite struct AddressSpaceTests {
  @Test(arguments: [300_000, 380_000, 450_000, 520_000, 650_000])
  func `too small an address space is refused before anything is set up`(limit: Int) async throws {
    let bench = try await CommandBench()
    try bench.write()
    for command in ["--version", "run config.json"] {
      let result = try await bench.shell("ulimit -v \(limit); exec \"$0\" \(command)")
      #expect(result.status == 64, "\(command): \(result.errors)")
      #expect(result.errors.contains("limited to \(limit) KiB (ulimit -v"), "\(result.errors)")
      #expect(result.output.isEmpty)
    }
  }

  /// Whoever gives what the message asks for gets a run.
  @Test(arguments: [
    (660_000, "256MiB", 2), (1_000_000, "256MiB", 2), (1_300_000, "256MiB", 12), (2_000_000, "1GiB", 2),
  ])
  func `a run needs its memory besides, and the number that is named will do`(
    limit: Int, memory: String, threads: Int
  ) async throws {
    let bench = try await CommandBench()
    try bench.write()
    let run = "exec \"$0\" run config.json --progress none --memory \(memory) --threads \(threads)"
    let small = try await bench.shell("ulimit -v \(limit); \(run)")
    #expect(small.status == 64, "\(small.errors)")
    let number = try #require(small.errors.firstMatch(of: /and ([0-9]+) KiB are needed/), "\(small.errors)")
    let large = try await bench.shell("ulimit -v \(number.output.1); \(run)")
    #expect(large.status == 0, "\(large.errors)")
  }
}
