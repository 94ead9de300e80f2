import Foundation
import JSON
import Storage
import TestSupport
import Testing

/// Whole runs of the program whose scenes come from a STAC API.
@Suite struct SearchRunTests {
  /// Runs the command in a folder; its output and messages come together.
  private func apus(
    _ arguments: [String], in folder: String, environment: [String: String] = [:]
  ) async throws -> (status: Int32, output: String) {
    // The items name files of https://example.com: nobody shall go there and ask.
    let variables = ["GDAL_HTTP_RETRY_DELAY": "0.01", "HTTPS_PROXY": "http://127.0.0.1:9"]
      .merging(environment) { $1 }
    let result = try await Program(
      [Project.apus] + arguments, in: folder,
      environment: ProcessInfo.processInfo.environment.merging(variables) { $1 }
    ).run()
    return (result.status, result.output + result.errors)
  }

  private func config(_ source: String, band: String, _ more: String = "") -> String {
    """
    {"pipeline": "search", "area": "native", "dates": {"start": "2021-01-01", "end": "2021-12-31"},
     "output": {"location": "out"}, "resources": {"threads": 1},
     "sequences": [{"name": "s", "modules": [
       {"module": "download", "source": "\(source)", "bands": ["\(band)"]\(more)},
       {"module": "seasonal_mean", "of": "\(band)"}]}]}
    """
  }

  private func write(_ text: String, _ path: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
  }

  @Test func `a run from an API is continued without the server`() async throws {
    let folder = try LocalFiles.makeTemporaryDirectory()
    defer { _ = try? LocalFiles.removeTree(folder) }
    let made = try await apus(
      ["simulate", "archive", "--dates", "3", "--size", "60x40", "--bands", "red,qa_pixel", "--quiet"],
      in: folder)
    #expect(made.status == 0, "\(made.output)")
    // The server must name the files wherever it is asked from, and may name none of this machine.
    let items = String(
      decoding: try #require(FileManager.default.contents(atPath: folder + "/archive/items.json")),
      as: UTF8.self)
    let files = try await TestServer(
      ["file_server.py", folder + "/archive", "--port", "{port}"], path: "/_stats")
    let absolute = items.replacingOccurrences(of: "\"./", with: "\"\(files.url)/")
    try write(absolute, folder + "/served.json")
    let collection = folder + "/archive/collection.json"
    let server = try await TestServer(["stac-rustac", "{port}", collection, folder + "/served.json"])
    try write(config(server.url, band: "red", ", \"filter\": \"eo:cloud_cover <= 100\""), folder + "/c.json")
    let first = try await apus(["run", "c.json", "--progress", "none"], in: folder)
    #expect(first.status == 0, "\(first.output)")
    await server.stop()
    let again = try await apus(["run", "c.json", "--progress", "none"], in: folder)
    #expect(again.status == 0, "\(again.output)")
    let fresh = try await apus(["run", "c.json", "--progress", "none", "--fresh"], in: folder)
    #expect(
      fresh.status == 1 && fresh.output.contains(server.url), "a search is needed without its record")
  }

  @Test func `a token reaches neither the run directory nor the terminal`() async throws {
    let folder = try LocalFiles.makeTemporaryDirectory()
    defer { _ = try? LocalFiles.removeTree(folder) }
    let server = try await Servers.misbehaving.value
    try write(
      config(
        "\(server.url)/items:5+auth:open-sesame/", band: "B01",
        ", \"scale\": \"none\", \"group_by\": \"utc_day\""),
      folder + "/c.json")
    let environment = [
      "APUS_STAC_HEADERS": "Authorization: Bearer open-sesame", "GDAL_HTTP_MAX_RETRY": "0",
      "GDAL_HTTP_TIMEOUT": "2",
    ]
    let plan = try await apus(["plan", "c.json"], in: folder, environment: environment)
    #expect(plan.status == 0 && plan.output.contains("scenes   5 on"), "\(plan.output)")
    let text = plan.output.replacingOccurrences(of: "auth:open-sesame", with: "")
    #expect(!text.contains("open-sesame"))
  }

  @Test func `credentials in a config are refused`() async throws {
    let folder = try LocalFiles.makeTemporaryDirectory()
    defer { _ = try? LocalFiles.removeTree(folder) }
    for source in ["https://user:word@example.com/stac", "https://example.com/stac?token=word"] {
      try write(config(source, band: "red", ", \"filter\": \"eo:cloud_cover <\""), folder + "/c.json")
      let outcome = try await apus(["validate", "c.json"], in: folder)
      #expect(outcome.status == 64)
      #expect(
        outcome.output.contains("the address holds a password, signature or token"), "\(outcome.output)")
      #expect(
        outcome.output.contains("$.sequences[0].modules[0].filter: CQL2 text, character 17"),
        "\(outcome.output)")
    }
  }
}
