public import Geo

/// The pixels around a pixel that a filter looks at.
public struct Neighbourhood: Hashable, Sendable {
  /// A radius of more pixels than a grid has rows or columns: windows grown by it are the whole grid.
  public static let wholeGrid = 1 << 22

  public enum Shape: String, CaseIterable, Hashable, Sendable {
    /// Pixels whose centres are at most the radius away.
    case disk
    /// Pixels at most the radius of columns and rows away.
    case square
  }

  public let shape: Shape
  /// In pixels; 0 or more, a fraction counts for disks.
  public let radius: Double

  public init(_ shape: Shape, radius: Double) {
    precondition(radius >= 0 && radius < 32_768)
    self.shape = shape
    self.radius = radius
  }

  /// How many rows and columns away the farthest pixel is.
  public var reach: Int { Int(radius) }

  /// How many columns away the farthest pixel of a row is.
  public func halfWidth(rowsAway: Int) -> Int {
    guard shape == .disk else { return reach }
    return Int(max(0, radius * radius - Double(rowsAway * rowsAway)).squareRoot())
  }

  /// How many pixels it has, the one in the middle included.
  public var count: Int { (-reach...reach).reduce(0) { $0 + 2 * halfWidth(rowsAway: abs($1)) + 1 } }

  /// Calls `body` with the rows and columns away of each pixel, row by row.
  func visit(_ body: (_ row: Int, _ column: Int) -> Void) {
    for row in -reach...reach {
      let half = halfWidth(rowsAway: abs(row))
      for column in -half...half { body(row, column) }
    }
  }
}

extension PixelWindow {
  /// The part of a window whose neighbours up to a radius lie in it, or beyond the grid.
  public func inner(radius: (y: Int, x: Int), in grid: PixelWindow) -> PixelWindow {
    let firstColumn = column == grid.column ? column : column + radius.x
    let firstRow = row == grid.row ? row : row + radius.y
    let lastColumn = endColumn == grid.endColumn ? endColumn : endColumn - radius.x
    let lastRow = endRow == grid.endRow ? endRow : endRow - radius.y
    return PixelWindow(
      column: firstColumn, row: firstRow, width: max(0, lastColumn - firstColumn),
      height: max(0, lastRow - firstRow))
  }
}
