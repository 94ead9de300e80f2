import Foundation
import JSON
import Storage
import TestSupport
import Testing

/// Results on their way to an object store, and back.
@Suite(.serialized) struct ResultsTests {
  private static let dates = ["2021-01-01", "2021-04-02", "2021-07-02", "2021-10-01"]

  /// Files of results in an archive of a run, by their names in the run directory.
  private static let names = Dictionary(
    uniqueKeysWithValues: dates.map { ("\($0)/s/ndvi.nc", "s/ndvi/\($0).nc") }
      + [("reductions/s/ndvi_seasonal_mean.nc", "s/ndvi_seasonal_mean.nc")])

  @Test(arguments: ["s3", "az"])
  func `what is uploaded and removed here comes back as it was`(scheme: String) async throws {
    let store = try await ObjectServer.make(scheme)
    let bench = try await ResultsBench(environment: store.environment)
    let place = "\(scheme)://results/runs/a"
    // First a run that keeps its files: they are what must come back.
    try bench.write("c.json", output: #"{ "location": "out", "upload": "\#(place)" }"#)
    let kept = try await bench.pipeline("c.json")
    #expect(kept.status == 0, "\(kept.errors)")
    let local = try bench.tree("out")
    let first = try await bench.download(place, to: "first")
    for (name, path) in Self.names {
      #expect(local[path] != nil && first[name] == local[path], "\(name)")
    }
    let pictures = first.keys.filter { $0.hasSuffix(".png") }
    #expect(!pictures.isEmpty)
    // The same run, told to remove: nothing is sent again but what says so, and nothing is computed.
    try bench.write("c.json", output: #"{ "location": "out", "upload": "\#(place)", "delete_local": true }"#)
    try await store.forget()
    let removing = try await bench.pipeline("c.json")
    #expect(removing.status == 0, "\(removing.errors)")
    #expect(try bench.tree("out").keys.filter { $0.hasSuffix(".nc") }.isEmpty)
    #expect(try await !store.log().contains { $0.hasPrefix("PUT") && $0.contains(".nc") })
    // And again: a complete run stays one.
    try await store.forget()
    let again = try await bench.pipeline("c.json")
    #expect(again.status == 0, "\(again.errors)")
    #expect(try bench.tree("out").keys.filter { $0.hasSuffix(".nc") }.isEmpty)
    #expect(try await !store.log().contains { $0.contains(".nc") })
    let second = try await bench.download(place, to: "second")
    for name in Self.names.keys { #expect(second[name] == first[name], "\(name)") }
    for run in ["out", place] {
      let status = try await bench.run(["status", run, "--json"])
      #expect(try JSONParser.parse(Array(status.output.utf8))["complete"]?.bool == true, "\(run)")
    }
    // The summary in the archive names the archive's files.
    let summary = try bench.json("second/summary.json")
    for file in try #require(summary["files"]?.array) {
      #expect(second[file["path"]?.string ?? ""] != nil, "\(file["path"]?.string ?? "")")
    }
    let secrets = [store.environment["AWS_SECRET_ACCESS_KEY"], ObjectServer.emulatorKey].compactMap { $0 }
    for (name, bytes) in try bench.tree("out") {
      let text = String(decoding: bytes, as: UTF8.self)
      #expect(!secrets.contains { text.contains($0) }, "\(name)")
    }
  }

  @Test(arguments: ["s3", "az"])
  func `a copy that is not the file is noticed, named, and the file stays`(scheme: String) async throws {
    let store = try await ObjectServer.make(scheme)
    let bench = try await ResultsBench(environment: store.environment)
    let place = "\(scheme)://results/runs/b"
    try bench.write("c.json", output: #"{ "location": "out", "upload": "\#(place)", "delete_local": true }"#)
    try await store.fault("PUT", "2021-01-01.nc", times: 99, #""corrupt""#)
    try await store.fault("PUT", "2021-04-02.nc", times: 99, #""truncate""#)
    // Passing faults are not even news.
    try await store.fault("PUT", "2021-07-02.nc", times: 1, #""corrupt""#)
    try await store.fault("PUT", "seasonal_mean.nc", times: 2, "503")
    let result = try await bench.pipeline("c.json")
    #expect(result.status == 1)
    #expect(result.errors.contains("2 files could not be uploaded to \(place)"), "\(result.errors)")
    #expect(result.errors.contains("s/ndvi/2021-01-01.nc: "))
    #expect(result.errors.contains("s/ndvi/2021-04-02.nc: "))
    let files = try bench.tree("out").keys.filter { $0.hasSuffix(".nc") }.sorted()
    #expect(files == ["s/ndvi/2021-01-01.nc", "s/ndvi/2021-04-02.nc"])
    let failed = try bench.json("out/summary.json")["run"]?["upload"]?["failed"]?.array
    #expect(failed?.compactMap { $0["file"]?.string }.sorted() == files)
    // What is spoiled is not left there for somebody to take: the archive is refused, not wrong.
    let broken = try await bench.run(["download", place, "--zip", "x.zip", "--include", "netcdf"])
    #expect(broken.status == 1)
    #expect(!LocalFiles.exists(bench.folder + "/x.zip"))
    try await store.forget()
    let healed = try await bench.pipeline("c.json")
    #expect(healed.status == 0, "\(healed.errors)")
    let puts = try await store.log().filter { $0.hasPrefix("PUT") && $0.contains(".nc") }
    #expect(puts.allSatisfy { $0.contains("2021-01-01") || $0.contains("2021-04-02") }, "\(puts)")
    let archive = try await bench.download(place, to: "back")
    for name in Self.names.keys { #expect(archive[name] != nil, "\(name)") }
  }

  @Test func `an upload that was killed goes on, and sends nothing twice`() async throws {
    let store = try await ObjectServer.make("s3")
    let bench = try await ResultsBench(environment: store.environment)
    let place = "s3://results/runs/c"
    try bench.write("c.json", output: #"{ "location": "out", "upload": "\#(place)", "delete_local": true }"#)
    // The upload of one file hangs; meanwhile the others arrive.
    try await store.fault(
      "PUT", "2021-07-02.nc", times: 1, #""slow", "seconds": 100"#)
    let record = bench.folder + "/out/ledger/uploaded.jsonl"
    let killed = try await bench.command(["run", "c.json", "--progress", "none"]).run { running in
      while running.isRunning {
        let lines = (try? LocalFiles.readAll(record)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        if Self.names.values.filter({ lines.contains("\"\($0)\"") }).count == 4 { break }
        try await Task.sleep(for: .milliseconds(50))
      }
      running.send(SIGKILL)
    }
    #expect(killed.status == -SIGKILL)
    // The record comes before the removal: the last file may have had the one without the other.
    let hanging = "s/ndvi/2021-07-02.nc"
    let lines = String(decoding: try LocalFiles.readAll(record), as: UTF8.self)
    #expect(Self.names.values.filter { !lines.contains("\"\($0)\"") } == [hanging])
    let left = try bench.tree("out").keys.filter { $0.hasSuffix(".nc") }
    #expect(left.contains(hanging) && left.count < Self.names.count, "\(left)")
    try await store.forget()
    let result = try await bench.pipeline("c.json")
    #expect(result.status == 0, "\(result.errors)")
    #expect(try bench.tree("out").keys.filter { $0.hasSuffix(".nc") }.isEmpty)
    let puts = try await store.log().filter { $0.hasPrefix("PUT") && $0.contains(".nc") }
    #expect(puts == ["PUT /results/runs/c/s/ndvi/2021-07-02.nc"])
    let archive = try await bench.download(place, to: "back")
    for name in Self.names.keys { #expect(archive[name] != nil, "\(name)") }
  }

  @Test(arguments: ["s3", "az"])
  func `wrong keys and missing buckets end a run before it begins`(scheme: String) async throws {
    let store = try await ObjectServer.make(scheme)
    let bench = try await ResultsBench(environment: store.environment)
    try bench.write("bucket.json", output: #"{ "location": "o1", "upload": "\#(scheme)://nowhere/x" }"#)
    let missing = try await bench.pipeline("bucket.json")
    #expect(missing.status == 1)
    #expect(
      missing.errors.contains(scheme == "s3" ? "bucket does not exist" : "container does not exist"),
      "\(missing.errors)")
    #expect(!LocalFiles.exists(bench.folder + "/o1/s"))
    try bench.write("keys.json", output: #"{ "location": "o2", "upload": "\#(scheme)://results/x" }"#)
    let wrong = "d3Jvbmcta2V5LW9mLXNvbWVib2R5LWVsc2Utd3Jvbmcta2V5LW9mLXNvbWVib2R5LWVsc2UtMTIzNDU2Nw=="
    let connection = (store.environment["AZURE_STORAGE_CONNECTION_STRING"] ?? "")
      .replacingOccurrences(of: ObjectServer.emulatorKey, with: wrong)
    let refused = try await bench.pipeline(
      "keys.json",
      environment: scheme == "s3"
        ? ["AWS_SECRET_ACCESS_KEY": wrong] : ["AZURE_STORAGE_CONNECTION_STRING": connection])
    #expect(refused.status == 1)
    #expect(
      refused.errors.contains(scheme == "s3" ? "signature" : "refuses the credentials"), "\(refused.errors)")
    #expect(!refused.errors.contains(wrong))
    #expect(!LocalFiles.exists(bench.folder + "/o2/s"))
  }

  @Test(arguments: ["s3", "az"])
  func `a run whose place is an object store leaves nothing here`(scheme: String) async throws {
    let store = try await ObjectServer.make(scheme)
    let bench = try await ResultsBench(environment: store.environment)
    let place = "\(scheme)://results/direct"
    try bench.write("c.json", output: #"{ "location": "\#(place)", "formats": ["netcdf", "cog", "zarr"] }"#)
    let result = try await bench.pipeline("c.json")
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("\(place)/summary.json"))
    #expect(try bench.tree("cache").isEmpty)
    // A local run of the same gives the same archive, but for times and places.
    try bench.write("l.json", output: #"{ "location": "out", "formats": ["netcdf", "cog", "zarr"] }"#)
    #expect(try await bench.pipeline("l.json").status == 0)
    let remote = try await bench.download(place, to: "remote")
    let local = try await bench.download("out", to: "local")
    #expect(remote.keys.sorted() == local.keys.sorted())
    for (name, bytes) in local where name.hasPrefix("store.zarr") || name.hasSuffix(".png") {
      #expect(remote[name] == bytes, "\(name)")
    }
    // Complete: the same command sends no data, and computes none.
    try await store.forget()
    let again = try await bench.pipeline("c.json")
    #expect(again.status == 0, "\(again.errors)")
    let puts = try await store.log().filter { $0.hasPrefix("PUT") }
    #expect(!puts.contains { $0.contains(".nc") || $0.contains(".tif") || $0.contains("/0/0/0") }, "\(puts)")
    #expect(try bench.tree("cache").isEmpty)
    // With another mask everything is computed again and replaced; so it is with --fresh.
    let changed = try String(contentsOfFile: bench.folder + "/c.json", encoding: .utf8)
      .replacingOccurrences(of: #""water""#, with: #""water", "snow""#)
    try LocalFiles.writeAtomically(bench.folder + "/c2.json", text: changed)
    let next = try await bench.pipeline("c2.json")
    #expect(next.status == 0, "\(next.errors)")
    let replaced = try await bench.download(place, to: "replaced")
    #expect(replaced.keys.sorted() == local.keys.sorted())
    let fresh = try await bench.pipeline("c2.json", "--fresh")
    #expect(fresh.status == 0, "\(fresh.errors)")
    #expect(try await bench.download(place, to: "fresh").keys.sorted() == local.keys.sorted())
  }

  @Test func `a run on a web server that lists nothing can be downloaded`() async throws {
    let bench = try await ResultsBench(environment: [:])
    try bench.write("c.json", output: #"{ "location": "out", "formats": ["netcdf", "cog"] }"#)
    #expect(try await bench.pipeline("c.json").status == 0)
    let server = try await TestServer([
      "/usr/bin/python3", "-m", "http.server", "{port}", "--bind", "127.0.0.1", "--directory", bench.folder,
    ])
    let local = try await bench.download("out", to: "local")
    let remote = try await bench.download(server.url + "/out", to: "remote")
    #expect(remote.keys.sorted() == local.keys.sorted())
    for (name, bytes) in local where !name.hasPrefix("stac/") { #expect(remote[name] == bytes, "\(name)") }
    let status = try await bench.run(["status", server.url + "/out", "--json"])
    #expect(
      try JSONParser.parse(Array(status.output.utf8))["sequences"]?.array?.first?["done"]?.integer ?? 0 > 0)
    // Without the data, STAC items refer to where it is.
    let documents = try await bench.download(server.url + "/out", include: "cog", to: "documents")
    #expect(!documents.keys.contains { $0.hasSuffix(".nc") })
    let item = try JSONParser.parse(try #require(documents["stac/s/2021-01-01.json"]))
    #expect(item["assets"]?["ndvi"]?["href"]?.string == server.url + "/out/s/ndvi/2021-01-01.nc")
    #expect(item["assets"]?["ndvi_cog"]?["href"]?.string == "../../2021-01-01/s/ndvi.tif")
    let nothing = try await bench.run(["download", server.url + "/nowhere", "--zip", "x.zip"])
    #expect(nothing.status == 64)
    #expect(nothing.errors.contains("holds no run of Apus"), "\(nothing.errors)")
  }
}
