internal import Catalog
import GDAL
import Geo
internal import Raster

/// Chooses the grid of a cube: the area's extent, on the source pixels' own phase where the grid is theirs.
struct GridPlanner {
  let area: Area
  /// Whether a box in degrees stays on the turn around the Earth on which it was given, wherever the scenes' are.
  var keepsTurn = false

  private static let lonLat = "EPSG:4326"

  /// The area as longitudes and latitudes, for searching; nil when the scenes decide.
  static func searchBox(of area: Area) throws -> BoundingBox? {
    switch area {
    case .native: return nil
    case .like(let path):
      let grid = try GridPlanner.grid(like: path)
      return try search(grid.bounds, grid.crs)
    case .box(let box, let crs, _):
      guard let crs else { return box }
      return try search(box, parse(crs, "bbox_crs"))
    case .around(let longitude, let latitude, let buffer, _):
      // A little more than the square: grids may be turned against north, and stretched.
      let height = buffer * 2 / 110_000
      let width = height / max(0.02, cosine(ofDegrees: min(abs(latitude) + height, 89)))
      var box = BoundingBox(
        minX: longitude - width, minY: max(latitude - height, -90), maxX: longitude + width,
        maxY: min(latitude + height, 90))
      if width >= 180 { (box.minX, box.maxX) = (-180, 180) }
      if box.minX < -180 { box.minX += 360 }
      if box.maxX > 180 { box.maxX -= 360 }
      return box
    case .geometry(let polygons, _): return LonLatPolygon.bounds(of: polygons)
    }
  }

  /// Good to a thousandth, by the series: for search areas.
  private static func cosine(ofDegrees degrees: Double) -> Double {
    let square = (degrees * .pi / 180) * (degrees * .pi / 180)
    return 1 - square / 2 + square * square / 24 - square * square * square / 720
  }

  /// A box as degrees, with its west greater than its east across the antimeridian.
  private static func search(_ box: BoundingBox, _ crs: CoordinateReference) throws -> BoundingBox {
    var degrees = try transform(box, from: crs, to: SpatialReference.parse(lonLat))
    if degrees.maxX - degrees.minX >= 360 { (degrees.minX, degrees.maxX) = (-180, 180) }
    if degrees.minX >= 180 { degrees.minX -= 360 }
    if degrees.maxX > 180 { degrees.maxX -= 360 }
    // The edges of grids whose pixels are centred on the poles lie beyond them.
    (degrees.minY, degrees.maxY) = (max(degrees.minY, -90), min(degrees.maxY, 90))
    return degrees
  }

  /// The grid of a cube.
  ///
  /// - Parameters:
  ///   - sources: the grids of the scenes' rasters, in order of time; the first decides about phase, resolution and
  ///     coordinate system, as far as the area leaves them open.
  ///   - reason: why there are none of them, where that is known.
  func grid(sources: [Grid], reason: String? = nil) throws -> Grid {
    if case .like(let path) = area { return try GridPlanner.grid(like: path) }
    guard let first = sources.first else {
      throw PlanError(
        "no scene says where it lies: the grid cannot be chosen; give \"area\" as {\"like\": FILE}"
          + (reason.map { " (\($0))" } ?? ""))
    }
    switch area {
    case .native, .like: return try union(sources, target: GridTarget())
    case .box(let box, let crs, let target):
      let model = try model(target, sources)
      let from = try GridPlanner.parse(crs ?? GridPlanner.lonLat, "bbox_crs")
      return try cut(model, to: GridPlanner.transform(box, from: from, to: model.crs), near: first)
    case .around(let longitude, let latitude, let buffer, let target):
      return try square(
        around: (longitude, latitude), buffer: buffer, model: model(target, sources))
    case .geometry(_, let target):
      guard let box = try GridPlanner.searchBox(of: area) else { return try union(sources, target: target) }
      let model = try model(target, sources)
      let from = try SpatialReference.parse(GridPlanner.lonLat)
      return try cut(model, to: GridPlanner.transform(box, from: from, to: model.crs), near: first)
    }
  }

  // MARK: Coordinate system, resolution, phase

  /// A grid with the right pixels, of whatever extent.
  private func model(_ target: GridTarget, _ sources: [Grid]) throws -> Grid {
    guard let first = sources.first else { throw PlanError("there is no scene") }
    let crs = try target.crs.map { try GridPlanner.parse($0, "crs") } ?? first.crs
    let size = try target.resolution ?? GridPlanner.resolution(of: first, in: crs)
    // The first raster that has such pixels gives their phase: it is not resampled.
    if let source = sources.first(where: { $0.hasPixels(size, in: crs) }) {
      return Grid(crs: crs, transform: source.transform, width: source.width, height: source.height)
    }
    // Else edges lie on multiples of the resolution, as odc-geo has it.
    return Grid(
      crs: crs, transform: AffineTransform(originX: 0, originY: 0, pixelWidth: size.x, pixelHeight: -size.y),
      width: 1, height: 1)
  }

  /// The size of a raster's pixels in another coordinate system, if both measure alike.
  private static func resolution(of raster: Grid, in crs: CoordinateReference) throws
    -> GridTarget.Resolution
  {
    let size = raster.pixelSize
    if CRSComparison.isSame(crs, raster.crs) { return size }
    let units = [crs, raster.crs].map { SpatialReference.metresPerUnit($0) }
    guard let unit = units[0], unit == units[1] else {
      throw PlanError(
        "\"area\" asks for \(crs.name), the scenes are in \(raster.crs.name), which has other units: give "
          + "\"resolution\" in units of \(crs.name)", isConfigMistake: true)
    }
    return size
  }

  // MARK: Extent

  /// All scenes' extent on the first scene's pixels.
  private func union(_ sources: [Grid], target: GridTarget) throws -> Grid {
    let model = try model(target, sources)
    let placer = BandPlacer(grid: model)
    let windows = Set(sources).compactMap { try? placer.place($0, resampling: .nearest).get().window }
    guard let first = windows.first else { throw PlanError("no scene can be laid on \(model.crs.name)") }
    let window = windows.dropFirst().reduce(first) { $0.union($1) }
    return try GridPlanner.sound(model.part(window))
  }

  /// A grid that can be worked on.
  private static func sound(_ grid: Grid) throws -> Grid {
    try checkSize(grid.window)
    if let flaw = grid.flaw {
      throw PlanError("the grid of the area \(flaw): correct \"area\"", isConfigMistake: true)
    }
    return grid
  }

  private static func checkSize(_ window: PixelWindow) throws {
    guard window.width <= 4_000_000, window.height <= 4_000_000 else {
      throw PlanError(
        "the area is \(window.width) × \(window.height) pixels, more than 4 million on a side: give an \"area\" "
          + "that is smaller, a coarser \"resolution\", or look for a scene that does not belong here",
        isConfigMistake: true)
    }
  }

  /// The square around a point, its sides on the nearest pixel edges.
  private func square(around point: (Double, Double), buffer: Double, model: Grid) throws -> Grid {
    guard let unit = SpatialReference.metresPerUnit(model.crs) else {
      throw PlanError(
        "\"area\": a buffer in metres, and the grid's pixels are degrees (\(model.crs.name)); give a projected \"crs\"",
        isConfigMistake: true)
    }
    let tiny = 1e-9
    let place = try GridPlanner.transform(
      BoundingBox(minX: point.0 - tiny, minY: point.1 - tiny, maxX: point.0 + tiny, maxY: point.1 + tiny),
      from: GridPlanner.parse(GridPlanner.lonLat, "around"), to: model.crs)
    let (x, y) = ((place.minX + place.maxX) / 2, (place.minY + place.maxY) / 2)
    let half = buffer / unit
    let corners = [(x - half, y - half), (x + half, y + half)].compactMap {
      model.transform.pixel(x: $0.0, y: $0.1)
    }
    guard corners.count == 2, corners.allSatisfy({ abs($0.column) < 1e12 && abs($0.row) < 1e12 }) else {
      throw PlanError(
        "\"area\": the point lies too far from the scenes, or has too many pixels around it",
        isConfigMistake: true)
    }
    let columns = (corners.map(\.column).min() ?? 0, corners.map(\.column).max() ?? 0)
    let rows = (corners.map(\.row).min() ?? 0, corners.map(\.row).max() ?? 0)
    let window = PixelWindow(
      column: Int(columns.0.rounded()), row: Int(rows.0.rounded()),
      width: max(1, Int((columns.1 - columns.0).rounded())), height: max(1, Int((rows.1 - rows.0).rounded())))
    return try GridPlanner.sound(model.part(window))
  }

  /// The pixels of a grid's plane that a box touches.
  private func cut(_ model: Grid, to box: BoundingBox, near first: Grid) throws -> Grid {
    let transform = model.transform
    let box = model.crs.isGeographic && !keepsTurn ? box.turned(to: model, first) : box
    let corners = [(box.minX, box.minY), (box.maxX, box.maxY)].compactMap {
      transform.pixel(x: $0.0, y: $0.1)
    }
    guard corners.count == 2, corners.allSatisfy({ abs($0.column) < 1e12 && abs($0.row) < 1e12 }) else {
      throw PlanError(
        "the area does not lie near the scenes, or has too many pixels: \(box.array) in \(model.crs.name), in pixels "
          + "of \(abs(transform.pixelWidth)) × \(abs(transform.pixelHeight))", isConfigMistake: true)
    }
    // A box drawn along pixel edges must not take in a further row through rounding.
    let slack = 1e-6
    let left = Int((min(corners[0].column, corners[1].column) + slack).rounded(.down))
    let right = Int((max(corners[0].column, corners[1].column) - slack).rounded(.up))
    let top = Int((min(corners[0].row, corners[1].row) + slack).rounded(.down))
    let bottom = Int((max(corners[0].row, corners[1].row) - slack).rounded(.up))
    let window = PixelWindow(
      column: left, row: top, width: max(1, right - left), height: max(1, bottom - top))
    return try GridPlanner.sound(model.part(window))
  }

  // MARK: Coordinate systems

  /// The box in another system, densified along its edges; in degrees its east end is beyond 180 where it crosses the
  /// antimeridian.
  private static func transform(
    _ box: BoundingBox, from: CoordinateReference, to: CoordinateReference
  ) throws -> BoundingBox {
    do {
      return try SpatialReference.unrolled(box, from: from, to: to, densify: 21)
    } catch {
      throw PlanError("\"area\": \(error)", isConfigMistake: true)
    }
  }

  private static func parse(_ text: String, _ key: String) throws -> CoordinateReference {
    do {
      return try SpatialReference.parse(text)
    } catch {
      throw PlanError("\"area\": \"\(key)\" is not a coordinate system: \(error)", isConfigMistake: true)
    }
  }

  private static func grid(like path: String) throws -> Grid {
    var found: Grid?
    do {
      let dataset = try RasterDataset(opening: path)
      found = dataset.info.grid
    } catch {
      throw PlanError("\"area\": \"like\": \(error)", isConfigMistake: true)
    }
    guard let grid = found else {
      throw PlanError("\"area\": \"like\": \(path) does not say where it lies", isConfigMistake: true)
    }
    guard grid.transform.isAxisAligned else {
      throw PlanError(
        "\"area\": \"like\": \(path) is rotated, and files of results have rows along the x axis: give \"bbox\", "
          + "\"crs\" and \"resolution\"", isConfigMistake: true)
    }
    return try sound(grid)
  }
}

extension Grid {
  /// Width and height of a pixel, along its own sides.
  fileprivate var pixelSize: GridTarget.Resolution {
    func length(_ x: Double, _ y: Double) -> Double { y == 0 ? abs(x) : (x * x + y * y).squareRoot() }
    return GridTarget.Resolution(
      x: length(transform.pixelWidth, transform.columnShear),
      y: length(transform.pixelHeight, transform.rowShear))
  }

  /// Whether its pixels are of a size, in a coordinate system, and lie along its axes.
  fileprivate func hasPixels(_ size: GridTarget.Resolution, in crs: CoordinateReference) -> Bool {
    transform.isAxisAligned && abs(size.x / abs(transform.pixelWidth) - 1) < 1e-6
      && abs(size.y / abs(transform.pixelHeight) - 1) < 1e-6 && CRSComparison.isSame(self.crs, crs)
  }
}

extension BoundingBox {
  /// The box, a turn away if that brings it to the scenes: one of them may count its degrees to 360.
  fileprivate func turned(to model: Grid, _ first: Grid) -> BoundingBox {
    guard first.crs.isGeographic else { return self }
    let bounds = first.bounds
    if minX < bounds.maxX && maxX > bounds.minX { return self }
    for turn in [360.0, -360] where minX + turn < bounds.maxX && maxX + turn > bounds.minX {
      return BoundingBox(minX: minX + turn, minY: minY, maxX: maxX + turn, maxY: maxY)
    }
    return self
  }
}
