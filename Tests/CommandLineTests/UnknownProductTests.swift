import JSON
import NetCDF
import Storage
import TestSupport
import Testing

/// Archives of a product that Apus does not know: bands have the names that configs use.
@Suite struct UnknownProductTests {
  private func run(
    _ bench: CommandBench, _ modules: String, items: String = "items"
  ) async throws -> String {
    let text = """
      { "pipeline": "unknown", "area": "native", "dates": { "start": "2021-01-01", "end": "2021-12-31" },
        "resources": { "threads": 2, "chunk": 64 },
        "sequences": [{ "name": "s", "modules": [
          { "module": "download", "source": "archive/\(items).json", "group_by": "solar_day" },
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
}
