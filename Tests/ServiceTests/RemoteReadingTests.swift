import Foundation
import GDAL
import Geo
import Network
import Raster
import Storage
import TestSupport
import Testing

/// Runs on files behind a web server, a good one and bad ones.
@Suite struct RemoteReadingTests {
  @Test func `files on a server give the same bytes as local ones and many requests are on their way`()
    async throws
  {
    let bench = try await RemoteBench(["--gather", "3"])
    try await bench.write()
    let result = try await bench.run()
    #expect(result.status == 0, "\(result.errors)")
    #expect(try await bench.data() == RemoteBench.truth())
    let requests = try bench.requests()
    #expect(requests.map(\.atOnce).max() ?? 0 >= 3)
    #expect(!requests.isEmpty && requests.allSatisfy { $0.status == 206 })
    // Nothing twice, but for the heads of the files the plan looks at: the first and last of each of three bands, which
    // it asks for their grids.
    #expect(Set(requests.map { "\($0.path) \($0.range ?? "")" }).count >= requests.count - 6)
  }

  @Test(arguments: [1, 2]) func `a fifth of the requests failing changes nothing`(seed: Int) async throws {
    let bench = try await RemoteBench(["--fail", "0.2", "--seed", String(seed)])
    try await bench.write()
    let result = try await bench.run()
    #expect(result.status == 0, "\(result.errors)")
    #expect(try await bench.data() == RemoteBench.truth())
    let faults = try bench.requests().compactMap(\.fault)
    for fault in ["busy", "slow_down", "drop", "drop_inside", "short"] {
      #expect(faults.contains(fault), "\(fault) did not happen")
    }
  }

  @Test(arguments: [
    (["--broken", "20210702_02_T1_SR_B5", "--broken-status", "500"], "HTTP code: 500"),
    (["--broken", "20210702_02_T1_SR_B5", "--broken-status", "403"], "HTTP code: 403"),
    (["--broken", "20210702_02_T1_SR_B5", "--broken-status", "404"], "HTTP code: 404"),
    (["--wrong-length", "20210702_02_T1_SR_B5"], "the connection broke off"),
    (["--portal", "20210702_02_T1_SR_B5"], "a web page in place of the file"),
  ]) func `a file that never comes is a named loss and nothing else is harmed`(
    options: [String], reason: String
  )
    async throws
  {
    let bench = try await RemoteBench(options)
    try await bench.write()
    let result = try await bench.run()
    #expect(result.status == 1)
    #expect(result.errors.contains("scene \"LC08_L2SP_233085_20210702_02_T1\", band \"nir08\""))
    #expect(result.errors.contains(reason), "\(result.errors)")
    let (data, truth) = (try await bench.data(), try await RemoteBench.truth())
    for (file, values) in truth where file != "2021-07-02.nc" && file != "mean" {
      #expect(data[file] == values, "\(file)")
    }
    let lost = try #require(data["2021-07-02.nc"])
    #expect(!lost.isEmpty && lost.allSatisfy { Float(bitPattern: $0).isNaN })
  }

  @Test func `a server that sends whole files is refused with advice`() async throws {
    let bench = try await RemoteBench(["--ignore-range"])
    try await bench.write()
    let result = try await bench.run()
    #expect(result.status == 1)
    #expect(result.errors.contains("use \"mode\": \"copy\""), "\(result.errors)")
  }

  @Test(arguments: [
    ("b.jp2", ["-of", "JP2OpenJPEG", "-co", "REVERSIBLE=YES", "-co", "QUALITY=100"]),
    ("lzw.tif", ["-co", "COMPRESS=LZW", "-co", "TILED=YES"]), ("strips.tif", ["-co", "COMPRESS=PACKBITS"]),
  ]) func `what only GDAL can read comes through the same checks`(name: String, options: [String])
    async throws
  {
    let folder = try LocalFiles.makeTemporaryDirectory()
    defer { _ = try? LocalFiles.removeTree(folder) }
    let scene = "LC08_L2SP_233085_20210702_02_T1"
    let original =
      "\(try await RemoteBench.archive.value)/account/container/archive/\(scene)/\(scene)_SR_B4.tif"
    try await Program(["gdal_translate", "-q"] + options + [original, "\(folder)/\(name)"]).output()
    let server = try await TestServer(
      ["file_server.py", folder, "--port", "{port}", "--fail", "0.3", "--seed", "5"], path: "/_stats")
    let samples = try await onOwnThread {
      let local = try RasterDataset(opening: original)
      let remote = try RemoteArchive(RemoteAccess()).open("\(server.url)/\(name)")
      let window = PixelWindow(column: 0, row: 0, width: local.info.width, height: local.info.height)
      var samples = [[UInt16]](repeating: [UInt16](repeating: 0, count: window.count), count: 2)
      try samples[0].withUnsafeMutableBytes { buffer in
        try local.read(band: 1, window: window, as: .uint16, into: buffer, rowStride: window.width)
      }
      try samples[1].withUnsafeMutableBytes { buffer in
        try remote.read(band: 1, window: window, as: .uint16, into: buffer, rowStride: window.width)
      }
      return samples
    }
    #expect(samples[0] == samples[1] && samples[0].contains { $0 != 0 })
  }

  @Test func `a file that changes while it is read is an error and no mix`() async throws {
    let folder = try LocalFiles.makeTemporaryDirectory()
    defer { _ = try? LocalFiles.removeTree(folder) }
    try LocalFiles.writeAtomically(folder + "/file", [UInt8](repeating: 1, count: 200_000))
    let server = try await TestServer(["file_server.py", folder, "--port", "{port}"], path: "/_stats")
    let file = try #require(RemoteArchive(RemoteAccess()).file(server.url + "/file"))
    #expect(try file.read(at: 0, count: 100) == [UInt8](repeating: 1, count: 100))
    try LocalFiles.writeAtomically(folder + "/file", [UInt8](repeating: 2, count: 200_001))
    let error = #expect(throws: NetworkError.self) { try file.read(at: 100_000, count: 100) }
    #expect(error?.message.contains("the file changed on the server") ?? false)
  }

  @Test func `files whose place no catalogue tells are opened at once`() async throws {
    let bench = try await RemoteBench(["--gather", "8"])
    try await bench.write(isPlaced: false)
    let plan = try await bench.apus(["plan", "config.json"])
    #expect(plan.status == 0, "\(plan.errors)")
    #expect(try bench.requests().map(\.atOnce).max() ?? 0 >= 8)
  }
}
