import Foundation
import TestSupport
import Testing

/// Scenes in object stores, with the credentials of the environment and of the usual files.
@Suite struct ObjectStoreReadingTests {
  /// An S3 server that holds the archive.
  private static let s3 = Task {
    let store = try await ObjectServer.make("s3")
    try await store.upload(RemoteBench.archivePath, to: "")
    return store
  }

  @Test func `keys of the environment open an s3 bucket and go nowhere else`() async throws {
    let store = try await Self.s3.value
    let bench = try RemoteBench(store: "s3://results")
    try await bench.write()
    var environment = store.environment
    let secret = try #require(environment["AWS_SECRET_ACCESS_KEY"])
    let result = try await bench.run(environment: environment)
    #expect(result.status == 0, "\(result.errors)")
    #expect(try await bench.data() == RemoteBench.truth())
    #expect(try bench.files(holding: [secret]) == [])
    environment["AWS_SECRET_ACCESS_KEY"] = "wrong-sEcReT"
    let refused = try await bench.run(["--fresh"], environment: environment)
    #expect(refused.status == 1)
    #expect(refused.errors.contains("s3://results/") && !refused.errors.contains("/vsi"), "\(refused.errors)")
    #expect(try bench.files(holding: ["wrong-sEcReT", "Signature="]) == [])
  }

  @Test func `a profile and an endpoint of the config open an s3 bucket`() async throws {
    let store = try await Self.s3.value
    let bench = try RemoteBench(store: "s3://results")
    try await bench.write([
      "sign": ["method": "s3", "profile": "field", "endpoint": store.server.url, "region": "us-east-1"]
    ])
    let id = try #require(store.environment["AWS_ACCESS_KEY_ID"])
    let secret = try #require(store.environment["AWS_SECRET_ACCESS_KEY"])
    let file = bench.folder + "/credentials"
    try "[field]\naws_access_key_id=\(id)\naws_secret_access_key=\(secret)\n"
      .write(toFile: file, atomically: true, encoding: .utf8)
    let result = try await bench.run(environment: ["AWS_SHARED_CREDENTIALS_FILE": file])
    #expect(result.status == 0, "\(result.errors)")
    #expect(try await bench.data() == RemoteBench.truth())
    #expect(try bench.files(holding: [secret]) == ["credentials"])
  }

  @Test func `without credentials a closed bucket is a loss that says so`() async throws {
    let store = try await Self.s3.value
    let bench = try RemoteBench(store: "s3://results")
    try await bench.write(["sign": "unsigned"])
    let result = try await bench.run(environment: store.environment)
    #expect(result.status == 1)
    #expect(result.errors.contains("403"), "\(result.errors)")
  }

  @Test func `a connection string opens an azure container`() async throws {
    let store = try await ObjectServer.make("az")
    try await store.upload(RemoteBench.archivePath, to: "")
    let bench = try RemoteBench(store: "az://results")
    try await bench.write()
    let result = try await bench.run(environment: store.environment)
    #expect(result.status == 0, "\(result.errors)")
    #expect(try await bench.data() == RemoteBench.truth())
    #expect(try bench.files(holding: [ObjectServer.emulatorKey]) == [])
  }
}
