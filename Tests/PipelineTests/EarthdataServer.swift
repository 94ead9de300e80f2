import Foundation
import Storage
import Synchronization
import TestSupport

/// A small stand-in for NASA's granule search, its login, an archive's gate with its files behind, and its bucket.
///
/// Search and gate are one server, the login is the same under another name ("localhost"), and files lie on a second one:
/// a client that carries a login to where it does not belong is seen.
final class EarthdataServer: Sendable {
  /// How the server is this time.
  struct Ways: Sendable {
    /// Granules on a page.
    var page = 2
    /// Every so many requests for a page or a file one is answered with 503.
    var failsEvery = 0
    /// Whether those who log in have not been admitted to the archive.
    var isClosed = false
    /// Whether the bucket is asked from another region.
    var isElsewhere = false
    /// Seconds that keys to the bucket are good for.
    var keyLife = 3600.0
    /// Whether the catalogue tells sizes and checksums.
    var tellsSizes = true
  }

  static let token = "the-token"
  static let user = "me"
  static let password = "the-password"
  private static let cookie = "gate=open"
  private static let code = "code=72"

  let gate: SmallServer
  let files: SmallServer

  /// - Parameter folder: with the granules.
  init(_ folder: String, _ ways: Ways = Ways()) throws {
    let names = try LocalFiles.list(folder).filter { $0.hasSuffix(".nc") }.sorted()
    let contents = Dictionary(
      uniqueKeysWithValues: try names.map { ($0, try LocalFiles.readAll("\(folder)/\($0)")) })
    let files = try SmallServer { request in
      // As S3 does: one way to be known at a time.
      guard request.headers["authorization"] == nil, request.path.contains("?signature=1") else {
        return SmallServer.Answer(400)
      }
      return Self.content(request, contents)
    }
    self.files = files
    let count = Mutex(0)
    let keys = Mutex<[String: Double]>([:])
    gate = try SmallServer { request in
      let host = request.headers["host"] ?? ""
      let base = "http://\(host)"
      let port = host.split(separator: ":").last ?? ""
      let path = request.path
      if path.hasPrefix("/search/") || path.hasPrefix("/data/"), ways.failsEvery > 0 {
        let number = count.withLock { count in
          count += 1
          return count
        }
        if number % ways.failsEvery == 0 { return SmallServer.Answer(503, ["Retry-After": "0"]) }
      }
      if path.hasPrefix("/search/granules.umm_json?") { return Self.page(request, base, contents, ways) }
      let isKnown =
        request.headers["authorization"] == "Bearer \(Self.token)"
        || request.headers["cookie"]?.contains(Self.cookie) == true
      if path.hasPrefix("/oauth/authorize?") {
        let login = Data("\(Self.user):\(Self.password)".utf8).base64EncodedString()
        guard request.headers["authorization"] == "Basic \(login)" else {
          return SmallServer.Answer(401, ["WWW-Authenticate": "Basic realm=\"login\""])
        }
        let back = path.components(separatedBy: "back=").last ?? ""
        return SmallServer.Answer(302, ["Location": "http://127.0.0.1:\(port)\(back)?\(Self.code)"])
      }
      if path.hasPrefix("/bucket/") { return Self.object(request, contents, keys, ways) }
      if path.hasSuffix("?\(Self.code)") {
        let plain = String(path.prefix { $0 != "?" })
        return SmallServer.Answer(302, ["Location": plain, "Set-Cookie": "\(Self.cookie); Path=/"])
      }
      guard isKnown else {
        if request.headers["authorization"] != nil { return SmallServer.Answer(401) }
        return SmallServer.Answer(302, ["Location": "http://localhost:\(port)/oauth/authorize?back=\(path)"])
      }
      if ways.isClosed { return SmallServer.Answer(403) }
      if path == "/s3credentials" {
        let id = keys.withLock { keys in
          keys["KEY\(keys.count)"] = Date().timeIntervalSince1970 + ways.keyLife
          return "KEY\(keys.count - 1)"
        }
        let end = ISO8601DateFormatter().string(from: Date().addingTimeInterval(ways.keyLife))
          .replacingOccurrences(of: "T", with: " ").replacingOccurrences(of: "Z", with: "+00:00")
        return Self.json([
          "accessKeyId": id, "secretAccessKey": "secret", "sessionToken": "session-\(id)", "expiration": end,
        ])
      }
      guard path.hasPrefix("/data/") else { return SmallServer.Answer(404) }
      return SmallServer.Answer(303, ["Location": "\(files.url)/\(path.dropFirst(6))?signature=1"])
    }
  }

  /// The source of a config.
  var source: String { "cmr:\(gate.url)" }

  /// Requests to the gate whose path begins so.
  func requests(_ path: String) -> [SmallServer.Request] { gate.requests.filter { $0.path.hasPrefix(path) } }

  private static func json(_ object: Any, _ headers: [String: String] = [:]) -> SmallServer.Answer {
    let body = (try? JSONSerialization.data(withJSONObject: object)) ?? Data()
    return SmallServer.Answer(
      200, headers.merging(["Content-Type": "application/json"]) { own, _ in own }, body: Array(body))
  }

  private static func page(
    _ request: SmallServer.Request, _ base: String, _ contents: [String: [UInt8]], _ ways: Ways
  ) -> SmallServer.Answer {
    let names = contents.keys.sorted()
    guard request.path.contains("short_name=MADE") else { return json(["hits": 0, "items": [Any]()]) }
    let first = request.headers["cmr-search-after"].flatMap { Int($0) } ?? 0
    let part = names[min(first, names.count)..<min(names.count, first + ways.page)]
    let items = part.map { name -> [String: Any] in
      let bytes = contents[name] ?? []
      var data: [String: Any] = ["Name": name]
      if ways.tellsSizes { data["SizeInBytes"] = bytes.count }
      return [
        "umm": [
          "GranuleUR": name, "CollectionReference": ["ShortName": "MADE", "Version": "3.0"],
          "TemporalExtent": ["RangeDateTime": ["BeginningDateTime": "2024-08-01T00:00:00Z"]],
          "DataGranule": ["ArchiveAndDistributionInformation": [data]],
          "RelatedUrls": [
            ["URL": "\(base)/data/\(name)", "Type": "GET DATA"],
            ["URL": "s3://bucket/\(name)", "Type": "GET DATA VIA DIRECT ACCESS"],
            ["URL": "\(base)/s3credentials", "Type": "VIEW RELATED INFORMATION"],
          ],
        ]
      ]
    }
    return json(
      ["hits": names.count, "items": items],
      part.isEmpty ? [:] : ["CMR-Search-After": "\(first + part.count)"])
  }

  /// An object of the bucket, for those who have a link that is signed with keys that are still good.
  private static func object(
    _ request: SmallServer.Request, _ contents: [String: [UInt8]], _ keys: borrowing Mutex<[String: Double]>,
    _ ways: Ways
  ) -> SmallServer.Answer {
    let query = URLComponents(string: "http://a" + request.path)?.queryItems ?? []
    func value(_ name: String) -> String { query.first { $0.name == name }?.value ?? "" }
    let parts = value("X-Amz-Credential").split(separator: "/")
    let end = keys.withLock { $0[String(parts.first ?? "")] } ?? 0
    guard !ways.isElsewhere, end > Date().timeIntervalSince1970, parts.count > 2, parts[2] == "us-west-2",
      value("X-Amz-Security-Token") == "session-\(parts[0])"
    else { return SmallServer.Answer(403, body: Array("<Error><Code>AccessDenied</Code></Error>".utf8)) }
    return content(request, contents)
  }

  /// A file, or the part of it that is asked for.
  private static func content(
    _ request: SmallServer.Request, _ contents: [String: [UInt8]]
  ) -> SmallServer.Answer {
    let name = request.path.prefix { $0 != "?" }.split(separator: "/").last.map(String.init) ?? ""
    guard let bytes = contents[name] else { return SmallServer.Answer(404) }
    let tag = ["ETag": "\"\(name)\"", "Accept-Ranges": "bytes"]
    let range = request.headers["range"]?.dropFirst("bytes=".count).split(separator: "-").compactMap {
      Int($0)
    }
    guard let range, range.count == 2 else { return SmallServer.Answer(200, tag, body: bytes) }
    guard range[0] < bytes.count else {
      return SmallServer.Answer(416, ["Content-Range": "bytes */\(bytes.count)"])
    }
    let last = min(range[1], bytes.count - 1)
    return SmallServer.Answer(
      206, tag.merging(["Content-Range": "bytes \(range[0])-\(last)/\(bytes.count)"]) { own, _ in own },
      body: Array(bytes[range[0]...last]))
  }
}
