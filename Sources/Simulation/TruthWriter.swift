internal import GDAL
internal import Geo
internal import JSON
internal import Raster
internal import Storage
internal import Synchronization

/// Writes what a correct pipeline must find in the archive: figures, and rasters of a small area.
struct TruthWriter: Sendable {
  let directory: String
  let world: SimulatedWorld
  let plan: AcquisitionPlan
  let grid: Grid
  let options: SimulationOptions
  let tile: Int
  let threads: Int
  let seed: UInt64

  /// Areas up to this size get rasters.
  private static let rasterLimit = 4_000_000
  /// Rows in one piece of work.
  private static let partHeight = 32

  private var writesRasters: Bool {
    options.truth == .auto && grid.width * grid.height <= TruthWriter.rasterLimit
  }

  func write(
    firstScene: SceneSummary,
    progress: @escaping @Sendable (SimulationProgress) -> Void
  ) throws(SimulationError) {
    do {
      try LocalFiles.createDirectory(directory, intermediates: false)
    } catch {
      throw .file(error)
    }
    let starts = Array(stride(from: 0, to: grid.height, by: TruthWriter.partHeight))
    let total = starts.count + (writesRasters ? plan.days.count : 0)
    let parts = Mutex([Int: TruthPart]())
    let seasonal = writesRasters ? SeasonalRasters(count: grid.width * grid.height) : nil
    try WorkerThreads.run(jobs: starts.count, threads: threads) { number throws(SimulationError) in
      let rows = starts[number]..<min(starts[number] + TruthWriter.partHeight, grid.height)
      let part = figures(rows: rows, seasonal)
      parts.withLock {
        $0[number] = part
        progress(SimulationProgress(stage: .truth, done: $0.count, total: total))
      }
    }
    // Sums are added in the order of the rows, so that they do not depend on the threads.
    let all = parts.withLock { $0 }
    var whole = TruthPart(days: plan.days.count)
    for number in starts.indices { if let part = all[number] { whole.add(part) } }
    do {
      let text = figuresJSON(whole, firstScene).text(pretty: true) + "\n"
      try LocalFiles.writeAtomically(directory + "/truth.json", text: text)
    } catch {
      throw .file(error)
    }
    if let seasonal { try writeRasters(seasonal, partsDone: starts.count, total: total, progress) }
  }

  /// Goes through all days of some rows.
  private func figures(rows: Range<Int>, _ rasters: SeasonalRasters?) -> TruthPart {
    let width = grid.width
    var part = TruthPart(days: plan.days.count)
    var sums = [[Double]](repeating: [Double](repeating: 0, count: rows.count * width), count: 4)
    var counts = [[Int32]](repeating: [Int32](repeating: 0, count: rows.count * width), count: 4)
    var ndvi = [Double](repeating: 0, count: width)
    for (number, day) in plan.days.enumerated() {
      let fused = FusedDay(world: world, day: day, number: number)
      let season = Season(day.date).rawValue
      for (line, row) in rows.enumerated() {
        fused.ndvi(row: row, into: &ndvi)
        for column in 0..<width where !ndvi[column].isNaN {
          part.days[number].add(ndvi[column])
          sums[season][line * width + column] += ndvi[column]
          counts[season][line * width + column] += 1
        }
      }
    }
    for season in 0..<4 {
      for place in 0..<(rows.count * width) where counts[season][place] > 0 {
        part.seasons[season].add(sums[season][place] / Double(counts[season][place]))
        part.observations[season] += Int(counts[season][place])
      }
      rasters?.set(season: season, start: rows.lowerBound * width, sums[season], counts[season])
    }
    return part
  }

  private func figuresJSON(_ whole: TruthPart, _ firstScene: SceneSummary) -> JSONValue {
    let days = zip(plan.days, whole.days).map { day, figures -> JSONValue in
      [
        "date": .string(day.date.description),
        "season": .string(Season(day.date).label),
        "scenes": .array(
          day.scenes.map { scene in
            let raster = scene.footprint.raster
            return [
              "id": .string(scene.id), "datetime": .string(scene.instant.description),
              "column": .integer(raster.column), "row": .integer(raster.row),
              "width": .integer(raster.width), "height": .integer(raster.height),
            ]
          }
        ),
        "cloud_fraction": .number(day.cloudFraction),
        "pixels": .integer(grid.width * grid.height),
        "valid": .integer(figures.valid),
        "ndvi_mean": figures.mean,
      ]
    }
    let seasons = Season.allCases.map { season -> JSONValue in
      [
        "season": .string(season.label),
        "dates": .integer(plan.days.filter { Season($0.date) == season }.count),
        "observations": .integer(whole.observations[season.rawValue]),
        "pixels": .integer(whole.seasons[season.rawValue].valid),
        "ndvi_mean": whole.seasons[season.rawValue].mean,
      ]
    }
    let sums = zip(options.bands, firstScene.bandSums).map {
      (key: $0.rawValue, value: JSONValue.integer($1))
    }
    return [
      "about": """
      NDVI of scaled reflectance in double precision. A day fuses its scenes band by band, the first in time \
      that has a value. A pixel is valid unless qa_pixel marks fill, cloud, cloud shadow or water \
      (qa_pixel & 0x99 != 0). A season's mean is, per pixel, the mean of its valid days; ndvi_mean is the mean \
      of those over the pixels that have one.
      """,
      "seed": .string(String(seed)),
      "width": .integer(grid.width),
      "height": .integer(grid.height),
      "crs": "EPSG:32719",
      "transform": .array(grid.transform.gdal.map { .number($0) }),
      "bands": .array(options.bands.map { .string($0.rawValue) }),
      "first_scene_band_sums": .object(JSONObject(sums)),
      "dates": .array(days),
      "seasons": .array(seasons),
    ]
  }

  private func writeRasters(
    _ seasonal: SeasonalRasters,
    partsDone: Int,
    total: Int,
    _ progress: @escaping @Sendable (SimulationProgress) -> Void
  ) throws(SimulationError) {
    let done = Mutex(partsDone)
    do {
      for season in Season.allCases {
        let (means, counts) = seasonal.result(season: season.rawValue)
        let name = "\(directory)/ndvi_seasonal_mean_\(season.label)"
        try GeoTIFFWriter.write(means, to: name + ".tif", grid: grid, options: file(.float32, nodata: .nan))
        try GeoTIFFWriter.write(counts, to: name + "_count.tif", grid: grid, options: file(.int32))
      }
    } catch {
      throw .raster(error)
    }
    try WorkerThreads.run(jobs: plan.days.count, threads: threads) { number throws(SimulationError) in
      let day = plan.days[number]
      let fused = FusedDay(world: world, day: day, number: number)
      var ndvi = [Double](repeating: 0, count: grid.width)
      var samples: [Float] = []
      samples.reserveCapacity(grid.width * grid.height)
      for row in 0..<grid.height {
        fused.ndvi(row: row, into: &ndvi)
        samples += ndvi.lazy.map { Float($0) }
      }
      do throws(GDALError) {
        try GeoTIFFWriter.write(
          samples,
          to: "\(directory)/ndvi_\(day.date).tif",
          grid: grid,
          options: file(.float32, nodata: .nan)
        )
      } catch {
        throw .raster(error)
      }
      done.withLock {
        $0 += 1
        progress(SimulationProgress(stage: .truth, done: $0, total: total))
      }
    }
  }

  private func file(_ type: SampleType, nodata: Double? = nil) -> GeoTIFFWriter.Options {
    .init(type: type, nodata: nodata, blockWidth: tile, blockHeight: tile)
  }
}

/// Seasonal sums of a small area, filled by several threads.
private final class SeasonalRasters: Sendable {
  private struct Content {
    var sums: [[Double]]
    var counts: [[Int32]]
  }

  private let content: Mutex<Content>

  init(count: Int) {
    content = Mutex(
      Content(
        sums: [[Double]](repeating: [Double](repeating: 0, count: count), count: 4),
        counts: [[Int32]](repeating: [Int32](repeating: 0, count: count), count: 4)
      )
    )
  }

  func set(season: Int, start: Int, _ sums: [Double], _ counts: [Int32]) {
    content.withLock {
      $0.sums[season].replaceSubrange(start..<(start + sums.count), with: sums)
      $0.counts[season].replaceSubrange(start..<(start + counts.count), with: counts)
    }
  }

  /// Means, NaN where there is no observation, and the number of observations.
  func result(season: Int) -> (means: [Float], counts: [Int32]) {
    content.withLock { content in
      let counts = content.counts[season]
      let means = zip(content.sums[season], counts).map { $1 == 0 ? Float.nan : Float($0 / Double($1)) }
      return (means, counts)
    }
  }
}
