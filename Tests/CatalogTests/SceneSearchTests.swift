import Catalog
import Geo
import JSON
import Testing

@Suite struct SceneSearchTests {
  private func scenes(_ items: [JSONValue]) async throws -> [Scene] {
    try await StaticCatalog.load(
      source: "/items.json",
      base: "/",
      files: MemoryFiles(["/items.json": ItemFixture.collection(items).text()])
    ).scenes
  }

  private func days(_ first: String, _ last: String) throws -> ClosedRange<CalendarDate> {
    try #require(CalendarDate(first))...#require(CalendarDate(last))
  }

  @Test func `results are in order of time then ID`() async throws {
    let result = SceneSearch().filter(
      try await scenes([
        ItemFixture.item("c", datetime: "2021-01-02T00:00:00Z"),
        ItemFixture.item("b", datetime: "2021-01-03T00:00:00Z"),
        ItemFixture.item("a", datetime: "2021-01-03T00:00:00Z"),
        ItemFixture.item("d", datetime: "2021-01-03T01:00:00+02:00"),
      ])
    )
    #expect(result.scenes.map(\.id) == ["c", "d", "a", "b"])
    #expect(result.considered == 4)
  }

  @Test func `duplicates are dropped and counted`() async throws {
    let result = SceneSearch().filter(
      try await scenes([
        ItemFixture.item("a", properties: ["n": 1]), ItemFixture.item("a", properties: ["n": 2]),
        ItemFixture.item("a", collection: "other"), ItemFixture.item("a", collection: nil),
      ])
    )
    #expect(result.scenes.count == 3)
    #expect(result.duplicatesDropped == 1)
    #expect(result.scenes.first { $0.collection == "landsat-c2-l2" }?.properties["n"] == 1)
  }

  @Test func `two acquisitions under one ID are both kept`() async throws {
    let result = SceneSearch().filter(
      try await scenes([
        ItemFixture.item("S2_2015-12-08", datetime: "2015-12-08T10:11:25Z"),
        ItemFixture.item("S2_2015-12-08", datetime: "2015-12-08T10:04:09Z"),
      ])
    )
    #expect(result.scenes.map(\.datetime.description) == ["2015-12-08T10:04:09Z", "2015-12-08T10:11:25Z"])
    #expect(result.duplicatesDropped == 0)
  }

  @Test func `the limit cuts the latest and says so`() async throws {
    let items = (1...5).map { ItemFixture.item("s\($0)", datetime: "2021-01-0\(6 - $0)T00:00:00Z") }
    let result = SceneSearch(limit: 2).filter(try await scenes(items))
    #expect(result.scenes.map(\.id) == ["s5", "s4"])
    #expect(result.beyondLimit == 3)
  }

  @Test func `collections and IDS select`() async throws {
    let all = try await scenes([
      ItemFixture.item("a", collection: "x"), ItemFixture.item("b", collection: "y"),
      ItemFixture.item("c", collection: nil),
    ])
    #expect(SceneSearch(collections: ["x", "y"]).filter(all).scenes.map(\.id) == ["a", "b"])
    #expect(SceneSearch(ids: ["c", "b"]).filter(all).scenes.map(\.id) == ["b", "c"])
    #expect(SceneSearch(collections: ["x"], ids: ["b"]).filter(all).scenes.isEmpty)
  }

  @Test func `both days of a range are included whole`() async throws {
    let all = try await scenes([
      ItemFixture.item("before", datetime: "2020-12-31T23:59:59.999999Z"),
      ItemFixture.item("first", datetime: "2021-01-01T00:00:00Z"),
      ItemFixture.item("last", datetime: "2021-01-31T23:59:59.999999Z"),
      ItemFixture.item("after", datetime: "2021-02-01T00:00:00Z"),
    ])
    let search = SceneSearch(dates: try days("2021-01-01", "2021-01-31"))
    #expect(search.filter(all).scenes.map(\.id) == ["first", "last"])
  }

  @Test func `a period matches where it overlaps`() async throws {
    let period: JSONObject = [
      "start_datetime": "2021-01-01T00:00:00Z", "end_datetime": "2021-03-31T00:00:00Z",
    ]
    let all = try await scenes([
      ItemFixture.item("composite", datetime: nil, properties: period),
      ItemFixture.item("moment", datetime: "2021-01-05T00:00:00Z", properties: period),
    ])
    #expect(
      SceneSearch(dates: try days("2021-02-01", "2021-02-02")).filter(all).scenes.map(\.id) == ["composite"]
    )
    #expect(SceneSearch(dates: try days("2021-04-01", "2021-04-02")).filter(all).scenes.isEmpty)
  }

  @Test func `the footprint counts not its box`() async throws {
    // A triangle that fills the lower left half of its box.
    let triangle = ItemFixture.polygon([[[0, 0], [10, 0], [0, 10], [0, 0]]])
    let all = try await scenes([ItemFixture.item("t", bbox: [0, 0, 10, 10], geometry: triangle)])
    func isFound(_ box: [Double]) -> Bool {
      let area = BoundingBox(minX: box[0], minY: box[1], maxX: box[2], maxY: box[3])
      return !SceneSearch(area: .boxes([area])).filter(all).scenes.isEmpty
    }
    #expect(isFound([1, 1, 2, 2]))  // inside
    #expect(isFound([-5, -5, 20, 20]))  // around
    #expect(isFound([4, 4, 20, 20]))  // across the slope
    #expect(isFound([5, 5, 20, 20]))  // touches the slope in one point
    #expect(isFound([-1, 4, 20, 5]))  // a band through it, no corner of either in the other
    #expect(!isFound([6, 6, 9, 9]))  // in the box, not in the triangle
    #expect(!isFound([11, 0, 12, 1]))
  }

  @Test func `a hole is not there`() async throws {
    let ring = [[0.0, 0], [10, 0], [10, 10], [0, 10], [0, 0]]
    let hole = [[2.0, 2], [8, 2], [8, 8], [2, 8], [2, 2]]
    let all = try await scenes([
      ItemFixture.item("h", bbox: [0, 0, 10, 10], geometry: ItemFixture.polygon([ring, hole]))
    ])
    func isFound(_ box: BoundingBox) -> Bool {
      let asArea = !SceneSearch(area: .polygons([LonLatPolygon(box)])).filter(all).scenes.isEmpty
      #expect(asArea == !SceneSearch(area: .boxes([box])).filter(all).scenes.isEmpty)
      return asArea
    }
    #expect(!isFound(BoundingBox(minX: 3, minY: 3, maxX: 7, maxY: 7)))
    #expect(isFound(BoundingBox(minX: 3, minY: 3, maxX: 9, maxY: 7)))
    #expect(isFound(BoundingBox(minX: 0.5, minY: 0.5, maxX: 1, maxY: 1)))
  }

  @Test func `several boxes are any of them`() async throws {
    let all = try await scenes([
      ItemFixture.item("a", bbox: [0, 0, 1, 1]), ItemFixture.item("b", bbox: [10, 0, 11, 1]),
      ItemFixture.item("c", bbox: [20, 0, 21, 1]),
    ])
    let boxes = [
      BoundingBox(minX: 0.5, minY: 0.5, maxX: 0.6, maxY: 0.6),
      BoundingBox(minX: 20.5, minY: 0.5, maxX: 20.6, maxY: 0.6),
    ]
    #expect(SceneSearch(area: .boxes(boxes)).filter(all).scenes.map(\.id) == ["a", "c"])
  }

  @Test func `areas meet across the antimeridian`() async throws {
    let uncut = ItemFixture.polygon([[[179, 0], [-179, 0], [-179, 2], [179, 2], [179, 0]]])
    let all = try await scenes([
      ItemFixture.item("boxed", bbox: [179, 0, -179, 2]),
      ItemFixture.item("uncut", bbox: [179, 0, -179, 2], geometry: uncut),
      ItemFixture.item("east", bbox: [178, 0, 179.5, 2]),
      ItemFixture.item("west", bbox: [-179.5, 0, -178, 2]),
      ItemFixture.item("far", bbox: [0, 0, 1, 2]),
    ])
    func found(_ west: Double, _ east: Double) -> Set<String> {
      let box = BoundingBox(minX: west, minY: 1, maxX: east, maxY: 1.5)
      return Set(SceneSearch(area: .boxes([box])).filter(all).scenes.map(\.id))
    }
    #expect(found(179.8, -179.8) == ["boxed", "uncut"])
    #expect(found(179.1, -179.1) == ["boxed", "uncut", "east", "west"])
    #expect(found(-179.9, -179.8) == ["boxed", "uncut"])
    #expect(found(179.8, 179.9) == ["boxed", "uncut"])
    #expect(found(0.2, 0.3) == ["far"])
    #expect(found(100, 120) == [])
  }

  @Test(
    arguments: [
      (#"{"eo:cloud_cover": {"lt": 20}}"#, ["a"]), (#"{"eo:cloud_cover": {"lte": 20}}"#, ["a", "b"]),
      (#"{"eo:cloud_cover": {"gt": 20.0}}"#, []), (#"{"eo:cloud_cover": {"gte": 10, "lt": 15}}"#, ["a"]),
      (#"{"eo:cloud_cover": {"eq": 10.0}}"#, ["a"]), (#"{"eo:cloud_cover": {"neq": 10}}"#, ["b"]),
      (#"{"platform": "landsat-8"}"#, ["a"]), (#"{"platform": {"in": ["landsat-9", "landsat-7"]}}"#, ["b"]),
      (#"{"platform": {"startsWith": "landsat"}}"#, ["a", "b"]),
      (#"{"platform": {"endsWith": "-9"}}"#, ["b"]),
      (#"{"platform": {"contains": "sat-8"}}"#, ["a"]), (#"{"instruments": {"contains": "oli"}}"#, ["a"]),
      (#"{"created": {"gt": "2021-06-01"}}"#, ["b"]), (#"{"platform": {"lt": 5}}"#, []),
      (#"{"absent": {"neq": 1}}"#, []), ("{}", ["a", "b", "c"]),
    ] as [(String, [String])]
  )
  func `properties are queried as STACAP is do`(query: String, expected: [String]) async throws {
    let all = try await scenes([
      ItemFixture.item(
        "a",
        properties: [
          "eo:cloud_cover": 10, "platform": "landsat-8", "instruments": ["oli", "tirs"],
          "created": "2021-02-03",
        ]
      ),
      ItemFixture.item(
        "b",
        properties: ["eo:cloud_cover": 20.0, "platform": "landsat-9", "created": "2021-07-01T00:00:00Z"]
      ),
      ItemFixture.item("c", properties: ["eo:cloud_cover": nil]),
    ])
    let (queries, mistakes) = PropertyQuery.read(try JSONParser.parse(query), path: .root)
    #expect(mistakes.isEmpty)
    #expect(SceneSearch(query: queries).filter(all).scenes.map(\.id) == expected)
  }

  @Test func `every mistake of a query is reported`() throws {
    let node = try JSONParser.parse(
      #"{"eo:cloud_cover": {"lessThan": 20, "lt": [1]}, "platform": {"in": "x", "startswith": "l"}}"#
    )
    let path = JSONPath.root.appending("query")
    let (_, mistakes) = PropertyQuery.read(node, path: path)
    #expect(
      mistakes.map(\.description) == [
        #"1:21: $.query["eo:cloud_cover"].lessThan: unknown comparison "lessThan""#,
        #"1:43: $.query["eo:cloud_cover"].lt: "lt" cannot compare with an array"#,
        #"1:68: $.query.platform.in: "in" cannot compare with a string"#,
        #"1:73: $.query.platform.startswith: unknown comparison "startswith"; did you mean "startsWith"?"#,
      ]
    )
    #expect(PropertyQuery.read(try JSONParser.parse("[]"), path: path).mistakes.count == 1)
  }

  @Test func `solar days are searched with the hours around them`() async throws {
    var search = SceneSearch(dates: try days("2021-01-01", "2021-01-31"))
    search.days = .solarDay
    #expect(search.parameters["datetime"] == "2020-12-31T12:00:00Z/2021-02-01T11:59:59Z")
    search.area = .boxes([BoundingBox(minX: -71.5, minY: -36, maxX: -70, maxY: -35)])
    #expect(search.parameters["datetime"] == "2020-12-31T19:00:00Z/2021-02-01T04:59:59Z")
    search.area = .boxes([BoundingBox(minX: 179, minY: -17, maxX: -179, maxY: -16)])
    #expect(search.parameters["datetime"] == "2020-12-31T12:00:00Z/2021-02-01T11:59:59Z")
    search.days = .utcDay
    #expect(search.parameters["datetime"] == "2021-01-01T00:00:00Z/2021-01-31T23:59:59Z")
  }

  @Test func `a limit counts scenes of the solar days`() async throws {
    let box = [171.0, -45, 172, -44]
    let all = try await scenes([
      ItemFixture.item("before", datetime: "2020-12-31T12:30:00Z", bbox: box),
      ItemFixture.item("first", datetime: "2020-12-31T22:30:00Z", bbox: box),
      ItemFixture.item("last", datetime: "2021-01-31T12:30:00Z", bbox: box),
      ItemFixture.item("after", datetime: "2021-01-31T13:30:00Z", bbox: box),
    ])
    var search = SceneSearch(dates: try days("2021-01-01", "2021-01-31"))
    search.days = .solarDay
    // New Zealand's day begins 11 hours before UTC's; without a limit the grid decides later.
    #expect(search.filter(all).scenes.count == 4)
    search.limit = 3
    #expect(search.filter(all).scenes.map(\.id) == ["first", "last"])
    search.days = .utcDay
    #expect(search.filter(all).scenes.map(\.id) == ["last", "after"])
  }

  @Test func `the parameters are ASTACAP is request`() throws {
    let box = BoundingBox(minX: -71.5, minY: -36, maxX: -70, maxY: -35)
    var search = SceneSearch(
      collections: ["landsat-c2-l2"],
      ids: ["a"],
      area: .boxes([box]),
      dates: try days("2021-01-01", "2021-12-31"),
      query: [
        PropertyQuery(property: "eo:cloud_cover", comparison: .gte, value: 0),
        PropertyQuery(property: "eo:cloud_cover", comparison: .lt, value: 20),
      ]
    )
    #expect(
      search.parameters == [
        "collections": ["landsat-c2-l2"], "ids": ["a"], "bbox": [-71.5, -36.0, -70.0, -35.0],
        "datetime": "2021-01-01T00:00:00Z/2021-12-31T23:59:59Z",
        "query": ["eo:cloud_cover": ["gte": 0, "lt": 20]],
      ]
    )
    search = SceneSearch(area: .boxes([box, box]))
    let area = search.parameters["intersects"]
    #expect(area?["type"] == "MultiPolygon")
    #expect(area?["coordinates"]?.array?.count == 2)
    let ring = area?["coordinates"]?.array?[0].array?[0].array
    #expect(ring?.count == 5)
    #expect(ring?.first == ring?.last)
    #expect(SceneSearch().parameters == [:])
  }
}
