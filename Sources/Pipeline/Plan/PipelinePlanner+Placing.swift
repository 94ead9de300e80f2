import Catalog
import Engine
import GDAL
import Geo
import JSON
import Modules
import Raster
import Storage

extension PipelinePlanner {
  /// A scene with each of its bands found, or not.
  struct LocatedScene {
    let scene: Scene
    let bands: [Result<SceneGeometry.Band, CellFailure>]

    /// Why the first of its bands that lies nowhere does.
    var failure: CellFailure? {
      for band in bands {
        do { _ = try band.get().grid.get() } catch { return error }
      }
      return nil
    }

    /// The grids of its rasters, finest first: those of measurements, or of quality layers where there is nothing else.
    func grids(_ requests: [BandRequest]) -> [Grid] {
      let known = zip(requests, bands).compactMap { request, band in
        (try? band.get().grid.get()).map { (isQuality: request.isQuality, grid: $0) }
      }
      let measured = known.filter { !$0.isQuality }
      return (measured.isEmpty ? known : measured).map(\.grid).enumerated().sorted {
        let (one, other) = ($0.element.transform.pixelArea, $1.element.transform.pixelArea)
        // Sorting is stable this way: pixels as good as equal stay in order.
        return abs(one / other - 1) > 1e-6 ? one < other : $0.offset < $1.offset
      }.map(\.element)
    }
  }

  /// A band that is read as bits or classes can only be taken over pixel by pixel.
  static func checkResampling(_ download: Download, _ program: Program, sequence: String) throws {
    for band in program.bands where band.isQuality {
      guard let wanted = download.statedResampling(of: band.name), wanted != .nearest else { continue }
      throw PlanError(
        "sequence \"\(sequence)\": \"resampling\" asks for \"\(wanted.rawValue)\" of \"\(band.name)\", which is "
          + "read as a quality layer: its bits and classes cannot be averaged; use \"nearest\"",
        isConfigMistake: true)
    }
  }

  /// Lays the bands of a scene on the grid.
  func place(
    _ entry: LocatedScene, program: Program, _ download: Download, _ placer: BandPlacer
  ) -> TimeStepScene {
    if entry.scene.isSwath { return SwathPlacement(download, program).place(entry, placer.swaths) }
    var extent: PixelWindow?
    let bands = zip(program.bands, entry.bands).map { request, located -> BandSource in
      do {
        let band = try located.get()
        let raster = try band.grid.get()
        let subject =
          "scene \"\(entry.scene.id)\", band \"\(request.name)\" (\(Secrets.hidden(in: band.asset.href)))"
        // Bits and classes cannot be averaged.
        let resampling = request.isQuality ? .nearest : download.resampling(of: request.name)
        switch placer.place(raster, resampling: resampling, isQuality: request.isQuality) {
        case .failure(let obstacle): return .unavailable(reason: "\(subject): \(obstacle)")
        case .success(let placement):
          extent = extent?.union(placement.window) ?? placement.window
          var warp: BandWarp?
          if case .warp(_, let needed) = placement { warp = needed }
          return .file(
            BandFile(
              scene: entry.scene.id, band: request.name, path: band.location, number: band.number,
              isNumberStated: band.isNumberStated,
              time: entry.scene.datetime, level: request.level, variables: band.variables,
              encoding: band.encoding,
              fallback: band.fallback,
              placement: placement.window, warp: warp))
        }
      } catch {
        return .unavailable(reason: "\(error)")
      }
    }
    return TimeStepScene(id: entry.scene.id, placement: extent, bands: bands)
  }

  /// Has all rasters of a band mark their missing pixels alike where one of them is resampled.
  static func marked(_ timeSteps: [TimeStep]) -> [TimeStep] {
    let files = timeSteps.flatMap(\.scenes).flatMap(\.bands).compactMap(\.file)
    let marked = Set(files.filter(\.marksMissing).map(\.band))
    guard !marked.isEmpty else { return timeSteps }
    return timeSteps.map { timeStep in
      let scenes = timeStep.scenes.map { scene in
        let bands = scene.bands.map { source -> BandSource in
          guard var file = source.file, marked.contains(file.band) else { return source }
          file.marksMissing = true
          return .file(file)
        }
        return TimeStepScene(id: scene.id, placement: scene.placement, bands: bands)
      }
      return timeStep.replacing(scenes: scenes)
    }
  }

  static func locate(
    _ request: BandRequest, _ scene: Scene, _ geometry: inout SceneGeometry
  ) -> Result<SceneGeometry.Band, CellFailure> {
    do throws(CellFailure) {
      return .success(try geometry.band(request, of: scene))
    } catch {
      return .failure(error)
    }
  }

  static func grouping(of download: Download) throws -> SceneGrouping {
    guard let grouping = SceneGrouping(rawValue: download.grouping.rawValue) else {
      throw PlanError("unknown \"group_by\": \"\(download.grouping.rawValue)\"", isConfigMistake: true)
    }
    return grouping
  }

  /// The grid, and the scenes whose day is one of the config's dates: for solar days the search takes in more.
  ///
  /// The grid may be that of the scenes, and decides about their solar days: what does not belong to the dates is left
  /// out until both agree.
  func cut(
    _ located: [LocatedScene], program: Program, _ download: Download, sequence: String
  ) throws -> (scenes: [LocatedScene], grid: Grid) {
    let grouping = try Self.grouping(of: download)
    var kept = located
    while true {
      let sources = kept.flatMap { $0.grids(program.bands) }
      let area = try SwathPlacement.area(config.area, of: kept.map(\.scene))
      let grid = try GridPlanner(area: area, keepsTurn: kept.contains(where: \.scene.isSwath)).grid(
        sources: sources,
        reason: program.bands.isEmpty
          ? "nothing that is computed reads a band of theirs"
          : kept.lazy.compactMap(\.failure).first.map { "the first of them: \($0)" })
      guard grouping.isSolar, let dates = config.dates else { return (kept, grid) }
      let middle = Self.middleLongitude(of: grid)
      let longitude = Self.dayLongitude(grouping, middle)
      let inside = kept.filter { grouping.isOn(dates, $0.scene, longitude: longitude, placeless: middle) }
      if inside.count == kept.count { return (kept, grid) }
      guard !inside.isEmpty else {
        throw PlanError(
          "sequence \"\(sequence)\": no scene's solar day is from \(dates.lowerBound) to \(dates.upperBound): the "
            + "\(kept.count) scenes within hours of them belong to other days (\"group_by\": \"utc_day\" counts "
            + "days in UTC)")
      }
      kept = inside
    }
  }

  /// The longitude that solar days are counted at: odc-stac takes the middle of the grid, so that the scenes of a pass
  /// stay together; datacube-core the middle of each scene (nil).
  private static func dayLongitude(_ grouping: SceneGrouping, _ middle: Double?) -> Double? {
    grouping == .solarDay ? middle : nil
  }

  /// Groups scenes into dates, and drops those that do not touch the grid.
  func timeSteps(
    _ located: [LocatedScene], program: Program, grid: Grid, _ download: Download, _ sequence: String,
    _ notes: inout [String]
  ) throws -> [TimeStep] {
    let grouping = try Self.grouping(of: download)
    var outside = 0
    var places: [Scene: TimeStepScene] = [:]
    let placer = BandPlacer(grid: grid)
    for entry in located {
      let scene = place(entry, program: program, download, placer)
      if let window = scene.placement, window.intersection(grid.window) == nil {
        outside += 1
      } else {
        places[entry.scene] = scene
      }
    }
    if outside > 0 {
      notes.append("sequence \"\(sequence)\": \(outside) of \(located.count) scenes lie outside the area")
    }
    let inside = located.map(\.scene).filter { places[$0] != nil }
    guard !inside.isEmpty else {
      throw PlanError(
        "sequence \"\(sequence)\": none of the \(located.count) scenes touches the area \(grid.bounds.array) "
          + "(\(grid.crs.name)): check the area's coordinates")
    }
    let middle = Self.middleLongitude(of: grid)
    let longitude = Self.dayLongitude(grouping, middle)
    return SwathPlacement.grouped(
      Self.marked(
        grouping.group(inside, longitude: longitude, placeless: middle).map { group in
          TimeStep(
            date: group.date, time: group.time, label: group.label,
            scenes: group.scenes.compactMap { places[$0] },
            sunElevation: Self.sunElevation(over: group.scenes))
        }), by: download.swathFuse)
  }

  /// The mean of what scenes say; nil where one says nothing.
  private static func sunElevation(over scenes: [Scene]) -> Double? {
    let known = scenes.compactMap { $0.properties["view:sun_elevation"]?.double }
    guard known.count == scenes.count, !known.isEmpty else { return nil }
    return known.reduce(0, +) / Double(known.count)
  }

  /// The longitude of the grid's middle, -180 to 180; nil where it has none.
  private static func middleLongitude(of grid: Grid) -> Double? {
    var x = [(grid.bounds.minX + grid.bounds.maxX) / 2]
    var y = [(grid.bounds.minY + grid.bounds.maxY) / 2]
    do {
      try SpatialReference.transform(x: &x, y: &y, from: grid.crs, to: SpatialReference.parse("EPSG:4326"))
    } catch {
      return nil
    }
    guard x[0].isFinite, abs(x[0]) <= 720 else { return nil }
    return x[0] > 180 ? x[0] - 360 : x[0]
  }
}
