public import Geo
public import Raster
internal import Storage

/// Reads windows of band files. Each worker thread has its own.
///
/// Errors say file, band, window, what failed and what to do.
public protocol BandReader: AnyObject {
  /// The stored format of a band, with nodata and scale as they apply.
  ///
  /// - Throws: when the file cannot be opened, or does not lie where the plan says.
  func format(of file: BandFile) throws -> BandFormat

  /// Hears that a cell begins: what was announced before the last began, and not read, will not be read.
  func begin()

  /// Hears what will be read in this cell or the next, so that what lies far away can be on its way. Reads what is not announced as well.
  func expect(_ reads: [ExpectedRead])

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

extension BandReader {
  public func begin() {}
  public func expect(_ reads: [ExpectedRead]) {}
}

/// A part of a file that is about to be read.
public struct ExpectedRead {
  public let file: BandFile
  /// In pixels of the file; nil when only its format is sure to be asked for.
  public let window: PixelWindow?
  public let isWanted: (PixelWindow) -> Bool

  public init(file: BandFile, window: PixelWindow?, isWanted: @escaping (PixelWindow) -> Bool) {
    self.file = file
    self.window = window
    self.isWanted = isWanted
  }
}

/// Why a cell could not be computed.
public struct CellFailure: Error, CustomStringConvertible {
  public let description: String
  /// What the failure is about, where the same thing may fail at many places: one file's band.
  public let source: String?

  public init(_ description: String, source: BandFile) {
    self.init(description, source: "\(source.scene) \(source.band) \(source.path)")
  }

  init(_ description: String, source: String?) {
    // Failures are written to the ledger and shown: no signature and no password may be in them.
    self.description = Secrets.hidden(in: description)
    self.source = source.map { Secrets.hidden(in: $0) }
  }

  public init(_ description: String) {
    self.init(description, source: nil)
  }

  /// Failures of one date for which this is the same are one loss.
  public var cause: String { source ?? description }
}
