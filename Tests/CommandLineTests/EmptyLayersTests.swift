import Foundation
import JSON
import NetCDF
import Storage
import TestSupport
import Testing

/// Layers without a single valid pixel: kept, or left out of everything that is published.
@Suite struct EmptyLayersTests {
  /// The archive's first date is cloudy all over: January has nothing, nor have the months without a date.
  private static let months = ["2021-03", "2021-05", "2021-07", "2021-09", "2021-11"]

  private func write(_ bench: CommandBench, empty: String, location: String) throws {
    try LocalFiles.writeAtomically(
      "\(bench.folder)/\(location).json",
      text: """
        { "pipeline": "months", "area": "native", "dates": { "start": "2021-01-01", "end": "2021-12-31" },
          "output": { "location": "\(location)", "formats": ["netcdf", "cog"] },
          "resources": { "threads": 2, "chunk": 64 },
          "sequences": [{ "name": "s", "modules": [
            { "module": "download", "source": "archive/items.json", "collection": "landsat-c2-l2" },
            { "module": "cloud_mask", "reject": ["fill", "cloud"] },
            { "module": "composite", "of": ["red", "nir08"], "statistic": "median", "period": "month",
              "empty": "\(empty)" }] }] }
        """)
  }

  private struct Layers: Equatable {
    var labels: [String]
    var red: [[UInt32]]
    var count: [[Int]]
  }

  @NetCDFThread
  private static func read(_ folder: String) throws -> Layers {
    let reader = try NetCDFFileReader(folder + "/s/red_month_median.nc")
    let labels = try reader.strings("label")
    let pixels = 150 * 100
    func layers<T>(_ values: [T]) -> [[T]] {
      labels.indices.map { Array(values[($0 * pixels)..<(($0 + 1) * pixels)]) }
    }
    return Layers(
      labels: labels, red: layers(try reader.floats("red_month_median").map(\.bitPattern)),
      count: layers(try reader.integers("red_month_median_count")))
  }

  private func labels(_ bench: CommandBench, _ location: String) throws -> [[String]] {
    let sequence = try bench.json(location + "/summary.json")["sequences"]?.array?.first
    return (sequence?["modules"]?.array ?? []).map {
      $0["months"]?.array?.compactMap { $0["month"]?.string } ?? []
    }
  }

  @Test func `layers without a value leave files, summary, pictures and STAC, the others stay as they are`()
    async throws
  {
    let bench = try await CommandBench()
    try write(bench, empty: "keep", location: "keep")
    try write(bench, empty: "drop", location: "drop")
    #expect(try await bench.run("run", "keep.json", "--progress", "none").status == 0)
    let result = try await bench.run("run", "drop.json", "--progress", "none")
    #expect(result.status == 0, "\(result.errors)")
    let all = try await Self.read(bench.folder + "/keep")
    #expect(all.labels.count == 12)
    let kept = try await Self.read(bench.folder + "/drop")
    let places = all.labels.indices.filter { Self.months.contains(all.labels[$0]) }
    #expect(kept.labels == Self.months)
    #expect(kept.red == places.map { all.red[$0] } && kept.count == places.map { all.count[$0] })
    #expect(try labels(bench, "drop") == Array(repeating: Self.months, count: 4))
    for folder in ["s/red_month_median", "s/nir08_month_median_count", "quicklooks/s/red_month_median_count"]
    {
      let names = try LocalFiles.list("\(bench.folder)/drop/\(folder)").map { String($0.prefix(7)) }.sorted()
      #expect(names == Self.months, "\(folder): \(names)")
    }
    let item = try bench.json("drop/stac/s/red_month_median.json")
    #expect(item["properties"]?["cube:dimensions"]?["time"]?["values"]?.array?.count == 5)
    #expect(item["assets"]?["red_month_median_2021-03_cog"] != nil)
    #expect(item["assets"]?["red_month_median_2021-01_cog"] == nil)
    #expect(item["links"]?.array?.count { $0["rel"]?.string == "derived_from" } == 6)
    // All that is to be there is there.
    let again = try await bench.run("run", "drop.json", "--progress", "json")
    #expect(again.status == 0 && !again.errors.contains("\"publishing\""), "\(again.errors)")
    #expect(again.errors.contains("\"chunks_damaged\":0"), "\(again.errors)")
    #expect(try await Self.read(bench.folder + "/drop") == kept)
    let status = try await bench.run("status", "drop")
    #expect(status.status == 0 && status.output.contains("drop: complete"), "\(status.output)")
  }

  @Test func `a layer of which cells failed is kept until it is known what is in it`() async throws {
    let bench = try await CommandBench()
    try write(bench, empty: "drop", location: "drop")
    let scenes = try LocalFiles.list(bench.folder + "/archive").filter { $0.contains("_20210101_") }
    let scene = try #require(scenes.first)
    let path = "\(bench.folder)/archive/\(scene)/\(scene)_QA_PIXEL.tif"
    let bytes = try LocalFiles.readAll(path)
    try LocalFiles.writeAtomically(path, Array(bytes.prefix(bytes.count / 2)))
    #expect(try await bench.run("run", "drop.json", "--progress", "none").status == 1)
    #expect(try await Self.read(bench.folder + "/drop").labels == ["2021-01"] + Self.months)
    #expect(try labels(bench, "drop").first == ["2021-01"] + Self.months)
    try LocalFiles.writeAtomically(path, bytes)
    let repaired = try await bench.run("run", "drop.json", "--progress", "none")
    #expect(repaired.status == 0, "\(repaired.errors)")
    #expect(try await Self.read(bench.folder + "/drop").labels == Self.months)
    #expect(!LocalFiles.exists(bench.folder + "/drop/s/red_month_median/2021-01.tif"))
    #expect(!LocalFiles.exists(bench.folder + "/drop/quicklooks/s/red_month_median_count/2021-01.png"))
  }
}
