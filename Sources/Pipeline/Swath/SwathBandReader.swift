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

  init(reading reader: any BandReader, grid: Grid, granules: OpenGranules = .shared) {
    self.reader = reader
    self.granules = granules
    self.grid = SwathGrid(grid: grid)
  }

  func begin() { reader.begin() }

  func expect(_ reads: [ExpectedRead]) { reader.expect(reads.filter { $0.file.swath == nil }) }

  func format(of file: BandFile) throws -> BandFormat {
    guard let swath = file.swath else { return try reader.format(of: file) }
    return try format(file, swath, try band(file, swath).band)
  }

  func read(
    _ file: BandFile, window: PixelWindow, type: SampleType, into buffer: UnsafeMutableRawBufferPointer,
    rowStride: Int, isWanted: (PixelWindow) -> Bool
  ) throws {
    guard let swath = file.swath else {
      return try reader.read(
        file, window: window, type: type, into: buffer, rowStride: rowStride, isWanted: isWanted)
    }
    let onGrid = window.offset(columns: file.placement.column, rows: file.placement.row)
    let cells = try grid.cells(onGrid)
    let found = try nearestPixels(file, swath, cells)
    let (band, array) = try band(file, swath)
    let format = try format(file, swath, band)
    let member = swath.group.firstIndex(of: file.path) ?? 0
    do throws(GranuleError) {
      try nearest.read(
        found, member: member, band: band, array: array, path: file.path, format: format,
        inRange: swath.regridding.appliesRange && !swath.isQuality, into: buffer, rowStride: rowStride)
    } catch {
      throw failure(error, file)
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
    guard let type = band.numbers.sampleType else {
      throw failure(GranuleError(file.path, "\"\(band.variable.path)\" holds no numbers"), file)
    }
    let stated = file.encoding.or(
      SampleEncoding(
        nodata: band.numbers.missing.first { !$0.isNaN }, scale: band.numbers.scale, offset: band.numbers.offset))
    guard stated.scale != 0, stated.scale?.isFinite ?? true, stated.offset?.isFinite ?? true else {
      throw failure(
        GranuleError(file.path, "a scale of \(stated.scale ?? 1) leaves nothing of the stored numbers of \"\(band.name)\""),
        file)
    }
    let (scale, offset) = swath.isQuality ? (1, 0) : (stated.scale ?? 1, stated.offset ?? 0)
    let stored = BandFormat(type: type, nodata: stated.nodata, scale: scale, offset: offset)
    let marked = stored.markingMissing
    // A missing flag says nothing, whatever number it has.
    return swath.isQuality
      ? BandFormat(
        type: marked.type, nodata: marked.nodata, scale: 1, offset: 0, fitsFloat: marked.fitsFloat, isStandIn: true)
      : marked
  }

  // MARK: Pixels

  /// What pixels were found for.
  private struct Question: Hashable {
    let group: [String]
    let radius: Double?
    let window: PixelWindow
  }

  private var known: [(question: Question, pixels: NearestPixels)] = []
  private static let mostKnown = 2

  /// The nearest pixels of the granules of a date, for all cells of a window.
  private func nearestPixels(
    _ file: BandFile, _ swath: BandSwath, _ cells: TargetCells
  ) throws -> NearestPixels {
    let question = Question(group: swath.group, radius: swath.regridding.radius, window: cells.window)
    if let place = known.firstIndex(where: { $0.question == question }) { return known[place].pixels }
    if known.count >= Self.mostKnown { known.removeFirst() }
    let pixels = NearestPixels(cells)
    for (member, path) in swath.group.enumerated() {
      let opened = try opened(path, file, swath)
      let survey = swath.regridding.radius.map { opened.survey.reaching($0) } ?? opened.survey
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
}
