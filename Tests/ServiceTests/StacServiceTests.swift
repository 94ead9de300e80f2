import Foundation
import Geo
import JSON
import Network
import Testing

@testable import Catalog
@testable import Pipeline

/// Searches of real STAC APIs.
@Suite struct StacServiceTests {
  private func search(
    _ source: String, _ search: SceneSearch = SceneSearch(), headers: String? = nil, pageSize: Int = 7
  ) async throws -> SearchResult {
    let network = CatalogNetwork(source: source, retry: RetryPolicy(tries: 3, delay: 0.01), headers: headers)
    let (opened, collection) = try await CatalogOpener.open(
      source: source, base: "/", files: network, transport: network)
    guard case .api(let found) = opened else { throw ServerFailure("\(source) is not seen to be an API") }
    let landing = try await network.document(at: found.root)
    let api = try #require(
      try await StacAPI(landing: landing, at: found.root, transport: network, pageSize: pageSize))
    var search = search
    if let collection { search.collections = [collection] }
    return try await api.scenes(matching: search)
  }

  private func ids(_ numbers: [Int]) -> [String] { numbers.map { "scene-\($0)" }.sorted() }

  private func condition(_ json: String) throws -> CQL2Filter {
    try #require(CQL2Filter.read(try JSONParser.parse(json), path: .root).filter)
  }

  private func dates(_ first: String, _ last: String) throws -> ClosedRange<CalendarDate> {
    try #require(CalendarDate(first))...(#require(CalendarDate(last)))
  }

  /// Searches, and the numbers of the items that must be found.
  private func cases() throws -> [(SceneSearch, [Int])] {
    let all = Array(0..<StacFixture.count)
    let cloud = { (number: Int) in number * 37 % 101 }
    return [
      (SceneSearch(collections: ["simulated"]), all),
      (
        SceneSearch(area: .boxes([BoundingBox(minX: 10.5, minY: 0.2, maxX: 20.5, maxY: 0.4)])), Array(10...20)
      ),
      (
        SceneSearch(
          area: .polygons([
            LonLatPolygon(exterior: [
              LonLat(longitude: 3.5, latitude: -1), LonLat(longitude: 5.5, latitude: 2),
              LonLat(longitude: 3.5, latitude: 2),
            ])
          ])), [3, 4]
      ),
      (SceneSearch(dates: try dates("2021-01-31", "2021-02-10")), Array(30...40)),
      (SceneSearch(ids: ["scene-3", "scene-50"]), [3, 50]),
      (
        SceneSearch(query: [
          PropertyQuery(property: "eo:cloud_cover", comparison: .lt, value: 20),
          PropertyQuery(property: "platform", comparison: .eq, value: "landsat-8"),
        ]), all.filter { cloud($0) < 20 && $0 % 2 == 0 }
      ),
      (
        SceneSearch(condition: try condition(#""eo:cloud_cover BETWEEN 20 AND 60 AND platform LIKE '%9'""#)),
        all.filter { (20...60).contains(cloud($0)) && $0 % 2 == 1 }
      ),
      (
        SceneSearch(
          condition: try condition(
            #"{"op": "s_intersects", "args": [{"property": "geometry"}, {"type": "Point", "coordinates": [7.5, 0.5]}]}"#
          )),
        [7]
      ),
      (
        SceneSearch(
          condition: try condition(
            #""T_INTERSECTS(datetime, INTERVAL('2021-02-01T00:00:00Z', '2021-02-03T00:00:00Z')) OR id IN ('scene-1')""#
          )),
        [1, 31, 32]
      ),
      (SceneSearch(dates: try dates("2021-01-01", "2021-12-31"), limit: 5), Array(0..<5)),
    ]
  }

  @Test func `pgstac finds what static search finds`() async throws {
    let server = try await Servers.pgstac.value
    for (wanted, numbers) in try cases() {
      let found = try await search(server.url, wanted)
      #expect(
        found.scenes.map(\.id).sorted() == ids(numbers), "\(wanted.parameters)")
      #expect(found.warnings == [], "\(wanted.parameters)")
    }
    // A collection's address stands for a search of that collection.
    #expect(try await search(server.url + "/collections/simulated").scenes.count == StacFixture.count)
    #expect(try await search(server.url + "/search").scenes.count == StacFixture.count)
  }

  @Test func `rustac finds the same though it has neither query nor filter`() async throws {
    let server = try await Servers.rustac.value
    for (wanted, numbers) in try cases() {
      let found = try await search(server.url, wanted)
      #expect(
        found.scenes.map(\.id).sorted() == ids(numbers), "\(wanted.parameters)")
      #expect(found.warnings == [], "\(wanted.parameters)")
      let isLocal = !wanted.query.isEmpty || wanted.condition != nil
      #expect(found.notes.contains { $0.contains("does not declare") } == isLocal)
    }
  }

  @Test func `the same conditions hold in a static catalogue`() async throws {
    let catalog = try await StaticCatalog.load(source: try StacFixture.file("items.json"), base: "/")
    for (wanted, numbers) in try cases() {
      #expect(
        wanted.filter(catalog.scenes).scenes.map(\.id).sorted() == ids(numbers))
    }
  }

  @Test func `a search comes whole through every fault`() async throws {
    let server = try await Servers.misbehaving.value
    let source =
      "\(server.url)/items:500+page:50+dup:4+500@2+drop@3+long@4+short@5+garbage@6+slow:0.2@7+429:0@8+504@9/"
    let found = try await search(source, SceneSearch(), pageSize: 250)
    let expected: [String] = (0..<500).map { number in "scene-" + String(1_000_000 + number).dropFirst() }
    #expect(found.scenes.map(\.id) == expected)
    #expect(found.duplicatesDropped == 36 && found.warnings == [])
    #expect(found.notes.count == 1 && found.notes[0].contains("7 requests"))
  }

  @Test func `a page that fails to the end is an error and no part of a result`() async throws {
    let server = try await Servers.misbehaving.value
    let source = "\(server.url)/items:100+page:10+id:end+500@4*/"
    let error = await #expect(throws: CatalogError.self) { _ = try await search(source, pageSize: 10) }
    #expect(
      error?.description.contains(
        "page 4 of the search (POST): HTTP status 500 after 3 tries: simulated failure 500") == true)
  }

  @Test func `a token is sent to the source and never shown`() async throws {
    let server = try await Servers.misbehaving.value
    let source = "\(server.url)/items:20+auth:open-sesame/"
    #expect(try await search(source, headers: "Authorization: Bearer open-sesame").scenes.count == 20)
    let error = await #expect(throws: CatalogError.self) {
      _ = try await search(source, headers: "Authorization: Bearer wrong-word")
    }
    #expect(error?.description.contains("401") == true && error?.description.contains("wrong-word") == false)
  }

  @Test func `catalogue files are read over HTTP`() async throws {
    let folder = URL(fileURLWithPath: try StacFixture.file("items.json")).deletingLastPathComponent().path
    let server = try await TestServer([
      "/usr/bin/python3", "-m", "http.server", "{port}", "--bind", "127.0.0.1", "--directory", folder,
    ])
    for source in ["/items.json", "/"] {
      let network = CatalogNetwork(source: server.url, retry: RetryPolicy(tries: 1, delay: 0), headers: nil)
      let (opened, _) = try await CatalogOpener.open(
        source: server.url + source, base: "/", files: network, transport: network)
      guard case .files(let catalog) = opened else { throw ServerFailure("not a catalogue of files") }
      #expect(catalog.scenes.count == StacFixture.count)
      #expect(catalog.scenes[0].assets[0].href == "https://example.com/0/red.tif")
    }
    let network = CatalogNetwork(source: server.url, retry: RetryPolicy(tries: 1, delay: 0), headers: nil)
    let error = await #expect(throws: CatalogError.self) {
      _ = try await CatalogOpener.open(
        source: server.url + "/none.json", base: "/", files: network, transport: network)
    }
    #expect(error?.description.contains("HTTP status 404") == true)
  }
}
