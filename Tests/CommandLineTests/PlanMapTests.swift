import Foundation
import JSON
import TestSupport
import Testing

/// `apus plan --geojson`
@Suite struct PlanMapTests {
  @Test func `the grid and every scene are features with their places`() async throws {
    let bench = try await CommandBench()
    try bench.changeItem { item in item.removeValue(forKey: "geometry") }
    try bench.write()
    let result = try await bench.run("plan", "config.json", "--geojson")
    #expect(result.status == 0, "\(result.errors)")
    let map = try JSONParser.parse(result.output).plain
    #expect(map["type"] == "FeatureCollection")
    let features = map["features"]?.array ?? []
    let grids = features.filter { $0["properties"]?["kind"] == "grid" }
    let scenes = features.filter { $0["properties"]?["kind"] == "scene" }
    #expect(grids.count == 1 && grids[0]["properties"]?["width"] == 150 && features[0] == grids[0])
    let items = try bench.json("archive/items.json")["features"]?.array ?? []
    #expect(items.count > 6)
    #expect(
      Set(scenes.compactMap { $0["properties"]?["id"]?.string }) == Set(items.compactMap { $0["id"]?.string })
        && scenes.count == items.count)
    for feature in features {
      let ring = try #require(feature["geometry"]?["coordinates"]?.array?.first?.array)
      #expect(ring.count > 3 && ring.first == ring.last)
      for point in ring {
        let (x, y) = (point.array?.first?.double ?? 0, point.array?.last?.double ?? 0)
        #expect((-72.0 ... -70).contains(x) && (-36.0 ... -35).contains(y))
      }
    }
    #expect(try await bench.run("plan", "config.json", "--geojson", "--json").status == 64)
  }
}
