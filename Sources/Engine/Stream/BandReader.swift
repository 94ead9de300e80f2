public import Geo
public import Raster

/// Reads windows of band files. Each worker thread has its own.
///
/// Errors say file, band, window, what failed and what to do.
public protocol BandReader: AnyObject {
  /// The stored format of a band, with nodata and scale as they apply.
  ///
  /// - Throws: when the file cannot be opened, or does not lie where the plan says.
  func format(of file: BandFile) throws -> BandFormat

  /// Reads pixels as stored.
  ///
  /// - Parameters:
  ///   - window: in pixels of the file.
  ///   - buffer: gets rows of `window.width` samples, the starts of rows `rowStride` samples apart.
  ///   - isWanted: whether anyone needs a part of the window; what is not wanted need not be read, and may be left
  ///     in the buffer as it was.
  func read(
    _ file: BandFile, window: PixelWindow, type: SampleType, into buffer: UnsafeMutableRawBufferPointer,
    rowStride: Int, isWanted: (PixelWindow) -> Bool) throws
}

/// How a band stores its numbers.
public struct BandFormat: Hashable, Sendable {
  public let type: SampleType
  /// The number that means missing; nil when every one counts.
  public let nodata: Double?
  public let scale: Double
  public let offset: Double

  public init(type: SampleType, nodata: Double?, scale: Double, offset: Double) {
    self.type = type
    self.nodata = nodata
    self.scale = scale
    self.offset = offset
  }
}

/// Why a cell could not be computed.
public struct CellFailure: Error, CustomStringConvertible {
  public let description: String

  public init(_ description: String) {
    self.description = description
  }
}
