import Catalog
import JSON
import TestSupport
import Testing

/// Catalogues that take more than they may: refused with the memory that would do, before anything of them is made.
@Suite struct CatalogLimitsTests {
  private let small = CatalogLimits(memory: 8 << 20)

  private func failure(_ contents: [String: String], limits: CatalogLimits) async -> CatalogError? {
    do {
      _ = try await StaticCatalog.load(
        source: "https://h.org/items.json", base: "/", files: MemoryFiles(contents, limits: limits))
      return nil
    } catch {
      return error
    }
  }

  private func expectRefusal(_ text: String, _ words: String) async {
    let error = await failure(["https://h.org/items.json": text], limits: small)
    #expect(error?.isTooLarge == true)
    #expect(error.map { "\($0)" }?.contains(words) == true, "\(String(describing: error))")
  }

  @Test func `a pipe is not waited for without end`() async throws {
    let folder = try TemporaryFolder()
    let pipe = folder.path + "/items.json"
    try await Program(["mkfifo", pipe]).output()
    await #expect {
      try await LocalCatalogFiles(pipePatience: 50).read(pipe, most: 1000)
    } throws: {
      "\($0)".contains("nothing came out of it")
    }
    // What is written to one is read.
    async let written = Program(["sh", "-c", "sleep 0.2; echo '{}' > \"$0\"", pipe]).output()
    #expect(try await LocalCatalogFiles(pipePatience: 300_000).read(pipe, most: 1000) == Array("{}\n".utf8))
    _ = try await written
  }

  @Test func `blanks count as bytes`() async {
    await expectRefusal(String(repeating: " ", count: 3 << 20), "\"memory\": \"12MiB\" would do")
  }

  @Test func `values count as what they take`() async {
    let values = String(repeating: "1,", count: 100_000)
    await expectRefusal("{\"type\":\"FeatureCollection\",\"x\":[\(values)1]}", "would do")
    await expectRefusal(String(repeating: "[],", count: 100_000), "would do")
    await expectRefusal(String(repeating: "{\"a\":{}},", count: 50_000), "would do")
  }

  @Test func `marks inside of strings are no values`() async {
    let text = ItemFixture.collection([ItemFixture.item("a")]).text()
    let long = text.dropLast() + ",\"x\":\"" + String(repeating: ",[\\\"", count: 400_000) + "\"}"
    let error = await failure(["https://h.org/items.json": String(long)], limits: small)
    #expect(error == nil)
  }

  @Test func `the number that would do does`() async throws {
    let values = String(repeating: "1,", count: 100_000)
    let text = ItemFixture.collection([ItemFixture.item("a")]).text().dropLast() + ",\"x\":[\(values)1]}"
    let error = try #require(await failure(["https://h.org/items.json": String(text)], limits: small))
    let number = try #require("\(error)".split(separator: "\"memory\": \"").last?.prefix { $0.isNumber })
    let enough = CatalogLimits(memory: try #require(Int(number)) << 20)
    #expect(await failure(["https://h.org/items.json": String(text)], limits: enough) == nil)
  }

  @Test func `scenes of many documents add up`() async {
    var contents: [String: String] = [:]
    let padding = String(repeating: "1,", count: 5000)
    for number in 0..<40 {
      let text = ItemFixture.collection([ItemFixture.item("s\(number)")]).text().dropLast()
      contents["https://h.org/\(number).json"] = text + ",\"x\":[\(padding)1]}"
    }
    let links = (0..<40).map { "{\"rel\":\"item\",\"href\":\"\($0).json\"}" }.joined(separator: ",")
    contents["https://h.org/items.json"] = "{\"type\":\"Catalog\",\"links\":[\(links)]}"
    #expect(await failure(contents, limits: small)?.isTooLarge == true)
    #expect(await failure(contents, limits: CatalogLimits()) == nil)
  }

  @Test func `chains of catalogues have an end`() async {
    var contents = [
      "https://h.org/items.json": "{\"type\":\"Catalog\",\"links\":[{\"rel\":\"child\",\"href\":\"0.json\"}]}"
    ]
    for number in 0..<100 {
      contents["https://h.org/\(number).json"] =
        "{\"type\":\"Catalog\",\"links\":[{\"rel\":\"child\",\"href\":\"\(number + 1).json\"}]}"
    }
    let error = await failure(contents, limits: small)
    #expect(error?.message.contains("depth of 64") == true)
  }

  @Test func `a link of a catalogue on a server to a local file is not followed`() async {
    for relation in ["child", "item", "items"] {
      let text =
        "{\"type\":\"Catalog\",\"links\":[{\"rel\":\"\(relation)\",\"href\":\"file:///etc/hostname\"}]}"
      do {
        _ = try await StaticCatalog.load(
          source: "https://h.org/items.json", base: "/",
          files: RemoteCatalogInFrontOfDisk(contents: ["https://h.org/items.json": text]))
        Issue.record("a local file was read")
      } catch {
        #expect("\(error)".contains("names nothing on a server"), "\(error)")
      }
    }
  }

  @Test func `pages beyond what the server counts have an end`() async throws {
    let fake = FakeAPI { _, number in
      FakeAPI.page(
        (0..<100).map { "s\(number)-\($0)" }, matched: 100,
        next: ["rel": "next", "href": "search?p=\(number)"])
    }
    let api = try #require(try await fake.api())
    await #expect(throws: CatalogError.self) { _ = try await api.scenes(matching: SceneSearch()) }
    #expect(fake.asked.count < 20)
  }

  @Test func `pages of a server that does not count have an end`() async throws {
    var limits = CatalogLimits()
    limits.mostPages = 30
    let fake = FakeAPI(limits: limits) { _, number in
      FakeAPI.page(["s\(number)"], next: ["rel": "next", "href": "search?p=\(number)"])
    }
    let api = try #require(try await fake.api())
    await #expect(throws: CatalogError.self) { _ = try await api.scenes(matching: SceneSearch()) }
    #expect(fake.asked.count == 30)
  }

  @Test func `scenes of many pages add up`() async throws {
    let padding = JSONValue.array(Array(repeating: 1, count: 2000))
    let fake = FakeAPI(limits: small) { _, number in
      var item = ItemFixture.item("s\(number)")
      item["x"] = padding
      var page = ItemFixture.collection([item])
      page["links"] = [["rel": "next", "href": .string("search?p=\(number)")]]
      return FakeAPI.good(page)
    }
    let api = try #require(try await fake.api())
    let error = await #expect(throws: CatalogError.self) { _ = try await api.scenes(matching: SceneSearch()) }
    #expect(error?.isTooLarge == true && fake.asked.count < 40)
  }
}

/// A catalogue on a server, read by a program that can read local files as well.
private struct RemoteCatalogInFrontOfDisk: CatalogFiles {
  let contents: [String: String]
  let limits = CatalogLimits()

  func read(_ location: String, most: Int) async throws(CatalogError) -> [UInt8] {
    if let content = contents[location] { return Array(content.utf8) }
    return try await LocalCatalogFiles().read(location, most: most)
  }

  func list(_ location: String) async throws(CatalogError) -> [String]? { nil }
}
