import Foundation
import Network
import TestSupport
import Testing

/// The client against a server that misbehaves on purpose.
@Suite struct HTTPClientTests {
  private let quick = RetryPolicy(tries: 3, delay: 0.01)

  private func send(
    _ words: String, tries: Int = 3, body: String? = "{\"limit\": 5}", timeout: Double? = nil
  ) async throws -> HTTPClient.Response {
    let server = try await Servers.misbehaving.value
    let client = HTTPClient(retry: RetryPolicy(tries: tries, delay: 0.01, longestRetryAfter: 2))
    let request = HTTPClient.Request(
      "\(server.url)/\(words)/search", body: body.map { Array($0.utf8) }, timeout: timeout ?? 120)
    return try await onOwnThread { try client.send(request) }
  }

  private func failure(
    _ words: String, tries: Int = 3, timeout: Double? = nil
  ) async throws -> NetworkError {
    do {
      _ = try await send(words, tries: tries, timeout: timeout ?? 120)
    } catch let error as NetworkError {
      return error
    }
    throw ServerFailure("the request succeeded")
  }

  @Test(arguments: ["500@1", "503@1", "429:0@1", "drop@1", "long@1"])
  func `what passes is asked for again`(fault: String) async throws {
    let response = try await send("items:10+id:http+\(fault)")
    #expect(response.tries == 2)
    #expect(String(decoding: response.body, as: UTF8.self).contains("\"numberMatched\": 10"))
    #expect(response.header("content-type") == "application/geo+json")
  }

  @Test func `silence ends with a time out and is tried again`() async throws {
    #expect(try await send("items:10+id:http+slow:30@1", timeout: 5).tries == 2)
  }

  @Test func `the tries are counted and the servers words kept`() async throws {
    let error = try await failure("items:10+id:http+503@1*")
    #expect(error.status == 503 && error.tries == 3 && error.fault.message.contains("simulated failure 503"))
    let drop = try await failure("items:10+id:http+drop@1*", tries: 2)
    #expect(drop.status == nil && drop.tries == 2)
  }

  @Test func `what will not pass fails at once`() async throws {
    for status in [400, 404] {
      let error = try await failure("items:10+id:http+\(status)@1*")
      #expect(error.status == status && error.tries == 1 && error.fault.message.contains("simulated failure"))
    }
  }

  @Test func `a server that asks for a long wait is not waited for`() async throws {
    let error = try await failure("items:10+id:http+429:1000@1*")
    #expect(error.status == 429 && error.tries == 1)
  }

  @Test func `what the server asks to wait is waited`() async throws {
    let start = ContinuousClock.now
    #expect(try await send("items:10+id:http+429:1@1").tries == 2)
    #expect(ContinuousClock.now - start >= .seconds(1))
  }

  @Test func `nobody there is an error without secrets`() throws {
    let client = HTTPClient(retry: quick)
    let error = #expect(throws: NetworkError.self) {
      _ = try client.send(.init("http://user:word@127.0.0.1:9/search?token=SECRET&limit=5"))
    }
    #expect(error?.tries == 3 && error?.status == nil)
    let text = "\(try #require(error))"
    #expect(
      !text.contains("SECRET") && !text.contains("word")
        && text.contains("http://127.0.0.1:9/search?…&limit=5"))
  }

  @Test func `a cancelled request ends soon`() async throws {
    let server = try await Servers.misbehaving.value
    let client = HTTPClient(retry: quick)
    let start = ContinuousClock.now
    await #expect(throws: NetworkError.self) {
      try await onOwnThread {
        _ = try client.send(
          .init("\(server.url)/items:10+hang@1/search", body: Array("{}".utf8)),
          isCancelled: { ContinuousClock.now - start > .milliseconds(200) })
      }
    }
  }
}
