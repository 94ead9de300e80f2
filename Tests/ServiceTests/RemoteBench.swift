import Foundation
import NetCDF
import Storage
import TestSupport
import Testing

/// A small simulated archive behind a web server, and runs of the command on it.
final class RemoteBench: Sendable {
  /// Four dates of 192 × 160 pixels in blocks of 64, below "account/container" as in Azure's store.
  static let archive = Task {
    let folder = try makeSharedFolder()
    try await Program(
      [
        Project.apus, "simulate", place, "--dates", "4", "--size", "192x160", "--tile", "64", "--quiet",
        "--bands", "red,nir08,qa_pixel",
      ], in: folder
    ).output()
    return folder
  }

  let folder: String
  let server: TestServer?
  /// Where the archive was stored instead: "s3://scenes".
  private let store: String?
  private static let place = "account/container/archive"

  /// - Parameters:
  ///   - options: of file_server.py; nil for the local files.
  ///   - servingOwnFolder: whether the server has this bench's own files, not the archive.
  init(_ options: [String]?, servingOwnFolder: Bool = false) async throws {
    folder = try LocalFiles.makeTemporaryDirectory()
    store = nil
    let archive = try await RemoteBench.archive.value
    guard let options else {
      server = nil
      return
    }
    server = try await TestServer(
      [
        "file_server.py", servingOwnFolder ? folder : archive, "--port", "{port}", "--log",
        "\(folder)/requests.jsonl",
      ] + options,
      path: "/_stats")
  }

  /// - Parameter store: where the files are that `upload` stored.
  init(store: String) throws {
    folder = try LocalFiles.makeTemporaryDirectory()
    self.store = store
    server = nil
  }

  /// The folder with the archive's items and files.
  static var archivePath: String {
    get async throws { "\(try await archive.value)/\(place)" }
  }

  deinit {
    _ = try? LocalFiles.removeTree(folder)
  }

  /// Where the archive's files are: an address, or a folder.
  private func root() async throws -> String {
    if let store { return store }
    let base = if let server { server.url } else { try await RemoteBench.archive.value }
    return "\(base)/\(RemoteBench.place)"
  }

  /// Writes the catalogue with the addresses of this server, and a config.
  ///
  /// - Parameters:
  ///   - download: further keys of the module.
  ///   - isPlaced: whether the catalogue says where the rasters lie.
  ///   - change: what else is to be changed in each item's assets.
  func write(
    _ download: [String: Any] = [:], resources: [String: Any] = ["chunk": [64, 64]], isPlaced: Bool = true,
    change: (String, inout [String: Any]) -> Void = { _, _ in }
  ) async throws {
    let root = try await root()
    let source = "\(try await RemoteBench.archive.value)/\(RemoteBench.place)/items.json"
    let bytes = try Data(contentsOf: URL(fileURLWithPath: source))
    var items = try #require(JSONSerialization.jsonObject(with: bytes) as? [String: Any])
    let features = try #require(items["features"] as? [[String: Any]])
    items["features"] = try features.map { feature in
      var feature = feature
      var assets = try #require(feature["assets"] as? [String: [String: Any]])
      for (key, asset) in assets {
        var asset = asset
        let href = try #require(asset["href"] as? String)
        asset["href"] = "\(root)/\(href.hasPrefix("./") ? String(href.dropFirst(2)) : href)"
        change(key, &asset)
        assets[key] = asset
      }
      feature["assets"] = assets
      if !isPlaced, var properties = feature["properties"] as? [String: Any] {
        (properties["proj:shape"], properties["proj:transform"]) = (nil, nil)
        feature["properties"] = properties
      }
      return feature
    }
    try JSONSerialization.data(withJSONObject: items)
      .write(to: URL(fileURLWithPath: folder + "/catalogue.json"))
    var module: [String: Any] = [
      "module": "download", "source": "catalogue.json", "collection": "landsat-c2-l2",
      "bands": ["red", "nir08", "qa_pixel"],
    ]
    module.merge(download) { $1 }
    let config: [String: Any] = [
      "pipeline": "remote", "output": ["location": "out"], "resources": resources,
      "sequences": [
        [
          "name": "landsat",
          "modules": [
            module, ["module": "cloud_mask", "band": "qa_pixel", "reject": ["fill", "cloud"]],
            ["module": "ndvi", "save": true], ["module": "seasonal_mean", "of": "ndvi"],
          ],
        ]
      ],
    ]
    try JSONSerialization.data(withJSONObject: config, options: [.prettyPrinted, .sortedKeys])
      .write(to: URL(fileURLWithPath: folder + "/config.json"))
  }

  /// Runs the config.
  func run(_ arguments: [String] = [], environment: [String: String] = [:]) async throws -> ProgramResult {
    try await apus(["run", "config.json", "--progress", "none"] + arguments, environment: environment)
  }

  /// Runs the command in the folder.
  func apus(_ arguments: [String], environment: [String: String] = [:]) async throws -> ProgramResult {
    let variables = ["GDAL_HTTP_RETRY_DELAY": "0.01"].merging(environment) { $1 }
    let result = try await Program(
      [Project.apus] + arguments, in: folder,
      environment: ProcessInfo.processInfo.environment.merging(variables) { $1 }
    ).run()
    // For those who look for secrets in everything that was written.
    try LocalFiles.writeAtomically(
      "\(folder)/.written-\(UInt64.random(in: 0 ... .max))", text: result.output + result.errors)
    return result
  }

  /// A request as the server saw it.
  struct Request {
    let path: String
    let range: String?
    /// -1 when the client hung up.
    let status: Int
    /// What the server did wrong on purpose.
    let fault: String?
    /// Requests that were on their way with it.
    let atOnce: Int
  }

  /// Every request so far, but for those that look whether the server is there.
  func requests() throws -> [Request] {
    let log = try String(contentsOfFile: folder + "/requests.jsonl", encoding: .utf8)
    return try log.split(separator: "\n").compactMap { line in
      let entry = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      let path = try #require(entry["path"] as? String)
      guard !path.hasPrefix("/_") else { return nil }
      return Request(
        path: path, range: entry["range"] as? String, status: try #require(entry["status"] as? Int),
        fault: entry["fault"] as? String, atOnce: try #require(entry["at_once"] as? Int))
    }
  }

  /// The values of every result, by file, as bits.
  func data() async throws -> [String: [UInt32]] {
    let root = folder + "/out/landsat"
    let daily = try LocalFiles.list(root + "/ndvi").filter { $0.hasSuffix(".nc") }
    return try await NetCDFThread.run {
      var data: [String: [UInt32]] = [:]
      for file in daily {
        let reader = try NetCDFFileReader("\(root)/ndvi/\(file)")
        data[file] = try reader.floats("ndvi").map(\.bitPattern)
        try reader.close()
      }
      let reader = try NetCDFFileReader("\(root)/ndvi_seasonal_mean.nc")
      data["mean"] = try reader.floats("ndvi_seasonal_mean").map(\.bitPattern)
      try reader.close()
      return data
    }
  }

  private static let localRun = Task {
    let bench = try await RemoteBench(nil)
    try await bench.write()
    let result = try await bench.run()
    try #require(result.status == 0, "\(result.errors)")
    return try await bench.data()
  }

  /// What a run of the local files gives.
  static func truth() async throws -> [String: [UInt32]] { try await localRun.value }

  /// The texts of every file below the folder that hold one of these words.
  func files(holding words: [String]) throws -> [String] {
    let names = try #require(FileManager.default.enumerator(atPath: folder)).compactMap { $0 as? String }
    return names.filter { name in
      guard let bytes = FileManager.default.contents(atPath: "\(folder)/\(name)") else { return false }
      return words.contains { bytes.range(of: Data($0.utf8)) != nil }
    }
  }
}
