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
  private let granules: OpenGranules
  private let grid: SwathGrid
  private let strip = SwathStrip()
  private let nearest = SwathNearest()

  /// Pixels beyond their valid range since they were last asked for, by band, and by how it is masked.
  private var beyondRange: [String: [Int: Int]] = [:]
  /// Those that masks reject, by mask, and by what is read: all of that finds the same.
  private var rejected: [String: [String: Int]] = [:]

  init(reading reader: any BandReader, grid: Grid, granules: OpenGranules = .shared) {
    self.reader = reader
    self.granules = granules
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

  func takeLostPixels() -> LostPixels {
    defer { (beyondRange, rejected) = ([:], [:]) }
    var lost = LostPixels()
    lost.beyondRange = beyondRange.compactMapValues { $0.values.max() }
    lost.rejected = rejected.compactMapValues { $0.values.max() }
    return lost
  }

  private func tally(_ pixels: Int, of file: BandFile) {
    guard pixels > 0 else { return }
    beyondRange[file.band, default: [:]][file.swath?.masks.count ?? 0, default: 0] += pixels
  }

  private func tally(_ pixels: Int, rejectedBy mask: SwathMask, of file: BandFile) {
    guard pixels > 0 else { return }
    let key = "\(file.band) \(file.swath?.masks.count ?? 0)"
    rejected[mask.name, default: [:]][key, default: 0] += pixels
  }

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
    return try format(file, swath, try band(file, swath).band)
  }

  /// The cells of a read in which pixels beyond their valid range are counted: those of the chunk itself that masks keep.
  private struct CountedCells {
    private let read: BandRead
    /// In pixels of the grid.
    private let window: PixelWindow

    init(_ read: BandRead) {
      let placement = read.file.placement
      self.read = read
      window = read.chunk?.own ?? read.window.offset(columns: placement.column, rows: placement.row)
    }

    func contains(_ cell: Int) -> Bool {
      let placement = read.file.placement
      let (row, column) = cell.quotientAndRemainder(dividingBy: read.window.width)
      let pixel = PixelWindow(
        column: read.window.column + column, row: read.window.row + row, width: 1, height: 1)
      return window.contains(pixel.offset(columns: placement.column, rows: placement.row))
        && read.isWanted(pixel)
    }
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
      let (band, array) = try band(file, swath)
      do throws(GranuleError) {
        let beyond = try nearest.read(
          found, member: member, band: band, array: array, path: file.path, format: format,
          inRange: swath.regridding.appliesRange && !swath.isQuality, isFlags: swath.isQuality,
          test: swath.test?.test,
          counts: counted.contains, into: buffer, rowStride: rowStride)
        tally(beyond, of: file)
      } catch {
        throw failure(error, file)
      }
    case .bilinear: try readBilinear(file, swath, cells, member: member, counted, into: target)
    case .bin, .area: try readSums(file, swath, cells, member: member, counted, into: target)
    }
  }

  // MARK: Granules

  private func opened(_ path: String, _ file: BandFile, _ swath: BandSwath) throws -> OpenGranules.Opened {
    do throws(GranuleError) {
      return try granules.granule(
        OpenGranules.Key(
          path: path, bands: swath.bands,
          wishes: Granule.Wishes(
            longitude: swath.regridding.longitude, latitude: swath.regridding.latitude)))
    } catch {
      throw failure(error, file)
    }
  }

  private func band(_ file: BandFile, _ swath: BandSwath) throws -> (band: GranuleBand, array: StoredArray) {
    let opened = try opened(file.path, file, swath)
    do throws(GranuleError) {
      return try opened.band(file.variables)
    } catch {
      throw failure(error, file)
    }
  }

  private func failure(_ error: GranuleError, _ file: BandFile) -> CellFailure {
    CellFailure("scene \"\(file.scene)\", band \"\(file.band)\": \(error)", source: file)
  }

  /// How a band's samples are handed out: as stored, with a number for what is missing.
  private func format(_ file: BandFile, _ swath: BandSwath, _ band: GranuleBand) throws -> BandFormat {
    if swath.isMaskOnly { return BandFormat(type: .uint8, nodata: nil, scale: 1, offset: 0) }
    if swath.test != nil {
      return BandFormat(type: .uint8, nodata: 255, scale: 1, offset: 0, isStandIn: true)
    }
    if !swath.isQuality, swath.regridding.method != .nearest {
      return BandFormat(type: .float32, nodata: .nan, scale: 1, offset: 0)
    }
    let isLong = swath.isQuality && (band.numbers.type == .uint64 || band.numbers.type == .int64)
    guard let type = isLong ? .uint32 : band.numbers.sampleType else {
      throw failure(GranuleError(file.path, "\"\(band.variable.path)\" holds no numbers"), file)
    }
    let stated = file.encoding.or(
      SampleEncoding(
        nodata: band.numbers.missing.first { !$0.isNaN }, scale: band.numbers.scale,
        offset: band.numbers.offset))
    do throws(GranuleError) {
      try Self.check(stated.scale, stated.offset, of: band.name, file.path)
    } catch {
      throw failure(error, file)
    }
    let (scale, offset) = swath.isQuality ? (1, 0) : (stated.scale ?? 1, stated.offset ?? 0)
    let nodata = isLong ? stated.nodata.flatMap { UInt32(exactly: $0) }.map(Double.init) : stated.nodata
    let stored = BandFormat(type: type, nodata: nodata, scale: scale, offset: offset)
    let marked = stored.markingMissing
    // A missing flag says nothing, whatever number it has.
    return swath.isQuality
      ? BandFormat(
        type: marked.type, nodata: marked.nodata, scale: 1, offset: 0, fitsFloat: marked.fitsFloat,
        isStandIn: true)
      : marked
  }

  /// Refuses a scale and an offset that leave nothing of what is stored.
  private static func check(
    _ scale: Double?, _ offset: Double?, of band: String, _ path: String
  ) throws(GranuleError) {
    guard scale != 0, scale?.isFinite ?? true, offset?.isFinite ?? true else {
      throw GranuleError(
        path,
        "a scale of \(scale ?? 1) and an offset of \(offset ?? 0) leave nothing of the stored numbers of \"\(band)\""
      )
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
      let opened = try opened(path, file, swath)
      let survey = opened.survey.reaching(question.radius, for: question.method)
      let positions = opened.granule.positions()
      do throws(GranuleError) {
        try pixels.add(survey, swath: member, strip: strip) { (lines, strip) throws(GranuleError) in
          try positions.read(lines, strip)
        }
      } catch {
        throw failure(error, file)
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
    let opened = try opened(file.path, file, swath)
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
      throw failure(error, file)
    }
    guard let places = places?.places else { return }
    let values = try self.values(file, swath, opened)
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
      throw failure(error, file)
    }
  }

  /// Counts a cell of whose pixels some are missing for a reason.
  private func tally(
    _ corners: [Double], _ cell: Int, _ counted: CountedCells, _ file: BandFile, _ swath: BandSwath
  ) {
    guard corners.contains(where: \.isNaN), counted.contains(cell) else { return }
    tally(corners.contains(where: BeyondRange.holds) ? 1 : 0, of: file)
    let masks = corners.reduce(UInt64(0)) { $0 | (RejectedPixels.masks($1) ?? 0) }
    for (place, mask) in swath.masks.prefix(RejectedPixels.mostMasks).enumerated() {
      tally(masks >> UInt64(place) & 1 == 1 ? 1 : 0, rejectedBy: mask, of: file)
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
      let opened = try opened(path, file, swath)
      let values = try self.values(file, swath, opened)
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
        throw failure(error, file)
      }
    }
    if !swath.isWeight {
      tally(sums.beyondRange, of: file)
      for (mask, pixels) in zip(swath.masks, sums.rejected) { tally(pixels, rejectedBy: mask, of: file) }
    }
    let least = swath.regridding.leastWeight
    for cell in 0..<cells.window.count where sums.weight(cell) >= least {
      let value = sums.value(cell)
      // Where no pixel counts there is no weight either.
      target.store(swath.isWeight && !value.isNaN ? sums.weight(cell) : value, cell: cell)
    }
  }

  /// The values of a band in one granule of its date, with what the config says of its numbers, and masked.
  private func values(_ file: BandFile, _ swath: BandSwath, _ opened: OpenGranules.Opened) throws
    -> SwathValues
  {
    do throws(GranuleError) {
      let found = try opened.band(file.variables)
      var masks: [(band: GranuleBand, array: StoredArray, test: QualityTest)] = []
      for mask in swath.masks {
        let own = try opened.band(mask.bands)
        masks.append((own.band, own.array, mask.test))
      }
      let numbers = found.band.numbers.replacing(
        nodata: file.encoding.nodata, scale: file.encoding.scale, offset: file.encoding.offset)
      try Self.check(numbers.scale, numbers.offset, of: found.band.name, opened.granule.path)
      return SwathValues(
        found, numbers: numbers, inRange: swath.regridding.appliesRange, masks: masks,
        path: opened.granule.path)
    } catch {
      throw failure(error, file)
    }
  }
}

/// Where the values of a window's cells go, as Float.
private struct CellTarget {
  let buffer: UnsafeMutableRawBufferPointer
  let rowStride: Int
  let width: Int
  let height: Int

  func clear() { for cell in 0..<(width * height) { store(.nan, cell: cell) } }

  @inline(__always)
  func store(_ value: Double, cell: Int) {
    let (row, column) = cell.quotientAndRemainder(dividingBy: width)
    buffer.storeBytes(of: Float(value), toByteOffset: (row * rowStride + column) * 4, as: Float.self)
  }
}

extension CellSums.Statistic {
  fileprivate init(_ regridding: Regridding) {
    guard regridding.method == .bin else {
      self = .mean
      return
    }
    self =
      switch regridding.statistic {
      case .mean: .mean
      case .geometricMean: .geometricMean
      case .count: .count
      case .std: .standardDeviation
      case .min: .minimum
      case .max: .maximum
      }
  }
}
