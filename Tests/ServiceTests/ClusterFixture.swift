import Foundation
import NetCDF
import Storage
import TestSupport

/// A small archive, a config that runs on it, here or on a cluster's server of the tests' own, and its results.
struct ClusterFixture {
  let folder: TemporaryFolder
  private let url: String
  private let mode: String

  /// - Parameter mode: the engine, as configs name it.
  init(_ server: TestServer, mode: String) async throws {
    folder = try TemporaryFolder()
    (url, self.mode) = (server.url, mode)
    try await Program(
      [
        Project.apus, "simulate", "archive", "--dates", "3", "--size", "96x64", "--bands",
        "red,nir08,qa_pixel", "--quiet",
      ], in: folder.path
    ).output()
  }

  /// Writes `config.json`.
  ///
  /// - Parameter cluster: members of "cluster" besides the server's address; nil for a local run.
  func write(_ cluster: String?) throws {
    let volume = mode == "kubernetes" ? #""volume": "data:\#(folder.path)","# : ""
    let members = cluster.map { #""cluster": { "server": "\#(url)", \#(volume) \#($0) },"# } ?? ""
    try LocalFiles.writeAtomically(
      folder.file("config.json"),
      text: """
        { "pipeline": "cluster", "area": "native", "dates": { "start": "2021-01-01", "end": "2021-12-31" },
          "run_mode": "\(cluster == nil ? "local" : mode)", \(members)
          "resources": { "chunk": 32, "threads": 1, "memory": "256MiB" },
          "sequences": [{ "name": "s", "modules": [
            { "module": "download", "source": "archive/items.json", "collection": "landsat-c2-l2" },
            { "module": "ndvi" },
            { "module": "composite", "of": "ndvi", "period": "all", "statistic": "median", "as": "median" },
            { "module": "gaussian", "of": "median", "sigma": 2, "as": "smooth" }] }] }
        """)
  }

  func run(_ words: String..., environment: [String: String] = [:]) async throws -> ProgramResult {
    try await Program(
      [Project.apus] + words, in: folder.path,
      environment: ProcessInfo.processInfo.environment
        .merging(mode == "azure_batch" ? ["AZURE_BATCH_ENDPOINT": url] : [:]) { $1 }
        .merging(environment) { $1 }
    ).run()
  }

  /// The bits of a run's last result.
  func data(_ run: String) async throws -> [UInt32] {
    let path = folder.file("\(run)/s/smooth.nc")
    return try await NetCDFThread.run {
      let reader = try NetCDFFileReader(path)
      defer { try? reader.close() }
      return try reader.floats("smooth").map(\.bitPattern)
    }
  }
}
