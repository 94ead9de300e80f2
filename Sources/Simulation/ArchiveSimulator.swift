internal import GDAL
public import Geo
internal import JSON
internal import Raster
internal import Storage
internal import Synchronization

/// Makes an archive that looks like Landsat 8 Collection 2: scenes, a STAC description and the known truth.
///
/// The archive is a function of its size, seed and options: the same ones give the same bytes, whatever the
/// number of threads.
public struct ArchiveSimulator: Sendable {
  public let directory: String
  /// The grid of the whole area, EPSG:32719 at 30 m with USGS' pixel phase (15 m modulo 30 m).
  public let grid: Grid
  private let options: SimulationOptions
  private let plan: AcquisitionPlan
  private let seed: UInt64

  /// Checks what is asked for; writes nothing.
  ///
  /// - Parameters:
  ///   - directory: where the archive goes: a new or empty folder.
  ///   - dates: how many days with scenes, at least 1.
  ///   - width: columns of the area, 16...100 000.
  ///   - height: rows of the area, 16...100 000.
  ///   - seed: draws everything that looks like chance.
  ///   - options: what else the archive has.
  public init(
    directory: String,
    dates: Int,
    width: Int,
    height: Int,
    seed: UInt64 = 1,
    options: SimulationOptions = SimulationOptions()
  ) throws(SimulationError) {
    guard (1...10_000).contains(dates) else {
      throw .unusable("\(dates) dates make no archive: ask for 1 to 10000")
    }
    guard (16...100_000).contains(width), (16...100_000).contains(height) else {
      throw .unusable("an area of \(width)x\(height) pixels makes no archive: sides are 16 to 100000 pixels")
    }
    guard !options.bands.isEmpty else {
      throw .unusable("an archive without bands is empty: name at least one")
    }
    guard Set(options.bands).count == options.bands.count else {
      throw .unusable("a band is named twice: name each once")
    }
    guard options.start <= options.end else {
      throw .unusable("the archive would end on \(options.end), before it begins on \(options.start)")
    }
    if let tile = options.tile, tile < 16 || tile % 16 != 0 || tile > 16_384 {
      throw .unusable("tiles of \(tile) pixels cannot be written: TIFF wants multiples of 16, at most 16384")
    }
    guard (1...9).contains(options.deflateLevel) else {
      throw .unusable("deflate level \(options.deflateLevel) is not one of 1 (fast) to 9 (small)")
    }
    self.directory = directory
    self.options = options
    self.seed = seed
    plan = AcquisitionPlan(dates: dates, width: width, height: height, seed: seed, options: options)
    do {
      grid = Grid(
        crs: try SpatialReference.parse("EPSG:32719"),
        transform: AffineTransform(
          originX: 299_715,
          originY: 6_104_115,
          pixelWidth: 30,
          pixelHeight: -30
        ),
        width: width,
        height: height
      )
    } catch {
      throw .raster(error)
    }
  }

  /// Writes the archive.
  ///
  /// `items.json` comes last, so that a folder that has it is complete.
  ///
  /// - Parameter progress: called after each piece of work, one call at a time, on any thread.
  /// - Throws: when the folder is not empty or cannot be written.
  public func write(
    progress: @escaping @Sendable (SimulationProgress) -> Void = { _ in }
  ) throws(SimulationError) -> SimulationReport {
    try prepareDirectory()
    let world = SimulatedWorld(
      seed: seed, width: grid.width, height: grid.height, pattern: options.pattern)
    let writer = SceneWriter(
      directory: directory,
      world: world,
      grid: grid,
      bands: options.bands,
      tile: tile,
      deflateLevel: options.deflateLevel
    )
    let scenes = plan.scenes
    let days = plan.days
    let summaries = Mutex([Int: SceneSummary]())
    try WorkerThreads.run(jobs: scenes.count, threads: threads) { (number) throws(SimulationError) in
      let scene = scenes[number]
      let summary = try writer.write(scene, of: days[scene.day])
      summaries.withLock {
        $0[number] = summary
        progress(SimulationProgress(stage: .scenes, done: $0.count, total: scenes.count))
      }
    }
    let written = summaries.withLock { $0 }
    let ordered = scenes.indices.map { written[$0] ?? SceneSummary() }
    if options.truth != .none {
      try TruthWriter(
        directory: directory + "/truth",
        world: world,
        plan: plan,
        grid: grid,
        options: options,
        tile: tile,
        threads: threads,
        seed: seed
      ).write(firstScene: ordered.first ?? SceneSummary(), progress: progress)
    }
    if options.weather {
      try WeatherWriter(grid: grid, seed: seed, days: options.start...options.end)
        .write(to: directory + "/" + WeatherWriter.name)
    }
    do {
      let stac = StacWriter(grid: grid, bands: options.bands)
      try LocalFiles.writeAtomically(
        directory + "/collection.json",
        text: stac.collection(plan).text(pretty: true) + "\n"
      )
      try LocalFiles.writeAtomically(
        directory + "/items.json",
        text: try stac.items(scenes, ordered).text(pretty: true) + "\n"
      )
    } catch let error as GDALError {
      throw .raster(error)
    } catch let error as StorageError {
      throw .file(error)
    } catch {
      throw .unusable("\(error)")
    }
    return SimulationReport(
      items: directory + "/items.json",
      dates: days.count,
      scenes: scenes.count,
      files: scenes.count * options.bands.count,
      bytes: ordered.reduce(0) { $0 + $1.bytes }
    )
  }

  private func prepareDirectory() throws(SimulationError) {
    do {
      try LocalFiles.createDirectory(directory)
      guard try LocalFiles.list(directory).isEmpty else {
        throw SimulationError.unusable("\(directory) is not empty: choose a new folder, or empty this one")
      }
    } catch let error as StorageError {
      throw .file(error)
    } catch let error as SimulationError {
      throw error
    } catch {
      throw .unusable("\(error)")
    }
    guard LocalFiles.isWritableDirectory(directory) else {
      throw .unusable("\(directory) cannot be written to: choose another folder")
    }
  }

  private var threads: Int { options.threads > 0 ? options.threads : WorkerThreads.processors }

  /// 512, or in a small area the power of two that gives several tiles a side.
  private var tile: Int {
    if let tile = options.tile { return tile }
    var tile = 512
    while tile > 16, tile * 2 > min(grid.width, grid.height) { tile /= 2 }
    return tile
  }
}

/// How far an archive has come.
public struct SimulationProgress: Hashable, Sendable {
  public enum Stage: String, Hashable, Sendable {
    /// Files of scenes, counted in scenes.
    case scenes
    /// Expected results, counted in parts of the area.
    case truth
  }

  public var stage: Stage
  public var done: Int
  public var total: Int
}

/// What was written.
public struct SimulationReport: Hashable, Sendable {
  /// The path of the STAC ItemCollection, the archive's entry.
  public var items: String
  public var dates: Int
  public var scenes: Int
  /// Files of scenes.
  public var files: Int
  /// Size of those files.
  public var bytes: Int
}
