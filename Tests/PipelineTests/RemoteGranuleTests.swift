import Engine
import Foundation
import Geo
import Granules
import JSON
import Storage
import Swath
import Synchronization
import TestSupport
import Testing

@testable import Pipeline

/// Runs on granules that come from servers and go after use. What is brought is counted; no server is needed.
@Suite(.serialized) struct RemoteGranuleTests {
  @Test("A copy stays while it is found out what is in it: another takes no room of it")
  func holdsWhatIsLookedAt() async throws {
    let granules = try SwathRunTests.Granules()
    let held = Mutex<[Bool]>([])
    for day in 1...3 {
      var granule = MadeGranule(longitude: 10, latitude: 40)
      granule.time = "2024-08-0\(day)T11:00:00Z"
      try await granule.write(granules.path("g\(day)"))
      GranuleCopies.shared.add(
        granules.path("g\(day)"),
        GranuleCopies.Source(
          identity: granules.path("g\(day)"), size: nil, isKept: true,
          bring: { path in held.withLock { $0.append(GranuleCopies.shared.isHeld(path)) } }))
    }
    _ = try await PipelinePlanner(try granules.config("a", area: SwathRunTests.lonLat)).plan()
    #expect(held.withLock { $0 } == [true, true, true])
  }

  @Test("What is known of where a granule lies is read as it was written, for the same granule alone")
  func keepsSurveys() throws {
    let folder = try TemporaryFolder()
    let key = OpenGranules.Key(path: folder.file("a.nc"), bands: ["chlor_a"], wishes: Granule.Wishes())
    let survey = SwathSurvey(
      lines: 65, columns: 3, reaches: [5000.25, 1 / 3, 7e5],
      caps: [SphericalCap(x: 0.6, y: -0.8, z: 1e-17, angle: 0.012_345_678_9), nil], spacing: 1234.567)
    #expect(SurveyFile(key, identity: "1").read() == nil)
    SurveyFile(key, identity: "1").write(survey)
    #expect(SurveyFile(key, identity: "1").read() == survey)
    #expect(SurveyFile(key, identity: "2").read() == nil)
    let other = OpenGranules.Key(path: key.path, bands: ["poc"], wishes: Granule.Wishes())
    #expect(SurveyFile(other, identity: "1").read() == nil)
  }

  @Test("A run on copies that is stopped between cells goes on to the same values, and leaves no copy behind")
  func goesOnWhenStopped() async throws {
    let granules = try SwathRunTests.Granules()
    let away = granules.folder.file("away")
    try LocalFiles.createDirectory(away)
    var paths: [String] = []
    for day in 1...4 {
      var granule = MadeGranule(longitude: 10, latitude: 40, heading: Double(day * 20))
      granule.time = "2024-08-0\(day)T11:00:00Z"
      paths.append(granules.path("g\(day)"))
      try await granule.write(paths[day - 1])
      try LocalFiles.copyAtomically(paths[day - 1], to: "\(away)/g\(day).nc")
    }
    func config(_ name: String) throws -> PipelineConfig {
      try granules.config(
        name, area: SwathRunTests.lonLat, bands: #"["chlor_a"]"#, download: #", "regrid": "area""#,
        modules: #", { "module": "composite", "of": "chlor_a", "as": "mean" }"#,
        resources: #"{ "threads": 2, "chunk": 20 }"#)
    }
    let right = try await granules.compute(try config("local"), variable: "mean").values
    let size = try LocalFiles.size(paths[0])
    for path in paths {
      GranuleCopies.shared.add(
        path,
        GranuleCopies.Source(
          identity: path, size: size, isKept: false,
          bring: { target in
            if LocalFiles.exists(target) { return }
            try LocalFiles.copyAtomically("\(away)/\(LocalFiles.name(of: target))", to: target)
          }))
    }
    GranuleCopies.shared.limit(size * 5 / 2)
    defer { GranuleCopies.shared.limit(.max) }
    let stopped = try config("stopped")
    try await SwathResumeTests.stop(stopped, after: 7)
    let kept = try await SwathResumeTests.kept(stopped)
    #expect(kept > 0 && kept < 36)
    let found = try await granules.compute(stopped, variable: "mean")
    #expect(found.outcome.losses.isEmpty)
    #expect(zip(found.values, right).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) })
    #expect(paths.allSatisfy { !LocalFiles.exists($0) })
  }

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
