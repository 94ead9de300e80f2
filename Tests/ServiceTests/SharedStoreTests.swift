import Glibc
import JSON
import NetCDF
import Storage
import TestSupport
import Testing

/// Runs whose parts are computed by processes that share an object store and no folder: the same data come out.
@Suite(.serialized) struct SharedStoreTests {
  /// Four dates, twenty chunks, and a filter of what is reduced, which is a stage of its own.
  private func write(_ bench: ResultsBench, _ name: String, _ output: String, _ more: String = "") throws {
    try LocalFiles.writeAtomically(
      "\(bench.folder)/\(name)",
      text: """
        { "pipeline": "test", "output": \(output), "resources": { "threads": 1, "chunk": [64, 64] }, \(more)
          "sequences": [{ "name": "s", "modules": [
            { "module": "download", "source": "archive/items.json", "collection": "landsat-c2-l2" },
            { "module": "cloud_mask", "band": "qa_pixel", "reject": ["fill", "cloud"], "dilate": 2, "min_usable": 0.001 },
            { "module": "ndvi", "save": true },
            { "module": "composite", "of": "ndvi", "period": "year", "statistic": "median", "as": "median" },
            { "module": "gaussian", "of": "median", "sigma": 4, "as": "smooth" }] }] }
        """)
  }

  /// The bits of every file of data in an archive of a run, or of the run's folder.
  private func data(_ bench: ResultsBench, _ folder: String) async throws -> [String: [UInt32]] {
    let names = try bench.tree(folder).keys.filter { $0.hasSuffix(".nc") }
    let root = "\(bench.folder)/\(folder)"
    return try await NetCDFThread.run {
      var data: [String: [UInt32]] = [:]
      for name in names {
        let reader = try NetCDFFileReader("\(root)/\(name)")
        defer { try? reader.close() }
        // "s/ndvi/2021-01-01.nc"; in archives "2021-01-01/s/ndvi.nc".
        let date = name.split(separator: "/").first { $0.hasPrefix("2021") }
        let stem = String(LocalFiles.name(of: name).dropLast(3))
        data[date.map { String($0.prefix(10)) } ?? stem] =
          try reader.floats(date == nil ? stem : "ndvi").map(\.bitPattern)
      }
      return data
    }
  }

  private struct Shared {
    let store: ObjectServer
    let bench: ResultsBench
    let place: String
    let local: [String: [UInt32]]
  }

  /// A run that is planned in an object store, and the data of the same run in a folder.
  private func planned(_ scheme: String, formats: String = #"["netcdf"]"#) async throws -> Shared {
    let store = try await ObjectServer.make(scheme)
    let bench = try await ResultsBench(environment: store.environment)
    let place = "\(scheme)://results/runs/shared"
    try write(bench, "local.json", #"{ "location": "local" }"#)
    #expect(try await bench.pipeline("local.json").status == 0)
    try write(bench, "c.json", #"{ "location": "\#(place)", "formats": \#(formats) }"#)
    let plan = try await bench.pipeline("c.json", "--plan-only")
    #expect(plan.status == 0 && plan.output == "\(place)\n", "\(plan.errors)")
    let local = try await data(bench, "local")
    #expect(local.count == 6)
    return Shared(store: store, bench: bench, place: place, local: local)
  }

  /// `apus work` in a scratch folder of its own, as on another machine.
  private func command(_ shared: Shared, _ machine: String, _ words: String...) throws -> Program {
    let scratch = "\(shared.bench.folder)/machines/\(machine)"
    try LocalFiles.createDirectory(scratch)
    return shared.bench.command(["work", shared.place] + words, environment: ["TMPDIR": scratch])
  }

  private func results(_ shared: Shared, _ name: String) async throws -> [String: [UInt32]] {
    _ = try await shared.bench.download(shared.place, include: "netcdf", to: name)
    return try await data(shared.bench, name)
  }

  @Test(arguments: ["s3", "az"])
  func `parts that share an object store alone give what one process gives`(scheme: String) async throws {
    let shared = try await planned(scheme)
    let early = try await command(shared, "p", "--publish").run()
    #expect(
      early.status == 75 && early.errors.contains("20 of 20 chunks are not computed"), "\(early.errors)")
    let probe = try await command(shared, "p", "--probe").run()
    #expect(probe.status == 0, "\(probe.errors)")
    // One of three runs twice at the same time.
    let commands = try [("a", "0/3"), ("b", "1/3"), ("c", "1/3"), ("d", "2/3")].map {
      try command(shared, $0.0, "--shard", $0.1)
    }
    try await withThrowingTaskGroup(of: ProgramResult.self) { group in
      for command in commands { group.addTask { try await command.run() } }
      for try await result in group {
        #expect(result.status == 0 && !result.output.contains(": 0 cells computed"), "\(result)")
      }
    }
    let status = try await shared.bench.run(["status", shared.place])
    #expect(status.output.contains(" 0 failed, 0 waiting"), "\(status.output)")
    // A stage that is computed from what others stored.
    for shard in ["0/2", "1/2"] {
      let result = try await command(shared, "e", "--stage", "1", "--shard", shard).run()
      #expect(result.status == 0 && result.output.contains(" 0 kept, 0 failed"), "\(result)")
    }
    let late = try await command(shared, "b", "--shard", "1/3").run()
    #expect(late.status == 0 && late.output.contains(": 0 cells computed, "), "\(late)")
    let published = try await command(shared, "p", "--publish").run()
    #expect(published.status == 0, "\(published.errors)")
    // Nothing is computed that is known: neither which dates are usable nor what the parts gave.
    #expect(published.errors.contains("s.usable: 80 cells, 20 chunks kept"), "\(published.errors)")
    #expect(published.errors.contains("s: 80 cells, 40 chunks kept"), "\(published.errors)")
    #expect(try await results(shared, "first") == shared.local)
    // One that was forgotten and wakes up after all is done changes nothing.
    try await shared.store.forget()
    let zombie = try await command(shared, "z", "--shard", "0/3").run()
    #expect(zombie.status == 0 && zombie.output.contains(": 0 cells computed, "), "\(zombie)")
    #expect(try await !shared.store.log().contains { $0.hasPrefix("PUT") && !$0.contains("/ledger/") })
    let complete = try await shared.bench.run(["status", shared.place])
    #expect(complete.status == 0 && complete.output.contains(": complete"), "\(complete.output)")
    // Nobody leaves anything behind, and chunks are no result.
    for machine in try LocalFiles.list(shared.bench.folder + "/machines") {
      #expect(try LocalFiles.list("\(shared.bench.folder)/machines/\(machine)").isEmpty, "\(machine)")
    }
    #expect(try await chunks(shared).isEmpty)
    // The same command finds nothing to do; with --fresh all is to be done again.
    let again = try await shared.bench.pipeline("c.json", "--plan-only")
    #expect(again.errors.contains("0 of 20 chunks wait"), "\(again.errors)")
    let fresh = try await shared.bench.pipeline("c.json", "--plan-only", "--fresh")
    #expect(fresh.errors.contains("20 of 20 chunks wait"), "\(fresh.errors)")
  }

  /// The chunks in the store, by their names.
  private func chunks(_ shared: Shared) async throws -> [String] {
    let script = """
      for name in gdal.ReadDirRecursive(place + "store.zarr") or []:
          if not name.endswith("/") and name.split("/")[-1].isdigit(): print("store.zarr/" + name)
      """
    return try await gdal(shared, script).split(separator: "\n").map(String.init)
  }

  /// Runs lines of Python that see the run as `place`.
  private func gdal(_ shared: Shared, _ lines: String) async throws -> String {
    let head = "import sys\nfrom osgeo import gdal\nplace = '/vsi%s/results/runs/shared/' % sys.argv[1]\n"
    return try await Program(
      ["/usr/bin/python3", "-c", head + lines, shared.store.scheme], environment: shared.bench.environment
    ).output()
  }

  @Test func `a worker that is killed leaves what it has stored, and the next one computes the rest`()
    async throws
  {
    let shared = try await planned("s3")
    // What it has computed is in the store when it is killed: it reads back what it stored of the ledger.
    try await shared.store.fault("GET", "ledger/work/.*jsonl", times: 1, #""slow", "seconds": 100"#)
    let killed = try await command(shared, "a", "--shard", "0/2").run { running in
      try await shared.store.waitForObject("/ledger/work/", from: running)
      running.send(SIGKILL)
    }
    #expect(killed.status == -SIGKILL)
    try await shared.store.forget()
    let status = try await shared.bench.run(["status", shared.place, "--json"])
    let cells = try JSONParser.parse(Array(status.output.utf8))["sequences"]?.array?.first
    let done = (cells?["done"]?.integer ?? 0) + (cells?["empty"]?.integer ?? 0)
    #expect(done > 0 && done < 80, "\(status.output)")
    let next = try await command(shared, "b", "--shard", "0/1").run()
    #expect(
      next.status == 0 && next.output.contains(": \(80 - done) cells computed, \(done) kept"), "\(next)")
    let published = try await command(shared, "p", "--publish").run()
    #expect(published.status == 0, "\(published.errors)")
    #expect(try await results(shared, "first") == shared.local)
  }

  @Test func `of two that publish at once one waits for another time`() async throws {
    let shared = try await planned("s3")
    #expect(try await command(shared, "a", "--shard", "0/1").run().status == 0)
    // The first comes to no end before the second has.
    try await shared.store.fault("GET", "store.zarr/.*/[0-9]+$", times: 1, #""slow", "seconds": 100"#)
    let first = try await command(shared, "b", "--publish").run { running in
      try await shared.store.waitForObject("/ledger/publish/", from: running)
      // The store's clock tells whole seconds apart.
      try await Task.sleep(for: .seconds(1.5))
      let second = try await command(shared, "c", "--publish").run()
      #expect(running.isRunning)
      #expect(
        second.status == 75 && second.errors.contains("another process publishes the run"), "\(second)")
      try await shared.store.forget()
    }
    #expect(first.status == 0, "\(first.errors)")
    let third = try await command(shared, "c", "--publish").run()
    #expect(third.status == 0, "\(third.errors)")
    #expect(try await results(shared, "first") == shared.local)
  }

  @Test func `a worker that wakes up after the publishing leaves nothing`() async throws {
    let shared = try await planned("s3")
    try await shared.store.fault("PUT", "store.zarr", times: 999, #""slow", "seconds": 2"#)
    let zombie = try await command(shared, "z", "--shard", "0/1").run { running in
      try await shared.store.waitForObject("/store.zarr/", from: running)
      running.send(SIGSTOP)
      try await shared.store.forget()
      #expect(try await command(shared, "a", "--shard", "0/1").run().status == 0)
      #expect(try await command(shared, "p", "--publish").run().status == 0)
      #expect(try await chunks(shared).isEmpty)
      try await shared.store.forget()
      running.send(SIGCONT)
    }
    #expect(zombie.status == 0 && !zombie.output.contains(": 0 cells computed"), "\(zombie)")
    #expect(
      try await shared.store.log().contains { $0.hasPrefix("PUT") && $0.contains("/store.zarr/") })
    #expect(try await chunks(shared).isEmpty)
    #expect(try await results(shared, "first") == shared.local)
  }

  @Test func `of two that submit at once one is refused, and one that was killed does not keep others away`()
    async throws
  {
    let shared = try await planned("s3")
    let server = try await TestServer(
      ["kubernetes", "{port}"], environment: shared.bench.environment, path: "/")
    try write(
      shared.bench, "c.json", #"{ "location": "\#(shared.place)" }"#,
      #""run_mode": "kubernetes", "cluster": { "server": "\#(server.url)", "image": "apus", "tasks": 3 },"#)
    // Nobody learns of the first job before its record is there.
    try await shared.store.fault("PUT", "cluster.json", times: 1, #""slow", "seconds": 100"#)
    let results = try await withThrowingTaskGroup(of: ProgramResult.self) { group in
      for _ in 0..<2 { group.addTask { try await shared.bench.run(["run", "c.json"]) } }
      // The one that is refused ends before the other has its record stored.
      let refused = try #require(try await group.next())
      try await shared.store.forget()
      return try await group.reduce(into: [refused]) { $0.append($1) }
    }
    #expect(results.map(\.status).sorted() == [0, 75], "\(results)")
    let refused = try #require(results.first { $0.status == 75 })
    #expect(
      refused.errors.contains("another process plans the run or submits its jobs (")
        && refused.errors.contains(", since 20") && refused.errors.contains("then give the command again"),
      "\(refused.errors)")
    #expect(try await KubernetesTests.jobs(server) == "4")
    // The same command comes back to the jobs there are.
    let back = try await shared.bench.run(["run", "c.json"])
    #expect(back.status == 0 && back.errors.contains("are still at work"), "\(back.errors)")
    #expect(try await shared.bench.run(["cancel", shared.place]).status == 0)
    try await shared.store.forget()
    let killed = try await shared.bench.command(["run", "c.json"]).run { running in
      try await shared.store.waitForObject("/ledger/submit/", from: running)
      running.send(SIGKILL)
    }
    #expect(killed.status == -SIGKILL)
    // Of marks of one second the name decides: the store's clock tells whole seconds apart.
    try await Task.sleep(for: .seconds(1.5))
    let kept = try await shared.bench.run(["run", "c.json"])
    #expect(
      kept.status == 75 && kept.errors.contains("was killed keeps others away for 3 minutes"), "\(kept)")
    try await shared.store.age("/ledger/submit/", seconds: 200)
    let next = try await shared.bench.run(["run", "c.json"])
    #expect(next.status == 0 && next.errors.contains("submitted probe"), "\(next)")
  }

  @Test func `chunks that are gone, short or damaged in the store are computed again`() async throws {
    let shared = try await planned("s3")
    #expect(try await command(shared, "a", "--shard", "0/1").run().status == 0)
    let names = try await chunks(shared).filter { $0.contains("/ndvi/") }
    try #require(names.count > 30)
    for (name, bytes) in [(names[7], [UInt8](repeating: 7, count: 3000)), (names[16], [1, 2, 3])] {
      try LocalFiles.createDirectory(LocalFiles.parent(of: "\(shared.bench.folder)/damage/\(name)"))
      try LocalFiles.writeAtomically("\(shared.bench.folder)/damage/\(name)", bytes)
    }
    try await shared.store.upload("\(shared.bench.folder)/damage", to: "runs/shared")
    _ = try await gdal(shared, "gdal.Unlink(place + '\(names[25])')")
    let published = try await command(shared, "p", "--publish").run()
    #expect(published.status == 0, "\(published.errors)")
    let archive = try await shared.bench.download(shared.place, to: "all")
    let summary = try JSONParser.parse(try #require(archive["summary.json"]))
    #expect(
      summary["run"]?["damage"]?.array?.first?.string
        == "s: chunks missing in the store, or damaged: 3; they are computed again")
    #expect(try await data(shared.bench, "all") == shared.local)
  }

  @Test func `a store that refuses is named, and the work is worth another try`() async throws {
    let shared = try await planned("s3")
    let wrong = ["AWS_SECRET_ACCESS_KEY": "d3Jvbmcta2V5LW9mLXNvbWVib2R5LWVsc2U"]
    let refused = try await shared.bench.run(["work", shared.place, "--shard", "0/1"], environment: wrong)
    #expect(refused.status == 75 && refused.errors.contains("refuses the credentials"), "\(refused.errors)")
    // They expire while chunks are computed.
    try await shared.store.fault("PUT", "store.zarr", after: 20, times: 999, "403")
    let expired = try await command(shared, "a", "--shard", "0/1").run()
    #expect(
      expired.status == 75 && expired.errors.contains("\(shared.place)/store.zarr/s/")
        && expired.errors.contains("try again") && !expired.errors.contains("NoSuchKey"), "\(expired.errors)")
    // No line names a chunk that is not there.
    let status = try await shared.bench.run(["status", shared.place])
    #expect(!status.output.contains(" 0 waiting\n  2021"), "\(status.output)")
    // And a place that may be read and not written.
    try await shared.store.fault("PUT", "ledger/work", times: 999, "403")
    let probe = try await command(shared, "a", "--probe").run()
    #expect(probe.status == 75 && probe.errors.contains("/ledger/work/.probe"), "\(probe.errors)")
    try await shared.store.forget()
    // A list that does not come for long is worth another try as well, and one that stumbles is not even that.
    try await shared.store.fault("GET", "delimiter=", times: 99, "403")
    let hidden = try await command(shared, "a", "--shard", "0/1").run()
    #expect(hidden.status == 75 && hidden.errors.contains("it cannot be listed"), "\(hidden.errors)")
    try await shared.store.forget()
    for action in ["500", #""drop""#] {
      try await shared.store.fault("GET", "delimiter=", times: 1, action)
    }
    #expect(try await command(shared, "a", "--shard", "0/1").run().status == 0)
    #expect(try await command(shared, "p", "--publish").run().status == 0)
    #expect(try await results(shared, "first") == shared.local)
    let nowhere = try await shared.bench.run(["work", "s3://results/runs/none", "--shard", "0/1"])
    #expect(
      nowhere.status == 64 && nowhere.errors.contains("s3://results/runs/none holds no run of Apus"),
      "\(nowhere.errors)")
    try await shared.store.fault("GET", "delimiter=", times: 99, "403")
    let unlisted = try await shared.bench.run(["status", shared.place])
    #expect(unlisted.status == 1 && unlisted.errors.contains("cannot be listed"), "\(unlisted.errors)")
  }

  @Test func `the jobs of engines name the place in the store, and no file of a shared folder`() async throws
  {
    let shared = try await planned("s3")
    let output = #"{ "location": "\#(shared.place)" }"#
    for (mode, cluster) in [
      ("slurm", ""), ("grid_engine", ""), ("kubernetes", #""image": "apus", "secret": "keys","#),
      ("azure_batch", #""partition": "pool","#),
    ] {
      try write(
        shared.bench, "\(mode).json", output,
        #""run_mode": "\#(mode)", "cluster": { \#(cluster) "tasks": 4 },"#)
      let printed = try await shared.bench.pipeline("\(mode).json", "--submit-only-print")
      #expect(printed.status == 0, "\(printed.errors)")
      #expect(printed.output.contains("shards (4 tasks): after the success of probe"), "\(printed)")
      #expect(
        printed.output.contains("\(shared.place)") && printed.output.contains("--publish"), "\(printed)")
      #expect(!printed.output.contains("exec >>") && !printed.output.contains("ledger/logs"), "\(printed)")
      #expect(printed.output.contains("\"keys\"") == (mode == "kubernetes"), "\(printed)")
    }
  }

  @Test(arguments: ["kubernetes", "azure_batch"])
  func `a cluster without a shared volume completes a run, and its data are those of a local one`(
    mode: String
  ) async throws {
    let shared = try await planned("s3")
    let server = try await TestServer([mode, "{port}"], environment: shared.bench.environment, path: "/")
    try write(
      shared.bench, "c.json", #"{ "location": "\#(shared.place)" }"#,
      """
      "run_mode": "\(mode)",
      "cluster": { "server": "\(server.url)", \(mode == "kubernetes" ? #""image""# : #""partition""#): "pool", "tasks": 3 },
      """)
    let account = ["AZURE_BATCH_TOKEN": "secret", "AZURE_BATCH_ENDPOINT": server.url]
    let result = try await shared.bench.run(
      ["run", "c.json", "--wait"], environment: account)
    #expect(result.status == 0, "\(result.errors)")
    // After each of the four jobs others could learn of those that are there.
    let records = try await shared.store.log().filter {
      $0.hasPrefix("PUT") && $0.contains("/cluster.json")
    }
    #expect(records.count == 4, "\(records)")
    let status = try await shared.bench.run(
      ["status", shared.place], environment: account)
    #expect(status.output.contains(": 3 done, 0 running, 0 waiting, 0 failed"), "\(status.output)")
    #expect(try await results(shared, "first") == shared.local)
    let cancelled = try await shared.bench.run(
      ["cancel", shared.place], environment: account)
    #expect(
      cancelled.status == 0 && cancelled.output.contains("none of its jobs is at work"), "\(cancelled.errors)"
    )
  }
}
