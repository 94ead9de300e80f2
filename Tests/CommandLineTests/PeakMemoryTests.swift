import JSON
import Storage
import TestSupport
import Testing

/// What a run takes at most, as the system counts it.
@Suite struct PeakMemoryTests {
  /// GDAL's threads and blocks come and go with each file: what one leaves must not add to what the next takes.
  @Test func `cloud-optimised files are made within the limit, however many`() async throws {
    let folder = try TemporaryFolder()
    _ = try await Program(
      [
        "gdal_create", "-of", "GTiff", "-ot", "UInt16", "-outsize", "2500", "2500", "-bands", "1", "-burn",
        "7000",
        "-a_srs", "EPSG:32719", "-a_ullr", "300000", "6100000", "375000", "6025000", "-co", "TILED=YES",
        "-co",
        "COMPRESS=DEFLATE", "-co", "BLOCKXSIZE=512", "-co", "BLOCKYSIZE=512", folder.file("b.tif"),
      ], in: folder.path
    ).output()
    try LocalFiles.writeAtomically(
      folder.path + "/items.json",
      text: """
        { "type": "FeatureCollection", "features": [{ "type": "Feature", "stac_version": "1.0.0", "id": "s",
          "geometry": null, "bbox": [-72, -36, -70, -34], "properties": { "datetime": "2021-01-01T12:00:00Z" },
          "links": [], "assets": { "b": { "href": "b.tif" } } }] }
        """)
    try LocalFiles.writeAtomically(
      folder.path + "/config.json",
      text: """
        { "pipeline": "t", "area": "native", "output": { "location": "out", "formats": ["cog"] },
          "resources": { "threads": 2, "memory": "256MiB" }, "sequences": [{ "name": "s", "modules": [
            { "module": "download", "source": "items.json", "bands": ["b"], "scale": "none" },
            { "module": "seasonal_mean", "of": "b", "save": true },
            { "module": "composite", "of": "b", "statistic": "max", "save": true,
              "encoding": { "type": "int16", "scale": 1 } }] }] }
        """)
    let result = try await Program(
      [Project.apus, "run", "config.json", "--progress", "none"], in: folder.path
    ).run()
    #expect(result.status == 0, "\(result.errors)")
    let summary = try JSONParser.parse(try LocalFiles.readAll(folder.path + "/out/summary.json"))
    let peak = try #require(summary["run"]?["peak_memory_bytes"]?.integer)
    #expect(peak <= 256 << 20, "\(peak >> 20) MiB")
  }
}
