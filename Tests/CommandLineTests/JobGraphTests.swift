import Foundation
import JSON
import NetCDF
import Storage
import TestSupport
import Testing

/// Runs of several sequences with stages after the cells of dates: each is work of its own, and the same data come out.
@Suite struct JobGraphTests {
  private let bench: CommandBench

  init() async throws { bench = try await CommandBench() }

  /// - Parameter filter: members of the filter of each sequence.
  private func write(_ mode: String, after: String = "", filter: String = "") throws {
    let sequences = ["a", "b"].map { name in
      #"""
      { "name": "\#(name)", \#(name == "b" ? after : "") "modules": [
        { "module": "download", "source": "archive/items.json", "collection": "landsat-c2-l2" },
        { "module": "cloud_mask", "reject": ["cloud"] }, { "module": "ndvi" },
        { "module": "composite", "of": "ndvi", "period": "month", "statistic": "median", "as": "median" },
        { "module": "gaussian", "of": "median", "sigma": 6, "as": "smooth" \#(filter) }] }
      """#
    }
    try LocalFiles.writeAtomically(
      bench.folder + "/config.json",
      text: """
        { "pipeline": "graph", "area": "native", "dates": { "start": "2021-01-01", "end": "2021-12-31" },
          "output": { "location": "out" }, "resources": { "threads": 1, "chunk": [32, 32] }, \(mode)
          "sequences": [\(sequences.joined(separator: ","))] }
        """)
  }

  private func smooth(_ run: String) async throws -> [[UInt32]] {
    let paths = ["a", "b"].map { "\(bench.folder)/\(run)/\($0)/smooth.nc" }
    return try await NetCDFThread.run {
      try paths.map { path in
        let reader = try NetCDFFileReader(path)
        defer { try? reader.close() }
        return try reader.floats("smooth").map(\.bitPattern)
      }
    }
  }

  private func work(_ words: String...) async throws -> ProgramResult {
    try await bench.run(["work", "out"] + words)
  }

  @Test func `shards of later stages, a sequence each, give what one process gives`() async throws {
    try write("")
    #expect(try await bench.run("run", "config.json", "--output", "whole", "--progress", "none").status == 0)
    #expect(try await bench.run("run", "config.json", "--plan-only").status == 0)
    for shard in ["0/2", "1/2"] {
      #expect(try await work("--sequence", "b", "--shard", shard).status == 0)
    }
    let begun = try await bench.run("status", "out")
    #expect(
      begun.output.contains("  gaussian (stage 1): 0 chunks done, 0 with failed layers, 20 waiting\n"),
      "\(begun.output)")
    // Half of the periods are there, and the filter looks beyond its chunk.
    #expect(try await work("--sequence", "a", "--shard", "0/2").status == 0)
    let early = try await work("--sequence", "a", "--stage", "1", "--shard", "0/2")
    #expect(
      early.status == 75 && early.errors.contains("chunks of stage 1 are not computed"), "\(early.errors)")
    #expect(try await work("--sequence", "a", "--shard", "1/2").status == 0)
    for (sequence, shard) in [("a", "1/2"), ("b", "0/1"), ("a", "0/2")] {
      let result = try await work("--sequence", sequence, "--stage", "1", "--shard", shard)
      #expect(result.status == 0 && !result.output.contains(": 0 cells computed"), "\(result)")
    }
    let computed = try await bench.run("status", "out", "--json")
    let stages = try JSONParser.parse(Array(computed.output.utf8))["sequences"]?.array?.map {
      $0["stages"]?.array?.first?["done"]?.integer
    }
    #expect(stages == [20, 20], "\(computed.output)")
    let twice = try await work("--sequence", "b", "--stage", "1", "--shard", "0/1")
    #expect(twice.status == 0 && twice.output.contains(": 0 cells computed"), "\(twice)")
    #expect(try await work("--publish").status == 0)
    #expect(try await smooth("out") == smooth("whole"))
  }

  @Test(arguments: [
    (["--shard", "0/1", "--sequence", "c"], "it has \"a\", \"b\""),
    (["--shard", "0/1", "--stage", "7"], "has no stage 7"),
    (["--publish", "--stage", "1"], "belong to --shard"),
  ])
  func `parts that there are none of are refused`(words: [String], message: String) async throws {
    try write("")
    #expect(try await bench.run("run", "config.json", "--plan-only").status == 0)
    let result = try await bench.run(["work", "out"] + words)
    #expect(result.status == 64 && result.errors.contains(message), "\(result.errors)")
  }

  @Test func `sequences run at once unless one depends on the other, and the graph of jobs is shown`()
    async throws
  {
    let mode = #""run_mode": "slurm", "cluster": { "tasks": 4 },"#
    try write(mode)
    let graph = try await bench.run("run", "config.json", "--submit-only-print")
    #expect(
      graph.output.hasPrefix(
        """
        # jobs:
        #   probe
        #   shards a (4 tasks): after the success of probe
        #   layers a (4 tasks): after the end of shards a
        #   shards b (4 tasks): after the success of probe
        #   layers b (4 tasks): after the end of shards b
        #   publish: after the end of shards a, layers a, shards b, layers b

        """), "\(graph)")
    #expect(graph.output.contains("--sequence 'b' --stage 1 --shard $APUS_TASK/4"))
    try write(mode, after: #""depends_on": ["a"],"#)
    let chain = try await bench.run("run", "config.json", "--submit-only-print", "--fresh")
    #expect(chain.output.contains("#   shards b (4 tasks): after the end of layers a\n"), "\(chain)")
  }

  @Test func `a look at the jobs changes nothing, and names of folders may be any`() async throws {
    try write("")
    #expect(try await bench.run("run", "config.json", "--progress", "none").status == 0)
    let files = try FileManager.default.subpathsOfDirectory(atPath: bench.folder + "/out").sorted()
    let document = try LocalFiles.readAll(bench.folder + "/out/run.json")
    let slurm = #""run_mode": "slurm", "cluster": { "tasks": 2 },"#
    try write(slurm)
    let fresh = try await bench.run("run", "config.json", "--submit-only-print", "--fresh")
    #expect(fresh.status == 0 && fresh.output.contains("#   shards a (2 tasks)"), "\(fresh)")
    // What is there counts, as far as it is still wanted.
    try write(slurm, filter: #", "truncate": 3"#)
    let other = try await bench.run("run", "config.json", "--submit-only-print")
    #expect(other.status == 0 && !other.output.contains("shards a"), "\(other)")
    #expect(try FileManager.default.subpathsOfDirectory(atPath: bench.folder + "/out").sorted() == files)
    #expect(try LocalFiles.readAll(bench.folder + "/out/run.json") == document)
    let named = try await bench.run("run", "config.json", "--submit-only-print", "--output", "50% of all")
    #expect(named.output.contains("50%% of all/ledger/logs/probe-0.log\""), "\(named)")
    #expect(named.output.contains("#SBATCH --output=\"/"))
  }

  @Test func `a module with another run_mode gets a job of its own, which waits only for what it needs`()
    async throws
  {
    let local = #", "run_mode": "local""#
    try write(#""run_mode": "slurm", "cluster": { "tasks": 4 },"#, filter: local)
    let graph = try await bench.run("run", "config.json", "--submit-only-print")
    #expect(
      graph.output.hasPrefix(
        """
        # jobs:
        #   probe
        #   shards a (4 tasks): after the success of probe
        #   layers a (local): after the end of shards a
        #   shards b (4 tasks): after the success of probe
        #   layers b (local): after the end of shards b
        #   publish: after the end of shards a, layers a, shards b, layers b

        """), "\(graph)")
    // Small as it is, it is not for the process that publishes.
    try write("", filter: local.replacing("local", with: "slurm"))
    let other = try await bench.run("run", "config.json", "--submit-only-print", "--fresh")
    #expect(
      other.output.hasPrefix(
        """
        # jobs:
        #   probe
        #   shards a (local)
        #   layers a (1 task): after the end of shards a
        #   shards b (local)
        #   layers b (1 task): after the end of shards b
        #   publish (local): after the end of shards a, layers a, shards b, layers b

        """), "\(other)")
    // What is local is no script; a job that waits for no other of the cluster waits for the probe.
    #expect(other.output.components(separatedBy: "#SBATCH --dependency=afterok:<apus-").count == 3)
    #expect(other.output.components(separatedBy: "#!/bin/sh").count == 4, "\(other.output)")
    try write(#""run_mode": "local","#, filter: local)
    #expect(try await bench.run("run", "config.json", "--submit-only-print", "--fresh").status == 64)
  }
}
