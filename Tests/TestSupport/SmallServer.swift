internal import Foundation
internal import Glibc
internal import Synchronization

/// A web server on 127.0.0.1 whose answers are written by the test, byte by byte where it matters.
///
/// One request a connection. It lives as long as the process: its port is nobody else's meanwhile.
public final class SmallServer: Sendable {
  public struct Request: Sendable {
    public let method: String
    /// The path with its query, as it was sent.
    public let path: String
    /// By their names in lower case.
    public let headers: [String: String]
    public let body: [UInt8]
  }

  /// What is sent back: pieces of bytes, with a pause before each but the first.
  public struct Answer: Sendable {
    public var pieces: [[UInt8]]
    public var pause: Double

    /// - Parameters:
    ///   - length: what the answer says of its length; nil for the truth.
    public init(
      _ status: Int, _ headers: [String: String] = [:], body: [UInt8] = [], length: Int? = nil
    ) {
      var head = "HTTP/1.1 \(status) x\r\nConnection: close\r\n"
      if headers["Content-Length"] == nil { head += "Content-Length: \(length ?? body.count)\r\n" }
      for (name, value) in headers where !value.isEmpty { head += "\(name): \(value)\r\n" }
      pieces = [Array((head + "\r\n").utf8), body]
      pause = 0
    }

    /// An answer as it stands.
    public init(pieces: [[UInt8]], pause: Double = 0) {
      (self.pieces, self.pause) = (pieces, pause)
    }
  }

  public let port: Int
  /// "http://127.0.0.1:PORT"
  public var url: String { "http://127.0.0.1:\(port)" }
  private let seen = Mutex<[Request]>([])

  /// The requests that came so far.
  public var requests: [Request] { seen.withLock { $0 } }

  public init(_ answer: @escaping @Sendable (Request) -> Answer) throws {
    let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let code = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(socket, address, size) == 0 && listen(socket, 64) == 0 ? getsockname(socket, address, &size) : -1
      }
    }
    guard code == 0 else { throw CocoaError(.fileNoSuchFile) }
    port = Int(UInt16(bigEndian: address.sin_port))
    signal(SIGPIPE, SIG_IGN)
    Thread.detachNewThread { [self] in
      while true {
        let connection = accept(socket, nil, nil)
        guard connection >= 0 else { continue }
        Thread.detachNewThread { [self] in
          defer { close(connection) }
          guard let request = Self.read(connection) else { return }
          seen.withLock { $0.append(request) }
          Self.write(answer(request), to: connection)
        }
      }
    }
  }

  private static func read(_ connection: Int32) -> Request? {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    let end = Array("\r\n\r\n".utf8)
    var mark: Int?
    while mark == nil {
      let count = recv(connection, &buffer, buffer.count, 0)
      guard count > 0 else { return nil }
      bytes += buffer[..<count]
      mark = bytes.indices.dropLast(3).first { Array(bytes[$0..<($0 + 4)]) == end }
    }
    guard let mark else { return nil }
    let lines = String(decoding: bytes[..<mark], as: UTF8.self).components(separatedBy: "\r\n")
    let words = lines[0].split(separator: " ")
    guard words.count == 3 else { return nil }
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1)
      if parts.count == 2 { headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces) }
    }
    var body = Array(bytes[(mark + 4)...])
    while body.count < headers["content-length"].flatMap({ Int($0) }) ?? 0 {
      let count = recv(connection, &buffer, buffer.count, 0)
      guard count > 0 else { return nil }
      body += buffer[..<count]
    }
    return Request(method: String(words[0]), path: String(words[1]), headers: headers, body: body)
  }

  private static func write(_ answer: Answer, to connection: Int32) {
    for (number, piece) in answer.pieces.enumerated() {
      if number > 0, answer.pause > 0 { usleep(UInt32(answer.pause * 1_000_000)) }
      var done = 0
      while done < piece.count {
        let count = piece.withUnsafeBytes {
          send(connection, $0.baseAddress.map { $0 + done }, piece.count - done, Int32(MSG_NOSIGNAL))
        }
        guard count > 0 else { return }
        done += count
      }
    }
  }
}
