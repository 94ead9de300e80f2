import Foundation
import NetCDF
import Storage
import TestSupport
import Testing

/// Objects that change while they are read, and copies of objects that were interrupted.
@Suite struct ObjectStoreChangeTests {
  /// Two dates of files large enough to be read in several parts, in an object store of this test's own.
  private final class Bench {
    let store: ObjectServer
    let folder: String
    static let victim = "20210702_02_T1_SR_B5"

    init(_ scheme: String) async throws {
      store = try await ObjectServer.make(scheme)
      folder = try LocalFiles.makeTemporaryDirectory()
      let made = try await Self.apus(
        [
          "simulate", "archive", "--dates", "2", "--size", "700x600", "--tile", "128", "--quiet", "--bands",
          "red,nir08,qa_pixel",
        ], folder)
      try #require(made.status == 0, "\(made.errors)")
      try await store.upload(folder + "/archive", to: "archive")
      let items = try String(contentsOfFile: folder + "/archive/items.json", encoding: .utf8)
      try items.replacingOccurrences(of: "\"./", with: "\"\(scheme)://results/archive/")
        .write(toFile: folder + "/items.json", atomically: true, encoding: .utf8)
    }

    deinit { _ = try? LocalFiles.removeTree(folder) }

    func run(
      _ download: String, source: String = "items.json", to output: String = "out"
    ) async throws -> ProgramResult {
      let config = """
        { "pipeline": "p", "output": { "location": "\(output)" },
          "resources": { "chunk": [128, 128], "connections": 2, "threads": 1 },
          "sequences": [ { "name": "s", "modules": [
            { "module": "download", "source": "\(source)", "bands": ["red", "nir08"],
              "collection": "landsat-c2-l2"\(download) },
            { "module": "ndvi", "save": true } ] } ] }
        """
      try config.write(toFile: folder + "/config.json", atomically: true, encoding: .utf8)
      return try await Self.apus(
        ["run", "config.json", "--progress", "none"], folder,
        store.environment.merging(["GDAL_HTTP_MAX_RETRY": "0"]) { $1 })
    }

    private static func apus(
      _ arguments: [String], _ folder: String, _ environment: [String: String] = [:]
    ) async throws -> ProgramResult {
      try await Program(
        [Project.apus] + arguments, in: folder,
        environment: ProcessInfo.processInfo.environment.merging(environment) { $1 }
      ).run()
    }

    /// The victim's path below a folder of scenes, its parts' names beside it.
    func victim(_ root: String) throws -> (file: String, part: String, note: String) {
      let all = try FileManager.default.subpathsOfDirectory(atPath: folder + "/archive")
      let path = try #require(all.first { $0.contains(Self.victim) && $0.lowercased().hasSuffix(".tif") })
      let parent = "\(folder)/\(root)/\(LocalFiles.parent(of: path))"
      let name = LocalFiles.name(of: path)
      return ("\(parent)/\(name)", "\(parent)/.\(name).part", "\(parent)/.\(name).part-of")
    }

    /// How often the victim was asked for.
    func requests() async throws -> Int {
      try await store.log().count { $0.hasPrefix("GET") && $0.contains(Self.victim) }
    }
  }

  /// The last way is that of GDAL's file systems, for stores and credentials that make no links.
  @Test(arguments: [("s3", ""), ("az", ""), ("s3", #", "sign": { "requester_pays": true }"#)])
  func `an object that changes while it is read is named, and never mixed`(
    scheme: String, sign: String
  ) async throws {
    let bench = try await Bench(scheme)
    let whole = try await bench.run(sign, to: "whole")
    #expect(whole.status == 0, "\(whole.errors)")
    let count = try await bench.requests()
    try #require(count > 3)
    try await bench.store.forget()
    // In the middle of its requests the object gets other bytes, of the same number.
    try await bench.store.fault("GET", Bench.victim, after: count / 2, times: 1, #""replace""#)
    let result = try await bench.run(sign)
    #expect(result.status == 1)
    #expect(result.errors.contains("the file changed on the server while it was read"), "\(result.errors)")
    #expect(
      result.errors.contains("scene \"LC08_L2SP_233085_20210702_02_T1\", band \"nir08\""), "\(result.errors)")
    // Every pixel is of the first content, or missing.
    let truth = try await Self.values(bench.folder + "/whole/s/ndvi/2021-07-02.nc")
    let values = try await Self.values(bench.folder + "/out/s/ndvi/2021-07-02.nc")
    #expect(zip(values, truth).allSatisfy { $0.isNaN || $0 == $1 })
    #expect(values.contains { !$0.isNaN } && values.count(where: \.isNaN) > truth.count(where: \.isNaN))
    let other = "/s/ndvi/2021-01-01.nc"
    #expect(
      try await Self.values(bench.folder + "/out" + other).map(\.bitPattern)
        == Self.values(bench.folder + "/whole" + other).map(\.bitPattern))
  }

  private static func values(_ path: String) async throws -> [Float] {
    try await NetCDFThread.run {
      let reader = try NetCDFFileReader(path)
      let values = try reader.floats("ndvi")
      try reader.close()
      return values
    }
  }

  @Test(arguments: [("s3", ""), ("az", ""), ("s3", #", "sign": { "requester_pays": true }"#)])
  func `an interrupted copy of an object goes on, unless the object changed`(
    scheme: String, sign: String
  ) async throws {
    let bench = try await Bench(scheme)
    let original = try #require(FileManager.default.contents(atPath: bench.victim("archive").file))
    let (file, part, note) = try bench.victim("out/assets/s")
    // Its bytes do not come; what it is a part of is known by then.
    for after in 1... {
      try await bench.store.forget()
      try await bench.store.fault("GET", Bench.victim, after: after, times: 99, "503")
      _ = try LocalFiles.removeTree(bench.folder + "/out")
      let broken = try await bench.run(sign + #", "mode": "copy""#)
      try #require(broken.status == 1 && after < 8, "\(broken.errors)")
      if LocalFiles.exists(note) { break }
    }
    #expect(!LocalFiles.exists(file))
    let version = try String(contentsOfFile: note, encoding: .utf8)
    #expect(
      version.hasPrefix("\(original.count) ") && version.count > "\(original.count) ".count + 8, "\(version)")
    try await bench.store.forget()
    // Other bytes than the object's, so that one sees where they come from.
    try Data(repeating: 7, count: 1000).write(to: URL(fileURLWithPath: part))
    let continued = try await bench.run(sign + #", "mode": "copy""#)
    #expect(
      FileManager.default.contents(atPath: file) == Data(repeating: 7, count: 1000) + original[1000...],
      "\(continued.errors)")
    // The object changes: what came of it before is given up.
    try LocalFiles.remove(file)
    try LocalFiles.removeTree(bench.folder + "/out/ledger")
    try Data(repeating: 7, count: 1000).write(to: URL(fileURLWithPath: part))
    try version.write(toFile: note, atomically: true, encoding: .utf8)
    try await bench.store.fault("GET", Bench.victim, times: 1, #""replace""#)
    _ = try await bench.run(sign + #", "mode": "copy""#)
    // Whichever request met the change: the file is one content or the other, or not there.
    if let changed = FileManager.default.contents(atPath: file) {
      #expect(changed == Data(original.map { ~$0 }))
    }
    _ = try await bench.run(sign + #", "mode": "copy""#)
    #expect(FileManager.default.contents(atPath: file) == Data(original.map { ~$0 }))
  }
}
