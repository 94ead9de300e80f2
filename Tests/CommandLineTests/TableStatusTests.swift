import Foundation
import JSON
import Storage
import TestSupport
import Testing

/// What `status` says of runs that have tables.
@Suite struct TableStatusTests: ChangingConfig {
  private static let table =
    #"{ "module": "sample", "of": "ndvi", "features": "fields.geojson", "as": "fields" }"#

  @Test func `a run is complete when its tables are published and all is summed up`() async throws {
    let bench = try await CommandBench()
    try LocalFiles.writeAtomically(
      bench.folder + "/fields.geojson",
      text: """
        { "type": "Feature", "properties": { "id": 1 }, "geometry":
          { "type": "Point", "coordinates": [-71.18, -35.2] } }
        """)
    try write(bench, [Self.download, #"{ "module": "ndvi" }"#, Self.table])
    func isComplete() async throws -> Bool {
      let status = try await bench.run("status", "out")
      #expect(status.status == 0, "\(status.errors)")
      let json = try await bench.run("status", "out", "--json")
      let isComplete = try JSONParser.parse(Array(json.output.utf8))["complete"]?.bool ?? false
      #expect(status.output.contains(": complete\n") == isComplete, "\(status.output)")
      return isComplete
    }
    #expect(try await bench.run("run", "config.json", "--plan-only", "--progress", "none").status == 0)
    #expect(try await bench.run("work", "out", "--shard", "0/1").status == 0)
    #expect(try await !isComplete())
    let waiting = try await bench.run("status", "out").output
    #expect(waiting.contains("table fields: 0 of 2 files published"), "\(waiting)")
    #expect(try await bench.run("work", "out", "--publish").status == 0)
    #expect(try await isComplete())
    let before = try LocalFiles.readAll(bench.folder + "/out/landsat/fields.csv")
    for file in ["landsat/fields.csv", "landsat/fields.nc", "summary.json"] {
      try LocalFiles.remove(bench.folder + "/out/" + file)
      #expect(try await !isComplete(), "without \(file)")
      _ = try await run(bench)
      #expect(try await isComplete(), "\(file) is there again")
    }
    #expect(try LocalFiles.readAll(bench.folder + "/out/landsat/fields.csv") == before)
    // What was summed up does not hold for another plan.
    try write(bench, [Self.download, Self.ndvi, Self.table])
    #expect(try await bench.run("run", "config.json", "--plan-only").status == 0)
    #expect(!LocalFiles.exists(bench.folder + "/out/summary.json"))
    #expect(try await !isComplete())
  }
}
