import Geo
import Testing

@testable import Pipeline

/// Blocks of files that a few chunks decode.
@Suite struct RepeatedBlocksTests {
  private func window(_ column: Int, _ row: Int, _ width: Int, _ height: Int) -> PixelWindow {
    PixelWindow(column: column, row: row, width: width, height: height)
  }

  @Test func `blocks are counted from the file's own corner`() {
    let block = SourceBlocks(width: 100, height: 50)
    // A file of 1000 × 1000 pixels whose corner lies 30 columns and 20 rows beyond the grid's.
    let file = window(-30, -20, 1000, 1000)
    // Its columns 30 to 129, rows 20 to 119: two blocks beside each other, three below each other.
    #expect(RepeatedBlocks.blocks(of: file, in: window(0, 0, 100, 100), block) == 6)
    // Columns 100 to 199 and rows 50 to 99: exactly one.
    #expect(RepeatedBlocks.blocks(of: file, in: window(70, 30, 100, 50), block) == 1)
    #expect(RepeatedBlocks.blocks(of: file, in: window(69, 30, 101, 50), block) == 2)
    #expect(RepeatedBlocks.blocks(of: file, in: window(2000, 0, 10, 10), block) == 0)
  }
}
