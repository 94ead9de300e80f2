import Catalog
import Geo
import JSON
import Testing

@Suite struct CQL2Tests {
  private let item = ItemFixture.item(
    "LC08_a",
    properties: [
      "eo:cloud_cover": 12.5, "platform": "landsat-8", "view:off_nadir": 0, "tier": "T1_100%",
      "instruments": ["oli", "tirs"],
      "created": "2021-02-01T00:00:00.5+02:00", "good": true, "empty": .null,
    ])

  private func read(_ text: String) throws -> (filter: CQL2Filter?, mistakes: [Diagnostic]) {
    CQL2Filter.read(try JSONParser.parse(JSONValue.string(text).text()), path: JSONPath([.key("filter")]))
  }

  private func readJSON(_ text: String) throws -> (filter: CQL2Filter?, mistakes: [Diagnostic]) {
    CQL2Filter.read(try JSONParser.parse(text), path: JSONPath([.key("filter")]))
  }

  /// Text, and whether it holds for the item; the same must come of its JSON form.
  @Test(arguments: [
    ("eo:cloud_cover < 20", true), ("eo:cloud_cover >= 12.5", true), ("eo:cloud_cover <> 12.5", false),
    ("properties.eo:cloud_cover = 1.25e1", true), ("\"eo:cloud_cover\" > -3", true),
    ("eo:cloud_cover < 20 AND platform = 'landsat-9' OR good", true),
    ("eo:cloud_cover < 20 AND (platform = 'landsat-9' OR NOT good)", false),
    ("not not good = TRUE", true), ("platform LIKE 'landsat-%'", true), ("platform LIKE 'landsat-_'", true),
    ("platform LIKE '%sat'", false), ("platform NOT LIKE 'sentinel%'", true), ("tier LIKE '%100\\%'", true),
    ("tier LIKE 'T1\\_1%'", true), ("platform LIKE 'landsat\\_8'", false),
    ("CASEI(platform) = casei('LANDSAT-8')", true), ("platform IN ('landsat-7', 'landsat-8')", true),
    ("platform NOT IN ('landsat-7')", true), ("eo:cloud_cover BETWEEN 10 AND 12.5", true),
    ("eo:cloud_cover NOT BETWEEN 10 AND 12", true), ("eo:cloud_cover * 2 + 5 = 30", true),
    ("2 ^ 3 = 8 AND 7 % 4 = 3 AND 7 DIV 2 = 3 AND -(2 - 5) = 3", true), ("empty IS NULL", true),
    ("missing IS NULL AND platform IS NOT NULL", true),
    ("id = 'LC08_a' AND collection = 'landsat-c2-l2'", true),
    // What is missing makes neither a condition nor its contrary true.
    ("missing < 5", false), ("NOT missing < 5", false), ("missing < 5 OR good", true),
    ("NOT (missing < 5 AND eo:cloud_cover > 50)", true), ("platform < 5", false),
    ("missing IN (1, 2)", false),
    ("datetime > TIMESTAMP('2021-01-03T14:00:00Z')", true), ("datetime < DATE('2021-01-04')", true),
    ("datetime = TIMESTAMP('2021-01-03T15:38:55.375489+01:00')", true),
    ("created = '2021-01-31T22:00:00.500Z'", true), ("T_AFTER(datetime, DATE('2021-01-02'))", true),
    ("T_BEFORE(datetime, DATE('2021-01-03'))", false), ("T_INTERSECTS(datetime, DATE('2021-01-03'))", true),
    ("T_DURING(datetime, INTERVAL('2021-01-01', '2021-01-31'))", true),
    ("T_DURING(datetime, INTERVAL('..', '2021-01-03T14:00:00Z'))", false),
    ("T_INTERSECTS(datetime, INTERVAL('2021-01-03T00:00:00Z', '..'))", true),
    ("S_INTERSECTS(geometry, POINT(-70.5 -35.5))", true),
    ("S_INTERSECTS(geometry, POINT (-60 -35.5))", false),
    ("S_INTERSECTS(geometry, POLYGON((-70.5 -35.5, -60 -35.5, -60 -30, -70.5 -35.5)))", true),
    ("S_INTERSECTS(BBOX(-80, -40, -71, -36), geometry)", true),
    ("S_DISJOINT(geometry, BBOX(0, 0, 1, 1))", true),
    ("S_INTERSECTS(geometry, LINESTRING(-80 -35.5, -60 -35.5))", true),
    ("S_INTERSECTS(geometry, LINESTRING(-80 -35.5, -75 -20, -60 -35.5))", false),
    ("S_INTERSECTS(geometry, MULTIPOINT((0 0), (-70.5 -35.5)))", true),
    (
      "S_INTERSECTS(geometry, MULTIPOLYGON(((0 0, 1 0, 1 1, 0 0)), ((-71 -36, -70.5 -36, -70.5 -35.5, -71 -36))))",
      true
    ),
    ("S_INTERSECTS(geometry, GEOMETRYCOLLECTION(POINT(0 0), POINT(-70.5 -35.5)))", true),
    ("A_CONTAINS(instruments, ('oli'))", false), ("A_OVERLAPS(instruments, ('oli', 'x'))", true),
    ("A_CONTAINEDBY(instruments, ('oli', 'x', 'tirs'))", true), ("platform = 'it''s'", false),
  ])
  func `text holds as CQL2 says`(text: String, holds: Bool) async throws {
    let scene = try await ItemFixture.scene(item)
    let (filter, mistakes) = try read(text)
    #expect(mistakes.map(\.description) == [])
    #expect(try #require(filter).matches(scene) == holds)
    let again = try readJSON(try #require(filter).json.text())
    #expect(again.mistakes.map(\.description) == [])
    #expect(try #require(again.filter).matches(scene) == holds)
  }

  @Test func `the JSON of the specification is read`() async throws {
    let scene = try await ItemFixture.scene(item)
    let (filter, mistakes) = try readJSON(
      """
      {"op": "and", "args": [
        {"op": "<=", "args": [{"property": "eo:cloud_cover"}, 20]},
        {"op": "s_intersects", "args": [{"property": "geometry"}, {"type": "Point", "coordinates": [-70.5, -35.5]}]},
        {"op": "t_intersects", "args": [{"property": "datetime"}, {"interval": ["2021-01-01", ".."]}]},
        {"op": "between", "args": [{"property": "eo:cloud_cover"}, [10, 20]]},
        {"op": "not", "args": [{"op": "isNull", "args": [{"property": "properties.platform"}]}]},
        {"op": "in", "args": [{"op": "casei", "args": [{"property": "platform"}]}, ["landsat-8", "x"]]}]}
      """)
    #expect(mistakes.map(\.description) == [])
    #expect(try #require(filter).matches(scene))
  }

  @Test func `an item of a period is compared as that period`() async throws {
    let scene = try await ItemFixture.scene(
      ItemFixture.item(
        "p", datetime: .null,
        properties: ["start_datetime": "2021-01-01T00:00:00Z", "end_datetime": "2021-01-31T23:59:59Z"]))
    #expect(try #require(try read("T_INTERSECTS(datetime, DATE('2021-01-20'))").filter).matches(scene))
    #expect(try #require(try read("T_CONTAINS(datetime, DATE('2021-01-20'))").filter).matches(scene))
    #expect(!(try #require(try read("T_AFTER(datetime, DATE('2021-01-20'))").filter)).matches(scene))
  }

  @Test(arguments: [
    (
      "eo:cloud_cover <",
      "1:18: $.filter: CQL2 text, character 17: expected a property, a value or a condition, found the filter ends"
    ),
    ("eo:cloud_cover != 3", "1:17: $.filter: CQL2 text, character 16: \"!=\" is not CQL2; write \"<>\""),
    (
      "platform = 'landsat",
      "1:13: $.filter: CQL2 text, character 12: the quotation that begins here does not end"
    ),
    ("eo:cloud_cover 5", "1:17: $.filter: CQL2 text, character 16: expected AND, OR or the end, found \"5\""),
    ("eo:cloud_cover", ""),
    ("(a = 1", "1:8: $.filter: CQL2 text, character 7: expected \")\", found the filter ends"),
    ("5", "1:1: $.filter: 5 is no condition: it is neither true nor false"),
    ("a = 1 AND 'x'", "1:1: $.filter: \"x\" is no condition: it is neither true nor false"),
    (
      "S_INTERSECT(geometry, POINT(0 0))",
      "1:2: $.filter: CQL2 text, character 1: \"S_INTERSECT\" is no CQL2 function that is evaluated here; did you mean \"S_INTERSECTS\"?"
    ),
    (
      "S_INTERSECTS(eo:cloud_cover, POINT(0 0))",
      "1:2: $.filter: CQL2 text, character 1: \"s_intersects\" compares the property \"geometry\" with a geometry, not {\"property\":\"eo:cloud_cover\"}"
    ),
    (
      "S_INTERSECTS(geometry, POINT(0 100))",
      "1:25: $.filter: CQL2 text, character 24: expected a position [longitude, latitude] in degrees"
    ),
    (
      "datetime > DATE('2021-02-30')",
      "1:18: $.filter: CQL2 text, character 17: \"2021-02-30\" is no date; write it as '2021-01-03'"
    ),
    ("a = #", "1:6: $.filter: CQL2 text, character 5: unexpected character \"#\""),
  ])
  func `a mistake in text is named with its place`(text: String, message: String) throws {
    let (filter, mistakes) = try read(text)
    #expect(mistakes.map(\.description) == (message.isEmpty ? [] : [message]))
    #expect((filter == nil) == !message.isEmpty)
  }

  @Test(arguments: [
    (#"{"op": "lessThan", "args": []}"#, "$.filter.op"),
    (#"{"op": "<", "args": [{"property": "a"}]}"#, "$.filter"),
    (
      #"{"op": "and", "args": [{"op": "=", "args": [1, 1]}, {"op": "=", "args": [{"proprety": "a"}, 1]}]}"#,
      "$.filter.args[1].args[0]"
    ),
    (#"{"op": "in", "args": [{"property": "a"}, 5]}"#, "$.filter"), (#"{"op": "<"}"#, "$.filter"),
    (#"{"op": "s_intersects", "args": [{"property": "geometry"}, {"type": "Point"}]}"#, "$.filter.args[1]"),
    (
      #"{"op": "<", "args": [{"date": "yesterday"}, {"property": 5}]}"#,
      "$.filter.args[0].date $.filter.args[1].property"
    ),
    (
      #"{"op": "t_after", "args": [{"property": "datetime"}, {"interval": ["2021"]}]}"#,
      "$.filter.args[1].interval"
    ),
    ("5", "$.filter"), ("[]", "$.filter"),
  ])
  func `mistakes in JSON are named with their paths`(text: String, paths: String) throws {
    let (filter, mistakes) = try readJSON(text)
    #expect(filter == nil)
    #expect(mistakes.map { "\($0.path)" }.joined(separator: " ") == paths)
  }

  @Test func `deep nesting is a mistake and no crash`() throws {
    let deep = String(repeating: "(", count: 100_000) + "a"
    #expect(try read(deep).mistakes.count == 1)
    let nots = String(repeating: "NOT ", count: 1001) + "a = 1"
    #expect(try read(nots).mistakes.isEmpty)
  }

  /// Filters whose expression would be as deep as they are long. A thread's stack ends at some tens of thousands.
  @Test(arguments: [
    "a < " + String(repeating: "- ", count: 150_000) + "1",
    "a < 1" + String(repeating: "+1", count: 150_000), "a < 1" + String(repeating: "-b", count: 150_000),
    "a < 1" + String(repeating: "*1", count: 150_000), "a < 1" + String(repeating: " DIV 1", count: 150_000),
    String(repeating: "NOT (", count: 150_000) + "a = 1" + String(repeating: ")", count: 150_000),
    "a < " + String(repeating: "casei(", count: 150_000) + "b" + String(repeating: ")", count: 150_000),
    "a IN " + String(repeating: "(", count: 150_000) + "1" + String(repeating: ")", count: 150_000),
    "a < " + String(repeating: "(1+", count: 150_000) + "1" + String(repeating: ")", count: 150_000),
    "S_INTERSECTS(geometry, " + String(repeating: "GEOMETRYCOLLECTION(", count: 150_000) + "POINT(1 2)"
      + String(repeating: ")", count: 150_000) + ")",
  ])
  func `depth is refused with a message that says what is allowed`(text: String) throws {
    let (filter, mistakes) = try read(text)
    #expect(filter == nil)
    let message = try #require(mistakes.first).message
    #expect(message.contains("more than") && message.utf8.count < 400, "\(message.prefix(400))")
  }

  @Test func `negations in a row are one or none`() async throws {
    let scene = try await ItemFixture.scene(item)
    for count in [150_000, 150_001] {
      let filter = try #require(try read(String(repeating: "NOT ", count: count) + "good").filter)
      #expect(filter.matches(scene) == (count % 2 == 0))
    }
    #expect(try read("NOT NOT NOT NOT 5").mistakes.count == 1)
  }

  @Test func `conditions side by side are not deep`() async throws {
    let scene = try await ItemFixture.scene(item)
    let text = (0..<20_000).map { "id = 'item-\($0)'" }.joined(separator: " OR ") + " OR id = 'LC08_a'"
    #expect(try #require(try read(text).filter).matches(scene))
    let sum = "eo:cloud_cover < 1" + String(repeating: "+1", count: 400)
    #expect(try #require(try read(sum).filter).matches(scene))
  }

  @Test(arguments: [
    #"{"op": "not", "args": ["#, #"{"op": "+", "args": [1, "#, "[", #"{"interval": ["..", "#,
    #"{"type": "GeometryCollection", "geometries": ["#,
  ])
  func `deep JSON is refused by its reader`(opening: String) throws {
    let closing = opening.reversed().compactMap { ["[": "]", "{": "}"][$0] }.joined()
    let text =
      String(repeating: opening, count: 150_000) + "1" + String(repeating: closing, count: 150_000)
    #expect(throws: JSONSyntaxError.self) { try JSONParser.parse(text) }
    // As deep as JSON may be: a mistake or a filter, in either case an answer.
    let levels = JSONParser.depthLimit / closing.utf8.count
    let least = String(repeating: opening, count: levels) + "1" + String(repeating: closing, count: levels)
    let (filter, mistakes) = try readJSON(least)
    #expect(filter != nil || !mistakes.isEmpty)
  }
}
