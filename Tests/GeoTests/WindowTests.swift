import Geo
import Testing

@Suite struct ChunkLayoutTests {
  @Test(arguments: [(100, 80, 32, 32), (1, 1, 512, 512), (64, 64, 64, 64), (65, 63, 64, 64), (7, 3, 1, 1)])
  func `chunks cover each pixel once`(width: Int, height: Int, chunkWidth: Int, chunkHeight: Int) {
    let layout = ChunkLayout(
      gridWidth: width, gridHeight: height, chunkWidth: chunkWidth, chunkHeight: chunkHeight)
    var seen = [Int](repeating: 0, count: width * height)
    for number in 0..<layout.count {
      let index = layout.index(number)
      #expect(layout.number(index) == number && layout.contains(index))
      let window = layout.window(index)
      #expect(!window.isEmpty)
      for row in window.row..<window.endRow {
        for column in window.column..<window.endColumn { seen[row * width + column] += 1 }
      }
    }
    #expect(seen.allSatisfy { $0 == 1 })
  }

  @Test func `chunks outside are not contained`() {
    let layout = ChunkLayout(gridWidth: 100, gridHeight: 50, chunkWidth: 40, chunkHeight: 40)
    #expect(layout.columns == 3 && layout.rows == 2)
    #expect(
      !layout.contains(ChunkIndex(row: 2, column: 0)) && !layout.contains(ChunkIndex(row: 0, column: -1)))
    #expect(ChunkIndex(row: 1, column: 2).description == "1,2")
    #expect(
      layout.window(ChunkIndex(row: 1, column: 2)) == PixelWindow(column: 80, row: 40, width: 20, height: 10))
  }
}

@Suite struct PixelWindowTests {
  private let window = PixelWindow(column: 10, row: 20, width: 30, height: 40)

  @Test func `intersections are the shared pixels`() {
    let other = PixelWindow(column: 35, row: 0, width: 100, height: 25)
    #expect(window.intersection(other) == PixelWindow(column: 35, row: 20, width: 5, height: 5))
    #expect(window.intersection(window) == window)
    // Touching edges share no pixel.
    #expect(window.intersection(PixelWindow(column: 40, row: 20, width: 5, height: 5)) == nil)
  }

  @Test func `unions hold both`() {
    let other = PixelWindow(column: -5, row: 50, width: 2, height: 30)
    let union = window.union(other)
    #expect(union == PixelWindow(column: -5, row: 20, width: 45, height: 60))
    #expect(union.contains(window) && union.contains(other) && !window.contains(union))
  }

  @Test func `growing and moving keep the pixels`() {
    #expect(window.grown(by: 3) == PixelWindow(column: 7, row: 17, width: 36, height: 46))
    #expect(window.grown(by: 3).grown(by: -3) == window)
    #expect(window.offset(columns: -10, rows: -20) == PixelWindow(column: 0, row: 0, width: 30, height: 40))
    #expect(window.count == 1200)
    #expect(PixelWindow(column: 0, row: 0, width: 0, height: 5).isEmpty)
    #expect(window.description == "columns 10 to 39, rows 20 to 59")
  }

  @Test func `boxes meet at their edges`() {
    let box = BoundingBox(minX: 0, minY: 0, maxX: 1, maxY: 1)
    #expect(box.intersects(BoundingBox(minX: 1, minY: 1, maxX: 2, maxY: 2)))
    #expect(!box.intersects(BoundingBox(minX: 1.1, minY: 0, maxX: 2, maxY: 2)))
    #expect(
      box.union(BoundingBox(minX: -1, minY: 0.5, maxX: 0.5, maxY: 3)).array == [-1, 0, 1, 3])
  }
}
