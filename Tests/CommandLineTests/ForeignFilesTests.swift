import Foundation
import Storage
import TestSupport
import Testing

/// Files that no run wrote: they are never removed or written over, whatever they are called.
@Suite struct ForeignFilesTests {
  /// Every file below a folder with its content, and where links lead.
  private func tree(_ folder: String) throws -> [String: String] {
    var found: [String: String] = [:]
    for path in try FileManager.default.subpathsOfDirectory(atPath: folder) {
      let full = "\(folder)/\(path)"
      if LocalFiles.isSymbolicLink(full) {
        found[path] = try FileManager.default.destinationOfSymbolicLink(atPath: full)
      } else if LocalFiles.isPlainFile(full) {
        found[path] = try LocalFiles.readAll(full).description
      } else {
        found[path] = "folder"
      }
    }
    return found
  }

  private func make(_ path: String, _ text: String = "mine") throws {
    try LocalFiles.createDirectory(LocalFiles.parent(of: path))
    try LocalFiles.writeAtomically(path, text: text)
  }

  @Test(arguments: [
    ["notes.txt"], ["run.json"], ["summary.json"], ["scenes.json", "landsat/a.nc"], ["stac/catalog.json"],
    ["store.zarr/.zgroup", "store.zarr/landsat/ndvi/0/0/0"], ["quicklooks/landsat/ndvi/2021-01-03.png"],
    ["assets/logo.svg"], ["ledger/landsat.jsonl"], ["ledger/published.jsonl"], ["ledger/written.jsonl"],
    ["landsat/ndvi/2021-01-03.nc"], ["report.html"], [".lock"],
  ])
  func `a folder with files that no run wrote is refused, and left as it was`(files: [String]) async throws {
    let bench = try await CommandBench()
    for file in files { try make("\(bench.folder)/out/\(file)") }
    let before = try tree(bench.folder + "/out")
    for arguments in [[], ["--fresh"]] {
      try bench.write()
      let result = try await bench.run(["run", "config.json", "--progress", "none"] + arguments)
      #expect(result.status == 64, "\(result.errors)")
      #expect(result.errors.contains("out/"), "\(result.errors)")
      #expect(try tree(bench.folder + "/out") == before)
    }
  }

  @Test func `a file, or a link to one or to nothing, is no place for a run`() async throws {
    let bench = try await CommandBench()
    try make(bench.folder + "/file")
    try FileManager.default.createSymbolicLink(atPath: bench.folder + "/link", withDestinationPath: "file")
    try FileManager.default.createSymbolicLink(atPath: bench.folder + "/nowhere", withDestinationPath: "none")
    try bench.write()
    for place in ["file", "link", "nowhere"] {
      let result = try await bench.run(["run", "config.json", "--fresh", "--output", place])
      #expect(result.status == 64, "\(place): \(result.errors)")
      #expect(result.errors.contains("is not a folder"), "\(result.errors)")
    }
    #expect(try LocalFiles.readAll(bench.folder + "/file") == Array("mine".utf8))
    #expect(!LocalFiles.exists(bench.folder + "/none"))
  }

  @Test func `starting over removes what the run wrote and nothing else`() async throws {
    let bench = try await CommandBench()
    bench.config["output"] = ["location": "out", "formats": ["netcdf", "zarr"]]
    #expect(try await bench.runPipeline().status == 0)
    let out = bench.folder + "/out"
    let foreign = [
      "notes.txt", "landsat/mine.nc", "landsat/ndvi/mine.nc", "store.zarr/notes.txt",
      "store.zarr/landsat/ndvi/0/a.txt",
      "stac/mine.json", "quicklooks/mine.png", "ledger/mine.jsonl", "assets/logo.svg", "other/deep/er.txt",
    ]
    for file in foreign { try make("\(out)/\(file)") }
    // A folder of the run that somebody has moved elsewhere.
    try FileManager.default.moveItem(atPath: out + "/quicklooks/landsat", toPath: bench.folder + "/pictures")
    try FileManager.default.createSymbolicLink(
      atPath: out + "/quicklooks/landsat", withDestinationPath: bench.folder + "/pictures")
    let pictures = try tree(bench.folder + "/pictures")
    bench.mask["dilate"] = 1
    bench.config["dates"] = ["start": "2021-01-01", "end": "2021-03-31"]
    let begun = try tree(out).keys.filter { $0.hasPrefix("landsat/ndvi/2021-") }
    #expect(begun.count == 6)
    _ = try await bench.runPipeline("--fresh")
    for file in foreign { #expect(try LocalFiles.readAll("\(out)/\(file)") == Array("mine".utf8), "\(file)") }
    #expect(try tree(bench.folder + "/pictures") == pictures)
    // What the earlier run had of other dates is gone.
    let left = try tree(out).keys.filter { $0.hasPrefix("landsat/ndvi/2021-") }
    #expect(left.count < 6)
  }

  @Test func `a file where a product belongs is not written over`() async throws {
    let bench = try await CommandBench()
    #expect(try await bench.runPipeline().status == 0)
    // A run that was begun, without its products.
    let out = bench.folder + "/out"
    bench.config["output"] = ["location": "out", "formats": ["netcdf", "cog"]]
    try make(out + "/landsat/ndvi/2021-03-02.tif")
    let result = try await bench.runPipeline()
    #expect(result.status == 1)
    #expect(result.errors.contains("landsat/ndvi/2021-03-02.tif"), "\(result.errors)")
    #expect(try LocalFiles.readAll(out + "/landsat/ndvi/2021-03-02.tif") == Array("mine".utf8))
  }

  @Test func `where nothing could be planned, the place is left as it was found`() async throws {
    let bench = try await CommandBench()
    try LocalFiles.createDirectory(bench.folder + "/empty")
    bench.download["source"] = "archive/none.json"
    try bench.write()
    for place in ["empty", "new"] {
      let result = try await bench.run(["run", "config.json", "--output", place])
      #expect(result.status != 0)
    }
    #expect(try LocalFiles.list(bench.folder + "/empty") == [])
    #expect(!LocalFiles.exists(bench.folder + "/new"))
  }

  @Test func `an archive replaces none but an archive`() async throws {
    let bench = try await CommandBench(name: "a?b #1 %41")
    #expect(try await bench.runPipeline().status == 0)
    let out = bench.folder + "/out"
    try make(bench.folder + "/thesis.tex", "years of work")
    let refused = try await bench.run("download", out, "--zip", "thesis.tex")
    #expect(refused.status == 64)
    #expect(try LocalFiles.readAll(bench.folder + "/thesis.tex") == Array("years of work".utf8))
    // Twice: the second replaces the first. The folder's name has all that means something in addresses.
    for _ in 0..<2 {
      let made = try await bench.run("download", out, "--zip", "results.zip", "--include", "all")
      #expect(made.status == 0, "\(made.errors)")
    }
  }
}
