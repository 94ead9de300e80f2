internal import Engine
internal import Granules
internal import NetCDF
internal import Raster
internal import Swath

/// The physical values of a band's pixels, line by line, NaN where they are missing, marked where masks reject them or they
/// are beyond their valid range. Belongs to one thread.
final class SwathValues {
  private let path: String
  private let reader: LineReader
  private let numbers: StoredNumbers
  private let inRange: Bool
  private let masks: [(reader: LineReader, numbers: StoredNumbers, test: QualityTest)]
  private var bytes: [UInt8] = []
  private var values = UnsafeMutableBufferPointer<Double>(start: nil, count: 0)

  /// - Parameter numbers: what the band's stored numbers mean.
  init(
    _ band: (band: GranuleBand, array: StoredArray), numbers: StoredNumbers, inRange: Bool,
    masks: [(band: GranuleBand, array: StoredArray, test: QualityTest)], path: String
  ) {
    self.path = path
    reader = band.band.reader(band.array)
    (self.numbers, self.inRange) = (numbers, inRange)
    self.masks = masks.map { ($0.band.reader($0.array), $0.band.numbers, $0.test) }
  }

  deinit { values.deallocate() }

  var lines: Int { reader.lines }
  var columns: Int { reader.columns }
  /// Lines of a row of the file's chunks.
  var bandLines: Int { reader.bandLines }

  /// The values of some lines, valid until the next call.
  func read(
    _ lines: Range<Int>, isWanted: (Range<Int>, Range<Int>) -> Bool = { _, _ in true }
  ) throws(GranuleError) -> UnsafeBufferPointer<Double> {
    let count = lines.count * reader.columns
    if values.count < count {
      values.deallocate()
      values = .allocate(capacity: count)
    }
    let part = UnsafeMutableBufferPointer(rebasing: values[..<count])
    try load(reader, lines, size: numbers.type.size, isWanted)
    bytes.withUnsafeBytes { NumberDecoder.decode($0, numbers, inRange: inRange, into: part) }
    for (place, mask) in masks.enumerated() {
      try load(mask.reader, lines, size: mask.numbers.type.size, isWanted)
      let bit = place < RejectedPixels.mostMasks ? UInt64(1) << UInt64(place) : 0
      let isLong = mask.numbers.type.size == 8
      var (last, isMissing, isRejected) = (Double.nan, false, false)
      bytes.withUnsafeBytes { source in
        for index in 0..<count {
          let flags = mask.numbers.type.number(source, at: index)
          // Numbers of 64 bits may differ and be the same as Double.
          if flags != last || isLong {
            // Neighbours are mostly alike. A flag that is missing says that the pixel is.
            last = flags
            isMissing = mask.numbers.isMissing(flags, inRange: false)
            isRejected =
              !isMissing
              && mask.test.rejects(flags, pattern: mask.numbers.type.pattern(source, at: index, flags))
          }
          if isRejected {
            part[index] = RejectedPixels.marker(masks: (RejectedPixels.masks(part[index]) ?? 0) | bit)
          } else if isMissing, RejectedPixels.masks(part[index]) == nil {
            part[index] = .nan
          }
        }
      }
    }
    return UnsafeBufferPointer(part)
  }

  private func load(
    _ reader: LineReader, _ lines: Range<Int>, size: Int, _ isWanted: (Range<Int>, Range<Int>) -> Bool
  ) throws(GranuleError) {
    let count = lines.count * reader.columns * size
    if bytes.count < count { bytes = [UInt8](repeating: 0, count: count) }
    try Granule.read(path) { () throws(NetCDFError) in
      var fault: NetCDFError?
      bytes.withUnsafeMutableBytes {
        do throws(NetCDFError) {
          try reader.read(
            lines, into: UnsafeMutableRawBufferPointer(rebasing: $0[..<count]), isWanted: isWanted)
        } catch {
          fault = error
        }
      }
      if let fault { throw fault }
    }
  }
}
