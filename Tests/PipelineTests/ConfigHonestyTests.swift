import Pipeline
import Testing

/// A key that would do nothing is refused where it stands, with what to do instead.
@Suite struct ConfigHonestyTests {
  private static let download =
    #"{ "module": "download", "source": "https://example.org", "bands": ["red", "nir08"] }"#
  private static let ndvi = #"{ "module": "ndvi" }"#
  private static let mean = #"{ "module": "seasonal_mean", "of": "ndvi" }"#

  /// The mistakes of the real modules.
  private func mistakes(_ members: String = "", _ modules: String...) -> [String] {
    let sequence = #"{ "name": "s", "modules": [\#(modules.joined(separator: ", "))] }"#
    let text = ConfigFixture.config(members, sequences: sequence)
    return ConfigReader.read(Array(text.utf8), file: "a.json").messages
  }

  @Test(arguments: [
    (
      #"{ "module": "ndvi", "resources": { "memory": "1GB" } }"#, ".modules[1].resources",
      "give them to the sequence's first module, or to the pipeline"
    ),
    (#"{ "module": "ndvi", "encoding": { "deflate": 9 } }"#, ".modules[1].encoding", #"add "save": true"#),
    (
      #"{ "module": "cloud_mask", "band": "scl", "reject": ["water"], "dilate_shape": "disk" }, { "module": "ndvi" }"#,
      ".modules[1].dilate_shape", #"add "dilate""#
    ),
  ])
  func `a module's key that would do nothing is refused`(module: String, place: String, advice: String) {
    let found = mistakes("", Self.download, module, Self.mean)
    #expect(found.count == 1 && found[0].contains(place) && found[0].contains(advice), "\(found)")
    #expect(found.allSatisfy { $0.hasPrefix("a.json:1:") }, "\(found)")
  }

  /// The modules of a stage run together, and one engine has all jobs.
  @Test(arguments: [
    ("slurm", "local", "", ".modules[1].run_mode", #""ndvi" and "download", whose run_mode is "slurm", are"#),
    ("local", "slurm", "", ".modules[1].run_mode", #""ndvi" and "download", whose run_mode is "local", are"#),
    ("slurm", "slurm", "kubernetes", ".modules[3].run_mode", #"write "slurm" or "local""#),
  ])
  func `modes that contradict one another are refused`(
    source: String, first: String, last: String, place: String, words: String
  ) {
    let mode = { (mode: String) in mode.isEmpty ? "" : #", "run_mode": "\#(mode)""# }
    let found = mistakes(
      "", Self.download.dropLast() + mode(source) + "}", Self.ndvi.dropLast() + mode(first) + "}",
      #"{ "module": "composite", "of": "ndvi", "period": "all", "statistic": "median", "as": "m" }"#,
      #"{ "module": "gaussian", "of": "m", "sigma": 6 \#(mode(last)) }"#)
    #expect(found.count == 1 && found[0].contains(place) && found[0].contains(words), "\(found)")
    #expect(found.allSatisfy { $0.hasPrefix("a.json:1:") }, "\(found)")
  }

  @Test func `a module whose result nobody uses is a warning where it stands`() throws {
    let unused = #"{ "module": "ndvi", "as": "other" }"#
    let modules = [Self.download, unused, Self.ndvi, Self.mean].joined(separator: ", ")
    let sequence = #"{ "name": "s", "modules": [\#(modules)] }"#
    let reading = ConfigReader.read(Array(ConfigFixture.config("", sequences: sequence).utf8), file: "a.json")
    let config = try #require(reading.config, "\(reading.messages)")
    #expect(config.warnings.count == 1)
    let warning = config.warnings.first ?? ""
    #expect(warning.hasPrefix("a.json:1:") && warning.contains("$.sequences[0].modules[1]: nothing uses"))
    #expect(warning.hasSuffix("add \"save\": true, or take the module out"), "\(warning)")
  }

  @Test func `one of several results that nobody uses is a warning`() throws {
    func warnings(_ modules: String...) throws -> [String] {
      let sequence = #"{ "name": "s", "modules": [\#(modules.joined(separator: ", "))] }"#
      let reading = ConfigReader.read(
        Array(ConfigFixture.config("", sequences: sequence).utf8), file: "a.json")
      return try #require(reading.config, "\(reading.messages)").warnings
    }
    let two = #"{ "module": "index", "name": ["NDVI", "OSAVI"] }"#
    let found = try warnings(Self.download, two, Self.mean)
    #expect(
      found.count == 1 && found[0].contains("$.sequences[0].modules[1]: nothing uses \"osavi\""), "\(found)")
    // What is saved is used, and a count beside a mean is no result that was asked for.
    #expect(try warnings(Self.download, two.dropLast() + #", "save": true }"#, Self.mean) == [])
    let layers =
      #"{ "module": "composite", "of": "red", "statistic": "mean", "period": "month", "save": false }"#
    let smooth = #"{ "module": "gaussian", "of": "red_month_mean", "sigma": 1 }"#
    #expect(try warnings(Self.download, layers, smooth) == [])
  }

  @Test func `a table and a saved result cannot have one name`() {
    let table = #"{ "module": "sample", "of": "ndvi", "points": [[-71.19, -35.19]], "as": "t" }"#
    let result = #"{ "module": "ndvi", "as": "t", "save": true }"#
    let layers = #"{ "module": "seasonal_mean", "of": "ndvi", "as": "t" }"#
    let unsaved = #"{ "module": "ndvi", "as": "t" }"#
    for second in [table, result, layers] {
      let found = mistakes("", Self.download, Self.ndvi, table, second)
      #expect(found.count == 1 && found[0].contains("another saved result of this sequence is named \"t\""))
      #expect(found.allSatisfy { $0.contains(".modules[3].as") }, "\(found)")
    }
    let mean = #"{ "module": "seasonal_mean", "of": "t" }"#
    #expect(mistakes("", Self.download, Self.ndvi, table, unsaved, mean) == [])
  }

  @Test func `a mask that comes too late for any result is a warning where it stands`() throws {
    let mask = #"{ "module": "cloud_mask", "band": "scl", "reject": ["water"] }"#
    let late = #"{ "module": "gaussian", "of": "ndvi_seasonal_mean", "sigma": 1, "save": true }"#
    func warnings(_ modules: String...) throws -> [String] {
      let sequence = #"{ "name": "s", "modules": [\#(modules.joined(separator: ", "))] }"#
      let text = ConfigFixture.config("", sequences: sequence)
      let reading = ConfigReader.read(Array(text.utf8), file: "a.json")
      return try #require(reading.config, "\(reading.messages)").warnings
    }
    let found = try warnings(Self.download, Self.ndvi, Self.mean, mask, late)
    #expect(found.count == 1 && found[0].contains("$.sequences[0].modules[3]: \"cloud_mask\" masks nothing"))
    #expect(try warnings(Self.download, mask, Self.ndvi, Self.mean, late) == [])
    #expect(try warnings(Self.download, mask, mask, Self.ndvi, Self.mean) == [], "masks in a row add up")
  }

  @Test(arguments: [
    (#"{ "module": "seasonal_mean", "of": "ndvi", "save": false }"#, "is always written"),
    (#"{ "module": "albedo", "formula": "bonafoni_2020", "save": false }"#, "is always written"),
  ])
  func `a result that is always written cannot be left out`(module: String, reason: String) {
    let source = #"{ "module": "download", "source": "https://e.org", "collection": "sentinel-2-l2a" }"#
    let found = mistakes("", source, Self.ndvi, module)
    #expect(found.count == 1 && found[0].contains(reason) && found[0].contains(".save"), "\(found)")
  }

  @Test(arguments: [
    (#""copy": "area""#, #"add "mode": "copy""#), (#""sort": "eo:cloud_cover""#, #"add "limit""#),
  ])
  func `a key of the source that would do nothing is refused`(member: String, advice: String) {
    let source = Self.download.dropLast() + ", \(member) }"
    let found = mistakes("", String(source), Self.ndvi)
    #expect(found.count == 1 && found[0].contains(advice), "\(found)")
  }

  @Test(arguments: [
    (#""cluster": { "partition": "main" }"#, "$.cluster"),
    (#""run_mode": "slurm", "cluster": { "image": "apus:1" }"#, "$.cluster.image"),
    (#""run_mode": "grid_engine", "cluster": { "volume": "data:/data" }"#, "$.cluster.volume"),
    (
      #""run_mode": "kubernetes", "cluster": { "image": "a", "volume": "a:/a", "options": ["--exclusive"] }"#,
      "$.cluster.options"
    ),
    (#""output": { "location": "out/a", "work": "/scratch/a" }"#, "$.output.work"),
    (#""output": { "delete_local": true }"#, "$.output.delete_local"),
  ])
  func `a key of the pipeline that would do nothing is refused`(member: String, place: String) {
    let found = mistakes(member, Self.download, Self.ndvi)
    #expect(found.count == 1 && found[0].contains(place), "\(found)")
  }

  @Test func `the same keys where they do something are taken`() {
    let source = #"""
      { "module": "download", "source": "https://example.org", "bands": ["red", "nir08"], "mode": "copy",
        "copy": "area", "sort": "eo:cloud_cover", "limit": 4, "run_mode": "local",
        "resources": { "memory": "1GB" } }
      """#
    let mask =
      #"{ "module": "cloud_mask", "band": "scl", "reject": ["water"], "dilate": 2, "dilate_shape": "disk" }"#
    let ndvi = #"{ "module": "ndvi", "save": true, "encoding": { "deflate": 9 } }"#
    let output = #""output": { "location": "s3://bucket/a", "work": "/scratch/a" }"#
    #expect(mistakes(output, source, mask, ndvi, Self.mean) == [])
  }

  /// The dimensions of the store are made before anything is computed.
  @Test func `zarr cannot leave out empty layers`() {
    let composite = #"{ "module": "composite", "of": "ndvi", "period": "month", "empty": "drop" }"#
    let formats = { (names: String) in #""output": { "location": "out", "formats": [\#(names)] }"# }
    let found = mistakes(formats(#""netcdf", "zarr""#), Self.download, Self.ndvi, composite)
    #expect(
      found.count == 1 && found[0].contains(".modules[2].empty")
        && found[0].contains("\"zarr\" cannot drop layers"), "\(found)")
    #expect(mistakes(formats(#""netcdf", "cog""#), Self.download, Self.ndvi, composite) == [])
    let keep = composite.replacing("drop", with: "keep")
    #expect(mistakes(formats(#""netcdf", "zarr""#), Self.download, Self.ndvi, keep) == [])
  }

  @Test func `a parameter that is wrong is not missed as well`() {
    let percentile =
      #"{ "module": "composite", "of": "ndvi", "statistic": "percentile", "q": 101, "period": "month" }"#
    let found = mistakes("", Self.download, Self.ndvi, percentile)
    #expect(found.count == 1 && found[0].contains("a number from 0 to 100, found 101"), "\(found)")
    let without = mistakes("", Self.download, Self.ndvi, percentile.replacing(#""q": 101, "#, with: ""))
    #expect(without.count == 1 && without[0].contains("which percentile is not said"), "\(without)")
  }
}
