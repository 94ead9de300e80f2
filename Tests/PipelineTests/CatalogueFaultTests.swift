import Catalog
import Engine
import GDAL
import Geo
import JSON
import NetCDF
import Raster
import Storage
import Testing

@testable import Pipeline

/// Catalogues that are wrong about their scenes, or leave something out: files are asked, and losses have names.
@Suite struct CatalogueFaultTests {
  /// Scenes with small files of one value each, and a config to run on them.
  private final class Archive {
    let folder: String
    var items: [JSONValue] = []
    var download: JSONObject = [:]
    var modules: [JSONValue] = []
    var config: JSONObject = [:]

    init() throws {
      NetCDFThread.prepareProcess()
      folder = try LocalFiles.makeTemporaryDirectory()
    }

    deinit { _ = try? LocalFiles.removeTree(folder) }

    /// Adds a scene; its files lie at 300 000, 6 100 000 in EPSG:32719 and have pixels of 30 m.
    func add(
      _ id: String, _ datetime: String, bands: [String] = ["red"], crs: String = "EPSG:32719",
      corner: (x: Double, y: Double) = (300_000, 6_100_000), properties: JSONObject = [:]
    ) throws {
      let grid = Grid(
        crs: try SpatialReference.parse(crs),
        transform: AffineTransform(originX: corner.x, originY: corner.y, pixelWidth: 30, pixelHeight: -30),
        width: 24, height: 18)
      for band in bands {
        try GeoTIFFWriter.write(
          [UInt16](repeating: UInt16(items.count + 1) * 1000, count: 24 * 18),
          to: "\(folder)/\(id)-\(band).tif",
          grid: grid, options: .init(type: .uint16, nodata: 0, blockWidth: 64, blockHeight: 64))
      }
      var all: JSONObject = ["datetime": .string(datetime)]
      for (key, value) in properties { all[key] = value }
      let assets = bands.map { (key: $0, value: ["href": .string("\(id)-\($0).tif")] as JSONValue) }
      items.append([
        "type": "Feature", "stac_version": "1.0.0", "id": .string(id), "collection": "made",
        "geometry": .null,
        "links": [], "properties": .object(all), "assets": .object(JSONObject(assets)),
      ])
    }

    func read() throws -> PipelineConfig {
      let items: JSONValue = ["type": "FeatureCollection", "features": .array(items)]
      try LocalFiles.writeAtomically(folder + "/items.json", text: items.text(pretty: true))
      var download: JSONObject = [
        "module": "download", "source": "items.json", "bands": ["red"], "save": true,
      ]
      for (key, value) in self.download { download[key] = value }
      var config: JSONObject = [
        "pipeline": "p", "area": "native", "resources": ["threads": 2],
        "output": ["location": .string(folder + "/out")],
        "sequences": [["name": "s", "modules": .array([.object(download)] + modules)]],
      ]
      for (key, value) in self.config { config[key] = value }
      try LocalFiles.writeAtomically(
        folder + "/config.json", text: JSONValue.object(config).text(pretty: true))
      let reading = ConfigReader.read(path: folder + "/config.json")
      return try #require(reading.config, "\(reading.messages)")
    }

    func plan() async throws -> PipelinePlan { try await PipelinePlanner(read()).plan() }

    func failure() async throws -> PlanError {
      try await #require(throws: PlanError.self) { _ = try await self.plan() }
    }

    func run() async throws -> PipelineRunner.Outcome {
      try await PipelineRunner(read(), version: "0", isFresh: false) { _ in }.run()
    }
  }

  /// The first scene's files have pixels of 30 m; a catalogue says 10 m.
  private static let otherGrid: JSONObject = [
    "proj:code": "EPSG:32719", "proj:shape": [54, 72], "proj:transform": [10, 0, 300_000, 0, -10, 6_100_000],
  ]
  private static let ownGrid: JSONObject = [
    "proj:code": "EPSG:32719", "proj:shape": [18, 24], "proj:transform": [30, 0, 300_000, 0, -30, 6_100_000],
  ]

  @Test func `where a catalogue is wrong about a grid the file is right, with a warning`() async throws {
    let archive = try Archive()
    try archive.add("right", "2021-01-03T14:00:00Z", properties: Self.ownGrid)
    try archive.add("wrong", "2021-01-04T14:00:00Z", properties: Self.otherGrid)
    var moved = Self.ownGrid
    moved["proj:transform"] = [30, 0, 300_015, 0, -30, 6_100_000]
    try archive.add("half a pixel off", "2021-01-05T14:00:00Z", properties: moved)
    var zone = Self.ownGrid
    zone["proj:code"] = "EPSG:32718"
    try archive.add("another zone", "2021-01-06T14:00:00Z", properties: zone)
    let plan = try await archive.plan()
    let sequence = try #require(plan.sequences[0].plan)
    #expect(sequence.grid.width == 24 && sequence.grid.height == 18)
    let bands = sequence.timeSteps.flatMap(\.scenes).flatMap(\.bands)
    #expect(!bands.isEmpty && bands.allSatisfy { $0.file != nil && $0.file?.warp == nil })
    #expect(plan.warnings.count == 1 && plan.warnings[0].contains("3 files of \"red\""), "\(plan.warnings)")
    #expect(plan.warnings[0].contains("scene \"wrong\": the file is 24 × 18 pixels of 30.0"))
    let outcome = try await archive.run()
    #expect(outcome.losses.isEmpty)
    let means = outcome.report.sequences[0].products[0].layers.map(\.statistics.mean)
    #expect(means == [1000, 2000, 3000, 4000])
    #expect(outcome.report.run["warnings"]?.array?.count == 1)
    // On trust, as catalogues that are right allow: then such a file is a loss.
    archive.download["trust"] = "catalogue"
    archive.config["output"] = ["location": .string(archive.folder + "/trusting")]
    let trusting = try await archive.plan()
    #expect(trusting.warnings.isEmpty && trusting.sequences[0].plan?.grid.width ?? 0 > 24)
    #expect(try await archive.run().losses.count >= 1)
  }

  @Test
  func `of several definitions of a coordinate system the first that is understood counts, then the file`()
    async throws
  {
    let utm = try SpatialReference.parse("EPSG:32719")
    let wkt = JSONValue.string(try #require(SpatialReference.wkt2(utm)))
    let cases: [JSONObject] = [
      ["proj:code": "EPSG:None", "proj:wkt2": wkt], ["proj:epsg": 99999, "proj:wkt2": wkt],
      ["proj:code": "EPSG:None"], ["proj:epsg": .null], ["proj:wkt2": "PROJCRS[\"broken\""],
      ["proj:projjson": ["type": "ProjectedCRS"], "proj:epsg": "32719"], ["proj:code": 5],
    ]
    for (number, definitions) in cases.enumerated() {
      let archive = try Archive()
      var properties = definitions
      properties["proj:shape"] = [18, 24]
      properties["proj:transform"] = [30, 0, 300_000, 0, -30, 6_100_000]
      try archive.add("a", "2021-01-03T14:00:00Z", properties: properties)
      let plan = try await archive.plan()
      let grid = try #require(plan.sequences[0].plan?.grid)
      #expect(SpatialReference.isSame(grid.crs, utm), "\(number)")
      #expect(plan.warnings.isEmpty && grid.width == 24)
    }
  }

  @Test func `an item without a place lies where its file does`() async throws {
    let archive = try Archive()
    try archive.add("here", "2021-01-03T14:00:00Z")
    try archive.add("there", "2021-01-04T14:00:00Z", corner: (400_000, 6_100_000))
    archive.items[1]["bbox"] = ["a", "b"]
    archive.items[1]["geometry"] = ["type": "Blob"]
    #expect(try await archive.plan().sequences[0].plan?.timeSteps.count == 2)
    archive.config["area"] = ["bbox": [300_000, 6_099_700, 300_300, 6_100_000], "bbox_crs": "EPSG:32719"]
    let plan = try await archive.plan()
    #expect(plan.sequences[0].plan?.timeSteps.flatMap(\.scenes).map(\.id) == ["here"])
    #expect(plan.notes.contains { $0.contains("1 of 2 scenes lie outside the area") }, "\(plan.notes)")
  }

  @Test func `what nobody reads may be wrong, and what is read is a loss of its own`() async throws {
    let archive = try Archive()
    try archive.add("a", "2021-01-03T14:00:00Z")
    try archive.add("b", "2021-01-04T14:00:00Z")
    archive.items[0]["assets"]?["metadata"] = ["title": "no href"]
    archive.items[0]["assets"]?["nir"] = [
      "href": "nir.tif", "raster:bands": [["nodata": "none", "scale": "x"]],
    ]
    archive.items[1]["assets"]?["red"] = ["title": "no href"]
    let outcome = try await archive.run()
    #expect(outcome.losses.count == 1 && outcome.losses[0].date == "2021-01-04")
    #expect(outcome.losses[0].reason.contains("asset \"red\" has no \"href\""), "\(outcome.losses)")
    #expect(outcome.report.sequences[0].cells.done == 1)
  }

  @Test func `an item without a date is a loss without a date, also when the run is continued`() async throws
  {
    let archive = try Archive()
    try archive.add("a", "2021-01-03T14:00:00Z")
    try archive.add("undated", "soon")
    for _ in 0..<2 {
      let outcome = try await archive.run()
      #expect(outcome.losses.count == 1 && outcome.losses[0].date == nil && outcome.losses[0].cells == 0)
      #expect(outcome.losses[0].reason.contains("item \"undated\": \"datetime\" is \"soon\""))
      #expect(outcome.report.sequences[0].cells.done == 1)
    }
    let summary = try JSONParser.parse(LocalFiles.readAll(archive.folder + "/out/summary.json"))
    #expect(summary["losses"]?.integer == 1)
    #expect(summary["sequences"]?.array?[0]["losses"]?.array?[0]["date"]?.isNull == true)
    let status = try await RunStatus(archive.folder + "/out")
    #expect(status.lost == 1 && status.hasLosses && status.json["complete"] == false)
    archive.items.removeFirst()
    #expect(try await archive.failure().description.contains("1 item cannot be used"))
  }

  // MARK: Days

  @Test func `the dates are solar days where those name the outputs`() async throws {
    // New Zealand, eleven hours before UTC.
    for (grouping, labels) in [
      ("solar_day", ["2021-01-01", "2021-12-31"]), ("solar_day_seconds", ["2021-01-01", "2021-12-31"]),
      ("utc_day", ["2021-01-01", "2021-12-31"]),
    ] {
      let archive = try Archive()
      for (id, moment) in [
        ("too early", "2020-12-31T11:30:00Z"), ("first solar", "2020-12-31T22:30:00Z"),
        ("first utc", "2021-01-01T22:30:00Z"), ("last solar", "2021-12-30T22:30:00Z"),
        ("last utc", "2021-12-31T22:30:00Z"),
      ] {
        try archive.add(id, moment, crs: "EPSG:2193", corner: (1_500_000, 5_100_000))
      }
      archive.config["dates"] = ["start": "2021-01-01", "end": "2021-12-31"]
      archive.download["group_by"] = .string(grouping)
      let plan = try await archive.plan()
      let found = try #require(plan.sequences[0].plan?.timeSteps)
      #expect([found.first?.label, found.last?.label] == labels, "\(grouping)")
      let ids = found.flatMap(\.scenes).map(\.id)
      #expect(ids.contains("first solar") == (grouping != "utc_day") && !ids.contains("too early"))
      #expect(ids.contains("last utc") == (grouping == "utc_day"))
      // What belongs to other days is not in the run.
      #expect(plan.sequences[0].scenes.map(\.id) == ids)
    }
  }

  @Test func `seasons of a year need no day of the next`() async throws {
    let archive = try Archive()
    try archive.add("a", "2021-06-15T22:30:00Z", crs: "EPSG:2193", corner: (1_500_000, 5_100_000))
    try archive.add("next year's", "2021-12-31T22:30:00Z", crs: "EPSG:2193", corner: (1_500_000, 5_100_000))
    archive.config["dates"] = ["start": "2021-01-01", "end": "2021-12-31"]
    archive.modules = [["module": "seasonal_mean", "of": "red", "convention": "season_year"]]
    let plan = try #require(try await archive.plan().sequences[0].plan)
    #expect(plan.timeSteps.map(\.label) == ["2021-06-16"])
    archive.items.removeFirst()
    #expect(try await archive.failure().description.contains("solar day"))
  }

  // MARK: Units

  private static let bands = ["blue", "red", "nir", "swir16", "swir22"]
  private static let albedo: JSONValue = [
    "module": "albedo",
    "bands": ["blue": "blue", "red": "red", "nir": "nir", "swir1": "swir16", "swir2": "swir22"],
  ]

  @Test func `an albedo of numbers whose scale nobody tells is refused`() async throws {
    let archive = try Archive()
    try archive.add("a", "2021-01-03T14:00:00Z", bands: Self.bands)
    archive.download["bands"] = .array(Self.bands.map { .string($0) })
    archive.modules = [["module": "ndvi", "bands": ["red": "red", "nir": "nir"]]]
    // A ratio does not depend on it.
    _ = try await archive.plan()
    archive.modules.append(Self.albedo)
    let failure = try await archive.failure()
    #expect(failure.isConfigMistake && failure.description.contains("\"albedo\" needs reflectance"))
    #expect(failure.description.contains("\"blue\", \"nir\", \"red\", \"swir16\", \"swir22\""), "\(failure)")
    #expect(failure.description.contains("\"overrides\": {\"blue\": {\"scale\": 0.0001, \"offset\": 0}}"))
    // Whoever says what they are is believed: the config, the catalogue.
    archive.download["scale"] = 1
    _ = try await archive.plan()
    archive.download["scale"] = nil
    archive.download["overrides"] = ["*": ["scale": 0.0001]]
    _ = try await archive.plan()
    archive.download["overrides"] = nil
    for band in Self.bands { archive.items[0]["assets"]?[band]?["raster:bands"] = [["scale": 0.0001]] }
    _ = try await archive.plan()
    archive.items[0]["assets"]?["nir"]?["raster:bands"] = [["nodata": 0]]
    #expect(try await archive.failure().description.contains("the stored numbers of \"nir\" are"))
  }

  @Test func `a scene without a scale among others with one is a loss of its own`() async throws {
    let archive = try Archive()
    for (id, day) in [("a", "03"), ("b", "04")] {
      try archive.add(id, "2021-01-\(day)T14:00:00Z", bands: Self.bands)
    }
    archive.download["bands"] = .array(Self.bands.map { .string($0) })
    archive.download["save"] = false
    archive.modules = [Self.albedo]
    for band in Self.bands { archive.items[0]["assets"]?[band]?["raster:bands"] = [["scale": 0.0001]] }
    let outcome = try await archive.run()
    #expect(outcome.losses.map(\.date) == ["2021-01-04"])
    #expect(outcome.losses[0].reason.contains("whole numbers (uint16) without a scale"), "\(outcome.losses)")
    #expect(outcome.report.sequences[0].cells.done == 1)
  }
}
