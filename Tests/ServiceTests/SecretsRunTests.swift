import Foundation
import Storage
import TestSupport
import Testing

/// No secret of a catalogue, an address or the environment is found in anything the program writes.
@Suite struct SecretsRunTests {
  /// A catalogue behind a server that wants a token, and files behind signed links and passwords, on another.
  private final class SecretsBench {
    let files: RemoteBench
    let catalogue: TestServer
    let token = "Bearer eyJ-SECRET-header"

    init() async throws {
      files = try await RemoteBench(["--broken", "20210702_02_T1_SR_B5", "--broken-status", "403"])
      catalogue = try await TestServer(
        ["file_server.py", files.folder, "--port", "{port}", "--bearer", "eyJ-SECRET-header"], path: "/_stats"
      )
      try await files.write(["source": catalogue.url + "/catalogue.json?version=1"]) { key, asset in
        guard let href = asset["href"] as? String else { return }
        switch key {
        case "red": asset["href"] = href + "?se=2030-01-01&sp=rl&sig=SECRET-signature"
        case "nir08":
          asset["href"] = href.replacingOccurrences(of: "http://", with: "http://user:SECRET-word@")
        default: break
        }
        asset["alternate"] = [
          "azure": ["href": href + "?sig=SECRET-alternate"], "ftp": ["href": "ftp://u:SECRET-ftp@a.b/c"],
        ]
        asset["description"] = "see https://a.b/c?token=SECRET-text, or ask"
        asset["storage:options"] = ["account_key": "SECRET-key"]
      }
    }

    var environment: [String: String] {
      ["APUS_STAC_HEADERS": "Authorization: " + token, "GDAL_HTTP_MAX_RETRY": "0"]
    }

    func run(_ arguments: [String], _ more: [String: String] = [:]) async throws -> ProgramResult {
      try await files.apus(arguments, environment: environment.merging(more) { $1 })
    }

    /// That nothing holds a secret but what the test itself wrote: outputs of commands, the run, the archive.
    func expectNoSecret() throws {
      let own: Set<String> = ["catalogue.json", "requests.jsonl"]
      let all = try files.files(holding: ["SECRET"])
      #expect(all.contains("catalogue.json"), "there are secrets that could be told")
      #expect(all.filter { !own.contains($0) } == [])
    }
  }

  @Test(arguments: ["stream", "copy"]) func `no secret is in anything that is written`(mode: String)
    async throws
  {
    let bench = try await SecretsBench()
    let path = bench.files.folder + "/config.json"
    let config = try String(contentsOfFile: path, encoding: .utf8)
    try config.replacingFound(
      "\"module\" : \"download\"", with: "\"module\" : \"download\", \"mode\": \"\(mode)\""
    )
    .write(toFile: path, atomically: true, encoding: .utf8)
    for arguments in [["plan", "config.json"], ["plan", "config.json", "--json"]] {
      let plan = try await bench.run(arguments)
      #expect(plan.status == 0, "\(plan.errors)")
    }
    // One file is forbidden: it is named, in the ledger and in the summary too.
    let first = try await bench.run(["run", "config.json", "--progress", "plain"])
    #expect(first.status == 1 && first.errors.contains("HTTP code: 403"), "\(first.errors)")
    #expect(
      first.errors.contains("20210702_02_T1_SR_B5.TIF") || first.errors.contains("20210702_02_T1_SR_B5.tif"))
    let scenes = try String(contentsOfFile: bench.files.folder + "/out/scenes.json", encoding: .utf8)
    #expect(scenes.contains("_SR_B4.tif\"") && scenes.contains("alternate"))
    #expect(try bench.files.files(holding: ["403"]).contains { $0.hasPrefix("out/ledger/") })
    _ = try await bench.run(["run", "config.json", "--progress", "json"])
    _ = try await bench.run(["status", "out"])
    try bench.expectNoSecret()
    // The run from a server of its own, by an address with all kinds of secrets.
    let place =
      bench.catalogue.url.replacingOccurrences(of: "http://", with: "http://user:SECRET-run@")
      + "/out?sig=SECRET-run"
    let headers = ["GDAL_HTTP_HEADERS": "Authorization: " + bench.token]
    let status = try await bench.run(["status", place], headers)
    #expect(status.output.contains("landsat"), "\(status.errors)")
    let archive = try await bench.run(["download", place, "--zip", "a.zip"], headers)
    #expect(archive.status == 0, "\(archive.errors)")
    try await Program(["unzip", "-q", "-d", "archive", "a.zip"], in: bench.files.folder).output()
    #expect(try bench.files.files(holding: ["/out/landsat/ndvi/"]).contains { $0.hasPrefix("archive/stac/") })
    try bench.expectNoSecret()
  }

  @Test func `refusals hold no secret`() async throws {
    let bench = try await SecretsBench()
    // The server repeats the token that it refuses.
    let refused = try await bench.run(
      ["run", "config.json"], ["APUS_STAC_HEADERS": "Authorization: Bearer wrong-SECRET-header"])
    #expect(refused.status == 1 && refused.errors.contains("HTTP status 401"), "\(refused.errors)")
    let nowhere = try await bench.run(["status", "http://user:SECRET@127.0.0.1:9/run?sig=SECRET"])
    #expect(nowhere.status != 0 && nowhere.errors.contains("127.0.0.1:9"), "\(nowhere.errors)")
    let download = try await bench.run(
      ["download", "http://user:SECRET@127.0.0.1:9/run?sig=SECRET", "--zip", "b.zip"])
    #expect(download.status != 0 && download.errors.contains("127.0.0.1:9"), "\(download.errors)")
    for place in ["s3://KEY:SECRET@bucket/x", "az://container/x?sig=SECRET"] {
      let output = try await bench.run(["run", "config.json", "--output", place])
      #expect(
        output.status == 64 && output.errors.contains("password, signature or token"), "\(output.errors)")
    }
    try bench.expectNoSecret()
  }
}
