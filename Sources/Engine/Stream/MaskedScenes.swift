internal import Geo
internal import Raster

/// Fuses the scenes of a date by `best` or `mean`: each scene is masked by itself, and what the masks keep counts.
///
/// A scene's score at a pixel is 0 where it does not lie, and else one more than the number of the sequence's masks, from
/// the first on, that keep it there: what is read after n masks is seen from the score n + 1 on. The date has the
/// highest score of its scenes, and only scenes of that score take part. So a pixel's result depends on nothing but the
/// scenes at that pixel (and, where a mask dilates, around it in the same scene).
///
/// Scenes are gone through once, in order of time, each read by itself: what is held does not grow with their
/// number. One a worker.
final class MaskedScenes {
  private let program: Program
  private let loader: BandLoader
  /// The masks over the present scene alone.
  private let masks: SceneMasks
  private let bands: [FusedBand]

  private let loaded = LoadedBand()
  /// 1 where nobody looks at the present scene.
  private let unwanted = SamplePlane()
  /// The present scene's score at each pixel, as bytes.
  private let sceneScores = SamplePlane()
  /// The highest score of any scene so far.
  private let scores = SamplePlane()
  private let actions = SamplePlane()
  /// For `best`: how many bands are valid in the present scene, and in what was chosen.
  private let valid = SamplePlane()
  private let most = SamplePlane()

  init(program: Program, loader: BandLoader, masks: SceneMasks) {
    (self.program, self.loader, self.masks) = (program, loader, masks)
    bands = program.bands.indices.compactMap { index in
      program.fewestMasks[index].map {
        FusedBand(index: index, masks: $0, isQuality: program.bands[index].isQuality)
      }
    }
  }

  private var isMean: Bool { program.fuse == .mean }

  /// Fuses a window.
  ///
  /// - Parameters:
  ///   - scenes: those that lie in the window, in order of time.
  ///   - timeStep: all scenes of the date, which decide together in which form values are kept: results must not depend
  ///     on which of them a chunk happens to touch.
  ///   - fused: gets every band that somebody reads, counted like the program's bands.
  ///   - masks: gets what the masks reject of the date, and report.
  /// - Returns: for each number of masks, from none on, whether so many together keep any pixel.
  func fuse(
    _ scenes: [TimeStepScene], of timeStep: [TimeStepScene], over area: ChunkWindow, into fused: [LoadedBand],
    masks date: SceneMasks, times: inout StageTimes
  ) throws -> [Bool] {
    let window = area.window
    begin(window, fused, date)
    for scene in scenes {
      try score(scene, area, &times)
      try times.measure(\.read) { try load(scene, timeStep, area, fused) }
      times.measure(\.compute) { takeIn(fused, date) }
    }
    finish(fused)
    var keeps = [true]
    for (index, plane) in date.rejected.enumerated() {
      plane.reshape(type: .uint8, width: window.width, height: window.height)
      var marks = plane.bytes8.mutableSpan
      let score = UInt8(truncatingIfNeeded: index + 1)
      keeps.append(SceneFusion.reject(scores.bytes8.span, upTo: score, into: &marks))
    }
    return keeps
  }

  private func begin(_ window: PixelWindow, _ fused: [LoadedBand], _ date: SceneMasks) {
    for plane in [scores, actions, most] { plane.fill(0, as: .uint8, window) }
    for band in bands {
      let target = fused[band.index]
      target.hasUncovered = false
      target.plane.fill(.nan, as: .float32, window)
      // Unknown until the first scene is read.
      target.format = BandFormat(type: .float32, nodata: .nan, scale: 0, offset: 0)
      band.scene.reshape(type: .float32, width: window.width, height: window.height)
      guard isMean, !band.isQuality else { continue }
      band.sums.fill(0, as: .float64, window)
      band.counts.fill(0, as: .uint16, window)
    }
    for mask in program.reportedMasks {
      date.reports[mask - 1].fill(Double(MaskPlanes.unknown), as: .uint8, window)
    }
  }

  // MARK: One scene

  /// Finds the present scene's score at each pixel.
  private func score(_ scene: TimeStepScene, _ area: ChunkWindow, _ times: inout StageTimes) throws {
    let window = area.window
    sceneScores.fill(0, as: .uint8, window)
    let part = (scene.placement?.intersection(window) ?? window)
      .offset(columns: -window.column, rows: -window.row)
    for row in part.row..<part.endRow {
      let start = row * window.width + part.column
      sceneScores.bytes8[start..<(start + part.width)].update(repeating: 1)
    }
    var nothing: [Int: any PlannedRead] = [:]
    _ = try masks.run(over: [scene], area, planned: &nothing, times: &times)
    var marks = sceneScores.bytes8.mutableSpan
    for (index, plane) in masks.rejected.enumerated() {
      SceneFusion.keep(plane.bytes8.span, score: UInt8(truncatingIfNeeded: index + 1), scene: &marks)
    }
  }

  /// Reads the present scene's bands where somebody may look at them.
  private func load(
    _ scene: TimeStepScene, _ timeStep: [TimeStepScene], _ area: ChunkWindow, _ fused: [LoadedBand]
  ) throws {
    unwanted.reshape(type: .uint8, width: area.window.width, height: area.window.height)
    for (place, band) in bands.enumerated() {
      let file = scene.bands[band.index].file
      band.isRepeated = bands[..<place].contains {
        !$0.isQuality && scene.bands[$0.index].file?.hasSameRaster(as: file) ?? false
      }
      var marks = unwanted.bytes8.mutableSpan
      let isWanted = SceneFusion.markUnwanted(
        scene: sceneScores.bytes8.span, scores: scores.bytes8.span, above: band.needed, into: &marks)
      guard isWanted else {
        band.scene.fill(.nan)
        continue
      }
      try loader.load(
        [scene], band: band.index, isQuality: band.isQuality, over: area, rejected: unwanted, into: loaded
      )
      var values = band.scene.samples(as: Float.self).mutableSpan
      loaded.format.load(
        loaded.plane, start: 0,
        rejected: loaded.hasUncovered ? loaded.uncovered.samples(as: UInt8.self).span : nil, into: &values)
      band.scale = loaded.format.scaleAfterLoading
      // A mean sums values in Double: they are scaled one by one.
      if !isMean {
        band.agree(with: fused[band.index], isPhysical: loader.isMixed(timeStep, band: band.index))
      }
    }
  }

  // MARK: Fusing

  /// Puts the present scene into what is fused.
  private func takeIn(_ fused: [LoadedBand], _ date: SceneMasks) {
    findActions()
    for band in bands {
      let samples = UnsafeBufferPointer(band.scene.samples(as: Float.self))
      var target = fused[band.index].plane.samples(as: Float.self).mutableSpan
      if !isMean {
        SceneFusion.replace(
          samples.span, scene: sceneScores.bytes8.span, above: band.needed, actions: actions.bytes8.span,
          in: &target)
      } else if band.isQuality {
        // Bits have no mean: those of the first scene that has any stand.
        SceneFusion.fill(
          samples.span, scene: sceneScores.bytes8.span, above: band.needed, actions: actions.bytes8.span,
          in: &target)
      } else {
        var sums = band.sums.samples(as: Double.self).mutableSpan
        var counts = band.counts.samples(as: UInt16.self).mutableSpan
        SceneFusion.add(
          LinearSamples(samples, scale: band.scale.scale, offset: band.scale.offset),
          scene: sceneScores.bytes8.span,
          above: band.needed, actions: actions.bytes8.span, to: &sums, counts: &counts)
      }
    }
    for mask in program.reportedMasks {
      var target = date.reports[mask - 1].bytes8.mutableSpan
      SceneFusion.report(masks.reports[mask - 1].bytes8.span, actions: actions.bytes8.span, in: &target)
    }
    var highest = scores.bytes8.mutableSpan
    SceneFusion.raise(sceneScores.bytes8.span, scores: &highest)
  }

  private func findActions() {
    var found = actions.bytes8.mutableSpan
    if isMean {
      SceneFusion.join(sceneScores.bytes8.span, scores: scores.bytes8.span, into: &found)
      return
    }
    valid.reshape(type: .uint8, width: scores.width, height: scores.height)
    valid.fill(0)
    var counts = valid.bytes8.mutableSpan
    for band in bands where !band.isQuality && !band.isRepeated {
      SceneFusion.countValid(
        UnsafeBufferPointer(band.scene.samples(as: Float.self)).span, scene: sceneScores.bytes8.span,
        above: band.needed, into: &counts)
    }
    var chosen = most.bytes8.mutableSpan
    SceneFusion.choose(
      sceneScores.bytes8.span, valid: valid.bytes8.span, scores: scores.bytes8.span, most: &chosen,
      into: &found)
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
