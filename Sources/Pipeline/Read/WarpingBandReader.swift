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
  /// Source pixels read in one piece.
  private let mostSourcePixels: Int
  private let stored = SamplePlane()
  private let source = SamplePlane()
  private let warped = SamplePlane()

  /// Parts of a window that are asked for, or not, one by one.
  private static let part = 128

  init(reading reader: any BandReader, formats: BandFormats, grid: Grid, mostSourcePixels: Int) {
    self.reader = reader
    self.formats = formats
    self.mostSourcePixels = mostSourcePixels
    mappings = SourceMappings(grid: grid)
  }

  func begin() { reader.begin() }

  func expect(_ reads: [ExpectedRead]) {
    guard reads.contains(where: { $0.file.warp != nil && VirtualPath.isRemote($0.file.path) }) else {
      return reader.expect(reads)
    }
    // What is read of a resampled raster is known when its header is: those come first, together.
    reader.expect(reads.map { ExpectedRead(file: $0.file, window: nil, isWanted: $0.isWanted) })
    reader.expect(
      reads.map { read in
        guard read.file.warp != nil, let window = read.window else { return read }
        guard let job = try? job(read.file, window: window, isWanted: read.isWanted),
          let needed = job.whole.flatMap({ job.mapping.sourceWindow(for: $0, options: job.options) }),
          needed.count <= mostSourcePixels
        else { return ExpectedRead(file: read.file, window: nil, isWanted: read.isWanted) }
        let wanted = job.sourceWindows(under: job.origin)
        return ExpectedRead(file: read.file, window: needed) { block in
          wanted.contains { $0.intersection(block) != nil }
        }
      })
  }

  func format(of file: BandFile) throws -> BandFormat { try formats.known(file).format }

  func read(
    _ file: BandFile, window: PixelWindow, type: SampleType, into buffer: UnsafeMutableRawBufferPointer,
    rowStride: Int, isWanted: (PixelWindow) -> Bool
  ) throws {
    guard file.marksMissing else {
      return try reader.read(
        file, window: window, type: type, into: buffer, rowStride: rowStride, isWanted: isWanted)
    }
    let known = try formats.known(file)
    guard file.warp != nil else {
      let form = known.format
      if known.stored.type == form.type, form.type.isInteger {
        return try reader.read(
          file, window: window, type: type, into: buffer, rowStride: rowStride, isWanted: isWanted)
      }
      stored.reshape(type: known.stored.type, width: window.width, height: window.height)
      stored.fill(0)
      try reader.read(
        file, window: window, type: stored.type, into: stored.bytes, rowStride: window.width,
        isWanted: isWanted)
      return WidenSamples.widen(
        stored, nodata: known.stored.nodata, as: form.type, missing: form.nodata ?? .nan, into: buffer,
        rowStride: rowStride)
    }
    let job = try job(file, window: window, isWanted: isWanted)
    guard let whole = job.whole else { return }
    try resample(whole, job, into: buffer, rowStride: rowStride)
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

    /// The box around what is wanted; nil when nothing is.
    var whole: PixelWindow? { wanted.dropFirst().reduce(wanted.first) { $0?.union($1) } }

    /// What the wanted parts of a window need of the source.
    func sourceWindows(under window: PixelWindow) -> [PixelWindow] {
      wanted.compactMap { part in
        part.intersection(window).flatMap { mapping.sourceWindow(for: $0, options: options) }
      }
    }
  }

  /// - Parameter window: in pixels of the placed raster.
  private func job(
    _ file: BandFile, window: PixelWindow, isWanted: (PixelWindow) -> Bool
  ) throws -> Job {
    let known = try formats.known(file)
    guard let warp = file.warp else {
      throw CellFailure("scene \"\(file.scene)\", band \"\(file.band)\" is not to be resampled")
    }
    let onGrid = window.offset(columns: file.placement.column, rows: file.placement.row)
    let wanted = Self.parts(of: onGrid).filter {
      isWanted($0.offset(columns: -file.placement.column, rows: -file.placement.row))
    }
    let mapping = try mapped(file) {
      try mappings.mapping(to: known.source, resampling: warp.resampling, step: warp.step)
    }
    return Job(
      file: file, known: known, mapping: mapping, options: options(warp, known), origin: onGrid,
      wanted: wanted)
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
    _ window: PixelWindow, _ job: Job, into buffer: UnsafeMutableRawBufferPointer, rowStride: Int
  ) throws {
    guard let needed = job.mapping.sourceWindow(for: window, options: job.options) else {
      warped.reshape(type: job.known.format.type, width: window.width, height: window.height)
      warped.fill(job.options.nodata)
      return store(window, job, into: buffer, rowStride: rowStride)
    }
    if needed.count > mostSourcePixels, window.count > 1 {
      for half in window.halves where job.wanted.contains(where: { $0.intersection(half) != nil }) {
        try resample(half, job, into: buffer, rowStride: rowStride)
      }
      return
    }
    try load(needed, under: window, job)
    try mapped(job.file) {
      try RasterWarper.warp(
        source, first: (needed.column, needed.row), mapping: job.mapping, window: window,
        options: job.options, into: warped)
    }
    store(window, job, into: buffer, rowStride: rowStride)
  }

  /// Reads source pixels into `source`, as the warper takes them.
  private func load(_ needed: PixelWindow, under window: PixelWindow, _ job: Job) throws {
    let (known, form) = (job.known, job.known.format)
    let wanted = job.sourceWindows(under: window)
    func isWanted(_ block: PixelWindow) -> Bool { wanted.contains { $0.intersection(block) != nil } }
    let (start, stride) = RasterWarper.frame(
      source, type: form.type, width: needed.width, height: needed.height, nodata: job.options.nodata)
    let target = UnsafeMutableRawBufferPointer(rebasing: source.bytes[(start * form.type.size)...])
    if known.stored.type == form.type, form.type.isInteger {
      return try reader.read(
        job.file, window: needed, type: form.type, into: target, rowStride: stride, isWanted: isWanted)
    }
    stored.reshape(type: known.stored.type, width: needed.width, height: needed.height)
    stored.fill(0)
    try reader.read(
      job.file, window: needed, type: stored.type, into: stored.bytes, rowStride: needed.width,
      isWanted: isWanted)
    WidenSamples.widen(
      stored, nodata: known.stored.nodata, as: form.type, missing: job.options.nodata, into: target,
      rowStride: stride)
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
