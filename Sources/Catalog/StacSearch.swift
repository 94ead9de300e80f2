import Geo
import JSON

/// One search of a STAC API: follows the pages, drops what comes twice, and counts.
struct StacSearch {
  let api: StacAPI
  let search: SceneSearch
  /// Scenes that match every condition, each once.
  private var scenes: [Scene] = []
  /// Items that cannot be used, by where they stand.
  private var lost: [LostItem] = []
  private var seen: Set<SceneKey> = []
  private var duplicates = 0
  /// The most items that came on one page.
  private var largestPage = 0
  private var warnings: [String] = []
  private var pages: StacPages
  /// Whether items came that lie outside the period that was asked for: the API does not look at "datetime".
  private var ignoresDates = false
  /// Periods in a row that brought nothing new.
  private var fruitlessPeriods = 0
  /// What the API says matches beyond the scenes that were taken, when the limit ended the search early.
  private var notFetched = 0
  /// About what the scenes take that were taken.
  private var treeBytes = 0

  /// So many pages in a row that only repeat what came before are a circle.
  private static let repeatedPages = 4
  /// A count may be an estimate: so many more items than twice of it are no surprise.
  private static let freeExcess = 1000
  /// So many empty pages in a row lead nowhere.
  private static let emptyPages = 100
  /// After so many periods in a row without anything new the API's count is wrong, not its pages.
  private static let mostFruitlessPeriods = 32

  init(api: StacAPI, search: SceneSearch) {
    self.api = api
    self.search = search
    pages = StacPages(api: api, search: search)
  }

  mutating func run() async throws(CatalogError) -> SearchResult {
    let whole = try await read(search.dates)
    if whole.isShort { try await complete(whole) }
    let (newest, replaced) = search.newestVersions(scenes)
    let kept = search.limited(newest)
    return SearchResult(
      scenes: kept, considered: seen.count + duplicates + notFetched, duplicatesDropped: duplicates,
      replaced: replaced.count,
      beyondLimit: newest.count - kept.count + notFetched, lost: lost,
      notes: notes + SceneSearch.notes(on: replaced), warnings: warnings)
  }

  private var notes: [String] {
    var notes: [String] = []
    if !search.query.isEmpty, !api.conformance.hasQuery {
      notes.append(
        "\(api.root) does not declare to understand \"query\": its conditions were applied here to all \(seen.count) items"
      )
    }
    if search.condition != nil, !api.conformance.hasFilter {
      notes.append(
        "\(api.root) does not declare to understand \"filter\": it was applied here to all \(seen.count) items"
      )
    }
    if ignoresDates {
      notes.append(
        "\(api.root) gives items outside the period it is asked for: the dates were applied here to all "
          + "\(seen.count) items")
    }
    if pages.repeats > 0 {
      let count = pages.repeats
      notes.append("\(count) request\(count == 1 ? "" : "s") to \(api.root) had to be made again")
    }
    return notes
  }

  // MARK: One period

  /// What came of one period.
  private struct Reading {
    let dates: ClosedRange<CalendarDate>?
    /// How many items there are, as the API says.
    var matched: Int?
    /// Different scenes that came.
    var distinct = 0
    /// Why paging ended where it should not; nil when it ended as it should.
    var fault: String?

    /// Items on the last page.
    var lastPage = 0

    /// Whether items are missing, or may be.
    var isShort: Bool { matched.map { distinct < $0 } ?? (fault != nil) }
  }

  private mutating func read(_ dates: ClosedRange<CalendarDate>?) async throws(CatalogError) -> Reading {
    var reading = Reading(dates: dates)
    var own: Set<SceneKey> = []
    var asked: Set<StacRequest> = []
    var (repeated, empty) = (0, 0)
    var (request, page) = try await pages.first(dates)
    while true {
      asked.insert(request)
      let before = own.count
      let keptBefore = scenes.count
      let found = take(page, of: request, dates, &own)
      reading.distinct = own.count
      reading.lastPage = found.count
      largestPage = max(largestPage, found.count)
      try checkSize(found.count, kept: scenes.count - keptBefore)
      reading.matched =
        (page["numberMatched"]?.integer ?? page["context"]?["matched"]?.integer).flatMap { $0 < 0 ? nil : $0 }
        ?? reading.matched
      empty = found.isEmpty ? empty + 1 : 0
      repeated = own.count > before ? 0 : found.isEmpty ? repeated : repeated + 1
      if isEnough(found) {
        notFetched = max(0, (reading.matched ?? own.count) - own.count)
        reading.matched = nil
        return reading
      }
      guard let next = try request.next(in: page) else { return reading }
      if asked.contains(next) || repeated >= Self.repeatedPages || empty >= Self.emptyPages {
        reading.fault = "its links \"next\" lead in a circle"
        return reading
      }
      try checkEnd(reading)
      request = next
      page = try await pages.fetch(next)
    }
  }

  /// Ends a search that has no end: nobody knows how many items a server makes up.
  private func checkEnd(_ reading: Reading) throws(CatalogError) {
    let finding: String
    if let matched = reading.matched, reading.distinct > matched * 2 + Self.freeExcess {
      finding = "it says that \(matched) items match, and has given \(reading.distinct) different ones"
    } else if pages.count >= api.transport.limits.mostPages {
      finding = "\(pages.count) pages came"
    } else {
      return
    }
    throw CatalogError(
      location: api.root, message: "\(finding)\(Self.period(reading.dates)), and there is a further page",
      advice: "its paging may have no end: ask for less at a time (\"dates\", \"query\")")
  }

  /// Adds up what the scenes take that are kept.
  private mutating func checkSize(_ found: Int, kept: Int) throws(CatalogError) {
    guard found > 0 else { return }
    treeBytes += pages.treeBytes / found * kept
    let limits = api.transport.limits
    guard treeBytes <= limits.mostTreeBytes else {
      throw limits.refusal(ofScenes: treeBytes, count: scenes.count, location: api.root)
    }
  }

  /// Takes the items of a page, and returns their keys.
  private mutating func take(
    _ page: JSONNode, of request: StacRequest, _ dates: ClosedRange<CalendarDate>?, _ own: inout Set<SceneKey>
  ) -> [SceneKey] {
    let location = String(request.address.prefix { $0 != "?" })
    var found: [SceneKey] = []
    for feature in page["features"]?.array ?? [] {
      let item: Result<Scene, CatalogError>
      do throws(CatalogError) {
        item = .success(try ItemReader.scene(feature, location: location))
      } catch {
        item = .failure(error)
      }
      let key = SceneKey(item, feature)
      found.append(key)
      if !own.insert(key).inserted { duplicates += 1 }
      // The same scene in two periods is no duplicate of the server's.
      let isNew = seen.insert(key).inserted
      switch item {
      case .success(let scene):
        if let dates, !search.isNear(scene, dates) { ignoresDates = true }
        if isNew, search.matches(scene) { scenes.append(scene) }
      case .failure(let error):
        let item = LostItem(feature, error)
        if isNew, search.mayWant(item) { lost.append(item) }
      }
    }
    return found
  }

  /// Whether later pages cannot hold scenes that the limit would still let in: only where they come by time.
  private func isEnough(_ page: [SceneKey]) -> Bool {
    guard let limit = search.limit, scenes.count > limit, search.sort.isEmpty, api.conformance.hasSort,
      let last = page.last
    else { return false }
    let scenes = search.newestVersions(scenes).kept
    guard scenes.count > limit else { return false }
    let times = page.map(\.datetime)
    guard zip(times, times.dropFirst()).allSatisfy({ $0 <= $1 }) else { return false }
    return scenes.map(\.datetime).sorted()[limit - 1] < last.datetime
  }

  // MARK: Counting

  /// Looks for what is missing by asking for shorter periods, each of which the API counts for itself.
  ///
  /// The count may be an estimate, or be wrong; so it is not taken for a loss where the pages ended as pages do, with
  /// one that is not full, and shorter periods bring nothing new.
  private mutating func complete(_ reading: Reading) async throws(CatalogError) {
    guard !ignoresDates, let (first, second) = Self.halves(reading.dates) else {
      return try await confirm(reading)
    }
    let before = seen.count
    for half in [first, second] where !ignoresDates && fruitlessPeriods < Self.mostFruitlessPeriods {
      let count = seen.count
      let part = try await read(half)
      fruitlessPeriods = seen.count > count ? 0 : fruitlessPeriods + 1
      if part.isShort, seen.count > before || endsSuspiciously(part) { try await complete(part) }
    }
    // Shorter periods tell nothing where they are not looked at.
    if ignoresDates, reading.dates == search.dates { return try await confirm(reading) }
    if reading.dates == search.dates { warn(of: reading, brought: seen.count - before) }
  }

  /// Whether paging ended where there may be more: in a circle, or with a page as full as any.
  private func endsSuspiciously(_ reading: Reading) -> Bool {
    reading.fault != nil || reading.lastPage >= max(largestPage, 2)
  }

  /// Asks once more for a period that cannot be divided, in smaller pages: a server that loses track of its pages
  /// gives another number then.
  private mutating func confirm(_ reading: Reading) async throws(CatalogError) {
    if endsSuspiciously(reading) {
      let (size, before) = (pages.size, seen.count)
      pages.size = max(1, reading.distinct / 8)
      defer { pages.size = size }
      let again = try await read(reading.dates)
      guard again.fault == nil, again.distinct == reading.distinct, seen.count == before else {
        throw missing(reading)
      }
    }
    if reading.dates == search.dates { warn(of: reading, brought: 0) }
  }

  private mutating func warn(of reading: Reading, brought: Int) {
    let period = Self.period(reading.dates)
    let count = reading.matched.map { "\(reading.distinct) of \($0)" } ?? "\(reading.distinct)"
    if brought > 0 {
      warnings.append(
        "the pages of \(api.root) gave \(count) items\(period); \(brought) more came when it was asked for shorter "
          + "periods, \(seen.count) in all")
    } else if let matched = reading.matched {
      warnings.append(
        "\(api.root) says that \(matched) items match\(period), but gives \(reading.distinct) different ones, also "
          + "when asked in other ways; its count may be an estimate")
    }
  }

  private func missing(_ reading: Reading) -> CatalogError {
    let count =
      reading.matched.map { "\(reading.distinct) of \($0) items came" } ?? "\(reading.distinct) items came"
    return CatalogError(
      location: api.root,
      message: "\(count)\(Self.period(reading.dates)), and there is no further page"
        + (reading.fault.map { ": \($0)" } ?? ""),
      advice: reading.dates == nil
        ? "give the pipeline \"dates\", so that shorter periods can be asked for"
        : "the server's paging is broken: try again, or ask for less at a time")
  }

  private static func period(_ dates: ClosedRange<CalendarDate>?) -> String {
    dates.map { " from \($0.lowerBound) to \($0.upperBound)" } ?? ""
  }

  private static func halves(
    _ dates: ClosedRange<CalendarDate>?
  ) -> (ClosedRange<CalendarDate>, ClosedRange<CalendarDate>)? {
    guard let dates, dates.lowerBound < dates.upperBound else { return nil }
    let (low, high) = (dates.lowerBound.daysSince1970, dates.upperBound.daysSince1970)
    let middle = low + (high - low) / 2
    return (
      dates.lowerBound...CalendarDate(daysSince1970: middle),
      CalendarDate(daysSince1970: middle + 1)...dates.upperBound
    )
  }
}
