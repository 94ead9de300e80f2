internal import Geo
internal import Raster

/// Fuses the scenes of a date by `best` or `mean`: masks judge each scene, and what they keep counts.
///
/// A scene's level at a pixel is the number of the sequence's masks, from the first on, that keep it there: what is
/// read after n masks is visible from level n on. The date has the highest level of its scenes, and only scenes of
/// that level take part. So a pixel's result depends on nothing but the scenes at that pixel (and, where a mask
/// dilates, around it in the same scene).
///
/// Scenes are gone through once, in order of time, each read by itself: what is held does not grow with their
/// number. One a worker.
final class SceneFuser {
  private let program: Program
  private let loader: BandLoader
  private let gridWindow: PixelWindow
  /// The bands that somebody reads after n masks, and n.
  private let bands: [(index: Int, level: Int)]

  private let quality = LoadedBand()
  private let loaded = LoadedBand()
  private let scratch = SamplePlane()
  private let maskPlane = SamplePlane()
  private let reportPlane = SamplePlane()
  /// What the present scene gives, counted like `bands`: Float, NaN where it has nothing.
  private let scene: [SamplePlane]
  /// How its numbers become physical values, for `mean`.
  private var scales: [(scale: Double, offset: Double)]
  /// 1 where nobody looks at the present scene.
  private let unwanted = SamplePlane()
  private let sums: [DoublePlane]
  /// One more than a level; 0 where no scene lies.
  private var sceneRanks: [UInt8] = []
  private var ranks: [UInt8] = []
  /// For `best`: how many bands are valid in what was chosen.
  private var valid: [UInt16] = []

  init(program: Program, loader: BandLoader, gridWindow: PixelWindow) {
    self.program = program
    self.loader = loader
    self.gridWindow = gridWindow
    bands = program.bands.indices.compactMap { band in program.lowestLevel[band].map { (band, $0) } }
    scene = bands.map { _ in SamplePlane() }
    scales = bands.map { _ in (1, 0) }
    sums = program.fuse == .mean ? bands.map { _ in DoublePlane() } : []
  }

  /// Fuses a window.
  ///
  /// - Parameters:
  ///   - scenes: those that lie in the window, in order of time; the first is the first of `slice` that does.
  ///   - slice: all scenes of the date, which decide together in which form values are kept: results must not depend
  ///     on which of them a chunk happens to touch.
  ///   - fused: gets every band that somebody reads, counted like the program's bands.
  ///   - rejected: gets what the first n masks reject together, n counted from 1.
  ///   - reports: gets, for masks that are saved (n counted from 1), 0 kept, 1 rejected, 255 not known.
  /// - Returns: for each level whether any pixel is kept.
  func fuse(
    _ scenes: [SliceScene], of slice: [SliceScene], window: PixelWindow, into fused: [LoadedBand],
    rejected: [SamplePlane], reports: [SamplePlane], savedMasks: Set<Int>, reading times: inout StageTimes
  ) throws -> [Bool] {
    begin(window, fused, reports, savedMasks)
    for scene in scenes {
      try times.measure(\.read) { try judge(scene, window, reports: savedMasks) }
      if let highest = sceneRanks.max(), highest > 0 {
        try times.measure(\.read) { try load(scene, slice, window, fused) }
      }
      takeIn(fused, reports, savedMasks)
    }
    finish(window, fused)
    var keeps = [true]
    for (index, plane) in rejected.enumerated() {
      plane.reshape(type: .uint8, width: window.width, height: window.height)
      let samples = plane.samples(as: UInt8.self)
      // Level n is rank n + 1.
      for pixel in ranks.indices { samples[pixel] = Int(ranks[pixel]) > index + 1 ? 0 : 1 }
      keeps.append(samples.contains(0))
    }
    return keeps
  }

  private func begin(
    _ window: PixelWindow, _ fused: [LoadedBand], _ reports: [SamplePlane], _ savedMasks: Set<Int>
  ) {
    ranks = Array(repeating: 0, count: window.count)
    valid = Array(repeating: 0, count: window.count)
    for (place, band) in bands.enumerated() {
      let target = fused[band.index]
      target.hasUncovered = false
      target.plane.reshape(type: .float32, width: window.width, height: window.height)
      target.plane.fill(.nan)
      // Unknown until the first scene is read.
      target.format = BandFormat(type: .float32, nodata: .nan, scale: 0, offset: 0)
      if program.fuse == .mean { sums[place].clear(count: window.count) }
    }
    for mask in savedMasks {
      reports[mask - 1].reshape(type: .uint8, width: window.width, height: window.height)
      reports[mask - 1].fill(Double(MaskPlanes.unknown))
    }
  }

  // MARK: One scene

  /// What the masks reported of the present scene, for those that are saved.
  private var sceneReports: [Int: [UInt8]] = [:]

  /// Finds the present scene's level at each pixel.
  private func judge(_ scene: SliceScene, _ window: PixelWindow, reports savedMasks: Set<Int>) throws {
    sceneRanks = Array(repeating: 0, count: window.count)
    let part = (scene.placement?.intersection(window) ?? window)
      .offset(columns: -window.column, rows: -window.row)
    for row in part.row..<part.endRow {
      for column in part.column..<part.endColumn { sceneRanks[row * window.width + column] = 1 }
    }
    for (index, mask) in program.masks.enumerated() {
      let isSaved = savedMasks.contains(index + 1)
      // What all masks before have rejected no later one can bring back.
      let rank = UInt8(truncatingIfNeeded: index + 1)
      guard isSaved || sceneRanks.contains(rank) else { continue }
      let wide = window.grown(by: mask.module.halo).intersection(gridWindow) ?? window
      try loader.load([scene], band: mask.band, isQuality: true, window: wide, into: quality)
      try quality.checkHoldsFlags(mask.module.band)
      let inner = window.offset(columns: -wide.column, rows: -wide.row)
      mask.module.reject(quality.plane, window: inner, scratch: scratch, into: maskPlane)
      if quality.hasUncovered { MaskPlanes.add(quality.uncovered, window: inner, to: maskPlane) }
      let rejects = maskPlane.samples(as: UInt8.self)
      for pixel in sceneRanks.indices where sceneRanks[pixel] == rank && rejects[pixel] == 0 {
        sceneRanks[pixel] = rank + 1
      }
      if isSaved {
        MaskPlanes.report(
          maskPlane, layer: quality.plane, uncovered: quality.hasUncovered ? quality.uncovered : nil,
          window: inner, nodata: quality.format.nodata, into: reportPlane)
        sceneReports[index + 1] = Array(reportPlane.samples(as: UInt8.self))
      }
    }
  }

  /// Reads the present scene's bands where somebody may look at them.
  private func load(
    _ scene: SliceScene, _ slice: [SliceScene], _ window: PixelWindow, _ fused: [LoadedBand]
  ) throws {
    unwanted.reshape(type: .uint8, width: window.width, height: window.height)
    let unwanted = unwanted.samples(as: UInt8.self)
    for (place, (band, level)) in bands.enumerated() {
      let plane = self.scene[place]
      plane.reshape(type: .float32, width: window.width, height: window.height)
      var isWanted = false
      for pixel in unwanted.indices {
        let rank = sceneRanks[pixel]
        let isNeeded = rank >= max(ranks[pixel], 1) && Int(rank) > level
        unwanted[pixel] = isNeeded ? 0 : 1
        isWanted = isWanted || isNeeded
      }
      guard isWanted else {
        plane.fill(.nan)
        continue
      }
      let isQuality = program.bands[band].isQuality
      try loader.load(
        [scene], band: band, isQuality: isQuality, window: window, rejected: self.unwanted, into: loaded)
      scales[place] = (loaded.format.scale, loaded.format.offset)
      bring(
        isPhysical: program.fuse == .best && loader.isMixed(slice, band: band), to: plane, target: fused[band]
      )
    }
  }

  /// Brings what was loaded into `plane` as Float; for `best` in the target's scale.
  private func bring(isPhysical: Bool, to plane: SamplePlane, target: LoadedBand) {
    var values = plane.samples(as: Float.self).mutableSpan
    let format = loaded.format
    LoadSamples.load(
      loaded.plane, start: 0, nodata: format.nodata,
      rejected: loaded.hasUncovered ? loaded.uncovered.samples(as: UInt8.self).span : nil, into: &values)
    // A mean sums values in Double: they are scaled one by one.
    if program.fuse == .mean { return }
    let own = (scale: format.scale, offset: format.offset)
    if target.format.scale == 0 {
      target.format = BandFormat(
        type: .float32, nodata: .nan, scale: isPhysical ? 1 : own.scale, offset: isPhysical ? 0 : own.offset)
    }
    if (target.format.scale, target.format.offset) == own { return }
    if (target.format.scale, target.format.offset) != (1, 0) {
      // Files of one date turn out to store their numbers differently, which nobody had said before.
      SceneFuser.scale(target.plane, target.format.scale, target.format.offset)
      target.format = BandFormat(type: .float32, nodata: .nan, scale: 1, offset: 0)
    }
    SceneFuser.scale(plane, own.scale, own.offset)
  }

  private static func scale(_ plane: SamplePlane, _ scale: Double, _ offset: Double) {
    let samples = plane.samples(as: Float.self)
    var values = samples.mutableSpan
    for index in 0..<values.count { values[index] = Float(Double(values[index]) * scale + offset) }
  }

  // MARK: Fusing

  /// Puts the present scene into what is fused.
  private func takeIn(_ fused: [LoadedBand], _ reports: [SamplePlane], _ savedMasks: Set<Int>) {
    defer { sceneReports = [:] }
    let given = scene.map { $0.samples(as: Float.self) }
    let targets = bands.map { fused[$0.index].plane.samples(as: Float.self) }
    for pixel in ranks.indices {
      let rank = sceneRanks[pixel]
      guard rank > 0, rank >= ranks[pixel] else { continue }
      let isHigher = rank > ranks[pixel]
      if program.fuse == .mean {
        if isHigher { restart(pixel, targets) }
        add(pixel, rank: rank, given, targets)
      } else {
        var count: UInt16 = 0
        for (place, band) in bands.enumerated()
        where Int(rank) > band.level && !program.bands[band.index].isQuality && !given[place][pixel].isNaN {
          count += 1
        }
        guard isHigher || count > valid[pixel] else { continue }
        valid[pixel] = count
        for (place, band) in bands.enumerated() {
          targets[place][pixel] = Int(rank) > band.level ? given[place][pixel] : .nan
        }
      }
      ranks[pixel] = rank
      for mask in savedMasks {
        let reported = sceneReports[mask]?[pixel] ?? MaskPlanes.unknown
        let samples = reports[mask - 1].samples(as: UInt8.self)
        // Kept is 0, rejected 1, not known 255: with means what is best known of any scene that takes part.
        samples[pixel] = isHigher || program.fuse == .best ? reported : min(samples[pixel], reported)
      }
    }
  }

  /// Forgets scenes of a lower level.
  private func restart(_ pixel: Int, _ targets: [UnsafeMutableBufferPointer<Float>]) {
    for place in bands.indices {
      sums[place].restart(pixel)
      targets[place][pixel] = .nan
    }
  }

  private func add(
    _ pixel: Int, rank: UInt8, _ given: [UnsafeMutableBufferPointer<Float>],
    _ targets: [UnsafeMutableBufferPointer<Float>]
  ) {
    for (place, band) in bands.enumerated() where Int(rank) > band.level {
      let value = given[place][pixel]
      guard !value.isNaN else { continue }
      if program.bands[band.index].isQuality {
        // Bits have no mean: the first scene's stand.
        if targets[place][pixel].isNaN { targets[place][pixel] = value }
      } else {
        sums[place].add(Double(value) * scales[place].scale + scales[place].offset, pixel)
      }
    }
  }

  private func finish(_ window: PixelWindow, _ fused: [LoadedBand]) {
    for (place, band) in bands.enumerated() {
      let target = fused[band.index]
      if target.format.scale == 0 {
        target.format = BandFormat(type: .float32, nodata: .nan, scale: 1, offset: 0)
      }
      guard program.fuse == .mean, !program.bands[band.index].isQuality else { continue }
      sums[place].means(into: target.plane.samples(as: Float.self))
    }
  }
}

/// Sums of values and their number, pixel by pixel.
private final class DoublePlane {
  private var sums: [Double] = []
  private var counts: [UInt16] = []

  func clear(count: Int) {
    sums = Array(repeating: 0, count: count)
    counts = Array(repeating: 0, count: count)
  }

  func restart(_ pixel: Int) {
    sums[pixel] = 0
    counts[pixel] = 0
  }

  func add(_ value: Double, _ pixel: Int) {
    sums[pixel] += value
    counts[pixel] &+= 1
  }

  func means(into target: UnsafeMutableBufferPointer<Float>) {
    for pixel in sums.indices {
      target[pixel] = counts[pixel] == 0 ? .nan : Float(sums[pixel] / Double(counts[pixel]))
    }
  }
}
