import Geo
import Raster
import TestSupport
import Testing

@Suite struct DilationTests {
  /// What the definition says, pixel by pixel.
  private func bruteForce(
    _ mask: [UInt8], width: Int, height: Int, radius: Int, shape: Dilation.Shape
  ) -> [UInt8] {
    (0..<(width * height)).map { pixel in
      for row in 0..<height {
        for column in 0..<width where mask[row * width + column] != 0 {
          let (down, right) = (abs(row - pixel / width), abs(column - pixel % width))
          let isNear =
            switch shape {
            case .disk: down * down + right * right <= radius * radius
            case .square: max(down, right) <= radius
            case .diamond: down + right <= radius
            }
          if isNear { return 1 }
        }
      }
      return 0
    }
  }

  private func mask(width: Int, height: Int, oneIn: UInt64, seed: UInt64) -> [UInt8] {
    var generator = SeededGenerator(seed: seed)
    return (0..<(width * height)).map { _ in generator.next() % oneIn == 0 ? 1 : 0 }
  }

  @Test(arguments: Dilation.Shape.allCases, [0, 1, 2, 3, 5, 12, 60])
  func `every pixel within the radius is rejected and no other`(shape: Dilation.Shape, radius: Int) {
    let (width, height) = (41, 29)
    for (seed, oneIn) in [(1, 400), (2, 60), (3, 5)] as [(UInt64, UInt64)] {
      let rejected = mask(width: width, height: height, oneIn: oneIn, seed: seed)
      let output = SamplePlane()
      let whole = PixelWindow(column: 0, row: 0, width: width, height: height)
      Dilation.dilate(
        plane(rejected, width: width), radius: radius, shape: shape, window: whole, into: output)
      let expected = bruteForce(rejected, width: width, height: height, radius: radius, shape: shape)
      #expect(Array(output.samples(as: UInt8.self)) == expected, "one in \(oneIn)")
    }
  }

  @Test(arguments: Dilation.Shape.allCases, [1, 4, 7])
  func `chunks read with a halo give what the whole grid gives`(shape: Dilation.Shape, radius: Int) {
    let (width, height) = (53, 47)
    let rejected = mask(width: width, height: height, oneIn: 90, seed: 7)
    let expected = bruteForce(rejected, width: width, height: height, radius: radius, shape: shape)
    let grid = PixelWindow(column: 0, row: 0, width: width, height: height)
    let layout = ChunkLayout(gridWidth: width, gridHeight: height, chunkWidth: 16, chunkHeight: 10)
    for number in 0..<layout.count {
      let chunk = layout.window(layout.index(number))
      guard let read = chunk.grown(by: radius).intersection(grid) else { continue }
      let part = (0..<read.count).map { index in
        rejected[(read.row + index / read.width) * width + read.column + index % read.width]
      }
      let output = SamplePlane()
      Dilation.dilate(
        plane(part, width: read.width), radius: radius, shape: shape,
        window: chunk.offset(columns: -read.column, rows: -read.row), into: output)
      let wanted = (0..<chunk.count).map { index in
        expected[(chunk.row + index / chunk.width) * width + chunk.column + index % chunk.width]
      }
      #expect(Array(output.samples(as: UInt8.self)) == wanted, "chunk \(number)")
      #expect(output.width == chunk.width && output.height == chunk.height)
    }
  }

  @Test func `nothing rejected stays nothing`() {
    let output = SamplePlane()
    output.reshape(type: .uint8, width: 3, height: 3)
    output.fill(1)
    let window = PixelWindow(column: 2, row: 1, width: 5, height: 4)
    Dilation.dilate(
      plane([UInt8](repeating: 0, count: 80), width: 10), radius: 3, shape: .disk, window: window,
      into: output)
    #expect(Array(output.samples(as: UInt8.self)) == [UInt8](repeating: 0, count: 20))
  }

  @Test func `a disk of three is scikit images disk`() {
    // skimage.morphology.disk(3)
    let disk: [UInt8] = [
      0, 0, 0, 1, 0, 0, 0,
      0, 1, 1, 1, 1, 1, 0,
      0, 1, 1, 1, 1, 1, 0,
      1, 1, 1, 1, 1, 1, 1,
      0, 1, 1, 1, 1, 1, 0,
      0, 1, 1, 1, 1, 1, 0,
      0, 0, 0, 1, 0, 0, 0,
    ]
    var point = [UInt8](repeating: 0, count: 49)
    point[24] = 1
    let output = SamplePlane()
    let whole = PixelWindow(column: 0, row: 0, width: 7, height: 7)
    Dilation.dilate(plane(point, width: 7), radius: 3, shape: .disk, window: whole, into: output)
    #expect(Array(output.samples(as: UInt8.self)) == disk)
  }
}
