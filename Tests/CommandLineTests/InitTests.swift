import Storage
import TestSupport
import Testing

/// `apus init`
@Suite struct InitTests {
  private func run(_ arguments: [String], in folder: String) async throws -> ProgramResult {
    try await Program([Project.apus, "init"] + arguments, in: folder).run()
  }

  @Test func `what it writes is valid, and it does not write over a file`() async throws {
    let folder = try TemporaryFolder()
    let flags = [
      "--around=-71.4,-35.5", "--radius", "5000", "--product", "ndvi", "--product", "albedo", "a/b.json",
    ]
    let result = try await run(flags, in: folder.path)
    #expect(result.status == 0 && result.output == "a/b.json\n", "\(result.errors)")
    let text = String(decoding: try LocalFiles.readAll(folder.file("a/b.json")), as: UTF8.self)
    #expect(text.contains("\"around\": [-71.4, -35.5], \"buffer\": 5000, \"crs\": \"EPSG:32719\""))
    #expect(text.contains("\"pipeline\": \"b\"") && text.contains("// "))
    #expect(try await Program([Project.apus, "validate", "a/b.json"], in: folder.path).run().status == 0)
    #expect(try await run(flags, in: folder.path).status == 64)
    #expect(try await run(flags + ["--force"], in: folder.path).status == 0)
  }

  @Test(arguments: [
    ([], "give the area"), (["--bbox", "1,2,3"], "expected west,south,east,north"),
    (["--around", "1,2"], "--radius"),
    (["--bbox", "1,2,3,4", "--around", "1,2", "--radius", "5"], "give one"),
    (["--bbox", "1,2,3,4", "--start", "2021-02-30", "--end", "2021-03-01"], "2021-02-30"),
    (["--bbox", "1,2,3,4", "--start", "2021-02-03", "--end", "2021-01-01"], "before the start"),
    (["--bbox", "1,2,3,4", "--start", "2021-02-03"], "belong together"),
    (["--archive", "folder"], "--source"), (["--geometry", "none.json"], "none.json"),
    (["--archive", "lansat"], "expected one of landsat"), (["--bbox", "1,99,3,98"], "not written"),
  ])
  func `what cannot be is refused, and nothing is written`(flags: [String], words: String) async throws {
    let folder = try TemporaryFolder()
    let result = try await run(flags, in: folder.path)
    #expect(result.status == 64 && result.errors.contains(words), "\(result.errors)")
    #expect(try LocalFiles.list(folder.path).isEmpty)
  }
}
