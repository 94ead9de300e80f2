internal import CGDAL
internal import Network
internal import Synchronization

/// Objects read by GDAL's virtual file systems, which know all kinds of credentials.
///
/// GDAL keeps the answers' headers to itself: after each read the store is asked which content the object has.
final class VirtualRangeSource: RangeSource {
  private let location: String
  private let known = Mutex<FileVersion?>(nil)

  init(location: String) {
    self.location = location
  }

  func fetch(
    at offset: Int, into buffer: UnsafeMutableRawBufferPointer, mayEnd: Bool
  ) -> Result<RangeAnswer, NetworkFault> {
    do throws(GDALError) {
      let before = version()
      let file = try VirtualFile(reading: location)
      guard let total = file.size else {
        return .failure(passing("the server does not tell its length"))
      }
      guard offset < total, mayEnd || offset + buffer.count <= total else {
        return .failure(
          NetworkFault(
            .http(416), .final, message: "the file ends before this place",
            advice: "it may be incomplete on the server"))
      }
      let wanted = min(buffer.count, total - offset)
      let count = try file.read(
        at: offset, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted]))
      guard count == wanted else {
        return .failure(passing("\(count) bytes came where \(wanted) were asked for"))
      }
      if let before, let after = VirtualFiles.version(location), !after.isSame(as: before) {
        return .failure(.changed)
      }
      return .success(RangeAnswer(count: count, total: total, version: before ?? FileVersion()))
    } catch {
      // What GDAL remembers of a failure would be its next answer too.
      VirtualFiles.forget(location)
      return .failure(VirtualRangeSource.fault(error))
    }
  }

  /// The content that is read; asks the store the first time.
  private func version() -> FileVersion? {
    known.withLock { known in
      if let known { return known }
      // Nothing of an older content may be left in GDAL's memory.
      VirtualFiles.forget(location)
      known = VirtualFiles.version(location)
      return known
    }
  }

  private func passing(_ message: String) -> NetworkFault {
    VirtualFiles.forget(location)
    return NetworkFault(.answer, .passing, message: message)
  }

  /// What GDAL's words say: it has used what credentials there are.
  private static func fault(_ error: GDALError) -> NetworkFault {
    let kind = error.kind == .refused ? NetworkFault.Kind.final : error.kind
    return NetworkFault(
      FaultClassifier.code(inWords: error.message) ?? .answer, kind, message: error.message,
      advice: kind == .passing
        ? nil : "check the location, and the credentials (\"sign\" of the module download)")
  }
}

extension VirtualFiles {
  /// Which content an object has, as the store tells it now; nil when it does not.
  static func version(_ location: String) -> FileVersion? {
    GDALLibrary.prepare()
    let name = VirtualPath.gdalName(of: location)
    let (list, _) = collectingMessages { VSIGetFileMetadata(name, "HEADERS", nil) }
    guard let list else { return nil }
    defer { CSLDestroy(list) }
    var version = FileVersion()
    for (name, value) in CPLStringList.pairs(list) {
      switch name.lowercased() {
      case "etag": version.tag = value
      case "last-modified": version.modified = value
      default: break
      }
    }
    return version.tag == nil && version.modified == nil ? nil : version
  }
}
