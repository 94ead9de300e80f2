import Foundation
import Glibc
import JSON
import NetCDF
import Storage
import TestSupport
import Testing

/// Runs on a Slurm of their own (scripts/services/slurm), one for all of them.
@Suite(.serialized) struct SlurmTests {
  private static let cluster = Task { () -> (process: ServerProcess, conf: String) in
    let folder = try makeSharedFolder()
    // Below the ports that other servers of tests are given.
    let port = 10_000 + Int(getpid() % 600) * 8
    let process = try await ServerProcess(
      [
        Project.folder + "/scripts/services/supervise", Project.folder + "/scripts/services/slurm", folder,
        "\(port)", "3",
      ], environment: ProcessInfo.processInfo.environment)
    for _ in 0..<3000 where process.isRunning {
      if process.log.contains("ready") { return (process, folder + "/slurm.conf") }
      try await Task.sleep(for: .milliseconds(100))
    }
    throw ServerFailure("Slurm does not start: \(process.log)")
  }

  private let folder: TemporaryFolder
  private let environment: [String: String]

  init() async throws {
    folder = try TemporaryFolder()
    let conf = try await Self.cluster.value.conf
    environment = ProcessInfo.processInfo.environment.merging(["SLURM_CONF": conf]) { $1 }
    try await Program(
      [
        Project.apus, "simulate", "archive", "--dates", "4", "--size", "160x96", "--bands",
        "red,nir08,qa_pixel", "--quiet",
      ], in: folder.path
    ).output()
  }

  /// - Parameters:
  ///   - sourceMode: the `run_mode` of the first module; nil for none.
  ///   - filterMode: that of the last.
  private func write(
    _ name: String, mode: String, _ cluster: String = "", sourceMode: String? = nil, filterMode: String? = nil
  ) throws {
    let sourceMode = sourceMode.map { #", "run_mode": "\#($0)""# } ?? ""
    let filterMode = filterMode.map { #", "run_mode": "\#($0)""# } ?? ""
    try LocalFiles.writeAtomically(
      folder.file(name),
      text: """
        { "pipeline": "cluster", "area": "native", "dates": { "start": "2021-01-01", "end": "2021-12-31" },
          "run_mode": "\(mode)", \(cluster) "resources": { "chunk": 32, "threads": 1, "memory": "256MiB" },
          "sequences": [{ "name": "s", "modules": [
            { "module": "download", "source": "archive/items.json", "collection": "landsat-c2-l2" \(sourceMode) },
            { "module": "cloud_mask", "reject": ["cloud"], "dilate": 3 }, { "module": "ndvi", "save": true },
            { "module": "composite", "of": "ndvi", "period": "all", "statistic": "median", "as": "median" },
            { "module": "gaussian", "of": "median", "sigma": 2, "as": "smooth" \(filterMode) }] }] }
        """)
  }

  private func run(_ words: String...) async throws -> ProgramResult {
    try await Program([Project.apus] + words, in: folder.path, environment: environment).run()
  }

  private func data(_ run: String) async throws -> [String: [UInt64]] {
    let root = folder.file("\(run)/s")
    let dated = try LocalFiles.list(root + "/ndvi").map { "ndvi/" + $0 }
    return try await NetCDFThread.run {
      var data: [String: [UInt64]] = [:]
      for (file, name) in dated.map({ ($0, "ndvi") }) + [("smooth.nc", "smooth")] {
        let reader = try NetCDFFileReader("\(root)/\(file)")
        data[file] = try reader.doubles(name).map(\.bitPattern)
        try reader.close()
      }
      return data
    }
  }

  @Test func `the data are those of a local run`() async throws {
    try write("local.json", mode: "local")
    #expect(try await run("run", "local.json", "--output", "local", "--progress", "none").status == 0)
    try write("slurm.json", mode: "slurm", #""cluster": { "partition": "main", "tasks": 5 },"#)
    let result = try await run("run", "slurm.json", "--output", "out", "--wait")
    #expect(result.status == 0, "\(result.errors)")
    #expect(try await data("out") == data("local"))
    let status = try await run("status", "out")
    #expect(status.output.contains("complete") && status.output.contains("slurm: shards"), "\(status.output)")
    #expect(status.output.contains(": 5 done, 0 running, 0 waiting, 0 failed"), "\(status.output)")
    let again = try await run("run", "slurm.json", "--output", "out")
    #expect(again.status == 0 && again.errors.contains("out: complete"), "\(again.errors)")
    // What the command writes is what the run's record has of it.
    let archive = try await run("download", "out", "--zip", "out.zip")
    #expect(archive.status == 0, "\(archive.errors)")
  }

  @Test func `a date that is lost whole is a loss, and no reason to try again`() async throws {
    let scene = try #require(
      try LocalFiles.list(folder.file("archive")).filter { $0.hasPrefix("LC") }.sorted().dropFirst().first)
    let path = folder.file("archive/\(scene)/\(scene)_SR_B4.tif")
    try LocalFiles.writeAtomically(path, Array(LocalFiles.readAll(path).prefix(2000)))
    try write("slurm.json", mode: "slurm", #""cluster": { "tasks": 2 },"#)
    for turn in 1...2 {
      let result = try await run("run", "slurm.json", "--output", "out", "--wait")
      #expect(result.status == 1, "\(turn): \(result.errors)")
      #expect(result.errors.contains("the run is finished with losses, "), "\(result.errors)")
      #expect(!result.errors.contains("not complete"), "\(result.errors)")
    }
    let log = String(
      decoding: try LocalFiles.readAll(folder.file("out/ledger/logs/layers-1-0.log")), as: UTF8.self)
    #expect(log.contains("are left to the job that publishes") && !log.contains("try again"), "\(log)")
    let status = try await run("status", "out")
    #expect(status.status == 1 && status.output.contains("finished with losses"), "\(status.output)")
  }

  @Test func `what the probe said is said where one waits, and by status`() async throws {
    try write("slurm.json", mode: "slurm", #""cluster": { "prepare": "echo no such module: apus; exit 1" },"#)
    let result = try await run("run", "slurm.json", "--output", "out", "--wait")
    #expect(result.status == 64, "\(result.errors)")
    #expect(
      result.errors.contains("apus: probe ") && result.errors.contains(": no such module: apus\n"),
      "\(result.errors)")
    let status = try await run("status", "out")
    #expect(status.output.contains("\n  no such module: apus\n"), "\(status.output)")
    try write(
      "slurm.json", mode: "slurm",
      #""cluster": { "tasks": 2, "prepare": "[ \"${SLURM_ARRAY_TASK_ID:-0}\" != 1 ] || { echo apus: disk; exit 1; }" },"#
    )
    let second = try await run("run", "slurm.json", "--output", "out", "--wait")
    #expect(second.status == 75 && second.errors.contains(": shard 1: disk\n"), "\(second.errors)")
    #expect(try await run("status", "out").output.contains("\n  shard 1: disk\n"))
  }

  @Test func `a task that dies is named, and the same command submits it again`() async throws {
    try write("local.json", mode: "local")
    #expect(try await run("run", "local.json", "--output", "local", "--progress", "none").status == 0)
    // The shell of every second task dies before it has begun.
    let killing = #"[ \"${SLURM_ARRAY_TASK_ID:-0}\" != 1 ] || [ -e \#(folder.path)/healed ] || kill -9 $$"#
    try write("slurm.json", mode: "slurm", #""cluster": { "tasks": 3, "prepare": "\#(killing)" },"#)
    let result = try await run("run", "slurm.json", "--output", "out", "--wait")
    #expect(result.status == 75, "\(result.errors)")
    #expect(result.errors.contains("the same command submits what is missing"))
    let status = try await run("status", "out", "--json")
    let jobs = try JSONParser.parse(Array(status.output.utf8))["cluster"]?["jobs"]?.array ?? []
    #expect(jobs.map { $0["kind"]?.string } == ["probe", "shards", "layers", "publish"])
    #expect(jobs.count == 4 && jobs[1]["failed"]?.integer == 1 && jobs[1]["done"]?.integer == 2)
    #expect(jobs.count == 4 && jobs[1]["shards"]?["failed"]?.array?.map(\.integer) == [1])
    #expect(jobs.count == 4 && jobs[1]["shards"]?["done"]?.array?.map(\.integer) == [0, 2])
    #expect(jobs.count == 4 && jobs[1]["reasons"]?.array?.first?.string?.hasSuffix(": shard 1") == true)
    try LocalFiles.writeAtomically(folder.file("healed"), text: "")
    let again = try await run("run", "slurm.json", "--output", "out", "--wait")
    #expect(again.status == 0 && again.errors.contains("; 4 tasks compute"), "\(again.errors)")
    #expect(try await data("out") == data("local"))
  }

  @Test func `a module's stage goes to the cluster from a run that is here`() async throws {
    try write("local.json", mode: "local")
    #expect(try await run("run", "local.json", "--output", "local", "--progress", "none").status == 0)
    try write("mixed.json", mode: "local", #""cluster": { "tasks": 2 },"#, filterMode: "slurm")
    let result = try await run("run", "mixed.json", "--output", "out", "--progress", "none")
    #expect(result.status == 0, "\(result.errors)")
    let jobs = try JSONParser.parse(LocalFiles.readAll(folder.file("out/cluster.json")))["jobs"]?.array ?? []
    #expect(jobs.map { $0["kind"]?.string } == ["probe", "layers"])
    #expect(result.errors.contains("shards: 60 cells computed"), "\(result.errors)")
    #expect(try await data("out") == data("local"))
  }

  @Test func `a module's stage stays here when the run goes to the cluster`() async throws {
    try write("local.json", mode: "local")
    #expect(try await run("run", "local.json", "--output", "local", "--progress", "none").status == 0)
    try write("mixed.json", mode: "slurm", #""cluster": { "tasks": 2 },"#, filterMode: "local")
    let begun = try await run("run", "mixed.json", "--output", "out")
    #expect(begun.status == 0 && begun.errors.contains("the same command does what comes after these jobs"))
    // It comes back to the shards, filters here, and submits the publishing.
    let result = try await run("run", "mixed.json", "--output", "out", "--wait")
    #expect(result.status == 0 && result.errors.contains("layers: "), "\(result.errors)")
    let jobs = try JSONParser.parse(LocalFiles.readAll(folder.file("out/cluster.json")))["jobs"]?.array ?? []
    #expect(jobs.map { $0["kind"]?.string } == ["probe", "publish"])
    #expect(try await data("out") == data("local"))
  }

  @Test func `Ctrl-C while waiting leaves the jobs`() async throws {
    try write("slurm.json", mode: "slurm", #""cluster": { "prepare": "sleep 600" },"#)
    let command = Program(
      [Project.apus, "run", "slurm.json", "--output", "out", "--wait"], in: folder.path,
      environment: environment)
    let result = try await command.run { running in
      try await onOwnThread {
        while running.isRunning, !running.errors.contains("cells ended") { usleep(1000) }
        running.send(SIGINT)
      }
    }
    #expect(result.status == 1 && result.errors.contains("apus: the jobs go on"), "\(result.errors)")
    #expect(result.errors.contains("apus cancel out stops them"), "\(result.errors)")
    let status = try await run("status", "out")
    #expect(!status.output.contains("CANCELLED"), "\(status.output)")
    #expect(try await run("cancel", "out").status == 0)
  }

  @Test func `jobs that Slurm refuses leave none behind, and those that wait can be cancelled`() async throws
  {
    try write("slurm.json", mode: "slurm", #""cluster": { "partition": "nosuch" },"#)
    let refused = try await run("run", "slurm.json", "--output", "out")
    #expect(refused.status == 64 && refused.errors.contains("invalid partition"), "\(refused.errors)")
    try write("slurm.json", mode: "slurm", #""cluster": { "prepare": "sleep 600" },"#)
    #expect(try await run("run", "slurm.json", "--output", "out").status == 0)
    let twice = try await run("run", "slurm.json", "--output", "out")
    #expect(twice.status == 0 && twice.errors.contains("are still at work"), "\(twice.errors)")
    #expect(try await run("cancel", "out").status == 0)
    let status = try await run("status", "out")
    #expect(status.output.contains("CANCELLED"), "\(status.output)")
    let again = try await run("cancel", "out")
    #expect(again.status == 0 && again.output.contains("none of its jobs is at work"), "\(again)")
  }

  @Test func `what jobs at work compute from is not changed under them`() async throws {
    let sleeping = #""cluster": { "prepare": "sleep 600" },"#
    try write("slurm.json", mode: "slurm", sleeping)
    #expect(try await run("run", "slurm.json", "--output", "out").status == 0)
    func files() throws -> [String] {
      try FileManager.default.subpathsOfDirectory(atPath: folder.file("out"))
        .filter { !$0.hasPrefix("ledger/logs/") }.sorted()
    }
    let before = try files()
    let status = try await run("status", "out", "--json")
    let running = try JSONParser.parse(Array(status.output.utf8))["running"]?.string
    #expect(running?.hasPrefix("slurm: ") == true && running?.hasSuffix(" wait") == true, "\(status.output)")
    #expect(try await run("status", "out").output.contains("out: running (slurm: "))
    let document = try LocalFiles.readAll(folder.file("out/run.json"))
    try write("filter.json", mode: "slurm", sleeping, filterMode: "local")
    try write("local.json", mode: "local")
    try write("other.json", mode: "grid_engine")
    for (config, words, message) in [
      ("slurm", ["--fresh"], "--fresh would remove what they work on"),
      ("slurm", ["--plan-only"], "--plan-only would plan the run under them"),
      ("filter", [], "the config is not the one that they were submitted with"),
      ("local", [], "the config's \"run_mode\" is \"local\""),
      ("other", [], "the config's \"run_mode\" is \"grid_engine\""),
    ] {
      let result = try await Program(
        [Project.apus, "run", "\(config).json", "--output", "out"] + words, in: folder.path,
        environment: environment
      ).run()
      #expect(
        result.status == 64 && result.errors.contains(message)
          && result.errors.contains("apus cancel out"), "\(config): \(result)")
    }
    #expect(try files() == before)
    #expect(try LocalFiles.readAll(folder.file("out/run.json")) == document)
    // Numbers are given again when a controller lost its state: these are somebody else's jobs.
    let record = try LocalFiles.readAll(folder.file("out/cluster.json"))
    let foreign = String(decoding: record, as: UTF8.self).replacing("\"apus-", with: "\"other-")
    try LocalFiles.writeAtomically(folder.file("out/cluster.json"), text: foreign)
    let spared = try await run("cancel", "out")
    #expect(spared.output.contains("none of its jobs is at work"), "\(spared)")
    #expect(try await run("status", "out").output.contains("no longer listed"))
    try LocalFiles.writeAtomically(folder.file("out/cluster.json"), record)
    let cancelled = try await run("cancel", "out")
    #expect(cancelled.output.contains("out: cancelled probe "), "\(cancelled)")
    #expect(try await run("status", "out").output.contains("CANCELLED"))
  }

  /// A folder with a program in the place of one of Slurm's, which `$real` is.
  private func replacing(_ name: String, _ script: String) async throws -> [String: String] {
    let bin = folder.file("bin")
    try LocalFiles.createDirectory(bin)
    let path = environment["PATH"] ?? ""
    let real = try await Program(["which", name]).output()
    try LocalFiles.writeAtomically(
      "\(bin)/\(name)",
      text: "#!/bin/sh\nreal=\(real.trimmingCharacters(in: .whitespacesAndNewlines))\n\(script)\n")
    chmod("\(bin)/\(name)", 0o755)
    return environment.merging(["PATH": bin + ":" + path]) { $1 }
  }

  @Test func `a run directory that the nodes cannot see is said`() async throws {
    try write("slurm.json", mode: "slurm")
    // Another file system, of which only the submitting process knows.
    let script = #"""
      mkdir hidden && mount -t tmpfs none hidden || exit 96
      exec "$0" run slurm.json --output hidden/out --wait
      """#
    let result = try await Program(
      ["unshare", "-m", "sh", "-c", script, Project.apus], in: folder.path, environment: environment
    ).run()
    #expect(result.status == 64, "\(result)")
    #expect(result.errors.contains("hidden/out cannot be seen from the nodes"), "\(result.errors)")
  }

  @Test func `two commands at once submit one set of jobs`() async throws {
    try write("slurm.json", mode: "slurm", #""cluster": { "prepare": "sleep 600" },"#)
    let slow = try await replacing(
      "sbatch",
      #"""
      [ -e "$0.log" ] || turns=1000; echo begun >> "$0.log"
      while [ ! -e "$0.go" ] && [ ${turns:-0} -gt 0 ]; do sleep 0.1; turns=$((turns - 1)); done
      exec $real "$@"
      """#)
    let words = [Project.apus, "run", "slurm.json", "--output", "out"]
    let first = Program(words, in: folder.path, environment: slow)
    let log = folder.file("bin/sbatch.log")
    let (path, quick) = (folder.path, self.environment)
    let result = try await first.run { running in
      while running.isRunning, !LocalFiles.exists(log) { try await Task.sleep(for: .milliseconds(20)) }
      let second = try await Program(words, in: path, environment: quick).run()
      #expect(second.status == 1 && second.errors.contains("is working in this folder"), "\(second)")
      try LocalFiles.writeAtomically(folder.file("bin/sbatch.go"), text: "")
    }
    #expect(result.status == 0, "\(result.errors)")
    #expect(String(decoding: try LocalFiles.readAll(log), as: UTF8.self).count { $0 == "\n" } == 3)
    #expect(try await run("run", "slurm.json", "--output", "out").errors.contains("are still at work"))
    #expect(try await run("cancel", "out").status == 0)
  }

  @Test func `a controller that does not answer for a while is asked again`() async throws {
    try write("slurm.json", mode: "slurm")
    let away = #"""
      echo begun >> "$0.log"
      [ $(wc -l < "$0.log") -gt 2 ] || { echo 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)' >&2; exit 1; }
      exec $real "$@"
      """#
    let result = try await Program(
      [Project.apus, "run", "slurm.json", "--output", "out", "--wait"], in: folder.path,
      environment: try await replacing("squeue", away)
    ).run()
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.contains("it is asked again until it answers"), "\(result.errors)")
    #expect(result.errors.contains("slurm answers again"), "\(result.errors)")
  }

  @Test func `when one job of several is refused, none is left`() async throws {
    try write("slurm.json", mode: "slurm")
    // Takes the first job, and no other.
    let once = try await replacing(
      "sbatch",
      #"""
      [ ! -e "$0.once" ] || { echo "refused for a test" >&2; exit 1; }
      touch "$0.once"; exec $real --hold "$@"
      """#)
    let result = try await Program(
      [Project.apus, "run", "slurm.json", "--output", "out"], in: folder.path, environment: once
    ).run()
    #expect(result.status == 64 && result.errors.contains("refused for a test"), "\(result.errors)")
    let held = try await Program(
      ["squeue", "--noheader", "--states=PENDING", "--format=%r"], environment: environment
    ).output()
    #expect(!held.contains("JobHeldUser"), "\(held)")
    #expect(!LocalFiles.exists(folder.file("out/cluster.json")))
  }

  @Test func `cells that fail here are no obstacle to publishing there`() async throws {
    try write("mixed.json", mode: "slurm", sourceMode: "local")
    let scene = "LC08_L2SP_233085_20210402_02_T1"
    let band = folder.file("archive/\(scene)/\(scene)_SR_B4.tif")
    let bytes = try LocalFiles.readAll(band)
    try LocalFiles.writeAtomically(band, Array(bytes.prefix(bytes.count / 2)))
    let result = try await run("run", "mixed.json", "--output", "out", "--wait")
    #expect(result.status == 1 && !result.errors.contains(" 0 failed"), "\(result.errors)")
    #expect(try await run("status", "out").output.contains("loss on"))
    #expect(LocalFiles.exists(folder.file("out/summary.json")))
  }

  @Test func `without Slurm's commands it is said`() async throws {
    try write("slurm.json", mode: "slurm")
    let result = try await Program(
      [Project.apus, "run", "slurm.json", "--output", "out"], in: folder.path,
      environment: environment.merging(["PATH": "/nowhere"]) { $1 }
    ).run()
    #expect(result.status == 64 && result.errors.contains("cannot be run"), "\(result.errors)")
  }
}
