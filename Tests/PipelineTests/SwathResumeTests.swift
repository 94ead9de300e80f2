import Engine
import Foundation
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Pipeline

/// Runs on granules that stop on the way and are continued.
@Suite struct SwathResumeTests {
  /// Runs a config until some cells have ended, and stops it.
  static func stop(_ config: PipelineConfig, after cells: Int) async throws {
    let task = Mutex<Task<Void, any Error>?>(nil)
    let (begun, begin) = AsyncStream.makeStream(of: Void.self)
    let started = Task {
      // Not before it is known who is to be cancelled.
      for await _ in begun { break }
      _ = try await PipelineRunner(config, version: "0", isFresh: false) { event in
        if case .progress(_, let ended, _, _) = event, ended >= cells { task.withLock { $0?.cancel() } }
      }.run()
    }
    task.withLock { $0 = started }
    begin.yield()
    await #expect(throws: CancellationError.self) { try await started.value }
  }

  /// Cells that a run finds finished.
  static func kept(_ config: PipelineConfig) async throws -> Int {
    let kept = Mutex(0)
    _ = try await PipelineRunner(config, version: "0", isFresh: false) { event in
      if case .sequenceBegan(_, _, let found, _) = event { kept.withLock { $0 = max($0, found) } }
    }.run()
    return kept.withLock { $0 }
  }

  @Test(
    "A run that is stopped between cells goes on to the same values, whatever granules are made into",
    arguments: ["\"bin\"", #"{ "method": "bin", "statistic": "std" }"#, "\"area\"", "\"bilinear\""])
  func goesOn(regrid: String) async throws {
    let granules = try SwathRunTests.Granules()
    for (number, day) in [1, 1, 2, 3].enumerated() {
      var granule = MadeGranule(longitude: 10, latitude: 40, heading: Double(number * 25))
      granule.time = "2024-08-0\(day)T1\(number):00:00Z"
      for pixel in stride(from: number, to: granule.flags.count, by: 7) { granule.flags[pixel] = 8 }
      try await granule.write(granules.path("g\(number)"))
    }
    func config(_ name: String) throws -> PipelineConfig {
      try granules.config(
        name, area: SwathRunTests.lonLat, bands: #"["chlor_a"]"#, download: ", \"regrid\": \(regrid)",
        modules:
          #", { "module": "cloud_mask", "band": "l2_flags", "reject": ["CLOUD"] }, { "module": "composite", "of": "chlor_a", "as": "mean" }"#,
        resources: #"{ "threads": 2, "chunk": 16 }"#)
    }
    let whole = try await granules.compute(try config("whole"), variable: "mean").values
    #expect(whole.count { !$0.isNaN } > 300)
    let stopped = try config("stopped")
    try await Self.stop(stopped, after: 9)
    let kept = try await Self.kept(stopped)
    #expect(kept > 0 && kept < 36)
    let found = try await granules.compute(stopped, variable: "mean")
    #expect(found.outcome.losses.isEmpty)
    #expect(zip(found.values, whole).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) })
  }

  @Test func `granules that are fused in another way are computed again`() async throws {
    let granules = try SwathRunTests.Granules()
    for number in 0..<2 {
      var granule = MadeGranule(longitude: 10, latitude: 40, heading: Double(number * 25))
      granule.time = "2024-08-01T1\(number):00:00Z"
      for pixel in granule.values.indices { granule.values[pixel] += Float(number) }
      try await granule.write(granules.path("g\(number)"))
    }
    func values(_ name: String, _ fuse: String) async throws -> [Float] {
      let config = try granules.config(
        name, area: SwathRunTests.lonLat, bands: #"["chlor_a"]"#, download: fuse,
        modules: #", { "module": "composite", "of": "chlor_a", "as": "mean" }"#)
      return try await granules.compute(config, variable: "mean").values.map { Float($0) }
    }
    let first = #", "fuse": "first""#
    let fresh = try await values("fresh", first)
    let nearest = try await values("run", "")
    #expect(zip(fresh, nearest).contains { $0 != $1 && !$0.isNaN && !$1.isNaN })
    let again = try await values("run", first)
    #expect(fresh.count == nearest.count && fresh.count == again.count)
    #expect(zip(fresh, again).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN })
    let back = try await values("run", "")
    #expect(zip(nearest, back).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN })
  }
}
