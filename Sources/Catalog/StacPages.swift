import Geo
import JSON

/// The pages of a search of a STAC API: how each is asked for, and asked for again.
struct StacPages {
  private let api: StacAPI
  private let search: SceneSearch
  /// Those that came.
  private(set) var count = 0
  /// About what the last one takes.
  private(set) var treeBytes = 0
  /// Requests that had to be made again.
  private(set) var repeats = 0
  private var isPost: Bool
  /// How many items a page is to have.
  var size: Int

  /// A page that comes damaged is asked for so many times.
  private static let damagedTries = 3

  init(api: StacAPI, search: SceneSearch) {
    self.api = api
    self.search = search
    isPost = api.postAddress != nil
    // One more than the limit tells whether there are others.
    size = search.limit.map { min(api.pageSize, max($0 + 1, 10)) } ?? api.pageSize
  }

  private func parameters(_ dates: ClosedRange<CalendarDate>?) -> JSONValue {
    var part = search
    part.dates = dates
    if !api.conformance.hasQuery { part.query = [] }
    if !api.conformance.hasFilter { part.condition = nil }
    var parameters = part.parameters
    if let condition = part.condition, let text = condition.text, api.conformance.hasText,
      !isPost || !api.conformance.hasJSON
    {
      parameters["filter-lang"] = "cql2-text"
      parameters["filter"] = .string(text)
    }
    if search.limit != nil, api.conformance.hasSort {
      let keys = search.sort.isEmpty ? [SceneSort(field: "datetime")] : search.sort
      parameters["sortby"] = .array(
        keys.map { ["field": .string($0.apiField), "direction": $0.isDescending ? "desc" : "asc"] })
    }
    parameters["limit"] = .integer(size)
    return parameters
  }

  /// The first page, by POST or, where the API does not take that, by GET; with fewer items where so many are too much.
  mutating func first(
    _ dates: ClosedRange<CalendarDate>?
  ) async throws(CatalogError) -> (StacRequest, JSONNode) {
    while true {
      let request = StacRequest.first(api, parameters(dates), isPost: isPost)
      let outcome = try await page(request)
      switch outcome {
      case .success(let page): return (request, page)
      case .failure(let answer):
        if isPost, !api.isPostSure, [404, 405, 501].contains(answer.status) {
          isPost = false
        } else if size > 25, Self.isTooMuch(answer) {
          size = max(25, size / 4)
        } else {
          throw failure(request, answer)
        }
      }
    }
  }

  /// Whether fewer items a page may help: gateways limit the size of an answer and the time for it.
  private static func isTooMuch(_ answer: CatalogAnswer) -> Bool {
    switch answer.status {
    case 413, 500, 502, 504: true
    case 400, 422: answer.words.lowercased().contains("limit")
    default: false
    }
  }

  /// A page that a link leads to.
  mutating func fetch(_ request: StacRequest) async throws(CatalogError) -> JSONNode {
    switch try await page(request) {
    case .success(let page): return page
    case .failure(let answer): throw failure(request, answer)
    }
  }

  private enum Outcome {
    case success(JSONNode)
    case failure(CatalogAnswer)
  }

  private mutating func page(_ request: StacRequest) async throws(CatalogError) -> Outcome {
    var problem = CatalogAnswer(status: nil)
    for number in 1...Self.damagedTries {
      let answer = try await api.transport.send(request.http)
      repeats += answer.tries - 1
      guard answer.isGood else { return .failure(answer) }
      do throws(CatalogError) {
        let page = try StaticCatalog.parse(
          answer.body, location: request.address, limits: api.transport.limits)
        if page["features"]?.array != nil {
          count += 1
          treeBytes = JSONSize.ofNodes(answer.body)
          return .success(page)
        }
        problem = CatalogAnswer(
          status: answer.status, words: "the answer is no ItemCollection: it has no \"features\"",
          tries: number)
      } catch {
        if error.isTooLarge { throw error }
        problem = CatalogAnswer(
          status: answer.status, words: "the answer is damaged: \(error.message)", tries: number)
      }
      // A body that was cut short, or a proxy's page in between: the next answer may be whole.
      if number < Self.damagedTries { repeats += 1 }
    }
    return .failure(problem)
  }

  private func failure(_ request: StacRequest, _ answer: CatalogAnswer) -> CatalogError {
    CatalogError(
      location: request.address,
      message: "page \(count + 1) of the search (\(request.body == nil ? "GET" : "POST")): \(answer.reason)",
      advice: answer.advice)
  }
}
