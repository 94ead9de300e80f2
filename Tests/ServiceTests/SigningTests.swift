import Foundation
import TestSupport
import Testing

/// Files that need credentials.
@Suite struct SigningTests {
  /// Two clients must not share the tokens of this process: each run is a process of its own.
  private func tokens(_ bench: RemoteBench) throws -> [String: String] {
    ["PC_SDK_SAS_URL": try #require(bench.server).url + "/api/sas/v1/token"]
  }

  @Test func `tokens are fetched just before reading and renewed before they end`() async throws {
    let bench = try await RemoteBench(["--token-ttl", "1", "--latency", "40"])
    try await bench.write(["sign": "planetary_computer"], resources: ["chunk": [64, 64], "connections": 2])
    let start = ContinuousClock.now
    let result = try await bench.run(environment: tokens(bench))
    let seconds = Int((ContinuousClock.now - start).components.seconds)
    #expect(result.status == 0, "\(result.errors)")
    #expect(try await bench.data() == RemoteBench.truth())
    let requests = try bench.requests()
    // One serves for three quarters of a second, however many files are read meanwhile.
    let most = (seconds + 1) * 4 / 3 + 2
    #expect((2...most).contains(requests.count { $0.path.hasPrefix("/api") }))
    try expectNoSecret(bench, result)
  }

  @Test func `a token that the store refuses is fetched again`() async throws {
    let bench = try await RemoteBench(["--token-ttl", "3600", "--token-uses", "25"])
    try await bench.write(["sign": "planetary_computer"])
    let result = try await bench.run(environment: tokens(bench))
    #expect(result.status == 0, "\(result.errors)")
    #expect(try await bench.data() == RemoteBench.truth())
    let requests = try bench.requests()
    #expect(requests.contains { $0.status == 403 })
    // One request for one token at a time, however many readers were refused.
    #expect((2..<40).contains(requests.count { $0.path.hasPrefix("/api") }))
    try expectNoSecret(bench, result)
  }

  @Test func `without signing every file is a loss that says so`() async throws {
    let bench = try await RemoteBench(["--token-ttl", "3600"])
    try await bench.write()
    let result = try await bench.run()
    #expect(result.status == 1)
    #expect(result.errors.contains("HTTP code: 403"))
    #expect(result.errors.contains("see \"sign\" of the module download"))
  }

  @Test func `a token service that answers nonsense is named`() async throws {
    let bench = try await RemoteBench(["--portal", "/api"])
    try await bench.write(["sign": "planetary_computer"])
    let result = try await bench.run(environment: tokens(bench))
    #expect(result.status == 1)
    #expect(result.errors.contains("no token for account/container"), "\(result.errors)")
  }

  @Test func `an earthdata token goes with every request and nowhere else`() async throws {
    let secret = "eyJ0eXAiOiJKV1Qi.sEcReT"
    let bench = try await RemoteBench(["--bearer", secret])
    try await bench.write(["sign": "earthdata"])
    let result = try await bench.run(environment: ["EARTHDATA_TOKEN": secret])
    #expect(result.status == 0, "\(result.errors)")
    #expect(try await bench.data() == RemoteBench.truth())
    #expect(try bench.files(holding: [secret]) == [])
    let wrong = try await RemoteBench(["--bearer", secret])
    try await wrong.write(["sign": "earthdata"])
    let refused = try await wrong.run(environment: ["EARTHDATA_TOKEN": "another-sEcReT"])
    #expect(refused.status == 1)
    #expect(refused.errors.contains("HTTP code: 401"))
    #expect(try wrong.files(holding: ["another-sEcReT"]) == [])
  }

  /// No signature in the run directory, the messages or the other files; the server's own log aside.
  private func expectNoSecret(_ bench: RemoteBench, _ result: ProgramResult) throws {
    let log = try String(contentsOfFile: bench.folder + "/requests.jsonl", encoding: .utf8)
    let signatures = Set(
      log.split(separator: "\n").compactMap { line in
        line.range(of: "sig=").map { String(line[$0.upperBound...].prefix(64)) }
      })
    #expect(!signatures.isEmpty)
    let files = try bench.files(holding: Array(signatures) + ["sig="])
    #expect(files == ["requests.jsonl"])
    #expect(!result.errors.contains("sig=") && !result.output.contains("sig="))
  }
}
