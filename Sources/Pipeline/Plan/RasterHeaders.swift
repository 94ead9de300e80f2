internal import Engine
internal import GDAL
internal import Network
internal import Storage
internal import Synchronization

/// Opens many raster files at once, for what they say of themselves.
enum RasterHeaders {
  /// A raster: a file, and the names the raster may have in it, where the file may hold several.
  struct Name: Hashable, Comparable, Sendable {
    let location: String
    let variables: [String]

    init(_ location: String, variables: [String]) {
      self.location = location
      self.variables = ScientificFormat.mayHoldVariables(location) ? variables : []
    }

    static func < (one: Name, other: Name) -> Bool {
      one.location == other.location
        ? one.variables.lexicographicallyPrecedes(other.variables) : one.location < other.location
    }
  }

  /// What each file says, or why it could not be read.
  ///
  /// - Parameters:
  ///   - connections: files that are opened at once, when any is remote; local ones need cores.
  ///   - isCopying: whether files that cannot be read where they are may be brought here for a look.
  static func open(
    _ names: [Name], in archive: RemoteArchive, connections: Int, isCopying: Bool = false
  ) async throws -> [Name: Result<RasterInfo, GDALError>] {
    guard !names.isEmpty else { return [:] }
    let isRemote = names.contains { VirtualPath.isRemote($0.location) }
    let workers = min(names.count, isRemote ? connections : Machine.cores)
    let waiting = Mutex(names[...])
    let found = Mutex<[Name: Result<RasterInfo, GDALError>]>([:])
    try await BlockingWork.run(workers: workers) {
      defer { RemoteConnections.close() }
      while let name = waiting.withLock({ $0.popFirst() }) {
        let info: Result<RasterInfo, GDALError>
        do throws(GDALError) {
          info = .success(try archive.open(name.location, variables: name.variables).info)
        } catch {
          let copied = isCopying ? lookAtCopy(of: name, in: archive) : nil
          info = copied.map(Result.success) ?? .failure(error)
        }
        found.withLock { $0[name] = info }
      }
    }
    return found.withLock { $0 }
  }

  /// What a file on a server says of itself that its library reads from local disk only (HDF4), or that the server
  /// hands out whole only.
  private static func lookAtCopy(of name: Name, in archive: RemoteArchive) -> RasterInfo? {
    guard let file = archive.file(name.location),
      ScientificFormat.mayHoldVariables(name.location) || file.hasNoParts,
      let folder = try? LocalFiles.makeTemporaryDirectory()
    else { return nil }
    defer { _ = try? LocalFiles.removeTree(folder) }
    let path = "\(folder)/\(LocalFiles.name(of: String(name.location.prefix { $0 != "?" && $0 != "#" })))"
    do {
      try AssetCopy(location: name.location, target: path, expectation: FileExpectation()).run(archive)
      return try RasterDataset(opening: path, variables: name.variables, isForeign: true).info
    } catch {
      return nil
    }
  }
}
