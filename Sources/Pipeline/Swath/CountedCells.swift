internal import Engine
internal import Geo

/// The cells of a read in which pixels beyond their valid range are counted: those of the chunk itself that masks keep.
struct CountedCells {
  private let read: BandRead
  /// In pixels of the grid.
  private let window: PixelWindow

  init(_ read: BandRead) {
    let placement = read.file.placement
    self.read = read
    window = read.chunk?.own ?? read.window.offset(columns: placement.column, rows: placement.row)
  }

  func contains(_ cell: Int) -> Bool {
    let placement = read.file.placement
    let (row, column) = cell.quotientAndRemainder(dividingBy: read.window.width)
    let pixel = PixelWindow(
      column: read.window.column + column, row: read.window.row + row, width: 1, height: 1)
    return window.contains(pixel.offset(columns: placement.column, rows: placement.row))
      && read.isWanted(pixel)
  }
}
