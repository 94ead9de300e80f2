internal import Glibc

/// A file of bytes that are written at any place, from any thread; what was never written reads as zeros.
public final class PatchFile: Sendable {
  public let path: String
  private let descriptor: Int32

  /// Opens a file for writing at any place.
  ///
  /// - Parameters:
  ///   - path: the file, in a folder that exists.
  ///   - creating: whether to make it when it does not exist.
  public init(_ path: String, creating: Bool = true) throws(StorageError) {
    self.path = path
    let flags = O_RDWR | O_CLOEXEC | (creating ? O_CREAT : 0)
    descriptor = try SystemCall.check(.open, path) { open(path, flags, 0o666) }
  }

  deinit {
    close(descriptor)
  }

  /// Writes bytes at a place, making the file longer where necessary.
  public func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(StorageError) {
    var done = 0
    while done < bytes.count {
      done += try SystemCall.check(.write, path) {
        pwrite(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done, off_t(offset + done))
      }
    }
  }

  /// Reads bytes from a place on; zeros beyond the file's end.
  public func read(at offset: Int, count: Int) throws(StorageError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
      let start = done
      let got = try SystemCall.check(.read, path) {
        bytes.withUnsafeMutableBytes { buffer in
          pread(descriptor, buffer.baseAddress.map { $0 + start }, count - start, off_t(offset + start))
        }
      }
      if got == 0 { break }
      done += got
    }
    return bytes
  }
}
