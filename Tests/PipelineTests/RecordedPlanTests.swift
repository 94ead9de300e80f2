import Catalog
import Engine
import Geo
import JSON
import Storage
import Testing

@testable import Pipeline

/// What an earlier run decided, and when it may be continued.
@Suite struct RecordedPlanTests {
  /// Writes what a run writes when it begins.
  private func begin(_ fixture: PlannerFixture) async throws -> RunDirectory {
    let directory = RunDirectory(fixture.folder + "/out")
    try LocalFiles.createDirectory(directory.path)
    let keys = RunKeys(try await fixture.plan(), recorded: nil, versions: nil)
    try RunDocuments(directory: directory, version: "1")
      .write(keys, run: "run", started: Instant(microsecondsSince1970: 0), nil)
    return directory
  }

  @Test func `the same config continues, and so does one with other threads, memory or modules`() async throws
  {
    let fixture = try PlannerFixture()
    let directory = try await begin(fixture)
    let recorded = try #require(try RecordedPlan(directory))
    #expect(try recorded.conflict(with: fixture.read(), directory: directory) == nil)
    fixture.config["resources"] = ["threads": 3, "memory": "1GiB"]
    #expect(try recorded.conflict(with: fixture.read(), directory: directory) == nil)
    fixture.mask["dilate"] = 2
    #expect(try recorded.conflict(with: fixture.read(), directory: directory) == nil)
  }

  @Test func `another search or other chunks do not continue, and what changed is named`() async throws {
    let fixture = try PlannerFixture()
    let directory = try await begin(fixture)
    let recorded = try #require(try RecordedPlan(directory))
    for (name, value) in [
      ("limit", JSONValue.integer(2)), ("group_by", "time"), ("query", ["eo:cloud_cover": ["lt": 50]]),
    ] {
      fixture.download[name] = value
      let conflict = try #require(try recorded.conflict(with: fixture.read(), directory: directory))
      #expect(conflict.isConfigMistake)
      #expect(conflict.description.contains("$.sequences.s.\(name)"), "\(conflict)")
      #expect(conflict.description.contains("--fresh"))
      fixture.download[name] = nil
    }
    fixture.config["dates"] = ["start": "2021-01-01", "end": "2021-01-31"]
    let dates = try #require(try recorded.conflict(with: fixture.read(), directory: directory))
    #expect(dates.isConfigMistake && dates.description.contains("$.dates"), "\(dates)")
    fixture.config["dates"] = nil
    fixture.config["resources"] = ["chunk": [64, 32]]
    let chunks = try #require(try recorded.conflict(with: fixture.read(), directory: directory))
    #expect(chunks.isConfigMistake && chunks.description.contains("\"chunk\""))
  }

  @Test func `a run that is killed while its scenes are written anew is one that can be continued`()
    async throws
  {
    let fixture = try PlannerFixture()
    let directory = try await begin(fixture)
    let recorded = try #require(try RecordedPlan(directory))
    var document = recorded.document
    document["scenes"] = [.integer(Int(recorded.scenesChecksum)), 17]
    try LocalFiles.writeAtomically(directory.runDocument, text: RunDocument.text(document))
    #expect(try RecordedPlan(directory)?.scenes.keys.sorted() == recorded.scenes.keys.sorted())
    document["scenes"] = [16, 17]
    try LocalFiles.writeAtomically(directory.runDocument, text: RunDocument.text(document))
    #expect(throws: PlanError.self) { try RecordedPlan(directory) }
  }

  @Test func `the recorded scenes count, whatever the catalogue holds by now`() async throws {
    let fixture = try PlannerFixture()
    let directory = try await begin(fixture)
    let before = try await fixture.sequence()
    fixture.scenes = [PlannerFixture.Scene(id: "later", datetime: "2021-03-01T14:30:00Z")]
    let recorded = try RecordedPlan(directory)
    let plan = try await PipelinePlanner(fixture.read(), recorded: recorded).plan()
    #expect(plan.sequences[0].plan?.timeSteps.map(\.label) == before.timeSteps.map(\.label))
    #expect(plan.sequences[0].plan?.layout == before.layout)
  }

  @Test func `a directory without a run has no plan, and one with half a run is refused`() async throws {
    let fixture = try PlannerFixture()
    #expect(try RecordedPlan(RunDirectory(fixture.folder)) == nil)
    let directory = try await begin(fixture)
    try LocalFiles.remove(directory.scenes)
    #expect(throws: PlanError.self) { try RecordedPlan(directory) }
    for text in ["{\"a\": 1}", "{\"a\":", ""] {
      try LocalFiles.writeAtomically(directory.runDocument, text: text)
      let error = try #require(throws: PlanError.self) { try RecordedPlan(directory) }
      #expect(error.description.contains("--fresh"))
    }
    try LocalFiles.remove(directory.runDocument)
    try LocalFiles.createDirectory(directory.ledger)
    try LocalFiles.writeAtomically(directory.published, text: "")
    let error = try #require(throws: PlanError.self) { try RecordedPlan(directory) }
    #expect(error.description.contains("without its run.json"))
  }
}
