import Foundation
import Storage
import TestSupport
import Testing

/// Files that are cut into larger blocks than the plan has memory for.
@Suite(.timeLimit(.minutes(15))) struct LargeBlockTests {
  @Test func aBlockThatDoesNotFitIntoTheMemoryIsALossAndSaysWhatToDo() async throws {
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
