internal import Engine
internal import GDAL
internal import Synchronization

/// Opens many raster files at once, for what they say of themselves.
enum RasterHeaders {
  /// What each file says, or why it could not be read.
  ///
  /// - Parameter connections: files that are opened at once, when any is remote; local ones need cores.
  static func open(
    _ locations: [String], in archive: RemoteArchive, connections: Int
  ) async throws -> [String: Result<RasterInfo, GDALError>] {
    guard !locations.isEmpty else { return [:] }
    let isRemote = locations.contains { VirtualPath.isRemote($0) }
    let workers = min(locations.count, isRemote ? connections : Machine.cores)
    let waiting = Mutex(locations[...])
    let found = Mutex<[String: Result<RasterInfo, GDALError>]>([:])
    try await BlockingWork.run(workers: workers) {
      defer { RemoteConnections.close() }
      while let location = waiting.withLock({ $0.popFirst() }) {
        let info: Result<RasterInfo, GDALError>
        do throws(GDALError) {
          info = .success(try archive.open(location).info)
        } catch {
          info = .failure(error)
        }
        found.withLock { $0[location] = info }
      }
    }
    return found.withLock { $0 }
  }
}
