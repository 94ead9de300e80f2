import Engine
import JSON
import Storage
import Testing

@testable import Pipeline

/// A catalogue of scenes without files, which a plan can be made of.
final class PlannerFixture {
  let folder: String
  /// Members of the items' properties that a test changes, by item.
  var scenes: [Scene] = []
  var config: [String: JSONValue] = [:]
  var download: [String: JSONValue] = [:]
  var mask: [String: JSONValue] = [:]

  struct Scene {
    var id: String
    var datetime: String
    var collection = "landsat-c2-l2"
    /// The first pixel, counted from the first scene's.
    var column = 0.0
    var row = 0.0
    var resolution = 30.0
    var shape = [80, 100]
    var epsg = 32719
    var bands = ["red", "nir08", "qa_pixel"]
    var cloudCover = 10.0
    /// Further properties of the item.
    var properties: JSONObject = [:]
    /// `raster:bands` of its assets.
    var rasterBand: JSONValue?
  }

  init() throws {
    folder = try LocalFiles.makeTemporaryDirectory()
    for (number, day) in ["2021-01-05", "2021-01-21", "2021-02-06"].enumerated() {
      scenes.append(Scene(id: "scene-\(number)", datetime: "\(day)T14:30:00Z"))
    }
  }

  deinit { _ = try? LocalFiles.removeTree(folder) }

  private func item(_ scene: Scene) -> JSONValue {
    let left = 300_015 + scene.column * 30
    let top = 6_100_005 - scene.row * 30
    var item: JSONValue = [
      "type": "Feature", "stac_version": "1.0.0", "id": .string(scene.id),
      "collection": .string(scene.collection),
      // All of it lies around 71.2° W, 35.2° S: wide enough for every scene that tests make.
      "bbox": [-71.6, -35.6, -70.8, -34.8],
      "geometry": .null,
      "properties": [
        "datetime": .string(scene.datetime), "eo:cloud_cover": .number(scene.cloudCover),
        "proj:epsg": .integer(scene.epsg), "proj:shape": .array(scene.shape.map { .integer($0) }),
        "proj:transform": .array(
          [scene.resolution, 0, left, 0, -scene.resolution, top].map { .number($0) }),
      ],
      "assets": .object(
        JSONObject(
          scene.bands.map { (key: $0, value: ["href": .string("\(scene.id)/\($0).tif")] as JSONValue) })),
      "links": [],
    ]
    var properties = item["properties"]?.object ?? [:]
    for (key, value) in scene.properties { properties[key] = value }
    item["properties"] = .object(properties)
    if let band = scene.rasterBand {
      for name in scene.bands { item["assets"]?[name]?["raster:bands"] = [band] }
    }
    return item
  }

  func write() throws {
    let items: JSONValue = ["type": "FeatureCollection", "features": .array(scenes.map(item))]
    try LocalFiles.writeAtomically(folder + "/items.json", text: items.text(pretty: true))
    var download: JSONObject = [
      "module": "download", "source": "items.json", "bands": ["red", "nir08", "qa_pixel"],
    ]
    for (key, value) in self.download { download[key] = value }
    var mask: JSONObject = ["module": "cloud_mask", "band": "qa_pixel", "reject": ["cloud"]]
    for (key, value) in self.mask { mask[key] = value == .null ? JSONValue?.none : value }
    var config: JSONObject = [
      "pipeline": "p", "area": "native", "output": ["location": .string(folder + "/out")],
      "sequences": [["name": "s", "modules": [.object(download), .object(mask), ["module": "ndvi"]]]],
    ]
    for (key, value) in self.config { config[key] = value }
    try LocalFiles.writeAtomically(folder + "/config.json", text: JSONValue.object(config).text(pretty: true))
  }

  /// Reads the config, which is right.
  func read() throws -> PipelineConfig {
    try write()
    let reading = ConfigReader.read(path: folder + "/config.json")
    return try #require(reading.config, "\(reading.messages)")
  }

  func plan() async throws -> PipelinePlan { try await PipelinePlanner(read()).plan() }

  func sequence() async throws -> SequencePlan { try #require(try await plan().sequences.first?.plan) }

  /// Why there is no plan.
  func failure() async throws -> PlanError {
    try await #require(throws: PlanError.self) { _ = try await self.plan() }
  }

  /// Why a scene's band cannot be read, by scene.
  func unavailable() async throws -> [String: String] {
    var reasons: [String: String] = [:]
    for timeStep in try await sequence().timeSteps {
      for scene in timeStep.scenes {
        for case .unavailable(let reason) in scene.bands { reasons[scene.id] = reason }
      }
    }
    return reasons
  }
}
