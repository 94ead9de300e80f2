import Geo
import Storage
import Testing

@testable import Engine

/// The pixels that pictures are drawn from.
@Suite struct QuicklookSamplesTests {
  private func grid(_ width: Int, _ height: Int) -> Grid {
    Grid(
      crs: CoordinateReference(wkt: "", authorityCode: nil, isGeographic: false),
      transform: AffineTransform(originX: 0, originY: 0, pixelWidth: 1, pixelHeight: -1), width: width,
      height: height)
  }

  /// Samples of a layer whose pixel (column, row) is a million more than their sum, NaN on every seventh column.
  private func sampled(_ grid: Grid, chunk: (width: Int, height: Int), _ path: String) throws -> [Float] {
    let layout = ChunkLayout(
      gridWidth: grid.width, gridHeight: grid.height, chunkWidth: chunk.width, chunkHeight: chunk.height)
    let samples = try QuicklookSamples(path, grid: grid, layout: layout)
    for number in (0..<layout.count).reversed() {
      let window = layout.window(layout.index(number))
      let values = (0..<window.count).map { place -> Float in
        let (column, row) = (window.column + place % window.width, window.row + place / window.width)
        return column % 7 == 0 ? .nan : 1_000_000 + Float(column + row)
      }
      try values.withUnsafeBufferPointer { try samples.add($0, layer: 1, chunk: layout.index(number)) }
    }
    #expect(samples.width <= 512 && samples.height <= 512)
    #expect(try samples.values(layer: 0).allSatisfy(\.isNaN))
    return try samples.values(layer: 1)
  }

  @Test(arguments: [(1500, 1100), (512, 300), (513, 7), (1025, 1), (2, 3000)])
  func `a picture has the same pixels whatever the chunks`(width: Int, height: Int) throws {
    let folder = try LocalFiles.makeTemporaryDirectory()
    defer { _ = try? LocalFiles.removeTree(folder) }
    let grid = grid(width, height)
    let whole = try sampled(grid, chunk: (width, height), folder + "/a")
    // Chunks of one pixel have no sample of their own, most of them.
    for chunk in [(97, 53), (512, 512), (1, 200), (200, 1)] {
      let parts = try sampled(grid, chunk: chunk, "\(folder)/\(chunk)")
      #expect(whole.map(\.bitPattern) == parts.map(\.bitPattern), "\(chunk)")
    }
    // Each is a pixel of the grid, near the middle of those it stands for.
    let step = (max(width, height) + 511) / 512
    let columns = (width + step - 1) / step
    #expect(whole.count == columns * ((height + step - 1) / step))
    for (place, value) in whole.enumerated() {
      let column = min(place % columns * step + step / 2, width - 1)
      let row = min(place / columns * step + step / 2, height - 1)
      if column % 7 == 0 {
        #expect(value.isNaN)
      } else {
        #expect(value == 1_000_000 + Float(column + row))
      }
    }
  }
}
