public import Geo
public import Raster
internal import Storage

/// Plans and reads windows of band files. Each worker thread has its own.
///
/// Errors say file, band, window, what failed and what to do.
public protocol BandReader: AnyObject {
  /// The stored format of a band, with nodata and scale as they apply.
  ///
  /// - Throws: when the file cannot be opened, or does not lie where the plan says.
  func format(of file: BandFile) throws -> BandFormat

  /// Opens the remote ones of some files together. What is wrong with one is said when it is read.
  func open(_ files: [BandFile])

  /// Plans reads that are carried out in this order: which blocks of which file hold what is wanted. Remote bytes are
  /// requested at once, so that they are on their way before they are read.
  func plan(_ reads: [BandRead]) -> [any PlannedRead]

  /// Says which chunks of a stage its workers compute, before the first read.
  func begin(stage: Int, chunks: [Int])

  /// Says that no worker reads anything for a chunk any more.
  func finished(chunk: Int)

  /// How many pixels that were asked for since the last call are missing for a reason that is counted: those of the chunks
  /// themselves, and not of what lies around them, that masks of the grid keep.
  func takeLostPixels() -> LostPixels
}

extension BandReader {
  public func takeLostPixels() -> LostPixels { LostPixels() }

  public func open(_ files: [BandFile]) {}

  public func begin(stage: Int, chunks: [Int]) {}

  public func finished(chunk: Int) {}

  /// Plans one read.
  public func plan(_ read: BandRead) -> any PlannedRead { plan([read])[0] }
}

/// A window of a band's file that a cell needs.
public struct BandRead {
  public let file: BandFile
  /// In pixels of the file.
  public let window: PixelWindow
  /// The chunk that it is for; nil where no other will look at the file.
  public let chunk: ChunkWindow?
  /// Whether anyone needs a part of the window; asked when the read is planned, and when it is carried out.
  public let isWanted: (PixelWindow) -> Bool
  /// Of a file whose pixels are not the grid's: the other chunks that look at a part of it, with the pixels they look at.
  private let others: ((PixelWindow) -> [Looking])?

  /// A chunk that looks at a file, and the pixels of the file that it looks at.
  public typealias Looking = (chunk: Int, window: PixelWindow)

  public init(
    file: BandFile, window: PixelWindow, chunk: ChunkWindow? = nil,
    isWanted: @escaping (PixelWindow) -> Bool = { _ in true },
    others: ((PixelWindow) -> [Looking])? = nil
  ) {
    self.file = file
    self.window = window
    self.chunk = chunk
    self.others = others
    self.isWanted = isWanted
  }

  /// The numbers of the other chunks that look at a part of the file.
  public func others(lookingAt part: PixelWindow) -> [Int] {
    if let others { return others(part).map(\.chunk) }
    return chunk?.others(lookingAt: onGrid(part)) ?? []
  }

  /// The rows of a part of the file, counted from its first, at which other chunks look.
  public func rows(lookedAtByOthersIn part: PixelWindow) -> Range<Int> {
    guard let others else { return chunk?.rows(lookedAtByOthersIn: onGrid(part)) ?? 0..<0 }
    let seen = others(part).compactMap { $0.window.intersection(part) }
    guard let first = seen.map(\.row).min(), let end = seen.map(\.endRow).max() else { return 0..<0 }
    return (first - part.row)..<(end - part.row)
  }

  private func onGrid(_ part: PixelWindow) -> PixelWindow {
    part.offset(columns: file.placement.column, rows: file.placement.row)
  }
}

/// A read whose blocks are known: what was found when it was planned is what is fetched, and what is read.
///
/// Requests that it has on their way end with it. Carried out on its reader's thread, once.
public protocol PlannedRead {
  /// Reads pixels as stored.
  ///
  /// - Parameters:
  ///   - type: the stored type.
  ///   - buffer: gets rows of the window's width, their starts `rowStride` samples apart; what is not wanted may be
  ///     left in it as it was.
  ///   - rowStride: samples from the start of a row to that of the next, at least the window's width.
  func read(
    as type: SampleType, into buffer: UnsafeMutableRawBufferPointer, rowStride: Int
  ) throws
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
