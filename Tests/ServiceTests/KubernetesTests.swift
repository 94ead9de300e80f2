import Storage
import TestSupport
import Testing

/// Runs as indexed jobs of Kubernetes, on a server of the tests' own (scripts/services/kubernetes).
@Suite struct KubernetesTests {
  private static let server = Task { try await TestServer(["kubernetes", "{port}"], path: "/") }
  private let fixture: ClusterFixture

  init() async throws {
    fixture = try await ClusterFixture(try await Self.server.value, mode: "kubernetes")
  }

  @Test func `the data are those of a local run, also where a pod says "try again"`() async throws {
    try fixture.write(nil)
    #expect(
      try await fixture.run("run", "config.json", "--output", "local", "--progress", "none").status == 0)
    // The second task's first pod finds its volume not there yet.
    let late =
      #"[ \"${APUS_TASK:-0}\" != 1 ] || [ -e \#(fixture.folder.path)/mounted ] || { touch \#(fixture.folder.path)/mounted; exit 75; }"#
    try fixture.write(#""image": "apus", "tasks": 3, "prepare": "\#(late)""#)
    let result = try await fixture.run("run", "config.json", "--output", "out", "--wait")
    #expect(result.status == 0, "\(result.errors)")
    #expect(LocalFiles.exists(fixture.folder.file("mounted")))
    #expect(try await fixture.data("out") == fixture.data("local"))
    let status = try await fixture.run("status", "out")
    #expect(status.output.contains(": 3 done, 0 running, 0 waiting, 0 failed"), "\(status.output)")
  }

  @Test func `a pod that fails is no reason to publish, and the same command makes the run complete`()
    async throws
  {
    try fixture.write(
      #""image": "apus", "tasks": 2, "prepare": "[ \"${APUS_TASK:-0}\" != 1 ] || [ -e healed ] || exit 64""#)
    let first = try await fixture.run("run", "config.json", "--output", "out", "--wait")
    #expect(first.status == 75, "\(first.errors)")
    let status = try await fixture.run("status", "out")
    #expect(status.output.contains("1 done, 0 running, 0 waiting, 1 failed"), "\(status.output)")
    #expect(status.output.contains("\n  shards: 0 done, 1 failed\n"), "\(status.output)")
    #expect(status.output.contains("s: not complete: shard 1 of 2\n"), "\(status.output)")
    try fixture.write(#""image": "apus", "tasks": 2"#)
    let again = try await fixture.run("run", "config.json", "--output", "out", "--wait")
    #expect(again.status == 0, "\(again.errors)")
    #expect(try await !fixture.run("status", "out").output.contains("not complete"))
  }

  @Test(arguments: [
    (#""tasks": 1"#, "needs \"image\""), (#""image": "a", "time": "soon""#, "is no time limit"),
    (#""image": "a", "options": ["--exclusive"]"#, "\"options\""),
  ])
  func `what Kubernetes cannot be asked for is refused`(cluster: String, message: String) async throws {
    try fixture.write(cluster)
    let result = try await fixture.run("run", "config.json", "--output", "out")
    #expect(result.status == 64 && result.errors.contains(message), "\(result.errors)")
  }

  /// How many jobs the server has.
  static func jobs(_ server: TestServer) async throws -> String {
    let script = """
      import json, sys, urllib.request
      request = urllib.request.Request(sys.argv[1] + "/apis/batch/v1/namespaces/default/jobs")
      request.add_header("Authorization", "Bearer secret")
      print(len(json.load(urllib.request.urlopen(request))["items"]), end="")
      """
    return try await Program(["python3", "-c", script, server.url]).output()
  }

  @Test func `the token is for the server that the user names, and no other`() async throws {
    let server = try await TestServer(["kubernetes", "{port}"], environment: ["TOKEN": "1"], path: "/")
    let fixture = try await ClusterFixture(server, mode: "kubernetes")
    try fixture.write(#""image": "apus", "tasks": 2"#)
    let token = ["KUBERNETES_TOKEN": "secret"]
    let begun = try await fixture.run("run", "config.json", "--output", "out", environment: token)
    #expect(begun.status == 0, "\(begun.errors)")
    // Nobody starts the jobs that wait for the probe.
    #expect(begun.errors.contains("starts those that are due"), "\(begun.errors)")
    // The address is in the run directory alone.
    let unnamed = try await fixture.run("status", "out", environment: token)
    #expect(unnamed.output.contains("KUBERNETES_SERVER names the server"), "\(unnamed.output)")
    let named = try await fixture.run(
      "status", "out", environment: token.merging(["KUBERNETES_SERVER": server.url]) { $1 })
    #expect(named.output.contains("kubernetes: probe http"), "\(named.output)")
  }

  @Test func `a queue is told of jobs when they are due, and a lost answer makes no second job`() async throws
  {
    let server = try await TestServer(
      ["kubernetes", "{port}"], environment: ["LOSES_ANSWERS": "1"], path: "/")
    let fixture = try await ClusterFixture(server, mode: "kubernetes")
    try fixture.write(#""image": "apus", "tasks": 2, "partition": "queue", "prepare": "sleep 1""#)
    let result = try await fixture.run("run", "config.json", "--output", "out", "--wait")
    // Were the publishing begun beside the shards, it would find nothing and the run be not complete.
    #expect(result.status == 0, "\(result.errors)")
    #expect(try await Self.jobs(server) == "4")
  }

  /// Asks for the state of a run until the line of a job has these words.
  ///
  /// - Returns: that line, or what it was in the end.
  private func line(
    _ fixture: ClusterFixture, _ run: String, of kind: String, until words: String
  ) async throws -> String {
    var line = ""
    for _ in 0..<1500 {
      let status = try await fixture.run("status", run)
      line =
        status.output.split(separator: "\n").first { $0.hasPrefix("kubernetes: \(kind) ") }.map(String.init)
        ?? ""
      if line.contains(words) { break }
      try await Task.sleep(for: .milliseconds(100))
    }
    return line
  }

  @Test func `looking at a run starts none of its jobs, nor does cancelling; the same command does`()
    async throws
  {
    let server = try await TestServer(["kubernetes", "{port}"], path: "/")
    let fixture = try await ClusterFixture(server, mode: "kubernetes")
    try fixture.write(#""image": "apus", "tasks": 2"#)
    func logs(_ kind: String) throws -> Int {
      try LocalFiles.list(fixture.folder.file("out/ledger/logs")).count { $0.hasPrefix(kind) }
    }
    #expect(try await fixture.run("run", "config.json", "--output", "out").status == 0)
    let probe = try await line(fixture, "out", of: "probe", until: ": 1 done")
    #expect(probe.contains(": 1 done"))
    for _ in 0..<3 {
      let shards = try await line(fixture, "out", of: "shards", until: "2 waiting")
      #expect(
        shards.contains("0 running, 2 waiting") && shards.contains("due: `apus run` starts it"), "\(shards)")
      let publish = try await line(fixture, "out", of: "publish", until: "1 waiting")
      #expect(publish.contains("1 waiting") && !publish.contains("due"), "\(publish)")
    }
    #expect(try logs("shards") == 0)
    let back = try await fixture.run("run", "config.json", "--output", "out")
    #expect(back.status == 0 && back.errors.contains("are still at work"), "\(back.errors)")
    let shards = try await line(fixture, "out", of: "shards", until: ": 2 done")
    #expect(try shards.contains(": 2 done") && logs("shards") == 2, "\(shards)")
    let cancelled = try await fixture.run("cancel", "out")
    #expect(cancelled.output.contains("layers ") && cancelled.output.contains("publish "), "\(cancelled)")
    #expect(try await Self.jobs(server) == "2")
    #expect(try logs("layers") == 0)
  }

  @Test func `a job whose probe failed is shown as such until the same command removes it`() async throws {
    let server = try await TestServer(["kubernetes", "{port}"], path: "/")
    let fixture = try await ClusterFixture(server, mode: "kubernetes")
    try fixture.write(#""image": "apus", "tasks": 2, "prepare": "exit 64""#)
    #expect(try await fixture.run("run", "config.json", "--output", "out").status == 0)
    let shards = try await line(fixture, "out", of: "shards", until: "failed")
    #expect(shards.contains("2 waiting") && shards.contains("a job that it waits for failed"), "\(shards)")
    #expect(try await Self.jobs(server) == "4")
    try fixture.write(#""image": "apus", "tasks": 2"#)
    let again = try await fixture.run("run", "config.json", "--output", "out", "--wait")
    #expect(
      again.status == 64 && again.errors.contains("is not the one that they were submitted with"), "\(again)")
    #expect(try await fixture.run("cancel", "out").status == 0)
    #expect(try await Self.jobs(server) == "1")
    let last = try await fixture.run("run", "config.json", "--output", "out", "--wait")
    #expect(last.status == 0, "\(last.errors)")
  }

  @Test func `a job that cannot be made is not shown as one`() async throws {
    try fixture.write(#""tasks": 1"#)
    let result = try await fixture.run("run", "config.json", "--output", "out", "--submit-only-print")
    #expect(result.status == 64 && result.errors.contains("needs \"image\""), "\(result.errors)")
    #expect(!result.output.contains("null"))
  }
}
