/// A directory of a TIFF: the numbers behind the tags that say where pixels are and how they are stored.
///
/// Of a tag that comes twice the first counts, as in libtiff.
struct TIFFDirectory {
  enum Tag: UInt16, CaseIterable {
    case subfileType = 254
    case imageWidth = 256
    case imageLength = 257
    case bitsPerSample = 258
    case compression = 259
    case photometric = 262
    case fillOrder = 266
    case stripOffsets = 273
    case orientation = 274
    case samplesPerPixel = 277
    case rowsPerStrip = 278
    case stripByteCounts = 279
    case planarConfiguration = 284
    case predictor = 317
    case tileWidth = 322
    case tileLength = 323
    case tileOffsets = 324
    case tileByteCounts = 325
    case extraSamples = 338
    case sampleFormat = 339
    case imageDepth = 32_997
    case tileDepth = 32_998

    /// The tags with a number for each block.
    static let ofBlocks: Set<Tag> = [.stripOffsets, .stripByteCounts, .tileOffsets, .tileByteCounts]
  }

  /// GeoKeyDirectoryTag, GeoDoubleParamsTag and GeoAsciiParamsTag (OGC GeoTIFF 1.1): the coordinate system.
  private static let geographicTags = 34_735...34_737

  /// The file's byte order, which is that of its samples too.
  let isBigEndian: Bool
  /// Whether every tag comes once, in ascending order, and those above hold numbers of the usual types: what libtiff
  /// makes of anything else is for libtiff to say.
  let isOrdinary: Bool
  /// The tags of the coordinate system as they are stored, in their order; empty when there are none, nil when one
  /// cannot be read.
  private(set) var geographicBytes: [UInt8]? = []
  private var values: [Tag: [Int]] = [:]

  /// Reads bytes from a place on; nil when the file ends before, or cannot be read.
  typealias Read = (_ offset: Int, _ count: Int) -> [UInt8]?

  /// Reads a directory; nil when the file is no TIFF or is damaged.
  ///
  /// - Parameters:
  ///   - place: of the directory in the file; nil for the first.
  ///   - isWithBlocks: whether to read the tags with a number for each block.
  ///   - isWithGeography: whether to read the tags of the coordinate system.
  init?(at place: Int? = nil, isWithBlocks: Bool = true, isWithGeography: Bool = false, _ read: Read) {
    guard let start = read(0, 16), let numbers = FileNumbers(start) else { return nil }
    isBigEndian = numbers.isBigEndian
    let isBig: Bool
    switch numbers.integer(start, at: 2, size: 2) {
    case 42: isBig = false
    case 43 where numbers.integer(start, at: 4, size: 2) == 8: isBig = true
    default: return nil
    }
    let first = isBig ? numbers.integer(start, at: 8, size: 8) : numbers.integer(start, at: 4, size: 4)
    let countSize = isBig ? 8 : 2
    let entrySize = isBig ? 20 : 12
    let place = place ?? first
    guard let head = read(place, countSize) else { return nil }
    let count = numbers.integer(head, at: 0, size: countSize)
    guard (1...4096).contains(count), place < Int.max - countSize,
      let entries = read(place + countSize, count * entrySize)
    else { return nil }
    var isOrdinary = true
    var last = -1
    for index in 0..<count {
      let entry = index * entrySize
      let number = numbers.integer(entries, at: entry, size: 2)
      isOrdinary = isOrdinary && number > last
      last = number
      if isWithGeography, TIFFDirectory.geographicTags.contains(number) {
        let stored = numbers.bytes(read, entries, entry, isBig: isBig)
        geographicBytes = geographicBytes.flatMap { known in stored.map { known + $0 } }
      }
      guard let tag = Tag(rawValue: UInt16(number)), values[tag] == nil,
        isWithBlocks || !Tag.ofBlocks.contains(tag)
      else { continue }
      isOrdinary = isOrdinary && numbers.isUsual(entries, entry, isBig: isBig)
      values[tag] = numbers.values(read, entries, entry, isBig: isBig)
      isOrdinary = isOrdinary && values[tag] != nil
    }
    self.isOrdinary = isOrdinary
  }

  /// All numbers of a tag.
  func numbers(_ tag: Tag) -> [Int]? { values[tag] }

  /// A tag's only number.
  func number(_ tag: Tag) -> Int? {
    guard let all = values[tag], all.count == 1 else { return nil }
    return all[0]
  }

  /// The number that a tag has for every sample; nil when it has several, or none.
  func common(_ tag: Tag) -> Int? {
    guard let all = values[tag], let first = all.first, all.allSatisfy({ $0 == first }) else { return nil }
    return first
  }

  /// Whether a tag is absent, or has this only number.
  func isAbsent(_ tag: Tag, or number: Int) -> Bool { values[tag].map { $0 == [number] } ?? true }
}

/// The integers of a file in its byte order.
private struct FileNumbers {
  let isBigEndian: Bool

  /// - Parameter start: of the file: "II" or "MM".
  init?(_ start: [UInt8]) {
    switch (start[0], start[1]) {
    case (0x49, 0x49): isBigEndian = false
    case (0x4D, 0x4D): isBigEndian = true
    default: return nil
    }
  }

  /// An unsigned integer of 1 to 8 bytes; huge ones are clamped to Int.max, which no file reaches.
  func integer(_ bytes: [UInt8], at place: Int, size: Int) -> Int {
    var value: UInt64 = 0
    for byte in 0..<size {
      value = value << 8 | UInt64(bytes[isBigEndian ? place + byte : place + size - 1 - byte])
    }
    return Int(clamping: value)
  }

  /// Whether an entry has the type that writers give to sizes and places: SHORT, LONG, or LONG8 in a BigTIFF.
  func isUsual(_ entries: [UInt8], _ entry: Int, isBig: Bool) -> Bool {
    switch integer(entries, at: entry + 2, size: 2) {
    case 3, 4: true
    case 16: isBig
    default: false
    }
  }

  /// An entry's tag, type and count with its values' bytes behind them; nil for types that no coordinate system has,
  /// counts without reason, and bytes that cannot be read.
  func bytes(
    _ read: TIFFDirectory.Read, _ entries: [UInt8], _ entry: Int, isBig: Bool
  ) -> [UInt8]? {
    let size: Int
    switch integer(entries, at: entry + 2, size: 2) {
    case 2: size = 1
    case 3: size = 2
    case 12: size = 8
    default: return nil
    }
    let count = integer(entries, at: entry + 4, size: isBig ? 8 : 4)
    let field = entry + (isBig ? 12 : 8)
    let room = isBig ? 8 : 4
    guard (1...65_536).contains(count) else { return nil }
    let head = entries[entry..<field]
    if count * size <= room { return Array(head + entries[field..<field + count * size]) }
    return read(integer(entries, at: field, size: room), count * size).map { head + $0 }
  }

  /// The numbers of a directory's entry; nil for types that hold none, and counts without reason.
  ///
  /// Negative numbers come out as large ones, which nothing here has a use for.
  func values(
    _ read: TIFFDirectory.Read, _ entries: [UInt8], _ entry: Int, isBig: Bool
  ) -> [Int]? {
    let size: Int
    switch integer(entries, at: entry + 2, size: 2) {
    case 1, 6: size = 1
    case 3, 8: size = 2
    case 4, 9: size = 4
    case 16, 17: size = 8
    default: return nil
    }
    let count = integer(entries, at: entry + 4, size: isBig ? 8 : 4)
    let field = entry + (isBig ? 12 : 8)
    let room = isBig ? 8 : 4
    guard (1...16_777_216).contains(count) else { return nil }
    if count * size <= room {
      return (0..<count).map { integer(entries, at: field + $0 * size, size: size) }
    }
    guard let bytes = read(integer(entries, at: field, size: room), count * size) else { return nil }
    return (0..<count).map { integer(bytes, at: $0 * size, size: size) }
  }
}
