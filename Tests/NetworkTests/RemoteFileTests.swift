import TestSupport
import Testing

@testable import Network

@Suite("Remote files")
struct RemoteFileTests {
  /// 200,000 bytes, longer than what is fetched at first, and 1,000 bytes, shorter.
  private static let long = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
  private static let short = Array(long[..<1000])

  /// What a server makes of a request for a part.
  private typealias Oddity = @Sendable (_ bytes: [UInt8], _ first: Int, _ last: Int?) -> SmallServer.Answer

  private static func server(of bytes: [UInt8], _ oddity: @escaping Oddity) throws -> SmallServer {
    try SmallServer { request in
      guard let range = request.headers["range"], range.hasPrefix("bytes=") else {
        return .init(200, body: bytes)
      }
      let ends = range.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
      guard ends.count == 2, let first = Int(ends[0]) else { return .init(400) }
      return oddity(bytes, first, Int(ends[1]))
    }
  }

  private static func part(
    _ bytes: [UInt8], _ first: Int, _ last: Int?, total: String? = nil, _ headers: [String: String] = [:]
  ) -> SmallServer.Answer {
    guard first < bytes.count else { return .init(416, ["Content-Range": "bytes */\(bytes.count)"]) }
    let last = min(last ?? bytes.count - 1, bytes.count - 1)
    let range = "bytes \(first)-\(last)/\(total ?? String(bytes.count))"
    return .init(206, headers.merging(["Content-Range": range]) { $1 }, body: Array(bytes[first...last]))
  }

  private func file(_ server: SmallServer, tries: Int = 1) -> RemoteFile {
    let url = server.url + "/a b.tif"
    return RemoteFile(
      url, source: HTTPRangeSource(url: url, signer: PlainRequests()),
      retry: RetryPolicy(tries: tries, delay: 0.01))
  }

  private func expectReadable(_ server: SmallServer, _ bytes: [UInt8]) async throws {
    let file = file(server)
    try await onOwnThread { () throws in
      #expect(try file.size() == bytes.count)
      #expect(try file.read(at: 0, count: 10) == Array(bytes[..<10]))
      #expect(try file.read(at: 500, count: 500) == Array(bytes[500..<1000]))
      #expect(try file.read(at: bytes.count - 7, count: 7) == Array(bytes.suffix(7)))
      #expect(try file.read(at: 0, count: bytes.count) == bytes)
    }
  }

  @Test(arguments: [true, false])
  func `servers that answer as they may`(isLong: Bool) async throws {
    let bytes = isLong ? Self.long : Self.short
    try await expectReadable(try Self.server(of: bytes) { Self.part($0, $1, $2) }, bytes)
  }

  @Test(arguments: [true, false])
  func `all of a file as an answer of status 200 where all of it was asked for`(isLong: Bool) async throws {
    let bytes = isLong ? Self.long : Self.short
    let server = try Self.server(of: bytes) { bytes, first, last in
      first == 0 && last ?? 0 >= bytes.count - 1 ? .init(200, body: bytes) : Self.part(bytes, first, last)
    }
    try await expectReadable(server, bytes)
  }

  @Test(arguments: [true, false])
  func `a total that is not told (Content-Range …/*)`(isLong: Bool) async throws {
    let bytes = isLong ? Self.long : Self.short
    try await expectReadable(try Self.server(of: bytes) { Self.part($0, $1, $2, total: "*") }, bytes)
  }

  @Test
  func `status 416 for ranges that go beyond the end`() async throws {
    let server = try Self.server(of: Self.short) { bytes, first, last in
      last ?? 0 >= bytes.count ? .init(416) : Self.part(bytes, first, last)
    }
    try await expectReadable(server, Self.short)
  }

  @Test
  func `weak and strong tags, and tags that only some servers behind a name have, are of one content`()
    async throws
  {
    let server = try Self.server(of: Self.long) { bytes, first, last in
      Self.part(bytes, first, last, ["ETag": ["\"a1\"", "W/\"a1\"", ""][first % 3]])
    }
    let file = file(server)
    try await onOwnThread { () throws in
      for offset in [0, 100_000, 100_001, 100_002, 100_003] {
        #expect(try file.read(at: offset, count: 10) == Array(Self.long[offset..<(offset + 10)]))
      }
    }
  }

  @Test
  func `another tag or another length is another content, which is never mixed with the first`() async throws
  {
    let server = try Self.server(of: Self.long) { bytes, first, last in
      Self.part(bytes, first, last, ["ETag": first < 100_000 ? "\"a\"" : "\"b\""])
    }
    let grown = try Self.server(of: Self.long) { Self.part($0, $1, $2, total: $1 < 100_000 ? nil : "200001") }
    for file in [file(server, tries: 3), file(grown, tries: 3)] {
      await #expect(throws: NetworkError.self) {
        try await onOwnThread { () throws in
          _ = try file.read(at: 0, count: 10)
          _ = try file.read(at: 150_000, count: 10)
        }
      }
    }
  }

  @Test
  func `parts of a packed transfer are no parts of the file; the whole is unpacked`() async throws {
    let server = try SmallServer { request in
      let headers = ["Content-Encoding": "gzip"]
      guard request.headers["range"] != nil else { return .init(200, headers, body: Self.packedText) }
      return .init(206, headers.merging(["Content-Range": "bytes 0-41/42"]) { $1 }, body: Self.packedText)
    }
    let file = file(server)
    try await onOwnThread { () throws in
      #expect(throws: NetworkError.self) { try file.size() }
      #expect(file.hasNoParts)
      var bytes: [UInt8] = []
      try file.readWhole(
        restart: { bytes = [] },
        body: {
          bytes += $0
          return true
        })
      #expect(String(decoding: bytes, as: UTF8.self) == "the bytes of a file")
    }
    #expect(server.requests.allSatisfy { $0.headers["accept-encoding"] == "identity" })
  }

  /// "the bytes of a file" as gzip, stored.
  private static let packedText: [UInt8] =
    [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1, 19, 0, 0xEC, 0xFF] + Array("the bytes of a file".utf8)
    + [0x65, 0x85, 0xb1, 0x92] + [19, 0, 0, 0]

  @Test
  func `a server without parts says so at once, and gives the whole`() async throws {
    let server = try Self.server(of: Self.long) { bytes, _, _ in .init(200, body: bytes) }
    let file = file(server, tries: 3)
    let error = await #expect(throws: NetworkError.self) { try await onOwnThread { _ = try file.size() } }
    #expect(error?.fault.kind == .whole && error?.tries == 1 && file.hasNoParts)
  }

  @Test
  func `bodies that are too short, too long or of another place are not taken`() async throws {
    let oddities: [Oddity] = [
      { bytes, first, last in
        var answer = Self.part(bytes, first, last)
        answer.pieces[1].removeLast()
        return answer
      },
      { bytes, first, last in Self.part(bytes, first + 1, last.map { $0 + 1 }) },
      { bytes, first, last in .init(206, body: Array(bytes[first...(last ?? 0)])) },
      { bytes, first, last in
        let last = last ?? 0
        return .init(
          206, ["Content-Range": "bytes \(first)-\(last)/\(bytes.count)"],
          body: Array(bytes[first...last]) + [0])
      },
    ]
    for oddity in oddities {
      let file = file(try Self.server(of: Self.long, oddity), tries: 2)
      let error = await #expect(throws: NetworkError.self) {
        try await onOwnThread { _ = try file.read(at: 0, count: 100) }
      }
      #expect(error?.tries == 2)
    }
  }

  @Test
  func `blanks in an address are asked for as %20`() async throws {
    let server = try Self.server(of: Self.short) { Self.part($0, $1, $2) }
    let file = file(server)
    _ = try await onOwnThread { try file.size() }
    #expect(server.requests.map(\.path) == ["/a%20b.tif"])
  }

  @Test
  func `a server that was too slow twice is not waited for again`() async throws {
    let server = try Self.server(of: Self.long) { Self.part($0, $1, $2) }
    struct Slow: RangeSource {
      func fetch(
        at offset: Int, into buffer: UnsafeMutableRawBufferPointer, mayEnd: Bool
      ) -> Result<RangeAnswer, NetworkFault> {
        .failure(NetworkFault(.curl(28), .passing, message: "less than 1000 bytes a second came"))
      }
    }
    let file = RemoteFile(server.url, source: Slow(), retry: RetryPolicy(tries: 8, delay: 0))
    for tries in [2, 1] {
      let error = await #expect(throws: NetworkError.self) {
        try await onOwnThread { _ = try file.read(at: 0, count: 10) }
      }
      #expect(error?.tries == tries)
    }
  }
}
