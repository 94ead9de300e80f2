internal import Engine
internal import Geo
internal import Granules
internal import NetCDF
internal import Raster
internal import Swath

/// Brings the bands of granules onto the cube's grid: finds which pixels a window needs, and reads only the chunks of
/// their files that hold those.
///
/// One a worker thread. Bands of other files pass through. The pixels of a window are found once for all bands.
final class SwathBandReader: BandReader {
  private let reader: any BandReader
  private let files: SwathFiles
  private let grid: SwathGrid
  private let strip = SwathStrip()
  private let nearest = SwathNearest()
  private var lost = LostSwathPixels()

  init(reading reader: any BandReader, grid: Grid, granules: OpenGranules = .shared) {
    self.reader = reader
    files = SwathFiles(granules: granules)
    self.grid = SwathGrid(grid: grid)
  }

  func begin(stage: Int, chunks: [Int]) { reader.begin(stage: stage, chunks: chunks) }

  func finished(chunk: Int) { reader.finished(chunk: chunk) }

  func open(_ files: [BandFile]) { reader.open(files.filter { $0.swath == nil }) }

  func plan(_ reads: [BandRead]) -> [any PlannedRead] {
    var others = reader.plan(reads.filter { $0.file.swath == nil })[...]
    return reads.map { read in
      guard let swath = read.file.swath else { return others.popFirst() ?? reader.plan(read) }
      return SwathRead(read: read, swath: swath, reader: self)
    }
  }

  func takeLostPixels() -> LostPixels { lost.take() }

  /// A window of the grid onto which the pixels of a granule are brought.
  private struct SwathRead: PlannedRead {
    let read: BandRead
    let swath: BandSwath
    let reader: SwathBandReader

    func read(as type: SampleType, into buffer: UnsafeMutableRawBufferPointer, rowStride: Int) throws {
      try GranuleCopies.shared.reading(swath.group) {
        try reader.read(read, swath, into: buffer, rowStride: rowStride)
      }
    }
  }

  func format(of file: BandFile) throws -> BandFormat {
    guard let swath = file.swath else { return try reader.format(of: file) }
    return try files.format(file, swath, try files.band(file, swath).band)
  }

  private func read(
    _ read: BandRead, _ swath: BandSwath, into buffer: UnsafeMutableRawBufferPointer, rowStride: Int
  ) throws {
    let (file, window, counted) = (read.file, read.window, CountedCells(read))
    if swath.isMaskOnly {
      for row in 0..<window.height {
        UnsafeMutableRawBufferPointer(rebasing: buffer[(row * rowStride)..<(row * rowStride + window.width)])
          .initializeMemory(as: UInt8.self, repeating: 0)
      }
      return
    }
    let onGrid = window.offset(columns: file.placement.column, rows: file.placement.row)
    let cells = try grid.cells(onGrid)
    let format = try format(of: file)
    let member = swath.group.firstIndex(of: file.path) ?? 0
    let target = CellTarget(
      buffer: buffer, rowStride: rowStride, width: window.width, height: window.height)
    switch swath.isQuality ? .nearest : swath.regridding.method {
    case .nearest:
      let found = try nearestPixels(file, swath, cells)
      let (band, array) = try files.band(file, swath)
      do throws(GranuleError) {
        let beyond = try nearest.read(
          found, member: member, band: band, array: array, path: file.path, format: format,
          inRange: swath.regridding.appliesRange && !swath.isQuality, isFlags: swath.isQuality,
          test: swath.test?.test,
          counts: counted.contains, into: buffer, rowStride: rowStride)
        lost.add(beyond, of: file)
      } catch {
        throw files.failure(error, file)
      }
    case .bilinear: try readBilinear(file, swath, cells, member: member, counted, into: target)
    case .bin, .area: try readSums(file, swath, cells, member: member, counted, into: target)
    }
  }

  // MARK: Pixels

  /// What pixels were found for.
  private struct Question: Hashable {
    let group: [String]
    let radius: Double?
    let method: Regridding.Method
    let window: PixelWindow

    init(_ swath: BandSwath, _ window: PixelWindow) {
      (group, radius, self.window) = (swath.group, swath.regridding.radius, window)
      // A quality layer has the nearest pixel whatever becomes of the others.
      method = swath.isQuality ? .nearest : swath.regridding.method
    }
  }

  private var known: [(question: Question, pixels: NearestPixels)] = []
  private static let mostKnown = 2

  /// The nearest pixels of the granules of a date, for all cells of a window.
  private func nearestPixels(
    _ file: BandFile, _ swath: BandSwath, _ cells: TargetCells
  ) throws -> NearestPixels {
    let question = Question(swath, cells.window)
    if let place = known.firstIndex(where: { $0.question == question }) { return known[place].pixels }
    if known.count >= Self.mostKnown { known.removeFirst() }
    let pixels = NearestPixels(cells)
    for (member, path) in swath.group.enumerated() {
      let opened = try files.opened(path, file, swath)
      let survey = opened.survey.reaching(question.radius, for: question.method)
      let positions = opened.granule.positions()
      do throws(GranuleError) {
        try pixels.add(survey, swath: member, strip: strip) { (lines, strip) throws(GranuleError) in
          try positions.read(lines, strip)
        }
      } catch {
        throw files.failure(error, file)
      }
    }
    known.append((question, pixels))
    return pixels
  }

  // MARK: Values between pixels and of several

  private var places: (question: Question, member: Int, places: BilinearPlaces)?

  private func readBilinear(
    _ file: BandFile, _ swath: BandSwath, _ cells: TargetCells, member: Int, _ counted: CountedCells,
    into target: CellTarget
  ) throws {
    let found = try nearestPixels(file, swath, cells)
    let question = Question(swath, cells.window)
    let opened = try files.opened(file.path, file, swath)
    let survey = swath.regridding.radius.map { opened.survey.reaching($0) } ?? opened.survey
    do throws(GranuleError) {
      if places?.question != question || places?.member != member {
        let made = BilinearPlaces(cells)
        let positions = opened.granule.positions()
        try made.find(survey, swath: member, nearest: found, strip: strip) {
          (lines, strip) throws(GranuleError) in
          try positions.read(lines, strip)
        }
        places = (question, member, made)
      }
    } catch {
      throw files.failure(error, file)
    }
    guard let places = places?.places else { return }
    let values = try files.values(file, swath, opened)
    target.clear()
    let (columns, count) = (values.columns, cells.window.count)
    let perStrip = max(values.bandLines, SwathNearest.stripBytes / max(1, columns * 16))
    do throws(GranuleError) {
      var start = 0
      while start < values.lines {
        let end = min(values.lines, start + perStrip)
        let part = (start * columns)..<(end * columns)
        defer { start = end }
        guard places.pixels.contains(where: { part.contains(Int($0)) }) else { continue }
        let read = try values.read(start..<min(values.lines, end + 1))
        for cell in 0..<count where part.contains(Int(places.pixels[cell])) {
          let base = Int(places.pixels[cell]) - part.lowerBound
          let corners = [read[base], read[base + 1], read[base + columns], read[base + columns + 1]]
          tally(corners, cell, counted, file, swath)
          target.store(
            BilinearPlaces.value(
              corners[0], corners[1], corners[2], corners[3],
              alongColumns: Double(places.alongColumns[cell]), alongLines: Double(places.alongLines[cell])),
            cell: cell)
        }
      }
    } catch {
      throw files.failure(error, file)
    }
  }

  /// Counts a cell of whose pixels some are missing for a reason.
  private func tally(
    _ corners: [Double], _ cell: Int, _ counted: CountedCells, _ file: BandFile, _ swath: BandSwath
  ) {
    guard corners.contains(where: \.isNaN), counted.contains(cell) else { return }
    lost.add(corners.contains(where: BeyondRange.holds) ? 1 : 0, of: file)
    let masks = corners.reduce(UInt64(0)) { $0 | (RejectedPixels.masks($1) ?? 0) }
    for (place, mask) in swath.masks.prefix(RejectedPixels.mostMasks).enumerated() {
      lost.add(masks >> UInt64(place) & 1 == 1 ? 1 : 0, rejectedBy: mask, of: file)
    }
  }

  /// The pixels of all granules of a date that lie in each cell, or cover a part of it: handed out with the first.
  private func readSums(
    _ file: BandFile, _ swath: BandSwath, _ cells: TargetCells, member: Int, _ counted: CountedCells,
    into target: CellTarget
  ) throws {
    target.clear()
    guard member == 0 else { return }
    let sums = CellSums(
      cells, CellSums.Statistic(swath.regridding), masks: swath.masks.count, counts: counted.contains,
      project: try grid.projection())
    for path in swath.group {
      let opened = try files.opened(path, file, swath)
      let values = try files.values(file, swath, opened)
      let positions = opened.granule.positions()
      func read(_ lines: Range<Int>, _ strip: SwathStrip) throws(GranuleError) -> UnsafeBufferPointer<Double>
      {
        try positions.read(lines, strip)
        return try values.read(lines)
      }
      do throws(GranuleError) {
        if swath.regridding.method == .bin {
          try sums.addCentres(opened.survey, strip: strip, read: read)
        } else {
          guard let corners = opened.granule.corners() else {
            try sums.addFootprints(opened.survey, strip: strip, read: read)
            continue
          }
          try sums.addFootprints(
            opened.survey, strip: strip,
            given: { (lines, into) throws(GranuleError) in try corners.read(lines, into) }, read: read)
        }
      } catch {
        throw files.failure(error, file)
      }
    }
    if !swath.isWeight {
      lost.add(sums.beyondRange, of: file)
      for (mask, pixels) in zip(swath.masks, sums.rejected) { lost.add(pixels, rejectedBy: mask, of: file) }
    }
    let least = swath.regridding.leastWeight
    for cell in 0..<cells.window.count where sums.weight(cell) >= least {
      let value = sums.value(cell)
      // Where no pixel counts there is no weight either.
      target.store(swath.isWeight && !value.isNaN ? sums.weight(cell) : value, cell: cell)
    }
  }

}
