internal import CGDAL
internal import Geo
internal import TIFF

/// Checks the deflated blocks of a TIFF's bands before GDAL unpacks them. One a dataset, used by its thread.
final class BlockProofs {
  private let files: RawFiles
  private var proofs: [UnsafeMutableRawPointer: BlockProof?] = [:]

  init(name: String, path: String, remote: RemoteFileSystem.Entry?) {
    files = RawFiles(name: name, path: path, remote: remote)
  }

  /// Has a window of a band read, in parts whose blocks have been proven.
  ///
  /// - Parameters:
  ///   - band: of any dataset in the file: the raster, one of its overviews, a mask.
  ///   - read: reads a part of the window.
  /// - Throws: when a block is not what was packed; what `read` throws.
  func proving(
    _ band: GDALRasterBandH, _ window: PixelWindow, _ read: (PixelWindow) throws(GDALError) -> Void
  ) throws(GDALError) {
    guard let proof = try proof(of: band) else { return try read(window) }
    try proof.proving(window, files, read)
  }

  private func proof(of band: GDALRasterBandH) throws(GDALError) -> BlockProof? {
    if let known = proofs[band] { return known }
    let found = try BlockProof(of: band, files)
    proofs[band] = .some(found)
    return found
  }
}

/// The bytes of a TIFF as they are, beside GDAL.
final class RawFiles {
  private let name: String
  private let path: String
  private let remote: RemoteFileSystem.Entry?
  private var open: VirtualFile?

  init(name: String, path: String, remote: RemoteFileSystem.Entry?) {
    // "GTIFF_DIR:2:file.tif" is a part of a file.
    let parts = name.split(separator: ":", omittingEmptySubsequences: false)
    let isPart = parts.count > 2 && parts[0].lowercased() == "gtiff_dir"
    let skipped = isPart ? (parts[1].lowercased() == "off" ? 3 : 2) : 0
    self.name = parts.dropFirst(skipped).joined(separator: ":")
    self.path = path
    self.remote = remote
  }

  func read(at place: Int, count: Int) throws(GDALError) -> [UInt8] {
    if let remote { return try remote.file.read(at: place, count: count) }
    let bytes = try file().read(at: place, count: count)
    guard bytes.count == count else { throw cutShort }
    return bytes
  }

  func read(at place: Int, into buffer: UnsafeMutableRawBufferPointer) throws(GDALError) {
    if let remote { return try remote.file.read(at: place, into: buffer) }
    guard try file().read(at: place, into: buffer) == buffer.count else { throw cutShort }
  }

  /// Fetches bytes of a remote file once for both, the check and GDAL; nil for local files and for large parts.
  func hold(_ range: Range<Int>) throws(GDALError) -> [UInt8]? {
    guard let remote, range.count <= RawFiles.largestHeld else { return nil }
    return try remote.hold(range)
  }

  func release() { remote?.release() }

  private static let largestHeld = 2 << 20

  private var cutShort: GDALError {
    GDALError(
      .read, file: path, message: "the file ends within a block",
      advice: "the file is incomplete: fetch it again")
  }

  private func file() throws(GDALError) -> VirtualFile {
    if let open { return open }
    let file = try VirtualFile(reading: name)
    open = file
    return file
  }
}

/// The deflated blocks of one band, and which of them are proven.
private final class BlockProof {
  private let band: GDALRasterBandH
  private let blocks: DeflatedBlocks
  /// The raster in GDAL's blocks: single rows where the file has one strip that GDAL reads row by row.
  private let width: Int
  private let height: Int
  private let blockWidth: Int
  private let blockHeight: Int
  private let isRowByRow: Bool
  private var proven: [Bool]

  /// - Returns: nil where nothing is deflated, or the band is none of a TIFF.
  /// - Throws: when the blocks are deflated, as GDAL says, but cannot be found.
  init?(of band: GDALRasterBandH, _ files: RawFiles) throws(GDALError) {
    guard let place = BlockProof.number(band, "IFD_OFFSET") else { return nil }
    self.band = band
    width = Int(GDALGetRasterBandXSize(band))
    height = Int(GDALGetRasterBandYSize(band))
    let finding = DeflatedBlocks.find(directoryAt: place, width: width, height: height) {
      (place, count) -> [UInt8]? in
      do throws(GDALError) { return try files.read(at: place, count: count) } catch { return nil }
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
    proven = [Bool](repeating: false, count: across * down)
  }

  func proving(
    _ window: PixelWindow, _ files: RawFiles, _ read: (PixelWindow) throws(GDALError) -> Void
  ) throws(GDALError) {
    let across = (width + blockWidth - 1) / blockWidth
    let columns = (window.column / blockWidth)...((window.endColumn - 1) / blockWidth)
    let rows = isRowByRow ? 0...0 : (window.row / blockHeight)...((window.endRow - 1) / blockHeight)
    func isProven(_ column: Int, _ row: Int) -> Bool { proven[row * across + column] }
    if rows.allSatisfy({ row in columns.allSatisfy { isProven($0, row) } }) { return try read(window) }
    for row in rows {
      for column in columns {
        if !isProven(column, row) {
          try prove(column: column, row: row, files)
          proven[row * across + column] = true
        }
        // GDAL unpacks the block while its bytes are at hand.
        let block = PixelWindow(
          column: column * blockWidth, row: row * blockHeight, width: blockWidth,
          height: isRowByRow ? height : blockHeight)
        if let part = block.intersection(window) { try read(part) }
        files.release()
      }
    }
  }

  private func prove(column: Int, row: Int, _ files: RawFiles) throws(GDALError) {
    // A block without a place is a hole, which GDAL fills.
    guard let start = BlockProof.number(band, "BLOCK_OFFSET_\(column)_\(row)"),
      let size = BlockProof.number(band, "BLOCK_SIZE_\(column)_\(row)"), size > 0
    else { return }
    func failure(_ words: String) -> GDALError {
      GDALError(
        .read,
        message: "the compressed block in column \(column), row \(row) of blocks \(words)",
        advice: "the file may be damaged: fetch it again")
    }
    guard start < Int.max - size else { throw failure("lies outside of the file") }
    let held = try files.hold(start..<(start + size))
    let result = Result { () throws(any Error) in
      try blocks.check(row: row, size: size) { place, target in
        if let held {
          held.withUnsafeBytes {
            target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[place..<(place + target.count)]))
          }
        } else {
          try files.read(at: start + place, into: target)
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

  private static func number(_ band: GDALRasterBandH, _ key: String) -> Int? {
    GDALGetMetadataItem(band, key, "TIFF").flatMap { Int(String(cString: $0)) }
  }
}
