internal import Geo
internal import Raster

/// Judges one scene after the other by the masks of a sequence. One a worker.
///
/// A scene's rank at a pixel is 0 where it does not lie, and else one more than the number of masks, from the first
/// on, that keep it there.
final class SceneJudge {
  private let program: Program
  private let loader: BandLoader
  private let layers: LayerReader
  private let gridWindow: PixelWindow

  private let quality = LoadedBand()
  private let scratch = SamplePlane()
  private let maskPlane = SamplePlane()
  /// The present scene's rank at each pixel, as bytes.
  let ranks = SamplePlane()
  /// What the masks report of the present scene, for those that are saved; counted from 1.
  private(set) var reports: [Int: SamplePlane] = [:]

  init(program: Program, loader: BandLoader, layers: LayerReader, gridWindow: PixelWindow) {
    self.program = program
    self.loader = loader
    self.layers = layers
    self.gridWindow = gridWindow
  }

  /// Finds the present scene's rank at each pixel.
  func judge(_ scene: TimeStepScene, _ window: PixelWindow, _ savedMasks: Set<Int>) throws {
    ranks.clear(as: .uint8, window)
    let own = ranks.bytes8
    let part = (scene.placement?.intersection(window) ?? window)
      .offset(columns: -window.column, rows: -window.row)
    for row in part.row..<part.endRow {
      let start = row * window.width + part.column
      own[start..<(start + part.width)].update(repeating: 1)
    }
    var isKept = true
    for (index, mask) in program.masks.enumerated() {
      let isSaved = savedMasks.contains(index + 1)
      // What the masks before have rejected no later one can bring back.
      guard isSaved || isKept else { continue }
      if isSaved, reports[index + 1] == nil { reports[index + 1] = SamplePlane() }
      let reading = MaskReading(mask, over: window, in: gridWindow)
      try reading.load([scene], by: loader, layers, into: quality)
      try reading.reject(
        by: quality, scratch: scratch, into: maskPlane, report: isSaved ? reports[index + 1] : nil)
      var marks = own.mutableSpan
      let rank = UInt8(truncatingIfNeeded: index + 1)
      isKept = SceneFusion.keep(maskPlane.samples(as: UInt8.self).span, rank: rank, scene: &marks) && isKept
    }
  }
}

extension SamplePlane {
  /// The samples of a plane of bytes.
  var bytes8: UnsafeMutableBufferPointer<UInt8> { samples(as: UInt8.self) }

  /// Gives the plane a window's size, and zeros.
  func clear(as type: SampleType, _ window: PixelWindow) {
    reshape(type: type, width: window.width, height: window.height)
    fill(0)
  }
}
