import Foundation
import Glibc
import JSON
import Pipeline
import Storage
import TestSupport
import Testing

/// A run whose parts are computed by processes of their own, as tasks of a cluster are: the same data come out.
@Suite struct WorkTests {
  private func planned(_ bench: CommandBench) async throws -> [String: [UInt32]] {
    bench.mask["dilate"] = 3
    bench.config["resources"] = ["threads": 1, "chunk": [32, 32]]
    #expect(try await bench.runPipeline("--output", "whole").status == 0)
    let plan = try await bench.runPipeline("--plan-only")
    #expect(plan.status == 0 && plan.output == "out\n", "\(plan.errors)")
    return try await bench.data("whole")
  }

  private func work(_ bench: CommandBench, _ arguments: String...) async throws -> ProgramResult {
    try await bench.run(["work", "out"] + arguments)
  }

  @Test func `parts in any order, twice and at once, give what one process gives`() async throws {
    let bench = try await CommandBench()
    let whole = try await planned(bench)
    let early = try await work(bench, "--publish")
    #expect(
      early.status == 75 && early.errors.contains("20 of 20 chunks are not computed"), "\(early.errors)")
    #expect(try await work(bench, "--probe").status == 0)
    #expect(try await work(bench, "--shard", "2/3").output.contains("out: shard 2/3: "))
    let commands = [["0/3"], ["0/3"], ["1/3", "--threads", "2"]].map {
      bench.command(["work", "out", "--shard"] + $0)
    }
    try await withThrowingTaskGroup(of: ProgramResult.self) { group in
      for command in commands { group.addTask { try await command.run() } }
      for try await result in group { #expect(result.status == 0, "\(result.errors)") }
    }
    let late = try await work(bench, "--shard", "2/3")
    #expect(late.status == 0 && late.output.contains(": 0 cells computed, "), "\(late.output)")
    let status = try await bench.run("status", "out")
    #expect(status.output.contains(" 0 failed, 0 waiting"), "\(status.output)")
    let published = try await work(bench, "--publish")
    #expect(published.status == 0, "\(published.errors)")
    #expect(try await bench.data() == whole)
    func modules(_ run: String) throws -> JSONValue? {
      try bench.json("\(run)/summary.json")["sequences"]?.array?.first?["cells"]?.plain
    }
    #expect(try modules("out") == modules("whole"))
    // A task that was forgotten and wakes up after all is done changes nothing.
    #expect(try await work(bench, "--shard", "1/3").status == 0)
    #expect(try await bench.data() == whole)
    #expect(try await bench.run("status", "out").output.contains("complete"))
    // Everything it wrote is the run's own.
    #expect(try await bench.runPipeline("--fresh").status == 0)
    #expect(!LocalFiles.exists(bench.folder + "/out/ledger/work"))
  }

  @Test func `a run goes on with the config that it was planned with`() async throws {
    let bench = try await CommandBench()
    let whole = try await planned(bench)
    #expect(try await work(bench, "--shard", "0/2").status == 0)
    bench.mask["dilate"] = 9
    try bench.write()
    let changed = try await work(bench, "--shard", "1/2")
    #expect(changed.status == 0, "\(changed.errors)")
    try LocalFiles.remove(bench.folder + "/config.json")
    let published = try await work(bench, "--publish")
    #expect(published.status == 0, "\(published.errors)")
    #expect(try await bench.data() == whole)
    // One that is computed by a single process needs no copy, and says how to come by one.
    let single = try await work(bench, "--probe")
    #expect(single.status == 0, "\(single.errors)")
    try bench.write()
    let alone = try await bench.run(["work", "whole", "--probe"])
    #expect(alone.status == 64 && alone.errors.contains("--plan-only does that"), "\(alone.errors)")
  }

  @Test func `tasks that are killed at any moment are made good by others`() async throws {
    let bench = try await CommandBench()
    let whole = try await planned(bench)
    for attempt in 0..<10 {
      let command = bench.command(["work", "out", "--shard", "\(attempt % 2)/2"])
      try await command.run { running in
        try await running.send(SIGKILL, after: .milliseconds(40 + attempt * 12))
      }
    }
    for shard in ["0/2", "1/2"] { #expect(try await work(bench, "--shard", shard).status == 0) }
    #expect(try await work(bench, "--publish").status == 0)
    #expect(try await bench.data() == whole)
  }

  @Test func `scenes that are to be copied are refused before anything is written`() async throws {
    let bench = try await CommandBench()
    bench.download["mode"] = "copy"
    let plan = try await bench.runPipeline("--plan-only")
    #expect(plan.status == 64 && plan.errors.contains("copies its scenes"), "\(plan.errors)")
    #expect(!LocalFiles.exists(bench.folder + "/out"))
  }

  @Test func `a task that wakes up when all is published leaves no chunks behind`() async throws {
    let bench = try await CommandBench()
    let whole = try await planned(bench)
    let store = bench.folder + "/out/store.zarr"
    func chunks() throws -> Int {
      guard LocalFiles.isDirectory(store) else { return 0 }
      return try FileManager.default.subpathsOfDirectory(atPath: store).count {
        Int(LocalFiles.name(of: $0)) != nil
      }
    }
    let before = try chunks()
    let late = try await bench.command(["work", "out", "--shard", "0/1"]).run { running in
      while running.isRunning, try chunks() == before { try await Task.sleep(for: .milliseconds(2)) }
      running.send(SIGSTOP)
      #expect(try await work(bench, "--shard", "0/1").status == 0)
      #expect(try await work(bench, "--publish").status == 0)
      #expect(try chunks() == 0)
      running.send(SIGCONT)
    }
    #expect(late.status == 0 && !late.output.contains(": 0 cells computed"), "\(late)")
    #expect(!LocalFiles.exists(store))
    // One that is killed after it was late has no time for that: the next look at the run sees to it.
    try LocalFiles.createDirectory("\(store)/landsat/ndvi/0/0")
    try LocalFiles.writeAtomically("\(store)/landsat/ndvi/0/0/0", text: "late")
    #expect(try await bench.runPipeline("--plan-only").status == 0)
    #expect(try chunks() == 0)
    #expect(try await bench.data() == whole)
  }

  @Test(arguments: [1, 3, 6])
  func `a task whose files cannot grow says so and ends with 75, and another makes it good`(
    blocks: Int
  ) async throws {
    let bench = try await CommandBench()
    let whole = try await planned(bench)
    let full = try await bench.shell(#"ulimit -f \#(blocks); "$0" work out --shard 0/1"#)
    #expect(
      full.status == 75 && full.errors.contains("File too large") && full.errors.contains("try again"),
      "\(full.errors)")
    #expect(try await work(bench, "--publish").status == 75)
    #expect(try await work(bench, "--shard", "0/1").status == 0)
    #expect(try await work(bench, "--publish").status == 0)
    #expect(try await bench.data() == whole)
  }

  /// Whether this process may mount a file system of a certain size, in a name space of its own.
  private static let canMount = Task {
    let script = "mount -t tmpfs -o size=64k none /mnt"
    return try await Program(["unshare", "-m", "sh", "-c", script]).run().status == 0
  }

  @Test(.enabled("where a file system can be mounted") { try await canMount.value })
  func `a task whose disk is full says how much room there is and ends with 75`() async throws {
    let bench = try await CommandBench()
    let whole = try await planned(bench)
    let script = #"""
      mkdir full && mount -t tmpfs -o size=200k none full || exit 96
      "$0" run config.json --plan-only --output full/out >&2 || exit 97
      "$0" work full/out --shard 0/1; status=$?
      mount -o remount,size=64m full || exit 98
      "$0" work full/out --shard 0/1 >&2 && "$0" work full/out --publish >&2 || exit 99
      rm -rf out; cp -r full/out out; exit $status
      """#
    let result = try await Program(
      ["unshare", "-m", "sh", "-c", script, Project.apus], in: bench.folder
    ).run()
    #expect(
      result.status == 75 && result.errors.contains("No space left on device")
        && result.errors.contains("free in full/out/") && result.errors.contains("make room there"),
      "\(result.status): \(result.errors)")
    #expect(try await bench.data() == whole)
  }

  @Test(.enabled("where a file system can be mounted") { try await canMount.value })
  func `a run directory that may not be written to is said, and worth no other try`() async throws {
    let bench = try await CommandBench()
    #expect(try await bench.runPipeline("--plan-only").status == 0)
    let script = #"""
      mount --bind out out && mount -o remount,bind,ro out || exit 96
      "$0" work out --probe
      """#
    let result = try await Program(
      ["unshare", "-m", "sh", "-c", script, Project.apus], in: bench.folder
    ).run()
    #expect(
      result.status == 64 && result.errors.contains("Read-only file system")
        && result.errors.contains("may not write to the run directory"), "\(result.status): \(result.errors)")
  }

  @Test func `chunks that are asked for larger than the grid are those that the run has`() async throws {
    let bench = try await CommandBench()
    bench.config["resources"] = ["threads": 1, "chunk": [4096, 120]]
    #expect(try await bench.runPipeline("--plan-only").status == 0)
    #expect(try await work(bench, "--shard", "0/1").status == 0)
    let published = try await work(bench, "--publish")
    #expect(published.status == 0, "\(published.errors)")
    let again = try await bench.runPipeline()
    #expect(again.status == 0, "\(again.errors)")
    // The grid has 100 rows and 150 columns.
    bench.config["resources"] = ["threads": 1, "chunk": [4096, 100]]
    let other = try await bench.runPipeline()
    #expect(other.status == 64 && other.errors.contains("other chunks"), "\(other.errors)")
  }

  @Test func `cells that fail are losses, and another task may make them good`() async throws {
    let bench = try await CommandBench()
    let whole = try await planned(bench)
    let band = try bench.file("SR_B4")
    let bytes = try LocalFiles.readAll(band)
    try LocalFiles.writeAtomically(band, Array(bytes.prefix(bytes.count / 2)))
    // Another file than the one that the run was planned with.
    let other = try await work(bench, "--shard", "0/1")
    #expect(
      other.status == 1 && other.errors.contains("is not what the run was planned with"), "\(other.errors)")
    #expect(try await bench.runPipeline("--plan-only").status == 0)
    let lossy = try await work(bench, "--shard", "0/1")
    #expect(lossy.status == 1, "\(lossy.errors)")
    #expect(try await bench.run("status", "out").output.contains("loss on 2021-03-02"))
    // What cannot be had is no reason to wait for ever: the rest is published, with the loss.
    let partly = try await work(bench, "--publish")
    #expect(partly.status == 1 && !partly.errors.contains("are not computed"), "\(partly.errors)")
    #expect(LocalFiles.exists(bench.folder + "/out/summary.json"))
    try LocalFiles.writeAtomically(band, bytes)
    #expect(try await bench.runPipeline("--plan-only").status == 0)
    #expect(try await work(bench, "--shard", "0/1").status == 0)
    #expect(try await work(bench, "--publish").status == 0)
    #expect(try await bench.data() == whole)
  }

  @Test func `what a task makes good after files were published with losses is not computed again`()
    async throws
  {
    let bench = try await CommandBench()
    let whole = try await planned(bench)
    let band = try bench.file("SR_B4")
    // A disk that gives wrong bytes for a while: size and time of change stay.
    let damaging = """
      cp -p \(band) kept && size=$(stat -c %s kept) && tr '\\0' U < /dev/zero | head -c $((size / 2)) \
        | dd of=\(band) bs=1 seek=$((size - size / 2)) conv=notrunc 2>/dev/null && touch -r kept \(band)
      """
    #expect(try await bench.shell(damaging).status == 0)
    #expect(try await work(bench, "--shard", "0/1").status == 1)
    #expect(try await work(bench, "--publish").status == 1)
    #expect(try await bench.shell("cp -p kept \(band)").status == 0)
    // Times of ledgers are in seconds.
    try await Task.sleep(for: .milliseconds(1100))
    #expect(try await work(bench, "--shard", "0/1").status == 0)
    let status = try await bench.run("status", "out")
    #expect(status.status == 0 && status.output.contains(" 0 failed, 0 waiting"), "\(status.output)")
    let published = try await work(bench, "--publish")
    #expect(
      published.status == 0 && published.errors.contains("landsat: 120 cells, 20 chunks kept"),
      "\(published.errors)")
    #expect(try await bench.data() == whole)
  }

  @Test(arguments: [
    (["work", "out", "--shard", "3/3"], "write I/N"), (["work", "out"], "give one of --shard"),
    (["work", "nowhere", "--shard", "0/1"], "cannot be seen from"),
    (["work", "archive", "--probe"], "holds no run of Apus"),
    (["cancel", "archive"], "has no jobs on a cluster"),
    (["run", "config.json", "--wait"], "are for a cluster"),
    (["run", "config.json", "--wait", "--plan-only"], "--plan-only and --wait exclude each other"),
    (["run", "config.json", "--submit-only-print", "--plan-only"], "exclude each other"),
  ])
  func `what cannot be worked on is said`(words: [String], message: String) async throws {
    let bench = try await CommandBench()
    try bench.write()
    let result = try await bench.run(words)
    #expect(result.status == 64 && result.errors.contains(message), "\(result.errors)")
  }

  @Test func `a node that does not fit is named by its probe`() async throws {
    let bench = try await CommandBench()
    #expect(try await bench.runPipeline("--plan-only").status == 0)
    let version = try #require(try bench.json("out/run.json")["apus"]?.string)
    func probe(_ version: String, skew: Int = 0) async throws -> String {
      let worker = try await ShardWorker(
        bench.folder + "/out", version: version, threads: nil, memory: nil
      ) { _ in }
      do {
        try worker.probe(now: time(nil) + skew)
        return ""
      } catch {
        return "\(error)"
      }
    }
    #expect(try await probe(version) == "")
    #expect(try await probe(version, skew: 30) == "")
    #expect(try await probe(version, skew: 300).contains("set the clocks (NTP)"))
    #expect(try await probe(version, skew: -300).contains("set the clocks (NTP)"))
    #expect(try await probe("0.0.1").contains("planned by apus \(version), and this is 0.0.1"))
    // Nothing is left of it.
    #expect(try LocalFiles.list(bench.folder + "/out/ledger/work").isEmpty)
  }

  @Test func `keys of a cluster are checked, and the jobs can be looked at`() async throws {
    let bench = try await CommandBench()
    bench.config["run_mode"] = "slurm"
    bench.config["cluster"] = ["partitions": "main", "memory": "much"]
    let wrong = try await bench.runPipeline()
    #expect(
      wrong.status == 64 && wrong.errors.contains("partition")
        && wrong.errors.contains("expected an amount of memory"))
    bench.config["cluster"] = [
      "partition": "main", "time": "1:00:00", "tasks": 4, "options": ["--exclusive"],
      "prepare": "module load gdal",
    ]
    let printed = try await bench.runPipeline("--submit-only-print")
    #expect(printed.status == 0, "\(printed.errors)")
    for line in [
      "#SBATCH --partition=main", "#SBATCH --time=1:00:00", "#SBATCH --array=0-3", "#SBATCH --exclusive",
      "module load gdal", "#SBATCH --mem=768M", "--shard $APUS_TASK/4", "#SBATCH --dependency=afterany:",
      "#SBATCH --requeue", "scontrol requeue",
    ] {
      #expect(printed.output.contains(line), "\(line)")
    }
    // What the engine is asked for and what a task keeps to are one number, but for what is beside it.
    #expect(printed.output.contains("--memory 536870912 "))
    bench.config["cluster"] = ["memory": "2GiB"]
    let larger = try await bench.runPipeline("--submit-only-print")
    #expect(larger.output.contains("#SBATCH --mem=2048M"))
    #expect(larger.output.contains("--memory \((2048 - 256) << 20) "), "\(larger.output)")
    bench.config["run_mode"] = "local"
    let idle = try await bench.runPipeline()
    #expect(idle.status == 64 && idle.errors.contains("does nothing where"), "\(idle.errors)")
  }
}
