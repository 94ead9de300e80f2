/// A rectangle of whole pixels of a grid: first column and row, width and height, all in pixels.
public struct PixelWindow: Hashable, Sendable {
  public var column: Int
  public var row: Int
  public var width: Int
  public var height: Int

  public init(column: Int, row: Int, width: Int, height: Int) {
    self.column = column
    self.row = row
    self.width = width
    self.height = height
  }

  /// The number of pixels.
  public var count: Int { width * height }
  public var isEmpty: Bool { width <= 0 || height <= 0 }
  /// The first column after the window.
  public var endColumn: Int { column + width }
  /// The first row after the window.
  public var endRow: Int { row + height }

  /// The pixels that two windows share; nil when there are none.
  public func intersection(_ other: PixelWindow) -> PixelWindow? {
    let left = max(column, other.column)
    let top = max(row, other.row)
    let right = min(endColumn, other.endColumn)
    let bottom = min(endRow, other.endRow)
    guard right > left, bottom > top else { return nil }
    return PixelWindow(column: left, row: top, width: right - left, height: bottom - top)
  }

  /// Whether every pixel of `other` lies in this window.
  public func contains(_ other: PixelWindow) -> Bool {
    other.column >= column && other.row >= row && other.endColumn <= endColumn && other.endRow <= endRow
  }

  /// The smallest window that holds both.
  public func union(_ other: PixelWindow) -> PixelWindow {
    let left = min(column, other.column)
    let top = min(row, other.row)
    return PixelWindow(
      column: left, row: top,
      width: max(endColumn, other.endColumn) - left,
      height: max(endRow, other.endRow) - top)
  }

  /// The same pixels counted from another origin.
  public func offset(columns: Int, rows: Int) -> PixelWindow {
    PixelWindow(column: column + columns, row: row + rows, width: width, height: height)
  }

  /// The window grown by `margin` pixels on every side.
  public func grown(by margin: Int) -> PixelWindow {
    PixelWindow(
      column: column - margin, row: row - margin, width: width + 2 * margin, height: height + 2 * margin)
  }
}

extension PixelWindow: CustomStringConvertible {
  /// "columns 0 to 511, rows 512 to 1023", as error messages say it.
  public var description: String {
    "columns \(column) to \(endColumn - 1), rows \(row) to \(endRow - 1)"
  }
}
