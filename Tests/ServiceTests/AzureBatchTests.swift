import Foundation
import NetCDF
import Storage
import TestSupport
import Testing

/// Runs as tasks of Azure Batch, on a server of the tests' own (scripts/services/azure_batch).
@Suite(.timeLimit(.minutes(15))) struct AzureBatchTests {
  private static let server = Task { try await TestServer(["azure_batch", "{port}"], path: "/") }
  private static let key = [
    "AZURE_BATCH_ACCESS_KEY": Base64.text(Array("a key of the tests".utf8)), "AZURE_BATCH_ACCOUNT": "account",
  ]
  private let folder: TemporaryFolder
  private let url: String

  init() async throws {
    folder = try TemporaryFolder()
    url = try await Self.server.value.url
    try await Program(
      [
        Project.apus, "simulate", "archive", "--dates", "3", "--size", "96x64", "--bands",
        "red,nir08,qa_pixel", "--quiet",
      ], in: folder.path
    ).output()
  }

  private func write(_ cluster: String, mode: String = "azure_batch") throws {
    let cluster = mode == "local" ? "" : #""cluster": { "server": "\#(url)", \#(cluster) },"#
    try LocalFiles.writeAtomically(
      folder.file("config.json"),
      text: """
        { "pipeline": "cluster", "area": "native", "dates": { "start": "2021-01-01", "end": "2021-12-31" },
          "run_mode": "\(mode)", \(cluster) "resources": { "chunk": 32, "threads": 1, "memory": "256MiB" },
          "sequences": [{ "name": "s", "modules": [
            { "module": "download", "source": "archive/items.json", "collection": "landsat-c2-l2" },
            { "module": "ndvi" },
            { "module": "composite", "of": "ndvi", "period": "all", "statistic": "median", "as": "median" },
            { "module": "gaussian", "of": "median", "sigma": 2, "as": "smooth" }] }] }
        """)
  }

  private func run(_ words: String..., environment: [String: String] = key) async throws -> ProgramResult {
    try await Program(
      [Project.apus] + words, in: folder.path,
      environment: ProcessInfo.processInfo.environment.merging(environment) { $1 }
    ).run()
  }

  private func data(_ run: String) async throws -> [UInt32] {
    let path = folder.file("\(run)/s/smooth.nc")
    return try await NetCDFThread.run {
      let reader = try NetCDFFileReader(path)
      defer { try? reader.close() }
      return try reader.floats("smooth").map(\.bitPattern)
    }
  }

  @Test func `the data are those of a local run, also where a task says "try again"`() async throws {
    try write("", mode: "local")
    #expect(try await run("run", "config.json", "--output", "local", "--progress", "none").status == 0)
    let late =
      #"[ \"${APUS_TASK:-0}\" != 1 ] || [ -e \#(folder.path)/mounted ] || { touch \#(folder.path)/mounted; exit 75; }"#
    try write(#""partition": "pool", "tasks": 3, "time": "1:00:00", "prepare": "\#(late)""#)
    let result = try await run("run", "config.json", "--output", "out", "--wait")
    #expect(result.status == 0, "\(result.errors)")
    #expect(LocalFiles.exists(folder.file("mounted")))
    #expect(try await data("out") == data("local"))
    let status = try await run("status", "out")
    #expect(status.output.contains(": 3 done, 0 running, 0 waiting, 0 failed"), "\(status.output)")
    // A job whose tasks have all ended ends itself: there is nothing left to end.
    let end = try await run("cancel", "out")
    #expect(end.status == 0, "\(end.errors)")
  }

  @Test func `where tasks fail the rest says what is missing, and the same command makes the run complete`()
    async throws
  {
    try write(
      #""partition": "pool", "tasks": 2, "prepare": "[ \"${APUS_TASK:-0}\" != 1 ] || exit 64""#)
    let token = ["AZURE_BATCH_TOKEN": "secret"]
    let first = try await run("run", "config.json", "--output", "out", "--wait", environment: token)
    #expect(first.status == 75, "\(first.errors)")
    let status = try await run("status", "out", environment: token)
    #expect(status.output.contains("1 done, 0 running, 0 waiting, 1 failed: "), "\(status.output)")
    #expect(status.output.contains("(status 64)"), "\(status.output)")
    try write(#""partition": "pool", "tasks": 2"#)
    let again = try await run("run", "config.json", "--output", "out", "--wait", environment: token)
    #expect(again.status == 0, "\(again.errors)")
  }

  @Test(arguments: [
    (#""tasks": 1"#, key, "needs \"partition\": the pool"),
    (#""partition": "pond""#, key, "no pool \"pond\""),
    (#""partition": "pool""#, [:], "AZURE_BATCH_ACCESS_KEY"),
    (#""partition": "pool""#, ["AZURE_BATCH_ACCESS_KEY": "no key"], "is not base64"),
    (#""partition": "pool""#, ["AZURE_BATCH_TOKEN": "other"], "AuthenticationFailed"),
    (#""partition": "pool", "time": "soon""#, key, "\"time\" is no time"),
    (#""partition": "pool", "volume": "a:/b""#, key, "\"volume\""),
  ])
  func `what Azure Batch cannot be asked for is refused`(
    cluster: String, environment: [String: String], message: String
  ) async throws {
    try write(cluster)
    let result = try await run("run", "config.json", "--output", "out", environment: environment)
    #expect(result.status == 64 && result.errors.contains(message), "\(result.errors)")
  }
}
