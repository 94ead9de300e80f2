import Engine
import GDAL
import Geo
import JSON
import NetCDF
import Raster
import Storage
import TestSupport
import Testing

@testable import Pipeline

/// Rasters of one band in a folder, made with GDAL's tools where they are of rarer kinds, with a catalogue that leads to
/// them, and runs that bring them in.
final class RasterBench {
  let folder: String
  private var items: [JSONValue] = []

  static let (width, height) = (12, 8)

  init() throws {
    NetCDFThread.prepareProcess()
    folder = try LocalFiles.makeTemporaryDirectory()
  }

  deinit { _ = try? LocalFiles.removeTree(folder) }

  func shell(_ script: String) async throws {
    try await Program.shell("set -e; \(script)", in: folder).output()
  }

  /// The place of rasters, `columns` pixels of 10 m to the right.
  static func grid(columns: Int = 0) throws -> Grid {
    Grid(
      crs: try SpatialReference.parse("EPSG:32632"),
      transform: AffineTransform(gdal: [600_000 + 10 * Double(columns), 10, 0, 5_200_000, 0, -10]),
      width: width,
      height: height)
  }

  /// Writes a GeoTIFF.
  func write<T: RasterSample>(
    _ name: String, _ samples: [T], nodata: Double? = nil, columns: Int = 0
  ) throws {
    try GeoTIFFWriter.write(
      samples, to: "\(folder)/\(name)", grid: Self.grid(columns: columns),
      options: .init(type: T.sampleType, nodata: nodata, blockWidth: 16, blockHeight: 16))
  }

  /// Adds a scene of a day.
  ///
  /// - Parameter assets: by band: the file's name, and what else the catalogue says of it.
  func add(
    _ id: String, day: String = "2021-05-03", _ assets: [String: (href: String, more: JSONObject)]
  ) throws {
    let box = try SpatialReference.transform(
      Self.grid().bounds, from: Self.grid().crs, to: SpatialReference.parse("EPSG:4326"), densify: 5)
    var members = JSONObject()
    for (band, asset) in assets.sorted(by: { $0.key < $1.key }) {
      var node: JSONObject = ["href": .string(asset.href)]
      for (key, value) in asset.more { node[key] = value }
      members[band] = .object(node)
    }
    items.append([
      "type": "Feature", "stac_version": "1.0.0", "id": .string(id), "collection": "made",
      "bbox": .array(box.array.map { .number($0) }), "geometry": .null, "links": [],
      "properties": ["datetime": .string("\(day)T12:00:00Z")], "assets": .object(members),
    ])
  }

  /// What a catalogue says of a band's numbers.
  static func band(_ nodata: JSONValue?, scale: Double? = nil, offset: Double? = nil) -> JSONObject {
    var band = JSONObject()
    band["nodata"] = nodata
    band["scale"] = scale.map { .number($0) }
    band["offset"] = offset.map { .number($0) }
    return ["raster:bands": [.object(band)]]
  }

  /// Runs a config; gives the layer of a variable of each day, and why cells failed.
  ///
  /// - Parameters:
  ///   - more: more parameters of `download`: `, "mode": "copy"`.
  ///   - modules: more modules: `, { "module": … }`.
  ///   - output: the folder of a run that is continued; a new one when absent.
  func run(
    more: String = "", modules: String = "", area: String = #""native""#, variable: String = "red",
    output: String? = nil
  ) async throws -> (layers: [[Double]], losses: [String]) {
    let catalogue: JSONValue = ["type": "FeatureCollection", "features": .array(items)]
    try LocalFiles.writeAtomically(folder + "/items.json", text: catalogue.text(pretty: true))
    let name = "run-\(try LocalFiles.list(folder).count)"
    let text = """
      { "pipeline": "p", "area": \(area), "resources": { "threads": 2 },
        "sequences": [ { "name": "s", "modules": [
          { "module": "download", "source": "items.json", "bands": ["red"], "save": true\(more) }\(modules) ] } ] }
      """
    try LocalFiles.writeAtomically("\(folder)/\(name).json", text: text)
    let reading = ConfigReader.read(path: "\(folder)/\(name).json")
    var config = try #require(reading.config, "\(reading.messages)")
    let output = output ?? name
    config.output.location = "\(folder)/\(output)"
    let outcome = try await PipelineRunner(config, version: "0", isFresh: false) { _ in }.run()
    var layers: [[Double]] = []
    for product in outcome.report.sequences[0].products where product.variable.name == variable {
      for layer in product.layers {
        guard let file = layer.file else { continue }
        layers.append(try await Self.values("\(folder)/\(output)/\(file)", variable))
      }
    }
    return (layers, outcome.losses.map { "\($0)" })
  }

  @NetCDFThread
  private static func values(_ path: String, _ variable: String) throws -> [Double] {
    let reader = try NetCDFFileReader(path)
    let values = try reader.doubles(variable)
    try reader.close()
    return values
  }
}

/// Whether two lists of values are the same to a part in 10 million, and missing (NaN) at the same places.
func isSame(_ values: [Double]?, _ right: [Double]) -> Bool {
  guard let values, values.count == right.count else { return false }
  return zip(values, right).allSatisfy {
    $0.isNaN || $1.isNaN ? $0.isNaN && $1.isNaN : abs($0 - $1) <= 1e-7 * max(1, abs($1))
  }
}
