import Foundation
import JSON
import Storage
import TestSupport
import Testing

/// Whole runs of the binary on a simulated archive, against the simulator's own truth.
@Suite(.serialized) struct RunTests {
  private static let dates = [
    "2021-01-01", "2021-03-02", "2021-05-02", "2021-07-02", "2021-09-01", "2021-11-01",
  ]

  @Test func `results are the simulator's truth, pixel by pixel`() async throws {
    let bench = try await CommandBench()
    let result = try await bench.runPipeline()
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.hasSuffix("out/summary.json\n"))
    for date in Self.dates {
      let values = try await bench.floats("ndvi/\(date).nc")
      let truth = try bench.raster("archive/truth/ndvi_\(date).tif", fill: Float(0))
      #expect(worstDifference(values, truth) <= 1e-6, "\(date)")
    }
    let means = try await bench.floats("mean")
    let counts = try #require(try await bench.data()["count"])
    try #require(means.count == 60_000 && counts.count == 60_000)
    for (index, season) in ["DJF", "MAM", "JJA", "SON"].enumerated() {
      let part = (index * 15_000)..<((index + 1) * 15_000)
      let mean = try bench.raster("archive/truth/ndvi_seasonal_mean_\(season).tif", fill: Float(0))
      let count = try bench.raster("archive/truth/ndvi_seasonal_mean_\(season)_count.tif", fill: Int32(0))
      #expect(worstDifference(Array(means[part]), mean) <= 1e-6, "\(season)")
      #expect(counts[part].map { Int32(bitPattern: $0) } == count, "\(season)")
    }
  }

  /// The largest difference; infinite where one is missing and the other is not.
  private func worstDifference(_ left: [Float], _ right: [Float]) -> Float {
    guard left.count == right.count else { return .infinity }
    return zip(left, right).reduce(0) { worst, pair in
      if pair.0.isNaN && pair.1.isNaN { return worst }
      return pair.0.isNaN || pair.1.isNaN ? .infinity : max(worst, abs(pair.0 - pair.1))
    }
  }

  @Test func `the summary's figures are the simulator's`() async throws {
    let bench = try await CommandBench()
    #expect(try await bench.runPipeline().status == 0)
    let summary = try bench.json("out/summary.json")
    let truth = try bench.json("archive/truth/truth.json")
    #expect(summary["losses"]?.integer == 0)
    let modules = try #require(summary["sequences"]?.array?.first?["modules"]?.array)
    let ndvi = try #require(modules.first { $0["variable"]?.string == "ndvi" }?["dates"]?.array)
    let days = try #require(truth["dates"]?.array)
    try #require(ndvi.count == days.count && days.count == 6)
    for (date, day) in zip(ndvi, days) {
      #expect(date["date"]?.string == day["date"]?.string)
      #expect(date["count"]?.integer == day["valid"]?.integer)
      #expect(isNear(date["mean"], day["ndvi_mean"]))
    }
    let seasonal = try #require(
      modules.first { $0["variable"]?.string == "ndvi_seasonal_mean" }?["seasons"]?.array)
    let seasons = try #require(truth["seasons"]?.array)
    try #require(seasonal.count == seasons.count && seasons.count == 4)
    for (season, expected) in zip(seasonal, seasons) {
      #expect(season["season"]?.string == expected["season"]?.string)
      #expect(season["count"]?.integer == expected["pixels"]?.integer)
      #expect(isNear(season["mean"], expected["ndvi_mean"]))
    }
    let series = try #require(summary["time-series-data"]?["landsat-c2-l2"])
    #expect(series["2021-01-01"]?.isNull == true)
    #expect(isNear(series["2021-03-02"]?["ndvi"], days[1]["ndvi_mean"]))
  }

  private func isNear(_ value: JSONNode?, _ expected: JSONNode?) -> Bool {
    guard let value = value?.double, let expected = expected?.double else {
      return value?.isNull == true && expected?.isNull == true
    }
    return abs(value - expected) < 1e-6
  }

  @Test(arguments: [1, 2, 4])
  func `the data are the same bytes for any number of threads and any chunk`(threads: Int) async throws {
    let bench = try await CommandBench()
    #expect(try await bench.runPipeline().status == 0)
    let reference = try await bench.data()
    #expect(reference.count == 8)
    for (number, chunk) in [[32, 32], [47, 100], [150, 100]].enumerated() {
      bench.config["resources"] = ["chunk": chunk]
      let result = try await bench.runPipeline("--output", "other\(number)", "--threads", "\(threads)")
      #expect(result.status == 0, "\(result.errors)")
      #expect(try await bench.data("other\(number)") == reference, "chunks \(chunk)")
    }
  }

  @Test func `a run that is killed again and again ends with the same bytes`() async throws {
    let bench = try await CommandBench()
    #expect(try await bench.runPipeline().status == 0)
    let reference = try await bench.data()
    let modules = try bench.json("out/summary.json")["sequences"]?.array?.first?["modules"]?.plain
    bench.config["resources"] = ["threads": 1, "chunk": [16, 16]]
    try bench.write()
    var killed = 0
    for attempt in 1...8 {
      let result = try await bench.command(
        ["run", "config.json", "--output", "killed", "--progress", "none"]
      ).run { running in
        // Later each time, so that computing and publishing are both hit.
        try await running.send(SIGKILL, after: .milliseconds(attempt * 40))
      }
      if result.status == -SIGKILL { killed += 1 }
    }
    #expect(killed > 0, "every call ended before it was killed")
    let result = try await bench.runPipeline("--output", "killed")
    #expect(result.status == 0, "\(result.errors)")
    #expect(try await bench.data("killed") == reference)
    #expect(try bench.json("killed/summary.json")["sequences"]?.array?.first?["modules"]?.plain == modules)
    let files = try LocalFiles.list(bench.folder + "/killed/landsat/ndvi")
    #expect(files == Self.dates.map { "\($0).nc" })
  }

  @Test(arguments: [nil, ""])
  func `a run that was killed before its first record is begun again`(record: String?) async throws {
    let bench = try await CommandBench()
    try LocalFiles.createDirectory(bench.folder + "/out/ledger")
    if let record { try LocalFiles.writeAtomically(bench.folder + "/out/ledger/written.jsonl", text: record) }
    let result = try await bench.runPipeline()
    #expect(result.status == 0, "\(result.errors)")
    // Records of somebody else are no run's.
    try LocalFiles.createDirectory(bench.folder + "/other/ledger")
    try LocalFiles.writeAtomically(bench.folder + "/other/ledger/accounts.txt", text: "")
    #expect(try await bench.runPipeline("--output", "other").status == 64)
  }

  @Test func `Ctrl-C ends a run with status 1, and the same command finishes it`() async throws {
    let bench = try await CommandBench()
    #expect(try await bench.runPipeline().status == 0)
    let reference = try await bench.data()
    bench.config["resources"] = ["threads": 1, "chunk": [16, 16]]
    try bench.write()
    let command = bench.command(["run", "config.json", "--output", "stopped", "--progress", "plain"])
    var result: ProgramResult
    var attempts = 0
    // On a busy machine the signal may come when all is done: then once more.
    repeat {
      attempts += 1
      try LocalFiles.removeTree(bench.folder + "/stopped")
      result = try await command.run { running in
        try await onOwnThread {
          while running.isRunning, !running.errors.contains("10 % of") { usleep(1000) }
          running.send(SIGINT)
        }
      }
    } while result.status == 0 && attempts < 50
    #expect(result.status == 1)
    #expect(result.errors.contains("apus: stopped; the same command continues where it stopped"))
    #expect(!LocalFiles.exists(bench.folder + "/stopped/.lock"))
    #expect(!LocalFiles.exists(bench.folder + "/stopped/summary.json"))
    #expect(try await bench.runPipeline("--output", "stopped").status == 0)
    #expect(try await bench.data("stopped") == reference)
  }

  @Test func `the same command on a finished run changes nothing`() async throws {
    let bench = try await CommandBench()
    #expect(try await bench.runPipeline().status == 0)
    let path = bench.folder + "/out/landsat/ndvi/2021-03-02.nc"
    let before = try LocalFiles.readAll(path)
    #expect(try await bench.runPipeline().status == 0)
    #expect(try LocalFiles.readAll(path) == before)
  }

  @Test func `a published file that was damaged or removed is made again`() async throws {
    let bench = try await CommandBench()
    #expect(try await bench.runPipeline().status == 0)
    let reference = try await bench.data()
    try LocalFiles.truncate(bench.folder + "/out/landsat/ndvi/2021-03-02.nc", to: 3000)
    try LocalFiles.remove(bench.folder + "/out/landsat/ndvi_seasonal_mean.nc")
    #expect(try await bench.runPipeline().status == 0)
    #expect(try await bench.data() == reference)
  }

  @Test func `once published, chunks leave the store`() async throws {
    let bench = try await CommandBench()
    /// Chunks of a run's store; what else it holds begins with a dot.
    func chunks(_ run: String) throws -> [String] {
      let store = "\(bench.folder)/\(run)/store.zarr"
      guard LocalFiles.isDirectory(store) else { return [] }
      return try FileManager.default.subpathsOfDirectory(atPath: store).filter {
        !LocalFiles.name(of: $0).hasPrefix(".") && !LocalFiles.isDirectory("\(store)/\($0)")
      }
    }
    // A run that is to keep them shows where they would be.
    bench.config["output"] = ["location": "kept", "formats": ["netcdf", "zarr"]]
    #expect(try await bench.runPipeline().status == 0)
    let kept = Set(try chunks("kept").compactMap { $0.split(separator: "/").dropFirst().first })
    #expect(kept.isSuperset(of: ["ndvi", "ndvi_seasonal_mean", "ndvi_seasonal_mean_count"]))
    bench.config["output"] = ["location": "out"]
    #expect(try await bench.runPipeline().status == 0)
    #expect(try await bench.data().count == 8)
    #expect(try chunks("out") == [])
  }

  @Test func `an all-cloud date is a result without values, and no loss where that is allowed`() async throws
  {
    let bench = try await CommandBench()
    bench.config["output"] = ["location": "out", "allow_empty": true]
    bench.config["dates"] = ["start": "2021-01-01", "end": "2021-01-31"]
    let result = try await bench.runPipeline()
    #expect(result.status == 0, "\(result.errors)")
    #expect(try await bench.floats("ndvi/2021-01-01.nc").allSatisfy { $0.isNaN })
    #expect(try #require(try await bench.data()["count"]).allSatisfy { $0 == 0 })
    let summary = try bench.json("out/summary.json")
    let empty = try #require(summary["sequences"]?.array?.first?["cells"]?["empty"]?.integer)
    #expect(empty == 20)
  }

  @Test func `paths may have spaces and any letters, and configs may lie elsewhere`() async throws {
    let bench = try await CommandBench(name: "ein Päth 漢 'q'")
    try bench.write()
    try LocalFiles.createDirectory(bench.folder + "/sub")
    let result = try await Program(
      [Project.apus, "run", "../config.json", "--quiet", "--output", "aus gäbe/x"], in: bench.folder + "/sub"
    ).run()
    #expect(result.status == 0, "\(result.errors)")
    #expect(try await bench.data("sub/aus gäbe/x").count == 8)
  }

  @Test func `a reader that leaves does not stop a run`() async throws {
    let bench = try await CommandBench()
    try bench.write()
    _ = try await bench.shell(
      "{ \"$0\" run config.json --progress plain; echo $? > status; } 2>&1 | true")
    #expect(try String(contentsOfFile: bench.folder + "/status", encoding: .utf8) == "0\n")
    #expect(try await bench.data().count == 8)
  }

  @Test func `results that cannot be written to standard output are an error`() async throws {
    let bench = try await CommandBench()
    #expect(try await bench.shell("\"$0\" modules > /dev/full").status == 1)
  }
}
