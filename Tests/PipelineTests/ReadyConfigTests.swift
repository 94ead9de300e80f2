import Catalog
import Engine
import Geo
import JSON
import Modules
import NetCDF
import Simulation
import Storage
import Testing

@testable import Pipeline

/// The configs that come with Apus, and the items of the archives they are for.
@Suite struct ReadyConfigTests {
  private static let configs = LocalFiles.parent(of: #filePath) + "/../../configs/"

  private func read(_ name: String) throws -> PipelineConfig {
    let reading = ConfigReader.read(path: Self.configs + name)
    return try #require(reading.config, "\(reading.messages)")
  }

  private func download(_ config: PipelineConfig) throws -> Download {
    try #require(config.sequences.first?.modules.first?.module as? Download)
  }

  /// The scene of an item.
  private func scene(_ item: JSONValue) async throws -> Scene {
    let folder = try LocalFiles.makeTemporaryDirectory()
    defer { _ = try? LocalFiles.removeTree(folder) }
    let items: JSONValue = ["type": "FeatureCollection", "features": [item]]
    try LocalFiles.writeAtomically(folder + "/items.json", text: items.text())
    return try #require(try await StaticCatalog.load(source: folder + "/items.json", base: "/").scenes.first)
  }

  /// What Apus makes of one band of an item.
  private struct Found: Equatable {
    var file: String
    var encoding: SampleEncoding
    var pixel: Double
    var crs: String?
  }

  private func find(_ item: JSONValue, _ download: Download) async throws -> [String: Found] {
    let scene = try await scene(item)
    var geometry = SceneGeometry(download)
    var found: [String: Found] = [:]
    for band in download.bands {
      let place = try geometry.band(band, of: scene)
      let grid = try place.grid.get()
      found[band.name] = Found(
        file: String(place.asset.href.split(separator: "/").last ?? ""),
        encoding: place.encoding.or(place.fallback),
        pixel: grid.transform.pixelWidth, crs: grid.crs.authorityCode)
    }
    return found
  }

  private func find(_ item: JSONValue, bands: [String], collection: String?) async throws -> [String: Found] {
    let list = bands.map { "\"\($0)\"" }.joined(separator: ", ")
    let named = collection.map { #""collection": "\#($0)", "# } ?? ""
    let text =
      #"{ "pipeline": "p", "sequences": [ { "name": "s", "modules": [ { "module": "download", "#
      + #""source": "https://example.org", \#(named)"bands": [\#(list)] } ] } ] }"#
    let reading = ConfigReader.read(Array(text.utf8), file: "a.json")
    return try await find(item, download(try #require(reading.config, "\(reading.messages)")))
  }

  private let reflectance = SampleEncoding(nodata: 0, scale: 2.75e-05, offset: -0.2)

  @Test(arguments: [
    "planetary-computer-landsat.json", "planetary-computer-sentinel2.json", "earth-search-sentinel2.json",
  ])
  func `the configs of archives are right as they are`(name: String) throws {
    let config = try read(name)
    #expect(config.sequences.map(\.name).last == "report")
    #expect(config.name + ".json" == name)
  }

  @Test func `the config of Greenland's ice is right where its model, table and weather are`() async throws {
    NetCDFThread.prepareProcess()
    let folder = try LocalFiles.makeTemporaryDirectory()
    defer { _ = try? LocalFiles.removeTree(folder) }
    try LocalFiles.createDirectory(folder + "/ice")
    let text = try LocalFiles.readAll(Self.configs + "greenland-ice.json")
    try LocalFiles.writeAtomically(folder + "/a.json", text)
    #expect(ConfigReader.read(path: folder + "/a.json").messages.count == 3, "its files are not there yet")
    let leaves = (0..<6).map {
      "Tree=\($0)\nnum_leaves=1\nnum_cat=0\nleaf_value=\($0)\n"
    }
    let model =
      "tree\nnum_class=6\nnum_tree_per_iteration=6\nmax_feature_idx=8\nobjective=multiclass num_class:6\n\n"
      + leaves.joined(separator: "\n") + "\nend of trees\n"
    // What a model is its content says, not its name.
    try LocalFiles.writeAtomically(folder + "/ice/class.onnx", text: model)
    let weather = (0..<24).map { "202,\($0),100,600,3,4\n" }.joined()
    try LocalFiles.writeAtomically(
      folder + "/ice/weather.csv", text: "day,hour,sw_in,vapour_pressure,air_temperature,wind\n" + weather)
    try await NetCDFThread.run {
      let bands = ["B02", "B03", "B04", "B05", "B06", "B07", "B8A", "B11", "B12"]
      let definition = FileDefinition(
        dimensions: [FileDimension("density", 2), FileDimension("band", 9)],
        variables: [
          FileVariable("density", .float64, dimensions: ["density"], values: .numbers([400, 600])),
          FileVariable("band", .string, dimensions: ["band"], values: .strings(bands)),
          FileVariable(
            "reflectance", .float32, dimensions: ["density", "band"],
            values: .numbers((0..<18).map { Double($0) / 20 })),
        ])
      try NetCDFFileWriter(creating: folder + "/ice/spectra.nc", definition).finish()
    }
    let reading = ConfigReader.read(path: folder + "/a.json")
    let config = try #require(reading.config, "\(reading.messages)")
    let files = config.sequences[0].modules.flatMap(\.files).map(\.name)
    #expect(files == ["ice/class.onnx", "ice/spectra.nc", "ice/weather.csv"])
    let again = ConfigReader.read(Array(config.resolved.text().utf8), file: folder + "/a.json")
    #expect(again.config?.resolved == config.resolved, "\(again.messages)")
  }

  @Test func `the config of a local folder is right where there is a folder`() async throws {
    let folder = try LocalFiles.makeTemporaryDirectory()
    defer { _ = try? LocalFiles.removeTree(folder) }
    try LocalFiles.createDirectory(folder + "/configs")
    try LocalFiles.createDirectory(folder + "/out/demo-archive")
    let text = try LocalFiles.readAll(Self.configs + "local-folder.json")
    try LocalFiles.writeAtomically(folder + "/configs/a.json", text: String(decoding: text, as: UTF8.self))
    let items: JSONValue = ["type": "FeatureCollection", "features": [ArchiveItems.planetaryComputerLandsat]]
    // The files lie beside the catalogue; nobody needs them for a plan.
    let local = items.text().replacing(/https:[^"]*\//, with: "./")
    try LocalFiles.writeAtomically(folder + "/out/demo-archive/items.json", text: local)
    let reading = ConfigReader.read(path: folder + "/configs/a.json")
    let config = try #require(reading.config, "\(reading.messages)")
    #expect(config.sensors.sensor(collection: "my-collection")?.band(named: "B5")?.role == .nir)
    let plan = try #require(try await PipelinePlanner(config).plan().sequences.first?.plan)
    #expect(plan.timeSteps.map(\.label) == ["2022-01-29"] && plan.program.bands.count == 3)
  }

  @Test func `the config of vegetation patterns is right where there is weather`() async throws {
    let folder = try LocalFiles.makeTemporaryDirectory()
    defer { _ = try? LocalFiles.removeTree(folder) }
    var options = SimulationOptions()
    options.bands = [.red]
    options.truth = .none
    options.weather = true
    _ = try ArchiveSimulator(
      directory: folder + "/archive", dates: 1, width: 16, height: 16, options: options
    )
    .write()
    let text = try LocalFiles.readAll(Self.configs + "sahel-patterns.json")
    try LocalFiles.writeAtomically(folder + "/a.json", text: String(decoding: text, as: UTF8.self))
    let without = ConfigReader.read(path: folder + "/a.json")
    #expect(
      without.config == nil
        && without.messages.joined(separator: "\n").contains("there is no \"era5-monthly.nc\""))
    try LocalFiles.writeAtomically(
      folder + "/era5-monthly.nc", try LocalFiles.readAll(folder + "/archive/weather.nc"))
    let reading = ConfigReader.read(path: folder + "/a.json")
    let config = try #require(reading.config, "\(reading.messages)")
    let image = try #require(config.sequences[0].modules.compactMap { $0.module as? VegetationImage }.first)
    #expect(image.inputs == ["month_red", "month_green", "month_blue", "month_ndvi"])
    let weather = try #require(config.sequences[0].modules.compactMap { $0.module as? Weather }.first)
    #expect(weather.outputs.map(\.name) == ["total_precipitation", "mean_2m_air_temperature"])
    let again = ConfigReader.read(Array(config.resolved.text().utf8), file: folder + "/a.json")
    #expect(again.config?.resolved == config.resolved, "\(again.messages)")
  }

  @Test func `Landsat on Planetary Computer`() async throws {
    let found = try await find(
      ArchiveItems.planetaryComputerLandsat, download(read("planetary-computer-landsat.json")))
    #expect(Set(found.keys) == ["blue", "red", "nir08", "swir16", "swir22", "qa_pixel"])
    #expect(
      found["nir08"]
        == Found(file: "LC09_L2SP_010065_SR_B5.TIF", encoding: reflectance, pixel: 30, crs: "EPSG:32617"))
    // The catalogue does not say it: outside the scene the layer must read as fill.
    #expect(found["qa_pixel"]?.encoding == SampleEncoding(nodata: 1, scale: 1, offset: 0))
    let scene = try await scene(ArchiveItems.planetaryComputerLandsat)
    #expect("\(scene.datetime.date)" == "2022-01-29")
  }

  @Test(arguments: [("03.01", 0.0), ("04.00", -0.1)])
  func `Sentinel-2 on Planetary Computer`(baseline: String, offset: Double) async throws {
    let item = ArchiveItems.planetaryComputerSentinel(
      baseline: baseline, datetime: "2022-01-26T21:25:29.024000Z")
    let found = try await find(item, download(read("planetary-computer-sentinel2.json")))
    #expect(
      found["B08"]
        == Found(
          file: "T06VVN_B08_10m.tif", encoding: SampleEncoding(nodata: 0, scale: 0.0001, offset: offset),
          pixel: 10,
          crs: "EPSG:32606"))
    #expect(
      found["SCL"]
        == Found(
          file: "T06VVN_SCL_20m.tif", encoding: SampleEncoding(nodata: 0, scale: 1, offset: 0), pixel: 20,
          crs: "EPSG:32606"))
    // By the names of colours too, which there are neither keys nor, for B8A, the common name.
    let colours = try await find(
      item, bands: ["red", "nir", "nir08", "swir16"], collection: "sentinel-2-l2a")
    #expect(colours["red"]?.file == "T06VVN_B04_10m.tif" && colours["nir"]?.file == "T06VVN_B08_10m.tif")
    #expect(colours["nir08"]?.file == "T06VVN_B8A_20m.tif" && colours["swir16"]?.file == "T06VVN_B11_20m.tif")
    #expect(colours["nir08"]?.encoding.offset == offset)
  }

  @Test func `Sentinel-2 on Earth Search`() async throws {
    let new = ArchiveItems.earthSearchSentinel(
      collection: "sentinel-2-c1-l2a", baseline: "05.09", isApplied: nil)
    let found = try await find(new, download(read("earth-search-sentinel2.json")))
    #expect(
      found["nir"]
        == Found(
          file: "B08.tif", encoding: SampleEncoding(nodata: 0, scale: 0.0001, offset: -0.1), pixel: 10,
          crs: "EPSG:32639"))
    #expect(found["red"]?.file == "B04.tif" && found["scl"]?.file == "SCL.tif")
    #expect(found["scl"]?.encoding == SampleEncoding(nodata: 0, scale: 1, offset: 0))
    // The older collection took the offset out of its files, and says both that it did and that it did not.
    for (isApplied, offset) in [(true, 0.0), (false, -0.1)] {
      let old = ArchiveItems.earthSearchSentinel(
        collection: "sentinel-2-l2a", baseline: "05.09", isApplied: isApplied)
      let found = try await find(old, bands: ["B04", "B8A", "SCL"], collection: "sentinel-2-l2a")
      #expect(found["B04"]?.encoding == SampleEncoding(nodata: 0, scale: 0.0001, offset: offset))
      #expect(found.mapValues(\.file) == ["B04": "B04.tif", "B8A": "B8A.tif", "SCL": "SCL.tif"])
    }
  }

  @Test func `a COG is read rather than a JPEG 2000 or a picture, whatever name leads to it`() async throws {
    // No collection in config or item: bands are found by what their assets say of them.
    var item = ArchiveItems.earthSearchSentinel(collection: "x", baseline: "05.09", isApplied: nil)
    item["collection"] = nil
    var assets: JSONObject = [:]
    for (key, value) in item["assets"]?.object ?? [:] { assets["asset-" + key] = value }
    item["assets"] = .object(assets)
    let found = try await find(item, bands: ["red", "nir08"], collection: nil)
    #expect(found.mapValues(\.file) == ["red": "B04.tif", "nir08": "B8A.tif"])
  }

  @Test func `Sentinel-2 on Copernicus Data Space, STAC 1_1`() async throws {
    let found = try await find(
      ArchiveItems.dataSpaceSentinel, bands: ["red", "nir", "nir08", "scl"], collection: "sentinel-2-l2a")
    let encoding = SampleEncoding(nodata: 0, scale: 0.0001, offset: -0.1)
    #expect(
      found["red"] == Found(file: "T33UWP_B04_10m.jp2", encoding: encoding, pixel: 10, crs: "EPSG:32633"))
    #expect(
      found["nir08"] == Found(file: "T33UWP_B8A_20m.jp2", encoding: encoding, pixel: 20, crs: "EPSG:32633"))
    #expect(found["scl"]?.file == "T33UWP_SCL_20m.jp2" && found["scl"]?.encoding.nodata == 0)
  }

  @Test func `HLS of both sensors in one cube`() async throws {
    let encoding = SampleEncoding(nodata: -9999, scale: 0.0001, offset: 0)
    for (collection, bands, nir) in [
      ("hls2-l30", ["B04", "B05"], "B05"), ("hls2-s30", ["B04", "B05", "B08", "B8A"], "B8A"),
      ("HLSL30_2.0", ["B04", "B05"], "B05"), ("HLSS30.v2.0", ["B04", "B8A"], "B8A"),
    ] {
      let found = try await find(
        ArchiveItems.hls(collection, bands: bands), bands: ["red", "nir08", "Fmask"], collection: nil)
      #expect(found["nir08"]?.file.hasSuffix(".\(nir).tif") == true, "\(collection): \(found)")
      #expect(found["red"]?.encoding == encoding && found["nir08"]?.encoding == encoding)
      #expect(found["Fmask"]?.encoding == SampleEncoding(nodata: 255, scale: 1, offset: 0))
    }
  }

  @Test func `MODIS surface reflectance`() async throws {
    let found = try await find(
      ArchiveItems.modis, bands: ["sur_refl_b01", "nir", "sur_refl_state_500m"], collection: "modis-09A1-061")
    #expect(found["nir"]?.file == "MOD09A1.A2022177.h09v05_sur_refl_b02.tif")
    #expect(found["nir"]?.encoding == SampleEncoding(nodata: -28672, scale: 0.0001, offset: 0))
    #expect(found["sur_refl_state_500m"]?.encoding == SampleEncoding(nodata: 65535, scale: 1, offset: 0))
    #expect(abs((found["nir"]?.pixel ?? 0) - 463.3127) < 0.0001)
    let scene = try await scene(ArchiveItems.modis)
    #expect("\(scene.datetime.date)" == "2022-06-26" && scene.isPeriod)
  }
}
