import Engine
import Foundation
import Geo
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Pipeline

/// Copies of granules from servers: what is brought when, and what is removed.
@Suite struct GranuleCopiesTests {
  /// A server of small files, that counts.
  final class Server: Sendable {
    let folder: TemporaryFolder
    let copies = GranuleCopies()
    let brought = Mutex<[String]>([])
    let failures = Mutex(0)

    init(_ count: Int, bytes: Int = 100, isKept: Bool = false) throws {
      folder = try TemporaryFolder()
      for number in 0..<count {
        copies.add(
          path(number),
          GranuleCopies.Source(
            identity: "\(number)", size: bytes, isKept: isKept,
            bring: { path in
              let fails = self.failures.withLock { failures in
                failures -= 1
                return failures >= 0
              }
              if fails { throw PlanError("the server is away") }
              self.brought.withLock { $0.append(path) }
              try LocalFiles.writeAtomically(path, [UInt8](repeating: 7, count: bytes))
            }))
      }
      copies.arrange((0..<count).map(path))
    }

    func path(_ number: Int) -> String { folder.file("\(number).nc") }
    func isThere(_ number: Int) -> Bool { LocalFiles.exists(path(number)) }
    var there: [Int] { (0..<20).filter(isThere) }
    func bring(_ number: Int) throws { try copies.bring(path(number)) }
  }

  @Test("Where copies would take too much room, the one goes that is needed last, and comes again")
  func keepsWithinItsLimit() throws {
    let server = try Server(6)
    server.copies.limit(300)
    for number in 0..<6 {
      try server.copies.reading([server.path(number)]) { try server.bring(number) }
      #expect(server.there.count <= 3)
    }
    // After the last the first is read again.
    #expect(server.there.contains(5))
    try server.copies.reading([server.path(1)]) { try server.bring(1) }
    #expect(server.isThere(1))
    #expect(server.there.count <= 3)
  }

  @Test("What is being read stays, whatever room it takes")
  func keepsWhatIsRead() throws {
    let server = try Server(4)
    server.copies.limit(150)
    try server.copies.reading([server.path(0), server.path(3)]) {
      for number in [0, 3, 1, 2] { try server.bring(number) }
      #expect(server.isThere(0) && server.isThere(3))
    }
  }

  @Test("A copy is removed once no sequence needs it, unless it is to be kept", arguments: [false, true])
  func removesAfterUse(isKept: Bool) throws {
    let server = try Server(2, isKept: isKept)
    let paths = [server.path(0), server.path(1)]
    for number in [0, 1] { try server.bring(number) }
    server.copies.claim(paths)
    server.copies.claim([paths[0]])
    server.copies.release(paths)
    #expect(server.there == (isKept ? [0, 1] : [0]))
    #expect(server.copies.isAway(paths[1]) == !isKept)
    server.copies.release([paths[0]])
    #expect(server.there == (isKept ? [0, 1] : []))
    // Once more than it was claimed changes nothing, nor do files that are no copies.
    server.copies.release([paths[0], server.folder.file("mine.nc")])
    // Whoever needs it after all has it for as long as it is held.
    server.copies.hold(paths[0])
    try server.bring(0)
    #expect(server.isThere(0))
    server.copies.release(paths[0])
    #expect(server.isThere(0) == isKept)
  }

  @Test("Several that want one copy wait for the one that brings it; a failure is told, and tried again")
  func bringsOnce() async throws {
    let server = try Server(1)
    server.failures.withLock { $0 = 1 }
    #expect(throws: PlanError.self) { try server.bring(0) }
    try await BlockingWork.run(workers: 4) { try server.bring(0) }
    #expect(server.brought.withLock { $0.count } == 1)
  }

  @Test("A few are brought ahead of what is read, as far as there is room, and only what is needed")
  func bringsAhead() async throws {
    let server = try Server(12)
    server.copies.limit(1_000_000)
    server.copies.claim((0..<12).filter { $0 != 2 }.map(server.path))
    try await server.copies.bringingAhead {
      try await BlockingWork.run(workers: 1) {
        try server.copies.reading([server.path(0)]) { try server.bring(0) }
        let end = Date().addingTimeInterval(300)
        while server.there.count < 4, Date() < end { usleep(2000) }
      }
    }
    #expect(server.there == [0, 1, 3, 4])

    let small = try Server(12)
    small.copies.limit(200)
    small.copies.claim((0..<12).map(small.path))
    try await small.copies.bringingAhead {
      try await BlockingWork.run(workers: 1) {
        for number in 0..<12 {
          try small.copies.reading([small.path(number)]) { try small.bring(number) }
          #expect(small.there.count <= 4)
        }
      }
    }
    #expect(small.there.count <= 2)
  }
}
