/// The first directory of a TIFF: the numbers behind the tags that say where pixels are.
struct TIFFDirectory {
  enum Tag: UInt16, CaseIterable {
    case imageWidth = 256
    case imageLength = 257
    case bitsPerSample = 258
    case compression = 259
    case stripOffsets = 273
    case samplesPerPixel = 277
    case rowsPerStrip = 278
    case stripByteCounts = 279
    case predictor = 317
    case tileWidth = 322
    case tileLength = 323
    case tileOffsets = 324
    case tileByteCounts = 325
    case sampleFormat = 339
  }

  private var values: [Tag: [Int]] = [:]

  /// Reads bytes from a place on; nil when the file ends before, or cannot be read.
  typealias Read = (_ offset: Int, _ count: Int) -> [UInt8]?

  /// Reads the directory; nil when the file is no little-endian TIFF or is damaged.
  init?(_ read: Read) {
    guard let start = read(0, 16), start[0] == 0x49, start[1] == 0x49 else { return nil }
    let isBig: Bool
    switch start.integer(at: 2, size: 2) {
    case 42: isBig = false
    case 43 where start.integer(at: 4, size: 2) == 8: isBig = true
    default: return nil
    }
    let place = isBig ? start.integer(at: 8, size: 8) : start.integer(at: 4, size: 4)
    let countSize = isBig ? 8 : 2
    let entrySize = isBig ? 20 : 12
    guard let head = read(place, countSize) else { return nil }
    let count = head.integer(at: 0, size: countSize)
    guard (1...4096).contains(count),
      let entries = read(place + countSize, count * entrySize)
    else { return nil }
    for index in 0..<count {
      let entry = index * entrySize
      guard let tag = Tag(rawValue: UInt16(entries.integer(at: entry, size: 2))) else { continue }
      guard let numbers = TIFFDirectory.numbers(read, entries, entry, isBig: isBig) else { return nil }
      values[tag] = numbers
    }
  }

  /// All numbers of a tag.
  func numbers(_ tag: Tag) -> [Int]? { values[tag] }

  /// A tag's only number.
  func number(_ tag: Tag) -> Int? {
    guard let all = values[tag], all.count == 1 else { return nil }
    return all[0]
  }

  private static func numbers(
    _ read: Read, _ entries: [UInt8], _ entry: Int, isBig: Bool
  ) -> [Int]? {
    let size: Int
    switch entries.integer(at: entry + 2, size: 2) {
    case 1: size = 1
    case 3: size = 2
    case 4, 13: size = 4
    case 16, 18: size = 8
    default: return nil
    }
    let count = entries.integer(at: entry + 4, size: isBig ? 8 : 4)
    let field = entry + (isBig ? 12 : 8)
    let room = isBig ? 8 : 4
    guard (1...16_777_216).contains(count) else { return nil }
    if count * size <= room {
      return (0..<count).map { entries.integer(at: field + $0 * size, size: size) }
    }
    guard let bytes = read(entries.integer(at: field, size: room), count * size)
    else { return nil }
    return (0..<count).map { bytes.integer(at: $0 * size, size: size) }
  }
}

extension [UInt8] {
  /// A little-endian unsigned integer of 1 to 8 bytes; huge ones are clamped to Int.max, which no file reaches.
  fileprivate func integer(at place: Int, size: Int) -> Int {
    var value: UInt64 = 0
    for byte in 0..<size { value |= UInt64(self[place + byte]) << (8 * UInt64(byte)) }
    return Int(clamping: value)
  }
}
