import Foundation
import GDAL
import Geo
import JSON
import NetCDF
import Storage
import TestSupport
import Testing

/// A folder of a test's own with a small simulated archive and a config; commands run in it.
final class CommandBench {
  /// A hundred and fifty columns, a hundred rows, six dates, two of them with two scenes or half of one.
  private static let archive = Task {
    let folder = try makeSharedFolder()
    try await Program(
      [
        Project.apus, "simulate", "archive", "--dates", "6", "--size", "150x100", "--tile", "32", "--quiet",
        "--bands", "red,nir08,qa_pixel",
      ], in: folder
    ).output()
    return folder + "/archive"
  }

  let folder: String
  private let root: TemporaryFolder
  /// Changes to the config before it is written.
  var config: [String: Any] = [
    "pipeline": "test", "area": "native", "dates": ["start": "2021-01-01", "end": "2021-12-31"],
    "output": ["location": "out"], "resources": ["threads": 2, "chunk": [32, 32]],
  ]
  var download: [String: Any] = [
    "module": "download", "source": "archive/items.json", "collection": "landsat-c2-l2",
    "bands": ["red", "nir08", "qa_pixel"],
  ]
  var mask: [String: Any] = [
    "module": "cloud_mask", "band": "qa_pixel", "reject": ["fill", "cloud", "cloud_shadow", "water"],
  ]

  /// The archive's extent, as an area of its own.
  var archiveArea: [String: Any] {
    ["bbox": [299_715, 6_101_115, 304_215, 6_104_115], "bbox_crs": "EPSG:32719"]
  }

  /// - Parameter name: of the folder, when it matters.
  init(name: String? = nil) async throws {
    root = try TemporaryFolder()
    folder = name.map { [root] in root.file($0) } ?? root.path
    try LocalFiles.createDirectory(folder)
    // Copies: tests damage them.
    try FileManager.default.copyItem(
      atPath: try await CommandBench.archive.value, toPath: folder + "/archive")
  }

  // MARK: Running

  func write() throws {
    var config = config
    config["sequences"] = [
      [
        "name": "landsat",
        "modules": [
          download, mask, ["module": "ndvi", "save": true], ["module": "seasonal_mean", "of": "ndvi"],
        ],
      ]
    ]
    let data = try JSONSerialization.data(withJSONObject: config, options: [.prettyPrinted, .sortedKeys])
    try data.write(to: URL(fileURLWithPath: folder + "/config.json"))
  }

  /// Writes the config and runs the command `apus run config.json` with these arguments besides.
  func runPipeline(_ arguments: String...) async throws -> ProgramResult {
    try write()
    return try await run(["run", "config.json", "--progress", "none"] + arguments)
  }

  func run(_ arguments: String...) async throws -> ProgramResult { try await run(arguments) }

  func run(_ arguments: [String]) async throws -> ProgramResult { try await command(arguments).run() }

  /// The command under test with these arguments, in the folder.
  func command(_ arguments: [String]) -> Program { Program([Project.apus] + arguments, in: folder) }

  /// Runs a script of the shell with the binary as `$0`.
  func shell(_ script: String) async throws -> ProgramResult {
    try await Program(["sh", "-c", script, Project.apus], in: folder).run()
  }

  // MARK: The archive

  /// A file of the second date's only scene.
  func file(_ band: String) throws -> String {
    let scene = "LC08_L2SP_233085_20210302_02_T1"
    let path = "\(folder)/archive/\(scene)/\(scene)_\(band).tif"
    try #require(LocalFiles.exists(path))
    return path
  }

  /// Changes the STAC item of the second date's only scene.
  func changeItem(_ change: (inout [String: Any]) -> Void) throws {
    let path = URL(fileURLWithPath: folder + "/archive/items.json")
    var items = try #require(JSONSerialization.jsonObject(with: Data(contentsOf: path)) as? [String: Any])
    var features = try #require(items["features"] as? [[String: Any]])
    try #require(features.count > 1)
    change(&features[1])
    items["features"] = features
    try JSONSerialization.data(withJSONObject: items).write(to: path)
  }

  func changeProperty(_ name: String, _ value: Any) throws {
    try changeItem { item in
      var properties = item["properties"] as? [String: Any] ?? [:]
      properties[name] = value
      item["properties"] = properties
    }
  }

  // MARK: Results

  /// The data variables of every file of a run, by file and name, as bits.
  func data(_ run: String = "out") async throws -> [String: [UInt32]] {
    let root = "\(folder)/\(run)/landsat"
    var files = try LocalFiles.list(root).filter { $0.hasSuffix(".nc") }
    if LocalFiles.isDirectory(root + "/ndvi") {
      files += try LocalFiles.list(root + "/ndvi").filter { $0.hasSuffix(".nc") }.map { "ndvi/" + $0 }
    }
    let paths = files
    return try await NetCDFThread.run {
      var data: [String: [UInt32]] = [:]
      for file in paths {
        let reader = try NetCDFFileReader("\(root)/\(file)")
        if file.hasPrefix("ndvi/") {
          data[file] = try reader.floats("ndvi").map(\.bitPattern)
        } else {
          data["mean"] = try reader.floats("ndvi_seasonal_mean").map(\.bitPattern)
          data["count"] = try reader.integers("ndvi_seasonal_mean_count").map {
            UInt32(bitPattern: Int32($0))
          }
        }
        try reader.close()
      }
      return data
    }
  }

  func floats(_ name: String, _ run: String = "out") async throws -> [Float] {
    try #require(try await data(run)[name]).map { Float(bitPattern: $0) }
  }

  /// A band of a raster file.
  func raster<Sample: BitwiseCopyable>(_ path: String, fill: Sample) throws -> [Sample] {
    let dataset = try RasterDataset(opening: "\(folder)/\(path)")
    let (width, height) = (dataset.info.width, dataset.info.height)
    var samples = [Sample](repeating: fill, count: width * height)
    try samples.withUnsafeMutableBytes {
      try dataset.read(
        band: 1, window: PixelWindow(column: 0, row: 0, width: width, height: height),
        as: dataset.info.bands[0].type, into: $0, rowStride: width)
    }
    return samples
  }

  func json(_ path: String) throws -> JSONNode {
    try JSONParser.parse(try LocalFiles.readAll("\(folder)/\(path)"))
  }
}
