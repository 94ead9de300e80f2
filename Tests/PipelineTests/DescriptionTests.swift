import Engine
import Geo
import JSON
import NetCDF
import Raster
import Simulation
import Storage
import TestSupport
import Testing

@testable import Pipeline

/// What a variable is reads the same in every format: by GDAL from NetCDF and GeoTIFF, and in the documents of Zarr and
/// STAC.
@Suite struct DescriptionTests {
  init() { NetCDFThread.prepareProcess() }

  private static let modules = """
    { "module": "download", "source": "archive/items.json", "collection": "landsat-c2-l2", "save": true,
      "bands": ["red"] },
    { "module": "cloud_mask", "reject": ["fill", "cloud"], "save": true },
    { "module": "ndvi", "outside": "missing", "save": true, "encoding": { "type": "int16", "scale": 0.0001 } },
    { "module": "ndvi", "as": "kept", "save": true },
    { "module": "albedo", "formula": "liang_2001", "save": true },
    { "module": "seasonal_mean", "of": "ndvi" }, { "module": "seasonal_median", "of": "albedo" }
    """

  /// A small run with all formats; its directory.
  private func run(in folder: String, area: String = #""native""#, modules: String = modules) async throws
    -> String
  {
    if !LocalFiles.exists(folder + "/archive") {
      let simulator = try ArchiveSimulator(directory: folder + "/archive", dates: 3, width: 120, height: 70)
      _ = try simulator.write()
    }
    let text = """
      { "pipeline": "described", "area": \(area), "output": { "formats": ["netcdf", "cog", "zarr"] },
        "resources": { "threads": 2, "chunk": [40, 67] },
        "sequences": [ { "name": "s", "modules": [ \(modules) ] } ] }
      """
    try LocalFiles.writeAtomically(folder + "/config.json", text: text)
    let reading = ConfigReader.read(path: folder + "/config.json")
    var config = try #require(reading.config, "\(reading.messages)")
    config.output.location = folder + "/run"
    let outcome = try await PipelineRunner(config, version: "0", isFresh: false) { _ in }.run()
    #expect(outcome.losses == [])
    return folder + "/run"
  }

  /// What every format has to say, with all values as text: "-1 1".
  private struct Said: Equatable {
    var attributes: [String: String] = [:]

    static let names = [
      "long_name", "standard_name", "units", "valid_range", "flag_values", "flag_meanings", "cell_methods",
      "ancillary_variables", "coverage_content_type", "references", "scale_factor", "add_offset",
    ]

    init(_ attribute: (String) -> JSONValue?) {
      for name in Self.names { attributes[name] = attribute(name).map(Self.text) }
    }

    static func text(_ value: JSONValue) -> String {
      switch value {
      case .string(let text): text
      case .array(let values): values.map(text).joined(separator: " ")
      default: value.double.map { Int(exactly: $0).map { "\($0)" } ?? "\($0)" } ?? value.text()
      }
    }
  }

  private func json(_ program: String...) async throws -> JSONValue {
    try JSONParser.parse(Array(try await Program(program).output().utf8)).plain
  }

  /// As GDAL's netCDF driver reads it: unit, scale and offset have places of their own there.
  private func netcdf(_ path: String, _ variable: String) async throws -> Said {
    let array = try #require(try await json("gdalmdiminfo", path)["arrays"]?[variable])
    return Said { name in
      switch name {
      case "units": array["unit"]
      case "scale_factor": array["scale"]
      case "add_offset": array["offset"]
      default: array["attributes"]?[name]
      }
    }
  }

  private func geotiff(_ path: String) async throws -> Said {
    let file = try await json("gdalinfo", "-json", path)
    let band = file["bands"]?.array?.first
    return Said { name in
      switch name {
      case "units": band?["unit"]
      case "scale_factor": band?["scale"]
      case "add_offset": band?["offset"]
      default: file["metadata"]?[""]?[name]
      }
    }
  }

  @Test func `a variable is the same in NetCDF, Zarr, GeoTIFF and STAC`() async throws {
    try await withTemporaryFolder { folder in
      let run = try await run(in: folder)
      let store = try JSONParser.parse(LocalFiles.readAll(run + "/store.zarr/.zmetadata")).plain
      var described: [String: Said] = [:]
      for (item, label, variables) in [
        ("2021-01-01", "2021-01-01", ["red", "cloud_mask", "ndvi", "kept", "albedo"]),
        ("ndvi_seasonal_mean", "DJF", ["ndvi_seasonal_mean", "ndvi_seasonal_mean_count"]),
        ("albedo_seasonal_median", "DJF", ["albedo_seasonal_median", "albedo_seasonal_median_count"]),
      ] {
        let stac = try JSONParser.parse(LocalFiles.readAll("\(run)/stac/s/\(item).json")).plain
        for name in variables {
          let file = item == label ? "s/\(name)/\(label).nc" : "s/\(item).nc"
          let netcdf = try await netcdf("\(run)/\(file)", name)
          let array = try #require(store["metadata"]?["s/\(name)/.zattrs"])
          #expect(Said { array[$0] } == netcdf, "\(name) in Zarr")
          #expect(try await geotiff("\(run)/s/\(name)/\(label).tif") == netcdf, "\(name) as GeoTIFF")
          let cube = try #require(stac["properties"]?["cube:variables"]?[name])
          #expect(Said { cube["attrs"]?[$0] } == netcdf, "\(name) in STAC")
          #expect(cube["unit"]?.string == netcdf.attributes["units"])
          #expect(cube["description"]?.string == netcdf.attributes["long_name"])
          described[name] = netcdf
        }
      }
      // They agree on something: each word is there where it belongs.
      #expect(described["ndvi"]?.attributes["valid_range"] == "-10000 10000")
      #expect(described["ndvi"]?.attributes["scale_factor"] == "0.0001")
      #expect(described["ndvi"]?.attributes["cell_methods"] == "time: point")
      #expect(described["cloud_mask"]?.attributes["flag_meanings"] == "kept rejected")
      #expect(described["cloud_mask"]?.attributes["flag_values"] == "0 1")
      #expect(described["cloud_mask"]?.attributes["units"] == nil)
      #expect(
        described["ndvi_seasonal_mean"]?.attributes["cell_methods"]
          == "time: mean within years time: mean over years")
      #expect(described["ndvi_seasonal_mean"]?.attributes["valid_range"] == "-1 1")
      #expect(
        described["ndvi_seasonal_mean"]?.attributes["ancillary_variables"] == "ndvi_seasonal_mean_count")
      #expect(
        described["albedo_seasonal_median"]?.attributes["cell_methods"]
          == "time: median within years time: median over years")
      #expect(
        described["ndvi_seasonal_mean_count"]?.attributes["cell_methods"]
          == "time: sum within years time: sum over years")
      #expect(
        described["ndvi_seasonal_mean_count"]?.attributes["coverage_content_type"] == "auxiliaryInformation")
    }
  }

  @Test func `a finished Zarr group stays as it is when the run is repeated`() async throws {
    try await withTemporaryFolder { folder in
      let run = try await run(in: folder)
      let store = TemporaryFolder.files(below: run + "/store.zarr")
      let before = try store.map { try LocalFiles.readAll("\(run)/store.zarr/\($0)") }
      _ = try await self.run(in: folder)
      #expect(try store.map { try LocalFiles.readAll("\(run)/store.zarr/\($0)") } == before)
      // A count of nothing is 0, and no missing number: readers take a fill value for missing.
      let counts = try JSONParser.parse(
        LocalFiles.readAll(run + "/store.zarr/s/ndvi_seasonal_mean_count/.zarray"))
      #expect(counts["fill_value"]?.plain == .null)
    }
  }

  @Test(arguments: [
    (#""native""#, "on the scenes' own grid."),
    (#"{ "bbox": [-71.2, -35.21, -71.19, -35.2], "crs": "EPSG:32719", "resolution": 30 }"#, "own grid."),
    (
      #"{ "bbox": [-71.2, -35.21, -71.19, -35.2], "crs": "EPSG:32719", "resolution": 60 }"#,
      "on a grid of 60.0 × 60.0 m (EPSG:32719), to which the scenes were resampled (bilinear: nir08, red; nearest: qa_pixel)."
    ),
    (
      #"{ "bbox": [-71.2, -35.21, -71.19, -35.2], "crs": "EPSG:4326", "resolution": 0.001 }"#,
      "on a grid of 0.001 × 0.001 degrees (EPSG:4326), to which the scenes were resampled"
    ),
  ])
  func `a file says what became of the scenes' pixels`(area: String, words: String) async throws {
    try await withTemporaryFolder { folder in
      let modules = """
        { "module": "download", "source": "archive/items.json", "collection": "landsat-c2-l2",
          "resampling": { "red": "bilinear", "nir08": "bilinear" } },
        { "module": "cloud_mask", "reject": ["fill"] }, { "module": "ndvi" },
        { "module": "seasonal_mean", "of": "ndvi" }
        """
      let run = try await run(in: folder, area: area, modules: modules)
      let file = try await json("gdalmdiminfo", run + "/s/ndvi_seasonal_mean.nc")
      let summary = try #require(file["attributes"]?["summary"]?.string)
      #expect(summary.contains(words), "\(summary)")
      #expect(summary.contains("own grid") == words.contains("own grid"), "\(summary)")
    }
  }
}
