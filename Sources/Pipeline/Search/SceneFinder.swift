internal import Catalog
internal import Modules
internal import Storage

/// Finds the scenes of one `download`: asks a STAC API, or goes through a catalogue of files.
struct SceneFinder {
  let sequence: String
  let download: Download
  let search: SceneSearch
  /// The absolute folder that a relative source starts from.
  let folder: String
  /// What catalogues may take.
  let limits: CatalogLimits

  struct Found {
    var scenes: [Scene] = []
    /// Why items that the search may have wanted cannot be used.
    var lost: [String] = []
    var notes: [String] = []
    var warnings: [String] = []
  }

  /// - Throws: `CatalogError` when anything cannot be read; `PlanError` when nothing is found, or memory does not hold
  ///   what is.
  func find() async throws -> Found {
    do {
      return try await found()
    } catch let error as CatalogError where error.isTooLarge {
      throw PlanError("\(error)", isConfigMistake: true)
    }
  }

  private func found() async throws -> Found {
    let location = Href.resolve(download.source, inFolder: folder)
    if let files = try GranuleFolder.files(location) {
      return try await GranuleFinder(sequence: sequence, download: download, search: search)
        .find(files, source: download.source)
    }
    let granules = GranuleFinder(sequence: sequence, download: download, search: search)
    if let base = CMRSearch.base(ofSource: download.source) {
      let cmr = CMRFinder(sequence: sequence, download: download, search: search, base: base)
      let (candidates, lost, notes) = try await cmr.candidates()
      var found = try await granules.find(candidates)
      found.lost = lost + found.lost
      found.notes = notes.map { "sequence \"\(sequence)\": \($0)" } + found.notes
      return found
    }
    let network = CatalogNetwork(source: location, limits: limits)
    let (opened, collection) = try await CatalogOpener.open(
      source: download.source, base: folder, files: network, transport: network)
    var search = search
    if let collection, search.collections.isEmpty { search.collections = [collection] }
    var found = Found()
    let result: SearchResult
    switch opened {
    case .api(let api):
      result = try await api.scenes(matching: search)
      if result.scenes.isEmpty {
        if let lost = onlyLost(result) { throw failure(lost) }
        let reason = await api.reasonForNothing(search)
        throw failure(reason ?? nothing(in: api.root, result))
      }
    case .files(let catalog):
      result = try await catalog.scenes(matching: search)
      found.notes += catalog.notes
      guard !result.scenes.isEmpty else {
        if let lost = onlyLost(result) { throw failure(lost) }
        throw failure(EmptySearch(search: search, scenes: catalog.scenes, source: download.source).reason)
      }
    }
    found.scenes = result.scenes
    found.lost = result.lost.map(\.reason)
    found.notes += result.notes + notes(result)
    found.warnings = result.warnings
    if download.regridding != nil {
      return try await granules.find(
        found.scenes, notes: found.notes.map { "sequence \"\(sequence)\": \($0)" }, lost: found.lost)
    }
    found.notes = found.notes.map { "sequence \"\(sequence)\": \(Secrets.hidden(in: $0))" }
    found.warnings = found.warnings.map { "sequence \"\(sequence)\": \(Secrets.hidden(in: $0))" }
    return found
  }

  private func failure(_ reason: String) -> PlanError { PlanError("sequence \"\(sequence)\": \(reason)") }

  /// What to say where every item that may have been wanted is of no use.
  private func onlyLost(_ result: SearchResult) -> String? {
    guard let first = result.lost.first else { return nil }
    let count = result.lost.count
    return
      "no scene is left: \(count) item\(count == 1 ? "" : "s") cannot be used (\(count == 1 ? "" : "first ")"
      + "\(first.reason))"
  }

  private func nothing(in root: String, _ result: SearchResult) -> String {
    let conditions = [
      search.collections.isEmpty ? nil : "collection \(search.collections.joined(separator: ", "))",
      search.area == nil ? nil : "the area", search.dates.map { "\($0.lowerBound) to \($0.upperBound)" },
      search.ids.isEmpty ? nil : "\"ids\"", search.query.isEmpty ? nil : "\"query\"",
      search.condition == nil ? nil : "\"filter\"",
    ].compactMap { $0 }
    let others = result.considered > 0 ? " (\(result.considered) items came, and none meets all of it)" : ""
    return "\(root) has no scene that matches \(conditions.joined(separator: ", "))\(others)"
  }

  private func notes(_ result: SearchResult) -> [String] {
    var notes: [String] = []
    if result.duplicatesDropped > 0 {
      let count = result.duplicatesDropped
      notes.append("\(count) duplicate \(count == 1 ? "scene" : "scenes") dropped")
    }
    if result.beyondLimit > 0 {
      notes.append(
        "\(result.beyondLimit) scenes beyond the limit of \(download.limit ?? 0) are left out")
    }
    let others =
      result.considered - result.scenes.count - result.duplicatesDropped - result.replaced
      - result.beyondLimit
      - result.lost.count
    if others > 0 {
      notes.append(
        "\(others) of \(result.considered) scenes do not match the search (collection, dates, area, query, filter)"
      )
    }
    let signed = result.scenes.count { $0.assets.contains { Secrets.areIn($0.href) } }
    if signed > 0 {
      notes.append(
        "the links of \(signed) scenes came signed: the signatures are used now and not kept, so that continuing "
          + "this run later needs \"sign\" or open links")
    }
    return notes
  }
}
