import Foundation
import JSON
import NetCDF
import Storage
import TestSupport
import Testing

/// A config that changes in a run's directory: what depends on nothing that changed is kept, the rest is computed, and
/// the directory is then that of a run of the last config alone.
@Suite struct KeyTests: ChangingConfig {
  @Test(arguments: [#""netcdf""#, #""netcdf", "cog", "zarr""#])
  func `a module that is added computes only what is new`(formats: String) async throws {
    let bench = try await CommandBench()
    try write(bench, Self.first, formats: formats)
    _ = try await run(bench)
    let path = bench.folder + "/out/landsat/ndvi/2021-03-02.nc"
    let before = try LocalFiles.readAll(path)
    try write(bench, Self.first + [Self.ratio], formats: formats)
    let events = try await run(bench)
    #expect(notes(events) == "landsat: ratio is new and is computed")
    // Dates; of the store the metadata are written again.
    #expect(published(events) == (formats.contains("zarr") ? 13 : 6))
    #expect(try LocalFiles.readAll(path) == before)
    try await expectFresh(bench)
  }

  @Test func `dates that are rejected by now leave no file of before`() async throws {
    let bench = try await CommandBench()
    func write(_ least: Double, _ formats: String) throws {
      let mask = #"{ "module": "cloud_mask", "reject": ["fill", "cloud"], "min_usable": \#(least) }"#
      try self.write(bench, [Self.download, mask, Self.ndvi, Self.mean], formats: formats)
    }
    try write(0.01, #""netcdf", "cog""#)
    _ = try await run(bench)
    let before = try LocalFiles.list(bench.folder + "/out/landsat/ndvi")
    try write(0.7, #""netcdf", "cog""#)
    let said = notes(try await run(bench))
    // What a band is read from and how is not to blame.
    #expect(said.contains("computed again: the dates are others"), "\(said)")
    #expect(!said.contains("another way"), "\(said)")
    let after = try LocalFiles.list(bench.folder + "/out/landsat/ndvi")
    #expect(!after.isEmpty && after.count < before.count, "\(before) \(after)")
    _ = try await run(bench, "--output", "whole")
    #expect(try names(bench.folder + "/out") == names(bench.folder + "/whole"))
    #expect(try await data(bench.folder + "/out") == data(bench.folder + "/whole"))
  }

  @Test func `melt that is added knows where its pixels lie`() async throws {
    let bench = try await CommandBench()
    let hours = (1...366).flatMap { day in
      (0..<24).map { "\(day),\($0),\(abs(12 - $0) < 5 ? 500 : 0),900,5,3" }
    }
    try LocalFiles.writeAtomically(
      bench.folder + "/weather.csv",
      text: (["day,hour,sw_in,vapour_pressure,air_temperature,wind"] + hours).joined(separator: "\n"))
    let melt =
      #"{ "module": "energy_balance", "albedo": "ndvi", "weather": "weather.csv", "site": { "elevation": 9 }, "slope": 20 }"#
    try write(bench, Self.first)
    _ = try await run(bench)
    try write(bench, Self.first + [melt])
    _ = try await run(bench)
    try await expectFresh(bench)
  }

  @Test func `what depends on a changed parameter is computed again, and it is said why`() async throws {
    let bench = try await CommandBench()
    try write(bench, Self.first + [Self.ratio])
    _ = try await run(bench)
    let wide = #"{ "module": "cloud_mask", "reject": ["fill", "cloud"], "dilate": 4 }"#
    try write(bench, [Self.download, Self.ratio, wide, Self.ndvi, Self.mean])
    let events = try await run(bench)
    let said = notes(events)
    #expect(
      said.contains("ndvi, ndvi_seasonal_mean and ndvi_seasonal_mean_count are computed again"), "\(said)")
    #expect(said.contains("\"dilate\" of cloud_mask was not given and is 4"), "\(said)")
    #expect(said.contains("ratio is computed again"), "\(said)")
    try await expectFresh(bench)
    // A value written out that is the default's changes nothing, nor do the order of keys and of the flags' names.
    let plain =
      #"{ "dilate_shape": "disk", "dilate": 4, "reject": ["cloud", "fill", "cloud"], "band": "qa_pixel", "module": "cloud_mask" }"#
    try write(bench, [Self.download, Self.ratio, plain, Self.ndvi, Self.mean], top: #""run_mode": "local","#)
    let same = try await run(bench)
    #expect(published(same) == 0 && notes(same) == "", "\(notes(same))")
  }

  @Test func `an encoding that changes makes that product's files again`() async throws {
    let bench = try await CommandBench()
    try write(bench, [Self.download, Self.mask, Self.ndvi, Self.mean])
    _ = try await run(bench)
    let packed = #"{ "module": "ndvi", "save": true, "encoding": { "type": "int16", "scale": 0.0001 } }"#
    try write(bench, [Self.download, Self.mask, packed, Self.mean])
    let events = try await run(bench)
    #expect(published(events) == 6)
    #expect(
      notes(events).contains("landsat: ndvi is computed again: its encoding was float32"), "\(notes(events))")
    try await expectFresh(bench)
  }

  @Test func `an input that changes reaches what reads its band`() async throws {
    let bench = try await CommandBench()
    let red = #"{ "module": "expression", "formula": "red * 2", "as": "twice", "save": true }"#
    try write(bench, [Self.download, Self.mask, red, Self.ndvi])
    _ = try await run(bench)
    // The same name with the pixels of another date.
    let (path, other) = try (bench.file("SR_B5"), bench.file("SR_B4"))
    try LocalFiles.writeAtomically(path, try LocalFiles.readAll(other))
    let events = try await run(bench)
    #expect(notes(events).contains("landsat: ndvi is computed again: "), "\(notes(events))")
    #expect(notes(events).contains("SR_B5.tif has changed"))
    #expect(!notes(events).contains("twice"))
    #expect(published(events) == 6)
    try await expectFresh(bench)
  }

  @Test func `an input that is gone changes nothing that was computed from it`() async throws {
    let bench = try await CommandBench()
    try write(bench, Self.first)
    _ = try await run(bench)
    let before = try await data(bench.folder + "/out")
    let path = try bench.file("SR_B4")
    try LocalFiles.rename(path, to: path + ".gone")
    let events = try await run(bench)
    #expect(published(events) == 0)
    #expect(notes(events).contains("SR_B4.tif"), "\(notes(events))")
    #expect(try await data(bench.folder + "/out") == before)
    try write(bench, Self.first + [Self.ratio])
    let lossy = try await bench.run(["run", "config.json", "--progress", "none"])
    #expect(lossy.status == 1 && lossy.errors.contains("SR_B4.tif"), "\(lossy.errors)")
    #expect(try await data(bench.folder + "/out").filter { !$0.key.contains("ratio") } == before)
    try LocalFiles.rename(path + ".gone", to: path)
    _ = try await run(bench)
    try await expectFresh(bench)
  }

  @Test func `a result that is no longer asked for stays, and is not listed`() async throws {
    let bench = try await CommandBench()
    try write(bench, Self.first + [Self.ratio])
    _ = try await run(bench)
    try write(bench, Self.first)
    let events = try await run(bench)
    #expect(published(events) == 0)
    #expect(notes(events).contains("the config no longer asks for ratio"), "\(notes(events))")
    #expect(LocalFiles.exists(bench.folder + "/out/landsat/ratio/2021-03-02.nc"))
    #expect(try !bench.json("out/summary.json").plain.text().contains("ratio"))
    try await expectFresh(bench, without: ["ratio"])
    // Asked for again, it is there.
    try write(bench, Self.first + [Self.ratio])
    let back = try await run(bench)
    #expect(published(back) == 0, "\(notes(back))")
    try await expectFresh(bench)
  }

  @Test func `a sequence that is added searches for its own scenes`() async throws {
    let bench = try await CommandBench()
    try write(bench, Self.first)
    _ = try await run(bench)
    let second = #", { "name": "other", "modules": [\#(Self.download), \#(Self.ratio)] }"#
    try write(bench, Self.first, sequences: second)
    let events = try await run(bench)
    #expect(notes(events) == "other is new in this run", "\(notes(events))")
    #expect(published(events) == 6)
    try await expectFresh(bench)
  }

  @Test(arguments: ["SIGKILL while computing", "publishing", "before run.json"])
  func `a run that is killed while a module is added ends with the same bytes`(phase: String) async throws {
    let bench = try await CommandBench()
    let second = [Self.download, Self.mask, Self.ndvi, Self.ratio, Self.median, Self.smooth]
    try write(bench, Self.first)
    _ = try await run(bench)
    let document = try LocalFiles.readAll(bench.folder + "/out/run.json")
    try write(bench, second)
    for attempt in 1...6 {
      let command = bench.command(["run", "config.json", "--threads", "1", "--progress", "plain"])
      try await command.run { running in
        if phase == "publishing" {
          try await onOwnThread {
            while running.isRunning, !running.errors.contains("publishing") { usleep(500) }
            usleep(UInt32(attempt * 3000))
            running.send(SIGKILL)
          }
        } else {
          try await running.send(SIGKILL, after: .milliseconds(attempt * 30))
        }
      }
      // As if it had come no further than its plan.
      if phase == "before run.json", attempt == 1 {
        try LocalFiles.writeAtomically(bench.folder + "/out/run.json", document)
      }
    }
    _ = try await run(bench)
    try await expectFresh(bench, without: ["seasonal_mean"])
  }

  @Test func `back and forth between two configs, killed in between, nothing is mixed`() async throws {
    let bench = try await CommandBench()
    let wide = #"{ "module": "cloud_mask", "reject": ["fill", "cloud"], "dilate": 9 }"#
    let configs = [Self.first, [Self.download, wide, Self.ndvi, Self.mean]]
    for attempt in 0..<6 {
      try write(bench, configs[attempt % 2], formats: #""netcdf", "zarr""#)
      try await bench.command(["run", "config.json", "--threads", "1", "--progress", "none"]).run { running in
        try await running.send(SIGKILL, after: .milliseconds(60 + attempt * 35))
      }
    }
    try write(bench, configs[1], formats: #""netcdf", "zarr""#)
    _ = try await run(bench)
    try await expectFresh(bench)
  }

  @Test func `uploaded results that have left the run directory are kept`() async throws {
    let bench = try await CommandBench()
    let formats = #""netcdf", "zarr""#
    let output = #", "upload": "there", "delete_local": true"#
    try write(bench, Self.first, formats: formats, output: output)
    _ = try await run(bench)
    #expect(!LocalFiles.exists(bench.folder + "/out/landsat/ndvi/2021-03-02.nc"))
    try write(bench, Self.first + [Self.ratio], formats: formats, output: output)
    let events = try await run(bench)
    #expect(notes(events).contains("landsat: ratio is new and is computed"), "\(notes(events))")
    #expect(published(events) == 7)
    // What is computed again replaces what was there.
    let all = #"{ "module": "cloud_mask", "reject_values": [0], "dilate": 30 }"#
    try write(bench, [Self.download, all, Self.ndvi, Self.mean], formats: formats, output: output)
    _ = try await run(bench)
    let there = bench.folder + "/there"
    try LocalFiles.removeTree(bench.folder + "/whole")
    try write(bench, [Self.download, all, Self.ndvi, Self.mean], formats: formats)
    _ = try await run(bench, "--output", "whole")
    let whole = bench.folder + "/whole"
    #expect(try await data(there).filter { !$0.key.contains("ratio") } == data(whole))
    let chunks = { (folder: String) in
      try self.below(folder, "/store.zarr/landsat/ndvi").filter { !$0.contains("/.z") }
    }
    #expect(try chunks(there) == chunks(whole))
    for name in try chunks(whole) {
      #expect(try LocalFiles.readAll(there + name) == LocalFiles.readAll(whole + name))
    }
  }

  @Test func `copies of inputs that have changed are brought again`() async throws {
    let bench = try await CommandBench()
    let copying =
      #"{ "module": "download", "source": "archive/items.json", "collection": "landsat-c2-l2", "mode": "copy" }"#
    try write(bench, [copying, Self.mask, Self.ndvi])
    _ = try await run(bench)
    let (path, other) = try (bench.file("SR_B5"), bench.file("SR_B4"))
    try LocalFiles.writeAtomically(path, try LocalFiles.readAll(other))
    try write(bench, [copying, Self.mask, Self.ndvi, Self.ratio])
    let events = try await run(bench)
    #expect(notes(events).contains("SR_B5.tif has changed"), "\(notes(events))")
    try await expectFresh(bench)
  }

  @Test func `chunks that do not fit into memory with the new module take fewer threads, or are refused`()
    async throws
  {
    let bench = try await CommandBench()
    try write(bench, Self.first)
    _ = try await run(bench)
    let many = (0..<40).map {
      #"{ "module": "composite", "of": "red", "statistic": "percentile", "q": \#($0), "period": "month" }"#
    }
    try write(bench, Self.first + many)
    let refused = try await bench.run(["run", "config.json", "--memory", "64MiB", "--progress", "none"])
    #expect(refused.status == 64, "\(refused.errors)")
    #expect(refused.errors.contains("MiB"))
    // It is left as it was.
    try write(bench, Self.first)
    let same = try await run(bench)
    #expect(published(same) == 0 && notes(same) == "")
  }
}
