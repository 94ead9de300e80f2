internal import Storage

/// A file of which HDF5 reserved parts for chunks: as bytes, to be written from any thread.
public struct ReservedRoom: Sendable {
  private let path: String
  private let file: PatchFile

  /// - Parameter path: for messages.
  init(_ file: String, for path: String) throws(NetCDFError) {
    self.path = path
    self.file = try ReservedRoom.explained(path) { () throws(StorageError) in
      // A file that was given up does not come back.
      try PatchFile(file, creating: false)
    }
  }

  /// Writes a chunk where it belongs.
  ///
  /// - Parameters:
  ///   - chunk: its compressed bytes, as many as room was reserved for.
  ///   - place: what `reserveChunk` gave for it.
  public func write(_ chunk: UnsafeRawBufferPointer, at place: Int) throws(NetCDFError) {
    try ReservedRoom.explained(path) { () throws(StorageError) in try file.write(chunk, at: place) }
  }

  private static func explained<Result>(
    _ path: String, _ body: () throws(StorageError) -> Result
  ) throws(NetCDFError) -> Result {
    do throws(StorageError) {
      return try body()
    } catch {
      throw NetCDFError("write", path: path, reason: "its chunks cannot be written", systemCode: error.code)
    }
  }
}
