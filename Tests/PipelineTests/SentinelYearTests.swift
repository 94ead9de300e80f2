import GDAL
import Geo
import JSON
import NetCDF
import Raster
import Storage
import Testing

@testable import Pipeline

/// A year of Sentinel-2 in which the processing baseline changes, read from files.
@Suite struct SentinelYearTests {
  init() { NetCDFThread.prepareProcess() }

  private static let side = 12

  /// The same ground on four days: reflectance 0.05 … in red, 0.3 … in near infrared.
  private static func number(_ band: String, _ pixel: Int) -> UInt16 {
    // DN 0 means missing, whatever the offset.
    pixel == 7 ? 0 : UInt16((band == "B04" ? 500 : 3000) + pixel * 3)
  }

  private static let scenes: [(day: String, properties: JSONObject, rasterBand: JSONValue?, added: UInt16)] =
    [
      ("2021-11-03", ["s2:processing_baseline": "03.01"], nil, 0),
      ("2022-02-06", ["s2:processing_baseline": "04.00"], nil, 1000),
      // As Earth Search has them: the offset taken out of the files, and not.
      (
        "2022-05-07", ["s2:processing_baseline": "04.00", "earthsearch:boa_offset_applied": true],
        ["nodata": 0, "scale": 0.0001, "offset": -0.1], 0
      ),
      (
        "2022-08-08", ["s2:processing_baseline": "05.09", "earthsearch:boa_offset_applied": false],
        ["nodata": 0, "scale": 0.0001, "offset": -0.1], 1000
      ),
    ]

  private func write(_ folder: String) throws {
    let grid = Grid(
      crs: try SpatialReference.parse("EPSG:32632"),
      transform: AffineTransform(originX: 600_000, originY: 5_000_000, pixelWidth: 10, pixelHeight: -10),
      width: Self.side, height: Self.side)
    var features: [JSONValue] = []
    for (number, scene) in Self.scenes.enumerated() {
      var assets: JSONObject = [:]
      for band in ["B04", "B08"] {
        let path = "\(folder)/\(number)-\(band).tif"
        let samples = (0..<(grid.width * grid.height)).map { pixel in
          let stored = Self.number(band, pixel)
          return stored == 0 ? 0 : stored + scene.added
        }
        try GeoTIFFWriter.write(
          samples, to: path, grid: grid,
          options: GeoTIFFWriter.Options(type: .uint16, blockWidth: 16, blockHeight: 16))
        var asset: JSONValue = ["href": .string(path)]
        if let band = scene.rasterBand { asset["raster:bands"] = [band] }
        assets[band] = asset
      }
      var properties = scene.properties
      properties["datetime"] = .string("\(scene.day)T10:00:00Z")
      features.append([
        "type": "Feature", "stac_version": "1.0.0", "id": .string("scene-\(number)"),
        "collection": "sentinel-2-l2a",
        "bbox": [10, 45, 10.3, 45.3], "geometry": .null, "properties": .object(properties),
        "assets": .object(assets), "links": [],
      ])
    }
    let items: JSONValue = ["type": "FeatureCollection", "features": .array(features)]
    try LocalFiles.writeAtomically(folder + "/items.json", text: items.text())
  }

  @NetCDFThread
  private static func stored(_ path: String, _ variable: String) throws -> [Double] {
    let reader = try NetCDFFileReader(path)
    let values = try reader.doubles(variable)
    try reader.close()
    return values
  }

  @Test func `reflectance is the same before and after the change`() async throws {
    let folder = try LocalFiles.makeTemporaryDirectory()
    defer { _ = try? LocalFiles.removeTree(folder) }
    try write(folder)
    let text = """
      { "pipeline": "year", "sequences": [ { "name": "s", "modules": [
        { "module": "download", "source": "items.json", "bands": ["red", "nir"], "collection": "sentinel-2-l2a",
          "save": true }, { "module": "ndvi", "save": true } ] } ] }
      """
    try LocalFiles.writeAtomically(folder + "/config.json", text: text)
    let reading = ConfigReader.read(path: folder + "/config.json")
    var config = try #require(reading.config, "\(reading.messages)")
    config.output.location = folder + "/run"
    let outcome = try await PipelineRunner(config, version: "0", isFresh: false) { _ in }.run()
    #expect(outcome.losses == [])
    for scene in Self.scenes {
      let red = try await Self.stored("\(folder)/run/s/red/\(scene.day).nc", "red")
      let ndvi = try await Self.stored("\(folder)/run/s/ndvi/\(scene.day).nc", "ndvi")
      for pixel in 0..<(Self.side * Self.side) {
        if pixel == 7 {
          #expect(red[pixel].isNaN && ndvi[pixel].isNaN)
          continue
        }
        let (low, high) = (Double(Self.number("B04", pixel)), Double(Self.number("B08", pixel)))
        #expect(abs(red[pixel] - low / 10000) < 1e-7, "\(scene.day)")
        #expect(abs(ndvi[pixel] - (high - low) / (high + low)) < 1e-6, "\(scene.day)")
      }
    }
  }
}
