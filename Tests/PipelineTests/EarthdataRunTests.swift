import Foundation
import NetCDF
import Storage
import TestSupport
import Testing

/// The whole command on granules that NASA's catalogue finds and its archives hand out, against a stand-in for both.
@Suite struct EarthdataRunTests {
  /// Three granules, a server of them, and a folder to run in.
  private struct Bench {
    let folder: TemporaryFolder
    let server: EarthdataServer

    init(_ ways: EarthdataServer.Ways = .init()) async throws {
      NetCDFThread.prepareProcess()
      folder = try TemporaryFolder()
      try LocalFiles.createDirectory(folder.file("away"))
      for day in 1...3 {
        var granule = MadeGranule(
          lines: 20, columns: 20, longitude: 10, latitude: 40, heading: Double(day * 20))
        granule.time = "2024-08-0\(day)T11:00:00Z"
        try await granule.write(folder.file("away/MADE.2024080\(day)T110000.nc"))
      }
      server = try EarthdataServer(folder.file("away"), ways)
    }

    func run(
      _ name: String, _ environment: [String: String], download: String = "", source: String? = nil
    ) async throws -> ProgramResult {
      let text = """
        { "pipeline": "p", "area": { "bbox": [9.6, 39.6, 10.4, 40.4], "crs": "EPSG:4326", "resolution": 0.1 },
          "dates": { "start": "2024-08-01", "end": "2024-08-03" }, "output": { "location": "\(name)" },
          "resources": { "threads": 1 },
          "sequences": [ { "name": "s", "modules": [
            { "module": "download", "source": "\(source ?? server.source)"\(source == nil ? #", "collection": "MADE""# : ""),
              "bands": ["chlor_a"], "group_by": "time"\(download) },
            { "module": "composite", "of": "chlor_a", "as": "mean" } ] } ] }
        """
      try LocalFiles.writeAtomically(folder.file("\(name).json"), text: text)
      let own = [
        "PATH": "/usr/bin:/bin", "HOME": folder.path, "APUS_GRANULES": folder.file("copies-\(name)"),
      ]
      return try await Program(
        [Project.apus, "run", "\(name).json", "--quiet"], in: folder.path,
        environment: own.merging(environment) { $1 }
      ).run()
    }

    /// The mean that a run made.
    @NetCDFThread func mean(_ name: String) throws -> [Double] {
      let files = FileManager.default.enumerator(atPath: folder.file("\(name)/s"))?.compactMap {
        $0 as? String
      }
      let file = try #require(files?.first { $0.hasSuffix("mean.nc") })
      let reader = try NetCDFFileReader(folder.file("\(name)/s/\(file)"))
      defer { try? reader.close() }
      return try reader.doubles("mean")
    }

    /// Copies that a run left behind.
    func copies(_ name: String) throws -> [String] {
      let left = FileManager.default.enumerator(atPath: folder.file("copies-\(name)"))?.compactMap {
        $0 as? String
      }
      return (left ?? []).filter { $0.hasSuffix(".nc") || $0.contains(".part") }
    }
  }

  private static let byToken = ["EARTHDATA_TOKEN": EarthdataServer.token]
  private static let byPassword = [
    "EARTHDATA_HOST": "localhost", "EARTHDATA_USERNAME": EarthdataServer.user,
    "EARTHDATA_PASSWORD": EarthdataServer.password,
  ]

  @Test(
    "Granules are found page by page and brought after a login, in spite of failures, and are gone at the end",
    arguments: ["token", "password", "netrc"])
  func bringsAfterLogin(login: String) async throws {
    let bench = try await Bench(.init(failsEvery: 3, tellsSizes: login != "netrc"))
    try LocalFiles.writeAtomically(
      bench.folder.file("logins"),
      text: "machine localhost login \(EarthdataServer.user) password \(EarthdataServer.password)\n")
    let environment =
      switch login {
      case "token": Self.byToken
      case "password": Self.byPassword
      default: ["NETRC": bench.folder.file("logins")]
      }
    let result = try await bench.run("remote", environment)
    #expect(result.status == 0, "\(result.errors)")
    #expect(try await bench.run("local", [:], source: "away").status == 0)
    let (found, right) = (try await bench.mean("remote"), try await bench.mean("local"))
    #expect(right.contains { !$0.isNaN })
    #expect(zip(found, right).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) })
    #expect(try bench.copies("remote").isEmpty)
    // Two pages, and one more that some servers only then say is the last.
    #expect(
      Set(bench.server.requests("/search/").map { $0.headers["cmr-search-after"] ?? "" }).isSuperset(of: [
        "", "2",
      ]))
    #expect(!bench.server.files.requests.isEmpty)
    #expect(bench.server.files.requests.allSatisfy { $0.headers["authorization"] == nil })
    // The password goes to the login alone, and the token to the gate alone.
    for request in bench.server.gate.requests {
      let authorization = request.headers["authorization"] ?? ""
      if authorization.hasPrefix("Basic") { #expect(request.path.hasPrefix("/oauth/authorize?")) }
      if authorization.hasPrefix("Bearer") { #expect(request.path.hasPrefix("/data/")) }
    }
    #expect(
      !result.errors.contains(EarthdataServer.password) && !result.errors.contains(EarthdataServer.token))
  }

  @Test(
    "Not to be known and not to be admitted are told apart, and a login that is wrong is no retry",
    arguments: [401, 403])
  func tellsRefusals(status: Int) async throws {
    let bench = try await Bench(.init(isClosed: status == 403))
    let environment = status == 401 ? ["EARTHDATA_TOKEN": "wrong"] : Self.byToken
    let result = try await bench.run("refused", environment)
    #expect(result.status == 1)
    #expect(
      result.errors.contains(status == 401 ? "does not know you (401)" : "known but not admitted (403)"))
    #expect(bench.server.requests("/data/").count <= 6)
    #expect(bench.server.files.requests.isEmpty)
  }

  @Test("A granule that is not there is no result")
  func namesWhatIsNotThere() async throws {
    let bench = try await Bench()
    let result = try await bench.run("none", Self.byToken, download: #", "ids": ["OTHER.nc"]"#)
    #expect(result.status == 1)
    #expect(result.errors.contains("no granule of MADE"), "\(result.errors)")
  }

  @Test("From a bucket granules come with keys that the login hands out once for all of them")
  func readsObjects() async throws {
    let bench = try await Bench()
    let download = """
      , "access": "s3", "sign": { "method": "earthdata", "endpoint": "\(bench.server.gate.url)" }
      """
    let result = try await bench.run("objects", Self.byToken, download: download)
    #expect(result.status == 0, "\(result.errors)")
    #expect(try await bench.run("local", [:], source: "away").status == 0)
    let (found, right) = (try await bench.mean("objects"), try await bench.mean("local"))
    #expect(right.contains { !$0.isNaN })
    #expect(zip(found, right).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) })
    #expect(bench.server.requests("/data/").isEmpty && bench.server.requests("/bucket/").count >= 3)
    #expect(bench.server.requests("/s3credentials").count == 1)
    #expect(try bench.copies("objects").isEmpty)
    for file in ["objects/run.json", "objects/scenes.json", "objects/summary.json"] {
      let text = String(decoding: try LocalFiles.readAll(bench.folder.file(file)), as: UTF8.self)
      #expect(!text.contains("session-KEY0") && !text.contains(EarthdataServer.token))
    }
  }

  @Test("A bucket that is asked from elsewhere says what to do")
  func saysWhereObjectsAre() async throws {
    let bench = try await Bench(.init(isElsewhere: true))
    let download = """
      , "access": "s3", "sign": { "method": "earthdata", "endpoint": "\(bench.server.gate.url)" }
      """
    let result = try await bench.run("elsewhere", Self.byToken, download: download)
    #expect(result.status == 1)
    #expect(
      result.errors.contains("us-west-2") && result.errors.contains("leave \"access\" out"),
      "\(result.errors)")
  }
}
