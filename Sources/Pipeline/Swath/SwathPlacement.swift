internal import Catalog
internal import Engine
internal import GDAL
internal import Geo
internal import Granules
internal import JSON
internal import Modules
internal import NetCDF
internal import Raster
internal import Storage
internal import Swath
internal import Synchronization

/// Lays granules on a cube's grid.
struct SwathPlacement {
  private let download: Download
  private let program: Program

  init(_ download: Download, _ program: Program) {
    (self.download, self.program) = (download, program)
  }

  /// Opens the granules among scenes, several at once: a run that is continued has not seen them yet.
  static func prepare(_ scenes: [Scene], _ download: Download, sequence: String) async throws {
    let swaths = scenes.filter(\.isSwath)
    let paths = swaths.compactMap { $0.assets.first?.location }
    guard !download.areCopiesStated || swaths.contains(where: { GranuleFetch.source(of: $0) != nil }) else {
      throw PlanError(
        "sequence \"\(sequence)\": \"copies\" is for granules from servers, and there are none: leave it out",
        isConfigMistake: true)
    }
    if paths.isEmpty {
      guard download.fuse != .nearest else {
        throw PlanError(
          "sequence \"\(sequence)\": \"fuse\": \"nearest\" is for granules with their own longitude and latitude, and "
            + "the scenes are rasters: use \"first\", \"last\", \"best\" or \"mean\"", isConfigMistake: true)
      }
      return
    }
    let fetch = GranuleFetch(download)
    for scene in swaths { fetch.add(scene) }
    let waiting = Mutex(paths[...])
    try await BlockingWork.run(workers: max(1, min(Machine.cores, paths.count))) {
      while let path = waiting.withLock({ $0.popFirst() }) {
        try Task.checkCancellation()
        // What is wrong with one is said where it is placed.
        _ = try? OpenGranules.shared.survey(download.granuleKey(path))
      }
    }
  }

  /// An area whose resolution is that of granules where the config leaves it open.
  static func area(_ area: Area, of scenes: [Scene]) throws -> Area {
    guard let spacing = scenes.lazy.compactMap({ $0.properties[GranuleItem.key]?["spacing"]?.double }).first
    else {
      return area
    }
    func filled(_ target: GridTarget) throws -> GridTarget {
      guard target.resolution == nil, let crs = target.crs, let reference = try? SpatialReference.parse(crs),
        !reference.isGeographic, let metres = SpatialReference.metresPerUnit(reference), metres > 0
      else { return target }
      var target = target
      let size = (spacing / metres).rounded(.down)
      target.resolution = GridTarget.Resolution(x: max(size, 1), y: max(size, 1))
      return target
    }
    switch area {
    case .native, .like: return area
    case .box(let box, let crs, let target): return .box(box, crs: crs, target: try filled(target))
    case .around(let longitude, let latitude, let buffer, let target):
      return .around(longitude: longitude, latitude: latitude, buffer: buffer, target: try filled(target))
    case .geometry(let polygons, let target): return .geometry(polygons, target: try filled(target))
    }
  }

  /// Lays the bands of a granule on the grid.
  func place(_ entry: PipelinePlanner.LocatedScene, _ placer: SwathPlacer) -> TimeStepScene {
    func unavailable(_ reason: String) -> TimeStepScene {
      TimeStepScene(
        id: entry.scene.id, placement: nil, bands: program.bands.map { _ in .unavailable(reason: reason) })
    }
    guard let path = entry.scene.assets.first?.location else {
      return unavailable("scene \"\(entry.scene.id)\" has no file")
    }
    let key = download.granuleKey(path)
    let (window, pixels): (PixelWindow?, Int)
    do {
      let survey = try OpenGranules.shared.survey(key)
      let regridding = download.swathRegridding
      window = try placer.window(survey.reaching(regridding.radius, for: regridding.method))
      pixels = survey.lines * survey.columns
    } catch {
      return unavailable("scene \"\(entry.scene.id)\": \(Secrets.hidden(in: "\(error)"))")
    }
    // A window beyond the grid says that the granule lies elsewhere.
    let placement = window ?? PixelWindow(column: -1, row: -1, width: 1, height: 1)
    let isMoved = download.swathRegridding.method != .nearest
    let bands = zip(program.bands, entry.bands).enumerated().map { index, pair -> BandSource in
      let (request, located) = pair
      do {
        let band = try located.get()
        return .file(
          BandFile(
            scene: entry.scene.id, band: request.name, path: path, number: 1, time: entry.scene.datetime,
            variables: request.granuleNames, encoding: band.encoding, fallback: SampleEncoding(),
            placement: placement,
            swath: BandSwath(
              regridding: download.swathRegridding, bands: key.bands, isQuality: request.isQuality,
              isMaskOnly: isMoved && request.isQuality && program.fewestMasks[index] == nil,
              isWeight: request.isWeight, test: request.swathTest, masks: request.swathMasks,
              bytes: pixels * size(of: request, in: entry.scene), positionBytes: pixels * 8, group: [path])))
      } catch {
        return .unavailable(reason: "\(error)")
      }
    }
    return TimeStepScene(id: entry.scene.id, placement: placement, bands: bands)
  }

  /// Bytes of a number of a band in a granule's file.
  private func size(of request: BandRequest, in scene: Scene) -> Int {
    GranuleItem.size(ofType: scene.document["assets"]?[request.name]?[GranuleItem.typeKey]?.string ?? "")
  }

  /// Has the granules of each date taken together as one swath, where they are fused so.
  static func grouped(_ timeSteps: [TimeStep], by fuse: FuseRule) -> [TimeStep] {
    guard fuse == .nearest else { return timeSteps }
    return timeSteps.map { timeStep in
      var paths: [String] = []
      var whole: PixelWindow?
      for scene in timeStep.scenes {
        for case .file(let file) in scene.bands where file.swath != nil && !paths.contains(file.path) {
          paths.append(file.path)
          whole = whole?.union(file.placement) ?? file.placement
        }
      }
      guard paths.count > 1, let whole else { return timeStep }
      let scenes = timeStep.scenes.map { scene in
        let bands = scene.bands.map { source -> BandSource in
          guard var file = source.file, file.swath != nil else { return source }
          // All are looked at over the same part of the grid, so that pixels are found once.
          file.placement = whole
          file.swath?.group = paths
          return .file(file)
        }
        return TimeStepScene(id: scene.id, placement: scene.placement.map { _ in whole }, bands: bands)
      }
      return timeStep.replacing(scenes: scenes)
    }
  }
}

/// What granules take in memory while they are brought onto a grid.
struct SwathMemory {
  /// For the granules that are kept open, and their surveys.
  private let kept: Int
  /// For each worker, whatever the chunk.
  private let perWorker: Int
  /// For each pixel of a worker's chunk.
  private let perPixel: Int

  /// Nil where no scene is a granule.
  init?(_ scenes: [Scene], _ timeSteps: [TimeStep], grid: Grid) {
    guard scenes.contains(where: \.isSwath) else { return nil }
    var (most, kept) = (0, 0)
    for timeStep in timeSteps {
      for scene in timeStep.scenes {
        for case .file(let file) in scene.bands {
          guard let swath = file.swath else { continue }
          let key = OpenGranules.Key(
            path: file.path, bands: swath.bands,
            wishes: Granule.Wishes(longitude: swath.regridding.longitude, latitude: swath.regridding.latitude)
          )
          guard let opened = try? OpenGranules.shared.granule(key) else { continue }
          most = max(most, Self.bytes(opened, names: file.variables))
          kept = max(kept, opened.bytes)
        }
      }
      // Granules of one product are alike.
      if most > 0 { break }
    }
    let count = scenes.count { $0.isSwath }
    self.kept =
      min(count * kept, OpenGranules.mostBytes) + min(count * kept / 2, OpenGranules.mostSurveyBytes)
    perWorker = most + SwathNearest.stripBytes
    perPixel =
      2 * NearestPixels.bytesPerCell + CellSums.bytesPerCell + BilinearPlaces.bytesPerCell
      + (SwathGrid.isGeographic(grid) ? 0 : 2 * TargetCells.bytesPerProjectedCell)
  }

  private static func bytes(_ opened: OpenGranules.Opened, names: [String]) -> Int {
    let strip = SwathSurvey.block * opened.granule.columns * (SwathStrip.bytesPerPixel + 16)
    let values = (try? opened.band(names)).map { $0.band.reader($0.array).memory } ?? 0
    let survey = SwathSurveyor.bytes(lines: opened.granule.lines, columns: opened.granule.columns)
    return strip + opened.granule.positions().memory + values + survey
  }

  func bytes(chunkPixels: Int, workers: Int) -> Int {
    kept + workers * (perWorker + perPixel * chunkPixels)
  }
}
