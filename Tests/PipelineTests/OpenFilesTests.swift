import Foundation
import Storage
import TestSupport
import Testing

@testable import Pipeline

@Suite struct OpenFilesTests {
  @Test func `files stay open until there are too many`() throws {
    let folder = try LocalFiles.makeTemporaryDirectory()
    defer { _ = try? LocalFiles.removeTree(folder) }
    for number in 0..<20 { try LocalFiles.writeAtomically("\(folder)/\(number)", [UInt8(number)]) }
    let files = OpenFiles(most: 8)
    var held: [OpenFile] = []
    for round in 0..<3 {
      for number in 0..<20 {
        let file = try #require(files.file("\(folder)/\(number)"))
        if round == 0 { held.append(file) }
        #expect(file.bytes.read(at: 0, count: 1) == [UInt8(number)])
        #expect(try Self.descriptors(of: folder) <= 20 + 8)
      }
    }
    // Who holds a file reads on, whatever was forgotten or removed meanwhile.
    try LocalFiles.removeTree(folder)
    for (number, file) in held.enumerated() { #expect(file.bytes.read(at: 0, count: 1) == [UInt8(number)]) }
    held = []
    #expect(try Self.descriptors(of: folder) <= 8)
    #expect(files.file("\(folder)/none") == nil)
  }

  @Test func `the same file is opened once`() throws {
    let folder = try LocalFiles.makeTemporaryDirectory()
    defer { _ = try? LocalFiles.removeTree(folder) }
    try LocalFiles.writeAtomically("\(folder)/a", [1])
    let files = OpenFiles()
    let first = try #require(files.file("\(folder)/a"))
    #expect(files.file("\(folder)/a") === first)
  }

  /// Descriptors of this process for files of a folder.
  private static func descriptors(of folder: String) throws -> Int {
    try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count { name in
      let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(name)")
      return target?.hasPrefix(folder) ?? false
    }
  }
}
