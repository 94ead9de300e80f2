import Geo
import Pipeline
import Testing

/// Every config that `apus init` can write.
@Suite struct StarterConfigTests {
  private func check(_ config: StarterConfig) {
    let reading = ConfigReader.read(Array(config.text.utf8), file: "a.json")
    #expect(reading.config != nil, "\(reading.messages)\n\(config.text)")
  }

  @Test(arguments: StarterConfig.Archive.allCases)
  func `any choice of products and any place is valid`(archive: StarterConfig.Archive) throws {
    let dates = try #require(CalendarDate("2021-01-01"))...(try #require(CalendarDate("2021-12-31")))
    let all = StarterConfig.Product.allCases
    let places: [StarterConfig.Place] = [
      .bounds([-71.6, -35.6, -71.3, -35.4]), .around(longitude: 179.99, latitude: 66, radius: 1500.5),
      .file("field \n \"x\".geojson", bounds: [11, 44, 11.2, 44.1]),
    ]
    for choice in 1..<(1 << all.count) {
      var config = StarterConfig(
        name: "a \"name\" – \\", archive: archive, place: places[choice % 3], dates: dates,
        products: all.indices.filter { choice >> $0 & 1 == 1 }.map { all[$0] })
      if archive == .folder {
        config.source = "https://example.org/\"stac\""
        config.collection = "landsat-c2-l2"
      }
      check(config)
    }
  }

  @Test func `an archive of one's own needs neither dates nor an area`() {
    check(
      StarterConfig(
        name: "x", archive: .folder, source: "https://example.org", place: .native, dates: nil,
        products: [.ndvi, .seasonalNDVI]))
  }

  @Test(arguments: [
    (-71.5, -35.5, "32719"), (11.1, 44.7, "32632"), (180, 10, "32601"), (-180, -1, "32701"),
    (179.9, 0, "32660"),
  ])
  func `the grid is the zone of UTM around the place`(longitude: Double, latitude: Double, code: String) {
    let config = StarterConfig(
      name: "x", archive: .landsat, place: .around(longitude: longitude, latitude: latitude, radius: 100),
      dates: nil,
      products: [.ndvi])
    #expect(config.text.contains("\"crs\": \"EPSG:\(code)\""))
  }

  @Test(arguments: [
    ([179.5, -17, -179.5, -16], "32701"), ([179, 10, -178, 11], "32601"),
    ([-71.6, -35.6, -71.3, -35.4], "32719"),
    ([20, 84, 40, 87], "3413"), ([20, -89, 60, -85], "3031"),
  ])
  func `an area across the antimeridian or at a pole has a grid of its own place`(
    bounds: [Double], code: String
  ) {
    let config = StarterConfig(
      name: "x", archive: .landsat, place: .bounds(bounds), dates: nil, products: [.ndvi])
    #expect(config.text.contains("\"crs\": \"EPSG:\(code)\""), "\(config.text)")
    check(config)
  }

  @Test func `clouds stay in a collection whose flags nobody knows, and the config says so`() {
    var config = StarterConfig(
      name: "x", archive: .folder, source: "https://example.org", place: .native, dates: nil,
      products: [.ndvi])
    config.collection = "somebodys-own"
    check(config)
    #expect(config.text.contains("// Clouds stay"))
    config.collection = "landsat-c2-l2"
    #expect(!config.text.contains("// Clouds stay"))
  }
}
