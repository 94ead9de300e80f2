import Foundation
import Glibc
import JSON
import Storage
import TestSupport
import Testing

/// Jobs of Grid Engine, with programs in its commands' places that run a job at once when it is submitted: tasks have
/// numbers from 1 on, and a job is known until it has ended.
@Suite struct GridEngineTests {
  /// Runs each task of the script on its standard input, as `#$ -t` says, and tells of nothing in `qstat`.
  private static let commands = [
    "qconf": "echo 'max_aj_tasks                 75000'",
    "qstat": "[ ! -e listed ] || cat listed",
    "qdel": "echo \"$@\" > deleted",
    "qsub": #"""
    [ ! -e refused ] || { echo 'Unable to run job: unknown queue "nosuch"' >&2; exit 1; }
    number=$(($(cat jobs 2>/dev/null || echo 0) + 1)); echo $number > jobs
    cat > job.$number
    last=$(sed -n 's/^#\$ -t 1-//p' job.$number)
    [ -e listed ] || for task in $(seq "${last:-1}"); do
      log=$(sed -n 's/^#\$ -o //p' job.$number | sed "s/\$TASK_ID/$task/")
      SGE_TASK_ID=${last:+$task} sh job.$number >> "$log" 2>&1
      status=$?
      [ $status != 99 ] || { SGE_TASK_ID=${last:+$task} RESTARTED=1 sh job.$number >> again.log 2>&1; status=$?; echo "$task" >> again; }
      [ $status = 0 ] || echo "job $number task $task: $status" >> ended
    done
    echo "$number${last:+.1-$last:1}"
    """#,
  ]

  private let bench: CommandBench

  init() async throws {
    bench = try await CommandBench()
    try LocalFiles.createDirectory(bench.folder + "/bin")
    for (name, script) in Self.commands {
      let path = "\(bench.folder)/bin/\(name)"
      try LocalFiles.writeAtomically(path, text: "#!/bin/sh\ncd '\(bench.folder)'\n\(script)\n")
      chmod(path, 0o755)
    }
    bench.config["resources"] = ["threads": 1, "chunk": [32, 32]]
  }

  private func run(_ words: String...) async throws -> ProgramResult {
    var command = bench.command(words)
    let variables = ProcessInfo.processInfo.environment
    command.environment = variables.merging(["PATH": "\(bench.folder)/bin:\(variables["PATH"] ?? "")"]) { $1 }
    return try await command.run()
  }

  private func write(_ cluster: [String: Any]) throws {
    bench.config["run_mode"] = "grid_engine"
    bench.config["cluster"] = cluster
    try bench.write()
  }

  @Test func `the data are those of a local run, and a task that died is submitted again`() async throws {
    #expect(try await bench.runPipeline("--output", "whole").status == 0)
    let whole = try await bench.data("whole")
    // The third of four dies once: when it comes again it is the first of its job.
    try write(["tasks": 4, "prepare": "[ \"$SGE_TASK_ID\" != 3 ] || kill -9 $$"])
    let first = try await run("run", "config.json", "--wait")
    #expect(first.status == 75, "\(first.errors)")
    let again = try await run("run", "config.json", "--wait")
    #expect(again.status == 0 && again.errors.contains("; 1 tasks compute"), "\(again.errors)")
    let script = String(decoding: try LocalFiles.readAll(bench.folder + "/job.5"), as: UTF8.self)
    #expect(script.contains("#$ -t 1-1\n") && script.contains("\nset -- 2\n"), "\(script)")
    // The engine counts from 1, and anew in each job; logs have the shards' own numbers.
    let logs = try LocalFiles.list(bench.folder + "/out/ledger/logs").filter { $0.hasPrefix("shards") }
    #expect(logs.sorted() == (0..<4).map { "shards-\($0).log" })
    #expect(try await bench.data() == whole)
    // Into how many parts the rest is divided is the config's to say.
    try write(["tasks": 2])
    #expect(try await run("run", "config.json", "--fresh", "--wait").status == 0)
    let parts = String(decoding: try LocalFiles.readAll(bench.folder + "/job.8"), as: UTF8.self)
    #expect(parts.contains("/2 ") || parts.contains("/2 ||"), "\(parts)")
    try write(["tasks": 75001])
    let many = try await run("run", "config.json", "--fresh")
    #expect(many.status == 64 && many.errors.contains("takes at most 75000 tasks"), "\(many.errors)")
  }

  @Test func `what is asked of the engine, and what it says, are seen`() async throws {
    let listed = bench.folder + "/listed"
    try LocalFiles.writeAtomically(listed, text: "")
    try write([
      "tasks": 2, "cpus": 2, "partition": "long.q", "account": "maule", "time": "1:00:00", "memory": "2GiB",
      "constraint": "arch=lx-amd64", "options": ["-p -10"],
    ])
    #expect(try await run("run", "config.json").status == 0)
    let script = String(decoding: try LocalFiles.readAll(bench.folder + "/job.2"), as: UTF8.self)
    for line in [
      "-q long.q", "-A maule", "-l h_rt=1:00:00", "-l mem_free=2048M", "-pe smp 2", "-l arch=lx-amd64",
      "-p -10", "-t 1-2", "-hold_jid 1", "-r y",
    ] {
      #expect(script.contains("#$ \(line)\n"), "\(line)")
    }
    let jobs = try bench.json("out/cluster.json")["jobs"]?.array ?? []
    let name = (jobs.first?["name"]?.string ?? "").prefix(10)
    // Names are cut after ten characters; the third number has gone to somebody else.
    try LocalFiles.writeAtomically(
      listed,
      text: """
        job-ID  prior   name       user  state submit/start at     queue          slots ja-task-ID
        ------------------------------------------------------------------------------------------
              1 0.55500 \(name) root  Eqw   11/28/2026 23:00:00                    1
              2 0.00000 \(name) root  hqw   11/28/2026 23:00:00                    1 1
              2 0.55500 \(name) root  r     11/28/2026 23:00:00 all.q@n1           1 2
              3 0.55500 other      root  r     11/28/2026 23:00:00 all.q@n1           1
              9 0.55500 other      root  r     11/28/2026 23:00:00 all.q@n1           1

        """)
    let status = try await run("status", "out")
    #expect(status.output.contains("publish 3: no longer listed"), "\(status.output)")
    #expect(
      status.output.contains("shards 2: 0 done, 1 running, 1 waiting, 0 failed: hqw"), "\(status.output)")
    #expect(status.output.contains("  shards: 1 running, 0 waiting\n"), "\(status.output)")
    #expect(status.output.contains("1 failed: Eqw (qstat -j 1 tells why)"), "\(status.output)")
    #expect(try await run("run", "config.json").errors.contains("are still at work"))
    #expect(try await run("cancel", "out").status == 0)
    let deleted = String(decoding: try LocalFiles.readAll(bench.folder + "/deleted"), as: UTF8.self)
    #expect(deleted == "2\n")
  }

  @Test func `a job that it refuses is told of in its words`() async throws {
    try LocalFiles.writeAtomically(bench.folder + "/refused", text: "")
    try write(["partition": "nosuch"])
    let result = try await run("run", "config.json")
    #expect(result.status == 64 && result.errors.contains("unknown queue"), "\(result.errors)")
  }

  @Test func `a task that says "try again" is put back into the queue once`() async throws {
    #expect(try await bench.runPipeline("--output", "whole").status == 0)
    let whole = try await bench.data("whole")
    // The second task's node cannot write to the store yet.
    let hides =
      "if [ \"${RESTARTED:-0}\" = 1 ]; then rm out/store.zarr; mv hidden out/store.zarr; else mv out/store.zarr hidden; : > out/store.zarr; fi"
    try write(["tasks": 3, "prepare": "[ \"$SGE_TASK_ID\" != 2 ] || \(hides)"])
    let result = try await run("run", "config.json", "--wait")
    #expect(result.status == 0, "\(result.errors)")
    #expect(try await bench.data() == whole)
    #expect(String(decoding: try LocalFiles.readAll(bench.folder + "/again"), as: UTF8.self) == "2\n")
    #expect(!LocalFiles.exists(bench.folder + "/ended"))
  }
}
