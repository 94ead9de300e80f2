import Foundation
import NetCDF
import Storage
import TestSupport
import Testing

@testable import Engine

/// The numbers of the engine's own methods and of modules that write rows, against what they were: what reads, resamples,
/// fuses and packs has one revision for all (`ProductKeys.engineRevision`), which is raised when its numbers change.
@Suite struct GoldenRunTests {
  /// By what was computed and the revision of the engine.
  private static let known = [
    "nearest 2": "1efa9773",
    "bilinear 2": "35a58cd8",
    "cubic 2": "998e1ed",
    "average 2": "7c2009b",
    "fuse first 2": "bbc9e4fa",
    "fuse last 2": "fb6b1735",
    "fuse best 2": "223de390",
    "fuse mean 2": "f8476c98",
    "sample 2": "a49695ab",
  ]

  /// CRC-32 of all values, missing ones alike, of what a config's modules save.
  private func sum(_ bench: CommandBench, _ download: String, _ modules: String, top: String = "")
    async throws -> String
  {
    let text = """
      { "pipeline": "golden", "dates": { "start": "2021-01-01", "end": "2021-12-31" }, \(top)
        "output": { "location": "out" }, "resources": { "threads": 2, "chunk": [64, 64] },
        "sequences": [{ "name": "s", "modules": [
          { "module": "download", "source": "archive/items.json", "collection": "landsat-c2-l2"\(download) }, \(modules)] }] }
      """
    try LocalFiles.writeAtomically(bench.folder + "/golden.json", text: text)
    let result = try await bench.run(["run", "golden.json", "--fresh", "--progress", "none"])
    try #require(result.status == 0, "\(result.errors)")
    let folder = bench.folder + "/out/s"
    let names = try FileManager.default.subpathsOfDirectory(atPath: folder).sorted()
    var bytes: [UInt8] = []
    for name in names where name.hasSuffix(".csv") { bytes += try LocalFiles.readAll("\(folder)/\(name)") }
    let files = names.filter { $0.hasSuffix(".nc") }
    bytes += try await NetCDFThread.run {
      try files.flatMap { file -> [UInt8] in
        let reader = try NetCDFFileReader("\(folder)/\(file)")
        return try reader.definition.variables.filter { $0.dimensions.suffix(2) == ["y", "x"] }.flatMap {
          variable in
          try reader.doubles(variable.name).flatMap { value in
            withUnsafeBytes(of: (value.isNaN ? .nan : value).bitPattern) { Array($0) }
          }
        }
      }
    }
    try #require(Set(bytes).count > 20, "hardly any values")
    return String(Checksum.crc32(bytes), radix: 16)
  }

  private func check(_ name: String, _ sum: String) {
    let line = "\(name) \(ProductKeys.engineRevision)"
    #expect(
      Self.known[line] == sum,
      """
      the engine computes other numbers than its revision \(ProductKeys.engineRevision) did. Where that is meant, raise \
      `ProductKeys.engineRevision`; then this test needs "\(line)": "\(sum)"
      """)
  }

  /// Coarser and turned pixels, so that everything is resampled.
  private static let elsewhere =
    #""area": { "bbox": [-71.198, -35.225, -71.155, -35.2], "crs": "EPSG:32718", "resolution": 47 },"#

  @Test(arguments: ["nearest", "bilinear", "cubic", "average"])
  func `resampling keeps its numbers`(method: String) async throws {
    let bench = try await CommandBench()
    let modules = #"{ "module": "expression", "formula": "red + nir08", "as": "sum" }"#
    check(method, try await sum(bench, #", "resampling": "\#(method)""#, modules, top: Self.elsewhere))
  }

  @Test(arguments: ["first", "last", "best", "mean"])
  func `fusing keeps its numbers`(rule: String) async throws {
    let bench = try await CommandBench()
    let modules = #"""
      { "module": "cloud_mask", "reject": ["fill", "cloud"], "dilate": 2 },
      { "module": "ndvi", "save": true, "encoding": { "type": "int16", "scale": 0.0001 } }
      """#
    check("fuse " + rule, try await sum(bench, #", "fuse": "\#(rule)""#, modules, top: #""area": "native","#))
  }

  @Test func `rows keep their numbers`() async throws {
    let bench = try await CommandBench()
    try LocalFiles.writeAtomically(
      bench.folder + "/fields.geojson",
      text: """
        {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": {"type": "Polygon",
        "coordinates": [[[-71.195, -35.222], [-71.16, -35.221], [-71.17, -35.204], [-71.195, -35.222]]]}}]}
        """)
    let modules = #"""
      { "module": "ndvi" },
      { "module": "sample", "of": "ndvi", "features": "fields.geojson", "statistics": ["mean", "std", "p10", "count"] }
      """#
    check("sample", try await sum(bench, "", modules, top: #""area": "native","#))
  }
}
