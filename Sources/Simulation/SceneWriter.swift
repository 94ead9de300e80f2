internal import GDAL
internal import Geo
internal import Raster
internal import Storage

/// What a written scene holds.
struct SceneSummary: Sendable {
  /// Pixels with data, and those of them under cloud.
  var dataPixels = 0
  var cloudPixels = 0
  /// The sum of all stored numbers of each band, fill included, in the order of the bands written.
  var bandSums: [Int] = []
  var bytes = 0

  /// Percent of the data under cloud, as `eo:cloud_cover` has it.
  var cloudCover: Double {
    dataPixels == 0 ? 0 : Double(cloudPixels * 10_000 / dataPixels) / 100
  }
}

/// Writes the files of one scene, one row of tiles at a time.
struct SceneWriter: Sendable {
  let directory: String
  let world: SimulatedWorld
  let grid: Grid
  let bands: [SimulatedBand]
  let tile: Int
  let deflateLevel: Int

  func path(_ scene: SimulatedScene, _ band: SimulatedBand) -> String {
    directory + "/" + SceneWriter.relativePath(scene, band)
  }

  static func relativePath(_ scene: SimulatedScene, _ band: SimulatedBand) -> String {
    "\(scene.id)/\(scene.id)_\(band.title).tif"
  }

  func write(_ scene: SimulatedScene, of day: SimulatedDay) throws(SimulationError) -> SceneSummary {
    do {
      try LocalFiles.createDirectory(directory + "/" + scene.id, intermediates: false)
    } catch {
      throw .file(error)
    }
    let raster = scene.footprint.raster
    // The quality band is rendered even where it is not written: cloud cover is counted on it.
    let rendered = bands.contains(.quality) ? bands : bands + [.quality]
    let renderer = SceneRenderer(
      world: world,
      day: day,
      scene: scene,
      sky: world.sky(of: day, number: scene.day),
      bands: rendered
    )
    do {
      let files = try BandFiles(bands.map { path(scene, $0) }, grid: grid.part(raster), bands, self)
      let strip = BandSamples(bands: rendered.count, capacity: raster.width * min(tile, raster.height))
      var summary = SceneSummary(bandSums: bands.map { _ in 0 })
      for first in stride(from: 0, to: raster.height, by: tile) {
        let count = min(tile, raster.height - first)
        for line in 0..<count {
          renderer.render(row: raster.row + first + line, into: strip.pointers(at: line * raster.width))
        }
        summarise(strip, samples: count * raster.width, &summary)
        let window = PixelWindow(column: 0, row: first, width: raster.width, height: count)
        try files.write(strip, window)
      }
      try files.finish()
      for band in bands { summary.bytes += (try? LocalFiles.size(path(scene, band))) ?? 0 }
      return summary
    } catch {
      throw .raster(error)
    }
  }

  private func summarise(_ strip: BandSamples, samples: Int, _ summary: inout SceneSummary) {
    for band in bands.indices {
      var sum: UInt64 = 0
      for place in 0..<samples { sum &+= UInt64(strip.bands[band][place]) }
      summary.bandSums[band] += Int(sum)
    }
    let quality = strip.bands[bands.firstIndex(of: .quality) ?? bands.count]
    var fill = 0
    var cloud = 0
    for place in 0..<samples {
      fill &+= Int(quality[place] & 1)
      cloud &+= Int(quality[place] >> 3 & 1)
    }
    summary.dataPixels += samples - fill
    summary.cloudPixels += cloud
  }
}

/// The open files of a scene.
private struct BandFiles {
  private var writers: [WriterBox]

  /// An array cannot hold writers, which are not copyable.
  private final class WriterBox {
    var writer: GeoTIFFWriter

    init(_ writer: consuming GeoTIFFWriter) {
      self.writer = writer
    }
  }

  init(_ paths: [String], grid: Grid, _ bands: [SimulatedBand], _ scene: SceneWriter) throws(GDALError) {
    writers = []
    for (path, band) in zip(paths, bands) {
      let writer = try GeoTIFFWriter(
        creating: path,
        grid: grid,
        options: .init(
          type: .uint16,
          nodata: Double(band.nodata),
          blockWidth: scene.tile,
          blockHeight: scene.tile,
          deflateLevel: scene.deflateLevel
        )
      )
      writers.append(WriterBox(writer))
    }
  }

  func write(_ strip: BandSamples, _ window: PixelWindow) throws(GDALError) {
    for (box, samples) in zip(writers, strip.bands) {
      let bytes = UnsafeRawBufferPointer(start: samples, count: window.count * MemoryLayout<UInt16>.stride)
      try box.writer.write(window: window, from: bytes, rowStride: window.width)
    }
  }

  func finish() throws(GDALError) {
    for box in writers { try box.writer.finish() }
  }
}
