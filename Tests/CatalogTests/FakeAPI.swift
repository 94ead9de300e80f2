import Catalog
import JSON
import Synchronization

/// A STAC API that answers from a closure, and remembers what it was asked.
final class FakeAPI: CatalogTransport {
  let limits: CatalogLimits
  private let requests = Mutex<[CatalogRequest]>([])
  private let answer: @Sendable (CatalogRequest, Int) -> CatalogAnswer

  /// - Parameter answer: the answer to a request, given its number from 0.
  init(
    limits: CatalogLimits = CatalogLimits(),
    _ answer: @escaping @Sendable (CatalogRequest, Int) -> CatalogAnswer
  ) {
    self.limits = limits
    self.answer = answer
  }

  var asked: [CatalogRequest] { requests.withLock { $0 } }
  var bodies: [JSONValue] {
    asked.compactMap { $0.body.flatMap { try? JSONParser.parse($0).plain } }
  }

  func send(_ request: CatalogRequest) async throws(CatalogError) -> CatalogAnswer {
    let number = requests.withLock { list in
      list.append(request)
      return list.count - 1
    }
    return answer(request, number)
  }

  static func good(_ value: JSONValue) -> CatalogAnswer {
    CatalogAnswer(status: 200, body: Array(value.text().utf8))
  }

  /// A page of items.
  static func page(_ ids: [String], matched: Int? = nil, next: JSONValue? = nil) -> CatalogAnswer {
    var page = ItemFixture.collection(ids.map { ItemFixture.item($0) })
    if let matched { page["numberMatched"] = .integer(matched) }
    page["links"] = .array([next].compactMap { $0 })
    return good(page)
  }

  static func landing(_ classes: [String] = [], methods: [String] = ["GET", "POST"]) -> JSONValue {
    [
      "type": "Catalog", "id": "api", "stac_version": "1.0.0",
      "conformsTo": .array(
        (["core", "item-search"] + classes.map { "item-search#\($0)" }).map {
          .string("https://api.stacspec.org/v1.0.0/\($0)")
        }),
      "links": .array(
        methods.map {
          ["rel": "search", "href": "https://api.example.com/stac/search", "method": .string($0)]
        }),
    ]
  }

  /// The API with this landing page, whose requests go to this transport.
  func api(_ landing: JSONValue = FakeAPI.landing(), pageSize: Int = 250) async throws -> StacAPI? {
    try await StacAPI(
      landing: try JSONParser.parse(landing.text()), at: "https://api.example.com/stac/", transport: self,
      pageSize: pageSize)
  }
}
