internal import GDAL
internal import Network
internal import Storage
internal import Synchronization

/// Brings one file, local or remote, as it is.
///
/// What came before an interruption is kept and continued, as long as the server still has the same content. The copy
/// gets its name once size and checksum are what the catalogue and the server say.
struct AssetCopy {
  let location: String
  let target: String
  let expectation: FileExpectation

  /// Bytes that are asked for at a time.
  private static let partSize = 4 << 20

  func run(_ archive: RemoteArchive) throws {
    if let refusal = RemoteArchive.refusal(location) { throw refusal }
    guard let remote = archive.file(location) else {
      if let fault = expectation.fault(size: try LocalFiles.size(location)) { throw failure(fault) }
      try LocalFiles.copyAtomically(location, to: target)
      if let fault = try expectation.fault(ofCopy: target) {
        try LocalFiles.remove(target)
        throw failure(fault)
      }
      return
    }
    let part: PartialFile
    do {
      part = try fetch(remote)
    } catch  where remote.hasNoParts {
      part = try fetchWhole(remote)
    }
    if let fault = try expectation.fault(ofCopy: part.location) {
      try part.discard()
      throw failure(fault)
    }
    try part.finish()
  }

  private func fetch(_ remote: RemoteFile) throws -> PartialFile {
    let size = try remote.size()
    if let fault = expectation.fault(size: size) { throw failure(fault) }
    let part = try PartialFile(target, note: "\(size) \(remote.version ?? "")")
    // Nobody can tell that a file without a version is still the same.
    if remote.version == nil || part.count > size { try part.clear() }
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(1, min(AssetCopy.partSize, size)), alignment: 64)
    defer { buffer.deallocate() }
    while part.count < size {
      try Task.checkCancellation()
      let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(buffer.count, size - part.count)])
      try remote.read(at: part.count, into: piece)
      try part.append(UnsafeRawBufferPointer(piece))
    }
    return part
  }

  /// From a server that has no parts to give: all of it, from the beginning with each try.
  private func fetchWhole(_ remote: RemoteFile) throws -> PartialFile {
    let part = try PartialFile(target, note: "whole")
    let fault = Failure()
    try remote.readWhole {
      fault.error = nil
      fault.keep { () throws(StorageError) in try part.clear() }
    } body: { bytes in
      fault.keep { () throws(StorageError) in try part.append(bytes) }
      return fault.error == nil
    }
    if let error = fault.error { throw error }
    return part
  }

  /// An error of the disk, on its way past code that knows only those of the network.
  private final class Failure {
    var error: StorageError?

    func keep(_ body: () throws(StorageError) -> Void) {
      do throws(StorageError) { try body() } catch { self.error = self.error ?? error }
    }
  }

  private func failure(_ fault: String) -> GDALError {
    GDALError(
      .read, file: location, message: fault,
      advice: "the file is damaged or was replaced: fetch it again, or correct the catalogue")
  }
}
