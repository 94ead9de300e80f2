internal import Glibc

/// How long a classic netCDF file has to be, as its header tells.
///
/// libnetcdf reads zeros where such a file was cut off: GDAL would take them for pixels. The format is that of
/// "The NetCDF Classic Format Specification": CDF-1, CDF-2 (64-bit offsets) and CDF-5 (64-bit sizes).
struct ClassicNetCDF {
  /// The bytes that all variables need; padding after the last one is not counted.
  private(set) var neededBytes = 0

  private let descriptor: Int32
  private let version: UInt8
  private var position = 4

  /// The end of a local file is checked; files of other formats, or whose header cannot be followed, are not.
  ///
  /// - Returns: what is wrong, or nil.
  static func fault(of path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var magic = [UInt8](repeating: 0, count: 4)
    guard pread(descriptor, &magic, 4, 0) == 4, magic.starts(with: [0x43, 0x44, 0x46]) else { return nil }
    let size = Int(lseek(descriptor, 0, SEEK_END))
    guard [1, 2, 5].contains(magic[3]) else { return nil }
    guard let file = ClassicNetCDF(descriptor, version: magic[3]) else {
      return "its netCDF header is incomplete"
    }
    guard size < file.neededBytes else { return nil }
    return "it ends after \(size) bytes, and its header tells of \(file.neededBytes)"
  }

  private init?(_ descriptor: Int32, version: UInt8) {
    self.descriptor = descriptor
    self.version = version
    guard let records = count() else { return nil }
    // While records are being appended their number may be all ones: not known.
    let recordCount = records < 0 || (version != 5 && records == 0xFFFF_FFFF) ? 0 : records
    guard let dimensions = list({ file in file.name() ? file.count() : nil }), attributes() else {
      return nil
    }
    var fixedEnd = 0
    var recordVariables: [(begin: Int, bytes: Int)] = []
    let variables = list { file -> Bool? in
      guard file.name(), let rank = file.count(), rank >= 0, rank <= 1024 else { return nil }
      var bytes = 1
      var isRecord = false
      for place in 0..<rank {
        guard let id = file.count(), dimensions.indices.contains(id) else { return nil }
        if place == 0, dimensions[id] == 0 {
          isRecord = true
        } else {
          let (product, isTooLarge) = bytes.multipliedReportingOverflow(by: dimensions[id])
          if isTooLarge { return nil }
          bytes = product
        }
      }
      guard file.attributes(), let size = file.integer(4).flatMap(Self.size(ofType:)), file.count() != nil,
        let begin = file.integer(file.version == 1 ? 4 : 8)
      else { return nil }
      let (whole, isTooLarge) = bytes.multipliedReportingOverflow(by: size)
      guard !isTooLarge, begin >= 0, whole < 1 << 60, begin < 1 << 60 else { return nil }
      if isRecord { recordVariables.append((begin, whole)) } else { fixedEnd = max(fixedEnd, begin + whole) }
      return true
    }
    guard variables != nil else { return nil }
    neededBytes = fixedEnd
    guard recordCount > 0 else { return }
    // A single record variable is not padded.
    let record =
      recordVariables.count == 1
      ? recordVariables[0].bytes : recordVariables.reduce(0) { $0 + ($1.bytes + 3) / 4 * 4 }
    for variable in recordVariables {
      let (span, isTooLarge) = record.multipliedReportingOverflow(by: recordCount - 1)
      if isTooLarge || span > 1 << 60 { return nil }
      neededBytes = max(neededBytes, variable.begin + span + variable.bytes)
    }
  }

  private static func size(ofType type: Int) -> Int? {
    switch type {
    case 1, 2, 7: 1
    case 3, 8: 2
    case 4, 5, 9: 4
    case 6, 10, 11: 8
    default: nil
    }
  }

  /// A number of 4 or 8 bytes, the most significant first.
  private mutating func integer(_ bytes: Int) -> Int? {
    var word = [UInt8](repeating: 0, count: bytes)
    guard pread(descriptor, &word, bytes, position) == bytes else { return nil }
    position += bytes
    return Int(truncatingIfNeeded: word.reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
  }

  /// A size or an index: 8 bytes in CDF-5.
  private mutating func count() -> Int? { integer(version == 5 ? 8 : 4) }

  private mutating func skip(_ bytes: Int) -> Bool {
    guard bytes >= 0, bytes < 1 << 40 else { return false }
    position += (bytes + 3) / 4 * 4
    return true
  }

  private mutating func name() -> Bool { count().map { skip($0) } ?? false }

  private mutating func list<Item>(_ item: (inout ClassicNetCDF) -> Item?) -> [Item]? {
    guard integer(4) != nil, let number = count(), number >= 0, number < 1 << 24 else { return nil }
    var items: [Item] = []
    for _ in 0..<number {
      guard let next = item(&self) else { return nil }
      items.append(next)
    }
    return items
  }

  private mutating func attributes() -> Bool {
    list { file -> Bool? in
      guard file.name(), let size = file.integer(4).flatMap(Self.size(ofType:)), let number = file.count(),
        number >= 0, number < 1 << 32, file.skip(number * size)
      else { return nil }
      return true
    } != nil
  }
}
