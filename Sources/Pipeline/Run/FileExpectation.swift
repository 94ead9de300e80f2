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

  /// What to say of checksums that cannot be held against copies, for files that are to be copied; nil when there are
  /// none.
  static func note(_ expectations: some Sequence<FileExpectation>) -> String? {
    var kinds: Set<String> = []
    var count = 0
    for text in expectations.compactMap(\.checksum) {
      do throws(Multihash.Mistake) {
        let hash = try Multihash(text)
        guard Digest(hash.algorithm) == nil else { continue }
        kinds.insert("this system's libcrypto has no \(hash.algorithm.rawValue)")
      } catch {
        switch error {
        case .unknownAlgorithm(let code): kinds.insert("algorithm 0x\(String(code, radix: 16)) is not known")
        case .notUnderstood: kinds.insert("\"\(text.prefix(12))…\" is no multihash")
        }
      }
      count += 1
    }
    guard count > 0 else { return nil }
    let words = count == 1 ? "1 checksum (file:checksum) cannot" : "\(count) checksums (file:checksum) cannot"
    return
      "\(words) be held against copies (\(kinds.sorted().prefix(3).joined(separator: "; "))): of these files "
      + "only the size is checked"
  }

  /// What is wrong with a size; nil when it is right or not known.
  func fault(size actual: Int) -> String? {
    guard let size, size != actual else { return nil }
    return "it has \(actual) bytes, its STAC item says \(size) (file:size)"
  }

  /// What is wrong with a local copy; nil when it is right, as far as that is known.
  func fault(ofCopy path: String) throws(StorageError) -> String? {
    if let fault = fault(size: try LocalFiles.size(path)) { return fault }
    guard let checksum, let hash = try? Multihash(checksum), var digest = Digest(hash.algorithm) else {
      return nil
    }
    let file = try FileBytes(path)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    defer { buffer.deallocate() }
    let size = try LocalFiles.size(path)
    for start in stride(from: 0, to: size, by: buffer.count) {
      let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(buffer.count, size - start)])
      guard file.read(at: UInt64(start), into: part) else {
        throw StorageError(.read, path: path, reason: "it ends early")
      }
      digest.update(UnsafeRawBufferPointer(part))
    }
    let actual = digest.finish()
    guard !actual.starts(with: hash.digest) else { return nil }
    return
      "its \(hash.algorithm.rawValue) is \(actual.hexadecimal), its STAC item says \(hash.digest.hexadecimal) "
      + "(file:checksum)"
  }
}
