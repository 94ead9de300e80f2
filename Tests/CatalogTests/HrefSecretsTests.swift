import Catalog
import JSON
import Testing

@Suite struct HrefSecretsTests {
  @Test(arguments: [
    (
      "https://a.b/c.tif?sv=2021&se=2026-01-01&sr=c&sp=rl&sig=AbC%3D", "https://a.b/c.tif",
      "https://a.b/c.tif?…"
    ),
    (
      "https://a.b/c.tif?v=3&X-Amz-Credential=k&X-Amz-Signature=s", "https://a.b/c.tif?v=3",
      "https://a.b/c.tif?…"
    ),
    ("https://user:word@a.b/c?limit=3", "https://a.b/c?limit=3", "https://a.b/c?limit=3"),
    (
      "https://a.b/search?limit=5&token=next&bbox=1,2,3,4", "https://a.b/search?limit=5&bbox=1,2,3,4",
      "https://a.b/search?limit=5&…&bbox=1,2,3,4"
    ),
    (
      "abfs://c@account.dfs.core.windows.net/x", "abfs://c@account.dfs.core.windows.net/x",
      "abfs://c@account.dfs.core.windows.net/x"
    ),
    ("/data/a?sig=b.tif", "/data/a?sig=b.tif", "/data/a?sig=b.tif"),
  ])
  func secretsAreNeitherKeptNorShown(address: String, kept: String, shown: String) {
    #expect(Href.withoutSecrets(address) == kept)
    #expect(Href.redacted(address) == shown)
    #expect(Href.hasSecrets(address) == (kept != address))
  }

  @Test func aFrozenSearchHoldsNoSignature() async throws {
    let scene = try await ItemFixture.scene(
      ItemFixture.item("a", assets: ["red": ["href": "https://a.b/red.tif?se=1&sig=SECRET"]]))
    #expect(scene.assets[0].href.contains("SECRET"))
    let bytes = SceneManifest(scenes: [scene], parameters: .null).encoded()
    let text = String(decoding: bytes, as: UTF8.self)
    #expect(!text.contains("SECRET") && text.contains("https://a.b/red.tif\""))
    let again = try SceneManifest(decoding: bytes, location: "/scenes.json")
    #expect(again.scenes[0].assets[0].href == "https://a.b/red.tif")
  }
}
