import JSON
import Storage
import TestSupport
import Testing

/// The page of a run, and pictures as a config wants them.
@Suite struct ReportRunTests {
  @Test func `a run leaves its page, contact sheets and animations, and says where`() async throws {
    let bench = try await CommandBench()
    try LocalFiles.writeAtomically(
      bench.folder + "/config.json",
      text: """
        { "pipeline": "page", "area": "native", "resources": { "threads": 2, "chunk": 64 },
          "output": { "location": "out", "pictures": { "ndvi": { "limits": [-1, 1], "animation": true } } },
          "sequences": [
            { "name": "s", "modules": [
              { "module": "download", "source": "archive/items.json", "collection": "landsat-c2-l2" },
              { "module": "ndvi", "save": true }, { "module": "seasonal_mean", "of": "ndvi" }] },
            { "name": "r", "depends_on": ["s"], "modules": [{ "module": "report" }] }] }
        """)
    let result = try await bench.run("run", "config.json", "--progress", "none")
    #expect(
      result.status == 0 && result.output.hasSuffix("/report.html\n"), "\(result.output) \(result.errors)")
    let page = String(decoding: try LocalFiles.readAll(bench.folder + "/out/report.html"), as: UTF8.self)
    // Written after everything that it tells of.
    let summary = try bench.json("out/summary.json")
    let started = try #require(summary["run"]?["started"]?.string)
    #expect(page.contains("<dd>\(started)</dd>"))
    // The run ends after the page, which says up to when it counts.
    let ended = try #require(summary["run"]?["ended"]?.string)
    #expect(ended > started && page.contains("Took, until this page was made"))
    #expect(
      page.contains("Peak memory, at most") && page.contains("s: computing")
        && page.contains("data:image/png"))
    let files = (summary["files"]?.array ?? []).compactMap { $0["path"]?.string }
    for path in ["report.html", "quicklooks/s/ndvi.png", "quicklooks/s/ndvi.gif"] {
      #expect(files.filter { $0 == path }.count == 1, "\(path)")
      #expect(LocalFiles.exists("\(bench.folder)/out/\(path)"))
    }
    #expect(!LocalFiles.exists(bench.folder + "/out/quicklooks/s/ndvi_seasonal_mean.gif"))
    let picture = try #require(
      IndexedPicture(png: try LocalFiles.readAll(bench.folder + "/out/quicklooks/s/ndvi/2021-03-02.png")))
    #expect(picture.texts["apus-scale"]?.contains(#""low":-1"#) == true, "\(picture.texts)")
  }
}
