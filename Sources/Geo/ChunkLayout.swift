/// A grid cut into equal rectangles, row by row; the last ones of a row or column may be smaller.
public struct ChunkLayout: Hashable, Sendable {
  public let gridWidth: Int
  public let gridHeight: Int
  /// Width and height, in pixels, of a whole chunk.
  public let chunkWidth: Int
  public let chunkHeight: Int

  /// - Precondition: every size is positive.
  public init(gridWidth: Int, gridHeight: Int, chunkWidth: Int, chunkHeight: Int) {
    precondition(gridWidth > 0 && gridHeight > 0 && chunkWidth > 0 && chunkHeight > 0)
    self.gridWidth = gridWidth
    self.gridHeight = gridHeight
    self.chunkWidth = min(chunkWidth, gridWidth)
    self.chunkHeight = min(chunkHeight, gridHeight)
  }

  public var columns: Int { (gridWidth + chunkWidth - 1) / chunkWidth }
  public var rows: Int { (gridHeight + chunkHeight - 1) / chunkHeight }
  public var count: Int { columns * rows }

  /// The chunk with this number, counted row by row from 0.
  public func index(_ number: Int) -> ChunkIndex {
    ChunkIndex(row: number / columns, column: number % columns)
  }

  /// The number of a chunk, counted row by row from 0.
  public func number(_ index: ChunkIndex) -> Int { index.row * columns + index.column }

  /// Whether the layout has this chunk.
  public func contains(_ index: ChunkIndex) -> Bool {
    (0..<rows).contains(index.row) && (0..<columns).contains(index.column)
  }

  /// The numbers of the chunks that a window of the grid touches.
  public func chunks(in window: PixelWindow) -> [Int] {
    guard window.width > 0, window.height > 0 else { return [] }
    let columns = max(0, window.column / chunkWidth)...min(columns - 1, (window.endColumn - 1) / chunkWidth)
    return (max(0, window.row / chunkHeight)...min(rows - 1, (window.endRow - 1) / chunkHeight)).flatMap {
      row in
      columns.map { number(ChunkIndex(row: row, column: $0)) }
    }
  }

  /// The pixels of a chunk.
  public func window(_ index: ChunkIndex) -> PixelWindow {
    let column = index.column * chunkWidth
    let row = index.row * chunkHeight
    return PixelWindow(
      column: column, row: row,
      width: min(chunkWidth, gridWidth - column), height: min(chunkHeight, gridHeight - row))
  }
}

/// The place of a chunk in its layout.
public struct ChunkIndex: Hashable, Sendable {
  public let row: Int
  public let column: Int

  public init(row: Int, column: Int) {
    self.row = row
    self.column = column
  }
}

extension ChunkIndex: CustomStringConvertible {
  /// "2,5": row, column, as `--chunk` takes it.
  public var description: String { "\(row),\(column)" }
}
