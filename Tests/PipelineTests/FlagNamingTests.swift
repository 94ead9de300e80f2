import GDAL
import Geo
import JSON
import NetCDF
import Raster
import Storage
import Testing

@testable import Pipeline

/// Masks of a collection that is not known, by what its items say of their bits.
@Suite struct FlagNamingTests {
  init() { NetCDFThread.prepareProcess() }

  private static let side = 16
  private static let bits: JSONValue = [
    [
      "name": "cloud", "offset": 2, "length": 1,
      "classes": [["value": 0, "name": "clear"], ["value": 1, "name": "cloudy"]],
    ],
    [
      "name": "shade", "offset": 5, "length": 1,
      "classes": [["value": 0, "name": "no"], ["value": 1, "name": "cloud_shadows"]],
    ],
  ]
  private static let otherBits: JSONValue = [
    [
      "name": "cloud", "offset": 3, "length": 1,
      "classes": [["value": 0, "name": "clear"], ["value": 1, "name": "cloudy"]],
    ]
  ]

  /// Scenes with a band of the numbers 0 to 255 as flags, and what their items say of it.
  private func write(_ folder: String, _ classification: [JSONValue?], mask: String) throws {
    let grid = Grid(
      crs: try SpatialReference.parse("EPSG:32632"),
      transform: AffineTransform(originX: 600_000, originY: 5_000_000, pixelWidth: 10, pixelHeight: -10),
      width: Self.side, height: Self.side)
    var features: [JSONValue] = []
    for (number, bits) in classification.enumerated() {
      var assets: JSONObject = [:]
      for band in ["B1", "flags"] {
        let path = "\(folder)/\(number)-\(band).tif"
        try GeoTIFFWriter.write(
          (0..<(Self.side * Self.side)).map { UInt16($0) }, to: path, grid: grid,
          options: GeoTIFFWriter.Options(type: .uint16, blockWidth: 16, blockHeight: 16))
        assets[band] = ["href": .string(path)]
      }
      if let bits { assets["flags"]?["classification:bitfields"] = bits }
      features.append([
        "type": "Feature", "stac_version": "1.0.0", "id": .string("scene-\(number)"),
        "collection": "unheard-of",
        "bbox": [10, 45, 10.3, 45.3], "geometry": .null,
        "properties": ["datetime": .string("2021-07-0\(number + 1)T10:00:00Z")],
        "assets": .object(assets), "links": [],
      ])
    }
    let items: JSONValue = ["type": "FeatureCollection", "features": .array(features)]
    try LocalFiles.writeAtomically(folder + "/items.json", text: items.text())
    // The mask's band is not listed: it comes by itself.
    let config = """
      { "pipeline": "p", "output": { "location": "\(folder)/run" }, "sequences": [ { "name": "s", "modules": [
        { "module": "download", "source": "items.json", "bands": ["B1"], "collection": "unheard-of" },
        { "module": "cloud_mask", "band": "flags", \(mask), "save": true },
        { "module": "seasonal_mean", "of": "B1" } ] } ] }
      """
    try LocalFiles.writeAtomically(folder + "/config.json", text: config)
  }

  private func config(_ folder: String) throws -> PipelineConfig {
    let reading = ConfigReader.read(path: folder + "/config.json")
    var config = try #require(reading.config, "\(reading.messages)")
    config.output.location = folder + "/run"
    return config
  }

  @NetCDFThread
  private static func stored(_ path: String) throws -> [Double] {
    let reader = try NetCDFFileReader(path)
    let values = try reader.doubles("cloud_mask")
    try reader.close()
    return values
  }

  @Test func `flags mean what the items say, now and when the run is continued`() async throws {
    let folder = try LocalFiles.makeTemporaryDirectory()
    defer { _ = try? LocalFiles.removeTree(folder) }
    // The second scene says nothing of its bits.
    try write(folder, [Self.bits, nil, Self.bits], mask: #""reject": ["cloud", "cloud_shadow"]"#)
    let plan = try await PipelinePlanner(config(folder)).plan()
    let note = try #require(plan.notes.first { $0.contains("\"flags\"") })
    #expect(
      note.contains("as the STAC items name them: cloud, shade") && note.contains("1 of 3 scenes"), "\(note)")
    for isSecond in [false, true] {
      let outcome = try await PipelineRunner(config(folder), version: "0", isFresh: false) { _ in }.run()
      #expect(outcome.losses == [])
      for day in ["2021-07-01", "2021-07-02", "2021-07-03"] {
        let path = "\(folder)/run/s/cloud_mask/\(day).nc"
        let values = try await Self.stored(path)
        for pixel in 0..<(Self.side * Self.side) {
          #expect(values[pixel] == (pixel & 0b100100 != 0 ? 1 : 0), "\(day) \(pixel)")
        }
        if !isSecond { try LocalFiles.remove(path) }
      }
      if !isSecond { try LocalFiles.removeTree(folder + "/run/ledger") }
    }
  }

  @Test(
    arguments: [
      (
        [nil, nil], #""reject": ["cloud"]"#,
        ["no flag names are known for the band \"flags\"", "classification:bitfields"]
      ),
      (
        [bits, otherBits], #""reject": ["cloud"]"#,
        ["do not mean the same in all scenes: \"scene-0\" and \"scene-1\" differ"]
      ),
      (
        [bits, bits], #""reject": ["clowd"]"#,
        ["config.json:", ".reject[0]: \"flags\" has no flag \"clowd\"", "did you mean \"cloud\"?", "scene-0"]
      ),
    ] as [([JSONValue?], String, [String])])
  func `items that do not tell, or tell different things, are named`(
    items: [JSONValue?], mask: String, parts: [String]
  ) async throws {
    let folder = try LocalFiles.makeTemporaryDirectory()
    defer { _ = try? LocalFiles.removeTree(folder) }
    try write(folder, items, mask: mask)
    let config = try config(folder)
    let error = await #expect(throws: PlanError.self) { _ = try await PipelinePlanner(config).plan() }
    #expect(error?.isConfigMistake == true)
    for part in parts { #expect(error?.description.contains(part) == true, "\(error?.description ?? "")") }
  }
}
