import Engine
import GDAL
import Geo
import Glibc
import JSON
import Network
import Storage

/// Stores one file of a run where its results are uploaded to, and makes sure that it is there.
struct ObjectUpload {
  /// The local file.
  let path: String
  /// Where it goes: a path or a URL.
  let target: String
  /// How often storing is tried.
  var attempts = 3

  /// Stores the file and reads it back.
  ///
  /// - Parameter expected: what the local file is, and the stored copy must be.
  /// - Throws: `UploadError` when that failed as often as it was tried, `CancellationError`; what was stored of a file
  ///   that did not arrive whole is removed again, as far as possible.
  func run(expecting expected: UploadRecord.Copy) throws {
    var attempt = 1
    while true {
      do {
        try store(expected)
        try verify(expected)
        return
      } catch {
        try Task.checkCancellation()
        let failure = UploadError(target: target, "\(error)")
        guard attempt < attempts, !failure.isLasting else { throw failure }
        try pause(seconds: Double(attempt))
        attempt += 1
      }
    }
  }

  /// Stores what a file holds at this moment: it may grow meanwhile.
  ///
  /// - Parameters:
  ///   - path: the local file.
  ///   - target: where it goes: a path or a URL.
  /// - Throws: as `run`; `StorageError`.
  static func storeCopy(of path: String, to target: String) throws {
    let copy = LocalFiles.temporaryPath(for: path)
    try LocalFiles.copyAtomically(path, to: copy)
    defer { _ = try? LocalFiles.remove(copy) }
    try ObjectUpload(path: copy, target: target).run()
  }

  /// Stores the file as it is, and reads it back.
  ///
  /// - Throws: as the other `run`; `StorageError`.
  func run() throws {
    let found = try LocalFiles.fingerprint(path)
    try run(expecting: UploadRecord.Copy(bytes: found.bytes, checksum: found.checksum))
  }

  private func store(_ expected: UploadRecord.Copy) throws {
    var (bytes, checksum) = (0, UInt32(0))
    if VirtualPath.isRemote(target) {
      try VirtualFiles.upload(
        path, to: target, isCancelled: { Task.isCancelled },
        inspect: { part in
          bytes += part.count
          checksum = Checksum.crc32(part, seed: checksum)
        })
      guard UploadRecord.Copy(bytes: bytes, checksum: checksum) == expected else {
        throw UploadError(target: target, "\(path) changed while it was uploaded")
      }
    } else {
      try LocalFiles.createDirectory(LocalFiles.parent(of: target))
      try LocalFiles.copyAtomically(path, to: target)
      try LocalFiles.sync(target)
    }
  }

  /// Reads the stored copy, every byte of it: an answer of the server about it could be one about what it was sent.
  private func verify(_ expected: UploadRecord.Copy) throws {
    VirtualFiles.forget(target)
    var (bytes, checksum) = (0, UInt32(0))
    try VirtualFiles.forEachPart(target) { part in
      try Task.checkCancellation()
      bytes += part.count
      checksum = Checksum.crc32(part, seed: checksum)
    }
    guard UploadRecord.Copy(bytes: bytes, checksum: checksum) != expected else { return }
    // Nobody shall take it for the result.
    _ = try? VirtualFiles.remove(target)
    throw UploadError(
      target: target,
      bytes == expected.bytes
        ? "the stored copy is not what was sent (\(bytes) bytes, but another checksum)"
        : "the stored copy has \(bytes) bytes instead of \(expected.bytes)")
  }

  private func pause(seconds: Double) throws {
    for _ in 0..<Int(seconds * 10) {
      try Task.checkCancellation()
      usleep(100_000)
    }
  }
}

/// Why a file could not be stored.
struct UploadError: Error, CustomStringConvertible {
  let target: String
  let reason: String

  init(target: String, _ reason: String) {
    self.target = target
    self.reason = reason
  }

  /// Whether trying again is of no use: the server refuses who asks, or there is no such place.
  var isLasting: Bool {
    switch FaultClassifier.kind(ofWords: reason) {
    case .refused, .final: true
    case .passing, .missing, .whole: false
    }
  }

  var description: String {
    let advice =
      isLasting
      ? " (check that the bucket or container exists, and the account and its key in the environment)" : ""
    return reason.contains(target) ? reason + advice : "cannot upload to \(target): \(reason)\(advice)"
  }
}
