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
  private let judge: SceneJudge
  private let bands: [FusedBand]

  private let loaded = LoadedBand()
  /// 1 where nobody looks at the present scene.
  private let unwanted = SamplePlane()
  /// The highest rank of any scene so far.
  private let ranks = SamplePlane()
  private let actions = SamplePlane()
  /// For `best`: how many bands are valid in the present scene, and in what was chosen.
  private let valid = SamplePlane()
  private let most = SamplePlane()

  init(program: Program, loader: BandLoader, layers: LayerReader, gridWindow: PixelWindow) {
    self.program = program
    self.loader = loader
    judge = SceneJudge(program: program, loader: loader, layers: layers, gridWindow: gridWindow)
    bands = program.bands.indices.compactMap { index in
      program.fewestMasks[index].map {
        FusedBand(index: index, level: $0, isQuality: program.bands[index].isQuality)
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
  ///   - rejected: gets what the first n masks reject together, n counted from 1.
  ///   - reports: gets, for masks that are saved (n counted from 1), 0 kept, 1 rejected, 255 not known.
  /// - Returns: for each level whether any pixel is kept.
  func fuse(
    _ scenes: [TimeStepScene], of timeStep: [TimeStepScene], window: PixelWindow, into fused: [LoadedBand],
    rejected: [SamplePlane], reports: [SamplePlane], savedMasks: Set<Int>, times: inout StageTimes
  ) throws -> [Bool] {
    begin(window, fused, reports, savedMasks)
    for scene in scenes {
      try times.measure(\.read) {
        try judge.judge(scene, window, savedMasks)
        try load(scene, timeStep, window, fused)
      }
      times.measure(\.compute) { takeIn(fused, reports, savedMasks) }
    }
    finish(fused)
    var keeps = [true]
    for (index, plane) in rejected.enumerated() {
      plane.reshape(type: .uint8, width: window.width, height: window.height)
      var marks = plane.samples(as: UInt8.self).mutableSpan
      let rank = UInt8(truncatingIfNeeded: index + 1)
      keeps.append(SceneFusion.reject(ranks.bytes8.span, upTo: rank, into: &marks))
    }
    return keeps
  }

  private func begin(
    _ window: PixelWindow, _ fused: [LoadedBand], _ reports: [SamplePlane], _ savedMasks: Set<Int>
  ) {
    for plane in [ranks, actions, most] { plane.clear(as: .uint8, window) }
    for band in bands {
      let target = fused[band.index]
      target.hasUncovered = false
      target.plane.reshape(type: .float32, width: window.width, height: window.height)
      target.plane.fill(.nan)
      // Unknown until the first scene is read.
      target.format = BandFormat(type: .float32, nodata: .nan, scale: 0, offset: 0)
      band.scene.reshape(type: .float32, width: window.width, height: window.height)
      guard isMean, !band.isQuality else { continue }
      band.sums.clear(as: .float64, window)
      band.counts.clear(as: .uint16, window)
    }
    for mask in savedMasks {
      reports[mask - 1].reshape(type: .uint8, width: window.width, height: window.height)
      reports[mask - 1].fill(Double(MaskPlanes.unknown))
    }
  }

  // MARK: One scene

  /// Reads the present scene's bands where somebody may look at them.
  private func load(
    _ scene: TimeStepScene, _ timeStep: [TimeStepScene], _ window: PixelWindow, _ fused: [LoadedBand]
  ) throws {
    unwanted.reshape(type: .uint8, width: window.width, height: window.height)
    for band in bands {
      var marks = unwanted.samples(as: UInt8.self).mutableSpan
      let isWanted = SceneFusion.markUnwanted(
        scene: judge.ranks.bytes8.span, ranks: ranks.bytes8.span, above: band.needed, into: &marks)
      guard isWanted else {
        band.scene.fill(.nan)
        continue
      }
      try loader.load(
        [scene], band: band.index, isQuality: band.isQuality, window: window, rejected: unwanted, into: loaded
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
  private func takeIn(_ fused: [LoadedBand], _ reports: [SamplePlane], _ savedMasks: Set<Int>) {
    findActions()
    for band in bands {
      let samples = UnsafeBufferPointer(band.scene.samples(as: Float.self))
      var target = fused[band.index].plane.samples(as: Float.self).mutableSpan
      if !isMean {
        SceneFusion.replace(
          samples.span, scene: judge.ranks.bytes8.span, above: band.needed, actions: actions.bytes8.span,
          in: &target)
      } else if band.isQuality {
        // Bits have no mean: those of the first scene that has any stand.
        SceneFusion.fill(
          samples.span, scene: judge.ranks.bytes8.span, above: band.needed, actions: actions.bytes8.span,
          in: &target)
      } else {
        var sums = band.sums.samples(as: Double.self).mutableSpan
        var counts = band.counts.samples(as: UInt16.self).mutableSpan
        SceneFusion.add(
          LinearSamples(samples, scale: band.scale.scale, offset: band.scale.offset),
          scene: judge.ranks.bytes8.span,
          above: band.needed, actions: actions.bytes8.span, to: &sums, counts: &counts)
      }
    }
    for mask in savedMasks {
      guard let report = judge.reports[mask] else { continue }
      var target = reports[mask - 1].samples(as: UInt8.self).mutableSpan
      SceneFusion.report(report.samples(as: UInt8.self).span, actions: actions.bytes8.span, in: &target)
    }
    var highest = ranks.bytes8.mutableSpan
    SceneFusion.raise(judge.ranks.bytes8.span, ranks: &highest)
  }

  private func findActions() {
    var found = actions.bytes8.mutableSpan
    if isMean {
      SceneFusion.join(judge.ranks.bytes8.span, ranks: ranks.bytes8.span, into: &found)
      return
    }
    valid.reshape(type: .uint8, width: ranks.width, height: ranks.height)
    valid.fill(0)
    var counts = valid.bytes8.mutableSpan
    for band in bands where !band.isQuality {
      SceneFusion.countValid(
        UnsafeBufferPointer(band.scene.samples(as: Float.self)).span, scene: judge.ranks.bytes8.span,
        above: band.needed, into: &counts)
    }
    var chosen = most.bytes8.mutableSpan
    SceneFusion.choose(
      judge.ranks.bytes8.span, valid: valid.bytes8.span, ranks: ranks.bytes8.span, most: &chosen, into: &found
    )
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
