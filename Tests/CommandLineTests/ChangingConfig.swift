import Foundation
import JSON
import NetCDF
import Storage
import TestSupport
import Testing

/// What tests do that run configs one after the other in one directory.
protocol ChangingConfig {}

extension ChangingConfig {
  static var download: String {
    #"{ "module": "download", "source": "archive/items.json", "collection": "landsat-c2-l2" }"#
  }
  static var mask: String { #"{ "module": "cloud_mask", "reject": ["fill", "cloud"] }"# }
  static var ndvi: String { #"{ "module": "ndvi", "save": true }"# }
  static var mean: String { #"{ "module": "seasonal_mean", "of": "ndvi" }"# }
  static var ratio: String {
    #"{ "module": "expression", "formula": "nir08 / red", "as": "ratio", "save": true }"#
  }
  static var median: String {
    #"{ "module": "composite", "of": "red", "statistic": "median", "period": "month" }"#
  }
  /// With months that its file leaves out.
  static var emptied: String {
    #"{ "module": "composite", "of": "red", "statistic": "median", "period": "month", "empty": "drop" }"#
  }
  static var smooth: String {
    #"{ "module": "gaussian", "of": "red_month_median", "sigma": 1.5, "as": "smooth", "save": true }"#
  }
  static var first: [String] { [download, mask, ndvi, mean] }

  func write(
    _ bench: CommandBench, _ modules: [String], formats: String = #""netcdf""#, output: String = "",
    sequences: String = "", top: String = ""
  ) throws {
    let text = """
      { "pipeline": "keys", "area": "native", "dates": { "start": "2021-01-01", "end": "2021-12-31" }, \(top)
        "output": { "location": "out", "formats": [\(formats)] \(output) },
        "resources": { "threads": 2, "chunk": [32, 32] },
        "sequences": [{ "name": "landsat", "modules": [\(modules.joined(separator: ", "))] } \(sequences)] }
      """
    try LocalFiles.writeAtomically(bench.folder + "/config.json", text: text)
  }

  func run(_ bench: CommandBench, _ arguments: String...) async throws -> [JSONNode] {
    let result = try await bench.run(["run", "config.json", "--progress", "json"] + arguments)
    #expect(result.status == 0, "\(result.errors)")
    return result.errors.split(separator: "\n").compactMap { try? JSONParser.parse(Array($0.utf8)) }
  }

  func notes(_ events: [JSONNode]) -> String {
    events.filter { ["note", "warning"].contains($0["event"]?.string) }.compactMap { $0["text"]?.string }
      .filter { !$0.contains("copying the scenes") }
      .joined(separator: "\n")
  }

  /// How many files were published.
  func published(_ events: [JSONNode]) -> Int {
    events.filter { $0["event"]?.string == "publishing" }.compactMap { $0["files"]?.integer }.reduce(0, +)
  }

  /// The values of all variables of all files, by path and name, as bits.
  func data(_ folder: String) async throws -> [String: [UInt64]] {
    let files = try below(folder).filter { $0.hasSuffix(".nc") }
    return try await NetCDFThread.run {
      var data: [String: [UInt64]] = [:]
      for file in files {
        let reader = try NetCDFFileReader("\(folder)/\(file)")
        for variable in reader.definition.variables where variable.dimensions.suffix(2) == ["y", "x"] {
          data["\(file) \(variable.name)"] = try reader.doubles(variable.name).map(\.bitPattern)
        }
        try reader.close()
      }
      return data
    }
  }

  func below(_ folder: String, _ path: String = "") throws -> [String] {
    try LocalFiles.list(folder + path).flatMap { name in
      LocalFiles.isDirectory("\(folder)\(path)/\(name)")
        ? try below(folder, "\(path)/\(name)") : ["\(path)/\(name)"]
    }.sorted()
  }

  /// Files of results, pictures and the store; ledgers and documents tell how they came about.
  func names(_ folder: String) throws -> [String] {
    try below(folder).filter { !$0.hasPrefix("/ledger") && !$0.hasPrefix("/.") }
  }

  func summary(_ bench: CommandBench, _ run: String) throws -> JSONValue? {
    try bench.json("\(run)/summary.json")["sequences"]?.plain
  }

  /// The files that a run lists.
  func files(ofSummary run: String, _ bench: CommandBench) throws -> Set<String> {
    Set(try bench.json("\(run)/summary.json")["files"]?.array?.compactMap { $0["path"]?.string } ?? [])
  }

  /// What `status` says of the sequences.
  func sequences(ofStatus run: String, _ bench: CommandBench) async throws -> JSONValue? {
    let status = try await bench.run("status", run, "--json")
    return try JSONParser.parse(Array(status.output.utf8))["sequences"]?.plain
  }

  /// Whether a directory is that of a run of the present config from the beginning.
  func expectFresh(_ bench: CommandBench, _ run: String = "out", without gone: [String] = [])
    async throws
  {
    try LocalFiles.removeTree(bench.folder + "/whole")
    _ = try await self.run(bench, "--output", "whole")
    let (own, whole) = (bench.folder + "/" + run, bench.folder + "/whole")
    let found = try names(own).filter { name in !gone.contains { name.contains($0) } }
    let difference = Set(found).symmetricDifference(try names(whole))
    #expect(difference.isEmpty, "\(difference.sorted())")
    #expect(
      try await data(own).filter { entry in !gone.contains { entry.key.contains($0) } } == data(whole))
    #expect(try summary(bench, run) == summary(bench, "whole"))
    let (listed, fresh) = (try files(ofSummary: run, bench), try files(ofSummary: "whole", bench))
    #expect(listed == fresh, "\(listed.symmetricDifference(fresh).sorted())")
    #expect(try await sequences(ofStatus: run, bench) == sequences(ofStatus: "whole", bench))
    for name in try names(whole) where name.hasSuffix(".png") || name.hasPrefix("/store.zarr") {
      #expect(try LocalFiles.readAll(own + name) == LocalFiles.readAll(whole + name), "\(name)")
    }
    let status = try await bench.run("status", run)
    #expect(status.status == 0 && status.output.contains("complete"), "\(status.output)")
    // Nothing is left to do, and nothing to say.
    let again = try await self.run(bench, "--output", run)
    #expect(published(again) == 0 && notes(again) == "", "\(notes(again))")
  }
}
