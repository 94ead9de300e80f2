internal import Geo
internal import Raster

/// Runs a sequence's masks over a window: over the scenes of a date taken together, or over one by itself.
/// One a worker.
final class SceneMasks {
  private let program: Program
  private let loader: BandLoader
  private let layers: LayerReader

  /// What the first n masks reject together (1, else 0), n counted from 1, over the window.
  let rejected: [SamplePlane]
  /// What masks reject, 255 where nothing is known, over the window; for masks that are reported.
  let reports: [SamplePlane]
  private let quality = LoadedBand()
  private let scratch = SamplePlane()

  init(program: Program, loader: BandLoader, layers: LayerReader) {
    (self.program, self.loader, self.layers) = (program, loader, layers)
    rejected = program.masks.map { _ in SamplePlane() }
    reports = program.masks.map { _ in SamplePlane() }
  }

  /// What a mask looks at: around the window as far as it or another of the same quality layer reaches, so that one that
  /// follows finds it read.
  func reach(of mask: Program.Mask, around area: ChunkWindow) -> ChunkWindow {
    area.grown(by: program.masks.filter { $0.layer == mask.layer }.map(\.module.halo).max() ?? 0)
  }

  /// Reads quality layers and finds what they reject.
  ///
  /// - Parameters:
  ///   - scenes: those that lie as near as masks look, in the order in which they are fused.
  ///   - planned: reads that are planned already, by band.
  /// - Returns: for each number of masks, from none on, whether so many together keep any pixel.
  func run(
    over scenes: [TimeStepScene], _ area: ChunkWindow, planned: inout [Int: any PlannedRead],
    times: inout StageTimes
  ) throws -> [Bool] {
    let window = area.window
    var keeps = [true]
    var present: Program.Mask.Layer?
    for (index, mask) in program.masks.enumerated() {
      let plane = rejected[index]
      let isReported = program.reportedMasks.contains(index + 1)
      guard keeps[index] || isReported else {
        // What the masks before have rejected no later one can bring back.
        plane.fill(1, as: .uint8, window)
        keeps.append(false)
        continue
      }
      let wide = reach(of: mask, around: area)
      if present != mask.layer {
        let first = index == 0 ? mask.band.flatMap { planned.removeValue(forKey: $0) } : nil
        try times.measure(\.read) { try load(mask, scenes.touching(wide.window), wide, planned: first) }
        present = mask.layer
      }
      let inner = window.offset(columns: -wide.window.column, rows: -wide.window.row)
      reject(by: mask, inner, index, isReported)
      let whole = PixelWindow(column: 0, row: 0, width: window.width, height: window.height)
      if index > 0 { MaskPlanes.add(rejected[index - 1], window: whole, to: plane) }
      keeps.append(MaskPlanes.keepsAny(of: plane, in: whole))
    }
    return keeps
  }

  /// Says of a window where no scene lies that nothing is known there, and nothing is kept.
  func rejectAll(_ window: PixelWindow) {
    for plane in rejected { plane.fill(1, as: .uint8, window) }
    for mask in program.reportedMasks {
      reports[mask - 1].fill(Double(MaskPlanes.unknown), as: .uint8, window)
    }
  }

  /// Reads a mask's quality layer, as integers.
  private func load(
    _ mask: Program.Mask, _ scenes: [TimeStepScene], _ wide: ChunkWindow, planned: (any PlannedRead)?
  ) throws {
    switch mask.layer {
    case .band(let band):
      try loader.load(scenes, band: band, isQuality: true, over: wide, planned: planned, into: quality)
    case .stored(let product): try layers.load(product: product, layer: 0, window: wide.window, into: quality)
    }
    try quality.becomeFlags(mask.module.band)
    // A chunk without a scene is rejected whole: so is the part of a chunk where none lies.
    if program.computesEverywhere, case .band = mask.layer { quality.uncover(wide.window, outside: scenes) }
    quality.content = nil
  }

  /// Finds what one mask alone rejects.
  ///
  /// - Parameter inner: the window among the pixels that the mask looks at.
  private func reject(by mask: Program.Mask, _ inner: PixelWindow, _ index: Int, _ isReported: Bool) {
    mask.module.reject(quality.plane, window: inner, scratch: scratch, into: rejected[index])
    // Where no scene reaches nothing is known, whatever the stand-in number would say.
    if quality.hasUncovered { MaskPlanes.add(quality.uncovered, window: inner, to: rejected[index]) }
    guard isReported else { return }
    MaskPlanes.report(
      rejected[index], layer: quality.plane, uncovered: quality.hasUncovered ? quality.uncovered : nil,
      window: inner, nodata: quality.format.nodata, into: reports[index])
  }
}

extension [TimeStepScene] {
  /// Those that lie in a window, as far as it is known where they lie.
  func touching(_ window: PixelWindow) -> [TimeStepScene] {
    filter { $0.placement.map { $0.intersection(window) != nil } ?? true }
  }
}

extension SamplePlane {
  /// Gives the plane a window's size, and every sample a value.
  func fill(_ value: Double, as type: SampleType, _ window: PixelWindow) {
    reshape(type: type, width: window.width, height: window.height)
    fill(value)
  }

  /// The samples of a plane of bytes.
  var bytes8: UnsafeMutableBufferPointer<UInt8> { samples(as: UInt8.self) }
}
