internal import Engine
internal import Granules
internal import NetCDF
internal import Raster
internal import Swath

/// The granules whose bands a worker reads, each opened once for all workers, and what their bands hold.
///
/// What is wrong with one is said with scene and band.
struct SwathFiles {
  let granules: OpenGranules

  func opened(_ path: String, _ file: BandFile, _ swath: BandSwath) throws -> OpenGranules.Opened {
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

  func band(_ file: BandFile, _ swath: BandSwath) throws -> (band: GranuleBand, array: StoredArray) {
    let opened = try opened(file.path, file, swath)
    do throws(GranuleError) {
      return try opened.band(file.variables)
    } catch {
      throw failure(error, file)
    }
  }

  func failure(_ error: GranuleError, _ file: BandFile) -> CellFailure {
    CellFailure("scene \"\(file.scene)\", band \"\(file.band)\": \(error)", source: file)
  }

  /// How a band's samples are handed out: as stored, with a number for what is missing.
  func format(_ file: BandFile, _ swath: BandSwath, _ band: GranuleBand) throws -> BandFormat {
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

  /// The values of a band in one granule of its date, with what the config says of its numbers, and masked.
  func values(_ file: BandFile, _ swath: BandSwath, _ opened: OpenGranules.Opened) throws
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
