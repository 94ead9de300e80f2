import Foundation
import JSON
import Storage
import TestSupport
import Testing

/// What a finished run is asked for besides: it is made of the finished files, as far as they have what it needs.
@Suite struct FinishedResultTests: ChangingConfig {
  @Test(arguments: [false, true])
  func `a format that is added is made from the files that are there, of scenes that are gone`(
    isEmptied: Bool
  ) async throws {
    let bench = try await CommandBench()
    let modules = isEmptied ? [Self.download, Self.mask, Self.emptied] : Self.first
    try write(bench, modules, formats: #""netcdf""#)
    _ = try await run(bench)
    try write(bench, modules, formats: #""netcdf", "cog""# + (isEmptied ? "" : #", "zarr""#))
    let path = try bench.file("SR_B4")
    try LocalFiles.rename(path, to: path + ".gone")
    let events = try await run(bench)
    let said = notes(events)
    #expect(events.compactMap { $0["chunks_damaged"]?.integer } == [0])
    #expect(said.contains("chunks are taken from the files that have them"), "\(said)")
    #expect(!said.contains("computed again") && !said.contains("damaged"), "\(said)")
    try LocalFiles.rename(path + ".gone", to: path)
    try await expectFresh(bench)
  }

  @Test func `a format that is added needs the values again where files are no NetCDF`() async throws {
    let bench = try await CommandBench()
    try write(bench, Self.first, formats: #""cog""#)
    _ = try await run(bench)
    try write(bench, Self.first, formats: #""cog", "netcdf""#)
    let events = try await run(bench)
    let said = notes(events)
    #expect(events.compactMap { $0["chunks_damaged"]?.integer } == [0])
    #expect(said.contains("chunks are in files alone; they are computed again for the formats that are new"))
    #expect(!said.contains("damaged"))
    try await expectFresh(bench)
  }

  @Test(arguments: [false, true])
  func `a filter behind a composite in a finished file, of scenes that are gone`(isEmptied: Bool)
    async throws
  {
    let composite = isEmptied ? Self.emptied : Self.median
    let bench = try await CommandBench()
    try write(bench, [Self.download, Self.mask, composite])
    _ = try await run(bench)
    try write(bench, [Self.download, Self.mask, composite, Self.smooth])
    let path = try bench.file("SR_B4")
    try LocalFiles.rename(path, to: path + ".gone")
    let events = try await run(bench)
    #expect(published(events) == 1)
    #expect(notes(events).contains("chunks are taken from the files that have them"), "\(notes(events))")
    #expect(!notes(events).contains("again"), "\(notes(events))")
    try LocalFiles.rename(path + ".gone", to: path)
    try await expectFresh(bench)
  }

  @Test func `tasks compute a filter behind a finished composite, and a format that is added, from its file`()
    async throws
  {
    let bench = try await CommandBench()
    try write(bench, [Self.download, Self.mask, Self.median])
    _ = try await run(bench)
    try write(bench, [Self.download, Self.mask, Self.median, Self.smooth], formats: #""netcdf", "cog""#)
    let plan = try await bench.run("run", "config.json", "--plan-only", "--progress", "none")
    // None of the chunks of dates has to be computed again.
    #expect(plan.status == 0 && plan.errors.contains("0 of 20 chunks wait"), "\(plan.errors)")
    let published = try await bench.run("work", "out", "--publish")
    #expect(published.status == 0, "\(published.errors)")
    try await expectFresh(bench, without: ["/config.json"])
  }

  /// Changes bytes of a file's chunks, which take most of it.
  private func damage(_ path: String) throws {
    var bytes = try LocalFiles.readAll(path)
    for place in stride(from: bytes.count / 3, to: bytes.count * 2 / 3, by: 50) { bytes[place] ^= 0x10 }
    try LocalFiles.writeAtomically(path, bytes)
  }

  @Test func `a finished file that is not as it was written is made again, and it is said`() async throws {
    let bench = try await CommandBench()
    try write(bench, [Self.download, Self.mask, Self.median])
    _ = try await run(bench)
    try damage(bench.folder + "/out/landsat/red_month_median.nc")
    try write(bench, [Self.download, Self.mask, Self.median, Self.smooth])
    let events = try await run(bench)
    #expect(
      notes(events).contains("landsat/red_month_median.nc is not as it was written, and is made again"),
      "\(notes(events))")
    #expect(published(events) == 2)
    _ = try await run(bench, "--output", "whole")
    #expect(try await data(bench.folder + "/out") == data(bench.folder + "/whole"))
  }

  /// What one process found damaged the next makes again: a task of a cluster, or the run after one that was killed.
  @Test(arguments: [false, true])
  func `a finished file that planning found damaged is made again by others`(byTasks: Bool) async throws {
    let bench = try await CommandBench()
    try write(bench, [Self.download, Self.mask, Self.median])
    _ = try await run(bench)
    try damage(bench.folder + "/out/landsat/red_month_median.nc")
    try write(bench, [Self.download, Self.mask, Self.median, Self.smooth])
    let plan = try await bench.run("run", "config.json", "--plan-only", "--progress", "none")
    #expect(
      plan.status == 0
        && plan.errors.contains("landsat/red_month_median.nc is not as it was written, and is made again"),
      "\(plan.errors)")
    if byTasks {
      let work = try await bench.run("work", "out", "--shard", "0/1")
      #expect(work.status == 0, "\(work.errors)")
      let published = try await bench.run("work", "out", "--publish")
      #expect(published.status == 0, "\(published.errors)")
    } else {
      #expect(try await self.published(run(bench)) == 2)
    }
    let damage = try bench.json("out/summary.json")["run"]?["damage"]?.array?.compactMap(\.string) ?? []
    #expect(damage.contains { $0.contains("red_month_median.nc is not as it was written") }, "\(damage)")
    try await expectFresh(bench, without: ["/config.json"])
  }

  @Test func `a damaged file that is not made again leaves once it is outdated, as others do`() async throws {
    let bench = try await CommandBench()
    try write(bench, [Self.download, Self.mask, Self.median])
    _ = try await run(bench)
    let path = bench.folder + "/out/landsat/red_month_median.nc"
    try damage(path)
    // Its format is no longer wanted, and its values are.
    try write(bench, [Self.download, Self.mask, Self.median, Self.smooth], formats: #""zarr""#)
    let said = try await notes(run(bench))
    #expect(
      said.contains("red_month_median.nc is not as it was written, and what is in it is computed again"),
      "\(said)")
    #expect(LocalFiles.exists(path))
    let mask = #"{ "module": "cloud_mask", "reject": ["cloud"] }"#
    try write(bench, [Self.download, mask, Self.median, Self.smooth], formats: #""zarr""#)
    _ = try await run(bench)
    #expect(!LocalFiles.exists(path))
    try await expectFresh(bench)
  }

  @Test func `descriptions that are made in another way leave the folder they were uploaded to`() async throws
  {
    let bench = try await CommandBench()
    try write(bench, Self.first, output: #", "upload": "there""#)
    _ = try await run(bench)
    #expect(try below(bench.folder + "/there/stac").contains { $0.hasSuffix(".vrt") })
    // COGs are rasters of their own, and need no virtual ones.
    try write(bench, Self.first, formats: #""netcdf", "cog""#, output: #", "upload": "there""#)
    _ = try await run(bench)
    let here = try below(bench.folder + "/out/stac")
    #expect(!here.contains { $0.hasSuffix(".vrt") })
    #expect(try below(bench.folder + "/there/stac") == here)
  }

  @Test func `files of another layout or format are taken from, of scenes that are gone`() async throws {
    let bench = try await CommandBench()
    try write(bench, Self.first)
    _ = try await run(bench)
    let path = try bench.file("SR_B4")
    try LocalFiles.rename(path, to: path + ".gone")
    for (formats, layout) in [
      (#""netcdf""#, #", "layout": "per_date""#), (#""zarr""#, ""),
      (#""netcdf", "cog""#, #", "layout": "per_variable""#),
    ] {
      try write(bench, Self.first, formats: formats, output: layout)
      let events = try await run(bench)
      #expect(events.compactMap { $0["chunks_damaged"]?.integer } == [0])
      #expect(!notes(events).contains("again"), "\(notes(events))")
    }
    try LocalFiles.rename(path + ".gone", to: path)
    _ = try await run(bench, "--output", "whole")
    let own = try await data(bench.folder + "/out")
    #expect(try await data(bench.folder + "/whole").allSatisfy { own[$0.key] == $0.value })
  }
}
