internal import CFiles
import Glibc

/// The C boundary: calls repeated when a signal interrupts them, results as values or errors.
enum SystemCall {
  /// Runs a call that returns a negative number on failure, again as long as a signal interrupts it.
  ///
  /// - Throws: `StorageError` of that operation on that path.
  @discardableResult
  static func check<Result: SignedInteger>(
    _ operation: StorageError.Operation,
    _ path: String,
    _ call: () -> Result
  ) throws(StorageError) -> Result {
    while true {
      let result = call()
      if result >= 0 { return result }
      let code = errno
      if code != EINTR { throw StorageError(operation, path: path, errno: code) }
    }
  }

  /// The system's sentence for an error number.
  static func text(of code: Int32) -> String {
    // Safe from any thread since glibc 2.32.
    guard let text = strerror(code) else { return "error \(code)" }
    return String(cString: text)
  }
}

/// An open file; closed when it goes out of scope, but call `close()` to learn whether that went well.
struct OpenFile: ~Copyable {
  /// -1 once closed.
  private var descriptor: Int32
  private let path: String

  /// open(2), with `O_CLOEXEC`.
  init(_ path: String, _ flags: Int32, operation: StorageError.Operation) throws(StorageError) {
    descriptor = try SystemCall.check(operation, path) { Glibc.open(path, flags | O_CLOEXEC, 0o666) }
    self.path = path
  }

  deinit {
    if descriptor >= 0 { _ = Glibc.close(descriptor) }
  }

  /// write(2) until everything is written.
  func write(_ bytes: UnsafeRawBufferPointer) throws(StorageError) {
    var rest = bytes[...]
    while let base = UnsafeRawBufferPointer(rebasing: rest).baseAddress, !rest.isEmpty {
      let count = rest.count
      let written = try SystemCall.check(.write, path) { Glibc.write(descriptor, base, count) }
      rest = rest.dropFirst(written)
    }
  }

  /// pwrite(2) until everything is written.
  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(StorageError) {
    var done = 0
    while done < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
      done += try SystemCall.check(.write, path) {
        pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset + done))
      }
    }
  }

  /// write(2) until everything is written.
  func write(_ bytes: [UInt8]) throws(StorageError) {
    try bytes.withUnsafeBufferPointer { (buffer) throws(StorageError) in
      try write(UnsafeRawBufferPointer(buffer))
    }
  }

  /// read(2) until the buffer is full or the file ends; returns the number of bytes read.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(StorageError) -> Int {
    guard let base = buffer.baseAddress else { return 0 }
    var filled = 0
    while filled < buffer.count {
      let start = filled
      let count = try SystemCall.check(.read, path) {
        Glibc.read(descriptor, base + start, buffer.count - start)
      }
      if count == 0 { break }
      filled += count
    }
    return filled
  }

  /// pread(2) of one byte; nil at or after the end of the file.
  func byte(at offset: Int) throws(StorageError) -> UInt8? {
    var byte: UInt8 = 0
    let count = try SystemCall.check(.read, path) { pread(descriptor, &byte, 1, off_t(offset)) }
    return count == 1 ? byte : nil
  }

  /// fstat(2).
  func status() throws(StorageError) -> stat {
    var status = stat()
    try SystemCall.check(.inspect, path) { fstat(descriptor, &status) }
    return status
  }

  /// ftruncate(2).
  func truncate(to size: Int) throws(StorageError) {
    try SystemCall.check(.truncate, path) { ftruncate(descriptor, off_t(size)) }
  }

  /// fsync(2).
  func sync() throws(StorageError) {
    try SystemCall.check(.sync, path) { fsync(descriptor) }
  }

  /// sync_file_range(2): begins to write, and waits for nothing.
  func beginSync() {
    apus_begin_sync(descriptor)
  }

  /// flock(2), exclusive, without waiting; the error number when the lock is not to be had.
  func tryLock() -> Int32? {
    while true {
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return nil }
      let code = errno
      if code != EINTR { return code }
    }
  }

  /// close(2): some file systems report a failed write only here.
  consuming func close() throws(StorageError) {
    let descriptor = descriptor
    self.descriptor = -1
    // After EINTR Linux has closed the descriptor: closing again could hit somebody else's.
    if Glibc.close(descriptor) != 0, errno != EINTR { throw StorageError(.close, path: path, errno: errno) }
  }
}
