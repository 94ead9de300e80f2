import Foundation
import Testing

/// Runs on files behind a web server, a good one and bad ones.
@Suite struct RemoteReadingTests {
  @Test func filesOnAServerGiveTheSameBytesAsLocalOnesAndManyRequestsAreOnTheirWay() async throws {
    let bench = try await RemoteBench(["--gather", "3"])
    try bench.write()
    let result = try bench.run()
    #expect(result.status == 0, "\(result.errors)")
    #expect(try await bench.data() == RemoteBench.truth())
    let requests = try bench.requests()
    #expect(requests.map(\.atOnce).max() ?? 0 >= 3)
    #expect(requests.allSatisfy { $0.status == 206 })
    // Nothing twice, but for the head of the one file the plan looks at.
    #expect(Set(requests.map { "\($0.path) \($0.range ?? "")" }).count >= requests.count - 1)
  }

  @Test(arguments: [1, 2]) func aFifthOfTheRequestsFailingChangesNothing(seed: Int) async throws {
    let bench = try await RemoteBench(["--fail", "0.2", "--seed", String(seed)])
    try bench.write()
    let result = try bench.run()
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
  ]) func aFileThatNeverComesIsANamedLossAndNothingElseIsHarmed(options: [String], reason: String)
    async throws
  {
    let bench = try await RemoteBench(options)
    try bench.write()
    let result = try bench.run()
    #expect(result.status == 1)
    #expect(result.errors.contains("scene \"LC08_L2SP_233085_20210702_02_T1\", band \"nir08\""))
    #expect(result.errors.contains(reason), "\(result.errors)")
    let (data, truth) = (try await bench.data(), try await RemoteBench.truth())
    for (file, values) in truth where file != "2021-07-02.nc" && file != "mean" {
      #expect(data[file] == values, "\(file)")
    }
    #expect(data["2021-07-02.nc"]?.allSatisfy { Float(bitPattern: $0).isNaN } ?? true)
  }

  @Test func aServerThatSendsWholeFilesIsRefusedWithAdvice() async throws {
    let bench = try await RemoteBench(["--ignore-range"])
    try bench.write()
    let result = try bench.run()
    #expect(result.status == 1)
    #expect(result.errors.contains("use \"mode\": \"copy\""), "\(result.errors)")
  }

  @Test func filesWhosePlaceNoCatalogueTellsAreOpenedAtOnce() async throws {
    let bench = try await RemoteBench(["--gather", "8"])
    try bench.write(isPlaced: false)
    let plan = try RemoteBench.run(["plan", "config.json"], in: bench.folder)
    #expect(plan.status == 0, "\(plan.errors)")
    #expect(try bench.requests().map(\.atOnce).max() ?? 0 >= 8)
  }
}
