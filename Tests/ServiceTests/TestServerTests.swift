import Foundation
import Testing

@Suite struct TestServerTests {
  @Test func `a server answers until it is stopped and one that ends is a failure`() async throws {
    let server = try await TestServer([
      "/usr/bin/python3", "-m", "http.server", "{port}", "--bind", "127.0.0.1",
    ])
    #expect(try await TestServer.status(port: server.port, path: "/") == 200)
    await server.stop()
    #expect(try await TestServer.status(port: server.port, path: "/") == nil)
    let failure = await #expect(throws: ServerFailure.self) {
      _ = try await TestServer(["/bin/sh", "-c", "echo no such database; exit 3"])
    }
    #expect(failure?.description.contains("status 3:\nno such database") == true)
  }
}
