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
    (["--archive", "lansat"], "expected one of landsat"),
    (["--bbox", "1,99,3,98"], "99 is no latitude"),
    (["--bbox", "10,50,11,40"], "did you mean --bbox 10,40,11,50"),
    (["--bbox", "660000,40,670000,41"], "660000 is no longitude"),
    (["--bbox", "-71,-35,-71,-34"], "no extent"),
    (["--around", "-71,-435", "--radius", "5"], "-435 is no latitude"),
    (["--around", "-71,-35", "--radius", "-5"], "above 0"),
    (["--around", "40,-100.5", "--radius", "5"], "latitude second: are they swapped?"),
  ])
  func `what cannot be is refused, and nothing is written`(flags: [String], words: String) async throws {
    let folder = try TemporaryFolder()
    let result = try await run(flags, in: folder.path)
    #expect(result.status == 64 && result.errors.contains(words), "\(result.errors)")
    #expect(try LocalFiles.list(folder.path).isEmpty)
  }

  @Test(arguments: [
    (#"{"type": "Point", "coordinates": [-71, -35]}"#, "--around -71,-35"),
    (
      #"{"type": "Polygon", "coordinates": [[[660000, 4900000], [670000, 4900000], [670000, 4910000]]]}"#,
      "ogr2ogr"
    ),
    (#"{}"#, "no geometry"),
  ])
  func `a file that gives no area is refused with what to do`(text: String, words: String) async throws {
    let folder = try TemporaryFolder()
    try LocalFiles.writeAtomically(folder.file("a.geojson"), text: text)
    let result = try await run(["--geometry", "a.geojson"], in: folder.path)
    #expect(result.status == 64 && result.errors.contains(words), "\(result.errors)")
  }

  @Test func `the archive of the demo that is not there has its script named, and no other file has`()
    async throws
  {
    let folder = try TemporaryFolder()
    try LocalFiles.createDirectory(folder.file("configs"))
    for (name, source) in [
      ("demo", "../out/demo-archive/items.json"), ("other", "../out/archive/items.json"),
    ] {
      try LocalFiles.writeAtomically(
        folder.file("configs/\(name).json"),
        text: """
          { "pipeline": "p", "sequences": [{ "name": "s", "modules": [
            { "module": "download", "source": "\(source)", "collection": "landsat-c2-l2" }, { "module": "ndvi" }] }] }
          """)
    }
    func mistakes(_ name: String) async throws -> String {
      try await Program([Project.apus, "validate", "configs/\(name).json"], in: folder.path).run().output
    }
    #expect(try await mistakes("demo").contains("a relative path starts at the config's folder"))
    try LocalFiles.createDirectory(folder.file("scripts"))
    try LocalFiles.writeAtomically(folder.file("scripts/demo"), text: "")
    #expect(try await mistakes("demo").contains("scripts/demo simulates this archive"))
    #expect(try await mistakes("other").contains("a relative path starts at the config's folder"))
  }

  @Test func `an archive is not simulated into a folder with files, and the command line is to blame`()
    async throws
  {
    let folder = try TemporaryFolder()
    try LocalFiles.writeAtomically(folder.file("notes.txt"), text: "")
    let words = [Project.apus, "simulate", ".", "--dates", "2", "--size", "64x64"]
    let result = try await Program(words, in: folder.path).run()
    #expect(
      result.status == 64 && result.errors.contains("is not empty: choose a new folder"), "\(result.errors)")
    #expect(try LocalFiles.list(folder.path) == ["notes.txt"])
  }

  @Test func `a file cut in two at the antimeridian is one area`() async throws {
    let folder = try TemporaryFolder()
    let text = """
      {"type": "MultiPolygon", "coordinates": [[[[179.5, -17], [180, -17], [180, -16], [179.5, -17]]],
        [[[-180, -17], [-179.25, -17], [-180, -16], [-180, -17]]]]}
      """
    try LocalFiles.writeAtomically(folder.file("fiji.geojson"), text: text)
    let result = try await run(["--geometry", "fiji.geojson", "fiji.json"], in: folder.path)
    #expect(result.status == 0, "\(result.errors)")
    let config = String(decoding: try LocalFiles.readAll(folder.file("fiji.json")), as: UTF8.self)
    #expect(config.contains(#""bbox": [179.5, -17, -179.25, -16], "crs": "EPSG:32701""#), "\(config)")
  }
}
