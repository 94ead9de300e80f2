import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Network

@Suite("HTTP exchanges")
struct ExchangeTests {
  private func send(_ request: HTTPClient.Request, tries: Int = 1) async throws -> HTTPClient.Response {
    let client = HTTPClient(retry: RetryPolicy(tries: tries, delay: 0.01))
    return try await onOwnThread { try client.send(request) }
  }

  private func failure(_ request: HTTPClient.Request, tries: Int = 1) async -> NetworkError? {
    do {
      _ = try await send(request, tries: tries)
      return nil
    } catch {
      return error as? NetworkError
    }
  }

  private static let secrets = [
    (name: "Authorization", value: "Bearer SECRET"), (name: "X-Api-Key", value: "SECRET"),
    (name: "Ocp-Apim-Subscription-Key", value: "SECRET"), (name: "Cookie", value: "SECRET"),
    (name: "x-amz-security-token", value: "SECRET"), (name: "Accept", value: "application/json"),
  ]

  @Test(arguments: [301, 302, 303, 307, 308])
  func `credentials stay with their server, whatever it redirects to`(status: Int) async throws {
    let other = try SmallServer { _ in .init(200, body: Array("there".utf8)) }
    let target = other.url
    let front = try SmallServer { request in
      switch request.path {
      case "/away": .init(status, ["Location": "\(target)/x"])
      case "/near": .init(status, ["Location": "/here"])
      default: .init(200, body: Array("here".utf8))
      }
    }
    let body = Array("{}".utf8)
    let away = try await send(.init("\(front.url)/away", headers: Self.secrets, body: body))
    #expect(String(decoding: away.body, as: UTF8.self) == "there")
    let seen = try #require(other.requests.first)
    #expect(!seen.headers.values.contains { $0.contains("SECRET") })
    #expect(seen.headers["accept"] == "application/json")
    #expect(seen.method == (status >= 307 ? "POST" : "GET") && seen.body == (status >= 307 ? body : []))
    _ = try await send(.init("\(front.url)/near", headers: Self.secrets))
    #expect(front.requests.last?.headers["x-api-key"] == "SECRET")
  }

  @Test
  func `credentials do not come along where a chain of redirections leaves their server and goes on`()
    async throws
  {
    let last = try SmallServer { _ in .init(200) }
    let end = last.url
    let middle = try SmallServer { _ in .init(302, ["Location": "\(end)/end"]) }
    let next = middle.url
    let front = try SmallServer { _ in .init(302, ["Location": "\(next)/next"]) }
    _ = try await send(.init(front.url, headers: Self.secrets))
    for seen in middle.requests + last.requests {
      #expect(!seen.headers.values.contains { $0.contains("SECRET") })
    }
    #expect(last.requests.count == 1)
  }

  @Test
  func `a login of three requests comes through a server of which every third request fails`() async throws {
    let count = Mutex(0)
    let server = try SmallServer { request in
      let number = count.withLock { count in
        count += 1
        return count
      }
      if number.isMultiple(of: 3) { return .init(503) }
      switch request.path {
      case "/data": return .init(302, ["Location": "/login"])
      case "/login": return .init(302, ["Location": "/data?code=1"])
      default: return .init(200, body: Array("granule".utf8))
      }
    }
    let answer = try await send(.init(server.url + "/data"))
    #expect(String(decoding: answer.body, as: UTF8.self) == "granule" && answer.tries == 1)
    #expect(server.requests.count == 4)
  }

  @Test
  func
    `what a server redirects to is asked for again a few times, what it refuses or what was sent to it is not`()
    async throws
  {
    for (status, body, asked) in [(503, nil, 3), (403, nil, 1), (503, [1], 1)] as [(Int, [UInt8]?, Int)] {
      let target = try SmallServer { _ in .init(status) }
      let address = target.url
      let front = try SmallServer { _ in .init(307, ["Location": "\(address)/x"]) }
      #expect(await failure(.init(front.url, body: body))?.fault.code == .http(status))
      #expect(target.requests.count == asked && front.requests.count == 1)
    }
  }

  @Test(arguments: ["file:///etc/passwd", "ftp://127.0.0.1/x", "/again"])
  func `redirections end: at other schemes and when they are too many`(location: String) async throws {
    let server = try SmallServer { _ in .init(302, ["Location": location]) }
    let error = await failure(.init(server.url + "/again"), tries: 5)
    #expect(error?.fault.kind == .final && error?.tries == 1)
    #expect(server.requests.count <= 11)
  }

  @Test
  func `a body beyond the limit is refused before it is taken, announced or not`() async throws {
    let announced = try SmallServer { _ in .init(200, body: [1], length: 1 << 40) }
    let error = await failure(.init(announced.url, limit: 1000), tries: 3)
    #expect(error?.fault.code == .tooLarge(1 << 40) && error?.tries == 1)
    let endless = try SmallServer { _ in
      .init(
        pieces: [Array("HTTP/1.1 200 x\r\nConnection: close\r\n\r\n".utf8)]
          + Array(repeating: Array(repeating: 32, count: 4096), count: 100))
    }
    #expect(await failure(.init(endless.url, limit: 10_000))?.fault.code == .tooLarge(10_001))
    #expect(try await send(.init(endless.url, limit: 409_600)).body.count == 409_600)
  }

  @Test
  func `a compressed body is unpacked, and counts unpacked`() async throws {
    let server = try SmallServer { _ in
      .init(200, ["Content-Encoding": "gzip"], body: Self.megabyteOfZeros)
    }
    #expect(try await send(.init(server.url)).body == Array(repeating: 0, count: 1 << 20))
    #expect(await failure(.init(server.url, limit: 100_000))?.fault.code == .tooLarge(100_001))
  }

  /// 1 MiB of zero bytes as gzip, in 6,627 bytes.
  private static let megabyteOfZeros: [UInt8] = {
    let head: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
    // A block with fixed codes: a zero, and 4,064 times "258 bytes from one before", and the rest.
    var bits: [UInt8] = [1, 1, 0]
    func code(_ value: Int, _ count: Int) -> [UInt8] { (0..<count).reversed().map { UInt8(value >> $0 & 1) } }
    bits += code(0x30, 8)
    for _ in 0..<4064 { bits += code(0xC5, 8) + [0, 0, 0, 0, 0] }
    // 1,048,575 - 4,064 · 258 = 63 bytes: code 276 (59 to 66) with three extra bits.
    bits += code(276 - 256, 7) + [0, 0, 1] + [0, 0, 0, 0, 0]
    bits += code(0, 7)
    var bytes = head
    for start in stride(from: 0, to: bits.count, by: 8) {
      bytes.append(
        bits[start..<min(start + 8, bits.count)].enumerated().reduce(0) {
          $0 | $1.element << UInt8($1.offset)
        })
    }
    return bytes + [0x1C, 0xEA, 0x38, 0xA7, 0, 0, 16, 0]
  }()

  @Test(arguments: [(503, 3), (429, 3), (404, 1), (403, 1), (501, 1)])
  func `statuses decide what is tried again`(status: Int, tries: Int) async throws {
    let server = try SmallServer { _ in .init(status, body: Array("words".utf8)) }
    let error = await failure(.init(server.url), tries: 3)
    #expect(error?.status == status && error?.tries == tries && error?.fault.message == "words")
  }

  @Test
  func `a head without end is not read for ever`() async throws {
    let line = Array(("X: " + String(repeating: "x", count: 8000) + "\r\n").utf8)
    let server = try SmallServer { _ in
      .init(pieces: [Array("HTTP/1.1 200 x\r\n".utf8)] + Array(repeating: line, count: 100))
    }
    #expect(await failure(.init(server.url), tries: 3)?.tries == 1)
  }

  @Test(arguments: ["refused:/etc/passwd", "file:///etc/passwd", "https://a@b@c/"])
  func `what is no address of a web server is not asked for`(url: String) async {
    #expect(await failure(.init(url), tries: 3)?.fault.kind == .final)
  }
}
