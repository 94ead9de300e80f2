import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Network

/// Keys to an archive's bucket, from a server that hands them out to those it knows.
@Suite struct TemporaryKeysTests {
  private static let login = HeaderSigner(name: "Authorization", value: "Bearer me", domains: [])

  /// A server whose keys end at a moment.
  private static func server(_ end: Date) throws -> SmallServer {
    let count = Mutex(0)
    return try SmallServer { request in
      guard request.headers["authorization"] == "Bearer me" else { return SmallServer.Answer(401) }
      let number = count.withLock { count in
        count += 1
        return count
      }
      let text = end.ISO8601Format().replacingOccurrences(of: "T", with: " ")
        .replacingOccurrences(of: "Z", with: "+00:00")
      let body =
        #"{"accessKeyId": "id\#(number)", "secretAccessKey": "s", "sessionToken": "t", "expiration": "\#(text)"}"#
      return SmallServer.Answer(200, body: Array(body.utf8))
    }
  }

  @Test(
    "They serve for all until a while before they end, and are fetched anew then",
    arguments: [(3600.0, 2100.0), (600, 300), (-5, 60)])
  func renews(life: Double, use: Double) throws {
    // The clock of a server whose keys have ended already is wrong: those serve for a minute.
    let start = 1_800_000_000.0
    let server = try Self.server(Date(timeIntervalSince1970: start + life))
    let now = Mutex(start)
    let keys = TemporaryKeys(now: { now.withLock { $0 } })
    func id(at seconds: Double) throws -> String {
      now.withLock { $0 = start + seconds }
      return try keys.keys(from: server.url + "/s3credentials", Self.login).id
    }
    #expect(try id(at: 0) == "id1")
    #expect(try id(at: use - 1) == "id1")
    #expect(server.requests.count == 1)
    #expect(try id(at: use + 1) == "id2")
  }

  @Test("Who is not known learns it, and an answer without keys is no keys")
  func tellsFaults() throws {
    let server = try Self.server(.distantFuture)
    let refused = #expect(throws: NetworkError.self) {
      _ = try TemporaryKeys().keys(from: server.url, PlainRequests())
    }
    #expect(refused?.status == 401)
    let other = try SmallServer { _ in SmallServer.Answer(200, body: Array("<html>".utf8)) }
    let error = #expect(throws: NetworkError.self) {
      _ = try TemporaryKeys().keys(from: other.url, Self.login)
    }
    #expect(error?.message.contains("no keys") == true)
  }
}
