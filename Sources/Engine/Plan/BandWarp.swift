public import Geo
public import Raster

/// How a raster that does not lie on the grid is brought onto it.
public struct BandWarp: Hashable, Sendable {
  /// The raster's own grid, at full resolution; its coordinate system is the cube's where the two are the same.
  public let source: Grid
  public let resampling: Resampling
  /// Grid pixels between positions that are computed exactly; 1 within one coordinate system.
  public let step: Int
  /// Grid pixels per source pixel along the source's columns and rows, at most 1.
  public let scaleX: Double
  public let scaleY: Double
  /// Whether it holds bits or classes: overviews made of averages say nothing of them.
  public let isQuality: Bool

  public init(
    source: Grid, resampling: Resampling, step: Int, scaleX: Double, scaleY: Double, isQuality: Bool = false
  ) {
    self.source = source
    self.resampling = resampling
    self.step = step
    self.scaleX = scaleX
    self.scaleY = scaleY
    self.isQuality = isQuality
  }

  /// How many times fewer pixels along each side an overview may have without being coarser than the grid; 1 where
  /// none may be used.
  ///
  /// Overviews are averages, or nearest pixels: statistics other than the mean need every pixel.
  public var overviewFactor: Double {
    switch resampling {
    case .nearest, .bilinear, .cubic, .cubicSpline, .lanczos, .average: 1 / max(scaleX, scaleY)
    case .rms, .mode, .min, .max, .median, .q1, .q3: 1
    }
  }

  /// Source pixels read for one pixel of the grid, about.
  public var sourcePixelsPerPixel: Double { 1 / (scaleX * scaleY) }
}
