public import Geo
internal import Raster

/// Where the pixels of a grid lie on a source raster. Belongs to one thread.
///
/// Positions are rounded to a millionth of a source pixel: noise of the arithmetic does not decide between two pixels
/// where a centre falls on their common edge, and moving the origin by whole pixels is exact.
public final class SourceMapping {
  private let source: Grid
  private let grid: AffineTransform
  private let anchor: TransformLattice.Anchor
  private let wrap: LongitudeWrap?
  /// Nil within one coordinate system.
  private let lattice: TransformLattice?
  // Source pixels of map coordinates: column = (x - originX) · columnX + (y - originY) · columnY, row alike.
  private let columnX: Double
  private let columnY: Double
  private let rowX: Double
  private let rowY: Double

  /// Adding and taking away leaves a multiple of 2⁻²⁰ of any number below 2³¹.
  private static let rounder = 1.5 * 4_294_967_296
  /// How far interpolated positions may be off, in source pixels.
  static let tolerance = 0.01

  init(source: Grid, grid: AffineTransform, anchor: TransformLattice.Anchor, lattice: TransformLattice?) {
    let transform = source.transform
    let determinant =
      transform.pixelWidth * transform.pixelHeight - transform.rowShear * transform.columnShear
    self.source = source
    self.grid = grid
    self.anchor = anchor
    self.lattice = lattice
    wrap = source.crs.isGeographic ? LongitudeWrap(around: source) : nil
    columnX = transform.pixelHeight / determinant
    columnY = -transform.rowShear / determinant
    rowX = -transform.columnShear / determinant
    rowY = transform.pixelWidth / determinant
  }

  /// Puts grid positions onto the source, in place.
  ///
  /// - Parameters:
  ///   - x, y: columns and rows counted from `gridOrigin`, then source columns and rows counted from `sourceOrigin`.
  ///   - success: 1 where a position has an image, else 0.
  func locate(
    _ count: Int, x: UnsafeMutablePointer<Double>, y: UnsafeMutablePointer<Double>,
    success: UnsafeMutablePointer<Int32>, gridOrigin: (column: Int, row: Int),
    sourceOrigin: (column: Int, row: Int)
  ) {
    let (gridColumn, gridRow) = (Double(gridOrigin.column), Double(gridOrigin.row))
    let (sourceColumn, sourceRow) = (Double(sourceOrigin.column), Double(sourceOrigin.row))
    guard let lattice else {
      for index in 0..<count {
        let point = grid.map(column: x[index] + gridColumn, row: y[index] + gridRow)
        let (column, row) = pixel(wrap?(point.x) ?? point.x, point.y)
        store(column, row, sourceColumn, sourceRow, x + index, y + index, success + index)
      }
      return
    }
    let step = lattice.step
    let size = Double(step)
    var first = 0
    while first < count {
      let (column, row) = (x[first] + gridColumn, y[first] + gridRow)
      let cellColumn = Int(column) / step
      let cellRow = Int(row) / step
      let (left, right) = (Double(cellColumn * step), Double((cellColumn + 1) * step))
      var end = first + 1
      while end < count, x[end] + gridColumn < right, x[end] + gridColumn >= left, y[end] == y[first] {
        end += 1
      }
      let tile = lattice.tile(cellColumn: cellColumn, cellRow: cellRow)
      let cells = TransformLattice.tileCells
      let (inColumn, inRow) = (cellColumn % cells, cellRow % cells)
      let table = tile.table[inRow * cells + inColumn]
      if table >= 0 {
        let start = (Int(row) - cellRow * step) * step
        for index in first..<end {
          let place = start + Int(x[index] + gridColumn) - cellColumn * step
          let (column, row) = pixel(tile.tableX[table][place], tile.tableY[table][place])
          store(column, row, sourceColumn, sourceRow, x + index, y + index, success + index)
        }
      } else {
        let node = inRow * (cells + 1) + inColumn
        let below = node + cells + 1
        let down = (row - Double(cellRow * step)) / size
        func between(_ values: [Double], _ place: Int) -> Double {
          values[node + place] + (values[below + place] - values[node + place]) * down
        }
        let near = pixel(between(tile.x, 0), between(tile.y, 0))
        let far = pixel(between(tile.x, 1), between(tile.y, 1))
        for index in first..<end {
          let along = (x[index] + gridColumn - left) / size
          store(
            near.column + (far.column - near.column) * along, near.row + (far.row - near.row) * along,
            sourceColumn, sourceRow, x + index, y + index, success + index)
        }
      }
      first = end
    }
  }

  @inline(__always)
  private func pixel(_ x: Double, _ y: Double) -> (column: Double, row: Double) {
    let (dx, dy) = (x - source.transform.originX, y - source.transform.originY)
    return (dx * columnX + dy * columnY, dx * rowX + dy * rowY)
  }

  @inline(__always)
  private func store(
    _ column: Double, _ row: Double, _ sourceColumn: Double, _ sourceRow: Double,
    _ x: UnsafeMutablePointer<Double>, _ y: UnsafeMutablePointer<Double>,
    _ success: UnsafeMutablePointer<Int32>
  ) {
    // False for NaN too.
    let isFound = abs(column) < 1e9 && abs(row) < 1e9
    x.pointee = isFound ? (column + Self.rounder) - Self.rounder - sourceColumn : -1e9
    y.pointee = isFound ? (row + Self.rounder) - Self.rounder - sourceRow : -1e9
    success.pointee = isFound ? 1 : 0
  }

  /// The box of source positions under a window of the grid, in source pixels; nil where nothing has an image.
  public func bounds(of window: PixelWindow) -> (left: Double, top: Double, right: Double, bottom: Double)? {
    let last = anchor == .centre ? -1 : 0
    let columns = (window.column, window.endColumn + last)
    let rows = (window.row, window.endRow + last)
    var points: [(column: Double, row: Double)] = []
    func add(_ column: Int, _ row: Int) {
      points.append((Double(column) + anchor.offset, Double(row) + anchor.offset))
    }
    if let lattice {
      let step = lattice.step
      let cells = TransformLattice.tileCells
      for cellRow in (rows.0 / step)...(rows.1 / step) {
        for cellColumn in (columns.0 / step)...(columns.1 / step) {
          let tile = lattice.tile(cellColumn: cellColumn, cellRow: cellRow)
          let isExact = tile.table[cellRow % cells * cells + cellColumn % cells] >= 0
          let left = max(columns.0, cellColumn * step)
          let right = min(columns.1, (cellColumn + 1) * step - 1)
          let top = max(rows.0, cellRow * step)
          let bottom = min(rows.1, (cellRow + 1) * step - 1)
          // Between nodes positions are bilinear, which is extreme at corners.
          for row in isExact ? Array(top...bottom) : [top, bottom] {
            for column in isExact ? Array(left...right) : [left, right] { add(column, row) }
          }
        }
      }
    } else {
      for row in [rows.0, rows.1] { for column in [columns.0, columns.1] { add(column, row) } }
    }
    var x = points.map(\.column)
    var y = points.map(\.row)
    var success = [Int32](repeating: 0, count: points.count)
    locate(points.count, x: &x, y: &y, success: &success, gridOrigin: (0, 0), sourceOrigin: (0, 0))
    let found = x.indices.filter { success[$0] != 0 }
    guard let first = found.first else { return nil }
    var box = (left: x[first], top: y[first], right: x[first], bottom: y[first])
    for index in found {
      box = (
        min(box.left, x[index]), min(box.top, y[index]), max(box.right, x[index]), max(box.bottom, y[index])
      )
    }
    if lattice == nil, let wrap,
      wrap.turn(grid.map(column: points[0].column, row: points[0].row).x)
        != wrap.turn(grid.map(column: points[3].column, row: points[3].row).x)
    {
      // The seam of a raster around the Earth lies in the window: both its ends are under it.
      (box.left, box.right) = (0, Double(source.width))
    }
    return box
  }
}

extension SourceMapping {
  /// The source pixels under a window of the grid and under the reach of its kernel; nil where the raster has none.
  public func sourceWindow(for window: PixelWindow, options: RasterWarper.Options) -> PixelWindow? {
    guard let box = bounds(of: window) else { return nil }
    // One pixel more than the kernel: positions on a pixel's edge, and neighbours that weigh nothing.
    let reachX = (Double(options.resampling.radius) / options.scaleX).rounded(.up) + 1
    let reachY = (Double(options.resampling.radius) / options.scaleY).rounded(.up) + 1
    let (left, top) = ((box.left - reachX).rounded(.down), (box.top - reachY).rounded(.down))
    let (right, bottom) = ((box.right + reachX).rounded(.up), (box.bottom + reachY).rounded(.up))
    return PixelWindow(
      column: Int(left), row: Int(top), width: Int(right - left), height: Int(bottom - top)
    ).intersection(source.window)
  }
}
