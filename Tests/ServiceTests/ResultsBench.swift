import Foundation
import JSON
import Storage
import TestSupport
import Testing

/// A folder of a test's own with a small simulated archive, in which the binary runs against a server.
final class ResultsBench: Sendable {
  let folder: String
  let environment: [String: String]

  init(environment: [String: String]) async throws {
    folder = try LocalFiles.makeTemporaryDirectory()
    var own: [String: String] = [
      "HOME": folder, "XDG_CACHE_HOME": folder + "/cache", "GDAL_HTTP_RETRY_DELAY": "0.1",
    ]
    // Nothing of who runs the tests: not their keys, and not their proxies.
    for name in ["PATH", "LD_LIBRARY_PATH", "TMPDIR", "HDF5_USE_FILE_LOCKING"] {
      own[name] = ProcessInfo.processInfo.environment[name]
    }
    self.environment = own.merging(environment) { $1 }
    let made = try await run([
      "simulate", "archive", "--dates", "4", "--size", "300x200", "--tile", "64", "--quiet", "--bands",
      "red,nir08,qa_pixel",
    ])
    try #require(made.status == 0, "\(made.errors)")
  }

  deinit {
    _ = try? LocalFiles.removeTree(folder)
  }

  /// Writes a config; its output is as given.
  func write(_ name: String, output: String) throws {
    try LocalFiles.writeAtomically(
      "\(folder)/\(name)",
      text: """
        { "pipeline": "test", "output": \(output), "resources": { "threads": 2, "chunk": [64, 64] },
          "sequences": [{ "name": "s", "modules": [
            { "module": "download", "source": "archive/items.json", "collection": "landsat-c2-l2",
              "bands": ["red", "nir08", "qa_pixel"] },
            { "module": "cloud_mask", "band": "qa_pixel", "reject": ["fill", "cloud", "cloud_shadow", "water"] },
            { "module": "ndvi", "save": true }, { "module": "seasonal_mean", "of": "ndvi" }] }] }
        """)
  }

  func run(_ arguments: [String], environment: [String: String] = [:]) async throws -> ProgramResult {
    try await command(arguments, environment: environment).run()
  }

  /// Runs a pipeline.
  func pipeline(
    _ config: String, _ arguments: String..., environment: [String: String] = [:]
  ) async throws -> ProgramResult {
    try await run(["run", config, "--progress", "none"] + arguments, environment: environment)
  }

  /// The command under test with these arguments, in the folder.
  func command(_ arguments: [String], environment: [String: String] = [:]) -> Program {
    Program(
      [Project.apus] + arguments, in: folder,
      environment: self.environment.merging(environment) { $1 }.filter { !$0.value.isEmpty })
  }

  func json(_ path: String) throws -> JSONNode {
    try JSONParser.parse(LocalFiles.readAll("\(folder)/\(path)"))
  }

  /// All files below a folder with their contents, without those that begin with a dot.
  func tree(_ path: String) throws -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    for name in try LocalFiles.list("\(folder)/\(path)") where !name.hasPrefix(".") {
      let inner = "\(path)/\(name)"
      if LocalFiles.isDirectory("\(folder)/\(inner)") {
        for (key, bytes) in try tree(inner) { files["\(name)/\(key)"] = bytes }
      } else {
        files[name] = try LocalFiles.readAll("\(folder)/\(inner)")
      }
    }
    return files
  }

  /// Gets a run as an archive, has `unzip` test it, and unpacks it.
  func download(_ run: String, include: String = "all", to name: String) async throws -> [String: [UInt8]] {
    let result = try await self.run([
      "download", run, "--zip", name + ".zip", "--include", include, "--quiet",
    ])
    try #require(result.status == 0, "\(result.errors)")
    for arguments in [["-tqq", name + ".zip"], ["-qq", name + ".zip", "-d", name]] {
      try await Program(["unzip"] + arguments, in: folder).output()
    }
    return try tree(name)
  }
}

/// A server that objects can be stored on, and how to reach it.
struct ObjectServer {
  /// "s3" or "az".
  let scheme: String
  let server: TestServer
  let environment: [String: String]

  static let emulatorKey =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="

  static func make(_ scheme: String) async throws -> ObjectServer {
    if scheme == "az" {
      let server = try await TestServer(["azure-blob", "{port}", "results"], path: "/_log")
      let account = "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=\(emulatorKey);"
      return ObjectServer(
        scheme: scheme, server: server,
        environment: [
          "AZURE_STORAGE_CONNECTION_STRING": account + "BlobEndpoint=\(server.url)/devstoreaccount1"
        ])
    }
    let server = try await TestServer(["s3-moto", "{port}", "results"], path: "/_keys")
    let keys = try JSONParser.parse(try await ObjectServer.request(server, "GET", "/_keys", ""))
    return ObjectServer(
      scheme: scheme, server: server,
      environment: [
        "AWS_S3_ENDPOINT": "127.0.0.1:\(server.port)", "AWS_HTTPS": "NO", "AWS_VIRTUAL_HOSTING": "FALSE",
        "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": try #require(keys["id"]?.string),
        "AWS_SECRET_ACCESS_KEY": try #require(keys["secret"]?.string),
      ])
  }

  /// Makes objects of an S3 store look older.
  ///
  /// - Parameter path: a part of their names.
  func age(_ path: String, seconds: Int) async throws {
    _ = try await ObjectServer.request(
      server, "POST", "/_age", #"{ "path": "\#(path)", "seconds": \#(seconds) }"#)
  }

  /// Stores the files below a folder as objects of the bucket or container "results".
  ///
  /// - Parameter prefix: what their names begin with, a folder without slashes; empty for none.
  func upload(_ folder: String, to prefix: String) async throws {
    let s3 = """
      import boto3, os, sys
      folder, prefix, url, name, key = sys.argv[1:]
      client = boto3.client("s3", endpoint_url=url, aws_access_key_id=name, aws_secret_access_key=key,
                            region_name="us-east-1")
      def store(path, body):
          client.put_object(Bucket="results", Key=path, Body=body)
      """
    let azure = """
      import base64, email.utils, hashlib, hmac, http.client, os, sys
      folder, prefix, url, name, key = sys.argv[1:]
      def store(path, body):
          path = "/%s/results/%s" % (name, path)
          date = email.utils.formatdate(usegmt=True)
          text = "PUT\\n\\n\\n%d\\n\\n\\n\\n\\n\\n\\n\\n\\n" % len(body)
          text += "x-ms-blob-type:BlockBlob\\nx-ms-date:%s\\nx-ms-version:2020-10-02\\n/%s" % (date, name) + path
          digest = hmac.new(base64.b64decode(key), text.encode(), hashlib.sha256).digest()
          client = http.client.HTTPConnection(url.split("//")[1])
          client.request("PUT", path, body, {
              "x-ms-blob-type": "BlockBlob", "x-ms-date": date, "x-ms-version": "2020-10-02",
              "Authorization": "SharedKey %s:" % name + base64.b64encode(digest).decode()})
          assert client.getresponse().status == 201
      """
    let walk = """

      for place, _, names in os.walk(folder):
          for file in names:
              path = os.path.join(place, file)
              store(os.path.join(prefix, os.path.relpath(path, folder)), open(path, "rb").read())
      """
    let python = try await Program([Project.folder + "/scripts/services/python"]).output()
    try await Program([
      python.trimmingCharacters(in: .newlines), "-c", (scheme == "s3" ? s3 : azure) + walk, folder, prefix,
      server.url, environment["AWS_ACCESS_KEY_ID"] ?? "devstoreaccount1",
      environment["AWS_SECRET_ACCESS_KEY"] ?? Self.emulatorKey,
    ]).output()
  }

  /// Spoils requests, see scripts/services/faults.py.
  func fault(_ method: String, _ path: String, after: Int = 0, times: Int, _ action: String) async throws {
    let body =
      #"{"method": "\#(method)", "path": "\#(path)", "after": \#(after), "times": \#(times), "action": \#(action)}"#
    _ = try await ObjectServer.request(server, "POST", "/_fault", body)
  }

  /// Forgets faults and requests.
  func forget() async throws { _ = try await ObjectServer.request(server, "DELETE", "/_fault", "") }

  /// The requests so far.
  func log() async throws -> [String] {
    try await ObjectServer.request(server, "GET", "/_log", "").split(separator: "\n").map(String.init)
  }

  /// Waits until an S3 store holds an object.
  ///
  /// A request is in the log as soon as it comes in: a process that is killed then may leave no object.
  ///
  /// - Parameters:
  ///   - part: a part of the object's name.
  ///   - program: what is to store it; it is a failure when that ends before.
  func waitForObject(_ part: String, from program: RunningProgram) async throws {
    while program.isRunning {
      let done = try await ObjectServer.request(server, "GET", "/_done", "").split(separator: "\n")
      if done.contains(where: { $0.hasPrefix("PUT") && $0.contains(part) }) { return }
      try await Task.sleep(for: .milliseconds(20))
    }
    Issue.record("\(part) was not stored before the process ended")
  }

  private static func request(
    _ server: TestServer, _ method: String, _ path: String, _ body: String
  ) async throws -> String {
    let script = """
      import sys, urllib.request
      urllib.request.install_opener(urllib.request.build_opener(urllib.request.ProxyHandler({})))
      request = urllib.request.Request(sys.argv[1], sys.argv[3].encode() or None, method=sys.argv[2])
      sys.stdout.buffer.write(urllib.request.urlopen(request, timeout=60).read())
      """
    return try await Program(["python3", "-c", script, server.url + path, method, body]).output()
  }
}
