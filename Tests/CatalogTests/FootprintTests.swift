import Catalog
import Geo
import JSON
import Testing

/// Where scenes lie that catalogues describe in all the ways they do.
@Suite struct FootprintTests {
  struct Case: Sendable {
    var name: String
    var bbox: [Double]?
    var rings: [[[Double]]] = []
    /// Positions on which the scene is found, and others on which it is not.
    var on: [[Double]]
    var off: [[Double]]
    /// The box that comes out; nil where it does not matter.
    var box: [Double]?
  }

  private static func box(_ west: Double, _ south: Double, _ east: Double, _ north: Double) -> [[Double]] {
    [[west, south], [east, south], [east, north], [west, north], [west, south]]
  }

  static let cases = [
    Case(
      name: "not cut, and its box the wrong way around", bbox: [-179.5, -17, 179.5, -16],
      rings: [[[179.5, -16], [-179.5, -16.1], [-179.6, -17], [179.4, -16.9], [179.5, -16]]],
      on: [[179.8, -16.5], [-179.8, -16.5]], off: [[0, -16.5], [179, -16.5], [-179, -16.5]],
      box: [179.4, -17, -179.5, -16]),
    Case(
      name: "not cut, drawn as a box", bbox: [-178, 65, 178, 70], rings: [box(178, 65, -178, 70)],
      on: [[179, 66], [-179, 66]], off: [[177, 66], [0, 66]], box: [178, 65, -178, 70]),
    Case(
      name: "longitudes beyond 180", bbox: [179, 0, 181, 1], rings: [box(179, 0, 181, 1)],
      on: [[179.5, 0.5], [-179.5, 0.5]], off: [[178.5, 0.5], [-178.5, 0.5]], box: [179, 0, -179, 1]),
    Case(
      name: "longitudes from 0 to 360", bbox: [288.5, -36, 289.5, -35], rings: [box(288.5, -36, 289.5, -35)],
      on: [[-71, -35.5]], off: [[71, -35.5], [-72, -35.5]], box: [-71.5, -36, -70.5, -35]),
    Case(
      name: "longitudes below -180", bbox: [-181, 0, -179, 1], on: [[179.5, 0.5], [-179.5, 0.5]],
      off: [[0, 0.5]], box: [179, 0, -179, 1]),
    Case(
      name: "across Greenwich, to 360", bbox: [359, 50, 1, 51], on: [[-0.5, 50.5], [0.5, 50.5]],
      off: [[180, 50.5], [2, 50.5]], box: [-1, 50, 1, 51]),
    Case(
      name: "a box alone, the wrong way around", bbox: [-179.9, -17, 179.9, -16],
      on: [[179.95, -16.5], [-179.95, -16.5]], off: [[180, -18]]),
    Case(
      name: "east before west", bbox: [-70, -36, -71, -35], on: [[-70.5, -35.5]],
      off: [[0, -35.5], [-72, -35.5]], box: [-71, -36, -70, -35]),
    Case(
      name: "north before south", bbox: [-71, -35, -70, -36], on: [[-70.5, -35.5]], off: [[-70.5, -37]],
      box: [-71, -36, -70, -35]),
    Case(
      name: "box in three dimensions", bbox: [179, -17, 0, -179, -16, 800],
      on: [[179.5, -16.5], [-179.5, -16.5]],
      off: [[0, -16.5]], box: [179, -17, -179, -16]),
    Case(
      name: "polygon and box at different places", bbox: [-71, -36, -70, -35],
      rings: [box(-36, -71, -35, -70)],
      on: [[-70.5, -35.5], [-35.5, -70.5]], off: [[0, 0]]),
    Case(
      name: "around the north pole", bbox: [-180, 80, 180, 90],
      rings: [[[0, 80], [90, 81], [180, 80], [-90, 81], [0, 80]]],
      on: [[10, 89], [-170, 85], [179, 88]], off: [[0, 79]], box: [-180, 80, 180, 90]),
    Case(
      name: "around the south pole, clockwise", bbox: nil,
      rings: [[[-60, -75], [60, -75], [180, -75], [-60, -75]]],
      on: [[10, -89], [-170, -80]], off: [[0, -70], [0, 89]], box: [-180, -90, 180, -75]),
    Case(
      name: "around the south pole, cut along it", bbox: [-180, -90, 180, -80],
      rings: [
        [
          [-180, -80], [-90, -81], [0, -80], [90, -81], [180, -80], [180, -90], [-180, -90], [-180, -80],
        ]
      ],
      on: [[10, -89], [-179, -85]], off: [[0, -75]]),
    Case(
      name: "the whole Earth", bbox: [-180, -90, 180, 90], rings: [box(-180, -90, 180, 90)],
      on: [[0, 0], [179, 80], [-179, -80]], off: [], box: [-180, -90, 180, 90]),
    Case(
      name: "the whole Earth by pixel centres beyond the poles", bbox: [-180.125, -90.125, 179.875, 90.125],
      rings: [box(-180.125, -90.125, 179.875, 90.125)], on: [[0, 0], [100, 89.9], [179.9, -50]], off: [],
      box: [-180, -90, 180, 90]),
    Case(
      name: "the whole Earth from 0 to a pixel before 360", bbox: [0, -90, 359.75, 90],
      rings: [box(0, -90, 359.75, 90)], on: [[10, 0], [-10, 0], [180, 0]], off: []),
    Case(
      name: "a band around the Earth", bbox: [-180, -50, 180, 50], rings: [box(-180, -50, 180, 50)],
      on: [[0, 0], [179.9, 49]], off: [[0, 51]]),
    Case(
      name: "wider than half the Earth", bbox: [-120, -30, 120, 30], rings: [box(-120, -30, 120, 30)],
      on: [[0, 0], [-119, 0]], off: [[180, 0]], box: [-120, -30, 120, 30]),
    Case(
      name: "a hole across the antimeridian", bbox: nil,
      rings: [box(170, 0, -170, 10), [[-179, 4], [-179, 6], [179, 6], [179, 4], [-179, 4]]],
      on: [[172, 5], [-172, 5], [178, 5]], off: [[179.5, 5], [-179.5, 5], [160, 5]]),
  ]

  @Test(arguments: cases)
  func `a scene is found where it lies and nowhere else`(scene expected: Case) async throws {
    let scene = try await ItemFixture.scene(
      ItemFixture.item(
        "a", bbox: expected.bbox, geometry: expected.rings.isEmpty ? nil : ItemFixture.polygon(expected.rings)
      ))
    func isFound(_ place: [Double]) -> Bool {
      let box = BoundingBox(
        minX: place[0] - 0.01, minY: place[1] - 0.01, maxX: place[0] + 0.01, maxY: place[1] + 0.01)
      return scene.intersects(.boxes([box]))
    }
    for place in expected.on { #expect(isFound(place), "\(expected.name): not at \(place)") }
    for place in expected.off { #expect(!isFound(place), "\(expected.name): at \(place)") }
    guard let box = expected.box else { return }
    let found = try #require(scene.bbox).array
    #expect(zip(found, box).allSatisfy { abs($0 - $1) < 1e-9 }, "\(expected.name): \(found)")
  }

  @Test func `an area is read as footprints are`() throws {
    let uncut = ItemFixture.polygon([FootprintTests.box(179, -18, -179, -16)])
    let polygons = try GeoJSONGeometry.polygons(try JSONParser.parse(uncut.text()))
    #expect(LonLatPolygon.bounds(of: polygons)?.array == [179, -18, -179, -16])
    let apart = [10.0, -170, 175].map { west in
      LonLatPolygon(BoundingBox(minX: west, minY: 0, maxX: west + 5, maxY: 1))
    }
    #expect(LonLatPolygon.bounds(of: apart)?.array == [10, 0, -165, 1])
    let search = SceneSearch(area: .polygons(polygons))
    #expect(search.parameters["intersects"]?["coordinates"]?.array?.count == 2)
  }

  @Test func `an item without a place may lie anywhere`() async throws {
    for bbox in [nil, [1, 2, 3], [300_000, 6_000_000, 300_030, 6_000_030]] as [[Double]?] {
      let scene = try await ItemFixture.scene(ItemFixture.item("a", bbox: bbox))
      #expect(scene.bbox == nil && scene.footprint.isEmpty && scene.centreLongitude == nil)
      #expect(scene.intersects(.boxes([BoundingBox(minX: 1, minY: 2, maxX: 3, maxY: 4)])))
    }
    let metres = ItemFixture.polygon([[[5e5, 6e6], [5.1e5, 6e6], [5e5, 6.1e6]]])
    #expect(try await ItemFixture.scene(ItemFixture.item("a", bbox: nil, geometry: metres)).bbox == nil)
  }
}
