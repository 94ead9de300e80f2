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
      #""run_mode": "azure_batch", "cluster": { "image": "a" }"#, "$.cluster",
      "needs \"partition\": the pool of Azure Batch"
    ),
  ])
  func `what jobs cannot be asked for is refused`(members: String, place: String, message: String) {
    let found = messages(members)
    #expect(found.count == 1 && found[0].contains(place) && found[0].contains(message), "\(found)")
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
