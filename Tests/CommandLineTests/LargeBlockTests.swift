import Foundation
import Storage
import TestSupport
import Testing

/// Files that are cut into larger blocks than the plan has memory for.
@Suite struct LargeBlockTests {
  /// A block of a file whose bands are interleaved by pixel holds them all, however few are read.
  @Test func `blocks of many bands are counted with all their bands`() async throws {
    let folder = try TemporaryFolder()
    _ = try await Program(
      [
        "gdal_create", "-of", "GTiff", "-ot", "UInt16", "-outsize", "256", "256", "-bands", "200", "-burn",
        "7",
        "-a_srs", "EPSG:32719", "-a_ullr", "300000", "6100000", "307680", "6092320", "-co", "TILED=YES",
        "-co",
        "COMPRESS=DEFLATE", "-co", "INTERLEAVE=PIXEL", folder.file("many.tif"),
      ], in: folder.path
    ).output()
    try LocalFiles.writeAtomically(
      folder.path + "/items.json",
      text: """
        { "type": "FeatureCollection", "features": [{ "type": "Feature", "stac_version": "1.0.0", "id": "s",
          "geometry": null, "bbox": [-72, -36, -70, -34], "properties": { "datetime": "2021-01-01T12:00:00Z" },
          "links": [], "assets": { "many": { "href": "many.tif", "bands": [{ "name": "one" }, { "name": "two" }] } } }] }
        """)
    try LocalFiles.writeAtomically(
      folder.path + "/config.json",
      text: """
        { "pipeline": "t", "output": { "location": "out" }, "resources": { "threads": 2 }, "sequences": [{ "name": "s",
          "modules": [{ "module": "download", "source": "items.json", "bands": ["two"], "scale": "none",
            "save": true }] }] }
        """)
    func run(_ memory: String) async throws -> ProgramResult {
      try await Program(
        [Project.apus, "run", "config.json", "--memory", memory, "--progress", "none"], in: folder.path
      ).run()
    }
    // 25 MiB a block, three times for each of two workers, beside what every run needs.
    let small = try await run("256MiB")
    #expect(small.status == 64, "\(small.errors)")
    let number = try #require(
      small.errors.firstMatch(of: /need ([0-9.]+ [MG]iB) with 2 threads/), "\(small.errors)"
    ).output.1
    let large = try await run(String(number.filter { $0 != " " }))
    #expect(large.status == 0, "\(large.errors)")
  }

  @Test func `a block that does not fit into the memory is a loss and says what to do`() async throws {
    let folder = try TemporaryFolder()
    func apus(_ words: String...) async throws -> ProgramResult {
      try await Program([Project.apus] + words, in: folder.path).run()
    }
    let made = try await apus(
      "simulate", "archive", "--dates", "2", "--size", "2300x2300", "--bands", "red,nir08,qa_pixel",
      "--coverage",
      "whole", "--truth", "none", "--quiet")
    try #require(made.status == 0, "\(made.errors)")
    // The second date's red band becomes a single strip of 10 MB.
    let scenes = try LocalFiles.list(folder.path + "/archive").filter { $0.hasPrefix("LC08") }.sorted()
    let red = "\(folder.path)/archive/\(scenes[1])/\(scenes[1])_SR_B4.tif"
    _ = try await Program(
      ["gdal_translate", "-q", "-co", "COMPRESS=DEFLATE", "-co", "BLOCKYSIZE=2300", red, red + ".strip.tif"]
    ).output()
    try LocalFiles.rename(red + ".strip.tif", to: red)
    try LocalFiles.writeAtomically(
      folder.path + "/config.json",
      text: """
        { "pipeline": "t", "output": { "location": "out" }, "resources": { "threads": 8, "chunk": [256, 256] },
          "sequences": [{ "name": "s", "modules": [
            { "module": "download", "source": "archive/items.json", "bands": ["red", "nir08"] },
            { "module": "ndvi", "save": true }] }] }
        """)
    let small = try await apus("run", "config.json", "--memory", "256MiB", "--progress", "none")
    #expect(small.status == 1, "\(small.errors)")
    #expect(
      small.errors.contains("blocks of 2300 × 2300 pixels do not fit into the memory"), "\(small.errors)")
    #expect(small.errors.contains(scenes[1]) && !small.errors.contains(scenes[0]))
    let large = try await apus("run", "config.json", "--memory", "1GiB", "--fresh", "--progress", "none")
    #expect(large.status == 0, "\(large.errors)")
  }
}
