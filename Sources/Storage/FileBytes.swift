internal import Glibc

/// A file open for reading at any place.
public struct FileBytes: ~Copyable, Sendable {
  public let path: String
  private let descriptor: Int32

  /// - Throws: when it is absent or unreadable, or no regular file: one would wait for a pipe without end.
  public init(_ path: String) throws(StorageError) {
    self.path = path
    let isSpecial = LocalFiles.isSpecial(path)
    descriptor = isSpecial ? -1 : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard !isSpecial else {
      throw StorageError(.open, path: path, reason: "it is a pipe or a device", advice: "name a regular file")
    }
    guard descriptor >= 0 else { throw StorageError(.open, path: path, errno: errno) }
  }

  deinit {
    // Reading changes nothing that closing could lose.
    close(descriptor)
  }

  /// Reads exactly as many bytes as the buffer has.
  ///
  /// - Returns: false when the file ends before, or cannot be read.
  public borrowing func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) -> Bool {
    guard let start = Int(exactly: offset) else { return false }
    var done = 0
    while done < buffer.count {
      let count = pread(descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done, start + done)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return false }
      done += count
    }
    return true
  }

  /// Reads bytes; nil when the file ends before, or cannot be read.
  public borrowing func read(at offset: Int, count: Int) -> [UInt8]? {
    guard offset >= 0, count >= 0, offset < Int.max - count else { return nil }
    // What a damaged file claims is no reason to ask for memory it cannot fill.
    var status = stat()
    guard fstat(descriptor, &status) == 0, offset + count <= Int(status.st_size) else { return nil }
    var bytes = [UInt8](repeating: 0, count: count)
    let isRead = bytes.withUnsafeMutableBytes { read(at: UInt64(offset), into: $0) }
    return isRead ? bytes : nil
  }
}
