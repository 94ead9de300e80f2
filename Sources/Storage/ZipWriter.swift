internal import CDeflate

/// What keeps a ZIP archive from being written.
public enum ZipError: Error, Hashable, Sendable {
  /// A file's bytes are more or fewer than its record says.
  case wrongSize(name: String, expected: Int, found: Int)
  /// A file has as many bytes as recorded, but not those.
  case wrongChecksum(name: String)
  case outOfMemory
}

extension ZipError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .wrongSize(let name, let expected, let found):
      "\(name) has \(found) bytes, the run's record says \(expected): it is incomplete, or of another run"
    case .wrongChecksum(let name):
      "\(name) does not have the checksum of the run's record: it is damaged, or of another run"
    case .outOfMemory: "not enough memory to compress"
    }
  }
}

/// Writes a ZIP archive from its beginning to its end, without ever going back: also into a pipe.
///
/// Sizes and checksums of stored files must be known before; they are checked while the bytes go through, and what
/// does not agree is an error: the archive is then to be thrown away. Files, archives and numbers of files beyond
/// ZIP's first limits use Zip64. <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT> (6.3.10)
public struct ZipWriter: ~Copyable {
  /// Takes the archive's bytes, in order.
  public typealias Sink = (UnsafeRawBufferPointer) throws -> Void

  private struct Entry {
    var name: [UInt8]
    var method: UInt16
    var checksum: UInt32
    var compressedSize: Int
    var size: Int
    var offset: Int
  }

  private let sink: Sink
  private let time: ZipTime
  private var entries: [Entry] = []
  private var position = 0

  /// - Parameters:
  ///   - time: the time of change that all entries bear.
  ///   - sink: takes the archive's bytes, in order.
  public init(time: ZipTime, to sink: @escaping Sink) {
    self.time = time
    self.sink = sink
  }

  /// Adds a file that is in memory, compressed.
  public mutating func addDeflated(_ name: String, _ bytes: [UInt8]) throws {
    let compressed = try ZipWriter.deflate(bytes)
    // What does not shrink is stored.
    let isSmaller = compressed.count < bytes.count
    let body = isSmaller ? compressed : bytes
    try begin(
      Entry(
        name: Array(name.utf8), method: isSmaller ? 8 : 0, checksum: Checksum.crc32(bytes),
        compressedSize: body.count, size: bytes.count, offset: position))
    try write(body)
  }

  /// Adds a file as it is, part by part.
  ///
  /// - Parameters:
  ///   - name: the path in the archive, with "/" between folders.
  ///   - size: bytes the file must have.
  ///   - checksum: the CRC-32 it must have.
  ///   - read: hands the file's bytes, in order, to the function it is given.
  /// - Throws: `ZipError` when the bytes are not those; what `read` throws. The archive is of no use then.
  public mutating func addStored(
    _ name: String, size: Int, checksum: UInt32, _ read: (Sink) throws -> Void
  ) throws {
    try begin(
      Entry(
        name: Array(name.utf8), method: 0, checksum: checksum, compressedSize: size, size: size,
        offset: position))
    var (found, sum) = (0, UInt32(0))
    let sink = sink
    try read { part in
      found += part.count
      // Not one byte more than the header says.
      guard found <= size else { throw ZipError.wrongSize(name: name, expected: size, found: found) }
      sum = Checksum.crc32(part, seed: sum)
      try sink(part)
    }
    position += found
    guard found == size else { throw ZipError.wrongSize(name: name, expected: size, found: found) }
    guard sum == checksum else { throw ZipError.wrongChecksum(name: name) }
  }

  /// Writes the directory of the archive.
  ///
  /// - Returns: the archive's size in bytes.
  public consuming func finish() throws -> Int {
    let start = position
    for entry in entries { try write(central(entry)) }
    let size = position - start
    let needsZip64 = entries.count >= 0xFFFF || size >= ZipWriter.limit || start >= ZipWriter.limit
    var end = ZipBytes()
    if needsZip64 {
      let place = position
      end.uint32(0x0606_4B50)
      end.uint64(44)
      end.uint16(45 | 3 << 8)
      end.uint16(45)
      end.uint32(0)
      end.uint32(0)
      end.uint64(entries.count)
      end.uint64(entries.count)
      end.uint64(size)
      end.uint64(start)
      // The locator of the record above.
      end.uint32(0x0706_4B50)
      end.uint32(0)
      end.uint64(place)
      end.uint32(1)
    }
    end.uint32(0x0605_4B50)
    end.uint16(0)
    end.uint16(0)
    end.uint16(min(entries.count, 0xFFFF))
    end.uint16(min(entries.count, 0xFFFF))
    end.uint32(min(size, ZipWriter.limit))
    end.uint32(min(start, ZipWriter.limit))
    end.uint16(0)
    try write(end.bytes)
    return position
  }

  /// What a field of 32 bits says when the number stands in the Zip64 field.
  private static let limit = 0xFFFF_FFFF

  private mutating func begin(_ entry: Entry) throws {
    let isLarge = entry.size >= ZipWriter.limit || entry.compressedSize >= ZipWriter.limit
    var header = ZipBytes()
    header.uint32(0x0403_4B50)
    header.uint16(isLarge ? 45 : 20)
    common(entry, isLarge: isLarge, to: &header)
    header.uint16(isLarge ? 20 : 0)
    header.bytes += entry.name
    if isLarge {
      header.uint16(1)
      header.uint16(16)
      header.uint64(entry.size)
      header.uint64(entry.compressedSize)
    }
    entries.append(entry)
    try write(header.bytes)
  }

  /// The fields that local headers and the directory share.
  private func common(_ entry: Entry, isLarge: Bool, to header: inout ZipBytes) {
    // Bit 11: the name is UTF-8.
    header.uint16(1 << 11)
    header.uint16(Int(entry.method))
    header.uint16(time.time)
    header.uint16(time.date)
    header.uint32(Int(entry.checksum))
    header.uint32(isLarge ? ZipWriter.limit : entry.compressedSize)
    header.uint32(isLarge ? ZipWriter.limit : entry.size)
    header.uint16(entry.name.count)
  }

  private func central(_ entry: Entry) -> [UInt8] {
    let isLarge = entry.size >= ZipWriter.limit || entry.compressedSize >= ZipWriter.limit
    let isFar = entry.offset >= ZipWriter.limit
    var extra = ZipBytes()
    if isLarge {
      extra.uint64(entry.size)
      extra.uint64(entry.compressedSize)
    }
    if isFar { extra.uint64(entry.offset) }
    var header = ZipBytes()
    header.uint32(0x0201_4B50)
    // Made on Unix: permissions are in the upper half of the attributes.
    header.uint16(45 | 3 << 8)
    header.uint16(isLarge || isFar ? 45 : 20)
    common(entry, isLarge: isLarge, to: &header)
    header.uint16(extra.bytes.isEmpty ? 0 : extra.bytes.count + 4)
    header.uint16(0)
    header.uint16(0)
    header.uint16(0)
    header.uint32(0o100644 << 16)
    header.uint32(isFar ? ZipWriter.limit : entry.offset)
    header.bytes += entry.name
    if !extra.bytes.isEmpty {
      header.uint16(1)
      header.uint16(extra.bytes.count)
      header.bytes += extra.bytes
    }
    return header.bytes
  }

  private mutating func write(_ bytes: [UInt8]) throws {
    guard !bytes.isEmpty else { return }
    try bytes.withUnsafeBytes { try sink($0) }
    position += bytes.count
  }

  /// A raw deflate stream of the bytes.
  private static func deflate(_ bytes: [UInt8]) throws -> [UInt8] {
    guard let compressor = libdeflate_alloc_compressor(6) else { throw ZipError.outOfMemory }
    defer { libdeflate_free_compressor(compressor) }
    let bound = libdeflate_deflate_compress_bound(compressor, bytes.count)
    return [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
      count = libdeflate_deflate_compress(compressor, bytes, bytes.count, buffer.baseAddress, bound)
    }
  }
}

/// A date and time as ZIP archives have it: no time zone, steps of two seconds, from 1980 on.
public struct ZipTime: Hashable, Sendable {
  let date: Int
  let time: Int

  /// - Parameters: of the calendar; years before 1980 become 1980, years after 2107 become 2107.
  public init(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0) {
    date = (min(max(year, 1980), 2107) - 1980) << 9 | month << 5 | day
    time = hour << 11 | minute << 5 | second / 2
  }
}

/// Little-endian numbers in a row.
private struct ZipBytes {
  var bytes: [UInt8] = []

  mutating func uint16(_ value: Int) { append(value, 2) }
  mutating func uint32(_ value: Int) { append(value, 4) }
  mutating func uint64(_ value: Int) { append(value, 8) }

  private mutating func append(_ value: Int, _ count: Int) {
    for place in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * place))) }
  }
}
