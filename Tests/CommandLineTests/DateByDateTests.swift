import Foundation
import JSON
import NetCDF
import Storage
import Synchronization
import TestSupport
import Testing

/// One file a date, and results that are uploaded and leave the disk date by date.
@Suite struct DateByDateTests {
  private func write(_ bench: CommandBench, _ output: String, more: String = "") throws {
    try LocalFiles.writeAtomically(
      bench.folder + "/config.json",
      text: """
        { "pipeline": "test", "area": "native", "dates": { "start": "2021-01-01", "end": "2021-12-31" },
          "output": { "layout": "per_date" \(output) }, "resources": { "threads": 2, "chunk": [32, 32] },
          "sequences": [{ "name": "landsat", "modules": [
            { "module": "download", "source": "archive/items.json", "collection": "landsat-c2-l2" },
            { "module": "cloud_mask", "reject": ["fill", "cloud"], "as": "clouds", "save": true },
            { "module": "expression", "formula": "nir08 / red", "as": "ratio", "save": true },
            { "module": "ndvi", "save": true }\(more)] }] }
        """)
  }

  private func files(_ folder: String) -> [String] {
    ((try? LocalFiles.list(folder)) ?? []).filter { $0.hasSuffix(".nc") }.sorted()
  }

  @NetCDFThread
  private static func values(_ folder: String, _ files: [String]) throws -> [String: [UInt64]] {
    var values: [String: [UInt64]] = [:]
    for file in files {
      let reader = try NetCDFFileReader("\(folder)/\(file)")
      defer { try? reader.close() }
      for name in ["clouds", "ratio", "ndvi"] {
        values["\(file) \(name)"] = try reader.doubles(name).map(\.bitPattern)
      }
    }
    return values
  }

  @Test func `a file a date holds what files of variables hold, and a reduction its own`() async throws {
    let bench = try await CommandBench()
    let mean = #", { "module": "seasonal_mean", "of": "ndvi" }"#
    try write(bench, "", more: mean)
    let grouped = try await bench.run(["run", "config.json", "--output", "grouped", "--progress", "none"])
    #expect(grouped.status == 0, "\(grouped.errors)")
    try LocalFiles.writeAtomically(
      bench.folder + "/config.json",
      text: String(contentsOfFile: bench.folder + "/config.json", encoding: .utf8)
        .replacing("per_date", with: "per_variable"))
    let apart = try await bench.run(["run", "config.json", "--output", "apart", "--progress", "none"])
    #expect(apart.status == 0, "\(apart.errors)")
    let names = files(bench.folder + "/grouped/landsat")
    #expect(names.count == 7 && names.last == "ndvi_seasonal_mean.nc")
    let values = try await Self.values(bench.folder + "/grouped/landsat", names.dropLast())
    for variable in ["clouds", "ratio", "ndvi"] {
      let folder = "\(bench.folder)/apart/landsat/\(variable)"
      #expect(files(folder) == names.dropLast())
      for file in files(folder) {
        let own = try await NetCDFThread.run {
          let reader = try NetCDFFileReader("\(folder)/\(file)")
          defer { try? reader.close() }
          return try reader.doubles(variable).map(\.bitPattern)
        }
        #expect(values["\(file) \(variable)"] == own)
      }
    }
    let status = try await bench.run("status", "grouped")
    #expect(status.status == 0 && status.output.contains("complete"), "\(status.output)")
  }

  @Test func `no more than two dates' files are on the disk, and what arrives is the same`() async throws {
    let bench = try await CommandBench()
    try write(bench, "")
    let whole = try await bench.run(["run", "config.json", "--output", "whole", "--progress", "none"])
    #expect(whole.status == 0, "\(whole.errors)")
    let names = files(bench.folder + "/whole/landsat")
    let expected = try await Self.values(bench.folder + "/whole/landsat", names)

    try write(bench, #", "upload": "\#(bench.folder)/arrived", "delete_local": true"#)
    let folder = bench.folder
    let command = bench.command(["run", "config.json", "--output", "out", "--progress", "none"])
    let most = Mutex(0)
    let result = try await command.run { running in
      try await onOwnThread {
        while running.isRunning {
          let here = ((try? LocalFiles.list(folder + "/out/landsat")) ?? []).count { $0.hasSuffix(".nc") }
          most.withLock { $0 = max($0, here) }
          usleep(300)
        }
      }
    }
    #expect(result.status == 0, "\(result.errors)")
    #expect(most.withLock { $0 } <= 2)
    #expect(files(folder + "/arrived/landsat") == names)
    #expect(try await Self.values(folder + "/arrived/landsat", names) == expected)
    #expect(files(folder + "/out/landsat").isEmpty && !LocalFiles.exists(folder + "/out/store.zarr"))
    let status = try await bench.run("status", "out")
    #expect(status.output.contains("0 failed, 0 waiting") && status.output.contains("complete"))
    func sequences(_ path: String) throws -> JSONValue? { try bench.json(path)["sequences"]?.plain }
    #expect(try sequences("arrived/summary.json") == sequences("whole/summary.json"))
  }

  @Test func `killed in between it goes on with the next date, and losses stay named`() async throws {
    let bench = try await CommandBench()
    try write(bench, "")
    _ = try await bench.run(["run", "config.json", "--output", "whole", "--progress", "none"])
    let names = files(bench.folder + "/whole/landsat")
    let expected = try await Self.values(bench.folder + "/whole/landsat", names)
    let band = try bench.file("SR_B4")
    let bytes = try LocalFiles.readAll(band)
    try LocalFiles.writeAtomically(band, Array(bytes.prefix(bytes.count / 2)))
    try write(bench, #", "upload": "\#(bench.folder)/arrived", "delete_local": true"#)
    for attempt in 0..<3 {
      try await bench.command(["run", "config.json", "--output", "out", "--progress", "none"]).run {
        running in
        try await running.send(SIGKILL, after: .milliseconds(150 + attempt * 120))
      }
    }
    let lossy = try await bench.run(["run", "config.json", "--output", "out", "--progress", "none"])
    #expect(lossy.status == 1)
    let losses = try bench.json("out/summary.json")["sequences"]?.array?.first?["losses"]?.array ?? []
    #expect(!losses.isEmpty && losses.allSatisfy { $0["date"]?.string == "2021-03-02" })
    let status = try await bench.run("status", "out")
    #expect(status.status == 1 && status.output.contains("loss on 2021-03-02"), "\(status.output)")
    try LocalFiles.writeAtomically(band, bytes)
    let last = try await bench.run(["run", "config.json", "--output", "out", "--progress", "none"])
    #expect(last.status == 0, "\(last.errors)")
    #expect(try await Self.values(bench.folder + "/arrived/landsat", names) == expected)
  }
}
