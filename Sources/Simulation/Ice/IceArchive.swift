internal import GDAL
internal import Geo
internal import Glibc
internal import JSON
internal import Raster
internal import Storage

/// Makes an archive of ice as Sentinel-2 sees it: scenes with nine bands and a cloud probability, what does not change
/// (elevation, slope, aspect, where there is ice), weather, a model of classes, a table of spectra, a config that uses
/// all of it, and the truth.
///
/// The same size, dates and seed give the same bytes.
public struct IceArchive: Sendable {
  public let directory: String
  private let grid: Grid
  private let world: IceWorld
  private let days: [CalendarDate]

  /// - Parameters:
  ///   - directory: a new or empty folder.
  ///   - dates: 1...400, five days apart, from 1 June 2021 on.
  ///   - width: columns of the area, 16...20,000.
  ///   - height: rows of the area, 16...20,000.
  ///   - seed: draws everything that looks like chance.
  public init(directory: String, dates: Int, width: Int, height: Int, seed: UInt64) throws(SimulationError) {
    guard (1...400).contains(dates), (16...20_000).contains(width), (16...20_000).contains(height) else {
      throw .unusable(
        "\(dates) dates of \(width)x\(height) pixels: ice is made for 1 to 400 dates and sides of 16 to 20000 pixels"
      )
    }
    self.directory = directory
    world = IceWorld(seed: seed, width: width, height: height)
    let first = CalendarDate(daysSince1970: 18_779)
    days = (0..<dates).map { first.advanced(by: $0 * 5) }
    do {
      grid = Grid(
        crs: try SpatialReference.parse("EPSG:32622"),
        transform: AffineTransform(
          originX: 569_600, originY: 7_441_000, pixelWidth: IceWorld.pixel, pixelHeight: -IceWorld.pixel),
        width: width, height: height)
    } catch {
      throw .raster(error)
    }
  }

  /// Writes the archive; `items.json` comes last.
  ///
  /// - Returns: the path of `items.json`.
  /// - Throws: when the folder is not empty or cannot be written.
  public func write() throws(SimulationError) -> String {
    do {
      for folder in ["", "/ice", "/truth"] { try LocalFiles.createDirectory(directory + folder) }
      guard try LocalFiles.list(directory).count == 2 else {
        throw SimulationError.unusable("\(directory) is not empty: choose a new folder, or empty this one")
      }
      try writeLayers()
      try LocalFiles.writeAtomically(directory + "/ice/class.txt", text: IceSpectra.model)
      try LocalFiles.writeAtomically(directory + "/ice/spectra.csv", text: IceSpectra.table)
      try LocalFiles.writeAtomically(directory + "/ice/weather.csv", text: weather)
      for date in days.indices { try writeScene(date) }
      let documents = IceDocuments(grid: grid, days: days)
      try LocalFiles.writeAtomically(
        directory + "/ice.json", text: documents.config.text(pretty: true) + "\n")
      try LocalFiles.writeAtomically(
        directory + "/items.json", text: try documents.items().text(pretty: true) + "\n")
    } catch let error as GDALError {
      throw .raster(error)
    } catch let error as StorageError {
      throw .file(error)
    } catch let error as SimulationError {
      throw error
    } catch {
      throw .unusable("\(error)")
    }
    return directory + "/items.json"
  }

  // MARK: Rasters

  private var side: Int {
    var side = 512
    while side > 16, side * 2 > min(grid.width, grid.height) { side /= 2 }
    return side
  }

  /// Writes rasters row of tiles by row of tiles; `fill` gives the samples of one line of each.
  private func write<Sample: BitwiseCopyable>(
    _ paths: [String], _ type: SampleType, nodata: Double?, _ fill: (_ line: Int) -> [[Sample]]
  ) throws {
    var options = GeoTIFFWriter.Options(type: type, nodata: nodata, blockWidth: side, blockHeight: side)
    options.deflateLevel = 1
    let boxes = try paths.map { WriterBox(try GeoTIFFWriter(creating: $0, grid: grid, options: options)) }
    for first in stride(from: 0, to: grid.height, by: side) {
      let count = min(side, grid.height - first)
      var strips = paths.map { _ in [Sample]() }
      for line in first..<(first + count) {
        for (place, samples) in fill(line).enumerated() { strips[place] += samples }
      }
      let window = PixelWindow(column: 0, row: first, width: grid.width, height: count)
      for (box, strip) in zip(boxes, strips) {
        let result = strip.withUnsafeBytes { bytes in
          Result { () throws(GDALError) in
            try box.writer.write(window: window, from: bytes, rowStride: grid.width)
          }
        }
        try result.get()
      }
    }
    for box in boxes { try box.writer.finish() }
  }

  /// An array cannot hold writers, which are not copyable.
  private final class WriterBox {
    var writer: GeoTIFFWriter

    init(_ writer: consuming GeoTIFFWriter) { self.writer = writer }
  }

  private func writeLayers() throws {
    try write(["dem", "slope", "aspect"].map { "\(directory)/ice/\($0).tif" }, .float32, nodata: nil) {
      line -> [[Float]] in
      let ground = (0..<grid.width).map { world.ground(row: line, column: $0) }
      return [
        ground.map { Float($0.elevation) }, ground.map { Float($0.slope) }, ground.map { Float($0.aspect) },
      ]
    }
    let day = world.day(0)
    try write([directory + "/ice/ice_mask.tif"], .uint8, nodata: nil) { line -> [[UInt8]] in
      [world.row(line, of: day).isIce.map { $0 ? 1 : 0 }]
    }
  }

  private func writeScene(_ date: Int) throws {
    let folder = "\(directory)/\(IceDocuments.scene(days[date]))"
    try LocalFiles.createDirectory(folder)
    let day = world.day(date)
    try write(IceSpectra.bands.map { "\(folder)/\($0.name).tif" }, .uint16, nodata: 0) {
      line -> [[UInt16]] in
      let row = world.row(line, of: day)
      return IceSpectra.bands.indices.map { band in
        (0..<grid.width).map {
          world.stored(row, column: $0, line: line, band: band, of: day, offset: 0)
        }
      }
    }
    try write(["\(folder)/CLDPRB.tif"], .uint8, nodata: nil) { [world.row($0, of: day).cloud] }
    let truth = "\(directory)/truth/\(days[date])"
    try write(["\(truth)_class.tif"], .uint8, nodata: 0) { line -> [[UInt8]] in
      let row = world.row(line, of: day)
      return [
        (0..<grid.width).map { isClear(row, $0) ? UInt8(row.surface[$0]?.rawValue ?? 0) : 0 }
      ]
    }
    let names = ["density", "glacier_algae", "dust"]
    try write(names.map { "\(truth)_\($0).tif" }, .float32, nodata: .nan) { line -> [[Float]] in
      let row = world.row(line, of: day)
      let entries = (0..<grid.width).map { isClear(row, $0) ? row.entry[$0] : nil }
      return [
        entries.map { $0.map { Float(IceSpectra.densities[$0.density]) } ?? .nan },
        entries.map { $0.map { Float(IceSpectra.algae[$0.algae]) } ?? .nan },
        entries.map { $0.map { Float(IceSpectra.dusts[$0.dust]) } ?? .nan },
      ]
    }
  }

  private func isClear(_ row: IceWorld.Row, _ column: Int) -> Bool {
    row.isSeen[column] && row.isIce[column] && row.cloud[column] < 20
  }

  /// Every hour of the dates at a station at 1,020 m.
  private var weather: String {
    var lines = ["time,sw_in,vapour_pressure,air_temperature,wind"]
    for day in days {
      for hour in 0..<24 {
        let height = max(0, sin((Double(hour) - 4) / 20 * .pi))
        let wave = sin(Double(day.daysSince1970))
        let light = (600 * height * (0.8 + 0.2 * wave)).rounded()
        lines.append(
          "\(day)T\(hour < 10 ? "0" : "")\(hour):00:00Z,\(light),\((650 + 60 * wave).rounded()),"
            + "\(((2 + 3 * height + wave) * 100).rounded() / 100),\(((4 + wave) * 100).rounded() / 100)")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
