import Foundation
import Testing

/// What modules computed when their revisions were written: `golden-sums.txt`.
enum GoldenSums {
  /// A module's revision, and the sums of its examples' results.
  struct Record: Equatable {
    let module: String
    let revision: Int
    let sums: [String]

    var line: String { ([module, "\(revision)"] + sums).joined(separator: " ") }
  }

  /// Lines of the file: a module, its revision, a sum for each of its examples.
  static let records: [Record] = {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/golden-sums.txt"
    let text = String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.compactMap { line in
      let words = line.split(separator: " ").map(String.init)
      guard words.count > 2, let revision = Int(words[1]) else { return nil }
      return Record(module: words[0], revision: revision, sums: Array(words[2...]))
    }
  }()

  /// FNV-1a of the numbers' bits; one missing value is as good as another.
  static func sum(_ numbers: [UInt32]) throws -> String {
    try #require(Set(numbers).count > 1, "all numbers are the same")
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for number in numbers {
      let bits = Float(bitPattern: number).isNaN ? Float.nan.bitPattern : number
      for byte in 0..<4 { hash = (hash ^ UInt64(bits >> (8 * byte) & 0xFF)) &* 0x100_0000_01b3 }
    }
    return String(hash, radix: 16)
  }
}
