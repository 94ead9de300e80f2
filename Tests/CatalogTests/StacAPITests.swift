import Catalog
import Geo
import JSON
import Testing

@Suite struct StacAPITests {
  private func result(
    _ fake: FakeAPI, _ search: SceneSearch = SceneSearch(), landing: JSONValue = FakeAPI.landing(),
    pageSize: Int = 250
  ) async throws -> SearchResult {
    try await #require(try await fake.api(landing, pageSize: pageSize)).scenes(matching: search)
  }

  private func failure(
    _ fake: FakeAPI, _ search: SceneSearch = SceneSearch(), landing: JSONValue = FakeAPI.landing()
  ) async throws -> String {
    let api = try #require(try await fake.api(landing))
    do {
      _ = try await api.scenes(matching: search)
      return "found"
    } catch {
      return "\(error)"
    }
  }

  private func search(days: ClosedRange<Int> = 1...31) throws -> SceneSearch {
    SceneSearch(
      dates: try #require(
        CalendarDate(year: 2021, month: 1, day: days.lowerBound))...(#require(
          CalendarDate(year: 2021, month: 1, day: days.upperBound))))
  }

  @Test func `every condition is sent`() async throws {
    let fake = FakeAPI { _, _ in FakeAPI.page(["a"], matched: 1) }
    let filter = CQL2Filter.read(try JSONParser.parse(#""platform = 'x' OR platform IS NULL""#), path: .root)
      .filter
    var wanted = try search()
    wanted.collections = ["landsat-c2-l2"]
    wanted.ids = ["a", "b"]
    wanted.area = .boxes([BoundingBox(minX: -71, minY: -36, maxX: -70, maxY: -35)])
    wanted.query = [PropertyQuery(property: "eo:cloud_cover", comparison: .lt, value: 20)]
    wanted.condition = filter
    wanted.limit = 20
    _ = try await result(fake, wanted, landing: FakeAPI.landing(["query", "filter", "sort"]))
    let expected = """
      {"collections": ["landsat-c2-l2"], "ids": ["a", "b"], "bbox": [-71.0, -36.0, -70.0, -35.0],
       "datetime": "2021-01-01T00:00:00Z/2021-01-31T23:59:59Z", "query": {"eo:cloud_cover": {"lt": 20}},
       "filter-lang": "cql2-json",
       "filter": {"op": "or", "args": [{"op": "=", "args": [{"property": "platform"}, "x"]},
         {"op": "isNull", "args": [{"property": "platform"}]}]},
       "sortby": [{"field": "properties.datetime", "direction": "asc"}], "limit": 21}
      """
    #expect(fake.bodies == [try JSONParser.parse(expected).plain])
  }

  @Test func `an API that lists get only is asked by get and its links followed`() async throws {
    let fake = FakeAPI { request, _ in
      request.url.contains("token")
        ? FakeAPI.page(["b"])
        : FakeAPI.page(["a"], next: ["rel": "next", "href": "search?token=2&limit=1"])
    }
    var wanted = try search()
    wanted.collections = ["landsat-c2-l2"]
    wanted.query = [PropertyQuery(property: "platform", comparison: .eq, value: "x y")]
    _ = try await result(fake, wanted, landing: FakeAPI.landing(["query"], methods: ["GET"]))
    #expect(
      fake.asked.map(\.url) == [
        "https://api.example.com/stac/search?collections=landsat-c2-l2&datetime=2021-01-01T00:00:00Z/2021-01-31T23:59:59Z"
          + "&query=%7B%22platform%22:%7B%22eq%22:%22x%20y%22%7D%7D&limit=250",
        "https://api.example.com/stac/search?token=2&limit=1",
      ])
    #expect(fake.asked.allSatisfy { $0.body == nil })
  }

  @Test func `get is used where post is refused and not listed`() async throws {
    let fake = FakeAPI { request, _ in
      request.body == nil ? FakeAPI.page(["a"]) : CatalogAnswer(status: 405, words: "Method Not Allowed")
    }
    var landing = FakeAPI.landing(methods: [])
    landing["links"] = [["rel": "search", "href": "./search"]]
    #expect(try await result(fake, landing: landing).scenes.map(\.id) == ["a"])
    #expect(
      fake.asked.map(\.url) == [
        "https://api.example.com/stac/search", "https://api.example.com/stac/search?limit=250",
      ])
  }

  @Test(arguments: [true, false])
  func `links to the next page are followed as they are written`(merges: Bool) async throws {
    let fake = FakeAPI { _, number in
      guard number == 0 else { return FakeAPI.page(["b"], matched: 2) }
      return FakeAPI.page(
        ["a"], matched: 2,
        next: [
          "rel": "next", "method": "POST", "href": "http://api.example.com/stac/search",
          "merge": .bool(merges),
          "body": ["token": "t"], "headers": ["X-Page": "2"],
        ])
    }
    let found = try await result(fake, try search())
    #expect(found.scenes.map(\.id) == ["a", "b"] && found.warnings == [])
    #expect(fake.bodies[1]["token"] == "t" && (fake.bodies[1]["datetime"] != nil) == merges)
    #expect(fake.asked[1].headers["X-Page"] == "2")
    // The server does not know that it is reached over https.
    #expect(fake.asked[1].url == "https://api.example.com/stac/search")
  }

  @Test func `scenes that come twice are dropped and counted`() async throws {
    let next: JSONValue = [
      "rel": "next", "method": "POST", "href": "search", "merge": true, "body": ["token": "2"],
    ]
    let fake = FakeAPI { _, number in
      number == 0 ? FakeAPI.page(["a", "b"], matched: 3, next: next) : FakeAPI.page(["b", "c"], matched: 3)
    }
    let found = try await result(fake)
    #expect(
      found.scenes.map(\.id) == ["a", "b", "c"] && found.duplicatesDropped == 1 && found.warnings == [])
  }

  @Test func `conditions an API does not understand are applied here`() async throws {
    let fake = FakeAPI { _, _ in
      FakeAPI.good(
        ItemFixture.collection([
          ItemFixture.item("a", properties: ["eo:cloud_cover": 5, "platform": "x"]),
          ItemFixture.item("b", properties: ["eo:cloud_cover": 50, "platform": "x"]),
          ItemFixture.item("c", properties: ["eo:cloud_cover": 5, "platform": "y"]),
        ]))
    }
    var wanted = SceneSearch(query: [PropertyQuery(property: "eo:cloud_cover", comparison: .lt, value: 20)])
    wanted.condition = CQL2Filter.read(try JSONParser.parse(#""platform = 'x'""#), path: .root).filter
    let found = try await result(fake, wanted)
    #expect(found.scenes.map(\.id) == ["a"] && found.considered == 3)
    #expect(found.notes.count == 2)
    #expect(fake.bodies[0]["query"] == nil && fake.bodies[0]["filter"] == nil)
  }

  @Test func `a limit ends a sorted search early and takes the first`() async throws {
    let fake = FakeAPI { _, number in
      let items = (0..<10).map { index in
        ItemFixture.item(
          "i\(number * 10 + index)", datetime: .string("2021-01-\(number + 10)T00:00:0\(index)Z"))
      }
      var page = ItemFixture.collection(items)
      page["numberMatched"] = 1000
      page["links"] = [
        [
          "rel": "next", "method": "POST", "href": "search", "merge": true,
          "body": ["token": .integer(number)],
        ]
      ]
      return FakeAPI.good(page)
    }
    let found = try await result(fake, SceneSearch(limit: 12), landing: FakeAPI.landing(["sort"]))
    #expect(found.scenes.map(\.id) == (0..<12).map { "i\($0)" })
    #expect(fake.asked.count == 2 && found.beyondLimit == 988 && found.warnings == [])
  }

  @Test func `a page that cannot be had is an error that names it and no secret`() async throws {
    let fake = FakeAPI { _, number in
      number == 0
        ? FakeAPI.page(["a"], next: ["rel": "next", "href": "search?limit=1&token=SECRET"])
        : CatalogAnswer(status: 503, words: #"{"description": "too busy"}"#, tries: 5)
    }
    let text = try await failure(fake, landing: FakeAPI.landing(methods: ["GET"]))
    #expect(
      text
        == "https://api.example.com/stac/search?limit=1&…: page 2 of the search (GET): HTTP status 503 after 5 tries: "
        + "too busy; the server has trouble: try again later")
  }

  @Test func `a damaged page is asked for again and then is an error`() async throws {
    let damaged = CatalogAnswer(status: 200, body: Array("{\"type\": \"FeatureCollection\", \"fea".utf8))
    let once = FakeAPI { _, number in number == 0 ? damaged : FakeAPI.page(["a"]) }
    #expect(try await result(once).scenes.count == 1)
    let always = FakeAPI { _, _ in damaged }
    #expect(
      try await failure(always).contains(
        "page 1 of the search (POST): HTTP status 200 after 3 tries: the answer is damaged"))
    #expect(always.asked.count == 3)
  }

  @Test func `pages that are too large are asked for smaller`() async throws {
    let fake = FakeAPI { request, _ in
      let limit = request.body.flatMap { try? JSONParser.parse($0)["limit"]?.integer } ?? 0
      return limit > 100 ? CatalogAnswer(status: 502, words: "too large", tries: 2) : FakeAPI.page(["a"])
    }
    let found = try await result(fake)
    #expect(found.scenes.count == 1 && fake.bodies.map { $0["limit"] } == [250, 62])
  }

  @Test func `a link that leads back is an error where nothing else tells how many there are`() async throws {
    let fake = FakeAPI { _, _ in FakeAPI.page(["a"], next: ["rel": "next", "href": "search?page=1"]) }
    let text = try await failure(fake, landing: FakeAPI.landing(methods: ["GET"]))
    #expect(text.contains("1 items came, and there is no further page: its links \"next\" lead in a circle"))
    #expect(fake.asked.count < 10)
    // New tokens for ever, and nothing new.
    let endless = FakeAPI { _, number in
      FakeAPI.page(["a"], next: ["rel": "next", "href": "search?page=\(number)"])
    }
    #expect(
      try await failure(endless, landing: FakeAPI.landing(methods: ["GET"])).contains("lead in a circle"))
    #expect(endless.asked.count < 30)
  }

  /// 40 items a day on 31 days; pages hold 10 items, and link to no other.
  @Test func `missing links are made up for by shorter periods or are an error`() async throws {
    @Sendable func answer(_ request: CatalogRequest, perDay: Int) -> CatalogAnswer {
      let body = request.body.flatMap { try? JSONParser.parse($0) }
      let days = (body?["datetime"]?.string ?? "").split(separator: "/").compactMap {
        CalendarDate($0.prefix(10))
      }
      guard let first = days.first, let last = days.last else { return CatalogAnswer(status: 400) }
      var items: [JSONValue] = []
      for day in first.daysSince1970...last.daysSince1970 {
        for index in 0..<perDay {
          items.append(
            ItemFixture.item(
              "\(day)-\(index)", datetime: .string("\(CalendarDate(daysSince1970: day))T10:00:00Z")))
        }
      }
      var page = ItemFixture.collection(Array(items.prefix(min(10, body?["limit"]?.integer ?? 10))))
      page["numberMatched"] = .integer(items.count)
      return FakeAPI.good(page)
    }
    let few = FakeAPI { request, _ in answer(request, perDay: 3) }
    let found = try await result(few, try search())
    #expect(found.scenes.count == 93)
    #expect(found.warnings.count == 1 && found.warnings[0].contains("gave 10 of 93 items"))
    let many = FakeAPI { request, _ in answer(request, perDay: 40) }
    #expect(
      try await failure(many, try search()).contains("10 of 40 items came from 2021-01-01 to 2021-01-01"))
  }

  @Test func `a count that is too high is a warning with both numbers`() async throws {
    let fake = FakeAPI { request, number in
      switch number {
      case 0: FakeAPI.page(["a", "b", "c"], matched: 5)
      case 1: FakeAPI.page(["a", "b"], matched: 2)
      default: FakeAPI.page([], matched: 0)
      }
    }
    let found = try await result(fake, try search())
    #expect(found.scenes.count == 3)
    #expect(
      found.warnings.count == 1 && found.warnings[0].contains("5 items match")
        && found.warnings[0].contains("3 different"))
  }

  /// A whole year, of which the server gives all it has, whatever it is asked for, and says that there is more.
  @Test func `a server that does not look at dates is asked a few times`() async throws {
    func items(_ days: [String]) -> [JSONValue] {
      days.map { ItemFixture.item($0, datetime: .string("\($0)T12:00:00Z")) }
    }
    var page = ItemFixture.collection(items(["2019-05-01", "2021-03-01", "2021-11-01"]))
    page["numberMatched"] = 5000
    let answer = FakeAPI.good(page)
    let fake = FakeAPI { _, _ in answer }
    let year = try #require(CalendarDate("2021-01-01"))...(#require(CalendarDate("2021-12-31")))
    let found = try await result(fake, SceneSearch(dates: year))
    #expect(found.scenes.map(\.id) == ["2021-03-01", "2021-11-01"])
    #expect(found.notes.contains { $0.contains("outside the period") })
    #expect(found.warnings.count == 1 && found.warnings[0].contains("5000 items match"))
    #expect(fake.asked.count <= 3)
    // The same where only shorter periods show it.
    var inside = ItemFixture.collection(items(["2021-03-01", "2021-11-01"]))
    inside["numberMatched"] = 5000
    let other = FakeAPI.good(inside)
    let quiet = FakeAPI { _, _ in other }
    #expect(try await result(quiet, SceneSearch(dates: year)).scenes.count == 2)
    #expect(quiet.asked.count <= 4)
  }

  /// A server that keeps to dates and always counts too many.
  @Test func `a count that is always too high ends the search for more`() async throws {
    let fake = FakeAPI { request, _ in
      let body = request.body.flatMap { try? JSONParser.parse($0) }
      let days = (body?["datetime"]?.string ?? "").split(separator: "/").compactMap {
        CalendarDate($0.prefix(10))
      }
      let all = (1...300).map { CalendarDate(daysSince1970: 18_628 + $0) }
      let inside = all.filter { day in days.count == 2 && (days[0]...days[1]).contains(day) }
      var page = ItemFixture.collection(
        inside.map { ItemFixture.item("\($0)", datetime: .string("\($0)T12:00:00Z")) })
      page["numberMatched"] = .integer(inside.count + 1000)
      return FakeAPI.good(page)
    }
    let year = try #require(CalendarDate("2021-01-01"))...(#require(CalendarDate("2021-12-31")))
    let found = try await result(fake, SceneSearch(dates: year))
    #expect(found.scenes.count == 300 && found.warnings.count == 1)
    #expect(fake.asked.count < 100)
  }

  @Test func `an item that cannot be used is a loss of its own`() async throws {
    let next: JSONValue = [
      "rel": "next", "method": "POST", "href": "search", "merge": true, "body": ["token": "2"],
    ]
    let fake = FakeAPI { _, number in
      var page = ItemFixture.collection([
        ItemFixture.item("undated", datetime: nil), ItemFixture.item(number == 0 ? "a" : "b"),
      ])
      page["numberMatched"] = 3
      if number == 0 { page["links"] = [next] }
      return FakeAPI.good(page)
    }
    let found = try await result(fake, try search())
    #expect(found.scenes.map(\.id) == ["a", "b"] && found.warnings == [])
    #expect(found.lost.map(\.id) == ["undated"] && found.duplicatesDropped == 1 && found.considered == 4)
  }

  @Test func `areas are cut at the antimeridian`() async throws {
    let fake = FakeAPI { _, _ in FakeAPI.page([]) }
    _ = try await result(
      fake, SceneSearch(area: .boxes([BoundingBox(minX: 170, minY: -10, maxX: -170, maxY: 10)])))
    let parts = try #require(fake.bodies[0]["intersects"]?["coordinates"]?.array)
    let longitudes = parts.map { part in (part.array?[0].array ?? []).compactMap { $0.array?[0].double } }
    #expect(longitudes.map { [$0.min(), $0.max()] } == [[-180, -170], [170, 180]])
  }

  @Test func `what is no landing page is no API`() async throws {
    let fake = FakeAPI { _, _ in FakeAPI.page([]) }
    #expect(try await fake.api(["type": "Catalog", "links": []]) == nil)
    #expect(try await fake.api(ItemFixture.collection([])) == nil)
  }

  @Test func `a collection that is not there is named with the nearest`() async throws {
    let fake = FakeAPI { _, _ in
      FakeAPI.good(["collections": [["id": "landsat-c2-l2"], ["id": "modis"]], "links": []])
    }
    var landing = FakeAPI.landing()
    landing["links"] = [["rel": "search", "href": "search"], ["rel": "data", "href": "collections"]]
    let api = try #require(try await fake.api(landing))
    let reason = await api.reasonForNothing(SceneSearch(collections: ["landsat-c2-l1"]))
    #expect(
      reason
        == "https://api.example.com/stac/ has no collection \"landsat-c2-l1\" (it has landsat-c2-l2, modis); "
        + "did you mean \"landsat-c2-l2\"?")
  }
}
