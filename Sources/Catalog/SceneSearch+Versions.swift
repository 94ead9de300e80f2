import Geo

/// Of several processing versions of one acquisition, the newest.
extension SceneSearch {
  /// A scene that another one replaces.
  struct Replaced: Hashable, Sendable {
    let id: String
    let by: String
  }

  /// Scenes of one tile by one satellite are of one pass when they are so many seconds apart: where a tile's moment is
  /// computed anew with each processing, it changes a little.
  private static let onePass = 300 * 1_000_000
  /// Scenes so close are of one moment.
  private static let oneMoment = 1_000_000

  /// The scenes without those that a newer processing of the same acquisition replaces.
  ///
  /// Two scenes are of one acquisition when collection, platform, tile (or path and row) and moment agree. Which is
  /// newer must be said by their items or ids; where it is not, both stay. Scenes that a search names by their ids
  /// all stay.
  func newestVersions(_ scenes: [Scene]) -> (kept: [Scene], replaced: [Replaced]) {
    guard ids.isEmpty, scenes.count > 1 else { return (scenes, []) }
    var places: [ProcessingVersion.Place: [(index: Int, version: ProcessingVersion)]] = [:]
    for (index, scene) in scenes.enumerated() {
      guard let version = ProcessingVersion(scene) else { continue }
      places[version.place, default: []].append((index, version))
    }
    var winners: [Int: Int] = [:]
    for group in places.values where group.count > 1 {
      let ordered = group.sorted { scenes[$0.index].datetime < scenes[$1.index].datetime }
      for (place, one) in ordered.enumerated() {
        for other in ordered[(place + 1)...] {
          let (scene, later) = (scenes[one.index], scenes[other.index])
          let apart = later.datetime.microsecondsSince1970 - scene.datetime.microsecondsSince1970
          guard apart <= Self.onePass else { break }
          if let left = one.version.strip, let right = other.version.strip, left != right { continue }
          let isOneMoment = apart <= Self.oneMoment && scene.covers(as: later)
          guard let isNewer = one.version.isNewer(than: other.version, trustsTimes: isOneMoment) else {
            continue
          }
          let (loser, winner) = isNewer ? (other.index, one.index) : (one.index, other.index)
          winners[loser] = winner
        }
      }
    }
    guard !winners.isEmpty else { return (scenes, []) }
    let replaced = winners.sorted { $0.key < $1.key }.map { loser, winner in
      var winner = winner
      while let newer = winners[winner] { winner = newer }
      return Replaced(id: scenes[loser].id, by: scenes[winner].id)
    }
    return (scenes.indices.filter { winners[$0] == nil }.map { scenes[$0] }, replaced)
  }

  /// What to say of scenes that were replaced; nothing when none were.
  static func notes(on replaced: [Replaced]) -> [String] {
    guard let first = replaced.first else { return [] }
    let count = replaced.count
    return [
      "\(count) scene\(count == 1 ? " is" : "s are") left out because newer processing of the same acquisition is "
        + "there: " + (count == 1 ? "" : "first ") + "\(first.id), for \(first.by)"
    ]
  }
}

extension Scene {
  /// Whether the boxes of two scenes agree to a twentieth of their sizes; scenes without boxes do.
  fileprivate func covers(as other: Scene) -> Bool {
    guard let bbox, let box = other.bbox else { return (bbox == nil) == (other.bbox == nil) }
    let tolerance = max(abs(bbox.maxY - bbox.minY), 1e-6) / 20
    return zip(bbox.array, box.array).allSatisfy { abs($0 - $1) <= tolerance }
  }
}
