import Engine
import JSON
import Testing

@testable import Pipeline

/// Sentinel-2 stored numbers before and after processing baseline 04.00, from catalogues that say it each in
/// their own way.
@Suite struct SentinelOffsetTests {
  /// The scale and offset that reading applies, unless the file has its own, by scene.
  private func encodings(_ fixture: PlannerFixture) async throws -> [String: SampleEncoding] {
    var found: [String: SampleEncoding] = [:]
    for timeStep in try await fixture.sequence().timeSteps {
      for scene in timeStep.scenes {
        guard case .file(let file) = scene.bands[1] else { continue }
        found[scene.id] = file.encoding.or(file.fallback)
      }
    }
    return found
  }

  private func fixture() throws -> PlannerFixture {
    let fixture = try PlannerFixture()
    fixture.download = ["collection": "sentinel-2-l2a", "bands": ["B04", "B08", "SCL"]]
    fixture.mask = ["band": "SCL"]
    for place in fixture.scenes.indices {
      fixture.scenes[place].collection = "sentinel-2-l2a"
      fixture.scenes[place].bands = ["B04", "B08", "SCL"]
    }
    return fixture
  }

  @Test func `by the processing baseline where nothing else tells, as on Planetary Computer`() async throws {
    let fixture = try fixture()
    for (place, baseline) in ["03.01", "04.00", "05.11"].enumerated() {
      fixture.scenes[place].properties = ["s2:processing_baseline": .string(baseline)]
    }
    #expect(
      try await encodings(fixture) == [
        "scene-0": SampleEncoding(nodata: 0, scale: 0.0001, offset: 0),
        "scene-1": SampleEncoding(nodata: 0, scale: 0.0001, offset: -0.1),
        "scene-2": SampleEncoding(nodata: 0, scale: 0.0001, offset: -0.1),
      ])
    let notes = try await fixture.plan().notes
    #expect(
      notes == [
        "sequence \"s\": offset of Sentinel-2 Level-2A reflectance: 0 for 1 scene, by the processing baseline; "
          + "-0.1 for 2 scenes, by the processing baseline"
      ])
  }

  @Test func `by raster:bands, unless the catalogue took the offset out of its files, as on Earth Search`()
    async throws
  {
    let fixture = try fixture()
    // scene-1's raster:bands have the offset still, which is wrong (Element84/earth-search #9, #66).
    let properties: [JSONObject] = [
      ["s2:processing_baseline": "02.14", "earthsearch:boa_offset_applied": false],
      ["s2:processing_baseline": "05.09", "earthsearch:boa_offset_applied": true],
      ["s2:processing_baseline": "04.00", "earthsearch:boa_offset_applied": false],
    ]
    for (place, offset) in [0, -0.1, -0.1].enumerated() {
      fixture.scenes[place].properties = properties[place]
      fixture.scenes[place].rasterBand = ["nodata": 0, "scale": 0.0001, "offset": .number(offset)]
    }
    let found = try await encodings(fixture)
    #expect(found["scene-0"]?.offset == 0)
    #expect(found["scene-1"] == SampleEncoding(nodata: 0, scale: 0.0001, offset: 0))
    #expect(found["scene-2"]?.offset == -0.1)
    let note = try #require(try await fixture.plan().notes.first)
    #expect(
      note.contains("0 for 1 scene whose stored numbers are without it (boa_offset_applied)"), "\(note)")
    #expect(note.contains("-0.1 for 1 scene, as the catalogue says (raster:bands)"), "\(note)")
  }

  @Test func `by the config before all`() async throws {
    let fixture = try fixture()
    for place in fixture.scenes.indices {
      fixture.scenes[place].properties = ["s2:processing_baseline": "05.09"]
    }
    fixture.download["overrides"] = ["B04": ["scale": 0.0002, "offset": 0.5], "*": ["scale": 0.0001]]
    let found = try await encodings(fixture)
    #expect(Set(found.values) == [SampleEncoding(nodata: 0, scale: 0.0002, offset: 0.5)])
    #expect(try await fixture.plan().notes == [])
  }

  @Test func `a scale without an offset leaves the offset to the baseline`() async throws {
    let fixture = try fixture()
    for place in fixture.scenes.indices {
      fixture.scenes[place].properties = ["s2:processing_baseline": "05.09"]
      fixture.scenes[place].rasterBand = ["nodata": 0, "scale": 0.0001]
    }
    #expect(try await encodings(fixture)["scene-1"] == SampleEncoding(nodata: 0, scale: 0.0001, offset: -0.1))
  }

  @Test func `a scene that tells nothing is said to`() async throws {
    let fixture = try fixture()
    #expect(try await encodings(fixture)["scene-0"]?.offset == 0)
    let note = try #require(try await fixture.plan().notes.first)
    #expect(note.contains("0 for 3 scenes whose processing baseline is not known"), "\(note)")
  }

  @Test func `the scene's own collection tells what the config does not`() async throws {
    let fixture = try fixture()
    fixture.download["collection"] = nil
    fixture.scenes[1].properties = ["s2:processing_baseline": "04.00"]
    #expect(
      try await encodings(fixture)["scene-1"] == SampleEncoding(nodata: 0, scale: 0.0001, offset: -0.1))
  }
}
