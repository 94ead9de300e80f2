internal import Catalog
internal import Engine
internal import GDAL
internal import Geo
internal import Granules
internal import JSON
internal import Modules
internal import Network
internal import Storage
internal import Synchronization

/// Makes scenes of granules: opens each, and takes time, place and bands from it.
struct GranuleFinder {
  let sequence: String
  let download: Download
  let search: SceneSearch

  /// A granule to look at: a file, and what a catalogue says of it.
  struct Candidate: Sendable {
    let path: String
    let id: String
    var item: Scene?
    var collection: String?
    /// What a catalogue says of the file's bytes.
    var expectation = FileExpectation()
    /// Where the keys to its bucket are handed out; nil where it needs none.
    var keys: String?
  }

  /// What became of a candidate.
  private enum Look: Sendable {
    case feature(JSONValue)
    /// A file of another kind: no loss.
    case other(String)
    case lost(String)
  }

  /// Scenes of files.
  ///
  /// - Throws: `PlanError` when none is left.
  func find(_ files: [String], source: String) async throws -> SceneFinder.Found {
    guard !files.isEmpty else { throw failure("there is no file \(source)", isConfigMistake: true) }
    var candidates: [Candidate] = []
    var ids: Set<String> = []
    for path in files {
      var name = LocalFiles.name(of: path)
      if let dot = name.lastIndex(of: "."), dot != name.startIndex { name = String(name[..<dot]) }
      // Files of one name in several folders.
      if !ids.insert(name).inserted { name += "-\(candidates.count + 1)" }
      candidates.append(Candidate(path: path, id: name))
    }
    return try await find(candidates)
  }

  /// Scenes whose files are granules, as a catalogue found them: of each the one file of data.
  func find(_ scenes: [Scene], notes: [String], lost: [String]) async throws -> SceneFinder.Found {
    var candidates: [Candidate] = []
    var lost = lost
    for scene in scenes {
      let data = scene.assets.filter {
        $0.flaw == nil && GranuleFolder.isGranule(String($0.href.prefix { $0 != "?" }))
      }
      let best =
        data.first { $0.roles.contains("data") && !$0.href.hasPrefix("s3://") }
        ?? data.first { !$0.href.hasPrefix("s3://") } ?? data.first
      guard let asset = best else {
        lost.append("scene \"\(scene.id)\" has no asset that is a granule (.nc, .nc4, .h5); \(scene.origin)")
        continue
      }
      var candidate = Candidate(path: asset.location, id: scene.id, item: scene)
      candidate.expectation = FileExpectation(size: asset.size, checksum: asset.checksum)
      candidates.append(candidate)
    }
    guard !candidates.isEmpty else { throw failure(lost.first ?? "no scene is left", isConfigMistake: false) }
    var found = try await find(candidates)
    found.notes = notes + found.notes
    found.lost = lost + found.lost
    return found
  }

  /// Scenes of candidates.
  func find(_ candidates: [Candidate]) async throws -> SceneFinder.Found {
    if !search.collections.isEmpty, candidates.allSatisfy({ $0.item == nil && $0.collection == nil }) {
      throw failure(
        "files of a folder belong to no collection: leave \"collection\" out", isConfigMistake: true)
    }
    GranuleCopies.shared.arrange(candidates.map { GranuleFetch.path(of: $0.path) })
    let looks = try await look(candidates)
    var (features, others, lost): ([JSONValue], [String], [String]) = ([], [], [])
    for look in looks {
      switch look {
      case .feature(let feature): features.append(feature)
      case .other(let reason): others.append(reason)
      case .lost(let reason): lost.append(reason)
      }
    }
    guard !features.isEmpty else {
      let first = (lost + others).first ?? "there is none"
      let count = candidates.count
      throw failure(
        count == 1 ? first : "none of the \(count) files can be used (the first of them: \(first))",
        isConfigMistake: lost.isEmpty)
    }
    let document: JSONValue = ["type": "FeatureCollection", "apus": [:], "features": .array(features)]
    let scenes = try SceneManifest(decoding: Array(document.text().utf8), location: "/").scenes
    var found = SceneFinder.Found()
    var result = search.filter(scenes.map { $0 })
    result.lost = []
    found.scenes = result.scenes
    found.lost = lost + others
    let left = scenes.count - result.scenes.count - result.beyondLimit - result.duplicatesDropped
    found.notes = result.notes
    if left > 0 {
      found.notes.append(
        "\(left) of \(scenes.count) granules do not match the search (dates, area, ids, query, filter)")
    }
    if result.beyondLimit > 0 {
      found.notes.append("\(result.beyondLimit) granules beyond the limit are left out")
    }
    found.notes += navigationNotes(result.scenes)
    let used = Set(result.scenes.flatMap(\.assets).map(\.location))
    GranuleCopies.shared.drop(scenes.compactMap { $0.assets.first?.location }.filter { !used.contains($0) })
    found.notes = found.notes.map { "sequence \"\(sequence)\": \($0)" }
    guard !found.scenes.isEmpty else {
      let reason = EmptySearch(search: search, scenes: scenes, source: download.source).reason
      throw failure(reason, isConfigMistake: false)
    }
    return found
  }

  /// How navigation and time were found, once for all granules alike.
  private func navigationNotes(_ scenes: [Scene]) -> [String] {
    var counts: [(text: String, count: Int)] = []
    for scene in scenes {
      guard let swath = scene.properties[GranuleItem.key] else { continue }
      func text(_ key: String) -> String { swath[key]?.string ?? "" }
      let note =
        "positions from \"\(text("longitude"))\" and \"\(text("latitude"))\" (\(text("navigation"))), time from \(text("time"))"
      if let place = counts.firstIndex(where: { $0.text == note }) {
        counts[place].count += 1
      } else {
        counts.append((note, 1))
      }
    }
    var notes = counts.map { "granules: \($0.count) with \($0.text)" }
    var faults: Set<String> = []
    for scene in scenes {
      for band in download.bands where !band.isQuality {
        guard let fault = scene.document["assets"]?[band.name]?["apus:valid_range_ignored"]?.string else {
          continue
        }
        if faults.insert("\(band.name) \(fault)").inserted {
          notes.append("\"\(band.name)\": \(fault), and is ignored")
        }
      }
    }
    return notes
  }

  // MARK: One granule

  private func look(_ candidates: [Candidate]) async throws -> [Look] {
    let waiting = Mutex(Array(candidates.enumerated())[...])
    let found = Mutex<[Int: Look]>([:])
    // Those that come from servers are waited for.
    let isRemote = candidates.contains { VirtualPath.isRemote($0.path) }
    let workers = isRemote ? max(Machine.cores, 4) : Machine.cores
    try await BlockingWork.run(workers: max(1, min(workers, candidates.count))) {
      defer { RemoteConnections.close() }
      while let (number, candidate) = waiting.withLock({ $0.popFirst() }) {
        try Task.checkCancellation()
        let look = look(candidate)
        found.withLock { $0[number] = look }
      }
    }
    let looks = found.withLock { $0 }
    return candidates.indices.compactMap { looks[$0] }
  }

  private func look(_ candidate: Candidate) -> Look {
    let fetch = GranuleFetch(download)
    let path: String
    var expectation = candidate.expectation
    do {
      path = try fetch.add(candidate.path, keys: candidate.keys, expectation: expectation)
    } catch {
      return .lost("granule \"\(candidate.id)\": \(Secrets.hidden(in: "\(error)"))")
    }
    // Others are brought meanwhile, for which this one must not make room.
    GranuleCopies.shared.hold(path)
    defer { GranuleCopies.shared.release(path) }
    do {
      try GranuleCopies.shared.bring(path)
      if expectation.size == nil {
        // Another copy of it, later, is to be the same.
        expectation.size = try LocalFiles.size(path)
        _ = try fetch.add(candidate.path, keys: candidate.keys, expectation: expectation)
      }
    } catch {
      return .lost("granule \"\(candidate.id)\": \(Secrets.hidden(in: "\(error)"))")
    }
    do throws(GranuleError) {
      let opened = try OpenGranules.shared.granule(download.granuleKey(path))
      // One that lacks a band is of another product, though all products of an agency may have the same flags.
      for band in download.bands where !band.granuleNames.isEmpty && !band.isWeight {
        if let error = opened.error(band.granuleNames), error.isOtherKind { throw error }
      }
      guard let start = opened.granule.start ?? candidate.item?.datetime else {
        throw GranuleError(
          candidate.path, "nothing says when it was observed (looked at: \(Granule.timesTried))")
      }
      let item = GranuleItem(
        opened: opened, id: candidate.id,
        bands: download.bands.map { ($0.name, $0.granuleNames) }, properties: candidate.item?.properties,
        collection: candidate.item?.collection ?? candidate.collection,
        source: VirtualPath.isRemote(candidate.path) ? (candidate.path, candidate.keys, expectation) : nil)
      guard let feature = item.feature(start: start, end: opened.granule.end) else {
        throw GranuleError(candidate.path, "none of its pixels has a valid longitude and latitude")
      }
      return .feature(feature)
    } catch {
      GranuleCopies.shared.drop([path])
      return error.isOtherKind ? .other("\(error)") : .lost("\(error)")
    }
  }

  private func failure(_ reason: String, isConfigMistake: Bool) -> PlanError {
    PlanError("sequence \"\(sequence)\": \(reason)", isConfigMistake: isConfigMistake)
  }
}

extension Download {
  /// A granule as this source reads it.
  func granuleKey(_ path: String) -> OpenGranules.Key {
    var names: [String] = []
    for name in bands.flatMap(\.granuleNames) where !names.contains(name) { names.append(name) }
    return OpenGranules.Key(
      path: path, bands: names,
      wishes: Granule.Wishes(longitude: regridding?.longitude, latitude: regridding?.latitude))
  }

  /// How granules are brought onto the grid.
  var swathRegridding: Regridding { regridding ?? Regridding() }

  /// How granules of one date are fused.
  var swathFuse: FuseRule { isFuseStated ? fuse : .nearest }
}

extension BandRequest {
  /// What the band may be called in a granule, best first.
  var granuleNames: [String] { aliases }
}

extension Scene {
  /// Whether it is a granule with its own longitude and latitude for every pixel.
  var isSwath: Bool { properties[GranuleItem.key] != nil }
}
