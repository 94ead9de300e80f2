import JSON
import NetCDF
import Storage
import TestSupport
import Testing

/// Archives of a product that Apus does not know: bands have the names that configs use.
@Suite(.timeLimit(.minutes(15))) struct UnknownProductTests {
  private func run(
    _ bench: CommandBench, _ modules: String, items: String = "items", fuse: String = "first"
  ) async throws -> String {
    let text = """
      { "pipeline": "unknown", "area": "native", "dates": { "start": "2021-01-01", "end": "2021-12-31" },
        "resources": { "threads": 2, "chunk": 64 },
        "sequences": [{ "name": "s", "modules": [
          { "module": "download", "source": "archive/\(items).json", "fuse": "\(fuse)", "group_by": "solar_day" },
          { "module": "cloud_mask", "band": "qa_pixel", "reject": ["cloud"] }, \(modules)] }] }
      """
    try LocalFiles.writeAtomically(bench.folder + "/unknown.json", text: text)
    let result = try await bench.run([
      "run", "unknown.json", "--fresh", "--progress", "none", "--output", "out",
    ])
    #expect(result.status == 0, "\(result.errors)")
    return bench.folder + "/out/s/"
  }

  @NetCDFThread
  private static func values(_ path: String, _ variable: String) throws -> [UInt64] {
    let reader = try NetCDFFileReader(path)
    defer { try? reader.close() }
    return try reader.doubles(variable).map(\.bitPattern)
  }

  @Test func `bands with names alike need not be listed, and a formula's parameters have any name`()
    async throws
  {
    let bench = try await CommandBench()
    var items = try String(decoding: LocalFiles.readAll(bench.folder + "/archive/items.json"), as: UTF8.self)
    for (known, unknown) in [("red", "B04"), ("nir08", "B03")] {
      items = items.split(separator: "\"\(known)\"", omittingEmptySubsequences: false)
        .joined(separator: "\"\(unknown)\"")
    }
    try LocalFiles.writeAtomically(bench.folder + "/archive/alike.json", text: items)
    let mean = #", { "module": "composite", "of": "a", "statistic": "mean", "period": "all", "as": "m" }"#
    let folder = try await run(
      bench,
      #"{ "module": "expression", "formula": "(B04 + B03) * L", "as": "a", "parameters": { "L": 0.5 } }"#
        + mean,
      items: "alike")
    let found = try await Self.values(folder + "m.nc", "m")
    #expect(found.contains { !Double(bitPattern: $0).isNaN })
    _ = try await run(
      bench, #"{ "module": "expression", "formula": "(red + nir08) * 0.5", "as": "a" }"# + mean)
    // The numbers of a product that is not known are not scaled, whatever its bands are called.
    #expect(try await Self.values(folder + "m.nc", "m") == found)
  }

  @Test func `a raster that modules read under two names counts once where the best scene is chosen`()
    async throws
  {
    let bench = try await CommandBench()
    let median =
      #"{ "module": "composite", "of": ["red", "nir08"], "statistic": "median", "period": "month" }"#
    var medians: [[UInt64]] = []
    // The index asks for "nir", the formula for "nir08".
    for module in [
      #"{ "module": "index", "name": "NDVI", "as": "nd", "save": true }"#,
      #"{ "module": "expression", "formula": "(nir08 - red) / (nir08 + red)", "as": "nd", "save": true }"#,
    ] {
      let folder = try await run(bench, module + ", " + median, fuse: "best")
      medians.append(try await Self.values(folder + "red_month_median.nc", "red_month_median"))
    }
    #expect(medians[0] == medians[1])
  }
}
