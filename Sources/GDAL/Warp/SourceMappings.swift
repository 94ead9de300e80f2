public import Geo
public import Raster

/// The ways from one grid to all rasters that are laid on it, with what they share. Belongs to one thread.
public final class SourceMappings {
  private struct LatticeKey: Hashable {
    let crs: String
    let step: Int
    let anchor: TransformLattice.Anchor
    let tolerance: Double
    let wrap: LongitudeWrap?
  }

  private let grid: Grid
  private var transformers: [String: CoordinateTransformer] = [:]
  private var lattices: [LatticeKey: TransformLattice] = [:]
  private lazy var survey = GridSurvey(grid: grid)

  /// Coordinate systems and lattices that are kept: scenes of a few dozen UTM zones.
  private static let mostLattices = 16

  public init(grid: Grid) {
    self.grid = grid
  }

  /// The mapping for a raster.
  ///
  /// - Parameters:
  ///   - source: the grid of the raster.
  ///   - resampling: how values between pixels are made, which decides how exact the mapping must be.
  ///   - step: of the lattice, as `survey(_:)` found it.
  public func mapping(to source: Grid, resampling: Resampling, step: Int) throws(GDALError) -> SourceMapping {
    let anchor: TransformLattice.Anchor = resampling.usesArea ? .corner : .centre
    guard source.crs.wkt != grid.crs.wkt else {
      return SourceMapping(source: source, grid: grid.transform, anchor: anchor, lattice: nil)
    }
    let key = LatticeKey(
      crs: source.crs.wkt, step: step, anchor: anchor, tolerance: source.mappingTolerance,
      wrap: source.longitudeWrap)
    if lattices[key] == nil {
      if lattices.count >= Self.mostLattices { lattices.removeAll() }
      lattices[key] = TransformLattice(
        grid: grid.transform, transformer: try transformer(to: source.crs), step: step, anchor: anchor,
        tolerance: key.tolerance, wrap: key.wrap)
    }
    return SourceMapping(source: source, grid: grid.transform, anchor: anchor, lattice: lattices[key])
  }

  private func transformer(to crs: CoordinateReference) throws(GDALError) -> CoordinateTransformer {
    if let known = transformers[crs.wkt] { return known }
    let made = try CoordinateTransformer(from: grid.crs, to: crs)
    transformers[crs.wkt] = made
    return made
  }

  /// What resampling a raster onto the grid takes.
  ///
  /// - Throws: when there is no way between the two coordinate systems.
  public func survey(_ source: Grid) throws(GDALError) -> WarpSurvey {
    let toSource = try transformer(to: source.crs)
    let window = try survey.footprint(of: source)
    let part = window.intersection(grid.window)
    let step =
      source.crs.wkt == grid.crs.wkt
      ? 1
      : TransformLattice.step(
        for: part ?? grid.window, grid: grid.transform, transformer: toSource,
        tolerance: source.mappingTolerance, wrap: source.longitudeWrap)
    let (scaleX, scaleY) = scale(of: source, near: survey.middle(of: source), transformer: toSource)
    return WarpSurvey(window: window, step: step, scaleX: scaleX, scaleY: scaleY)
  }

  /// Grid pixels per source pixel along the source's columns and rows, around a position of the grid.
  private func scale(
    of source: Grid, near middle: (column: Double, row: Double)?, transformer: CoordinateTransformer
  ) -> (x: Double, y: Double) {
    let column = min(max(middle?.column ?? Double(grid.width) / 2, 0), Double(grid.width))
    let row = min(max(middle?.row ?? Double(grid.height) / 2, 0), Double(grid.height))
    func position(_ columns: Double, _ rows: Double) -> (column: Double, row: Double)? {
      let point = grid.transform.map(column: column + columns, row: row + rows)
      guard let image = transformer.transform(x: point.x, y: point.y) else { return nil }
      return source.transform.pixel(x: source.longitudeWrap?(image.x) ?? image.x, y: image.y)
    }
    guard let left = position(-0.5, 0), let right = position(0.5, 0), let top = position(0, -0.5),
      let bottom = position(0, 0.5)
    else { return (1, 1) }
    func scale(_ along: Double, _ across: Double) -> Double {
      let pixels = (along * along + across * across).squareRoot()
      guard pixels.isFinite, pixels > 1 / 0.95 else { return 1 }
      // As GDAL does: 9.98 source pixels are meant to be ten.
      return 1 / (abs(pixels - pixels.rounded()) < 0.05 ? pixels.rounded() : pixels)
    }
    return (
      scale(right.column - left.column, bottom.column - top.column),
      scale(right.row - left.row, bottom.row - top.row)
    )
  }
}

/// What resampling a raster onto a grid takes, found before any of its pixels is read.
public struct WarpSurvey: Hashable, Sendable {
  /// Grid pixels the raster may cover: never too few; may reach beyond the grid.
  public let window: PixelWindow
  /// Grid pixels between positions that are computed exactly.
  public let step: Int
  /// Grid pixels per source pixel along the source's columns and rows, at most 1.
  public let scaleX: Double
  public let scaleY: Double
}

extension Grid {
  /// How far positions may be off, in units of the coordinate system.
  fileprivate var mappingTolerance: Double {
    let width = (transform.pixelWidth * transform.pixelWidth + transform.columnShear * transform.columnShear)
      .squareRoot()
    let height = (transform.rowShear * transform.rowShear + transform.pixelHeight * transform.pixelHeight)
      .squareRoot()
    return SourceMapping.tolerance * min(width, height)
  }

  var longitudeWrap: LongitudeWrap? { crs.isGeographic ? LongitudeWrap(around: self) : nil }
}
