import Catalog
import Geo
import JSON
import Testing

@Suite struct SceneGroupingTests {
  private func scene(_ id: String, _ datetime: String, west: Double, east: Double) async throws -> Scene {
    try await ItemFixture.scene(
      ItemFixture.item(id, datetime: .string(datetime), bbox: [west, -1, east, 1])
    )
  }

  @Test func `scenes of one solar day are one time step in order of time`() async throws {
    // Longitude 150: ten hours ahead, so 23:50 and 00:10 UTC are one morning of January 4.
    let scenes = [
      try await scene("late", "2021-01-04T00:10:00Z", west: 149, east: 151),
      try await scene("early", "2021-01-03T23:50:00Z", west: 149, east: 151),
      try await scene("next", "2021-01-04T23:50:00Z", west: 149, east: 151),
    ]
    let groups = SceneGrouping.solarDay.group(scenes)
    #expect(groups.map(\.date.description) == ["2021-01-04", "2021-01-05"])
    #expect(groups.map { $0.scenes.map(\.id) } == [["early", "late"], ["next"]])
    #expect(groups[0].time == Instant("2021-01-03T23:50:00Z"))
    #expect(groups.map(\.label) == ["2021-01-04", "2021-01-05"])
    let utc = SceneGrouping.utcDay.group(scenes)
    #expect(utc.map { $0.scenes.map(\.id) } == [["early"], ["late", "next"]])
  }

  @Test func `hours and seconds differ between time zones`() async throws {
    // Longitude -71: odc-stac shifts by int(-4.73) = -4 hours, datacube-core by -17040 seconds (-4:44).
    let scenes = [try await scene("a", "2021-01-03T04:30:00Z", west: -72, east: -70)]
    #expect(SceneGrouping.solarDay.group(scenes)[0].date.description == "2021-01-03")
    #expect(SceneGrouping.solarDaySeconds.group(scenes)[0].date.description == "2021-01-02")
  }

  @Test func `a box across the antimeridian has its middle there`() async throws {
    let east = try await scene("e", "2021-01-03T13:00:00Z", west: 178, east: -179)
    let west = try await scene("w", "2021-01-03T11:00:00Z", west: 179, east: -178)
    #expect(east.centreLongitude == 179.5)
    #expect(west.centreLongitude == -179.5)
    #expect(SceneGrouping.solarDay.group([east])[0].date.description == "2021-01-04")
    #expect(SceneGrouping.solarDay.group([west])[0].date.description == "2021-01-03")
  }

  @Test func `a given longitude holds for all scenes`() async throws {
    let scenes = [
      try await scene("a", "2021-01-03T18:30:00Z", west: 74, east: 75.5),
      try await scene("b", "2021-01-03T19:30:00Z", west: 75, east: 76),
    ]
    #expect(SceneGrouping.solarDay.group(scenes).count == 2)
    #expect(SceneGrouping.solarDay.group(scenes, longitude: 70).count == 1)
  }

  @Test func `every scene can be a time step with a name of its own`() async throws {
    let scenes = [
      try await scene("c", "2021-01-04T10:00:00Z", west: 0, east: 1),
      try await scene("a", "2021-01-03T10:00:00Z", west: 0, east: 1),
      try await scene("b", "2021-01-03T10:00:00Z", west: 0, east: 1),
      try await scene("d", "2021-01-03T10:00:24.5Z", west: 0, east: 1),
    ]
    let groups = SceneGrouping.scene.group(scenes)
    #expect(groups.map { $0.scenes.map(\.id) } == [["a"], ["b"], ["d"], ["c"]])
    #expect(
      groups.map(\.label) == [
        "2021-01-03T100000Z", "2021-01-03T100000Z-2", "2021-01-03T100024.500000Z", "2021-01-04",
      ]
    )
  }

  @Test func `the names of the modes are the configurations`() {
    #expect(SceneGrouping(rawValue: "solar_day") == .solarDay)
    #expect(SceneGrouping(rawValue: "time") == .scene)
    #expect(SceneGrouping.solarDay.group([]).isEmpty)
  }
}
