internal import CGDAL
internal import Network

/// Whole files and objects, wherever GDAL's virtual file systems reach: local disk, web servers, object stores.
///
/// Locations are paths or URLs (see `VirtualPath`). Calls block, and may be made from any thread. GDAL remembers
/// what it found out about remote files; what may have changed is to be forgotten first (`forget`).
public enum VirtualFiles {
  /// What is known of a file without reading it.
  public struct Status: Hashable, Sendable {
    /// Bytes.
    public let size: Int
    public let isFolder: Bool
    /// When it was written, in seconds since 1970; nil where that is not known.
    public let modified: Int?
  }

  /// The bytes moved at a time when files are copied.
  static let partSize = 4 << 20

  /// What a location holds; nil when nothing is there.
  ///
  /// An answer other than "there" or "not there" (no permission, no connection) is nil too: reading says why.
  public static func status(_ location: String) -> Status? {
    GDALLibrary.prepare()
    var (size, modified, isFolder) = (Int64(0), Int64(0), CInt(0))
    let name = VirtualPath.gdalName(of: location)
    let (code, _) = collectingMessages { apus_vsi_stat(name, &size, &modified, &isFolder) }
    guard code == 0 else { return nil }
    return Status(size: Int(size), isFolder: isFolder != 0, modified: modified > 0 ? Int(modified) : nil)
  }

  /// The whole content of a file.
  ///
  /// - Parameters:
  ///   - location: a path, or a name of one of GDAL's virtual file systems ("/vsis3/bucket/key").
  ///   - limit: the most bytes that are read.
  /// - Throws: when it cannot be opened, when fewer bytes come than it has, and when it has more than the limit.
  public static func read(_ location: String, limit: Int = .max) throws(GDALError) -> [UInt8] {
    let file = try VirtualFile(reading: location)
    var bytes: [UInt8] = []
    while true {
      let size = max(file.size ?? 0, bytes.count)
      guard size <= limit else {
        throw GDALError(NetworkError(location: location, .tooLarge(size, limit: limit)))
      }
      let part = try file.read(at: bytes.count, count: partSize)
      bytes += part
      if part.count < partSize { break }
    }
    if let expected = file.size, expected != bytes.count {
      throw GDALError(
        .read, file: location, message: "\(bytes.count) bytes came of \(expected)",
        advice: "the connection broke off: try again")
    }
    return bytes
  }

  /// Part of a file; fewer bytes than asked for at its end.
  public static func read(_ location: String, range: Range<Int>) throws(GDALError) -> [UInt8] {
    try VirtualFile(reading: location).read(at: range.lowerBound, count: range.count)
  }

  /// The names in a folder or under a prefix, without "." and ".."; nil when there is none, or it cannot be listed.
  public static func list(_ location: String) -> [String]? {
    GDALLibrary.prepare()
    let (names, _) = collectingMessages { VSIReadDir(VirtualPath.gdalName(of: location)) }
    guard let names else { return nil }
    defer { CSLDestroy(names) }
    return (0..<Int(CSLCount(names))).compactMap { index in
      names[index].map { String(cString: $0) }
    }.filter { $0 != "." && $0 != ".." && !$0.isEmpty }
  }

  /// The files below a folder or under a prefix, at any depth, as paths from there; none where there is no such place.
  ///
  /// - Parameter location: a path or a URL.
  /// - Throws: `GDALError` where GDAL says why they cannot be listed; it does not always.
  public static func listAll(_ location: String) throws(GDALError) -> [String] {
    GDALLibrary.prepare()
    let (names, messages) = collectingMessages { VSIReadDirRecursive(VirtualPath.gdalName(of: location)) }
    defer { CSLDestroy(names) }
    if let failure = messages.failure { throw GDALError(.read, file: location, message: failure) }
    guard let names else { return [] }
    return (0..<Int(CSLCount(names))).compactMap { index in
      names[index].map { String(cString: $0) }
    }.filter { !$0.isEmpty && !$0.hasSuffix("/") }
  }

  /// Stores a whole file or object.
  ///
  /// - Throws: also when the last part of an upload fails, which GDAL tells only on closing.
  public static func write(_ bytes: [UInt8], to location: String) throws(GDALError) {
    let file = try VirtualFile(writing: location)
    try file.write(bytes)
    try file.close()
  }

  /// Stores a local file at a location, part by part.
  ///
  /// What was stored of a file that could not be stored whole is removed again, as far as that is possible.
  ///
  /// - Parameters:
  ///   - path: the local file.
  ///   - location: where it goes, as GDAL's virtual file systems name it ("/vsis3/bucket/key").
  ///   - isCancelled: asked between parts; when it says so, the upload is given up with an error.
  ///   - inspect: sees each part that is sent, in order.
  /// - Throws: also when the last part of an upload fails, which GDAL tells only on closing, and not always: look at
  ///   the object afterwards.
  public static func upload(
    _ path: String, to location: String, isCancelled: () -> Bool = { false },
    inspect: (UnsafeRawBufferPointer) -> Void = { _ in }
  ) throws(GDALError) {
    let source = try VirtualFile(reading: path)
    let target = try VirtualFile(writing: location)
    do throws(GDALError) {
      var position = 0
      while true {
        if isCancelled() { throw GDALError(.write, file: location, message: "the upload was stopped") }
        let part = try source.read(at: position, count: partSize)
        if !part.isEmpty { try target.write(part) }
        part.withUnsafeBytes(inspect)
        position += part.count
        if part.count < partSize { break }
      }
      if let size = source.size, size != position {
        throw GDALError(.read, file: path, message: "\(position) bytes came of \(size)")
      }
      try target.close()
    } catch {
      // GDAL knows no giving up: closing completes the object with what there is of it.
      do throws(GDALError) { try target.close() } catch {}
      if isObjectThere(location) { do throws(GDALError) { try remove(location) } catch {} }
      throw error
    }
  }

  private static func isObjectThere(_ location: String) -> Bool {
    forget(location)
    return status(location) != nil
  }

  /// Reads a file from its beginning to its end, a few megabytes at a time.
  ///
  /// - Throws: when it cannot be opened, or when fewer bytes come than it has; what `body` throws.
  public static func forEachPart(_ location: String, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    let file = try VirtualFile(reading: location)
    var position = 0
    while true {
      let part = try file.read(at: position, count: partSize)
      position += part.count
      try part.withUnsafeBytes(body)
      if part.count < partSize { break }
    }
    if let expected = file.size, expected != position {
      throw GDALError(
        .read, file: location, message: "\(position) bytes came of \(expected)",
        advice: "the connection broke off: try again")
    }
  }

  /// Whether an error says that there is no such file, and nothing else.
  public static func isMissing(_ error: GDALError) -> Bool { error.kind == .missing }

  /// Gives up the uploads in parts that a killed process left unfinished under a prefix: their parts are not seen,
  /// but paid for. Does nothing where there is no such thing.
  public static func abortPendingUploads(_ prefix: String) {
    guard VirtualPath.isObjectStore(prefix) else { return }
    GDALLibrary.prepare()
    _ = collectingMessages { VSIAbortPendingUploads(VirtualPath.gdalName(of: prefix)) }
  }

  /// Removes a file or object.
  public static func remove(_ location: String) throws(GDALError) {
    GDALLibrary.prepare()
    let (code, messages) = collectingMessages { VSIUnlink(VirtualPath.gdalName(of: location)) }
    guard code == 0 else {
      throw GDALError(.remove, file: location, message: messages.failure ?? "it cannot be removed")
    }
  }

  /// Forgets what GDAL remembers of a remote file, or of all under a prefix.
  public static func forget(_ location: String) {
    guard VirtualPath.isRemote(location) else { return }
    GDALLibrary.forgetRemoteFiles(prefix: VirtualPath.gdalName(of: location))
  }
}
