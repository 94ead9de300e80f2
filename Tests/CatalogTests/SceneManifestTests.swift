import Catalog
import JSON
import Testing

@Suite struct SceneManifestTests {
  private func catalog() async throws -> StaticCatalog {
    let items = [
      ItemFixture.item(
        "é \"1\"",
        properties: ["big": 12_345_678_901_234_567, "small": 5e-300, "whole": 5.0, "none": nil],
        assets: [
          "red": ["href": "../red.tif", "raster:bands": [["nodata": "nan", "scale": 2.75e-05]]],
          "signed": ["href": "https://h/x.tif?v=a%2Fb"],
        ]
      ),
      ItemFixture.item("2", collection: nil, bbox: [179, 0, -179, 1]),
    ]
    return try await StaticCatalog.load(
      source: "/data/c/items.json",
      base: "/",
      files: MemoryFiles(["/data/c/items.json": ItemFixture.collection(items).text(pretty: true)])
    )
  }

  @Test func `written and read back it is the same`() async throws {
    let parameters: JSONValue = ["source": "items.json", "query": ["eo:cloud_cover": ["lt": 20]]]
    let manifest = SceneManifest(scenes: try await catalog().scenes, parameters: parameters)
    let bytes = manifest.encoded()
    let read = try SceneManifest(decoding: bytes, location: "/run/scenes.json")
    #expect(read == manifest)
    #expect(read.parameters == parameters)
    #expect(read.scenes.map(\.origin) == ["/data/c/items.json", "/data/c/items.json"])
    #expect(read.scenes.map(\.footprint) == manifest.scenes.map(\.footprint))
    #expect(read.scenes[0].assets.map(\.href) == ["/data/red.tif", "https://h/x.tif?v=a%2Fb"])
    #expect(read.encoded() == bytes)
  }

  @Test func `it is an item collection that catalogue readers read`() async throws {
    let scenes = try await catalog().scenes
    let text = String(decoding: SceneManifest(scenes: scenes, parameters: [:]).encoded(), as: UTF8.self)
    let again = try await StaticCatalog.load(
      source: "/run/scenes.json",
      base: "/",
      files: MemoryFiles(["/run/scenes.json": text])
    )
    #expect(again.scenes.map { $0.assets.map(\.href) } == scenes.map { $0.assets.map(\.href) })
    // The result of one run as the source of the next.
    let next = SceneManifest(scenes: again.scenes, parameters: [:])
    #expect(try SceneManifest(decoding: next.encoded(), location: "/next/scenes.json") == next)
    #expect(next.scenes.map(\.document) == scenes.map(\.document))
  }

  @Test func `without scenes it is still readable`() throws {
    let manifest = SceneManifest(scenes: [], parameters: nil)
    #expect(try SceneManifest(decoding: manifest.encoded(), location: "/s.json") == manifest)
  }

  @Test func `a manifest cut short or foreign is refused`() async throws {
    let bytes = SceneManifest(scenes: try await catalog().scenes, parameters: [:]).encoded()
    for length in stride(from: 0, to: bytes.count - 2, by: 7) {
      #expect(throws: CatalogError.self) {
        try SceneManifest(decoding: Array(bytes[..<length]), location: "/s.json")
      }
    }
    #expect(throws: CatalogError.self) {
      try SceneManifest(
        decoding: Array(ItemFixture.collection([ItemFixture.item("a")]).text().utf8),
        location: "/s.json"
      )
    }
  }
}
