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
  /// A band that somebody reads, and what is held of it.
  private final class Band {
    /// Its index among the program's bands.
    let index: Int
    /// The rank above which it is to be seen.
    let needed: UInt8
    let isQuality: Bool
    /// What the present scene gives: Float, NaN where it has nothing; anything at all where nobody looks.
    let scene = SamplePlane()
    /// How its numbers become physical values.
    var scale: (scale: Double, offset: Double) = (1, 0)
    let sums = SamplePlane()
    let counts = SamplePlane()

    init(index: Int, level: Int, isQuality: Bool) {
      self.index = index
      // What is read after n masks is seen from rank n + 1 on.
      needed = UInt8(truncatingIfNeeded: level)
      self.isQuality = isQuality
    }
  }

  private let program: Program
  private let loader: BandLoader
  private let gridWindow: PixelWindow
  private let bands: [Band]

  private let quality = LoadedBand()
  private let loaded = LoadedBand()
  private let scratch = SamplePlane()
  private let maskPlane = SamplePlane()
  /// What the masks report of the present scene, for those that are saved; counted from 1.
  private var sceneReports: [Int: SamplePlane] = [:]
  /// 1 where nobody looks at the present scene.
  private let unwanted = SamplePlane()
  /// One more than a level; 0 where no scene lies.
  private let sceneRanks = SamplePlane()
  private let ranks = SamplePlane()
  private let actions = SamplePlane()
  /// For `best`: how many bands are valid in the present scene, and in what was chosen.
  private let valid = SamplePlane()
  private let most = SamplePlane()

  init(program: Program, loader: BandLoader, gridWindow: PixelWindow) {
    self.program = program
    self.loader = loader
    self.gridWindow = gridWindow
    bands = program.bands.indices.compactMap { index in
      program.lowestLevel[index].map {
        Band(index: index, level: $0, isQuality: program.bands[index].isQuality)
      }
    }
  }

  private var isMean: Bool { program.fuse == .mean }

  /// Fuses a window.
  ///
  /// - Parameters:
  ///   - scenes: those that lie in the window, in order of time.
  ///   - slice: all scenes of the date, which decide together in which form values are kept: results must not depend
  ///     on which of them a chunk happens to touch.
  ///   - fused: gets every band that somebody reads, counted like the program's bands.
  ///   - rejected: gets what the first n masks reject together, n counted from 1.
  ///   - reports: gets, for masks that are saved (n counted from 1), 0 kept, 1 rejected, 255 not known.
  /// - Returns: for each level whether any pixel is kept.
  func fuse(
    _ scenes: [SliceScene], of slice: [SliceScene], window: PixelWindow, into fused: [LoadedBand],
    rejected: [SamplePlane], reports: [SamplePlane], savedMasks: Set<Int>, times: inout StageTimes
  ) throws -> [Bool] {
    begin(window, fused, reports, savedMasks)
    for scene in scenes {
      try times.measure(\.read) {
        try judge(scene, window, savedMasks)
        try load(scene, slice, window, fused)
      }
      times.measure(\.compute) { takeIn(fused, reports, savedMasks) }
    }
    finish(fused)
    var keeps = [true]
    for (index, plane) in rejected.enumerated() {
      plane.reshape(type: .uint8, width: window.width, height: window.height)
      var marks = plane.samples(as: UInt8.self).mutableSpan
      let rank = UInt8(truncatingIfNeeded: index + 1)
      keeps.append(SceneFusion.reject(bytes(ranks).span, upTo: rank, into: &marks))
    }
    return keeps
  }

  private func begin(
    _ window: PixelWindow, _ fused: [LoadedBand], _ reports: [SamplePlane], _ savedMasks: Set<Int>
  ) {
    for plane in [ranks, actions, most] { clear(plane, .uint8, window) }
    for band in bands {
      let target = fused[band.index]
      target.hasUncovered = false
      target.plane.reshape(type: .float32, width: window.width, height: window.height)
      target.plane.fill(.nan)
      // Unknown until the first scene is read.
      target.format = BandFormat(type: .float32, nodata: .nan, scale: 0, offset: 0)
      band.scene.reshape(type: .float32, width: window.width, height: window.height)
      guard isMean, !band.isQuality else { continue }
      clear(band.sums, .float64, window)
      clear(band.counts, .uint16, window)
    }
    for mask in savedMasks {
      reports[mask - 1].reshape(type: .uint8, width: window.width, height: window.height)
      reports[mask - 1].fill(Double(MaskPlanes.unknown))
    }
  }

  private func clear(_ plane: SamplePlane, _ type: SampleType, _ window: PixelWindow) {
    plane.reshape(type: type, width: window.width, height: window.height)
    plane.fill(0)
  }

  private func bytes(_ plane: SamplePlane) -> UnsafeMutableBufferPointer<UInt8> {
    plane.samples(as: UInt8.self)
  }

  // MARK: One scene

  /// Finds the present scene's rank at each pixel.
  private func judge(_ scene: SliceScene, _ window: PixelWindow, _ savedMasks: Set<Int>) throws {
    clear(sceneRanks, .uint8, window)
    let ranks = bytes(sceneRanks)
    let part = (scene.placement?.intersection(window) ?? window)
      .offset(columns: -window.column, rows: -window.row)
    for row in part.row..<part.endRow {
      let start = row * window.width + part.column
      ranks[start..<(start + part.width)].update(repeating: 1)
    }
    var isKept = true
    for (index, mask) in program.masks.enumerated() {
      let isSaved = savedMasks.contains(index + 1)
      // What the masks before have rejected no later one can bring back.
      guard isSaved || isKept else { continue }
      let wide = window.grown(by: mask.module.halo).intersection(gridWindow) ?? window
      try loader.load([scene], band: mask.band, isQuality: true, window: wide, into: quality)
      try quality.checkHoldsFlags(mask.module.band)
      let inner = window.offset(columns: -wide.column, rows: -wide.row)
      mask.module.reject(quality.plane, window: inner, scratch: scratch, into: maskPlane)
      if quality.hasUncovered { MaskPlanes.add(quality.uncovered, window: inner, to: maskPlane) }
      var own = ranks.mutableSpan
      let rank = UInt8(truncatingIfNeeded: index + 1)
      isKept = SceneFusion.keep(maskPlane.samples(as: UInt8.self).span, rank: rank, scene: &own) && isKept
      if isSaved {
        let report = sceneReports[index + 1] ?? SamplePlane()
        sceneReports[index + 1] = report
        MaskPlanes.report(
          maskPlane, layer: quality.plane, uncovered: quality.hasUncovered ? quality.uncovered : nil,
          window: inner, nodata: quality.format.nodata, into: report)
      }
    }
  }

  /// Reads the present scene's bands where somebody may look at them.
  private func load(
    _ scene: SliceScene, _ slice: [SliceScene], _ window: PixelWindow, _ fused: [LoadedBand]
  ) throws {
    unwanted.reshape(type: .uint8, width: window.width, height: window.height)
    for band in bands {
      var marks = unwanted.samples(as: UInt8.self).mutableSpan
      let isWanted = SceneFusion.markUnwanted(
        scene: bytes(sceneRanks).span, ranks: bytes(ranks).span, above: band.needed, into: &marks)
      guard isWanted else {
        band.scene.fill(.nan)
        continue
      }
      try loader.load(
        [scene], band: band.index, isQuality: band.isQuality, window: window, rejected: unwanted, into: loaded
      )
      var values = band.scene.samples(as: Float.self).mutableSpan
      LoadSamples.load(
        loaded.plane, start: 0, nodata: loaded.format.nodata,
        rejected: loaded.hasUncovered ? loaded.uncovered.samples(as: UInt8.self).span : nil, into: &values)
      band.scale = (loaded.format.scale, loaded.format.offset)
      // A mean sums values in Double: they are scaled one by one.
      if !isMean { agree(band, fused[band.index], isPhysical: loader.isMixed(slice, band: band.index)) }
    }
  }

  /// Brings the present scene's numbers and what was chosen so far into one scale.
  private func agree(_ band: Band, _ target: LoadedBand, isPhysical: Bool) {
    if target.format.scale == 0 {
      target.format = BandFormat(
        type: .float32, nodata: .nan, scale: isPhysical ? 1 : band.scale.scale,
        offset: isPhysical ? 0 : band.scale.offset)
    }
    let present = (scale: target.format.scale, offset: target.format.offset)
    if present == band.scale { return }
    if present != (1, 0) {
      // Files of one date turn out to store their numbers differently, which nobody had said before.
      SceneFuser.scale(target.plane, by: present)
      target.format = BandFormat(type: .float32, nodata: .nan, scale: 1, offset: 0)
    }
    SceneFuser.scale(band.scene, by: band.scale)
  }

  private static func scale(_ plane: SamplePlane, by scale: (scale: Double, offset: Double)) {
    let samples = plane.samples(as: Float.self)
    var values = samples.mutableSpan
    LoadSamples.scale(
      LinearSamples(UnsafeBufferPointer(samples), scale: scale.scale, offset: scale.offset), into: &values)
  }

  // MARK: Fusing

  /// Puts the present scene into what is fused.
  private func takeIn(_ fused: [LoadedBand], _ reports: [SamplePlane], _ savedMasks: Set<Int>) {
    findActions()
    for band in bands {
      let samples = UnsafeBufferPointer(band.scene.samples(as: Float.self))
      var target = fused[band.index].plane.samples(as: Float.self).mutableSpan
      if !isMean {
        SceneFusion.replace(
          samples.span, scene: bytes(sceneRanks).span, above: band.needed, actions: bytes(actions).span,
          in: &target)
      } else if band.isQuality {
        // Bits have no mean: those of the first scene that has any stand.
        SceneFusion.fill(
          samples.span, scene: bytes(sceneRanks).span, above: band.needed, actions: bytes(actions).span,
          in: &target)
      } else {
        var sums = band.sums.samples(as: Double.self).mutableSpan
        var counts = band.counts.samples(as: UInt16.self).mutableSpan
        SceneFusion.add(
          LinearSamples(samples, scale: band.scale.scale, offset: band.scale.offset),
          scene: bytes(sceneRanks).span,
          above: band.needed, actions: bytes(actions).span, to: &sums, counts: &counts)
      }
    }
    for mask in savedMasks {
      guard let report = sceneReports[mask] else { continue }
      var target = reports[mask - 1].samples(as: UInt8.self).mutableSpan
      SceneFusion.report(report.samples(as: UInt8.self).span, actions: bytes(actions).span, in: &target)
    }
    var highest = bytes(ranks).mutableSpan
    SceneFusion.raise(bytes(sceneRanks).span, ranks: &highest)
  }

  private func findActions() {
    var found = bytes(actions).mutableSpan
    if isMean {
      SceneFusion.join(bytes(sceneRanks).span, ranks: bytes(ranks).span, into: &found)
      return
    }
    valid.reshape(type: .uint8, width: ranks.width, height: ranks.height)
    valid.fill(0)
    var counts = bytes(valid).mutableSpan
    for band in bands where !band.isQuality {
      SceneFusion.countValid(
        UnsafeBufferPointer(band.scene.samples(as: Float.self)).span, scene: bytes(sceneRanks).span,
        above: band.needed, into: &counts)
    }
    var chosen = bytes(most).mutableSpan
    SceneFusion.choose(
      bytes(sceneRanks).span, valid: bytes(valid).span, ranks: bytes(ranks).span, most: &chosen, into: &found)
  }

  private func finish(_ fused: [LoadedBand]) {
    for band in bands {
      let target = fused[band.index]
      if target.format.scale == 0 {
        target.format = BandFormat(type: .float32, nodata: .nan, scale: 1, offset: 0)
      }
      guard isMean, !band.isQuality else { continue }
      var means = target.plane.samples(as: Float.self).mutableSpan
      SceneFusion.mean(
        band.sums.samples(as: Double.self).span, counts: band.counts.samples(as: UInt16.self).span,
        into: &means)
    }
  }
}
