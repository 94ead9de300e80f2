internal import Catalog
internal import Engine
internal import Geo
internal import JSON
internal import Modules
internal import Network
internal import Storage

/// Asks NASA's Common Metadata Repository for granules, page by page.
struct CMRFinder {
  let sequence: String
  let download: Download
  let search: SceneSearch
  let base: String

  /// Pages beyond this are no answer to a sensible search.
  private static let mostPages = 500

  /// The granules, to be brought here and looked at.
  func candidates() async throws -> (
    candidates: [GranuleFinder.Candidate], lost: [String], notes: [String]
  ) {
    guard !search.collections.isEmpty else {
      throw PlanError(
        "sequence \"\(sequence)\": CMR needs \"collection\": the short name of a product, such as \"PACE_OCI_L2_BGC\"",
        isConfigMistake: true)
    }
    let period = Self.days(search)
    let box = search.area.flatMap { LonLatPolygon.bounds(of: $0.polygons) }
    var (candidates, lost, notes): ([GranuleFinder.Candidate], [String], [String]) = ([], [], [])
    for name in search.collections {
      let query = CMRSearch(
        base: base, shortName: name, version: download.version, provider: download.provider, period: period,
        box: box)
      let (all, faults) = try await BlockingWork.value { try Self.pages(of: query) }
      lost += faults
      let (newest, versions) = CMRSearch.newest(all)
      if let first = versions.first, versions.count > 1 {
        let others = versions.dropFirst().map { "\($0.version) (\($0.count))" }.joined(separator: ", ")
        notes.append(
          "\(name): version \(first.version) is taken (\(first.count) granules), others are left out: \(others); "
            + "\"version\" chooses another")
      }
      for granule in newest where search.ids.isEmpty || search.ids.contains(granule.name) {
        guard let url = download.readsObjects ? granule.object?.url : granule.url else {
          lost.append(
            "granule \"\(granule.name)\": CMR has no "
              + (download.readsObjects
                ? "object with its keys for it (\"GET DATA VIA DIRECT ACCESS\", \"…/s3credentials\"); leave \"access\" out"
                : "web address for it (\"GET DATA\")"))
          continue
        }
        let id = granule.name.hasSuffix(".nc") ? String(granule.name.dropLast(3)) : granule.name
        var candidate = GranuleFinder.Candidate(path: url, id: id)
        candidate.collection = name
        if download.readsObjects { candidate.keys = granule.object?.keys }
        candidate.expectation = FileExpectation(size: granule.size, checksum: granule.checksum)
        candidates.append(candidate)
      }
    }
    guard !candidates.isEmpty || !lost.isEmpty else {
      throw PlanError(
        "sequence \"\(sequence)\": \(base) has no granule of \(search.collections.joined(separator: ", ")) for the area and "
          + "the dates" + (download.version.map { ", in version \($0)" } ?? ""))
    }
    return (candidates, lost, notes)
  }

  /// The days that are asked for, in UTC; nil for any.
  static func days(_ search: SceneSearch) -> ClosedRange<CalendarDate>? {
    guard let days = search.dates, search.days.isSolar else { return search.dates }
    // The day in solar time may be the one before or after in UTC.
    let (first, last) = (days.lowerBound.daysSince1970 - 1, days.upperBound.daysSince1970 + 1)
    return CalendarDate(daysSince1970: first)...CalendarDate(daysSince1970: last)
  }

  private static func pages(of query: CMRSearch) throws -> (granules: [CMRSearch.Granule], lost: [String]) {
    let client = HTTPClient()
    let url = query.url
    var (found, lost): ([CMRSearch.Granule], [String]) = ([], [])
    var names: Set<String> = []
    var after: String?
    for _ in 0..<mostPages {
      try Task.checkCancellation()
      let headers = after.map { [(name: CMRSearch.pageHeader, value: $0)] } ?? []
      let response: HTTPClient.Response
      do throws(NetworkError) {
        response = try client.send(HTTPClient.Request(url, headers: headers, limit: 256 << 20))
      } catch {
        throw CatalogError(location: url, message: error.message, advice: error.advice)
      }
      let page = try CMRSearch.granules(of: response.body, at: url)
      lost += page.lost
      for granule in page.found where names.insert(granule.name).inserted { found.append(granule) }
      let next = response.header(CMRSearch.pageHeader)
      if page.found.isEmpty && page.lost.isEmpty { return (found, lost) }
      guard let next, next != after else {
        guard let hits = page.hits, next == nil || found.count + lost.count >= hits else {
          throw CatalogError(
            location: url, message: "the server sends the same page again", advice: "try again later")
        }
        if found.count + lost.count < hits {
          lost.append("\(url): of \(hits) granules only \(found.count) came")
        }
        return (found, lost)
      }
      after = next
    }
    throw CatalogError(
      location: url, message: "after \(mostPages) pages there are still more",
      advice: "search a smaller area, or fewer dates")
  }
}
