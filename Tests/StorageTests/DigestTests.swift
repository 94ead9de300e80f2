import Storage
import TestSupport
import Testing

/// Digests and multihashes against the programs of coreutils and Python's hashlib.
@Suite struct DigestTests {
  private static func digest(_ algorithm: Digest.Algorithm, _ bytes: [UInt8], piece: Int) -> String? {
    guard var digest = Digest(algorithm) else { return nil }
    bytes.withUnsafeBytes { bytes in
      for start in stride(from: 0, to: bytes.count, by: piece) {
        digest.update(UnsafeRawBufferPointer(rebasing: bytes[start..<min(start + piece, bytes.count)]))
      }
    }
    return digest.finish().hexadecimal
  }

  @Test func `every algorithm gives what its program gives`() async throws {
    let folder = try LocalFiles.makeTemporaryDirectory()
    defer { _ = try? LocalFiles.removeTree(folder) }
    var generator = SeededGenerator(seed: 7)
    let programs: [Digest.Algorithm: String] = [
      .md5: "md5sum", .sha1: "sha1sum", .sha224: "sha224sum", .sha256: "sha256sum", .sha384: "sha384sum",
      .sha512: "sha512sum", .blake2b512: "b2sum",
    ]
    let others: [Digest.Algorithm: String] = [
      .sha3x224: "sha3_224", .sha3x256: "sha3_256", .sha3x384: "sha3_384", .sha3x512: "sha3_512",
      .blake2s256: "blake2s",
    ]
    for count in [0, 1, 63, 64, 1_000_003] {
      let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
      let path = "\(folder)/\(count)"
      try LocalFiles.writeAtomically(path, bytes)
      for algorithm in Digest.Algorithm.allCases {
        let words: [String]
        if let program = programs[algorithm] {
          words = [program, path]
        } else {
          let name = try #require(others[algorithm])
          words = [
            "python3", "-c",
            "import hashlib, sys; print(hashlib.new(sys.argv[1], open(sys.argv[2], 'rb').read()).hexdigest())",
            name, path,
          ]
        }
        let expected = try await Program(words).output().split { $0.isWhitespace }.first.map(String.init)
        for piece in [65, 1 << 20] {
          #expect(
            Self.digest(algorithm, bytes, piece: piece) == expected, "\(algorithm) of \(count) bytes")
        }
      }
    }
  }

  @Test(
    arguments: [
      // As Sentinel-2 items of CDSE, and others, have them.
      ("d50110d41d8cd98f00b204e9800998ecf8427e", Digest.Algorithm.md5),
      ("1114DA39A3EE5E6B4B0D3255BFEF95601890AFD80709", .sha1),
      ("1220e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", .sha256),
      ("1210e3b0c44298fc1c149afbf4c8996fb924", .sha256),
      (
        "1340cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd"
          + "47417a81a538327af927da3e", .sha512
      ),
      ("1630a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a", nil),
      ("1620a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a", .sha3x256),
      ("c0e4024" + "0" + String(repeating: "ab", count: 64), .blake2b512),
    ] as [(String, Digest.Algorithm?)])
  func `a multihash tells its algorithm`(text: String, algorithm: Digest.Algorithm?) throws {
    let hash = try? Multihash(text)
    #expect(hash?.algorithm == algorithm)
    // All but one are of no bytes at all.
    if let hash, let algorithm, algorithm != .blake2b512 {
      #expect(Self.digest(algorithm, [], piece: 1)?.hasPrefix(hash.digest.hexadecimal) == true)
    }
  }

  @Test(arguments: [
    ("", Multihash.Mistake.notUnderstood), ("12", .notUnderstood), ("xyz", .notUnderstood),
    ("122", .notUnderstood), ("1220e3", .notUnderstood), ("1204e3b0c442", .notUnderstood),
    // A bare MD5, as some catalogues have it.
    ("d41d8cd98f00b204e9800998ecf8427e", .notUnderstood),
    ("1e20af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262", .unknownAlgorithm(code: 0x1e)),
    ("ffffffffff0f", .notUnderstood),
  ])
  func `what is none is named`(text: String, mistake: Multihash.Mistake) {
    #expect(throws: mistake) { _ = try Multihash(text) }
  }
}
