import Catalog
import Geo
import JSON
import TestSupport
import Testing

@Suite struct StaticCatalogTests {
  private func load(_ source: String, _ contents: [String: JSONValue]) async throws -> StaticCatalog {
    try await StaticCatalog.load(
      source: source,
      base: "/base",
      files: MemoryFiles(contents.mapValues { $0.text() })
    )
  }

  private func complaint(_ source: String, _ contents: [String: JSONValue]) async -> String? {
    do {
      _ = try await load(source, contents)
      return nil
    } catch {
      return "\(error)"
    }
  }

  private func links(_ type: String, _ targets: [(rel: String, href: String)]) -> JSONValue {
    [
      "type": .string(type), "stac_version": "1.0.0", "id": "c",
      "links": .array(targets.map { ["rel": .string($0.rel), "href": .string($0.href)] }),
    ]
  }

  @Test func `an item collection file is read`() async throws {
    let items = ItemFixture.collection([ItemFixture.item("a"), ItemFixture.item("b")])
    let catalog = try await load("../data/items.json", ["/data/items.json": items])
    #expect(catalog.scenes.map(\.id) == ["a", "b"])
    #expect(catalog.files == ["/data/items.json"])
    #expect(catalog.scenes[0].assets[0].href == "/data/red.tif")
  }

  @Test func `a single item file is read`() async throws {
    let catalog = try await load("a.json", ["/base/a.json": ItemFixture.item("a")])
    #expect(catalog.scenes.map(\.id) == ["a"])
  }

  @Test func `links are followed in order and every file once`() async throws {
    let catalog = try await load(
      "/c/catalog.json",
      [
        "/c/catalog.json": links(
          "Catalog",
          [
            ("self", "./catalog.json"), ("child", "./one/collection.json"), ("item", "z.json"),
            ("child", "two/catalog.json"),
          ]
        ),
        "/c/one/collection.json": links(
          "Collection",
          [("root", "../catalog.json"), ("item", "./a.json"), ("item", "./b.json")]
        ),
        "/c/one/a.json": ItemFixture.item("a"),
        "/c/one/b.json": ItemFixture.item("b"),
        "/c/z.json": ItemFixture.item("z"),
        // A cycle, a file already read, and a list of items.
        "/c/two/catalog.json": links(
          "Catalog",
          [("child", "../catalog.json"), ("item", "../one/a.json"), ("items", "./more.json")]
        ),
        "/c/two/more.json": ItemFixture.collection([ItemFixture.item("m"), ItemFixture.item("n")]),
      ]
    )
    #expect(catalog.scenes.map(\.id) == ["a", "b", "z", "m", "n"])
    #expect(
      catalog.scenes.map { $0.assets[0].href }.prefix(3) == [
        "/c/one/red.tif", "/c/one/red.tif", "/c/red.tif",
      ]
    )
    #expect(catalog.files.count == 7)
  }

  @Test func `a remote catalogue resolves its links as UR ls`() async throws {
    let catalog = try await load(
      "https://h.org/stac/catalog.json",
      [
        "https://h.org/stac/catalog.json": links("Catalog", [("item", "./a/a.json")]),
        "https://h.org/stac/a/a.json": ItemFixture.item("a"),
      ]
    )
    #expect(catalog.scenes[0].assets[0].href == "https://h.org/stac/a/red.tif")
    #expect(catalog.scenes[0].origin == "https://h.org/stac/a/a.json")
  }

  @Test func `a folder is read by its best file`() async throws {
    let items = ItemFixture.collection([ItemFixture.item("from items")])
    let catalog = links("Catalog", [("item", "a.json")])
    let item = ItemFixture.item("from link")
    let both = try await load("/d", ["/d/items.json": items, "/d/catalog.json": catalog, "/d/a.json": item])
    #expect(both.scenes.map(\.id) == ["from items"])
    let linked = try await load("/d/", ["/d/catalog.json": catalog, "/d/a.json": item, "/d/b.json": item])
    #expect(linked.scenes.map(\.id) == ["from link"])
  }

  @Test func `a folder of items is read and other files are noted`() async throws {
    let catalog = try await load(
      "/d",
      [
        "/d/b.json": ItemFixture.item("b"), "/d/a_stac.json": ItemFixture.item("a"),
        "/d/a_MTL.json": ["LANDSAT_METADATA_FILE": [:]], "/d/readme.txt": "x",
      ]
    )
    #expect(catalog.scenes.map(\.id) == ["a", "b"])
    #expect(catalog.notes == ["/d/a_MTL.json: not STAC, left out"])
  }

  @Test func `saved pages are followed and missing ones noted`() async throws {
    var first = ItemFixture.collection([ItemFixture.item("a")])
    first["links"] = [["rel": "next", "href": "page2.json"]]
    var second = ItemFixture.collection([ItemFixture.item("b")])
    second["links"] = [["rel": "next", "href": "https://h.org/search?page=3"]]
    let catalog = try await load("/d/page1.json", ["/d/page1.json": first, "/d/page2.json": second])
    #expect(catalog.scenes.map(\.id) == ["a", "b"])
    #expect(
      catalog.notes
        == [
          "/d/page2.json: one page of a longer result; the next one, https://h.org/search?page=3, was not read"
        ]
    )
  }

  @Test func `a dead link is named with its file`() async throws {
    let complaint = await complaint(
      "/c/catalog.json",
      ["/c/catalog.json": links("Catalog", [("item", "./gone.json")])]
    )
    #expect(
      complaint == "/c/catalog.json:1:60: its link \"item\" leads nowhere: /c/gone.json: no such file; "
        + "correct the link, or put the file there"
    )
  }

  @Test func `what is no STAC is refused`() async throws {
    #expect(await complaint("/a.json", ["/a.json": ["x": 1]])?.contains("is no STAC") == true)
    #expect(await complaint("/a.json", ["/a.json": [1, 2]])?.contains("(an array without a STAC") == true)
    #expect(await complaint("/a.json", ["/a.json": ["type": "Topology"]])?.contains("\"Topology\"") == true)
    #expect(
      await complaint("/a.json", ["/a.json": ["type": "FeatureCollection"]])?.contains("no \"features\"")
        == true
    )
    #expect(
      await complaint("/d", ["/d/x.json": ["a": 1]])?.contains("the folder holds no items.json") == true
    )
    #expect(await complaint("/d", ["/d/x.tif": 1])?.hasPrefix("/d: the folder holds no") == true)
  }

  @Test func `a broken item is a loss of its own`() async throws {
    var undated = ItemFixture.item("undated", datetime: "2021-13-01")
    undated["collection"] = "other"
    let outside = ItemFixture.item(
      "outside", datetime: nil, geometry: ItemFixture.polygon([[[10, 0], [11, 0], [11, 1], [10, 0]]]))
    let items = ItemFixture.collection([
      ItemFixture.item("a"), .null, undated, outside, ItemFixture.item("b", datetime: nil),
    ])
    let catalog = try await load("/i.json", ["/i.json": items])
    #expect(catalog.scenes.map(\.id) == ["a"])
    #expect(catalog.lost.map(\.id) == [nil, "undated", "outside", "b"])
    // What the search cannot have meant is no loss.
    let search = SceneSearch(
      collections: ["landsat-c2-l2"],
      area: .boxes([BoundingBox(minX: -71, minY: -36, maxX: -70, maxY: -35)]))
    let result = try await catalog.scenes(matching: search)
    #expect(result.scenes.map(\.id) == ["a"] && result.lost.map(\.id) == [nil, "b"])
    #expect(
      result.lost[1].reason.hasPrefix("/i.json:1:") && result.lost[1].reason.contains("no \"datetime\""))
    #expect(result.considered == 5)
  }

  @Test func `an items file that is none is a loss of its own`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(
      "catalog.json",
      links("Catalog", [("item", "cut.json"), ("item", "other.json"), ("item", "a.json")]).text())
    try folder.write("cut.json", #"{"type": "Feature","#)
    try folder.write("other.json", "{}")
    try folder.write("a.json", ItemFixture.item("a").text())
    let catalog = try await StaticCatalog.load(source: "catalog.json", base: folder.path)
    #expect(catalog.scenes.map(\.id) == ["a"])
    #expect(catalog.lost.count == 2)
    #expect(
      catalog.lost[0].reason.contains("cut.json:1:") && catalog.lost[0].reason.contains("not valid JSON"))
    #expect(catalog.lost[1].reason.contains("other.json") && catalog.lost[1].reason.contains("is no STAC"))
  }

  @Test func `files on disk are read`() async throws {
    let folder = try TemporaryFolder()
    try folder.write("catalog.json", links("Catalog", [("item", "sub/é a.json")]).text(pretty: true))
    try folder.write("sub/é a.json", ItemFixture.item("a").text(pretty: true))
    for source in [".", "catalog.json", folder.path, "file://\(folder.path)/catalog.json"] {
      let catalog = try await StaticCatalog.load(source: source, base: folder.path)
      #expect(catalog.scenes.map { $0.assets[0].href } == ["\(folder.path)/sub/red.tif"])
    }
  }

  @Test func `files on disk that cannot be read are named`() async throws {
    let folder = try TemporaryFolder()
    try folder.write("cut.json", #"{"type": "FeatureCollection", "features": [{"#)
    func complaint(_ source: String) async -> String? {
      do {
        _ = try await StaticCatalog.load(source: source, base: folder.path)
        return nil
      } catch {
        return "\(error)"
      }
    }
    #expect(
      await complaint("gone.json")
        == "\(folder.path)/gone.json: cannot open it: No such file or directory; check the path"
    )
    #expect(
      await complaint("cut.json")
        == "\(folder.path)/cut.json:1:45: not valid JSON: the text ends inside the object begun with '{' at line 1, "
        + "column 44; the file may be cut short"
    )
    #expect(await complaint("https://h.org/items.json")?.contains("no file on the local disk") == true)
  }

  @Test func `remote files are read many at once and still in order`() async throws {
    let names = (0..<50).map { "item-\($0).json" }
    var contents = [
      "https://h/c/catalog.json": links("Catalog", names.map { (rel: "item", href: "./\($0)") })
    ]
    for name in names { contents["https://h/c/\(name)"] = ItemFixture.item(name) }
    let catalog = try await load("https://h/c/catalog.json", contents)
    #expect(catalog.scenes.map(\.id) == names)
    contents["https://h/c/item-30.json"] = nil
    let complaint = await complaint("https://h/c/catalog.json", contents)
    #expect(complaint?.contains("item-30.json") == true)
  }
}
