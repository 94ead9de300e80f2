/// The bytes of a TIFF, and what tests change in them.
struct TIFFBytes {
  /// A tag of the first directory.
  struct Entry {
    var tag: Int
    /// 3 SHORT, 4 LONG, 16 LONG8, …
    var type: Int
    var count: Int
    /// The value, or the place of the values, as it is in the file.
    var field: [UInt8]
  }

  var bytes: [UInt8]
  let isBigEndian: Bool
  let isBigTIFF: Bool
  /// Where the first directory begins.
  let place: Int
  var entries: [Entry] = []

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    isBigEndian = bytes[0] == 0x4D
    isBigTIFF = bytes[isBigEndian ? 3 : 2] == 43
    let order = Order(isBigEndian: isBigEndian)
    place = isBigTIFF ? order.number(bytes[8..<16]) : order.number(bytes[4..<8])
    let countSize = isBigTIFF ? 8 : 2
    let count = order.number(bytes[place..<(place + countSize)])
    for index in 0..<count {
      let start = place + countSize + index * entrySize
      let middle = isBigTIFF ? 12 : 8
      entries.append(
        Entry(
          tag: order.number(bytes[start..<(start + 2)]), type: order.number(bytes[(start + 2)..<(start + 4)]),
          count: order.number(bytes[(start + 4)..<(start + middle)]),
          field: Array(bytes[(start + middle)..<(start + entrySize)])))
    }
  }

  var entrySize: Int { isBigTIFF ? 20 : 12 }

  /// The bytes of the directory.
  var directory: Range<Int> { place..<(place + (isBigTIFF ? 16 : 6) + entries.count * entrySize) }

  /// A value of one number in an entry's field.
  func field(_ number: Int, type: Int) -> [UInt8] {
    let size = [1: 1, 3: 2, 4: 4, 16: 8][type] ?? 4
    let room = isBigTIFF ? 8 : 4
    let order = Order(isBigEndian: isBigEndian)
    // What has no room there is cut: the file is damaged anyway.
    return Array(
      (order.bytes(number, size: min(size, room)) + [UInt8](repeating: 0, count: room)).prefix(room))
  }

  /// The numbers of a tag.
  func numbers(_ tag: Int) -> [Int] {
    guard let entry = entries.first(where: { $0.tag == tag }),
      let size = [1: 1, 3: 2, 4: 4, 16: 8][entry.type]
    else { return [] }
    let order = Order(isBigEndian: isBigEndian)
    let start = order.number(entry.field[...])
    let source =
      entry.count * size <= entry.field.count
      ? entry.field : Array(bytes[start..<(start + entry.count * size)])
    return (0..<entry.count).map { order.number(source[($0 * size)..<($0 * size + size)]) }
  }

  /// Appends numbers to the file, for an entry to point at.
  mutating func append(_ numbers: [Int], type: Int) -> [UInt8] {
    let order = Order(isBigEndian: isBigEndian)
    let place = bytes.count
    for number in numbers { bytes += order.bytes(number, size: [1: 1, 3: 2, 4: 4, 16: 8][type] ?? 4) }
    return order.bytes(place, size: isBigTIFF ? 8 : 4)
  }

  /// The file with the directory as it is now, written anew behind everything else.
  func rebuilt() -> [UInt8] {
    var result = bytes
    if result.count % 2 == 1 { result.append(0) }
    let order = Order(isBigEndian: isBigEndian)
    let start = result.count
    result += order.bytes(entries.count, size: isBigTIFF ? 8 : 2)
    for entry in entries {
      result += order.bytes(entry.tag, size: 2) + order.bytes(entry.type, size: 2)
      result += order.bytes(entry.count, size: isBigTIFF ? 8 : 4) + entry.field
    }
    result += order.bytes(0, size: isBigTIFF ? 8 : 4)
    let header = order.bytes(start, size: isBigTIFF ? 8 : 4)
    result.replaceSubrange((isBigTIFF ? 8 : 4)..<(isBigTIFF ? 16 : 8), with: header)
    return result
  }

  /// Numbers in the file's byte order.
  private struct Order {
    let isBigEndian: Bool

    func number(_ bytes: ArraySlice<UInt8>) -> Int {
      let value = (isBigEndian ? Array(bytes) : bytes.reversed()).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      return Int(truncatingIfNeeded: value)
    }

    func bytes(_ number: Int, size: Int) -> [UInt8] {
      let little = (0..<size).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
      return isBigEndian ? little.reversed() : little
    }
  }
}
