import Foundation
import TestSupport
import Testing

/// Scenes in object stores, with the credentials of the environment and of the usual files.
@Suite(.timeLimit(.minutes(15))) struct ObjectStoreReadingTests {
  private struct Keys: Decodable {
    let id: String
    let secret: String
  }

  /// An S3 server that holds the archive in the bucket "scenes", and its keys.
  private static let s3 = Task {
    let server = try await TestServer(["s3-moto", "{port}", "scenes"], path: "/_keys")
    let file = NSTemporaryDirectory() + "/apus-keys-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: file) }
    try await RemoteBench.upload(
      """
      import boto3, json, os, sys, urllib.request
      folder, url, file = sys.argv[1:]
      text = urllib.request.urlopen(url + "/_keys").read()
      open(file, "wb").write(text)
      keys = json.loads(text)
      client = boto3.client("s3", endpoint_url=url, aws_access_key_id=keys["id"],
                            aws_secret_access_key=keys["secret"], region_name="us-east-1")
      for place, _, names in os.walk(folder):
          for name in names:
              path = os.path.join(place, name)
              client.upload_file(path, "scenes", os.path.relpath(path, folder))
      """, [server.url, file])
    let keys = try JSONDecoder().decode(Keys.self, from: Data(contentsOf: URL(fileURLWithPath: file)))
    return (server, keys)
  }

  private func environment(_ server: TestServer) -> [String: String] {
    [
      "AWS_S3_ENDPOINT": "127.0.0.1:\(server.port)", "AWS_HTTPS": "NO", "AWS_VIRTUAL_HOSTING": "FALSE",
      "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "TRUE",
    ]
  }

  @Test func keysOfTheEnvironmentOpenAnS3BucketAndGoNowhereElse() async throws {
    let (server, keys) = try await Self.s3.value
    let bench = try RemoteBench(store: "s3://scenes")
    try await bench.write()
    var environment = environment(server)
    environment["AWS_ACCESS_KEY_ID"] = keys.id
    environment["AWS_SECRET_ACCESS_KEY"] = keys.secret
    let result = try await bench.run(environment: environment)
    #expect(result.status == 0, "\(result.errors)")
    #expect(try await bench.data() == RemoteBench.truth())
    #expect(try bench.files(holding: [keys.secret]) == [])
    environment["AWS_SECRET_ACCESS_KEY"] = "wrong-sEcReT"
    let refused = try await bench.run(["--fresh"], environment: environment)
    #expect(refused.status == 1)
    #expect(refused.errors.contains("s3://scenes/") && !refused.errors.contains("/vsi"), "\(refused.errors)")
    #expect(try bench.files(holding: ["wrong-sEcReT", "Signature="]) == [])
  }

  @Test func aProfileAndAnEndpointOfTheConfigOpenAnS3Bucket() async throws {
    let (server, keys) = try await Self.s3.value
    let bench = try RemoteBench(store: "s3://scenes")
    try await bench.write([
      "sign": ["method": "s3", "profile": "field", "endpoint": server.url, "region": "us-east-1"]
    ])
    let file = bench.folder + "/credentials"
    try "[field]\naws_access_key_id=\(keys.id)\naws_secret_access_key=\(keys.secret)\n"
      .write(toFile: file, atomically: true, encoding: .utf8)
    let result = try await bench.run(environment: ["AWS_SHARED_CREDENTIALS_FILE": file])
    #expect(result.status == 0, "\(result.errors)")
    #expect(try await bench.data() == RemoteBench.truth())
    #expect(try bench.files(holding: [keys.secret]) == ["credentials"])
  }

  @Test func withoutCredentialsAClosedBucketIsALossThatSaysSo() async throws {
    let (server, keys) = try await Self.s3.value
    let bench = try RemoteBench(store: "s3://scenes")
    try await bench.write(["sign": "unsigned"])
    var environment = environment(server)
    environment["AWS_ACCESS_KEY_ID"] = keys.id
    environment["AWS_SECRET_ACCESS_KEY"] = keys.secret
    let result = try await bench.run(environment: environment)
    #expect(result.status == 1)
    #expect(result.errors.contains("403"), "\(result.errors)")
  }

  @Test func aConnectionStringOpensAnAzureContainer() async throws {
    let key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
    let server = try await TestServer(["azure-blob", "{port}", "scenes"])
    try await RemoteBench.upload(
      """
      import base64, email.utils, hashlib, hmac, http.client, os, sys
      folder, port, key = sys.argv[1:]
      for place, _, names in os.walk(folder):
          for name in names:
              body = open(os.path.join(place, name), "rb").read()
              path = "/devstoreaccount1/scenes/" + os.path.relpath(os.path.join(place, name), folder)
              date = email.utils.formatdate(usegmt=True)
              text = "PUT\\n\\n\\n%d\\n\\n\\n\\n\\n\\n\\n\\n\\n" % len(body)
              text += "x-ms-blob-type:BlockBlob\\nx-ms-date:%s\\nx-ms-version:2020-10-02\\n" % date
              text += "/devstoreaccount1" + path
              digest = hmac.new(base64.b64decode(key), text.encode(), hashlib.sha256).digest()
              client = http.client.HTTPConnection("127.0.0.1", int(port))
              client.request("PUT", path, body, {
                  "x-ms-blob-type": "BlockBlob", "x-ms-date": date, "x-ms-version": "2020-10-02",
                  "Authorization": "SharedKey devstoreaccount1:" + base64.b64encode(digest).decode()})
              assert client.getresponse().status == 201
      """, [String(server.port), key])
    let bench = try RemoteBench(store: "az://scenes")
    try await bench.write()
    let connection =
      "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=\(key);"
      + "BlobEndpoint=\(server.url)/devstoreaccount1"
    let result = try await bench.run(environment: ["AZURE_STORAGE_CONNECTION_STRING": connection])
    #expect(result.status == 0, "\(result.errors)")
    #expect(try await bench.data() == RemoteBench.truth())
    #expect(try bench.files(holding: [key]) == [])
  }
}
