public import Geo

/// Which scenes make one time step of a cube. The raw values are the configuration's.
public enum SceneGrouping: String, CaseIterable, Hashable, Sendable {
  /// By solar day as odc-stac counts it: UTC shifted by whole hours.
  case solarDay = "solar_day"
  /// By solar day as datacube-core counts it: UTC shifted by seconds.
  case solarDaySeconds = "solar_day_seconds"
  /// By day in UTC.
  case utcDay = "utc_day"
  /// Every scene is a time step of its own.
  case scene = "time"

  /// Groups scenes into time steps.
  ///
  /// - Parameters:
  ///   - scenes: in any order.
  ///   - longitude: the longitude that solar days are counted at (odc-stac takes the middle of the grid, so that
  ///     scenes of one pass stay together); by default the middle of each scene's own box, as datacube-core does.
  ///   - placeless: the longitude for scenes whose items do not say where they lie.
  /// - Returns: the time steps in order of date, then time; scenes within a time step in order of time, then id.
  public func group(_ scenes: [Scene], longitude: Double? = nil, placeless: Double? = nil) -> [SceneGroup] {
    let ordered = scenes.sorted(by: Scene.isEarlier)
    if self == .scene {
      return SceneGrouping.labelled(ordered.map { SceneGroup(date: $0.datetime.date, scenes: [$0]) })
    }
    var groups: [CalendarDate: [Scene]] = [:]
    for scene in ordered {
      let longitude = longitude ?? scene.centreLongitude ?? placeless ?? 0
      groups[date(of: scene.datetime, longitude: longitude), default: []].append(scene)
    }
    return groups.sorted { $0.key < $1.key }.map { SceneGroup(date: $0.key, scenes: $0.value) }
  }

  /// Whether days depend on longitude.
  public var isSolar: Bool { self == .solarDay || self == .solarDaySeconds }

  /// Whether a scene is on one of the days; one without a moment of its own, whether its period touches them.
  ///
  /// - Parameters:
  ///   - days: the days that are asked for, both ends included.
  ///   - scene: the scene, with its moment or its period.
  ///   - longitude: as for `group`.
  ///   - placeless: as for `group`.
  public func isOn(
    _ days: ClosedRange<CalendarDate>, _ scene: Scene, longitude: Double?, placeless: Double? = nil
  ) -> Bool {
    let longitude = longitude ?? scene.centreLongitude ?? placeless ?? 0
    let end = scene.isPeriod ? scene.endDatetime ?? scene.datetime : scene.datetime
    return date(of: scene.datetime, longitude: longitude) <= days.upperBound
      && date(of: end, longitude: longitude) >= days.lowerBound
  }

  private func date(of moment: Instant, longitude: Double) -> CalendarDate {
    switch self {
    case .solarDay: SolarDay.wholeHours(moment, longitude: longitude)
    case .solarDaySeconds: SolarDay.seconds(moment, longitude: longitude)
    case .utcDay, .scene: moment.date
    }
  }

  /// Gives time steps that share a day names of their own.
  private static func labelled(_ groups: [SceneGroup]) -> [SceneGroup] {
    let slicesOfDay = Dictionary(grouping: groups, by: \.date).mapValues(\.count)
    var used: [String: Int] = [:]
    return groups.map { group in
      guard slicesOfDay[group.date, default: 0] > 1 else { return group }
      var group = group
      let name = group.time.description.filter { $0 != ":" }
      used[name, default: 0] += 1
      let repetition = used[name, default: 1]
      group.label = repetition == 1 ? name : "\(name)-\(repetition)"
      return group
    }
  }
}

/// The scenes of one time step.
public struct SceneGroup: Sendable {
  public let date: CalendarDate
  /// The moment of the first scene.
  public let time: Instant
  /// In order of time, then id; never empty.
  public let scenes: [Scene]
  /// A name that no other time step of the cube has, fit for a file: the date, or where time steps share a day the
  /// moment, "2021-01-03T143855Z".
  public internal(set) var label: String

  /// - Precondition: `scenes` is not empty.
  init(date: CalendarDate, scenes: [Scene]) {
    precondition(!scenes.isEmpty, "a time step has a scene at least")
    self.date = date
    time = scenes[0].datetime
    self.scenes = scenes
    label = date.description
  }
}
