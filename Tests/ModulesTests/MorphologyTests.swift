import Engine
import Geo
import Modules
import Raster
import Testing

@Suite struct MorphologyTests {
  private func bench() throws -> ModuleBench {
    let bench = try ModuleBench(bands: ["red"])
    _ = try bench.make(
      ExpressionModule.self, #"{"module": "expression", "formula": "red > 0.3", "as": "bright"}"#)
    return bench
  }

  private func make(_ more: String, _ bench: ModuleBench) throws -> Morphology? {
    try bench.make(
      Morphology.self, "{\"module\": \"morphology\", \"of\": \"bright\", \"operation\": \(more)}")
  }

  /// 14 columns, 12 rows.
  private static let flags: [Float] = (0..<168).map { ($0 * $0 * 31 + $0 * 17) % 101 > 45 ? 1 : 0 }

  // scipy's binary_erosion (border_value 1), binary_dilation and label: how many are true.
  @Test(
    arguments: [
      (#""erode", "radius": 1"#, 4), (#""dilate", "radius": 1"#, 163), (#""open", "radius": 1"#, 17),
      (#""close", "radius": 1"#, 151), (#""open", "radius": 1, "shape": "square""#, 6),
      (#""close", "radius": 1, "shape": "square""#, 168),
      (#""remove_patches", "size": 4, "connectivity": "4""#, 82),
      (#""remove_patches", "size": 4"#, 86), (#""fill_holes", "size": 4, "connectivity": "4""#, 93),
      (#""fill_holes", "size": 4"#, 88),
    ])
  func `shapes are scipy's`(more: String, expected: Int) throws {
    let module = try #require(try make(more, bench()))
    #expect(module.outputs[0].storage.isFlags)
    let found = filtered(module, Self.flags, grid: (14, 12))
    #expect(found.allSatisfy { $0 == 0 || $0 == 1 } && found.count { $0 == 1 } == expected, "\(found)")
  }

  @Test(
    arguments: [
      #""open", "radius": 2"#, #""close", "radius": 2.3"#, #""dilate", "radius": 3, "shape": "square""#,
      #""remove_patches", "size": 5, "connectivity": "4""#, #""fill_holes", "size": 6"#,
    ])
  func `a pixel is the same through whatever window it is seen`(more: String) throws {
    let module = try #require(try make(more, bench()))
    let grid = PixelWindow(column: 0, row: 0, width: 50, height: 40)
    let values = (0..<2000).map { pixel -> Float in
      let mix = (pixel * pixel * 31 + pixel * 17) % 1009
      return mix < 40 ? .nan : mix > 480 ? 1 : 0
    }
    let whole = filtered(module, values, grid: (50, 40))
    for window in [
      PixelWindow(column: 0, row: 0, width: 30, height: 22),
      PixelWindow(column: 18, row: 15, width: 32, height: 25),
      PixelWindow(column: 10, row: 8, width: 20, height: 20),
    ] {
      let part = filtered(module, values, grid: (50, 40), window: window)
      let inner = window.inner(radius: (module.radius, module.radius), in: grid)
      for row in inner.row..<inner.endRow {
        for column in inner.column..<inner.endColumn {
          let own = part[(row - window.row) * window.width + column - window.column]
          #expect(own.bitPattern == whole[row * 50 + column].bitPattern)
        }
      }
    }
    // Missing pixels stay missing, and no others become so.
    #expect(zip(whole, values).allSatisfy { $0.isNaN == $1.isNaN })
  }

  @Test func `sizes on the ground are areas for patches`() throws {
    let module = try #require(try make(#""remove_patches", "size": "1 ha""#, bench()))
    // 11.1 pixels of 900 m²: twelve at least.
    let sized = try module.sized(forPixels: 30)
    #expect(module.hasGroundSizes && sized.radius == 11)
    #expect(throws: GroundSizeError.self) { try module.sized(forPixels: 1) }
    let open = try #require(try make(#""open", "radius": "60 m", "as": "o""#, bench()))
    #expect(try open.sized(forPixels: 30).radius == 4)
  }

  @Test(
    arguments: [
      (#""open""#, "needs a radius"), (#""open", "radius": 1, "size": 3"#, "has no size"),
      (#""remove_patches""#, "needs a size"), (#""fill_holes", "size": 2, "radius": 1"#, "has no radius"),
      (#""fill_holes", "size": "2 feet""#, "is not a valid area"),
      (#""open", "radius": 0"#, "a radius of 0 pixels: no neighbour is as near"),
      (#""erode", "radius": 0.5"#, "a radius of 0.5 pixels"),
      (#""remove_patches", "size": 1"#, "a size of 1 pixels: no patch has fewer"),
    ])
  func `what cannot be is reported`(more: String, message: String) throws {
    let bench = try bench()
    #expect(try make(more, bench) == nil)
    #expect(bench.mistakes.count == 1 && bench.mistakes[0].contains(message), "\(bench.mistakes)")
  }

  @Test func `numbers are no flags`() throws {
    let bench = try ModuleBench(bands: ["red"])
    let text = #"{"module": "morphology", "of": "red", "operation": "open", "radius": 1}"#
    #expect(try bench.make(Morphology.self, text) == nil)
    #expect(bench.mistakes.first?.contains("not true or false") ?? false, "\(bench.mistakes)")
  }
}
