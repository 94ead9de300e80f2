import Catalog
import JSON
import Testing

/// Of several processing versions of one acquisition the newest counts.
@Suite struct ProcessingVersionTests {
  /// Two scenes and which of them is left; nil for both.
  struct Case: Sendable {
    var name: String
    var ids: [String]
    var properties: [JSONObject]
    var left: Int?
    var datetimes = ["2021-01-03T14:38:55Z", "2021-01-03T14:38:55Z"]
    var boxes: [[Double]] = [[-71.2, -36.2, -70.2, -35.2], [-71.2, -36.2, -70.2, -35.2]]
  }

  private static let landsat: JSONObject = [
    "platform": "landsat-8", "landsat:wrs_path": "233", "landsat:wrs_row": "085",
  ]
  private static let tile: JSONObject = ["platform": "sentinel-2b", "s2:mgrs_tile": "19HCC"]

  private static func adding(_ one: JSONObject, _ other: JSONObject) -> JSONObject {
    var one = one
    for (key, value) in other { one[key] = value }
    return one
  }

  static let cases = [
    Case(
      name: "Landsat's real-time and final tiers by property", ids: ["x", "y"],
      properties: [
        adding(landsat, ["landsat:collection_category": "T1"]),
        adding(landsat, ["landsat:collection_category": "RT"]),
      ], left: 0, datetimes: ["2021-01-03T14:38:55.31Z", "2021-01-03T14:38:56.70Z"]),
    Case(
      name: "Landsat's ids alone",
      ids: ["LC08_L2SP_233085_20210103_20210104_02_RT", "LC08_L2SP_233085_20210103_20210308_02_T1"],
      properties: [[:], [:]], left: 1),
    Case(
      name: "Landsat processed again",
      ids: ["LC08_L2SP_233085_20210103_20210308_02_T1", "LC08_L2SP_233085_20210103_20220308_02_T1"],
      properties: [[:], [:]], left: 1),
    Case(
      name: "Landsat scenes of two rows",
      ids: ["LC08_L2SP_233085_20210103_20210308_02_T1", "LC08_L2SP_233086_20210103_20220308_02_T1"],
      properties: [[:], [:]], left: nil),
    Case(
      name: "Landsat scenes of two satellites",
      ids: ["LC08_L2SP_233085_20210103_20210308_02_T1", "LE07_L2SP_233085_20210103_20220308_02_T1"],
      properties: [[:], [:]], left: nil),
    Case(
      name: "Sentinel-2 baselines in ids",
      ids: [
        "S2B_MSIL2A_20210103T143729_N0500_R096_T19HCC_20230520T182512",
        "S2B_MSIL2A_20210103T143729_N0204_R096_T19HCC_20210103T182512",
      ], properties: [[:], [:]], left: 0),
    Case(
      name: "Sentinel-2 baselines by property", ids: ["a", "b"],
      properties: [
        adding(tile, ["s2:processing_baseline": "02.14"]), adding(tile, ["s2:processing_baseline": "05.00"]),
      ], left: 1, boxes: [[-71.2, -36.2, -70.2, -35.2], [-71, -36.2, -70.2, -35.2]]),
    Case(
      name: "Sentinel-2 generated again", ids: ["a", "b"],
      properties: [
        adding(tile, ["s2:generation_time": "2021-01-04T00:00:00Z"]),
        adding(tile, ["s2:generation_time": "2021-01-03T20:00:00Z"]),
      ], left: 0),
    Case(
      name: "two parts of a Sentinel-2 tile", ids: ["a", "b"],
      properties: [
        adding(tile, ["updated": "2021-01-04T00:00:00Z"]), adding(tile, ["updated": "2021-01-03T20:00:00Z"]),
      ], left: nil, boxes: [[-71.2, -36.2, -70.7, -35.2], [-70.7, -36.2, -70.2, -35.2]]),
    Case(
      name: "two data strips", ids: ["a", "b"],
      properties: [
        adding(
          tile,
          [
            "s2:processing_baseline": "02.14",
            "s2:datastrip_id": "S2B_OPER_MSI_L2A_DS_VGS4_20210103T182512_S20210103T144237_N02.14",
          ]),
        adding(
          tile,
          [
            "s2:processing_baseline": "05.00",
            "s2:datastrip_id": "S2B_OPER_MSI_L2A_DS_S2RP_20230520T182512_S20210103T144451_N05.00",
          ]),
      ], left: nil),
    Case(
      name: "processing:version", ids: ["a", "b"],
      properties: [
        ["platform": "x", "grid:code": "EASE-1", "processing:version": "1.10"],
        ["platform": "x", "grid:code": "EASE-1", "processing:version": "1.9"],
      ], left: 0),
    Case(
      name: "updated", ids: ["a", "b"],
      properties: [
        ["platform": "x", "grid:code": "EASE-1", "updated": "2022-01-01T00:00:00Z"],
        ["platform": "x", "grid:code": "EASE-1", "updated": "2022-01-02T00:00:00Z"],
      ], left: 1),
    Case(
      name: "MODIS collections",
      ids: ["MOD09GA.A2021003.h12v12.006.2021005034512", "MOD09GA.A2021003.h12v12.061.2021006034512"],
      properties: [[:], [:]], left: 1),
    Case(
      name: "two passes of a day", ids: ["a", "b"],
      properties: [
        adding(tile, ["s2:processing_baseline": "02.14"]), adding(tile, ["s2:processing_baseline": "05.00"]),
      ], left: nil, datetimes: ["2021-01-03T13:00:00Z", "2021-01-03T14:40:00Z"]),
    Case(name: "nothing tells them apart", ids: ["a", "b"], properties: [tile, tile], left: nil),
    Case(
      name: "no tile", ids: ["a", "b"],
      properties: [
        ["platform": "x", "updated": "2022-01-01T00:00:00Z"],
        ["platform": "x", "updated": "2022-01-02T00:00:00Z"],
      ], left: nil),
  ]

  @Test(arguments: cases)
  func `the newest is left and the others are named`(pair: Case) async throws {
    let items = pair.ids.indices.map { index in
      ItemFixture.item(
        pair.ids[index], datetime: .string(pair.datetimes[index]), bbox: pair.boxes[index],
        properties: pair.properties[index])
    }
    let location = "/i.json"
    // The order of the catalogue does not matter.
    for items in [items, items.reversed()] {
      let catalog = try await StaticCatalog.load(
        source: location, base: "/", files: MemoryFiles([location: ItemFixture.collection(items).text()]))
      let result = try await catalog.scenes(matching: SceneSearch())
      #expect(
        Set(result.scenes.map(\.id)) == Set(pair.left.map { [pair.ids[$0]] } ?? pair.ids), "\(pair.name)")
      #expect(result.replaced == (pair.left == nil ? 0 : 1))
      if let left = pair.left {
        #expect(
          result.notes.count == 1 && result.notes[0].contains("\(pair.ids[1 - left]), for \(pair.ids[left])"))
      }
      // Who names both wants both.
      #expect(try await catalog.scenes(matching: SceneSearch(ids: pair.ids)).scenes.count == 2)
    }
  }

  @Test func `a limit counts what is left`() async throws {
    let ids = ["LC08_L2SP_233085_20210103_20210104_02_RT", "LC08_L2SP_233085_20210103_20210308_02_T1"]
    let items =
      ids.map { ItemFixture.item($0) } + [ItemFixture.item("later", datetime: "2021-01-19T14:38:55Z")]
    let catalog = try await StaticCatalog.load(
      source: "/i.json", base: "/", files: MemoryFiles(["/i.json": ItemFixture.collection(items).text()]))
    #expect(try await catalog.scenes(matching: SceneSearch(limit: 2)).scenes.map(\.id) == [ids[1], "later"])
  }
}
