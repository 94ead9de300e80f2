import Foundation
import NetCDF
import Storage
import TestSupport
import Testing

/// Runs as indexed jobs of Kubernetes, on a server of the tests' own (scripts/services/kubernetes).
@Suite(.timeLimit(.minutes(15))) struct KubernetesTests {
  private static let server = Task { try await TestServer(["kubernetes", "{port}"], path: "/") }
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

  private func write(_ cluster: String, mode: String = "kubernetes") throws {
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

  private func run(_ words: String..., environment: [String: String] = [:]) async throws -> ProgramResult {
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

  @Test func `the data are those of a local run, also where a pod says "try again"`() async throws {
    try write("", mode: "local")
    #expect(try await run("run", "config.json", "--output", "local", "--progress", "none").status == 0)
    // The second task's first pod finds its volume not there yet.
    let late =
      #"[ \"${APUS_TASK:-0}\" != 1 ] || [ -e \#(folder.path)/mounted ] || { touch \#(folder.path)/mounted; exit 75; }"#
    try write(#""image": "apus", "tasks": 3, "prepare": "\#(late)""#)
    let result = try await run("run", "config.json", "--output", "out", "--wait")
    #expect(result.status == 0, "\(result.errors)")
    #expect(LocalFiles.exists(folder.file("mounted")))
    #expect(try await data("out") == data("local"))
    let status = try await run("status", "out")
    #expect(status.output.contains(": 3 done, 0 running, 0 waiting, 0 failed"), "\(status.output)")
  }

  @Test func `a pod that fails is no reason to publish, and the same command makes the run complete`()
    async throws
  {
    try write(
      #""image": "apus", "tasks": 2, "prepare": "[ \"${APUS_TASK:-0}\" != 1 ] || [ -e healed ] || exit 64""#)
    let first = try await run("run", "config.json", "--output", "out", "--wait")
    #expect(first.status == 75, "\(first.errors)")
    let status = try await run("status", "out")
    #expect(status.output.contains("1 done, 0 running, 0 waiting, 1 failed"), "\(status.output)")
    try write(#""image": "apus", "tasks": 2"#)
    let again = try await run("run", "config.json", "--output", "out", "--wait")
    #expect(again.status == 0, "\(again.errors)")
  }

  @Test(arguments: [
    (#""tasks": 1"#, "needs \"image\""), (#""image": "a", "time": "soon""#, "\"time\" is no time"),
    (#""image": "a", "options": ["--exclusive"]"#, "\"options\""),
  ])
  func `what Kubernetes cannot be asked for is refused`(cluster: String, message: String) async throws {
    try write(cluster)
    let result = try await run("run", "config.json", "--output", "out")
    #expect(result.status == 64 && result.errors.contains(message), "\(result.errors)")
  }

  @Test func `a job that cannot be made is not shown as one`() async throws {
    try write(#""tasks": 1"#)
    let result = try await run("run", "config.json", "--output", "out", "--submit-only-print")
    #expect(result.status == 64 && result.errors.contains("needs \"image\""), "\(result.errors)")
    #expect(!result.output.contains("null"))
  }
}
