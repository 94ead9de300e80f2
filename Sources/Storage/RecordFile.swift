internal import Glibc
internal import Synchronization

/// A text file of records, one JSON object a line, to which lines are added.
///
/// Each line carries its number and a checksum over itself and the file's key. A line that was changed, cut, doubled,
/// moved, or that belongs to another file does not match and is no record: whoever reads the file does without it.
///
/// One process at a time adds lines; any thread of it.
public final class RecordFile: Sendable {
  /// The lines of a file that are as they were written.
  public struct Contents {
    /// The objects, in order, without the ends of lines.
    public fileprivate(set) var lines: [ArraySlice<UInt8>] = []
    /// How many lines are not as they were written, or are gone.
    public fileprivate(set) var refused = 0
  }

  public let path: String
  /// What was found and taken out when the file was opened: see `Contents.refused`.
  public let refused: Int
  private let seed: UInt32
  private let file: AppendFile
  private let count: Mutex<Int>

  /// Opens a file for adding, making it when it does not exist. Lines that do not match are taken out of it.
  ///
  /// - Parameters:
  ///   - path: the file, in a folder that exists.
  ///   - key: what makes the file's lines its own: the run, and what they are about.
  public init(_ path: String, key: String) throws(StorageError) {
    self.path = path
    seed = Checksum.crc32(Array(key.utf8))
    let contents = try RecordFile.read(path, key: key)
    refused = contents.refused
    if refused > 0 {
      var bytes: [UInt8] = []
      for (place, line) in contents.lines.enumerated() {
        bytes += RecordFile.sealed(RecordFile.object(line), number: place + 1, seed: seed)
        bytes.append(newline)
      }
      try LocalFiles.writeAtomically(path, bytes, sync: true)
    }
    file = try AppendFile(path)
    count = Mutex(contents.lines.count)
  }

  /// Adds objects, each the text of a JSON object with at least one member, with one write.
  ///
  /// - Throws: `StorageError`; none of them is in the file then.
  public func append(_ objects: some Sequence<String>) throws(StorageError) {
    try count.withLock { (count) throws(StorageError) in
      var next = count
      let lines = objects.map { object in
        next += 1
        return String(
          decoding: RecordFile.sealed(Array(object.utf8)[...], number: next, seed: seed), as: UTF8.self)
      }
      try file.append(lines: lines)
      count = next
    }
  }

  /// Adds one object.
  public func append(_ object: String) throws(StorageError) { try append(CollectionOfOne(object)) }

  /// Returns when everything added so far is on the disk.
  public func sync() throws(StorageError) { try file.sync() }

  /// Reads a file; nothing when it does not exist. It may be written to meanwhile.
  public static func read(_ path: String, key: String) throws(StorageError) -> Contents {
    LocalFiles.exists(path) ? contents(of: try LocalFiles.readAll(path), key: key) : Contents()
  }

  /// The same of a file's bytes.
  public static func contents(of bytes: [UInt8], key: String) -> Contents {
    let seed = Checksum.crc32(Array(key.utf8))
    var contents = Contents()
    var (last, others) = (0, 0)
    for line in bytes.split(separator: newline) {
      if let number = number(of: line, seed: seed), number > last {
        last = number
        contents.lines.append(line)
      } else {
        others += 1
      }
    }
    // A line that was changed is also one that is gone.
    contents.refused = max(others, last - contents.lines.count)
    return contents
  }

  // MARK: A line

  private static let numberMark = Array(",\"line\":".utf8)
  private static let checkMark = Array(",\"check\":\"".utf8)
  /// The mark, eight digits, a quotation mark and a brace.
  private static let checkLength = checkMark.count + 10

  /// An object with its number and checksum as last members.
  private static func sealed(_ object: ArraySlice<UInt8>, number: Int, seed: UInt32) -> [UInt8] {
    var line = Array(object.dropLast())
    line += numberMark
    line += String(number).utf8
    let check = String(Checksum.crc32(line, seed: seed), radix: 16)
    line += checkMark
    line += (String(repeating: "0", count: 8 - check.count) + check + "\"}").utf8
    return line
  }

  /// The number of a line that is as it was written; nil for any other.
  ///
  /// Compares what `sealed` would make with what is there without making it: a run may have a million lines.
  private static func number(of line: ArraySlice<UInt8>, seed: UInt32) -> Int? {
    guard line.first == UInt8(ascii: "{"), let mark = mark(in: line) else { return nil }
    let end = line.endIndex - checkLength
    let digits = line[(mark + numberMark.count)..<end]
    // Numbers have no zeros in front.
    guard line[end..<end + checkMark.count].elementsEqual(checkMark),
      line.suffix(2).elementsEqual([UInt8(ascii: "\""), UInt8(ascii: "}")]),
      digits.first != UInt8(ascii: "0"), let number = Int(String(decoding: digits, as: UTF8.self)),
      line[..<end].withUnsafeBytes({ Checksum.crc32($0, seed: seed) }) == check(line.dropLast(2).suffix(8))
    else { return nil }
    return number
  }

  /// A checksum as `sealed` writes it, in small hexadecimal digits; nil for other text.
  private static func check(_ digits: ArraySlice<UInt8>) -> UInt32? {
    var value: UInt32 = 0
    for digit in digits {
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt32(digit - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt32(digit - UInt8(ascii: "a") + 10)
      default: return nil
      }
    }
    return value
  }

  /// The object as it was handed in.
  private static func object(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    guard let mark = mark(in: line) else { return line }
    return line[..<mark] + [UInt8(ascii: "}")]
  }

  /// Where the number begins: right before the checksum at the line's end.
  private static func mark(in line: ArraySlice<UInt8>) -> Int? {
    guard line.count > checkLength + numberMark.count else { return nil }
    var place = line.endIndex - checkLength - 1
    while place > line.startIndex, isDigit(line[place]) { place -= 1 }
    let start = place + 1 - numberMark.count
    guard start > line.startIndex, line[start...place].elementsEqual(numberMark) else { return nil }
    return start
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}

private let newline = UInt8(ascii: "\n")
