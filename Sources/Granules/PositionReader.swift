internal import NetCDF
public import Swath

/// Reads where the pixels of lines are. Belongs to one thread.
public final class PositionReader {
  private let path: String
  private let longitude: LineReader
  private let latitude: LineReader
  private let numbers: (longitude: StoredNumbers, latitude: StoredNumbers)
  private var bytes: [UInt8] = []

  init(path: String, longitude: StoredArray, latitude: StoredArray, lineAxis: Int, columnAxis: Int) {
    self.path = path
    func reader(_ array: StoredArray) -> LineReader {
      LineReader(
        array, lineAxis: lineAxis, columnAxis: columnAxis, fixed: array.variable.shape.map { _ in 0 })
    }
    (self.longitude, self.latitude) = (reader(longitude), reader(latitude))
    numbers = (StoredNumbers(longitude.variable), StoredNumbers(latitude.variable))
  }

  /// Chunks that have been read so far.
  public var chunksRead: Int { longitude.chunksRead + latitude.chunksRead }
  /// Bytes that it holds while it reads.
  public var memory: Int { longitude.memory + latitude.memory }

  /// Brings lines into a strip.
  public func read(_ lines: Range<Int>, _ strip: SwathStrip) throws(GranuleError) {
    try strip.load(lines: lines, columns: longitude.columns) {
      (longitudes: UnsafeMutableBufferPointer<Double>, latitudes: UnsafeMutableBufferPointer<Double>)
        throws(GranuleError) in
      try read(lines, into: longitudes, latitudes)
    }
  }

  private func read(
    _ lines: Range<Int>, into longitudes: UnsafeMutableBufferPointer<Double>,
    _ latitudes: UnsafeMutableBufferPointer<Double>
  ) throws(GranuleError) {
    let first = longitudes.count * numbers.longitude.type.size
    let count = first + latitudes.count * numbers.latitude.type.size
    if bytes.count < count { bytes = [UInt8](repeating: 0, count: count) }
    let (longitude, latitude) = (longitude, latitude)
    try Granule.read(path) { () throws(NetCDFError) in
      var fault: NetCDFError?
      bytes.withUnsafeMutableBytes {
        do throws(NetCDFError) {
          try LineReader.read(
            lines, of: longitude, into: UnsafeMutableRawBufferPointer(rebasing: $0[..<first]), and: latitude,
            into: UnsafeMutableRawBufferPointer(rebasing: $0[first..<count]))
        } catch {
          fault = error
        }
      }
      if let fault { throw fault }
    }
    bytes.withUnsafeBytes {
      NumberDecoder.decode(
        UnsafeRawBufferPointer(rebasing: $0[..<first]), numbers.longitude, into: longitudes)
      NumberDecoder.decode(
        UnsafeRawBufferPointer(rebasing: $0[first..<count]), numbers.latitude, into: latitudes)
    }
  }
}

/// Reads where the corners of pixels' footprints are. Belongs to one thread.
public final class CornerReader {
  private let path: String
  /// By corner.
  private let longitudes: [LineReader]
  private let latitudes: [LineReader]
  private let numbers: (longitude: StoredNumbers, latitude: StoredNumbers)
  private var bytes: [UInt8] = []

  init(path: String, longitude: StoredArray, latitude: StoredArray, axes: Navigation.Corners) {
    self.path = path
    func readers(_ array: StoredArray) -> [LineReader] {
      (0..<FootprintCorners.count).map { corner in
        var fixed = array.variable.shape.map { _ in 0 }
        fixed[axes.cornerAxis] = corner
        return LineReader(array, lineAxis: axes.lineAxis, columnAxis: axes.columnAxis, fixed: fixed)
      }
    }
    (longitudes, latitudes) = (readers(longitude), readers(latitude))
    numbers = (StoredNumbers(longitude.variable), StoredNumbers(latitude.variable))
  }

  /// Brings the corners of lines.
  public func read(_ lines: Range<Int>, _ corners: FootprintCorners) throws(GranuleError) {
    corners.resize(lines.count * longitudes[0].columns)
    for corner in 0..<FootprintCorners.count {
      try longitudes[corner].readNumbers(
        lines, numbers.longitude, path: path, bytes: &bytes, into: corners.longitudes[corner])
      try latitudes[corner].readNumbers(
        lines, numbers.latitude, path: path, bytes: &bytes, into: corners.latitudes[corner])
    }
  }
}

extension LineReader {
  /// Reads lines as values, NaN where they are missing.
  fileprivate func readNumbers(
    _ lines: Range<Int>, _ numbers: StoredNumbers, path: String, bytes: inout [UInt8],
    into values: UnsafeMutableBufferPointer<Double>
  ) throws(GranuleError) {
    let count = values.count * numbers.type.size
    if bytes.count < count { bytes = [UInt8](repeating: 0, count: count) }
    try Granule.read(path) { () throws(NetCDFError) in
      var fault: NetCDFError?
      bytes.withUnsafeMutableBytes {
        do throws(NetCDFError) {
          try read(lines, into: UnsafeMutableRawBufferPointer(rebasing: $0[..<count]))
        } catch {
          fault = error
        }
      }
      if let fault { throw fault }
    }
    bytes.withUnsafeBytes {
      NumberDecoder.decode(UnsafeRawBufferPointer(rebasing: $0[..<count]), numbers, into: values)
    }
  }
}
