import Foundation
import JSON
import Storage
import TestSupport
import Testing

/// Words of others, on their way to a terminal and into archives.
@Suite(.serialized) struct HostileTextTests {
  /// Clears the screen; turns the order of writing; begins a line that looks like ours; C1, DEL, a tag, a separator.
  private static let words =
    "a\u{1B}[2J\u{1B}]0;title\u{7}\r\u{9B}31m\u{85}\u{7F}\u{202E}\u{2066}\u{200F}\u{2028}\u{E0041}\napus: done"

  /// Of these, what a config may hold: no control characters but ends of lines.
  private static let orders = "a\u{202E}\u{2066}\u{200F}\u{2028}\u{E0041}\napus: done"

  private func check(_ text: String, _ what: String) {
    for line in text.split(separator: "\n") {
      let orders = line.unicodeScalars.filter {
        ($0.value < 32 && $0 != "\t") || (0x7F...0x9F).contains($0.value) || $0.properties.isBidiControl
          || (0x2028...0x2029).contains($0.value) || $0.value >= 0xE0000
      }
      #expect(orders.isEmpty, "\(what): \(line.debugDescription)")
      #expect(!line.hasPrefix("apus: done"), "\(what): \(line)")
    }
  }

  @Test func `nothing that others wrote steers the terminal`() async throws {
    let bench = try await CommandBench()
    try bench.changeItem { item in
      item["id"] = Self.words
      var assets = item["assets"] as? [String: Any] ?? [:]
      var red = assets["red"] as? [String: Any] ?? [:]
      red["href"] = "./\(Self.words)/none.tif"
      assets["red"] = red
      item["assets"] = assets
    }
    // A config's own texts hold no control characters; what else turns lines about may be in them.
    bench.config["pipeline"] = Self.orders
    try bench.write()
    for arguments in [
      ["plan", "config.json"], ["plan", "config.json", "--json"],
      ["run", "config.json", "--progress", "plain"], ["status", "out"], ["status", "out", "--json"],
      ["run", "config.json", "--progress", "json"],
      ["run-module", "config.json", "ndvi", "--date", "2021-03-02"],
      ["plan", "config.json", "--output", Self.words],
    ] {
      let result = try await bench.run(arguments)
      check(result.output, "\(arguments) output")
      check(result.errors, "\(arguments) errors")
      if arguments.contains("--json") {
        // Escaped, the words are still the same words.
        #expect(throws: Never.self) { try JSONParser.parse(result.output) }
        #expect(try "\(JSONParser.parse(result.output).plain)".contains("title"), "\(arguments)")
      }
    }
    let losses = try await bench.run("status", "out")
    #expect(losses.output.contains(#"a\u001b[2J"#) && losses.output.contains(#"\napus: done"#))
    // A config with control characters is refused, and says so without obeying them.
    bench.config["pipeline"] = Self.words
    try bench.write()
    let refused = try await bench.run("validate", "config.json")
    #expect(
      refused.status == 64
        && (refused.output + refused.errors).contains("the string holds a control character (U+001B)"))
    check(refused.output + refused.errors, "validate of a pipeline's name")
    // A config whose names are such.
    try Data(#"{"pipeline": "p", "\u001b[2J\u202e": 1, "sequences": []}"#.utf8)
      .write(to: URL(fileURLWithPath: bench.folder + "/bad.json"))
    let bad = try await bench.run("validate", "bad.json")
    #expect(bad.status == 64)
    check(bad.output + bad.errors, "validate")
  }

  @Test func `progress as JSON is JSON to the last line, whatever happens`() async throws {
    let bench = try await CommandBench()
    try bench.write()
    try LocalFiles.removeTree(try bench.file("SR_B4"))
    for (arguments, status) in [
      (["run", "config.json", "--progress", "json"], 1), (["run", "none.json", "--progress", "json"], 64),
      (["run", "config.json", "--progress", "json", "--quiet"], 1),
    ] {
      let result = try await bench.run(arguments)
      #expect(Int(result.status) == status, "\(result.errors)")
      let lines = result.errors.split(separator: "\n")
      #expect(!lines.isEmpty)
      for line in lines {
        #expect(try JSONParser.parse(String(line))["event"]?.string != nil, "\(arguments): \(line)")
      }
    }
  }

  /// Names that a summary may give a file or date: each leads out of the archive's folder, or is another's somewhere.
  @Test func `an archive has no name that leads out of its folder`() async throws {
    let bench = try await CommandBench()
    #expect(try await bench.runPipeline().status == 0)
    let summary = String(decoding: try LocalFiles.readAll(bench.folder + "/out/summary.json"), as: UTF8.self)
    let names = [
      "../../../tmp/evil", "/tmp/evil", "..", ".", "", "C:\\evil", "C:evil", "..\\..\\evil",
      "a/\u{308}../\u{308}../x",
      "a\0b", "nul", "COM1", "con.nc", "a.", "a ", "%2e%2e%2fevil", "~", "\u{1B}[2J", "．．/evil",
      String(repeating: "a", count: 300),
    ]
    for (number, name) in names.enumerated() {
      let written = JSONValue.string(name).text()
      let inner = written.dropFirst().dropLast()
      for changed in [
        summary.replacingOccurrences(of: "\"date\": \"2021-03-02\"", with: "\"date\": \(written)"),
        summary.replacingOccurrences(of: "\"landsat/ndvi/2021-03-02.nc\"", with: written),
        summary.replacingOccurrences(of: "landsat/ndvi/2021-03-02", with: "landsat/\(inner)/2021-03-02"),
      ] {
        #expect(changed != summary)
        try LocalFiles.writeAtomically(bench.folder + "/out/summary.json", text: changed)
        let result = try await bench.run("download", "out", "--zip", "z\(number).zip", "--include", "all")
        #expect(result.status == 1, "\(name.debugDescription): \(result.errors)")
        check(result.errors, "download")
        #expect(!LocalFiles.exists("\(bench.folder)/z\(number).zip"), "\(name.debugDescription)")
      }
    }
    // Two files of one name: unpacking would leave one of them.
    let doubled = summary.replacingOccurrences(
      of: "\"date\": \"2021-03-02\"", with: "\"date\": \"2021-01-01\"")
    try LocalFiles.writeAtomically(bench.folder + "/out/summary.json", text: doubled)
    #expect(try await bench.run("download", "out", "--zip", "z.zip", "--include", "all").status == 1)
    try LocalFiles.writeAtomically(bench.folder + "/out/summary.json", text: summary)
    #expect(try await bench.run("download", "out", "--zip", "z.zip", "--include", "all").status == 0)
  }
}
