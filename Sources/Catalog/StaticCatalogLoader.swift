import JSON
internal import Synchronization

/// Walks through the files of a static catalogue.
struct StaticCatalogLoader<Files: CatalogFiles> {
  let files: Files
  private(set) var items = ReadItems()
  private(set) var filesRead: [String] = []
  private(set) var notes: [String] = []
  private var seen: Set<String> = []
  /// Files still to read, the next one last.
  private var waiting: [Link] = []
  /// Remote files that were read ahead, many at once: each costs a journey to the server and back.
  private var readAhead: [String: Result<[UInt8], CatalogError>] = [:]

  /// Remote files that are read at once.
  private static var filesAtOnce: Int { 16 }

  /// The most bytes of each: longer ones are read one by one.
  private var mostBytesAhead: Int { files.limits.mostBytes / Self.filesAtOnce }

  /// About what the scenes take that were read.
  private var treeBytes = 0

  /// A file, and the link that led to it.
  private struct Link {
    let location: String
    /// How many links led to it.
    var depth = 0
    var relation = ""
    var holder = ""
    var position: SourcePosition?
  }

  init(files: Files) {
    self.files = files
  }

  mutating func load(_ source: String) async throws(CatalogError) {
    var location = source
    while location.count > 1, location.hasSuffix("/"), Href.scheme(of: location) == nil {
      location.removeLast()
    }
    if let names = try await files.list(location) {
      try await loadFolder(location, names)
    } else {
      try await follow(Link(location: location))
    }
  }

  private mutating func loadFolder(_ folder: String, _ names: [String]) async throws(CatalogError) {
    for name in ["items.json", "catalog.json", "collection.json"] where names.contains(name) {
      return try await follow(Link(location: Href.resolve(name, against: folder + "/")))
    }
    let candidates = names.filter { $0.lowercased().hasSuffix(".json") }.sorted()
    for name in candidates {
      let location = Href.resolve(name, against: folder + "/")
      guard !seen.contains(location) else { continue }
      let root = try parse(try await files.read(location), location)
      if kind(of: root) == nil {
        notes.append("\(location): not STAC, left out")
        continue
      }
      seen.insert(location)
      try await read(root, Link(location: location))
      try await followWaiting()
    }
    guard !filesRead.isEmpty else {
      throw CatalogError(
        location: folder,
        message:
          "the folder holds no items.json, catalog.json or collection.json, and no STAC items (*.json)",
        advice: "name the catalogue file itself, or write an items.json into the folder"
      )
    }
  }

  /// Parses a document, if it and the scenes before it do not take too much.
  private mutating func parse(_ bytes: [UInt8], _ location: String) throws(CatalogError) -> JSONNode {
    let root = try StaticCatalog.parse(bytes, location: location, limits: files.limits)
    if kind(of: root) != .catalog { treeBytes += JSONSize.ofNodes(bytes) }
    guard treeBytes <= files.limits.mostTreeBytes || items.scenes.isEmpty else {
      throw files.limits.refusal(ofScenes: treeBytes, count: items.scenes.count, location: location)
    }
    return root
  }

  private mutating func follow(_ link: Link) async throws(CatalogError) {
    waiting.append(link)
    try await followWaiting()
  }

  private mutating func followWaiting() async throws(CatalogError) {
    while let link = waiting.popLast() {
      guard seen.insert(link.location).inserted else { continue }
      guard Href.scheme(of: link.location) == nil || seen.count <= files.limits.mostDocuments else {
        throw CatalogError(
          location: link.holder, position: link.position,
          message: "after \(files.limits.mostDocuments) documents its links still lead to more",
          advice: "name a part of the catalogue as the source")
      }
      let content = try await content(link)
      do throws(CatalogError) {
        try await read(try parse(content, link.location), link)
      } catch {
        // One item's file that came and is none: a loss of its own.
        guard link.relation == "item", !error.isTooLarge else { throw error }
        items.lost.append(LostItem(error))
      }
    }
  }

  /// Reads a remote file, and with it those that come next.
  private mutating func remoteContent(_ location: String) async throws(CatalogError) -> [UInt8] {
    if readAhead[location] == nil {
      let others = waiting.reversed().lazy.map(\.location).filter { [seen, readAhead] other in
        other != location && !seen.contains(other) && readAhead[other] == nil && Href.scheme(of: other) != nil
      }
      let batch = [location] + others.prefix(Self.filesAtOnce - 1)
      let files = files
      let most = mostBytesAhead
      // Children hand in what they read through a box: this compiler miscompiles a group of tuples with a result of
      // typed errors in them (optimised, it crashes).
      let box = FilesRead()
      await withDiscardingTaskGroup { group in
        for location in batch {
          group.addTask { await box.read(location, of: files, most: most) }
        }
      }
      let read = box.results.withLock { $0 }
      readAhead.merge(read) { $1 }
    }
    guard let result = readAhead.removeValue(forKey: location) else { return try await files.read(location) }
    return try result.get()
  }

  private mutating func content(_ link: Link) async throws(CatalogError) -> [UInt8] {
    do {
      if Href.scheme(of: link.location) != nil { return try await remoteContent(link.location) }
      return try await files.read(link.location)
    } catch {
      guard !link.holder.isEmpty else { throw error }
      throw CatalogError(
        location: link.holder,
        position: link.position,
        message: "its link \"\(link.relation)\" leads nowhere: \(error.location): \(error.message)",
        advice: "correct the link, or put the file there"
      )
    }
  }

  // MARK: Documents

  private enum Kind {
    case item, items, catalog
  }

  private func kind(of root: JSONNode) -> Kind? {
    switch root["type"]?.string {
    case "Feature": .item
    case "FeatureCollection": .items
    case "Catalog", "Collection": .catalog
    // Before STAC 1.0 catalogues had no type.
    default: root["stac_version"] != nil && root["links"]?.array != nil ? .catalog : nil
    }
  }

  private mutating func read(_ root: JSONNode, _ link: Link) async throws(CatalogError) {
    let location = link.location
    filesRead.append(location)
    switch kind(of: root) {
    case .item: items.add(root, location: location)
    case .items: try readItems(root, link)
    case .catalog:
      try follow(root, link, relations: ["child", "item", "items"])
    case nil:
      let found =
        root["type"]?.string.map { "of type \"\($0)\"" } ?? "(\(root.kindName) without a STAC \"type\")"
      throw CatalogError(
        location: location,
        position: root.position,
        message: "this JSON \(found) is no STAC",
        advice:
          "expected an ItemCollection (\"FeatureCollection\"), an item (\"Feature\"), a Catalog or a Collection"
      )
    }
  }

  private mutating func readItems(_ root: JSONNode, _ holder: Link) throws(CatalogError) {
    let location = holder.location
    guard let features = root["features"]?.array else {
      throw CatalogError(
        location: location,
        position: root.position,
        message: "the FeatureCollection has no \"features\""
      )
    }
    items.scenes.reserveCapacity(items.scenes.count + features.count)
    for feature in features { items.add(feature, location: location) }
    try follow(root, holder, relations: ["next"])
  }

  /// Puts the targets of a document's links on the list, in the document's order.
  private mutating func follow(
    _ root: JSONNode,
    _ holder: Link,
    relations: [String]
  ) throws(CatalogError) {
    let location = holder.location
    var targets: [Link] = []
    for link in root["links"]?.array ?? [] {
      guard let relation = link["rel"]?.string, relations.contains(relation) else { continue }
      guard let href = link["href"]?.string, !href.isEmpty else {
        throw CatalogError(
          location: location,
          position: link.position,
          message: "a link \"\(relation)\" without an \"href\""
        )
      }
      let target = Href.resolve(href, against: location)
      let depth = relation == "next" ? holder.depth : holder.depth + 1
      guard depth <= files.limits.mostNesting else {
        throw CatalogError(
          location: location, position: link.position,
          message: "catalogues inside of each other are read to a depth of \(files.limits.mostNesting)",
          advice: "name a part of the catalogue as the source")
      }
      // A page that an API served and someone saved: the next one is not beside it.
      if relation == "next", Href.scheme(of: target) != Href.scheme(of: location) {
        notes.append("\(location): one page of a longer result; the next one, \(target), was not read")
        continue
      }
      targets.append(
        Link(
          location: target, depth: depth, relation: relation, holder: location, position: link.position))
    }
    waiting.append(contentsOf: targets.reversed())
  }
}

/// Files that were read several at once, by their locations.
private final class FilesRead: Sendable {
  let results = Mutex<[String: Result<[UInt8], CatalogError>]>([:])

  func read(_ location: String, of files: any CatalogFiles, most: Int) async {
    let result: Result<[UInt8], CatalogError>
    do throws(CatalogError) {
      result = .success(try await files.read(location, most: most))
    } catch {
      if error.isTooLarge { return }
      result = .failure(error)
    }
    results.withLock { $0[location] = result }
  }
}
