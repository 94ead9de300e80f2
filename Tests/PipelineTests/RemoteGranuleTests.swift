import Engine
import Foundation
import Geo
import JSON
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Pipeline

/// Runs on granules that come from servers and go after use. What is brought is counted; no server is needed.
@Suite(.serialized, .timeLimit(.minutes(15))) struct RemoteGranuleTests {
  @Test(
    "Granules go when the last cell that needs them is done; a run that is continued brings what it computes")
  func removesAndBringsAgain() async throws {
    let granules = try SwathRunTests.Granules()
    let away = granules.folder.file("away")
    try LocalFiles.createDirectory(away)
    let brought = Mutex<[String]>([])
    var paths: [String] = []
    for day in 1...4 {
      var granule = MadeGranule(longitude: 10, latitude: 40, heading: Double(day * 20))
      granule.time = "2024-08-0\(day)T11:00:00Z"
      let path = granules.path("g\(day)")
      try await granule.write(path)
      try LocalFiles.copyAtomically(path, to: "\(away)/g\(day).nc")
      paths.append(path)
    }
    func config(_ name: String, _ bands: String) throws -> PipelineConfig {
      try granules.config(
        name, area: SwathRunTests.lonLat, bands: bands,
        modules: #", { "module": "composite", "of": "chlor_a", "statistic": "mean", "as": "mean" }"#,
        resources: #"{ "threads": 2, "chunk": 20 }"#)
    }
    let right = try await granules.compute(try config("local", #"["chlor_a"]"#), variable: "mean").values
    #expect(right.contains { !$0.isNaN })

    let size = try LocalFiles.size(paths[0])
    for path in paths {
      GranuleCopies.shared.add(
        path,
        GranuleCopies.Source(
          identity: path, size: size, isKept: false,
          bring: { target in
            brought.withLock { $0.append(target) }
            if LocalFiles.exists(target) { return }
            try LocalFiles.copyAtomically("\(away)/\(LocalFiles.name(of: target))", to: target)
          }))
    }
    // Two of them have room: others go on the way.
    GranuleCopies.shared.limit(size * 5 / 2)
    defer { GranuleCopies.shared.limit(.max) }
    let first = try await granules.compute(try config("remote", #"["chlor_a"]"#), variable: "mean")
    #expect(first.outcome.losses.isEmpty)
    #expect(zip(first.values, right).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) })
    #expect(paths.allSatisfy { !LocalFiles.exists($0) })
    #expect(brought.withLock { $0.count } > 4)

    // Nothing is left to do: at most one is looked at for what products say of themselves.
    brought.withLock { $0 = [] }
    let scenes = try LocalFiles.readAll("\(granules.folder.file("remote"))/scenes.json")
    let second = try await granules.compute(try config("remote", #"["chlor_a"]"#), variable: "mean")
    #expect(second.outcome.losses.isEmpty)
    #expect(zip(second.values, right).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) })
    #expect(brought.withLock { $0.count } <= 1)
    #expect(try LocalFiles.readAll("\(granules.folder.file("remote"))/scenes.json") == scenes)
    #expect(paths.allSatisfy { !LocalFiles.exists($0) })
  }
}
