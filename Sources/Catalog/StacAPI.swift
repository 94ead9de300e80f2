public import JSON
internal import Network
internal import Storage

/// A STAC API: scenes are searched for by the server.
///
/// What the server does not declare to understand (`query`, `filter`) is applied here to all that it returns; and all
/// it returns is checked once more, as scenes of a static catalogue are.
public struct StacAPI: Sendable {
  /// The address of the landing page, without what could be secret in it.
  public let root: String
  let transport: any CatalogTransport
  /// Where a search is posted; nil when the API takes `GET` only.
  let postAddress: String?
  let getAddress: String
  /// Whether the API lists `POST` itself, or it has to be found out.
  let isPostSure: Bool
  let collectionsAddress: String?
  let conformance: Conformance
  /// Items a page.
  let pageSize: Int

  /// What the API declares to understand (`conformsTo`).
  struct Conformance: Sendable {
    var classes: [String]

    func item(_ name: String) -> Bool { classes.contains { $0.hasSuffix("item-search#\(name)") } }

    var hasQuery: Bool { item("query") }
    var hasSort: Bool { item("sort") }
    var hasFilter: Bool { item("filter") }
    /// Which of CQL2's encodings; both when the API does not tell.
    var hasText: Bool { !tellsEncoding || classes.contains { $0.contains("cql2-text") } }
    var hasJSON: Bool { !tellsEncoding || classes.contains { $0.contains("cql2-json") } }
    private var tellsEncoding: Bool {
      classes.contains { $0.contains("cql2-text") || $0.contains("cql2-json") }
    }
  }

  /// Takes a document for an API's landing page; nil when it is none.
  ///
  /// - Parameters:
  ///   - landing: a document of type `Catalog`.
  ///   - location: its address.
  ///   - transport: makes the requests.
  ///   - pageSize: items a page; a server may give fewer.
  /// - Throws: when the API's conformance classes cannot be read.
  public init?(
    landing: JSONNode, at location: String, transport: any CatalogTransport, pageSize: Int = 250
  ) async throws(CatalogError) {
    guard Self.isLandingPage(landing) else { return nil }
    var (posted, got, open): (String?, String?, String?)
    var (classesAddress, collections): (String?, String?)
    for link in landing["links"]?.array ?? [] {
      guard let relation = link["rel"]?.string, let href = link["href"]?.string else { continue }
      let address = Href.upgraded(Href.resolve(href, against: location), from: location)
      switch (relation, link["method"]?.string?.uppercased()) {
      case ("search", "POST"): posted = posted ?? address
      case ("search", "GET"): got = got ?? address
      case ("search", _): open = open ?? address
      case ("conformance", _): classesAddress = address
      case ("data", _): collections = address
      default: break
      }
    }
    let base = String(location.prefix { $0 != "?" })
    let fallback = (base.hasSuffix("/") ? base : base + "/") + "search"
    getAddress = got ?? open ?? posted ?? fallback
    // A link without a method leaves it open; one for GET alone does not.
    postAddress = posted ?? (got == nil ? open ?? fallback : nil)
    isPostSure = posted != nil
    collectionsAddress = collections
    root = Secrets.hidden(in: location)
    self.transport = transport
    self.pageSize = pageSize
    if let classes = landing["conformsTo"]?.array {
      conformance = Conformance(classes: classes.compactMap(\.string))
    } else if let classesAddress {
      let document = try await transport.document(at: classesAddress)
      conformance = Conformance(classes: document["conformsTo"]?.array?.compactMap(\.string) ?? [])
    } else {
      conformance = Conformance(classes: [])
    }
  }

  /// Whether a document is the landing page of an API that can be searched.
  static func isLandingPage(_ document: JSONNode) -> Bool {
    guard ["Catalog", nil].contains(document["type"]?.string) else { return false }
    let hasClass = document["conformsTo"]?.array?.contains { $0.string?.contains("item-search") == true }
    let hasLink = document["links"]?.array?.contains { $0["rel"]?.string == "search" }
    return hasClass == true || hasLink == true
  }

  /// Why a search found nothing, where the API can tell; nil when it cannot.
  public func reasonForNothing(_ search: SceneSearch) async -> String? {
    guard let wanted = search.collections.first, let collectionsAddress,
      let document = try? await transport.document(at: collectionsAddress),
      let list = document["collections"]?.array
    else { return nil }
    let names = list.compactMap { $0["id"]?.string }
    let isWhole = !(document["links"]?.array?.contains { $0["rel"]?.string == "next" } ?? false)
    guard isWhole, !search.collections.contains(where: names.contains) else { return nil }
    let nearest = NearestName.best(for: wanted, among: names).map { "; did you mean \"\($0)\"?" } ?? ""
    let shown = names.prefix(20).joined(separator: ", ") + (names.count > 20 ? ", …" : "")
    return "\(root) has no collection \"\(wanted)\" (it has \(shown))\(nearest)"
  }
}

extension StacAPI: SceneSource {
  /// Searches the API, page by page.
  ///
  /// - Throws: when any page cannot be had after all tries, and when fewer items came than the API says there are and
  ///   asking for shorter periods does not bring the others: never part of a result.
  public func scenes(matching search: SceneSearch) async throws(CatalogError) -> SearchResult {
    var session = StacSearch(api: self, search: search)
    return try await session.run()
  }
}

extension CatalogTransport {
  /// A JSON document.
  func document(at location: String) async throws(CatalogError) -> JSONNode {
    let answer = try await send(CatalogRequest(url: location))
    guard answer.isGood else {
      throw CatalogError(location: location, message: answer.reason, advice: answer.advice)
    }
    return try StaticCatalog.parse(answer.body, location: location, limits: limits)
  }
}

extension Href {
  /// An address of the same server over https, when the document that names it came that way: servers behind a proxy
  /// often do not know.
  static func upgraded(_ address: String, from document: String) -> String {
    guard scheme(of: document) == "https", scheme(of: address) == "http" else { return address }
    let secure = "https" + address.dropFirst("http".count)
    return origin(of: secure) == origin(of: document) ? secure : address
  }

  /// Scheme, server and port of an address: "https://example.com:8080"; of a URL of an object store scheme and bucket;
  /// empty for a path, and for what is no address.
  public static func origin(of address: String) -> String {
    if let web = WebAddress(address) { return web.origin }
    guard let scheme = scheme(of: address), !RemoteReference.webSchemes.contains(scheme) else { return "" }
    return "\(scheme)://" + address.dropFirst(scheme.count + 3).prefix { $0 != "/" && $0 != "?" }
  }
}
