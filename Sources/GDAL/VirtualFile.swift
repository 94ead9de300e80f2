internal import CGDAL

/// A file open in one of GDAL's virtual file systems, for reading or for writing from its beginning.
///
/// Used by one thread at a time. Closing a written file is what completes an upload: `close` must be called, and
/// its error is the upload's.
final class VirtualFile {
  /// The path or URL.
  let location: String
  private var handle: UnsafeMutablePointer<VSILFILE>?

  /// Opens a file for reading.
  init(reading location: String) throws(GDALError) {
    self.location = location
    handle = try VirtualFile.open(location, "rb", .open)
  }

  /// Begins a new file or object, in place of whatever was there.
  init(writing location: String) throws(GDALError) {
    self.location = location
    handle = try VirtualFile.open(location, "wb", .create)
  }

  deinit {
    // A written file that nobody closed is given up: its error has been thrown already.
    if let handle { _ = collectingMessages { VSIFCloseL(handle) } }
  }

  /// The file's length in bytes; nil when the server does not tell.
  var size: Int? {
    guard let handle else { return nil }
    let (end, _) = collectingMessages { () -> Int? in
      guard VSIFSeekL(handle, 0, SEEK_END) == 0 else { return nil }
      return Int(VSIFTellL(handle))
    }
    return end
  }

  /// Bytes from a place on; fewer than `count` only at the end of the file.
  func read(at position: Int, count: Int) throws(GDALError) -> [UInt8] {
    guard let handle else { throw GDALError(.read, file: location, message: "the file is closed") }
    let (bytes, messages) = collectingMessages { () -> [UInt8] in
      guard VSIFSeekL(handle, vsi_l_offset(position), SEEK_SET) == 0 else { return [] }
      return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
        filled = VSIFReadL(buffer.baseAddress, 1, count, handle)
      }
    }
    if let failure = messages.failure { throw GDALError(.read, file: location, message: failure) }
    return bytes
  }

  /// Bytes from a place on into a buffer; fewer than it has only at the end of the file.
  func read(at position: Int, into buffer: UnsafeMutableRawBufferPointer) throws(GDALError) -> Int {
    guard let handle else { throw GDALError(.read, file: location, message: "the file is closed") }
    let (count, messages) = collectingMessages { () -> Int in
      guard VSIFSeekL(handle, vsi_l_offset(position), SEEK_SET) == 0 else { return 0 }
      return VSIFReadL(buffer.baseAddress, 1, buffer.count, handle)
    }
    if let failure = messages.failure { throw GDALError(.read, file: location, message: failure) }
    return count
  }

  /// Appends bytes to a file that is being written.
  func write(_ bytes: [UInt8]) throws(GDALError) {
    guard let handle else { throw GDALError(.write, file: location, message: "the file is closed") }
    let (written, messages) = collectingMessages { VSIFWriteL(bytes, 1, bytes.count, handle) }
    guard written == bytes.count, messages.failures.isEmpty else {
      throw GDALError(
        .write, file: location, message: messages.failure ?? "\(written) of \(bytes.count) bytes were written"
      )
    }
  }

  /// Completes the file.
  func close() throws(GDALError) {
    guard let open = handle else { return }
    handle = nil
    let (code, messages) = collectingMessages { VSIFCloseL(open) }
    guard code == 0, messages.failures.isEmpty else {
      // What GDAL says of uploads lacks the reason; that the object is not there is none.
      let words = messages.failure ?? "the file could not be completed"
      let refusal = VirtualFiles.refusal(location).flatMap { VirtualFiles.saysNothing($0) ? nil : $0 }
      let reason = refusal.map { ": " + $0 } ?? ""
      throw GDALError(.close, file: location, message: words + reason)
    }
  }

  private static func open(
    _ location: String, _ mode: String, _ operation: GDALError.Operation
  ) throws(GDALError) -> UnsafeMutablePointer<VSILFILE> {
    GDALLibrary.prepare()
    VSIErrorReset()
    let (handle, messages) = collectingMessages {
      VSIFOpenExL(VirtualPath.gdalName(of: location), mode, 1)
    }
    guard let handle else {
      let words = VirtualFiles.readable(VSIGetLastErrorMsg().map { String(cString: $0) } ?? "")
      let message = messages.failure ?? (words.isEmpty ? nil : words) ?? VirtualFiles.refusal(location)
      throw GDALError(operation, file: location, message: message ?? "it cannot be opened")
    }
    return handle
  }
}
