import Catalog
import JSON
import Testing

@Suite struct ManifestSecretsTests {
  @Test func `a recorded search holds no secret wherever it stands`() async throws {
    let asset: JSONValue = [
      "href": "https://a.b/red.tif?v=3&se=1&sig=SECRET",
      "alternate": [
        "azure": ["href": "https://me:SECRET@c.d/red.tif"],
        "signed": [
          "href": "https://e.f/red.tif?X-Amz-Credential=k&X-Amz-Signature=SECRET", "alternate:name": "S3",
        ],
      ],
      "description":
        "the same as https://g.h/x?sig=SECRET, and as NETCDF:\"https://i.j/y.nc?token=SECRET\":red",
      "xarray:storage_options": ["account_name": "a", "sas_token": "SECRET"],
      "file:checksum": "1220aa", "proj:shape": [2, 3],
    ]
    let scene = try await ItemFixture.scene(ItemFixture.item("a", assets: ["red": asset]))
    #expect(scene.assets[0].href.contains("SECRET"))
    let bytes = SceneManifest(scenes: [scene], parameters: .null).encoded()
    #expect(!String(decoding: bytes, as: UTF8.self).contains("SECRET"))
    let again = try SceneManifest(decoding: bytes, location: "/scenes.json").scenes[0]
    // What reading needs is there.
    #expect(again.assets[0].href == "https://a.b/red.tif?v=3")
    #expect(again.assets[0].checksum == "1220aa")
    let kept = again.document["assets"]?["red"]
    #expect(kept?["alternate"]?["azure"]?["href"]?.string == "https://c.d/red.tif")
    #expect(kept?["alternate"]?["signed"]?["href"]?.string == "https://e.f/red.tif")
    #expect(kept?["alternate"]?["signed"]?["alternate:name"]?.string == "S3")
    #expect(
      kept?["description"]?.string == "the same as https://g.h/x, and as NETCDF:\"https://i.j/y.nc\":red")
    #expect(kept?["xarray:storage_options"] == ["account_name": "a"])
    #expect(kept?["proj:shape"] == [2, 3])
  }

  @Test func `headers of links are not kept`() async throws {
    var item = ItemFixture.item("a", assets: ["red": ["href": "https://a.b/red.tif"]])
    item["links"] = [
      [
        "rel": "self", "href": "https://a.b/a.json?apikey=SECRET",
        "headers": ["Authorization": ["Bearer SECRET"], "x-api-key": "SECRET", "Accept": "application/json"],
      ]
    ]
    let bytes = SceneManifest(scenes: [try await ItemFixture.scene(item)], parameters: .null).encoded()
    let text = String(decoding: bytes, as: UTF8.self)
    #expect(!text.contains("SECRET") && text.contains("https://a.b/a.json\"") && text.contains("Accept"))
  }
}
