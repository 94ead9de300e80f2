import Foundation
import Synchronization
import TestSupport
import Testing

/// A real server that a test starts, on a free port of 127.0.0.1, and that ends with the test.
///
/// It runs under `scripts/services/supervise`: when it is stopped, or this process ends in whatever way, the server
/// and all it started are gone.
final class TestServer: Sendable {
  /// The server's port.
  let port: Int
  /// "http://127.0.0.1:PORT", without a slash at the end.
  let url: String
  private let process: ServerProcess

  /// Starts a server and waits until it answers.
  ///
  /// - Parameters:
  ///   - command: program and arguments; "{port}" in an argument stands for the port. A program without a slash is one
  ///     of scripts/services.
  ///   - environment: added to this process's own.
  ///   - path: what is asked for to see whether it is ready: any HTTP answer counts that is no 5xx.
  ///   - timeout: seconds; the first start of all may have to install what it needs.
  /// - Throws: `ServerFailure` with the end of what the server wrote, when it ends or does not answer in time.
  init(
    _ command: [String], environment: [String: String] = [:], path: String = "/", timeout: Double = 900
  ) async throws {
    let port = try Self.freePort()
    self.port = port
    url = "http://127.0.0.1:\(port)"
    var words = command.map { $0.replacingOccurrences(of: "{port}", with: String(port)) }
    let services = Project.folder + "/scripts/services/"
    if let program = words.first, !program.contains("/") { words[0] = services + program }
    process = try await ServerProcess(
      [services + "supervise"] + words,
      environment: ProcessInfo.processInfo.environment.merging(environment) { $1 })
    let end = Date().addingTimeInterval(timeout)
    while true {
      if !process.isRunning {
        throw ServerFailure("\(command) ended with status \(try await process.status()):\n\(logTail)")
      }
      if let status = try await Self.status(port: port, path: path), status < 500 { return }
      guard Date() < end else {
        let words = logTail
        await stop()
        throw ServerFailure("\(command) does not answer at \(url)\(path) after \(timeout) s:\n\(words)")
      }
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  /// Stops the server and what it started; returns when they are gone.
  func stop() async { await process.stop() }

  /// The end of what the server wrote.
  var logTail: String { String(process.log.suffix(4000)) }

  /// Ports that this process has given away.
  private static let taken = Mutex<Set<Int>>([])

  /// A port that nobody listens on, below those the system gives to outgoing connections: a server may take a while
  /// until it binds, and nothing else shall come by the port meanwhile.
  private static func freePort() throws -> Int {
    for _ in 0..<100 {
      let port = Int.random(in: 15_000..<32_000)
      guard taken.withLock({ $0.insert(port).inserted }) else { continue }
      let socket = try connectionlessSocket()
      defer { close(socket) }
      var address = loopback(port: port)
      let code = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
      if code == 0 { return port }
    }
    throw ServerFailure("no free port: \(String(cString: strerror(errno)))")
  }

  private static func connectionlessSocket() throws -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw ServerFailure("no socket: \(String(cString: strerror(errno)))") }
    return descriptor
  }

  private static func loopback(port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
    return address
  }

  /// The HTTP status of `GET path`; nil when nobody answers.
  static func status(port: Int, path: String) async throws -> Int? {
    try await onOwnThread { answer(port: port, path: path) }
  }

  private static func answer(port: Int, path: String) -> Int? {
    guard let socket = try? connectionlessSocket() else { return nil }
    defer { close(socket) }
    var patience = timeval(tv_sec: 5, tv_usec: 0)
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    var address = loopback(port: port)
    let connected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard connected == 0 else { return nil }
    let request = Array("GET \(path) HTTP/1.0\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n\r\n".utf8)
    guard send(socket, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
      return nil
    }
    var answer = [UInt8](repeating: 0, count: 64)
    let count = recv(socket, &answer, answer.count, 0)
    guard count > 12 else { return nil }
    return String(decoding: answer[..<count], as: UTF8.self).split(separator: " ").dropFirst().first
      .flatMap { Int($0.prefix(3)) }
  }
}

/// Why a server could not be started.
struct ServerFailure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
