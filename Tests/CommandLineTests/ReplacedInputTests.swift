import Foundation
import JSON
import Storage
import Synchronization
import TestSupport
import Testing

/// Input files that are replaced between two calls of one run: on a server, and behind a virtual raster.
@Suite struct ReplacedInputTests {
  /// What a server has, and says of its files' versions.
  private final class Ways: Sendable {
    struct State {
      /// Ends of names of files that it has not got.
      var missing: [String] = []
      var (hasTags, hasTimes) = (true, false)
      var isDown = false
      /// The file that is sent instead of one, from a request on.
      var replacing: (name: String, after: Int, by: String)?
      var requests = 0
    }

    let state = Mutex(State())

    func change(_ change: (inout State) -> Void) { state.withLock { change(&$0) } }
  }

  /// A server for the files of a folder.
  private static func serve(_ folder: String, _ ways: Ways) throws -> SmallServer {
    try SmallServer { request in
      let state = ways.state.withLock { state in
        if let replacing = state.replacing, request.path.hasSuffix(replacing.name) { state.requests += 1 }
        return state
      }
      guard !state.isDown else { return .init(403) }
      guard !state.missing.contains(where: request.path.hasSuffix) else { return .init(404) }
      var path = folder + request.path
      if let replacing = state.replacing, path.hasSuffix(replacing.name), state.requests > replacing.after {
        path = replacing.by
      }
      guard let bytes = try? LocalFiles.readAll(path) else { return .init(404) }
      let sum = Checksum.crc32(bytes)
      var headers: [String: String] = [:]
      if state.hasTags { headers["ETag"] = "\"\(sum)\"" }
      if state.hasTimes { headers["Last-Modified"] = "Sun, 01 Jan 2023 00:00:\(10 + sum % 50) GMT" }
      let range = request.headers["range"]?.dropFirst("bytes=".count).split(separator: "-") ?? []
      guard let first = range.first.flatMap({ Int($0) }) else { return .init(200, headers, body: bytes) }
      guard first < bytes.count else { return .init(416, ["Content-Range": "bytes */\(bytes.count)"]) }
      let last = min(range.count > 1 ? Int(range[1]) ?? 0 : bytes.count - 1, bytes.count - 1)
      headers["Content-Range"] = "bytes \(first)-\(last)/\(bytes.count)"
      return .init(206, headers, body: Array(bytes[first...last]))
    }
  }

  private static let red = "LC08_L2SP_233085_20210302_02_T1_SR_B4.tif"

  /// A bench whose archive is read from a server.
  private func remote(_ download: [String: Any] = [:]) async throws -> (bench: CommandBench, ways: Ways) {
    let bench = try await CommandBench()
    let ways = Ways()
    let server = try Self.serve(bench.folder, ways)
    bench.config["dates"] = ["start": "2021-01-01", "end": "2021-08-01"]
    bench.download["source"] = server.url + "/archive/items.json"
    bench.download.merge(download) { $1 }
    return (bench, ways)
  }

  /// Puts other pixels in the place of a file: those of another band of the scene.
  private func replace(_ bench: CommandBench) throws {
    try LocalFiles.writeAtomically(
      bench.file("SR_B4"), try LocalFiles.readAll(bench.file("SR_B5")))
  }

  /// Has an item name the virtual raster beside its red band.
  private func useVirtualRaster(_ bench: CommandBench) throws {
    try bench.changeItem { item in
      var assets = item["assets"] as? [String: [String: Any]] ?? [:]
      let href = assets["red"]?["href"] as? String ?? ""
      assets["red"]?["href"] = href + ".vrt"
      item["assets"] = assets
    }
  }

  private func expectFresh(_ bench: CommandBench) async throws {
    #expect(try await bench.runPipeline("--output", "whole").status == 0)
    let own = try await bench.data()
    #expect(try await own == bench.data("whole"))
  }

  @Test(arguments: ["tags", "times", "copies"])
  func `a file that was replaced on the server is computed again`(way: String) async throws {
    let (bench, ways) = try await remote(way == "copies" ? ["mode": "copy"] : [:])
    ways.change { ($0.hasTags, $0.hasTimes) = (way != "times", way != "tags") }
    #expect(try await bench.runPipeline().status == 0)
    let before = try await bench.data()
    let unchanged = try await bench.run("run", "config.json", "--progress", "plain")
    #expect(unchanged.status == 0 && !unchanged.errors.contains("again"), "\(unchanged.errors)")
    try replace(bench)
    let again = try await bench.run("run", "config.json", "--progress", "plain")
    #expect(again.status == 0, "\(again.errors)")
    #expect(
      again.errors.contains("computed again: http://127.0.0.1")
        && again.errors.contains("\(Self.red) has changed"),
      "\(again.errors)")
    #expect(try await bench.data() != before)
    try await expectFresh(bench)
    // And it stays so.
    let last = try await bench.run("run", "config.json", "--progress", "plain")
    #expect(last.status == 0 && !last.errors.contains("again"), "\(last.errors)")
  }

  @Test func `a run with losses that goes on after a file was replaced mixes nothing`() async throws {
    let (bench, ways) = try await remote()
    ways.change { $0.missing = ["20210702_02_T1_SR_B5.tif"] }
    #expect(try await bench.runPipeline().status == 1)
    try replace(bench)
    ways.change { $0.missing = [] }
    #expect(try await bench.runPipeline().status == 0)
    try await expectFresh(bench)
  }

  @Test func `a file that is replaced while a run goes on is lost, and found by the next call`() async throws
  {
    let (bench, ways) = try await remote()
    bench.config["resources"] = ["threads": 1, "chunk": [32, 32]]
    let other = try bench.file("SR_B5")
    // A second sequence opens the file anew.
    try bench.write()
    let config = try String(contentsOfFile: bench.folder + "/config.json", encoding: .utf8)
    var document = try #require(
      JSONSerialization.jsonObject(with: Data(config.utf8)) as? [String: Any])
    var sequences = try #require(document["sequences"] as? [[String: Any]])
    var second = sequences[0]
    second["name"] = "second"
    second["depends_on"] = ["landsat"]
    sequences.append(second)
    document["sequences"] = sequences
    try JSONSerialization.data(withJSONObject: document)
      .write(to: URL(fileURLWithPath: bench.folder + "/config.json"))
    let arguments = ["run", "config.json", "--progress", "none"]
    // How often the first sequence asks for it.
    ways.change { $0.replacing = (Self.red, .max, other) }
    #expect(try await bench.run(arguments + ["--output", "counted"]).status == 0)
    let half = ways.state.withLock { $0.requests } / 2
    ways.change { ($0.replacing, $0.requests) = ((Self.red, half, other), 0) }
    let mixed = try await bench.run(arguments)
    #expect(mixed.status == 1, "\(mixed.errors)")
    #expect(
      mixed.errors.contains("not the one that this run has read before")
        || mixed.errors.contains("changed on the server while it was read"), "\(mixed.errors)")
    ways.change { $0.replacing = (Self.red, 0, other) }
    let again = try await bench.run(arguments)
    #expect(again.status == 0, "\(again.errors)")
    #expect(try await bench.run(arguments + ["--output", "whole"]).status == 0)
    let own = try await bench.data()
    #expect(try await own == bench.data("whole"))
  }

  @Test func `a finished run stays as it is while its server cannot be asked, and says so`() async throws {
    let (bench, ways) = try await remote()
    #expect(try await bench.runPipeline().status == 0)
    let before = try await bench.data()
    ways.change { $0.isDown = true }
    let again = try await bench.run("run", "config.json", "--progress", "plain")
    #expect(again.status == 0, "\(again.errors)")
    #expect(again.errors.contains("changed since the run read them could not be asked"), "\(again.errors)")
    #expect(try await bench.data() == before)
  }

  @Test func `a shard does not read another file than the run was begun with`() async throws {
    let (bench, ways) = try await remote()
    let prepared = try await bench.runPipeline("--plan-only")
    try #require(prepared.status == 0, "\(prepared.errors)")
    #expect(try await bench.run("work", "out", "--shard", "0/2").status == 0)
    try replace(bench)
    _ = ways
    let second = try await bench.run("work", "out", "--shard", "1/2")
    #expect(second.status == 1, "\(second.errors)")
    #expect(try await bench.runPipeline().status == 0)
    try await expectFresh(bench)
  }

  @Test func `a source of a virtual raster that was replaced is computed again`() async throws {
    let bench = try await CommandBench()
    let red = try bench.file("SR_B4")
    let inner = red + ".inner.vrt"
    let outer = red + ".vrt"
    try await Program(["gdalbuildvrt", "-q", inner, red]).output()
    try await Program(["gdalbuildvrt", "-q", outer, inner]).output()
    try useVirtualRaster(bench)
    #expect(try await bench.runPipeline().status == 0)
    let before = try await bench.data()
    try replace(bench)
    let again = try await bench.run("run", "config.json", "--progress", "plain")
    #expect(again.status == 0 && again.errors.contains("\(Self.red).vrt has changed"), "\(again.errors)")
    #expect(try await bench.data() != before)
    try await expectFresh(bench)
  }

  @Test func `a source of a virtual raster that was replaced on its server is computed again`() async throws {
    let bench = try await CommandBench()
    let ways = Ways()
    let server = try Self.serve(bench.folder, ways)
    let red = try bench.file("SR_B4")
    try await Program(["gdalbuildvrt", "-q", red + ".vrt", red]).output()
    let text = try String(contentsOfFile: red + ".vrt", encoding: .utf8)
    let name = LocalFiles.name(of: red)
    let local = try #require(text.firstRange(of: "relativeToVRT=\"1\">\(name)<"))
    let address = "/vsicurl/\(server.url)\(red.dropFirst(bench.folder.count))"
    try text.replacingCharacters(in: local, with: "relativeToVRT=\"0\">\(address)<")
      .write(toFile: red + ".vrt", atomically: true, encoding: .utf8)
    try useVirtualRaster(bench)
    #expect(try await bench.runPipeline().status == 0)
    let before = try await bench.data()
    let unchanged = try await bench.run("run", "config.json", "--progress", "plain")
    #expect(unchanged.status == 0 && !unchanged.errors.contains("again"), "\(unchanged.errors)")
    // A server that does not answer changes nothing.
    ways.change { $0.isDown = true }
    let down = try await bench.run("run", "config.json", "--progress", "plain")
    #expect(down.status == 0 && down.errors.contains("could not be asked"), "\(down.errors)")
    #expect(!down.errors.contains("computed again"), "\(down.errors)")
    ways.change { $0.isDown = false }
    try replace(bench)
    let again = try await bench.run("run", "config.json", "--progress", "plain")
    #expect(again.status == 0 && again.errors.contains("\(Self.red).vrt has changed"), "\(again.errors)")
    #expect(try await bench.data() != before)
    try await expectFresh(bench)
  }
}
