internal import Catalog
import GDAL
import Geo

/// Chooses the grid of a cube: the area's extent, on the source pixels' own phase.
struct GridPlanner {
  let area: Area

  /// The area as longitudes and latitudes, for searching; nil when the scenes decide.
  static func searchBox(of area: Area) throws -> BoundingBox? {
    switch area {
    case .native: return nil
    case .like(let path):
      let grid = try GridPlanner.grid(like: path)
      return try SpatialReference.transform(
        grid.bounds, from: grid.crs, to: SpatialReference.parse("EPSG:4326"), densify: 21)
    case .box(let box, let crs, _):
      guard let crs else { return box }
      return try SpatialReference.transform(
        box, from: parse(crs, "bbox_crs"), to: SpatialReference.parse("EPSG:4326"), densify: 21)
    case .geometry(let polygons, _):
      let boxes = polygons.compactMap(\.bounds)
      return boxes.dropFirst().reduce(boxes.first) { $0?.union($1) }
    }
  }

  /// The grid of a cube.
  ///
  /// - Parameter sources: the grids of the scenes' rasters, in order of time; the first decides about phase,
  ///   resolution and coordinate system.
  func grid(sources: [Grid]) throws -> Grid {
    if case .like(let path) = area { return try GridPlanner.grid(like: path) }
    guard let first = sources.first else {
      throw PlanError(
        "no scene says where it lies: the grid cannot be chosen; give \"area\" as {\"like\": FILE}")
    }
    guard first.transform.isAxisAligned else {
      throw PlanError("the first scene's raster is rotated, which this version cannot handle")
    }
    switch area {
    case .native, .like: return try union(first, sources)
    case .box(let box, let crs, let target):
      try check(target, against: first)
      let from = try GridPlanner.parse(crs ?? "EPSG:4326", "bbox_crs")
      return try cut(first, to: SpatialReference.transform(box, from: from, to: first.crs, densify: 21))
    case .geometry(_, let target):
      try check(target, against: first)
      guard let box = try GridPlanner.searchBox(of: area) else { return try union(first, sources) }
      let from = try SpatialReference.parse("EPSG:4326")
      return try cut(first, to: SpatialReference.transform(box, from: from, to: first.crs, densify: 21))
    }
  }

  /// All scenes' extent on the first scene's grid.
  private func union(_ first: Grid, _ sources: [Grid]) throws -> Grid {
    let windows = Set(sources).compactMap { try? BandPlacement.place($0, on: first).get() }
    let window = windows.reduce(first.window) { $0.union($1) }
    try GridPlanner.checkSize(window)
    return first.part(window)
  }

  private static func checkSize(_ window: PixelWindow) throws {
    guard window.width <= 4_000_000, window.height <= 4_000_000 else {
      throw PlanError(
        "the area is \(window.width) × \(window.height) pixels, more than 4 million on a side: give an \"area\" "
          + "that is smaller, or look for a scene that does not belong here")
    }
  }

  /// The pixels of a grid's plane that a box touches.
  private func cut(_ first: Grid, to box: BoundingBox) throws -> Grid {
    let transform = first.transform
    let corners = [(box.minX, box.minY), (box.maxX, box.maxY)].compactMap {
      transform.pixel(x: $0.0, y: $0.1)
    }
    guard corners.count == 2, corners.allSatisfy({ abs($0.column) < 1e9 && abs($0.row) < 1e9 }) else {
      throw PlanError("the area does not lie near the scenes: \(box.array) in \(first.crs.name)")
    }
    // A box drawn along pixel edges must not take in a further row through rounding.
    let slack = 1e-6
    let left = Int((min(corners[0].column, corners[1].column) + slack).rounded(.down))
    let right = Int((max(corners[0].column, corners[1].column) - slack).rounded(.up))
    let top = Int((min(corners[0].row, corners[1].row) + slack).rounded(.down))
    let bottom = Int((max(corners[0].row, corners[1].row) - slack).rounded(.up))
    let window = PixelWindow(
      column: left, row: top, width: max(1, right - left), height: max(1, bottom - top))
    try GridPlanner.checkSize(window)
    return first.part(window)
  }

  /// A coordinate system or resolution other than the scenes' own needs resampling.
  private func check(_ target: GridTarget, against first: Grid) throws {
    let own = "\(first.crs.name), \(abs(first.transform.pixelWidth)) × \(abs(first.transform.pixelHeight))"
    if let crs = target.crs, !CRSComparison.isSame(try GridPlanner.parse(crs, "crs"), first.crs) {
      throw PlanError(
        "\"area\" asks for \(crs), the scenes are in \(own): this version cannot reproject; leave \"crs\" out",
        isConfigMistake: true)
    }
    if let resolution = target.resolution {
      let ratioX = resolution.x / abs(first.transform.pixelWidth)
      let ratioY = resolution.y / abs(first.transform.pixelHeight)
      guard abs(ratioX - 1) < 1e-6, abs(ratioY - 1) < 1e-6 else {
        throw PlanError(
          "\"area\" asks for pixels of \(resolution.x) × \(resolution.y), the scenes have \(own): this version "
            + "cannot resample; leave \"resolution\" out", isConfigMistake: true)
      }
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
    do {
      let dataset = try RasterDataset(opening: path)
      if let grid = dataset.info.grid { return grid }
    } catch {
      throw PlanError("\"area\": \"like\": \(error)", isConfigMistake: true)
    }
    throw PlanError("\"area\": \"like\": \(path) does not say where it lies", isConfigMistake: true)
  }
}
