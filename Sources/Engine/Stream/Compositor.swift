internal import Geo
internal import Raster

/// Makes a time step of the scenes of a date: reads them where they are wanted, masks them, and fuses them into one
/// layer a band. One a worker.
///
/// By `first`, `nearest` and `last` bands are fused one by one, quality layers first, at which the masks look then; a
/// later scene is read only where those before it have left something open. By `best` and `mean` masks work on each scene
/// by itself first (`MaskedScenes`).
final class Compositor {
  /// What is read of each band, fused; counted like the program's bands.
  let bands: [LoadedBand]
  let masks: SceneMasks

  private let program: Program
  private let loader: BandLoader
  private let layers: LayerReader
  /// Made when the first date of several scenes needs it.
  private var maskedScenes: MaskedScenes?

  init(program: Program, reader: any BandReader, layers: LayerReader) {
    (self.program, self.layers) = (program, layers)
    loader = BandLoader(reader: reader)
    bands = program.bands.map { _ in LoadedBand() }
    masks = SceneMasks(program: program, loader: loader, layers: layers)
  }

  /// In the order in which the first valid pixel counts.
  private func ordered(_ timeStep: TimeStep) -> [TimeStepScene] {
    program.fuse == .last ? timeStep.scenes.reversed() : timeStep.scenes
  }

  /// A date of one scene has nothing to fuse; the number is the date's, whatever of it lies in a chunk.
  private func masksEachScene(_ timeStep: TimeStep) -> Bool {
    program.fuse.masksScenes && timeStep.scenes.count > 1
  }

  /// Plans what is read of a date before it is known what its masks reject; where that is remote, it is on its way then.
  ///
  /// - Returns: the first scene's reads by band.
  func plan(_ timeStep: TimeStep, over area: ChunkWindow) -> [Int: any PlannedRead] {
    let scenes = ordered(timeStep)
    guard !masksEachScene(timeStep), !scenes.touching(area.window).isEmpty else { return [:] }
    if let mask = program.masks.first {
      guard let band = mask.band else { return [:] }
      let wide = masks.reach(of: mask, around: area)
      return loader.plan(scenes.touching(wide.window), bands: [(band, nil)], over: wide)
    }
    let bands = program.bands.indices.filter { program.fewestMasks[$0] != nil }
    return loader.plan(scenes.touching(area.window), bands: bands.map { ($0, nil) }, over: area)
  }

  /// Reads and fuses a date over a window, as far as its masks keep anything.
  ///
  /// - Parameter reads: what `plan` planned.
  /// - Returns: the bands that were read, none where the masks reject every pixel before anyone reads a band; nil where
  ///   no scene lies in the window.
  func compose(
    _ timeStep: TimeStep, over area: ChunkWindow, reads: [Int: any PlannedRead], times: inout StageTimes
  ) throws -> [Int]? {
    let near = ordered(timeStep).touching(area.grown(by: program.halo - program.margin).window)
    let here = near.touching(area.window)
    guard !here.isEmpty else { return nil }
    if masksEachScene(timeStep) {
      let maskedScenes =
        self.maskedScenes
        ?? MaskedScenes(
          program: program, loader: loader,
          masks: SceneMasks(program: program, loader: loader, layers: layers))
      self.maskedScenes = maskedScenes
      return needed(
        try maskedScenes.fuse(
          here, of: timeStep.scenes, over: area, into: bands, masks: masks, times: &times))
    }
    var reads = reads
    let needed = needed(try masks.run(over: near, area, planned: &reads, times: &times))
    // Without masks the bands are planned already.
    if !program.masks.isEmpty, !needed.isEmpty {
      reads = times.measure(\.read) {
        loader.plan(here, bands: needed.map { ($0, rejection(of: $0)) }, over: area)
      }
    }
    for band in needed {
      let isQuality = program.bands[band].isQuality
      try times.measure(\.read) {
        try loader.load(
          here, band: band, isQuality: isQuality,
          isPhysical: !isQuality && loader.isMixed(timeStep.scenes, band: band), over: area,
          rejected: rejection(of: band), planned: reads.removeValue(forKey: band), into: bands[band])
      }
    }
    return needed
  }

  /// The bands that somebody reads of what is kept.
  private func needed(_ keeps: [Bool]) -> [Int] {
    program.bands.indices.filter { band in program.fewestMasks[band].map { keeps[$0] } ?? false }
  }

  /// Where nobody looks at a band, over the window; nil when all of it is wanted.
  private func rejection(of band: Int) -> SamplePlane? {
    let count = program.fewestMasks[band] ?? 0
    return count == 0 ? nil : masks.rejected[count - 1]
  }
}
