internal import Glibc

extension LocalFiles {
  /// Copies a file; under its name the copy is complete, with as many bytes as the source has.
  ///
  /// - Throws: `StorageError`; the temporary file is gone then.
  public static func copyAtomically(_ source: String, to target: String) throws(StorageError) {
    let size = try size(source)
    let file = try FileBytes(source)
    let temporary = temporaryPath(for: target)
    do throws(StorageError) {
      try copy(file, size: size, to: temporary)
      try rename(temporary, to: target)
    } catch {
      // Only a hidden temporary would stay; the fault that led here matters more.
      _ = try? remove(temporary)
      throw error
    }
  }

  private static func copy(_ file: borrowing FileBytes, size: Int, to path: String) throws(StorageError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw StorageError(.create, path: path, errno: errno) }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    defer { buffer.deallocate() }
    do throws(StorageError) {
      var done = 0
      while done < size {
        let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(buffer.count, size - done)])
        guard file.read(at: UInt64(done), into: part) else {
          throw StorageError(
            .read, path: file.path, reason: "it ends after less than its \(size) bytes",
            advice: "it changed while it was copied")
        }
        try write(part, to: descriptor, path: path)
        done += part.count
      }
    } catch {
      close(descriptor)
      throw error
    }
    guard close(descriptor) == 0 else { throw StorageError(.close, path: path, errno: errno) }
  }

  private static func write(
    _ bytes: UnsafeMutableRawBufferPointer, to descriptor: Int32, path: String
  ) throws(StorageError) {
    var done = 0
    while done < bytes.count {
      let count = Glibc.write(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw StorageError(.write, path: path, errno: errno) }
      done += count
    }
  }
}
