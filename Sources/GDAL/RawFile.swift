internal import Network

/// The bytes of a TIFF as they are, beside GDAL.
final class RawFile {
  private let name: String
  private let path: String
  private let remote: RemoteFileSystem.Entry?
  private var open: VirtualFile?

  init(name: String, path: String, remote: RemoteFileSystem.Entry?) {
    // "GTIFF_DIR:2:file.tif" is a part of a file.
    let parts = name.split(separator: ":", omittingEmptySubsequences: false)
    let isPart = parts.count > 2 && parts[0].lowercased() == "gtiff_dir"
    let skipped = isPart ? (parts[1].lowercased() == "off" ? 3 : 2) : 0
    self.name = parts.dropFirst(skipped).joined(separator: ":")
    self.path = path
    self.remote = remote
  }

  func read(at place: Int, count: Int) throws(GDALError) -> [UInt8] {
    if let remote {
      return try fetched { () throws(NetworkError) in try remote.file.read(at: place, count: count) }
    }
    let bytes = try opened().read(at: place, count: count)
    guard bytes.count == count else { throw cutShort }
    return bytes
  }

  func read(at place: Int, into buffer: UnsafeMutableRawBufferPointer) throws(GDALError) {
    if let remote {
      return try fetched { () throws(NetworkError) in try remote.file.read(at: place, into: buffer) }
    }
    guard try opened().read(at: place, into: buffer) == buffer.count else { throw cutShort }
  }

  /// Fetches bytes of a remote file once for both, the check and GDAL; nil for local files and for large parts.
  func hold(_ range: Range<Int>) throws(GDALError) -> [UInt8]? {
    guard let remote, range.count <= RawFile.largestHeld else { return nil }
    return try fetched { () throws(NetworkError) in try remote.hold(range) }
  }

  /// What comes of a remote file, with its errors as those of reading a raster.
  private func fetched<Result>(_ body: () throws(NetworkError) -> Result) throws(GDALError) -> Result {
    do throws(NetworkError) {
      return try body()
    } catch {
      throw GDALError(error)
    }
  }

  func release() { remote?.release() }

  private static let largestHeld = 2 << 20

  private var cutShort: GDALError {
    GDALError(
      .read, file: path, message: "the file ends within a block",
      advice: "the file is incomplete: fetch it again")
  }

  private func opened() throws(GDALError) -> VirtualFile {
    if let open { return open }
    let file = try VirtualFile(reading: name)
    open = file
    return file
  }
}
