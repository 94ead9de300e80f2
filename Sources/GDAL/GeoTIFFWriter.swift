internal import CGDAL
public import Geo
internal import Glibc
public import Raster
internal import Storage

/// Writes a single-band GeoTIFF tile by tile: tiled, deflate, with a predictor.
///
/// The file is written beside its final place under a temporary name and renamed by `finish()`; a writer that
/// goes out of scope unfinished leaves nothing behind. Each tile is compressed and written as it comes, so
/// memory does not grow with the raster. One writer belongs to one thread at a time.
public struct GeoTIFFWriter: ~Copyable {
  /// How a file is laid out.
  public struct Options: Hashable, Sendable {
    public var type: SampleType
    /// The number that stands for "no data", in stored units; nil for none.
    public var nodata: Double?
    /// Whether that number was chosen for want of one: it says nothing but that nothing is there.
    public var nodataStandsIn: Bool
    /// value = stored × scale + offset; nil leaves them out.
    public var scale: Double?
    public var offset: Double?
    /// Tile width and height in pixels, multiples of 16.
    public var blockWidth: Int
    public var blockHeight: Int
    /// Effort of compression, 1 (fast) ... 9 (small).
    public var deflateLevel: Int

    public init(
      type: SampleType,
      nodata: Double? = nil,
      nodataStandsIn: Bool = false,
      scale: Double? = nil,
      offset: Double? = nil,
      blockWidth: Int = 512,
      blockHeight: Int = 512,
      deflateLevel: Int = 6
    ) {
      self.type = type
      self.nodata = nodata
      self.nodataStandsIn = nodataStandsIn
      self.scale = scale
      self.offset = offset
      self.blockWidth = blockWidth
      self.blockHeight = blockHeight
      self.deflateLevel = deflateLevel
    }
  }

  /// The final name of the file.
  public let path: String
  public let grid: Grid
  public let options: Options
  /// The tiles of the raster, in which windows are given.
  public let tiles: ChunkLayout
  private let temporaryPath: String
  private var handle: GDALDatasetH?
  private var written: [Bool]
  private var tile: [UInt8]

  /// Creates the file under a temporary name; stands for `GDALCreate`.
  ///
  /// - Throws: when the folder is missing or not writable, or the options do not make a TIFF.
  public init(creating path: String, grid: Grid, options: Options) throws(GDALError) {
    GDALLibrary.prepare()
    func failure(_ message: String) -> GDALError { GDALError(.create, file: path, message: message) }
    guard grid.width > 0, grid.height > 0, max(grid.width, grid.height) <= Int(Int32.max) else {
      throw failure("a raster of \(grid.width) × \(grid.height) pixels cannot be written")
    }
    guard options.blockWidth > 0, options.blockHeight > 0, options.blockWidth % 16 == 0,
      options.blockHeight % 16 == 0, max(options.blockWidth, options.blockHeight) <= 16384
    else {
      throw failure(
        "tiles of \(options.blockWidth) × \(options.blockHeight): sides must be multiples of 16, at most 16384"
      )
    }
    guard (1...9).contains(options.deflateLevel) else {
      throw failure("deflate level \(options.deflateLevel) is not in 1...9")
    }
    let temporaryPath = LocalFiles.temporaryPath(for: path)
    let (created, messages) = collectingMessages { GeoTIFFWriter.createDataset(temporaryPath, grid, options) }
    guard let created, messages.failures.isEmpty else {
      if let created { _ = collectingMessages { GDALClose(created) } }
      unlink(temporaryPath)
      throw failure(messages.failure ?? "GDAL gave no reason")
    }
    self.path = path
    self.grid = grid
    self.options = options
    self.temporaryPath = temporaryPath
    // The layout keeps whole tiles: a raster smaller than a tile is one padded tile.
    tiles = ChunkLayout(
      gridWidth: grid.width,
      gridHeight: grid.height,
      chunkWidth: options.blockWidth,
      chunkHeight: options.blockHeight
    )
    handle = created
    written = [Bool](repeating: false, count: tiles.count)
    tile = [UInt8](repeating: 0, count: options.blockWidth * options.blockHeight * options.type.size)
  }

  deinit {
    guard let handle else { return }
    _ = collectingMessages { GDALClose(handle) }
    unlink(temporaryPath)
  }

  /// Writes the tiles under a window; stands for `GDALWriteBlock`.
  ///
  /// The order of the tiles in the file is the order in which they are written.
  ///
  /// - Parameters:
  ///   - window: whole tiles: begins on a tile's corner, ends on one or at the raster's edge.
  ///   - samples: `window.height` rows of `window.width` samples of the file's type.
  ///   - rowStride: samples from the beginning of a row to the beginning of the next, at least `window.width`.
  public mutating func write(
    window: PixelWindow,
    from samples: UnsafeRawBufferPointer,
    rowStride: Int
  ) throws(GDALError) {
    guard let handle, let band = GDALGetRasterBand(handle, 1) else {
      throw GDALError(.write, file: path, window: window, message: "the file is already finished")
    }
    guard isWholeTiles(window) else {
      throw GDALError(
        .write,
        file: path,
        window: window,
        message:
          "the window does not consist of whole tiles of \(options.blockWidth) × \(options.blockHeight)"
      )
    }
    let size = options.type.size
    guard rowStride >= window.width,
      samples.count >= ((window.height - 1) * rowStride + window.width) * size
    else { throw GDALError(.write, file: path, window: window, message: "too few samples") }
    let firstRow = window.row / options.blockHeight
    let firstColumn = window.column / options.blockWidth
    let lastRow = (window.endRow - 1) / options.blockHeight
    let lastColumn = (window.endColumn - 1) / options.blockWidth
    for row in firstRow...lastRow {
      for column in firstColumn...lastColumn {
        let index = ChunkIndex(row: row, column: column)
        fillTile(index, from: samples, window: window, rowStride: rowStride)
        let (status, messages) = collectingMessages {
          tile.withUnsafeMutableBytes {
            GDALWriteBlock(band, Int32(column), Int32(row), $0.baseAddress)
          }
        }
        guard status == CE_None, messages.failures.isEmpty else {
          throw GDALError(
            .write,
            file: path,
            window: tiles.window(index),
            message: messages.failure ?? "no reason given",
            advice: "is the disk full?"
          )
        }
        written[tiles.number(index)] = true
      }
    }
  }

  /// Completes the file and gives it its final name, replacing a file that had it.
  ///
  /// - Throws: when a tile was never written, or when flushing, closing or renaming fails; nothing is then left
  ///   under either name, unless a file was there before.
  public mutating func finish() throws(GDALError) {
    guard let handle else {
      throw GDALError(.close, file: path, message: "the file is already finished")
    }
    if let missing = written.firstIndex(of: false) {
      throw GDALError(
        .close,
        file: path,
        window: tiles.window(tiles.index(missing)),
        message: "the tile was never written"
      )
    }
    self.handle = nil
    // `GDALClose` returns nothing in this release: what it has to say comes as messages only.
    let (_, messages) = collectingMessages {
      GDALFlushCache(handle)
      GDALClose(handle)
    }
    if let failure = messages.failure {
      unlink(temporaryPath)
      throw GDALError(.close, file: path, message: failure, advice: "is the disk full?")
    }
    guard rename(temporaryPath, path) == 0 else {
      let reason = String(cString: strerror(errno))
      unlink(temporaryPath)
      throw GDALError(.close, file: path, message: "cannot give the file its name: \(reason)")
    }
  }

  private func isWholeTiles(_ window: PixelWindow) -> Bool {
    !window.isEmpty && grid.window.contains(window)
      && window.column % options.blockWidth == 0 && window.row % options.blockHeight == 0
      && (window.endColumn % options.blockWidth == 0 || window.endColumn == grid.width)
      && (window.endRow % options.blockHeight == 0 || window.endRow == grid.height)
  }

  /// Copies one tile's pixels; what lies beyond the raster's edge is zero.
  private mutating func fillTile(
    _ index: ChunkIndex,
    from samples: UnsafeRawBufferPointer,
    window: PixelWindow,
    rowStride: Int
  ) {
    let part = tiles.window(index)
    let size = options.type.size
    let (blockWidth, blockHeight) = (options.blockWidth, options.blockHeight)
    tile.withUnsafeMutableBytes { tile in
      if part.width < blockWidth || part.height < blockHeight {
        tile.initializeMemory(as: UInt8.self, repeating: 0)
      }
      for row in 0..<part.height {
        let source = ((part.row - window.row + row) * rowStride + part.column - window.column) * size
        UnsafeMutableRawBufferPointer(rebasing: tile[(row * blockWidth * size)...])
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: samples[source..<(source + part.width * size)]))
      }
    }
  }
}

extension GeoTIFFWriter {
  /// Writes a whole raster from memory.
  ///
  /// - Parameters:
  ///   - samples: rows of the grid from the top, in the machine's byte order; the size of an element is the size of
  ///     `options.type`.
  ///   - path: the file to be made; one that exists is replaced.
  ///   - grid: of the raster: its size, place and coordinate system.
  ///   - options: type, nodata and compression, of one band.
  public static func write<Sample: BitwiseCopyable>(
    _ samples: [Sample],
    to path: String,
    grid: Grid,
    options: Options
  ) throws(GDALError) {
    guard MemoryLayout<Sample>.stride == options.type.size, samples.count == grid.width * grid.height else {
      throw GDALError(
        .create,
        file: path,
        message: "the samples do not fit \(grid.width) × \(grid.height) \(options.type)"
      )
    }
    var writer = try GeoTIFFWriter(creating: path, grid: grid, options: options)
    let result = samples.withUnsafeBytes { bytes in
      Result { () throws(GDALError) in
        try writer.write(window: grid.window, from: bytes, rowStride: grid.width)
      }
    }
    try result.get()
    try writer.finish()
  }
}
