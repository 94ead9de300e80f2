import Foundation
import JSON
import Storage
import TestSupport
import Testing

/// A run's own records that somebody or something changed: they are not believed, and that is said.
@Suite struct ChangedRecordTests {
  /// A change of a record's lines.
  enum Change: String, CaseIterable {
    case digit, emptiedList, cut, doubled, swapped, removed, allRemoved, ofAnotherRun
  }

  @Test(arguments: ["landsat", "published"], Change.allCases)
  func `lines that are not as they were written are made up for`(name: String, change: Change) async throws {
    let bench = try await CommandBench()
    #expect(try await bench.runPipeline().status == 0)
    #expect(
      try await bench.run(["run", "config.json", "--progress", "none", "--output", "other"]).status == 0)
    let reference = try await bench.data()
    let statistics = try statistics(of: bench)
    let path = "\(bench.folder)/out/ledger/\(name).jsonl"
    var lines = try lines(path)
    let other = try self.lines("\(bench.folder)/other/ledger/\(name).jsonl")
    try #require(lines.count >= 4)
    switch change {
    case .digit: lines[1] = changed(lines[1])
    case .emptiedList:
      lines[1] = lines[1].replacing(
        /"statistics":\[.*\](?=,"(?:line|empty_cells)")/, with: "\"statistics\":[]"
      )
      .replacing(/"failed_cells":0/, with: "\"failed_cells\":1")
    case .cut: lines[lines.count - 1].removeLast(30)
    case .doubled: lines.insert(lines[1], at: 3)
    case .swapped: lines.swapAt(1, 2)
    case .removed: lines.remove(at: 1)
    case .allRemoved: lines = ["{}"]
    case .ofAnotherRun: lines[1] = other[1]
    }
    try LocalFiles.writeAtomically(path, text: lines.joined(separator: "\n") + "\n")
    try LocalFiles.remove(bench.folder + "/out/summary.json")
    let result = try await bench.runPipeline()
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.contains("ledger/\(name).jsonl"), "\(result.errors)")
    #expect(try bench.json("out/summary.json")["run"]?["damage"]?.array?.isEmpty == false)
    #expect(try await bench.data() == reference)
    #expect(try self.statistics(of: bench) == statistics)
    // It is said once.
    let again = try await bench.runPipeline()
    #expect(!again.errors.contains("ledger/\(name).jsonl"), "\(again.errors)")
  }

  private func lines(_ path: String) throws -> [String] {
    String(decoding: try LocalFiles.readAll(path), as: UTF8.self).split(separator: "\n").map(String.init)
  }

  /// A line with another digit in its middle.
  private func changed(_ line: String) -> String {
    var bytes = Array(line.utf8)
    let middle = bytes.indices.dropFirst(bytes.count / 3).first { (48...57).contains(bytes[$0]) } ?? 0
    bytes[middle] = bytes[middle] == 57 ? 48 : bytes[middle] + 1
    return String(decoding: bytes, as: UTF8.self)
  }

  private func statistics(of bench: CommandBench) throws -> String {
    try #require(try bench.json("out/summary.json")["sequences"]?.plain.text())
  }

  @Test(arguments: [
    ("\"chunk_size\": [", "\"chunk_size\": [0, 0,"),
    ("\"chunks\": [", "\"chunks\": [4294967296, 4294967296, "),
    ("\"scenes\": ", "\"scenes\": 1"), ("\"run\": \"", "\"run\": \"1"), ("\"ndvi\"", "\"ndvj\""),
    ("30", "31"),
  ])
  func `a run.json that was changed is refused by run and status`(old: String, new: String) async throws {
    let bench = try await CommandBench()
    #expect(try await bench.runPipeline().status == 0)
    let path = bench.folder + "/out/run.json"
    let text = String(decoding: try LocalFiles.readAll(path), as: UTF8.self)
    let changed = text.replacingOccurrences(of: old, with: new)
    try #require(changed != text, "run.json has no \(old)")
    try LocalFiles.writeAtomically(path, text: changed)
    for arguments in [["run", "config.json"], ["status", "out"]] {
      let result = try await bench.run(arguments)
      #expect(result.status == 1, "\(arguments): \(result.errors)")
      #expect(result.errors.contains("out/run.json"), "\(result.errors)")
    }
    #expect(try await bench.runPipeline("--fresh").status == 0)
  }

  /// Changes run.json as another build of Apus would have written it, and gives its text.
  private func rewriteRunDocument(
    of bench: CommandBench, _ change: (inout JSONValue) -> Void
  ) throws -> String {
    let path = bench.folder + "/out/run.json"
    var document = try JSONParser.parse(try LocalFiles.readAll(path)).plain
    change(&document)
    document["check"] = nil
    document["check"] = .integer(Int(Checksum.crc32(Array(document.text().utf8))))
    let text = document.text(pretty: true) + "\n"
    try LocalFiles.writeAtomically(path, text: text)
    return text
  }

  @Test(arguments: ["0.0.9", "0.1.0-beta", "99.0"])
  func `a run of another version with the same numbers goes on`(version: String) async throws {
    let bench = try await CommandBench()
    #expect(try await bench.runPipeline().status == 0)
    let path = bench.folder + "/out/landsat/ndvi/2021-03-02.nc"
    let before = try LocalFiles.readAll(path)
    _ = try rewriteRunDocument(of: bench) { $0["apus"] = .string(version) }
    try LocalFiles.remove(bench.folder + "/out/summary.json")
    let result = try await bench.run("run", "config.json", "--progress", "json")
    #expect(result.status == 0, "\(result.errors)")
    #expect(!result.errors.contains("\"publishing\"") && !result.errors.contains("again"), "\(result.errors)")
    #expect(try LocalFiles.readAll(path) == before)
    // The version that ran last.
    #expect(try bench.json("out/run.json")["apus"]?.string != version)
  }

  @Test func `a run of a version without keys is computed again`() async throws {
    let bench = try await CommandBench()
    #expect(try await bench.runPipeline().status == 0)
    let reference = try await bench.data()
    let run = try #require(try bench.json("out/run.json")["run"]?.string)
    _ = try rewriteRunDocument(of: bench) { document in
      document["fingerprint"] = "0123456789abcdef"
      document["inputs"] = ["/archive/a.tif": "1 2.3"]
      document["scenes"] = document["scenes"]?.array?.first
      var plan = document["plan"]?.array ?? []
      for place in plan.indices { plan[place]["keys"] = nil }
      document["plan"] = .array(plan)
    }
    // Its records say nothing of keys either.
    for (name, key) in [("landsat", "\(run)/landsat"), ("published", "\(run)/published files")] {
      let path = "\(bench.folder)/out/ledger/\(name).jsonl"
      let lines = try RecordFile.read(path, key: key).lines.map { line in
        var value = try JSONParser.parse(Array(line)).plain
        for member in ["products", "keys", "line", "check"] { value[member] = nil }
        return value.text()
      }
      try LocalFiles.remove(path)
      try RecordFile(path, key: key).append(lines)
    }
    let result = try await bench.run("run", "config.json", "--progress", "plain")
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.contains("an earlier version of Apus"), "\(result.errors)")
    #expect(result.errors.contains("publishing 7 files"), "\(result.errors)")
    #expect(try await bench.data() == reference)
  }

  @Test func `scenes that were changed are refused`() async throws {
    let bench = try await CommandBench()
    #expect(try await bench.runPipeline().status == 0)
    let path = bench.folder + "/out/scenes.json"
    var bytes = try LocalFiles.readAll(path)
    let digit = try #require(bytes.lastIndex { (49...56).contains($0) })
    bytes[digit] += 1
    try LocalFiles.writeAtomically(path, bytes)
    let result = try await bench.runPipeline()
    #expect(result.status == 1)
    #expect(result.errors.contains("out/scenes.json"))
  }

  @Test func `after losses status says so with its exit status`() async throws {
    let bench = try await CommandBench()
    try LocalFiles.truncate(try bench.file("SR_B4"), to: 6)
    #expect(try await bench.runPipeline().status == 1)
    #expect(try await bench.run("status", "out").status == 1)
    #expect(try await bench.run("status", "out", "--json").status == 1)
  }

  @Test(arguments: [["--progress", "json"], ["--progress", "json", "--quiet"]])
  func `with json progress every line is one object, also those about losses and mistakes`(
    arguments: [String]
  ) async throws {
    let bench = try await CommandBench()
    try LocalFiles.truncate(try bench.file("SR_B4"), to: 6)
    try bench.write()
    let lossy = try await bench.run(["run", "config.json"] + arguments)
    let refused = try await bench.run(["run", "config.json", "--output", "archive"] + arguments)
    try LocalFiles.writeAtomically(bench.folder + "/config.json", text: "{\"pipeline\": 3}")
    let mistaken = try await bench.run(["run", "config.json"] + arguments)
    #expect([lossy.status, refused.status, mistaken.status] == [1, 64, 64])
    for result in [lossy, refused, mistaken] {
      let lines = result.errors.split(separator: "\n")
      #expect(!lines.isEmpty)
      for line in lines {
        let node = try? JSONParser.parse(Array(line.utf8))
        #expect(node?["event"]?.string != nil, "\(line)")
      }
    }
  }
}
