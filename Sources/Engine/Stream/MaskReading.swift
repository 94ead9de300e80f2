internal import Geo
internal import Raster

/// One mask over one window: its quality layer is read as far as the mask looks, and says what is rejected.
struct MaskReading {
  private let mask: Program.Mask
  /// What the mask looks at: the window, and around it as far as it reaches within the grid.
  let wide: PixelWindow
  /// The window among the pixels that are looked at.
  private let inner: PixelWindow

  init(_ mask: Program.Mask, over window: PixelWindow, in grid: PixelWindow) {
    self.mask = mask
    wide = window.grown(by: mask.module.halo).intersection(grid) ?? window
    inner = window.offset(columns: -wide.column, rows: -wide.row)
  }

  /// Reads the quality layer, as integers.
  func load(
    _ scenes: [TimeStepScene], by loader: BandLoader, _ layers: LayerReader,
    planned: (any PlannedRead)? = nil, into layer: LoadedBand
  ) throws {
    switch mask.layer {
    case .band(let band):
      try loader.load(
        scenes, band: band, isQuality: true, window: wide, planned: planned, into: layer)
    case .stored(let product): try layers.load(product: product, layer: 0, window: wide, into: layer)
    }
    try layer.becomeFlags(mask.module.band)
    layer.content = nil
  }

  /// Finds what the mask rejects.
  ///
  /// - Parameters:
  ///   - plane: gets 1 rejected, 0 kept.
  ///   - report: gets the same with 255 for what is not known; nil where nobody saves it.
  func reject(
    by layer: LoadedBand, scratch: SamplePlane, into plane: SamplePlane, report: SamplePlane?
  ) throws {
    mask.module.reject(layer.plane, window: inner, scratch: scratch, into: plane)
    // Where no scene reaches nothing is known, whatever the stand-in number would say.
    if layer.hasUncovered { MaskPlanes.add(layer.uncovered, window: inner, to: plane) }
    guard let report else { return }
    MaskPlanes.report(
      plane, layer: layer.plane, uncovered: layer.hasUncovered ? layer.uncovered : nil, window: inner,
      nodata: layer.format.nodata, into: report)
  }
}
