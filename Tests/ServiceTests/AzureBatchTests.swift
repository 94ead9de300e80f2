import Storage
import TestSupport
import Testing

/// Runs as tasks of Azure Batch, on a server of the tests' own (scripts/services/azure_batch).
@Suite struct AzureBatchTests {
  private static let server = Task { try await TestServer(["azure_batch", "{port}"], path: "/") }
  private static let key = [
    "AZURE_BATCH_ACCESS_KEY": Base64.text(Array("a key of the tests".utf8)), "AZURE_BATCH_ACCOUNT": "account",
  ]
  private let fixture: ClusterFixture

  init() async throws {
    fixture = try await ClusterFixture(try await Self.server.value, mode: "azure_batch")
  }

  @Test func `the data are those of a local run, also where a task says "try again"`() async throws {
    try fixture.write(nil)
    #expect(
      try await fixture.run("run", "config.json", "--output", "local", "--progress", "none").status == 0)
    let late =
      #"[ \"${APUS_TASK:-0}\" != 1 ] || [ -e \#(fixture.folder.path)/mounted ] || { touch \#(fixture.folder.path)/mounted; exit 75; }"#
    try fixture.write(#""partition": "pool", "tasks": 3, "time": "1:00:00", "prepare": "\#(late)""#)
    let result = try await fixture.run(
      "run", "config.json", "--output", "out", "--wait", environment: Self.key)
    #expect(result.status == 0, "\(result.errors)")
    #expect(LocalFiles.exists(fixture.folder.file("mounted")))
    #expect(try await fixture.data("out") == fixture.data("local"))
    let status = try await fixture.run("status", "out", environment: Self.key)
    #expect(status.output.contains(": 3 done, 0 running, 0 waiting, 0 failed"), "\(status.output)")
    // Another address that a run directory names is not given the account's signature.
    let other = try await fixture.run(
      "status", "out", environment: Self.key.merging(["AZURE_BATCH_ENDPOINT": "http://127.0.0.1:9"]) { $1 })
    #expect(other.output.contains("is not at http://127.0.0.1:9, the account that"), "\(other.output)")
    // A job whose tasks have all ended ends itself: there is nothing left to end.
    let end = try await fixture.run("cancel", "out", environment: Self.key)
    #expect(end.status == 0, "\(end.errors)")
  }

  @Test func `where tasks fail the rest says what is missing, and the same command makes the run complete`()
    async throws
  {
    try fixture.write(
      #""partition": "pool", "tasks": 2, "prepare": "[ \"${APUS_TASK:-0}\" != 1 ] || { echo 1 >> \#(fixture.folder.path)/tries; exit 64; }""#
    )
    let token = ["AZURE_BATCH_TOKEN": "secret"]
    let first = try await fixture.run("run", "config.json", "--output", "out", "--wait", environment: token)
    #expect(first.status == 75, "\(first.errors)")
    let status = try await fixture.run("status", "out", environment: token)
    #expect(status.output.contains("1 done, 0 running, 0 waiting, 1 failed: "), "\(status.output)")
    #expect(status.output.contains("(status 64)"), "\(status.output)")
    #expect(status.output.contains("\n  shards: 0 done, 1 failed\n"), "\(status.output)")
    // Of what would fail again nothing is tried again: a shard, and one of the stage after it.
    let log = String(decoding: try LocalFiles.readAll(fixture.folder.file("tries")), as: UTF8.self)
    #expect(log == "1\n1\n", "\(log)")
    #expect(status.output.contains("s: not complete: shard 1 of 2\n"), "\(status.output)")
    try fixture.write(#""partition": "pool", "tasks": 2"#)
    let again = try await fixture.run("run", "config.json", "--output", "out", "--wait", environment: token)
    #expect(again.status == 0, "\(again.errors)")
  }

  @Test func `a probe that fails ends the job, tasks that wait count as failed, and the run may begin again`()
    async throws
  {
    try fixture.write(#""partition": "pool", "tasks": 2, "prepare": "[ -n \"$APUS_TASK\" ] || exit 64""#)
    let first = try await fixture.run(
      "run", "config.json", "--output", "out", "--wait", environment: Self.key)
    #expect(first.status == 75, "\(first.errors)")
    let status = try await fixture.run("status", "out", environment: Self.key)
    #expect(status.output.contains("2 failed: their job has ended"), "\(status.output)")
    try fixture.write(#""partition": "pool", "tasks": 2"#)
    let again = try await fixture.run(
      "run", "config.json", "--output", "out", "--wait", environment: Self.key)
    #expect(again.status == 0, "\(again.errors)")
  }

  @Test(arguments: [
    (#""tasks": 1"#, key, "needs \"partition\": the pool"),
    (#""partition": "pond""#, key, "no pool \"pond\""),
    (#""partition": "pool""#, [:], "AZURE_BATCH_ACCESS_KEY"),
    (#""partition": "pool""#, ["AZURE_BATCH_ACCESS_KEY": "no key"], "is not base64"),
    (#""partition": "pool""#, ["AZURE_BATCH_TOKEN": "other"], "AuthenticationFailed"),
    (#""partition": "pool", "time": "soon""#, key, "is no time limit"),
    (#""partition": "pool", "volume": "a:/b""#, key, "\"volume\""),
  ])
  func `what Azure Batch cannot be asked for is refused`(
    cluster: String, environment: [String: String], message: String
  ) async throws {
    try fixture.write(cluster)
    let result = try await fixture.run("run", "config.json", "--output", "out", environment: environment)
    #expect(result.status == 64 && result.errors.contains(message), "\(result.errors)")
  }
}
