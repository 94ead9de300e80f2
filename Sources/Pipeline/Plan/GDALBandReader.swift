import Engine
import GDAL
import Geo
import Raster

/// Reads bands through GDAL, keeping a few datasets open. One a worker thread.
final class GDALBandReader: BandReader {
  /// A dataset that lives on the heap, so that a dictionary can hold it.
  private final class OpenDataset {
    let dataset: RasterDataset
    var lastUse = 0

    init(_ path: String) throws(GDALError) {
      dataset = try RasterDataset(opening: path)
    }
  }

  /// Datasets a worker holds open: a date's bands, for a few overlapping scenes.
  private static let mostOpen = 24

  private let grid: Grid
  private var open: [String: OpenDataset] = [:]
  private var formats: [BandFile: BandFormat] = [:]
  private var uses = 0

  /// - Parameter grid: the cube's: files must lie on it where the plan says.
  init(grid: Grid) {
    self.grid = grid
  }

  func format(of file: BandFile) throws -> BandFormat {
    if let known = formats[file] { return known }
    let dataset = try dataset(file)
    let format = try check(file, dataset.dataset.info)
    // One entry a file: bounded, for archives of many thousands of files.
    if formats.count > 4096 { formats.removeAll() }
    formats[file] = format
    return format
  }

  func read(
    _ file: BandFile, window: PixelWindow, type: SampleType, into buffer: UnsafeMutableRawBufferPointer,
    rowStride: Int
  ) throws {
    let dataset = try dataset(file)
    do {
      try dataset.dataset.read(
        band: file.number, window: window, as: type, into: buffer, rowStride: rowStride)
    } catch {
      throw CellFailure("scene \"\(file.scene)\", band \"\(file.band)\": \(error)")
    }
  }

  private func dataset(_ file: BandFile) throws -> OpenDataset {
    uses += 1
    if let present = open[file.path] {
      present.lastUse = uses
      return present
    }
    if open.count >= GDALBandReader.mostOpen,
      let oldest = open.min(by: { $0.value.lastUse < $1.value.lastUse })
    {
      open[oldest.key] = nil
    }
    do {
      let opened = try OpenDataset(file.path)
      opened.lastUse = uses
      open[file.path] = opened
      return opened
    } catch {
      throw CellFailure("scene \"\(file.scene)\", band \"\(file.band)\": \(error)")
    }
  }

  /// Checks a file against the plan, and gathers what its numbers mean.
  private func check(_ file: BandFile, _ info: RasterInfo) throws -> BandFormat {
    let subject = "scene \"\(file.scene)\", band \"\(file.band)\" (\(file.path))"
    guard info.bands.indices.contains(file.number - 1) else {
      throw CellFailure("\(subject): the file has \(info.bands.count) bands, number \(file.number) is wanted")
    }
    guard let fileGrid = info.grid else {
      throw CellFailure(
        "\(subject): the file does not say where it lies (no geotransform or coordinate system)")
    }
    if let obstacle = BandPlacement.obstacle(fileGrid, on: grid, expecting: file.placement) {
      throw CellFailure("\(subject): \(obstacle)")
    }
    let band = info.bands[file.number - 1]
    let encoding = file.encoding
      .or(SampleEncoding(nodata: band.nodata, scale: band.scale, offset: band.offset))
      // Handbooks speak of integers; float files hold physical values.
      .or(band.type.isInteger ? file.fallback : SampleEncoding())
    return BandFormat(
      type: band.type, nodata: encoding.nodata, scale: encoding.scale ?? 1, offset: encoding.offset ?? 0)
  }
}
