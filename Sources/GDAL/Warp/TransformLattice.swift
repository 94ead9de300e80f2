internal import Geo

/// Map coordinates in another system for the pixels of a grid: exact at the nodes of a lattice, interpolated between
/// them where that is as good. Belongs to one thread.
///
/// The lattice is anchored to the grid's first pixel and is computed in whole tiles, so that a pixel's coordinates do
/// not depend on the window that asks for them. Where interpolation would be off by more than `tolerance`, every pixel
/// of the cell goes through PROJ.
final class TransformLattice {
  /// Which points of pixels are wanted.
  enum Anchor: Hashable {
    case centre, corner

    var offset: Double { self == .centre ? 0.5 : 0 }
  }

  /// Cells along a tile's side; even, since cells are judged in squares of four.
  static let tileCells = 16
  static let steps = [64, 32, 16, 8, 4]

  /// Exact coordinates of the nodes of a tile, and of every pixel of cells that bend too much.
  final class Tile {
    let x: [Double]
    let y: [Double]
    /// For each cell the number of its table of exact coordinates; -1 where its nodes are enough.
    var table: [Int] = []
    var tableX: [[Double]] = []
    var tableY: [[Double]] = []
    var lastUse = 0

    init(x: [Double], y: [Double]) {
      self.x = x
      self.y = y
    }

    var bytes: Int { (x.count + tableX.count * (tableX.first?.count ?? 0)) * 16 }
  }

  private struct Place: Hashable {
    let column: Int
    let row: Int
  }

  /// What a lattice keeps in memory, about.
  private static let mostBytes = 4 << 20

  let step: Int
  let anchor: Anchor
  private let grid: AffineTransform
  private let transformer: CoordinateTransformer
  private let tolerance: Double
  private let wrap: LongitudeWrap?
  private var tiles: [Place: Tile] = [:]
  private var last: (place: Place, tile: Tile)?
  private var bytes = 0
  private var uses = 0

  /// - Parameters:
  ///   - step: pixels between nodes, a power of two.
  ///   - tolerance: in units of the other system.
  ///   - wrap: for longitudes, on which turn they are wanted.
  init(
    grid: AffineTransform, transformer: CoordinateTransformer, step: Int, anchor: Anchor, tolerance: Double,
    wrap: LongitudeWrap?
  ) {
    self.grid = grid
    self.transformer = transformer
    self.step = step
    self.anchor = anchor
    self.tolerance = tolerance
    self.wrap = wrap
  }

  /// The tile that holds a cell.
  func tile(cellColumn: Int, cellRow: Int) -> Tile {
    let place = Place(column: cellColumn / Self.tileCells, row: cellRow / Self.tileCells)
    if let last, last.place == place { return last.tile }
    uses += 1
    let tile = tiles[place] ?? make(place)
    tile.lastUse = uses
    last = (place, tile)
    return tile
  }

  private func make(_ place: Place) -> Tile {
    while bytes > Self.mostBytes, let oldest = tiles.min(by: { $0.value.lastUse < $1.value.lastUse }) {
      bytes -= oldest.value.bytes
      tiles[oldest.key] = nil
    }
    let side = Self.tileCells + 1
    let (firstColumn, firstRow) = (place.column * Self.tileCells * step, place.row * Self.tileCells * step)
    let (x, y) = exact(
      columns: (0..<side).map { Double(firstColumn + $0 * step) },
      rows: (0..<side).map { Double(firstRow + $0 * step) })
    let tile = Tile(x: x, y: y)
    tile.table = [Int](repeating: -1, count: Self.tileCells * Self.tileCells)
    for row in 0..<Self.tileCells {
      for column in 0..<Self.tileCells
      where Self.bend(x, y, column: column & ~1, row: row & ~1) > 2 * tolerance {
        tile.table[row * Self.tileCells + column] = tile.tableX.count
        let (tableX, tableY) = exact(
          columns: (0..<step).map { Double(firstColumn + column * step + $0) + anchor.offset },
          rows: (0..<step).map { Double(firstRow + row * step + $0) + anchor.offset })
        tile.tableX.append(tableX)
        tile.tableY.append(tableY)
      }
    }
    tiles[place] = tile
    bytes += tile.bytes
    return tile
  }

  /// Exact coordinates of the points of some columns and rows, row by row.
  private func exact(columns: [Double], rows: [Double]) -> (x: [Double], y: [Double]) {
    Self.exact(columns: columns, rows: rows, grid: grid, transformer: transformer, wrap: wrap)
  }

  private static func exact(
    columns: [Double], rows: [Double], grid: AffineTransform, transformer: CoordinateTransformer,
    wrap: LongitudeWrap?
  ) -> (x: [Double], y: [Double]) {
    var x: [Double] = []
    var y: [Double] = []
    x.reserveCapacity(columns.count * rows.count)
    y.reserveCapacity(columns.count * rows.count)
    for row in rows {
      for column in columns {
        let point = grid.map(column: column, row: row)
        x.append(point.x)
        y.append(point.y)
      }
    }
    transformer.transform(x: &x, y: &y)
    if let wrap { for index in x.indices { x[index] = wrap(x[index]) } }
    return (x, y)
  }

  /// How far interpolation over a square of two by two cells misses the nodes inside it; infinite where a node has no
  /// image. Over single cells it misses by about a quarter of that.
  ///
  /// Conformal projections bend the two axes against each other, so that the middle alone tells nothing: the middles
  /// of the sides are looked at too.
  private static func bend(_ x: [Double], _ y: [Double], column: Int, row: Int) -> Double {
    let side = tileCells + 1
    var worst = 0.0
    for values in [x, y] {
      func node(_ column: Int, _ row: Int) -> Double { values[row * side + column] }
      let corners = (
        node(column, row), node(column + 2, row), node(column, row + 2), node(column + 2, row + 2)
      )
      let errors = [
        node(column + 1, row) - (corners.0 + corners.1) / 2,
        node(column + 1, row + 2) - (corners.2 + corners.3) / 2,
        node(column, row + 1) - (corners.0 + corners.2) / 2,
        node(column + 2, row + 1) - (corners.1 + corners.3) / 2,
        node(column + 1, row + 1) - (corners.0 + corners.1 + corners.2 + corners.3) / 4,
      ]
      for error in errors { worst = error.isNaN ? .infinity : Swift.max(worst, abs(error)) }
    }
    return worst
  }

  /// The widest step that is good enough all over a window, judged at some of its places.
  static func step(
    for window: PixelWindow, grid: AffineTransform, transformer: CoordinateTransformer, tolerance: Double,
    wrap: LongitudeWrap?
  ) -> Int {
    let side = tileCells + 1
    for step in steps {
      let isGood = [0.05, 0.5, 0.95].allSatisfy { down in
        [0.05, 0.5, 0.95].allSatisfy { right in
          let column = Double(window.column) + right * Double(window.width)
          let row = Double(window.row) + down * Double(window.height)
          let around = [-Double(step), 0, Double(step)]
          let (x, y) = exact(
            columns: around.map { column + $0 }, rows: around.map { row + $0 }, grid: grid,
            transformer: transformer, wrap: wrap)
          // Laid into the corner of a tile of nodes, where `bend` looks.
          var (tileX, tileY) = (
            [Double](repeating: 0, count: side * 3), [Double](repeating: 0, count: side * 3)
          )
          for place in 0..<9 {
            tileX[place / 3 * side + place % 3] = x[place]
            tileY[place / 3 * side + place % 3] = y[place]
          }
          return bend(tileX, tileY, column: 0, row: 0) <= 2 * tolerance
        }
      }
      if isGood { return step }
    }
    return steps[steps.count - 1]
  }
}

/// Puts longitudes on the turn around a meridian: a raster from 170° to 190° has no pixel at -175°.
struct LongitudeWrap: Hashable {
  let centre: Double

  init(centre: Double) {
    self.centre = centre
  }

  /// The turn on which a raster lies.
  init(around raster: Grid) {
    let bounds = raster.bounds
    // A multiple of 30°, so that neighbouring rasters share their lattice.
    centre =
      bounds.maxX - bounds.minX > 330
      ? (bounds.minX + bounds.maxX) / 2 : ((bounds.minX + bounds.maxX) / 2 / 30).rounded() * 30
  }

  func callAsFunction(_ longitude: Double) -> Double { longitude - 360 * turn(longitude) }

  /// How many turns a longitude is away.
  func turn(_ longitude: Double) -> Double { ((longitude - centre) / 360).rounded() }
}
