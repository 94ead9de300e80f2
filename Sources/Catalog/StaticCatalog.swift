import JSON

/// A STAC catalogue that is files: an ItemCollection, an item, a catalogue or collection with its links, or a folder.
public struct StaticCatalog: Sendable {
  /// The scenes in the order of the files.
  public let scenes: [Scene]
  /// Items that cannot be used, in the order of the files.
  public let lost: [LostItem]
  /// The files that were read.
  public let files: [String]
  /// What the reader should know and is no error: files of a folder that are no STAC, pages that were not there.
  public let notes: [String]

  /// Reads a catalogue.
  ///
  /// A catalogue's or collection's links `child`, `item` and `items` are followed, and an ItemCollection's link
  /// `next` when it leads to a file; every file is read once. In a folder `items.json`, `catalog.json` or
  /// `collection.json` is read, else every `*.json` file that is STAC.
  ///
  /// - Parameters:
  ///   - source: a path or URL; relative ones are taken from `base`.
  ///   - base: the absolute path (or URL) of a folder, usually the configuration's own.
  ///   - files: how files are read.
  /// - Throws: `CatalogError` for the first file or link that cannot be read. An item that cannot be used, and a file
  ///   that a link "item" leads to and that holds none, are among `lost`.
  public static func load(
    source: String,
    base: String,
    files: some CatalogFiles = LocalCatalogFiles()
  ) async throws(CatalogError) -> StaticCatalog {
    var loader = StaticCatalogLoader(files: files)
    try await loader.load(Href.resolve(source, inFolder: base))
    return StaticCatalog(
      scenes: loader.items.scenes, lost: loader.items.lost, files: loader.filesRead, notes: loader.notes)
  }

  /// Parses a STAC file; `NaN`, which Python writes, is taken as the string "nan".
  ///
  /// - Parameter limits: what it may take; nil for the program's own files.
  /// - Throws: also when its values would take more, before anything of them is made.
  static func parse(
    _ bytes: [UInt8], location: String, limits: CatalogLimits? = nil
  ) throws(CatalogError) -> JSONNode {
    if let limits {
      let size = JSONSize.ofNodes(bytes)
      guard size <= limits.mostTreeBytes else { throw limits.refusal(ofTree: size, location: location) }
    }
    do throws(JSONSyntaxError) {
      return try JSONParser.parse(bytes, dialect: .python)
    } catch {
      throw CatalogError(location: location, error)
    }
  }
}

extension StaticCatalog: SceneSource {
  public func scenes(matching search: SceneSearch) async throws(CatalogError) -> SearchResult {
    var result = search.filter(scenes)
    result.lost = lost.filter(search.mayWant)
    result.considered += lost.count
    return result
  }
}
