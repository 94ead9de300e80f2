internal import Engine
internal import Granules
internal import NetCDF
internal import Raster
internal import Swath

/// Gives cells the numbers of their nearest pixels. One a worker.
final class SwathNearest {
  private var bytes: [UInt8] = []
  private let most: Int

  /// Bytes of samples that are held at a time.
  static let stripBytes = 4 << 20

  /// - Parameter stripBytes: bytes of samples that are held at a time; at least a row of the file's chunks is.
  init(stripBytes: Int = SwathNearest.stripBytes) { most = stripBytes }

  /// Fills a buffer with a band.
  ///
  /// - Parameters:
  ///   - member: which of the swaths that were put on the cells the band belongs to: cells of others are missing.
  ///   - format: how samples are handed out.
  ///   - inRange: whether numbers beyond the valid range are missing.
  ///   - isFlags: whether numbers are bits, of which the lowest 32 count.
  ///   - test: what is put to each number: samples are 1 where it rejects that, else 0; nil for the numbers themselves.
  ///   - counts: whether a cell is one of those that are counted.
  /// - Returns: how many of these have a number beyond the valid range.
  func read(
    _ found: NearestPixels, member: Int, band: GranuleBand, array: StoredArray, path: String,
    format: BandFormat, inRange: Bool, isFlags: Bool, test: QualityTest? = nil, counts: (Int) -> Bool,
    into buffer: UnsafeMutableRawBufferPointer, rowStride: Int
  ) throws(GranuleError) -> Int {
    var beyond = 0
    let (width, height) = (found.cells.width, found.cells.height)
    let reader = band.reader(array)
    let (lines, columns) = (reader.lines, reader.columns)
    let writer = SampleWriter(
      type: format.type, missing: format.nodata ?? .nan, numbers: band.numbers, inRange: inRange,
      isFlags: isFlags, test: test)
    writer.clear(buffer, width: width, height: height, rowStride: rowStride)
    // Which lines each row of cells needs, and which blocks of the swath.
    let owner = UInt16(truncatingIfNeeded: member)
    let block = 16
    let blockColumns = (columns + block - 1) / block
    var wanted = [Bool](repeating: false, count: ((lines + block - 1) / block) * blockColumns)
    var rows = [(first: Int, last: Int)](repeating: (Int.max, -1), count: height)
    for row in 0..<height {
      for cell in (row * width)..<((row + 1) * width) {
        let pixel = Int(found.pixels[cell])
        guard pixel >= 0, found.swaths[cell] == owner else { continue }
        let (line, column) = pixel.quotientAndRemainder(dividingBy: columns)
        rows[row] = (min(rows[row].first, line), max(rows[row].last, line))
        wanted[line / block * blockColumns + column / block] = true
      }
    }
    let size = band.numbers.type.size
    let perStrip = max(reader.bandLines, most / max(1, columns * size))
    let first = rows.reduce(Int.max) { min($0, $1.first) }
    let last = rows.reduce(-1) { max($0, $1.last) }
    guard first <= last else { return 0 }
    // Strips begin where rows of chunks do.
    var start = first / reader.bandLines * reader.bandLines
    while start <= last {
      let end = min(lines, start + perStrip)
      defer { start = end }
      let part = max(start, first)..<min(end, last + 1)
      guard rows.contains(where: { $0.first < part.upperBound && $0.last >= part.lowerBound }) else {
        continue
      }
      try read(reader, part, size, path) { lines, columns in
        for line in (lines.lowerBound / block)...((lines.upperBound - 1) / block) {
          for column in (columns.lowerBound / block)...((columns.upperBound - 1) / block)
          where wanted[line * blockColumns + column] {
            return true
          }
        }
        return false
      }
      bytes.withUnsafeBytes { source in
        for row in 0..<height where rows[row].first < part.upperBound && rows[row].last >= part.lowerBound {
          for column in 0..<width {
            let cell = row * width + column
            let pixel = Int(found.pixels[cell])
            guard pixel >= part.lowerBound * columns, pixel < part.upperBound * columns,
              found.swaths[cell] == owner
            else { continue }
            let isBeyond = writer.write(
              source, at: pixel - part.lowerBound * columns, into: buffer, at: row * rowStride + column)
            beyond += isBeyond && counts(cell) ? 1 : 0
          }
        }
      }
    }
    return beyond
  }

  private func read(
    _ reader: LineReader, _ part: Range<Int>, _ size: Int, _ path: String,
    isWanted: (Range<Int>, Range<Int>) -> Bool
  ) throws(GranuleError) {
    let count = part.count * reader.columns * size
    if bytes.count < count { bytes = [UInt8](repeating: 0, count: count) }
    try Granule.read(path) { () throws(NetCDFError) in
      var fault: NetCDFError?
      bytes.withUnsafeMutableBytes {
        do throws(NetCDFError) {
          try reader.read(
            part, into: UnsafeMutableRawBufferPointer(rebasing: $0[..<count]), isWanted: isWanted)
        } catch {
          fault = error
        }
      }
      if let fault { throw fault }
    }
  }
}

/// Writes stored numbers of a granule as samples, those that are missing as the number for it.
struct SampleWriter {
  let type: SampleType
  let missing: Double
  let numbers: StoredNumbers
  let inRange: Bool
  var isFlags = false
  var test: QualityTest?

  /// Makes all samples missing.
  func clear(_ buffer: UnsafeMutableRawBufferPointer, width: Int, height: Int, rowStride: Int) {
    for row in 0..<height {
      for column in 0..<width { store(missing, into: buffer, at: row * rowStride + column) }
    }
  }

  /// - Returns: whether it is missing because it is beyond the valid range.
  @inline(__always)
  func write(
    _ source: UnsafeRawBufferPointer, at index: Int, into buffer: UnsafeMutableRawBufferPointer, at place: Int
  ) -> Bool {
    let number = numbers.type.number(source, at: index)
    if numbers.isMissing(number, inRange: false) {
      store(missing, into: buffer, at: place)
      return false
    }
    if inRange, numbers.isMissing(number, inRange: true) {
      store(missing, into: buffer, at: place)
      return true
    }
    if let test {
      let isRejected = test.rejects(number, pattern: numbers.type.pattern(source, at: index, number))
      store(isRejected ? 1 : 0, into: buffer, at: place)
      return false
    }
    store(isFlags ? numbers.type.flags(source, at: index, number) : number, into: buffer, at: place)
    return false
  }

  @inline(__always)
  private func store(_ number: Double, into buffer: UnsafeMutableRawBufferPointer, at place: Int) {
    func put<T: FixedWidthInteger>(_: T.Type) {
      buffer.storeBytes(
        of: T(exactly: number) ?? T(exactly: missing) ?? 0, toByteOffset: place * MemoryLayout<T>.size,
        as: T.self)
    }
    switch type {
    case .uint8: put(UInt8.self)
    case .int8: put(Int8.self)
    case .uint16: put(UInt16.self)
    case .int16: put(Int16.self)
    case .uint32: put(UInt32.self)
    case .int32: put(Int32.self)
    case .float32: buffer.storeBytes(of: Float(number), toByteOffset: place * 4, as: Float.self)
    case .float64: buffer.storeBytes(of: number, toByteOffset: place * 8, as: Double.self)
    }
  }
}
