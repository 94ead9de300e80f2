import JSON
import Pipeline
import Testing

/// What the jobs of a cluster cannot be asked for is refused where the config is read, with its place.
@Suite struct ClusterConfigTests {
  private static let download =
    #"{ "module": "download", "source": "https://e.org", "collection": "sentinel-2-l2a""#

  /// Messages as `apus validate` has them: "a.json:1:40: $.cluster.time: …".
  private func messages(_ members: String, source: String = "") -> [String] {
    let sequence = #"{ "name": "s", "modules": [\#(Self.download)\#(source) }, { "module": "ndvi" }] }"#
    return ConfigReader.read(
      Array(ConfigFixture.config(members, sequences: sequence).utf8), file: "a.json"
    ).messages
  }

  @Test(arguments: [
    (#""run_mode": "slurm", "cluster": { "time": "120" }"#, ":1:62: $.cluster.time: ", "is no time limit"),
    (#""run_mode": "slurm", "cluster": { "time": "nonsense" }"#, "$.cluster.time", "1-12:00:00"),
    (#""run_mode": "grid_engine", "cluster": { "time": "1:60:00" }"#, "$.cluster.time", "is no time limit"),
    (#""run_mode": "slurm", "cluster": { "memory": 4 }"#, "$.cluster.memory", "the minimum is 512MiB"),
    (
      #""run_mode": "slurm", "cluster": { "memory": "300MiB" }"#, "$.cluster.memory",
      "300MiB is too little memory; the minimum is 512MiB"
    ),
    (
      #""run_mode": "slurm", "cluster": { "tasks": 8, "array_limit": 3 }"#, "$.cluster.array_limit",
      "\"tasks\" is 8, and one job may have 3"
    ),
    (
      #""run_mode": "slurm", "output": { "location": "o", "upload": "s3://b/c", "delete_local": true }"#,
      "$.output.delete_local", "share the run directory"
    ),
    (
      #""run_mode": "kubernetes", "output": { "location": "s3://b/c" }"#, ":1:1: $.cluster",
      "needs \"image\": the container image"
    ),
    (
      #""run_mode": "kubernetes", "cluster": { "volume": "a:/a" }"#, "$.cluster",
      "needs \"image\": the container image"
    ),
    (
      #""run_mode": "kubernetes", "cluster": { "image": "a" }, "output": { "location": "o" }"#,
      "$.output.location", "pods see no folder of this machine"
    ),
    (
      #""run_mode": "kubernetes", "cluster": { "image": "a", "volume": "a:/a", "constraint": "gpu" }"#,
      "$.cluster.constraint", "a label and its value"
    ),
    (
      #""run_mode": "slurm", "output": { "location": "o", "pictures": { "ndvi": { "limits": [0, 1] } } }"#,
      "$.output.pictures", "this run has jobs of slurm"
    ),
    (
      #""run_mode": "slurm", "cluster": { "options": ["--exclusive", "--comment=a\ntouch b"] }"#,
      "$.cluster.options[1]", "expected one line that is not empty"
    ),
    (
      #""run_mode": "slurm", "cluster": { "options": ["--array=0-1"] }"#, "$.cluster.options[0]",
      "\"--array\" is set for each job by Apus"
    ),
    (
      #""run_mode": "slurm", "cluster": { "options": ["-d", "--comment=-d"] }"#, "$.cluster.options[0]",
      "\"-d\" is set for each job by Apus"
    ),
    (
      #""run_mode": "slurm", "cluster": { "options": ["-Jname"] }"#, "$.cluster.options[0]",
      "\"-J\" is set for each job by Apus"
    ),
    (
      #""run_mode": "grid_engine", "cluster": { "options": ["-l h_vmem=2G", "-hold_jid 7"] }"#,
      "$.cluster.options[1]", "\"-hold_jid\" is set for each job by Apus"
    ),
    (
      #""run_mode": "azure_batch", "cluster": { "image": "a" }"#, "$.cluster",
      "needs \"partition\": the pool of Azure Batch"
    ),
  ])
  func `what jobs cannot be asked for is refused`(members: String, place: String, message: String) {
    let found = messages(members)
    #expect(found.count == 1 && found[0].contains(place) && found[0].contains(message), "\(found)")
  }

  /// All keys that an engine has a use for, each with a value that can be told from the others.
  private static let values: [(key: String, value: String)] = [
    ("partition", #""long""#), ("account", #""land""#), ("constraint", #""disk=ssd""#),
    ("prepare", #""module load apus""#),
    ("program", #""/opt/apus""#), ("time", #""2:00:00""#), ("memory", #""2GiB""#), ("cpus", "4"),
    ("array_limit", "50"), ("tasks", "50"), ("options", #"["--exclusive"]"#), ("image", #""apus:1""#),
    ("namespace", #""ns""#), ("server", #""http://127.0.0.1:8001""#), ("volume", #""data:/data""#),
    ("secret", #""keys""#),
  ]

  /// The keys that do nothing for each engine.
  @Test(arguments: [
    ("slurm", ["image", "namespace", "server", "volume", "secret"]),
    ("grid_engine", ["image", "namespace", "server", "volume", "secret"]),
    ("kubernetes", ["options"]),
    ("azure_batch", ["account", "constraint", "options", "namespace", "volume", "secret"]),
  ])
  func `keys without effect are refused, and the others are read`(mode: String, idle: [String]) throws {
    func members(_ values: [(key: String, value: String)]) -> String {
      let text = values.map { "\"\($0.key)\": \($0.value)" }.joined(separator: ", ")
      return #""run_mode": "\#(mode)", "cluster": { \#(text) }"#
    }
    let all = messages(members(Self.values))
    #expect(all.count == idle.count, "\(all)")
    for key in idle {
      let words = "$.cluster.\(key): \"\(key)\" does nothing where \"run_mode\" is \"\(mode)\""
      #expect(all.contains { $0.contains(words) }, "\(all)")
    }
    let used = members(Self.values.filter { !idle.contains($0.key) })
    let sequence = #"{ "name": "s", "modules": [\#(Self.download) }, { "module": "ndvi" }] }"#
    let reading = ConfigReader.read(
      Array(ConfigFixture.config(used, sequences: sequence).utf8), file: "a.json")
    let found = try #require(reading.config, "\(reading.messages)").cluster
    var expected = ClusterSettings()
    (expected.partition, expected.account, expected.constraint) = ("long", "land", "disk=ssd")
    (expected.prepare, expected.program) = ("module load apus", "/opt/apus")
    (expected.time, expected.memory, expected.cpus) = (7200, 2 << 30, 4)
    (expected.arrayLimit, expected.tasks, expected.options) = (50, 50, ["--exclusive"])
    (expected.image, expected.namespace, expected.server) = ("apus:1", "ns", "http://127.0.0.1:8001")
    (expected.volume, expected.secret) = (ClusterSettings.Volume("data:/data"), "keys")
    #expect(expected.volume?.claim == "data" && expected.volume?.folder == "/data")
    for key in idle {
      switch key {
      case "account": expected.account = nil
      case "constraint": expected.constraint = nil
      case "options": expected.options = []
      case "image": expected.image = nil
      case "namespace": expected.namespace = nil
      case "server": expected.server = nil
      case "volume": expected.volume = nil
      default: expected.secret = nil
      }
    }
    #expect(found == expected)
  }

  @Test(arguments: ["data", "data:data", ":/data", ""])
  func `a volume is a claim and a folder`(volume: String) {
    let found = messages(
      #""run_mode": "kubernetes", "cluster": { "image": "a", "volume": "\#(volume)" }, "output": { "location": "s3://b/c" }"#
    )
    #expect(found.contains { $0.contains("$.cluster.volume: this names no claim and folder") }, "\(found)")
  }

  @Test(arguments: ["partition", "account", "constraint", "prepare", "program"])
  func `what becomes a line of a script is one line`(key: String) {
    for text in ["", #"a\nb"#] {
      let found = messages(#""run_mode": "slurm", "cluster": { "\#(key)": "\#(text)" }"#)
      #expect(
        found.count == 1 && found[0].contains("$.cluster.\(key): expected one line that is not empty"),
        "\(found)")
    }
  }

  @Test(arguments: [
    #""run_mode": "slurm", "cluster": { "memory": "512MiB", "tasks": 3, "array_limit": 3 }"#,
    #""run_mode": "slurm", "output": { "location": "s3://b/c" }"#,
    #""run_mode": "slurm", "output": { "location": "o", "upload": "s3://b/c" }"#,
    #""run_mode": "grid_engine", "cluster": { "constraint": "gpu" }"#,
    #""run_mode": "kubernetes", "cluster": { "image": "a" }, "output": { "location": "s3://b/c" }"#,
    #""run_mode": "kubernetes", "cluster": { "image": "a", "volume": "a:/a" }, "output": { "location": "o" }"#,
    #""output": { "location": "o", "upload": "s3://b/c", "delete_local": true }"#,
  ])
  func `what jobs can be asked for is read`(members: String) { #expect(messages(members) == []) }

  @Test func `settings of a cluster belong to a run on one`() {
    let found = messages(#""cluster": { "tasks": 3 }"#)
    #expect(
      found.count == 1 && found[0].contains("$.cluster: \"cluster\" does nothing where every"), "\(found)")
  }

  @Test func `copies of scenes, which one process makes, are refused where several work`() {
    let copy = #", "mode": "copy""#
    let found = messages(#""run_mode": "slurm""#, source: copy)
    #expect(
      found.count == 1 && found[0].contains("$.sequences[0].modules[0].mode")
        && found[0].contains("write \"stream\""), "\(found)")
    #expect(messages("", source: copy) == [])
  }

  @Test(arguments: [
    ("0:00:01", 1), ("2:00:00", 7200), ("02:03:04", 7384), ("36:00:00", 129_600), ("1-12:00:00", 129_600),
    ("0-0:1:0", 60),
  ])
  func `a time limit has hours, minutes and seconds`(text: String, seconds: Int) {
    #expect(ClusterSettings.seconds(text) == seconds)
  }

  @Test(arguments: [
    "", "120", "2:00", "1:2:3:4", "0:00:00", "-1:00:00", "1-", "1-2", "1-2:00", "1--1:00:00", "1:60:00",
    "1:00:60", "a:b:c",
    "+1:00:00", "1:00:00 ", "999999:00:00", "1d 2:00:00",
  ])
  func `anything else is none`(text: String) {
    #expect(ClusterSettings.seconds(text) == nil)
  }
}
