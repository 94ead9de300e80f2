import Foundation
import JSON
import Storage
import TestSupport
import Testing

/// Modules that come, go or change in a run's directory: values, counts and lists of files are those of a run of the
/// last config alone.
@Suite struct ChangedModulesTests: ChangingConfig {
  private static let filter =
    #"{ "module": "gaussian", "of": "nir08", "sigma": 1, "as": "blurred", "save": true }"#

  @Test func `a module's values do not depend on the filters beside it`() async throws {
    let bench = try await CommandBench()
    try write(bench, [Self.download, Self.filter])
    _ = try await run(bench)
    try write(bench, [Self.download, Self.filter, Self.ndvi, Self.ratio, Self.mean])
    _ = try await run(bench)
    try await expectFresh(bench)
    // Nor on whether there is any.
    let beside = try await data(bench.folder + "/out").filter { !$0.key.contains("blurred") }
    try write(bench, [Self.download, Self.ndvi, Self.ratio, Self.mean])
    _ = try await run(bench, "--output", "alone")
    #expect(try await data(bench.folder + "/alone") == beside)
  }

  @Test func `stages that get another number are known to be done`() async throws {
    let bench = try await CommandBench()
    let all =
      #"{ "module": "composite", "of": "nir08", "statistic": "median", "period": "all", "as": "whole" }"#
    let bright = #"{ "module": "threshold", "of": "whole", "otsu": true, "as": "bright", "save": true }"#
    try write(bench, [Self.download, Self.median, all, Self.smooth])
    _ = try await run(bench)
    try write(bench, [Self.download, Self.median, all, bright, Self.smooth])
    _ = try await run(bench)
    try await expectFresh(bench)
  }

  @Test func `cells of which a result has no value are counted as in a run from the beginning`() async throws
  {
    let bench = try await CommandBench()
    let ring = "[-71.19, -35.22], [-71.17, -35.22], [-71.17, -35.21], [-71.19, -35.22]"
    let polygon = #"{ "type": "Polygon", "coordinates": [[\#(ring)]] }"#
    try LocalFiles.writeAtomically(
      bench.folder + "/fields.geojson",
      text: #"{ "type": "Feature", "properties": { "id": 1 }, "geometry": \#(polygon) }"#)
    let sample = #"{ "module": "sample", "of": "red", "features": "fields.geojson", "as": "fields" }"#
    let cloudless = #"{ "module": "cloud_mask", "reject": ["fill", "cloud"], "dilate": 25 }"#
    func total(_ count: Bool) -> String {
      #"{ "module": "composite", "of": "nir08", "statistic": "sum", "period": "all", "count": \#(count) }"#
    }
    try write(bench, [Self.download, sample, cloudless, total(true)])
    _ = try await run(bench)
    try write(bench, [Self.download, sample, cloudless, total(false)])
    _ = try await run(bench)
    try await expectFresh(bench, without: ["nir08_all_sum_count"])
    let cells = try #require(try bench.json("out/summary.json")["sequences"]?.array?.first?["cells"])
    let status = try await sequences(ofStatus: "out", bench)
    for state in ["done", "empty"] { #expect(status?.array?.first?[state] == cells[state]?.plain) }
  }

  @Test func `results that nobody asks for any more are not listed, nor shown by the store`() async throws {
    let bench = try await CommandBench()
    let report = #", { "name": "page", "depends_on": ["landsat"], "modules": [{ "module": "report" }] }"#
    let formats = #""netcdf", "zarr""#
    try write(bench, Self.first + [Self.ratio], formats: formats, sequences: report)
    _ = try await run(bench)
    let listed = try files(ofSummary: "out", bench)
    #expect(listed.contains("report.html") && listed.contains("store.zarr/landsat/ratio/.zarray"))
    try write(bench, Self.first, formats: formats)
    _ = try await run(bench)
    // They stay, should the config ask for them again.
    #expect(LocalFiles.exists(bench.folder + "/out/store.zarr/landsat/ratio/.zarray"))
    try await expectFresh(bench, without: ["/ratio", "/report.html"])
    for (store, prefix) in [("out/store.zarr", "landsat/"), ("out/store.zarr/landsat", "")] {
      let metadata = try bench.json("\(store)/.zmetadata")["metadata"]
      #expect(metadata?["\(prefix)ndvi/.zarray"] != nil && metadata?["\(prefix)x/.zarray"] != nil)
      #expect(metadata?["\(prefix)ratio/.zarray"] == nil)
    }
  }

  @Test(arguments: ["per_date", "per_variable"])
  func `results that get another name are in the files by that name`(layout: String) async throws {
    let bench = try await CommandBench()
    func write(_ mask: String, _ index: String) throws {
      let modules = [
        Self.download,
        #"{ "module": "cloud_mask", "reject": ["fill", "cloud"], "as": "\#(mask)", "save": true }"#,
        #"{ "module": "ndvi", "as": "\#(index)", "save": true }"#,
      ]
      try self.write(bench, modules, output: #", "layout": "\#(layout)""#)
    }
    try write("clouds", "vegetation")
    _ = try await run(bench)
    try write("rejected", "vegetation")
    _ = try await run(bench)
    try write("rejected", "greenness")
    _ = try await run(bench)
    try await expectFresh(bench, without: ["/clouds", "/vegetation"])
  }

  @Test func `an array that changes its name there and back again is whole`() async throws {
    let bench = try await CommandBench()
    for name in ["low", "high", "low", "high"] {
      let index = #"{ "module": "ndvi", "as": "\#(name)", "save": true }"#
      try write(bench, [Self.download, Self.mask, index], formats: #""zarr""#)
      _ = try await run(bench)
      try await expectFresh(bench, without: [name == "low" ? "/high" : "/low"])
    }
  }

  @Test func `what is computed on the way is no part of an uploaded store`() async throws {
    let bench = try await CommandBench()
    let median =
      #"{ "module": "composite", "of": "red", "statistic": "median", "period": "month", "save": false }"#
    try write(
      bench, [Self.download, median, Self.smooth], formats: #""netcdf", "zarr""#,
      output: #", "upload": "there""#)
    _ = try await run(bench)
    let uploaded = try below(bench.folder + "/there")
    #expect(uploaded.contains("/store.zarr/landsat/smooth/.zarray"))
    #expect(!uploaded.contains { $0.contains("red_month_median") }, "\(uploaded)")
  }

  @Test func `a run whose files are all there is complete, whatever is not computed any more`() async throws {
    let bench = try await CommandBench()
    try write(bench, [Self.download, Self.median, Self.smooth])
    _ = try await run(bench)
    let median =
      #"{ "module": "composite", "of": "red", "statistic": "median", "period": "month", "save": false }"#
    try write(bench, [Self.download, median, Self.smooth])
    _ = try await run(bench)
    let status = try await bench.run("status", "out")
    #expect(status.status == 0 && status.output.contains(": complete\n"), "\(status.output)")
    #expect(status.output.contains(" 0 failed, 0 waiting"), "\(status.output)")
    try LocalFiles.remove(bench.folder + "/out/landsat/smooth.nc")
    let without = try await bench.run("status", "out")
    #expect(!without.output.contains(": complete\n"), "\(without.output)")
    _ = try await run(bench)
    _ = try await run(bench, "--output", "whole")
    let found = try await data(bench.folder + "/out").filter { !$0.key.contains("red_month_median") }
    #expect(try await found == data(bench.folder + "/whole"))
  }

  /// With a file that is not there at first.
  @Test(arguments: [[true, true], [false, true], [true, false], [true, nil, true], [false, nil, false]])
  func `what was computed from failed cells is made good whatever was changed since`(saves: [Bool?])
    async throws
  {
    let bench = try await CommandBench()
    let other = #"{ "module": "expression", "formula": "nir08 * 2", "as": "double", "save": true }"#
    func write(_ isSaved: Bool?) throws {
      guard let isSaved else { return try self.write(bench, [Self.download, other]) }
      let median =
        #"{ "module": "composite", "of": "red", "statistic": "median", "period": "month", "save": \#(isSaved) }"#
      try self.write(bench, [Self.download, median, Self.smooth])
    }
    let band = try bench.file("SR_B4")
    try await Program(["mv", band, bench.folder + "/away"]).output()
    try write(saves[0])
    #expect(try await bench.run("run", "config.json", "--progress", "none").status == 1)
    for isSaved in saves.dropFirst().dropLast() {
      try write(isSaved)
      _ = try await run(bench)
    }
    try await Program(["mv", bench.folder + "/away", band]).output()
    try write(saves.last ?? nil)
    _ = try await run(bench)
    let status = try await bench.run("status", "out")
    #expect(status.status == 0 && status.output.contains(": complete\n"), "\(status.output)")
    let found = try await data(bench.folder + "/out").filter { $0.key.contains("/smooth") }
    _ = try await run(bench, "--output", "whole")
    #expect(try await found == data(bench.folder + "/whole").filter { $0.key.contains("/smooth") })
  }

  @Test(arguments: [
    ["", #", "upload": "there", "delete_local": true"#], [#", "upload": "there", "delete_local": true"#, ""],
  ])
  func `cells are counted once where dates were computed together and one by one`(outputs: [String])
    async throws
  {
    let bench = try await CommandBench()
    for output in outputs {
      try write(bench, [Self.download, Self.ndvi], output: output)
      _ = try await run(bench)
      let status = try await bench.run("status", "out")
      #expect(status.output.contains(": complete\n"), "\(status.output)")
      let cells = try #require(try bench.json("out/summary.json")["sequences"]?.array?.first?["cells"])
      let counts = try await sequences(ofStatus: "out", bench)?.array?.first
      for state in ["done", "empty"] { #expect(counts?[state] == cells[state]?.plain) }
      #expect(counts?["waiting"] == 0)
    }
  }
}
