internal import Engine
internal import GDAL
internal import Geo
internal import Raster

/// Brings bands onto the cube's grid whose rasters lie otherwise: reads the source pixels that a window needs, through
/// the reader it wraps, and resamples them in memory.
///
/// One a worker thread. Bands whose pixels are the grid's pass through as they are.
final class WarpingBandReader: BandReader {
  private let reader: any BandReader
  private let formats: BandFormats
  private let mappings: SourceMappings
  private let chunks = ChunksOverSource()
  /// Source pixels read in one piece.
  private let mostSourcePixels: Int
  private let stored = SamplePlane()
  private let sourcePixels = SamplePlane()
  private let warped = SamplePlane()

  /// Parts of a window that are asked for, or not, one by one.
  private static let part = 128

  init(reading reader: any BandReader, formats: BandFormats, grid: Grid, mostSourcePixels: Int) {
    self.reader = reader
    self.formats = formats
    self.mostSourcePixels = mostSourcePixels
    mappings = SourceMappings(grid: grid)
  }

  func format(of file: BandFile) throws -> BandFormat { try formats.known(file).format }

  func begin(stage: Int, chunks: [Int]) { reader.begin(stage: stage, chunks: chunks) }

  func finished(chunk: Int) { reader.finished(chunk: chunk) }

  func open(_ files: [BandFile]) { reader.open(files) }

  func plan(_ reads: [BandRead]) -> [any PlannedRead] {
    let warps = reads.map { read in
      read.file.warp == nil
        ? nil
        : Result { () throws -> (Job, Source) in
          let job = try job(read)
          return (job, job.whole.map { source(under: $0, job) } ?? .nothing)
        }
    }
    // What the wrapped reader reads, in the same order.
    let stored = zip(reads, warps).map { read, warp -> BandRead? in
      guard let warp else { return read }
      guard case .success((_, .pixels(let source))) = warp else { return nil }
      return source
    }
    var planned = reader.plan(stored.compactMap { $0 })[...]
    return reads.indices.map { index in
      let inner = stored[index] == nil ? nil : planned.popFirst()
      if let warp = warps[index] { return WarpedRead(warp: warp, stored: inner, reader: self) }
      guard let inner, reads[index].file.marksMissing else { return inner ?? reader.plan(reads[index]) }
      return MarkedRead(read: reads[index], stored: inner, reader: self)
    }
  }

  /// A window of a band on the grid whose missing pixels get a number of their own.
  private struct MarkedRead: PlannedRead {
    let read: BandRead
    let stored: any PlannedRead
    let reader: WarpingBandReader

    func read(as type: SampleType, into buffer: UnsafeMutableRawBufferPointer, rowStride: Int) throws {
      try reader.readMarked(
        stored, try reader.formats.known(read.file), width: read.window.width, height: read.window.height,
        into: buffer, rowStride: rowStride)
    }
  }

  /// A window of the grid under which a raster is resampled.
  private struct WarpedRead: PlannedRead {
    let warp: Result<(Job, Source), any Error>
    /// The source pixels, where they are read in one piece.
    let stored: (any PlannedRead)?
    let reader: WarpingBandReader

    func read(as type: SampleType, into buffer: UnsafeMutableRawBufferPointer, rowStride: Int) throws {
      let (job, source) = try warp.get()
      guard let whole = job.whole else { return }
      try reader.resample(whole, job, source, stored, into: buffer, rowStride: rowStride)
    }
  }

  /// What lies under a window of the grid.
  private enum Source {
    case nothing
    /// More pixels than are resampled in one piece.
    case tooMany
    case pixels(BandRead)
  }

  private func source(under window: PixelWindow, _ job: Job) -> Source {
    guard let needed = job.mapping.sourceWindow(for: window, options: job.options) else { return .nothing }
    if needed.count > mostSourcePixels, window.count > 1 { return .tooMany }
    let wanted = job.sourceWindows(under: window)
    let others = job.chunk.map { [chunks] chunk in
      { chunks.others(lookingAt: $0, around: chunk, job.mapping, job.options) }
    }
    return .pixels(
      BandRead(
        file: job.file, window: needed, chunk: job.chunk,
        isWanted: { block in wanted.contains { $0.intersection(block) != nil } }, others: others))
  }

  /// Reads samples as stored and gives missing ones a number of their own.
  private func readMarked(
    _ read: any PlannedRead, _ known: BandFormats.KnownFile, width: Int, height: Int,
    into buffer: UnsafeMutableRawBufferPointer, rowStride: Int
  ) throws {
    let form = known.format
    if known.stored.type == form.type, form.type.isInteger {
      return try read.read(as: form.type, into: buffer, rowStride: rowStride)
    }
    stored.reshape(type: known.stored.type, width: width, height: height)
    stored.fill(0)
    try read.read(as: stored.type, into: stored.bytes, rowStride: width)
    WidenSamples.widen(
      stored, nodata: known.stored.nodata, as: form.type, missing: form.nodata ?? .nan, into: buffer,
      rowStride: rowStride)
  }

  /// What is to be done for a window of a resampled raster.
  private struct Job {
    let file: BandFile
    let known: BandFormats.KnownFile
    let mapping: SourceMapping
    let options: RasterWarper.Options
    /// The window of the grid whose first pixel is the buffer's first.
    let origin: PixelWindow
    /// The parts of it that are wanted.
    let wanted: [PixelWindow]
    /// The chunk it is for; nil where no other looks at the raster.
    let chunk: ChunkWindow?

    /// The box around what is wanted; nil when nothing is.
    var whole: PixelWindow? { wanted.dropFirst().reduce(wanted.first) { $0?.union($1) } }

    /// What the wanted parts of a window need of the source.
    func sourceWindows(under window: PixelWindow) -> [PixelWindow] {
      wanted.compactMap { part in
        part.intersection(window).flatMap { mapping.sourceWindow(for: $0, options: options) }
      }
    }
  }

  private func job(_ read: BandRead) throws -> Job {
    let (file, known) = (read.file, try formats.known(read.file))
    guard let warp = file.warp else {
      throw CellFailure("scene \"\(file.scene)\", band \"\(file.band)\" is not to be resampled")
    }
    let onGrid = read.window.offset(columns: file.placement.column, rows: file.placement.row)
    let wanted = Self.parts(of: onGrid).filter {
      read.isWanted($0.offset(columns: -file.placement.column, rows: -file.placement.row))
    }
    let mapping = try mapped(file) {
      try mappings.mapping(to: known.source, resampling: warp.resampling, step: warp.step)
    }
    return Job(
      file: file, known: known, mapping: mapping, options: options(warp, known), origin: onGrid,
      wanted: wanted, chunk: read.chunk)
  }

  private func options(_ warp: BandWarp, _ known: BandFormats.KnownFile) -> RasterWarper.Options {
    // The overview's pixels are larger than those the plan measured.
    let columns = Double(warp.source.width) / Double(known.source.width)
    let rows = Double(warp.source.height) / Double(known.source.height)
    func scale(_ scale: Double) -> Double { scale > 0.95 ? 1 : scale }
    return RasterWarper.Options(
      resampling: warp.resampling, nodata: known.format.nodata ?? .nan, scaleX: scale(warp.scaleX * columns),
      scaleY: scale(warp.scaleY * rows))
  }

  /// Fills a window of the grid, in pieces if its source pixels are too many for one.
  private func resample(
    _ window: PixelWindow, _ job: Job, _ found: Source, _ read: (any PlannedRead)?,
    into buffer: UnsafeMutableRawBufferPointer, rowStride: Int
  ) throws {
    switch found {
    case .nothing:
      warped.reshape(type: job.known.format.type, width: window.width, height: window.height)
      warped.fill(job.options.nodata)
    case .tooMany:
      for half in window.halves where job.wanted.contains(where: { $0.intersection(half) != nil }) {
        try resample(half, job, source(under: half, job), nil, into: buffer, rowStride: rowStride)
      }
      return
    case .pixels(let pixels):
      let needed = pixels.window
      let (start, stride) = RasterWarper.frame(
        sourcePixels, type: job.known.format.type, width: needed.width, height: needed.height,
        nodata: job.options.nodata)
      try readMarked(
        read ?? reader.plan(pixels), job.known, width: needed.width, height: needed.height,
        into: UnsafeMutableRawBufferPointer(
          rebasing: sourcePixels.bytes[(start * job.known.format.type.size)...]), rowStride: stride)
      try mapped(job.file) {
        try RasterWarper.warp(
          sourcePixels, first: (needed.column, needed.row), mapping: job.mapping, window: window,
          options: job.options, into: warped)
      }
    }
    store(window, job, into: buffer, rowStride: rowStride)
  }

  /// Copies `warped` to its place in the buffer.
  private func store(
    _ window: PixelWindow, _ job: Job, into buffer: UnsafeMutableRawBufferPointer, rowStride: Int
  ) {
    let size = warped.type.size
    let bytes = window.width * size
    for row in 0..<window.height {
      let place = (window.row - job.origin.row + row) * rowStride + window.column - job.origin.column
      let from = UnsafeRawBufferPointer(rebasing: warped.bytes[(row * bytes)..<((row + 1) * bytes)])
      UnsafeMutableRawBufferPointer(rebasing: buffer[(place * size)...]).copyMemory(from: from)
    }
  }

  private func mapped<T>(_ file: BandFile, _ body: () throws -> T) throws -> T {
    do {
      return try body()
    } catch {
      throw CellFailure(
        "scene \"\(file.scene)\", band \"\(file.band)\" (\(file.path)): \(error)", source: file)
    }
  }

  /// A window cut into squares.
  private static func parts(of window: PixelWindow) -> [PixelWindow] {
    let layout = ChunkLayout(
      gridWidth: window.width, gridHeight: window.height, chunkWidth: part, chunkHeight: part)
    return (0..<layout.count).map {
      layout.window(layout.index($0)).offset(columns: window.column, rows: window.row)
    }
  }
}

extension PixelWindow {
  /// The two halves across the longer side.
  fileprivate var halves: [PixelWindow] {
    if width >= height {
      let left = PixelWindow(column: column, row: row, width: width / 2, height: height)
      return [
        left, PixelWindow(column: left.endColumn, row: row, width: width - left.width, height: height),
      ]
    }
    let top = PixelWindow(column: column, row: row, width: width, height: height / 2)
    return [top, PixelWindow(column: column, row: top.endRow, width: width, height: height - top.height)]
  }
}
