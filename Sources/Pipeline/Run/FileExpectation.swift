internal import Catalog
internal import Storage

/// What a catalogue says of a file's bytes: `file:size` and `file:checksum`.
struct FileExpectation: Hashable, Sendable {
  var size: Int?
  /// A multihash, in hexadecimal.
  var checksum: String?

  /// What the scenes' assets say, by location.
  static func all(of scenes: [Scene]) -> [String: FileExpectation] {
    var all: [String: FileExpectation] = [:]
    for asset in scenes.flatMap(\.assets) where asset.size != nil || asset.checksum != nil {
      all[asset.location] = FileExpectation(size: asset.size, checksum: asset.checksum)
    }
    return all
  }

  /// The SHA-256 that the file should have; nil when the catalogue gives none, or another kind of hash.
  private var digest: String? {
    // Multihash: 0x12 is SHA-256, of 0x20 bytes.
    guard let text = checksum?.lowercased(), text.hasPrefix("1220"), text.count == 68 else { return nil }
    return String(text.dropFirst(4))
  }

  /// What is wrong with a size; nil when it is right or not known.
  func fault(size actual: Int) -> String? {
    guard let size, size != actual else { return nil }
    return "it has \(actual) bytes, its STAC item says \(size) (file:size)"
  }

  /// What is wrong with a local copy; nil when it is right, as far as that is known.
  func fault(ofCopy path: String) throws(StorageError) -> String? {
    if let fault = fault(size: try LocalFiles.size(path)) { return fault }
    guard let digest else { return nil }
    let file = try FileBytes(path)
    var hash = SHA256()
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    defer { buffer.deallocate() }
    let size = try LocalFiles.size(path)
    for start in stride(from: 0, to: size, by: buffer.count) {
      let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(buffer.count, size - start)])
      guard file.read(at: UInt64(start), into: part) else {
        throw StorageError(.read, path: path, reason: "it ends early")
      }
      hash.update(UnsafeRawBufferPointer(part))
    }
    let actual = hash.digest().map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    return actual == digest ? nil : "its SHA-256 is \(actual), its STAC item says \(digest) (file:checksum)"
  }
}
