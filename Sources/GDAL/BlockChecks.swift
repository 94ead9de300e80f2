internal import CGDAL
internal import Geo
internal import TIFF

/// Checks the deflated blocks of a TIFF's bands before GDAL unpacks them. One a dataset, used by its thread.
final class BlockChecks {
  private let file: RawFile
  private let name: String
  /// Files beside the raster that hold its mask or its overviews.
  private var sideFiles: [String: RawFile] = [:]
  private var checks: [UnsafeMutableRawPointer: BandBlockChecks?] = [:]
  /// The file that holds the overview which is read instead of the raster; nil for the raster's own.
  let overviewFile: String?

  init(name: String, path: String, remote: RemoteFileSystem.Entry?, overviewFile: String?) {
    self.name = name
    self.overviewFile = overviewFile
    file = RawFile(name: name, path: path, remote: remote)
  }

  /// Has a window of a band read, in parts whose blocks have been checked.
  ///
  /// - Parameters:
  ///   - band: of any dataset in the file: the raster, one of its overviews, a mask.
  ///   - read: reads a part of the window.
  /// - Throws: when a block is not what was packed; what `read` throws.
  func reading(
    _ band: GDALRasterBandH, _ window: PixelWindow, _ read: (PixelWindow) throws(GDALError) -> Void
  ) throws(GDALError) {
    let file = holder(of: band)
    guard let found = try check(of: band, file) else { return try read(window) }
    try found.reading(window, file, read)
  }

  private func check(of band: GDALRasterBandH, _ file: RawFile) throws(GDALError) -> BandBlockChecks? {
    if let known = checks[band] { return known }
    let found = try BandBlockChecks(of: band, file)
    checks[band] = .some(found)
    return found
  }

  /// The file that a band's blocks lie in, which GDAL knows: one beside the raster is a dataset of its own name.
  private func holder(of band: GDALRasterBandH) -> RawFile {
    let words = GDALGetBandDataset(band).flatMap { GDALGetDescription($0) }.map { String(cString: $0) } ?? ""
    // An overview that was opened as a raster bears the raster's name.
    let holder = words.isEmpty ? nil : words == name ? overviewFile : words
    guard let holder, holder != name else { return file }
    if let known = sideFiles[holder] { return known }
    let opened = RawFile(name: holder, path: holder, remote: nil)
    sideFiles[holder] = opened
    return opened
  }
}

/// The deflated blocks of one band, and which of them are checked.
private final class BandBlockChecks {
  private let band: GDALRasterBandH
  private let blocks: DeflatedBlocks
  /// The raster in GDAL's blocks: single rows where the file has one strip that GDAL reads row by row.
  private let width: Int
  private let height: Int
  private let blockWidth: Int
  private let blockHeight: Int
  private let isRowByRow: Bool
  /// For each block; empty where they are too many to remember, and are checked anew each time.
  private var checked: [Bool]

  private static let mostRemembered = 1 << 20

  /// - Returns: nil where nothing is deflated, or the band is none of a TIFF.
  /// - Throws: when the blocks are deflated, as GDAL says, but cannot be found.
  init?(of band: GDALRasterBandH, _ file: RawFile) throws(GDALError) {
    guard let place = try BandBlockChecks.number(band, "IFD_OFFSET") else { return nil }
    self.band = band
    width = Int(GDALGetRasterBandXSize(band))
    height = Int(GDALGetRasterBandYSize(band))
    let finding = DeflatedBlocks.find(directoryAt: place, width: width, height: height) {
      (place, count) -> [UInt8]? in
      do throws(GDALError) { return try file.read(at: place, count: count) } catch { return nil }
    }
    switch finding {
    case .deflated(let found): blocks = found
    case .notDeflated: return nil
    case .unknown:
      let dataset = GDALGetBandDataset(band)
      let words = GDALGetMetadataItem(dataset, "COMPRESSION", "IMAGE_STRUCTURE").map { String(cString: $0) }
      guard words == nil || words == "DEFLATE" else { return nil }
      throw GDALError(
        .read, message: "the compressed blocks cannot be found in the file, and so not be checked",
        advice: "write the file anew (gdal_translate)")
    }
    var (columns, rows) = (Int32(0), Int32(0))
    GDALGetBlockSize(band, &columns, &rows)
    blockWidth = max(1, Int(columns))
    blockHeight = max(1, Int(rows))
    isRowByRow = blockHeight == 1 && blocks.isOneStrip
    let across = (width + blockWidth - 1) / blockWidth
    let down = isRowByRow ? 1 : (height + blockHeight - 1) / blockHeight
    // Both are at most 2³¹.
    let count = across * down
    checked = [Bool](repeating: false, count: count <= BandBlockChecks.mostRemembered ? count : 0)
  }

  func reading(
    _ window: PixelWindow, _ file: RawFile, _ read: (PixelWindow) throws(GDALError) -> Void
  ) throws(GDALError) {
    let across = (width + blockWidth - 1) / blockWidth
    let columns = (window.column / blockWidth)...((window.endColumn - 1) / blockWidth)
    let rows = isRowByRow ? 0...0 : (window.row / blockHeight)...((window.endRow - 1) / blockHeight)
    func isChecked(_ column: Int, _ row: Int) -> Bool {
      let number = row * across + column
      return checked.indices.contains(number) && checked[number]
    }
    if rows.allSatisfy({ row in columns.allSatisfy { isChecked($0, row) } }) { return try read(window) }
    defer { file.release() }
    for row in rows {
      for column in columns {
        if !isChecked(column, row) {
          try check(column: column, row: row, file)
          if !checked.isEmpty { checked[row * across + column] = true }
        }
        // GDAL unpacks the block while its bytes are at hand.
        let block = PixelWindow(
          column: column * blockWidth, row: row * blockHeight, width: blockWidth,
          height: isRowByRow ? height : blockHeight)
        if let part = block.intersection(window) { try read(part) }
      }
    }
  }

  private func check(column: Int, row: Int, _ file: RawFile) throws(GDALError) {
    // A block without a place is a hole, which GDAL fills.
    guard let start = try BandBlockChecks.number(band, "BLOCK_OFFSET_\(column)_\(row)"),
      let size = try BandBlockChecks.number(band, "BLOCK_SIZE_\(column)_\(row)"), size > 0
    else { return }
    func failure(_ words: String) -> GDALError {
      GDALError(
        .read,
        message: "the compressed block in column \(column), row \(row) of blocks \(words)",
        advice: "the file may be damaged: fetch it again")
    }
    guard start < Int.max - size else { throw failure("lies outside of the file") }
    let held = try file.hold(start..<(start + size))
    let result = Result { () throws(any Error) in
      try blocks.check(row: row, size: size) { place, target in
        if let held {
          held.withUnsafeBytes {
            target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[place..<(place + target.count)]))
          }
        } else {
          try file.read(at: start + place, into: target)
        }
      }
    }
    switch result {
    case .success(.sound): return
    case .success(.damaged): throw failure("does not match its checksum")
    case .success(.wrongSize(let expected)): throw failure("does not unpack to its \(expected) bytes")
    case .failure(let error):
      throw error as? GDALError ?? GDALError(.read, message: "\(error)")
    }
  }

  /// A number that GDAL tells of a TIFF's band.
  ///
  /// - Throws: what GDAL reports meanwhile: libtiff looks up places of blocks when they are first asked for, and says
  ///   only once that they cannot be read.
  private static func number(_ band: GDALRasterBandH, _ key: String) throws(GDALError) -> Int? {
    let (number, messages) = collectingMessages {
      GDALGetMetadataItem(band, key, "TIFF").flatMap { Int(String(cString: $0)) }
    }
    if let words = messages.failure ?? messages.warnings.first {
      throw GDALError(.read, message: words, advice: "the file may be damaged or incomplete: fetch it again")
    }
    return number
  }
}
