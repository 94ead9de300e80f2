import Catalog
import Geo
import JSON
import Testing

@Suite struct SceneTests {
  @Test func `a STAC10 item is read`() async throws {
    let scene = try await ItemFixture.scene(
      ItemFixture.item(
        "LC08",
        properties: ["platform": "landsat-8", "proj:epsg": 32719, "eo:cloud_cover": 12.5],
        assets: [
          "red": [
            "href": "r/red.tif", "type": "image/tiff", "roles": ["data", "reflectance"], "title": "Red",
            "file:size": 1234, "file:checksum": "1220ab",
            "raster:bands": [["data_type": "uint16", "nodata": 0, "scale": 2.75e-05, "offset": -0.2]],
            "eo:bands": [["name": "B4", "common_name": "red"]], "proj:shape": [7761, 7621],
            "proj:transform": [30, 0, 220785, 0, -30, -3_700_185],
          ],
          "qa_pixel": ["href": "https://h/qa.tif", "proj:epsg": nil, "proj:wkt2": "PROJCRS[\"x\"]"],
        ]
      )
    )
    #expect(scene.id == "LC08")
    #expect(scene.collection == "landsat-c2-l2")
    #expect(scene.datetime.description == "2021-01-03T14:38:55.375489Z")
    #expect(!scene.isPeriod)
    #expect(scene.platform == "landsat-8")
    #expect(scene.properties["eo:cloud_cover"] == 12.5)
    #expect(scene.bbox?.array == [-71.2, -36.2, -70.2, -35.2])
    #expect(scene.footprint == [LonLatPolygon(try #require(scene.bbox))])
    #expect(scene.origin == "/data/items.json")
    #expect(scene.assets.map(\.key) == ["red", "qa_pixel"])
    let red = try #require(scene.asset("red"))
    #expect(red.href == "/data/r/red.tif")
    #expect(red.mediaType == "image/tiff")
    #expect(red.roles == ["data", "reflectance"])
    #expect(red.title == "Red")
    #expect(red.size == 1234)
    #expect(red.checksum == "1220ab")
    let band = try #require(red.bands.first)
    #expect(red.bands.count == 1)
    #expect(band.name == "B4")
    #expect(band.commonName == "red")
    #expect(band.dataType == "uint16")
    #expect(band.nodata == 0)
    #expect(band.scale == 2.75e-05)
    #expect(band.offset == -0.2)
    #expect(red.projection.definitions == ["EPSG:32719"])
    #expect(red.projection.rows == 7761)
    #expect(red.projection.columns == 7621)
    #expect(red.projection.transform?.gdal == [220785, 30, 0, -3_700_185, 0, -30])
    let quality = try #require(scene.asset("qa_pixel"))
    #expect(quality.href == "https://h/qa.tif")
    #expect(quality.bands.isEmpty)
    #expect(quality.projection.definitions == ["PROJCRS[\"x\"]", "EPSG:32719"])
    #expect(scene.document["assets"]?["red"]?["href"] == "/data/r/red.tif")
  }

  @Test func `a STAC11 item is read`() async throws {
    let scene = try await ItemFixture.scene(
      ItemFixture.item(
        "S2",
        properties: ["proj:code": "EPSG:32633", "proj:transform": [10, 0, 1, 0, -10, 2, 0, 0, 1]],
        assets: [
          "visual": [
            "href": "v.tif", "data_type": "uint8", "raster:scale": 0.5,
            "bands": [
              ["name": "B04", "eo:common_name": "red", "nodata": "nan"],
              ["name": "B03", "eo:common_name": "green", "raster:scale": 0.1, "raster:offset": -1],
            ],
          ],
          "scl": ["href": "scl.tif", "data_type": "uint8", "nodata": 0, "proj:code": "ESRI:54009"],
        ]
      )
    )
    let visual = try #require(scene.asset("visual"))
    #expect(visual.bands.map(\.name) == ["B04", "B03"])
    #expect(visual.bands.map(\.commonName) == ["red", "green"])
    #expect(visual.bands.map(\.dataType) == ["uint8", "uint8"])
    #expect(visual.bands.map(\.scale) == [0.5, 0.1])
    #expect(visual.bands.map(\.offset) == [nil, -1])
    #expect(visual.bands[0].nodata?.isNaN == true)
    #expect(visual.bands[1].nodata == nil)
    #expect(visual.projection.definitions == ["EPSG:32633"])
    #expect(visual.projection.transform?.gdal == [1, 10, 0, 2, 0, -10])
    let classes = try #require(scene.asset("scl"))
    #expect(classes.bands.count == 1)
    #expect(classes.bands[0].nodata == 0)
    #expect(classes.projection.definitions == ["ESRI:54009", "EPSG:32633"])
  }

  @Test(
    arguments: [
      ("\"inf\"", Double.infinity), ("\"-inf\"", -Double.infinity), ("-9999.0", -9999), ("\"0\"", 0),
      ("null", nil),
      ("-Infinity", -Double.infinity),
    ] as [(String, Double?)]
  )
  func `nodata is a number or one of STA cs words`(text: String, expected: Double?) async throws {
    let item = ItemFixture.item("a", assets: ["b": ["href": "b.tif", "raster:bands": [["nodata": "X"]]]])
    let file = ItemFixture.collection([item]).text().split(separator: "\"X\"").joined(separator: text)
    let catalog = try await StaticCatalog.load(
      source: "/items.json",
      base: "/",
      files: MemoryFiles(["/items.json": file])
    )
    let band = try #require(catalog.scenes.first?.assets.first?.bands.first)
    #expect(band.nodata == expected)
  }

  @Test func `a period stands for a missing moment`() async throws {
    let scene = try await ItemFixture.scene(
      ItemFixture.item(
        "m",
        datetime: nil,
        properties: ["start_datetime": "2021-01-01T00:00:00Z", "end_datetime": "2021-01-31T23:59:59Z"]
      )
    )
    #expect(scene.isPeriod)
    #expect(scene.datetime == Instant("2021-01-01T00:00:00Z"))
    #expect(scene.startDatetime == Instant("2021-01-01T00:00:00Z"))
    #expect(scene.endDatetime == Instant("2021-01-31T23:59:59Z"))
  }

  @Test func `a box with heights loses them`() async throws {
    let scene = try await ItemFixture.scene(ItemFixture.item("a", bbox: [1, 2, -10, 3, 4, 500]))
    #expect(scene.bbox?.array == [1, 2, 3, 4])
  }

  @Test func `without a box the geometry gives it`() async throws {
    let ring = [[10.0, 0, 5], [12, 1, 5], [11, 3, 5], [10, 0, 5]]
    let scene = try await ItemFixture.scene(
      ItemFixture.item("a", bbox: nil, geometry: ItemFixture.polygon([ring]))
    )
    #expect(scene.bbox?.array == [10, 0, 12, 3])
    #expect(scene.footprint[0].exterior.count == 3)
    let cut: JSONValue = [
      "type": "MultiPolygon",
      "coordinates": [
        [[[170, 0], [180, 0], [180, 5], [170, 5], [170, 0]]],
        [[[-180, 0], [-175, 0], [-175, 5], [-180, 5], [-180, 0]]],
      ],
    ]
    let crossing = try await ItemFixture.scene(ItemFixture.item("b", bbox: nil, geometry: cut))
    #expect(crossing.bbox?.array == [170, 0, -175, 5])
    #expect(crossing.centreLongitude == 177.5)
  }

  @Test func `links are made absolute in the document`() async throws {
    var item = ItemFixture.item("a")
    item["links"] = [["rel": "root", "href": "../catalog.json"]]
    let scene = try await ItemFixture.scene(item, at: "/data/a/items.json")
    #expect(scene.document["links"]?.array?.first?["href"] == "/data/catalog.json")
    #expect(scene.document.object?.keys == item.object?.keys)
  }

  @Test func `each item that cannot be used is named with its mistake`() async throws {
    func broken(_ change: (inout JSONValue) -> Void) async throws -> String {
      var item = ItemFixture.item("bad")
      change(&item)
      return try await ItemFixture.complaint(item) ?? "no complaint"
    }
    let cases: [(complaint: String, message: String)] = [
      (try await broken { $0["id"] = nil as JSONValue? }, "a STAC item without an \"id\""),
      (try await broken { $0["type"] = "Collection" }, "item \"bad\": its \"type\" is not \"Feature\""),
      (try await broken { $0["properties"] = .null }, "item \"bad\": it has no \"properties\""),
      (try await broken { $0["properties"] = [:] }, "item \"bad\": it has no \"datetime\""),
      (
        try await broken { $0["properties"] = ["datetime": "yesterday"] },
        "\"datetime\" is \"yesterday\", no RFC 3339 date and time; write it as 2021-01-03T14:38:55Z"
      ),
      (try await broken { $0["properties"] = ["datetime": 5] }, "\"datetime\" is a number"),
      (
        try await broken {
          $0["properties"] = [
            "start_datetime": "2021-02-01T00:00:00Z", "end_datetime": "2021-01-01T00:00:00Z",
          ]
        }, "\"end_datetime\" is before"
      ),
      (try await broken { $0["assets"] = ["red": ["title": "x"]] }, "asset \"red\" has no \"href\""),
      (try await broken { $0["assets"] = ["red": ["href": 5]] }, "asset \"red\" has no \"href\""),
      (
        try await broken { $0["assets"] = ["red": ["href": "x", "raster:bands": [["nodata": "none"]]]] },
        "asset \"red\": nodata is \"none\"; it takes a number, \"nan\", \"inf\" or \"-inf\""
      ),
      (
        try await broken { $0["assets"] = ["red": ["href": "x", "raster:bands": [["scale": "2"]]]] },
        "\"assets.red scale\" is a string, not a number"
      ),
    ]
    for (complaint, message) in cases {
      #expect(complaint.hasPrefix("/data/items.json:1:"), "\(complaint)")
      #expect(complaint.contains(message), "\(complaint)")
    }
  }

  @Test func `what is wrong and not needed is passed over`() async throws {
    var item = ItemFixture.item(
      "a", properties: ["platform": 7, "end_datetime": "soon", "proj:epsg": "EPSG:None"])
    item["id"] = 5
    item["collection"] = ["x"]
    item["assets"] = [
      "red": [
        "href": "x", "title": 5, "type": ["image/tiff"], "file:checksum": 1, "proj:transform": [1, 2, 3],
        "proj:shape": [1, 0], "proj:wkt2": 5,
      ]
    ]
    let scene = try await ItemFixture.scene(item)
    let red = try #require(scene.asset("red"))
    #expect(scene.id == "5" && scene.collection == nil && scene.platform == nil)
    #expect(red.flaw == nil && red.title == nil && red.mediaType == nil && red.checksum == nil)
    #expect(red.projection == AssetProjection(definitions: ["EPSG:None"]))
  }

  @Test func `every notation of a coordinate system is kept in order`() async throws {
    let projection = try await #require(
      ItemFixture.scene(
        ItemFixture.item(
          "a", properties: ["proj:code": "EPSG:32719", "proj:projjson": ["type": "ProjectedCRS"]],
          assets: ["red": ["href": "x", "proj:epsg": "32718", "proj:wkt2": "PROJCRS[]", "proj:code": .null]])
      ).asset("red")
    ).projection
    #expect(
      projection.definitions == ["EPSG:32718", "PROJCRS[]", "EPSG:32719", #"{"type":"ProjectedCRS"}"#])
  }
}
