public import Geo

/// Where a scene has data: its raster on the area's grid, and the slanted swath inside it.
///
/// A swath of a descending orbit leans: the raster's upper-left and lower-right corners are fill.
public struct Footprint: Hashable, Sendable {
  /// The scene's raster, in pixels of the area.
  public var raster: PixelWindow
  /// The rectangle whose corners the swath cuts, in pixels of the area.
  var swath: PixelWindow

  /// The columns with data in a row; both are counted on the area.
  func dataColumns(row: Int) -> Range<Int> {
    let slant = min(swath.height * 12 / 100, swath.width / 5)
    let shift = slant * (row - swath.row) / swath.height
    let first = max(raster.column, swath.column + slant - shift)
    let end = min(raster.endColumn, swath.endColumn - shift)
    return first..<max(first, end)
  }

  /// The corners of the data, in pixels of the area: upper left, then clockwise.
  var corners: [(column: Int, row: Int)] {
    let top = dataColumns(row: raster.row)
    let bottom = dataColumns(row: raster.endRow - 1)
    return [
      (top.lowerBound, raster.row), (top.upperBound, raster.row),
      (bottom.upperBound, raster.endRow), (bottom.lowerBound, raster.endRow),
    ]
  }
}
