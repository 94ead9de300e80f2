import Foundation
import Storage
import TestSupport
import Testing

/// `"mode": "copy"` from a web server.
@Suite struct RemoteCopyTests {
  @Test(arguments: ["assets", "area"]) func `copies give the same bytes and are not brought twice`(
    copy: String
  )
    async throws
  {
    let bench = try await RemoteBench([])
    try await bench.write(["mode": "copy", "copy": copy])
    let result = try await bench.run()
    #expect(result.status == 0, "\(result.errors)")
    #expect(try await bench.data() == RemoteBench.truth())
    let count = try bench.requests().count
    #expect(try await bench.run(["--fresh"]).status == 0)
    #expect(try bench.requests().count > count)
    let assets = try FileManager.default.subpathsOfDirectory(atPath: bench.folder + "/out/assets")
    #expect(assets.contains { $0.hasSuffix(".tif") })
    #expect(!assets.contains { $0.contains(".part") })
    // The files are there: a run that has to be computed again asks the server for nothing but what the plan needs.
    try FileManager.default.removeItem(atPath: bench.folder + "/out/ledger")
    let before = try bench.requests().count
    #expect(try await bench.run().status == 0)
    #expect(try bench.requests().count - before <= 1)
  }

  @Test func `whole files are the servers byte for byte`() async throws {
    let bench = try await RemoteBench(["--fail", "0.2", "--seed", "3"])
    try await bench.write(["mode": "copy"])
    #expect(try await bench.run().status == 0)
    let root = bench.folder + "/out/assets/landsat"
    let files = try FileManager.default.subpathsOfDirectory(atPath: root).filter { $0.hasSuffix(".tif") }
    #expect(files.count >= 12)
    for file in files {
      let original = "\(try await RemoteBench.archive.value)/account/container/archive/\(file)"
      #expect(FileManager.default.contentsEqual(atPath: "\(root)/\(file)", andPath: original), "\(file)")
    }
  }

  @Test func `an interrupted copy goes on where it stopped unless the file changed`() async throws {
    let bench = try await RemoteBench([])
    try await bench.write(["mode": "copy"])
    #expect(try await bench.run().status == 0)
    let path = "LC08_L2SP_233085_20210702_02_T1/LC08_L2SP_233085_20210702_02_T1_SR_B5.tif"
    let (folder, name) = ("\(bench.folder)/out/assets/landsat/", LocalFiles.name(of: path))
    let scene = folder + LocalFiles.parent(of: path)
    let original = try #require(FileManager.default.contents(atPath: folder + path))
    // As a killed run leaves it: the first bytes, and of which content they are.
    let head = try #require(bench.requests().first { $0.path.hasSuffix(name) })
    #expect(head.range == "bytes=0-65535")
    try FileManager.default.removeItem(atPath: folder + path)
    try FileManager.default.removeItem(atPath: bench.folder + "/out/ledger")
    let modified =
      try FileManager.default.attributesOfItem(
        atPath: try await RemoteBench.archive.value + "/account/container/archive/" + path)[.modificationDate]
      as? Date
    let milliseconds = Int((try #require(modified)).timeIntervalSince1970 * 1000)
    let tag = "\"\(String(original.count, radix: 16))-\(String(milliseconds, radix: 16))\""
    // The bytes are other ones than the server's, so that one sees where they come from.
    try Data(repeating: 7, count: 1000).write(to: URL(fileURLWithPath: "\(scene)/.\(name).part"))
    try Data("\(original.count) \(tag)".utf8).write(to: URL(fileURLWithPath: "\(scene)/.\(name).part-of"))
    _ = try await bench.run()
    let continued = try #require(FileManager.default.contents(atPath: folder + path))
    #expect(continued == Data(repeating: 7, count: 1000) + original[1000...])
    // A part of an older content is given up.
    try FileManager.default.removeItem(atPath: folder + path)
    try FileManager.default.removeItem(atPath: bench.folder + "/out/ledger")
    try Data(repeating: 7, count: 1000).write(to: URL(fileURLWithPath: "\(scene)/.\(name).part"))
    try Data("\(original.count) \"older\"".utf8).write(to: URL(fileURLWithPath: "\(scene)/.\(name).part-of"))
    #expect(try await bench.run().status == 0)
    #expect(FileManager.default.contents(atPath: folder + path) == original)
  }

  @Test func `size and checksum of the catalogue are held against the copy`() async throws {
    let bench = try await RemoteBench([])
    let root = try await RemoteBench.archive.value
    var wrong = 0
    try await bench.write(["mode": "copy"]) { key, asset in
      guard let href = asset["href"] as? String, let place = href.range(of: "/account/"),
        let bytes = FileManager.default.contents(atPath: root + String(href[place.lowerBound...]))
      else { return }
      guard var sha256 = Digest(.sha256) else { return }
      bytes.withUnsafeBytes { sha256.update($0) }
      let digest = sha256.finish().hexadecimal
      asset["file:size"] = bytes.count
      asset["file:checksum"] = "1220" + digest
      if href.contains("20210702_02_T1_SR_B5") {
        asset["file:checksum"] = "1220" + String(digest.reversed())
        wrong += 1
      } else if href.contains("20210402_02_T1_SR_B4") {
        asset["file:size"] = bytes.count + 1
        wrong += 1
      }
    }
    #expect(wrong == 2)
    let result = try await bench.run()
    #expect(result.status == 1)
    #expect(result.errors.contains("file:checksum"), "\(result.errors)")
    #expect(result.errors.contains("file:size"), "\(result.errors)")
    let (data, truth) = (try await bench.data(), try await RemoteBench.truth())
    for date in ["2021-01-01.nc", "2021-10-01.nc"] { #expect(data[date] != nil && data[date] == truth[date]) }
    let assets = try FileManager.default.subpathsOfDirectory(atPath: bench.folder + "/out/assets")
    #expect(!assets.contains { $0.hasSuffix("20210702_02_T1_SR_B5.tif") })
  }

  @Test func `checksums of other kinds are held against the copy and unknown ones are said`() async throws {
    let bench = try await RemoteBench([])
    let root = try await RemoteBench.archive.value
    let kinds: [String: (prefix: String, algorithm: Digest.Algorithm, wrong: String)] = [
      "red": ("d50110", .md5, "20210101_02_T1_SR_B4"), "nir08": ("1114", .sha1, "20210702_02_T1_SR_B5"),
      "qa_pixel": ("1340", .sha512, "20211001_02_T1_QA_PIXEL"),
    ]
    try await bench.write(["mode": "copy"]) { key, asset in
      guard let href = asset["href"] as? String, let place = href.range(of: "/account/"),
        let kind = kinds[key],
        let bytes = FileManager.default.contents(atPath: root + String(href[place.lowerBound...])),
        var digest = Digest(kind.algorithm)
      else { return }
      bytes.withUnsafeBytes { digest.update($0) }
      var right = digest.finish()
      if href.contains(kind.wrong) { right[0] ^= 1 }
      asset["file:checksum"] = kind.prefix + right.hexadecimal
      // One is of a kind that nobody knows.
      if href.contains("20210402_02_T1_SR_B4") {
        asset["file:checksum"] = "1e20" + String(repeating: "11", count: 32)
      }
    }
    let result = try await bench.run()
    #expect(result.status == 1)
    for (_, algorithm, _) in kinds.values {
      #expect(result.errors.contains("its \(algorithm.rawValue) is "), "\(result.errors)")
    }
    let (data, truth) = (try await bench.data(), try await RemoteBench.truth())
    #expect(data["2021-04-02.nc"] != nil && data["2021-04-02.nc"] == truth["2021-04-02.nc"])
    let plan = try await bench.apus(["plan", "config.json"])
    let note = "1 checksum (file:checksum) cannot be held against copies (algorithm 0x1e is not known)"
    #expect((plan.output + plan.errors).components(separatedBy: note).count == 2, "\(plan.output)")
  }

  @Test func `a server without ranges can still be copied from`() async throws {
    let bench = try await RemoteBench(["--ignore-range", "--fail", "0.1", "--seed", "4"])
    try await bench.write(["mode": "copy"])
    let result = try await bench.run()
    #expect(result.status == 0, "\(result.errors)")
    #expect(try await bench.data() == RemoteBench.truth())
  }

  @Test func `a file that cannot be copied is a named loss`() async throws {
    let bench = try await RemoteBench(["--broken", "20210702_02_T1_SR_B5"])
    try await bench.write(["mode": "copy"])
    let result = try await bench.run()
    #expect(result.status == 1)
    #expect(
      result.errors.contains("scene \"LC08_L2SP_233085_20210702_02_T1\", band \"nir08\"")
        && result.errors.contains("HTTP code: 503"), "\(result.errors)")
  }
}
