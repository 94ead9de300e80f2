import JSON

/// Finds out what a source is: a STAC API, or a catalogue of files.
public enum CatalogOpener {
  public enum Opened: Sendable {
    case api(StacAPI)
    case files(StaticCatalog)
  }

  /// Opens a source.
  ///
  /// A web address is an API when its document is the landing page of one, and when it is a collection or the search
  /// of one. Everything else is a catalogue of files.
  ///
  /// - Parameters:
  ///   - source: a path or URL; relative ones are taken from `base`.
  ///   - base: the absolute path (or URL) of a folder, usually the configuration's own.
  ///   - files: how the files of a catalogue are read.
  ///   - transport: how web addresses are asked.
  /// - Returns: the source, and the collection that the address names, to be searched where the search names none.
  public static func open(
    source: String, base: String, files: some CatalogFiles, transport: any CatalogTransport
  ) async throws(CatalogError) -> (opened: Opened, collection: String?) {
    let location = Href.resolve(source, inFolder: base)
    guard ["http", "https"].contains(Href.scheme(of: location)) else {
      return (.files(try await StaticCatalog.load(source: location, base: base, files: files)), nil)
    }
    // A search without conditions would be all that there is: the API is what is meant.
    let path = location.prefix { $0 != "?" }
    if path.hasSuffix("/search"), let root = try? await transport.document(at: String(path.dropLast(7))),
      let api = try await StacAPI(landing: root, at: String(path.dropLast(7)), transport: transport)
    {
      return (.api(api), nil)
    }
    let answer = try await transport.send(CatalogRequest(url: location))
    guard answer.isGood else {
      throw CatalogError(location: location, message: answer.reason, advice: answer.advice)
    }
    let document: JSONNode?
    do throws(CatalogError) {
      document = try StaticCatalog.parse(answer.body, location: location, limits: transport.limits)
    } catch {
      guard !error.isTooLarge else { throw error }
      document = nil
    }
    if let document {
      if let api = try await StacAPI(landing: document, at: location, transport: transport) {
        return (.api(api), nil)
      }
      if let (api, name) = try await api(ofCollection: document, at: location, transport) {
        return (.api(api), name)
      }
    } else if path.hasSuffix("/") {
      // A folder of a web server: its listing is no catalogue, but it may hold one.
      for name in ["items.json", "catalog.json", "collection.json"] {
        let file = Href.resolve(name, against: String(path))
        guard try await transport.send(CatalogRequest(url: file)).isGood else { continue }
        return (.files(try await StaticCatalog.load(source: file, base: base, files: files)), nil)
      }
    }
    return (.files(try await StaticCatalog.load(source: location, base: base, files: files)), nil)
  }

  /// The API that a collection belongs to; nil for one of files.
  private static func api(
    ofCollection document: JSONNode, at location: String, _ transport: any CatalogTransport
  ) async throws(CatalogError) -> (StacAPI, String)? {
    guard document["type"]?.string == "Collection", let name = document["id"]?.string,
      let href = document["links"]?.array?.first(where: { $0["rel"]?.string == "root" })?["href"]?.string
    else { return nil }
    let root = Href.upgraded(Href.resolve(href, against: location), from: location)
    // A copy of an API's collection on another server is a file.
    guard root != location, Href.origin(of: root) == Href.origin(of: location),
      let landing = try? await transport.document(at: root),
      let api = try await StacAPI(landing: landing, at: root, transport: transport)
    else { return nil }
    return (api, name)
  }
}
