internal import Glibc

extension LocalFiles {
  /// Writes a file part by part so that under its name there is at any time the old content or the new, never a part.
  ///
  /// - Parameters:
  ///   - path: the file, in a folder that exists.
  ///   - body: hands the content, in order, to the function it is given.
  /// - Throws: `StorageError`; what `body` throws. The temporary file is gone then.
  public static func writeAtomically(
    _ path: String, parts body: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void
  ) throws {
    let temporary = temporaryPath(for: path)
    let file = try OpenFile(temporary, O_WRONLY | O_CREAT | O_EXCL, operation: .create)
    do {
      try body { try file.write($0) }
      try file.sync()
      try file.close()
      try rename(temporary, to: path)
    } catch {
      // Only a hidden temporary would stay; the fault that led here matters more.
      _ = try? remove(temporary)
      throw error
    }
    try syncDirectory(parent(of: path))
  }

  /// Size and CRC-32 of a file.
  public static func fingerprint(_ path: String) throws(StorageError) -> (bytes: Int, checksum: UInt32) {
    let file = try OpenFile(path, O_RDONLY, operation: .open)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    defer { buffer.deallocate() }
    var (bytes, checksum) = (0, UInt32(0))
    while true {
      let count = try file.read(into: buffer)
      checksum = Checksum.crc32(UnsafeRawBufferPointer(rebasing: buffer[..<count]), seed: checksum)
      bytes += count
      if count < buffer.count { return (bytes, checksum) }
    }
  }
}
