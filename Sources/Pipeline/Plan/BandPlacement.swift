import Engine
import GDAL
import Geo
import Raster
import Synchronization

/// How a raster comes onto the cube's grid: pixels that coincide are pasted, never warped.
enum BandPlacement {
  /// The raster's pixels are the grid's; the window (which may reach beyond the grid) is where they lie.
  case paste(PixelWindow)
  /// The raster is resampled into the window.
  case warp(PixelWindow, BandWarp)

  var window: PixelWindow {
    switch self {
    case .paste(let window), .warp(let window, _): window
    }
  }

  /// Why a raster cannot be laid on a grid.
  struct Obstacle: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
      self.description = description
    }
  }

  /// The window of `grid` whose pixels are a raster's own; nil where they are not.
  static func pasted(_ raster: Grid, on grid: Grid) -> PixelWindow? {
    guard CRSComparison.isSame(raster.crs, grid.crs) else { return nil }
    var raster = raster
    if raster.crs.isGeographic {
      guard let turned = raster.turned(onto: grid) else { return nil }
      raster = turned
    }
    guard case .aligned(let column, let row) = grid.placement(of: raster) else { return nil }
    return PixelWindow(column: column, row: row, width: raster.width, height: raster.height)
  }

  /// What is in the way of a file that the plan expects elsewhere; nil when it lies where it should.
  static func obstacle(_ raster: Grid, on grid: Grid, expecting file: BandFile) -> String? {
    let advice = "\"trust\": \"file\" in \"download\" has every file asked before the run"
    if let warp = file.warp {
      return raster.isSame(as: warp.source)
        ? nil
        : "the file is \(raster.summary), its catalogue says \(warp.source.summary): \(advice)"
    }
    guard let window = pasted(raster, on: grid) else {
      return "the file is \(raster.summary), which is not where its catalogue says: \(advice)"
    }
    return window == file.placement
      ? nil : "the file covers \(window) of the grid, its catalogue says \(file.placement): \(advice)"
  }
}

/// Lays rasters on a grid, remembering what was found for each kind of raster. Belongs to one thread.
final class BandPlacer {
  private struct Question: Hashable {
    let raster: Grid
    let resampling: Resampling
  }

  private let grid: Grid
  /// The same for granules.
  let swaths: SwathPlacer
  private let mappings: SourceMappings
  private var surveys: [Grid: Result<WarpSurvey, BandPlacement.Obstacle>] = [:]

  /// Source pixels that one pixel of a grid may take: beyond it memory would not do.
  private static let mostSourcePixels = 4_000_000.0

  init(grid: Grid) {
    self.grid = grid
    mappings = SourceMappings(grid: grid)
    swaths = SwathPlacer(grid: grid)
  }

  /// How a raster comes onto the grid, or what is in the way.
  func place(
    _ raster: Grid, resampling: Resampling, isQuality: Bool = false
  ) -> Result<BandPlacement, BandPlacement.Obstacle> {
    if let flaw = raster.flaw {
      return .failure(BandPlacement.Obstacle("the raster \(flaw) (\(raster.summary))"))
    }
    if let window = BandPlacement.pasted(raster, on: grid) { return .success(.paste(window)) }
    var source = raster
    // One system in two notations needs no reprojection.
    if CRSComparison.isSame(raster.crs, grid.crs) {
      source = Grid(crs: grid.crs, transform: raster.transform, width: raster.width, height: raster.height)
    }
    return survey(source).flatMap { survey in
      let warp = BandWarp(
        source: source, resampling: resampling, step: survey.step, scaleX: survey.scaleX,
        scaleY: survey.scaleY, isQuality: isQuality)
      guard warp.sourcePixelsPerPixel <= Self.mostSourcePixels else {
        return .failure(
          BandPlacement.Obstacle(
            "a pixel of the grid covers more than \(Int(Self.mostSourcePixels)) of its pixels (\(raster.summary)): "
              + "choose a finer \"resolution\", or correct the raster's transform"))
      }
      return .success(.warp(survey.window, warp))
    }
  }

  private func survey(_ source: Grid) -> Result<WarpSurvey, BandPlacement.Obstacle> {
    if let known = surveys[source] { return known }
    let result: Result<WarpSurvey, BandPlacement.Obstacle>
    do {
      result = .success(try mappings.survey(source))
    } catch {
      result = .failure(BandPlacement.Obstacle("\(error)"))
    }
    surveys[source] = result
    return result
  }
}

/// Comparing coordinate systems, with a memory: PROJ needs milliseconds for what thousands of files ask.
enum CRSComparison {
  private struct Pair: Hashable {
    let left: CoordinateReference
    let right: CoordinateReference
  }

  private static let known = Mutex<[Pair: Bool]>([:])

  static func isSame(_ left: CoordinateReference, _ right: CoordinateReference) -> Bool {
    if left == right { return true }
    if let code = left.authorityCode, code == right.authorityCode { return true }
    let pair = Pair(left: left, right: right)
    if let answer = known.withLock({ $0[pair] }) { return answer }
    let answer = SpatialReference.isSame(left, right)
    known.withLock { $0[pair] = answer }
    return answer
  }
}

extension Grid {
  /// "100 × 80 pixels of 30.0 × 30.0 from (300015.0, 6100005.0), EPSG:32719".
  var summary: String {
    "\(width) × \(height) pixels of \(abs(transform.pixelWidth)) × \(abs(transform.pixelHeight)) from "
      + "(\(transform.originX), \(transform.originY)), \(crs.name)"
  }

  /// A raster in degrees, on the turn around the Earth on which a grid meets it; nil when it meets it on several.
  fileprivate func turned(onto grid: Grid) -> Grid? {
    let (mine, other) = (bounds, grid.bounds)
    let turns = [-360.0, 0, 360].filter { mine.minX + $0 < other.maxX && mine.maxX + $0 > other.minX }
    guard turns.count < 2 else { return nil }
    guard let turn = turns.first, turn != 0 else { return self }
    var moved = transform
    moved.originX += turn
    return Grid(crs: crs, transform: moved, width: width, height: height)
  }

  /// Whether two rasters have the same pixels, to a hundredth of one.
  func isSame(as other: Grid) -> Bool {
    width == other.width && height == other.height && hasCorners(of: other)
      && CRSComparison.isSame(crs, other.crs)
  }

  /// Whether the corners of two rasters of one size are within a hundredth of a pixel of each other.
  fileprivate func hasCorners(of other: Grid) -> Bool {
    [(0, 0), (width, 0), (0, height), (width, height)].allSatisfy { column, row in
      let point = transform.map(column: Double(column), row: Double(row))
      guard let pixel = other.transform.pixel(x: point.x, y: point.y) else { return false }
      return abs(pixel.column - Double(column)) < 0.01 && abs(pixel.row - Double(row)) < 0.01
    }
  }
}
