import Engine
import Geo
import Modules
import Raster
import Testing

@Suite struct FocalTests {
  private func make(_ more: String, _ bench: ModuleBench) throws -> Focal? {
    try bench.make(Focal.self, "{\"module\": \"focal\", \"of\": \"red\"\(more)}")
  }

  /// 11 columns, 9 rows, with holes.
  private static let values: [Float] = (0..<99).map { pixel -> Float in
    let (row, column) = (pixel / 11, pixel % 11)
    let isHole = (row, column) == (2, 3) || (5...6).contains(row) && (7...8).contains(column) || pixel == 0
    return isHole ? .nan : Float((pixel * 7919) % 1000) / 999
  }

  // scipy's generic_filter with nanmean, nanmedian …: the sum, and three pixels, two of them at edges.
  @Test(
    arguments: [
      ("mean", "disk", 2, [45.08805087141072, 0.41603141693541634, 0.5341055278799364, 0.37704371102154255]),
      (
        "mean", "square", 1, [45.038382839501665, 0.3646980310893721, 0.5687687564641237, 0.2982983058318496]
      ),
      (
        "median", "disk", 2, [44.76426441222429, 0.2212212234735489, 0.7577577829360962, 0.18368368595838547]
      ),
      (
        "median", "square", 1,
        [44.76726733148098, 0.14014014601707458, 0.8388388156890869, 0.10260260477662086]
      ),
      (
        "min", "disk", 2,
        [18.817817840725183, 0.0030030030757188797, 0.028028028085827827, 0.03403403237462044]
      ),
      ("max", "square", 1, [68.56356370449066, 0.9509509801864624, 0.9479479193687439, 0.9539539813995361]),
      ("std", "disk", 2, [18.29505322976252, 0.37403689168453574, 0.3886462342666949, 0.37563184185084564]),
      ("std", "square", 1, [15.56698232847363, 0.38777962729015214, 0.4107820177671298, 0.3806575419973457]),
    ] as [(String, String, Int, [Double])])
  func `values are scipy's`(statistic: String, shape: String, radius: Int, expected: [Double]) throws {
    let bench = try ModuleBench(bands: ["red"])
    let module = try #require(
      try make(", \"statistic\": \"\(statistic)\", \"shape\": \"\(shape)\", \"radius\": \(radius)", bench))
    let found = filtered(module, Self.values, grid: (11, 9))
    let sum = found.filter { !$0.isNaN }.map(Double.init).reduce(0, +)
    for (value, wanted) in zip([sum, Double(found[49]), Double(found[1]), Double(found[98])], expected) {
      #expect(abs(value - wanted) < 3e-6, "\(value), not \(wanted)")
    }
    // Missing pixels stay missing.
    #expect(zip(found, Self.values).allSatisfy { $0.isNaN == $1.isNaN })
  }

  @Test(arguments: ["mean", "std", "median", "min"], ["skip", "fill"])
  func `there is one missing value, in chunks without data too`(statistic: String, rule: String) throws {
    let bench = try ModuleBench(bands: ["red"])
    var values = [Float](repeating: .nan, count: 99)
    values[0] = 1
    let module = try #require(
      try make(", \"statistic\": \"\(statistic)\", \"radius\": 1, \"missing\": \"\(rule)\"", bench))
    let found = filtered(module, values, grid: (11, 9))
    #expect(found[0].isFinite)
    #expect(found.allSatisfy { !$0.isNaN || $0.bitPattern == Float.nan.bitPattern })
  }

  @Test func `missing pixels are left, filled or spread`() throws {
    let bench = try ModuleBench(bands: ["red"])
    var values = [Float](repeating: 1, count: 81)
    values[40] = .nan
    for (rule, missing) in [("skip", 1), ("fill", 0), ("propagate", 9)] {
      for statistic in ["mean", "median", "max"] {
        let module = try #require(
          try make(
            ", \"radius\": 1, \"shape\": \"square\", \"missing\": \"\(rule)\", \"statistic\": \"\(statistic)\", \"as\": \"\(rule)_\(statistic)\"",
            bench))
        let found = filtered(module, values, grid: (9, 9))
        #expect(found.count { $0.isNaN } == missing && found.allSatisfy { $0.isNaN || $0 == 1 })
      }
    }
  }

  @Test(arguments: ["mean", "median", "min", "max", "std"], ["disk", "square"])
  func `a pixel is the same through whatever window it is seen`(statistic: String, shape: String) throws {
    let bench = try ModuleBench(bands: ["red"])
    let module = try #require(
      try make(", \"statistic\": \"\(statistic)\", \"shape\": \"\(shape)\", \"radius\": 3", bench))
    #expect(module.radius == 3)
    let grid = (40, 30)
    let values = (0..<1200).map { $0 % 17 == 3 ? Float.nan : Float(($0 * 7919) % 1000) / 999 }
    let whole = filtered(module, values, grid: grid)
    for window in [
      PixelWindow(column: 0, row: 0, width: 20, height: 17),
      PixelWindow(column: 9, row: 5, width: 31, height: 25),
      PixelWindow(column: 11, row: 7, width: 7, height: 7),
    ] {
      let part = filtered(module, values, grid: grid, window: window)
      let inner = window.inner(radius: (3, 3), in: PixelWindow(column: 0, row: 0, width: 40, height: 30))
      for row in inner.row..<inner.endRow {
        for column in inner.column..<inner.endColumn {
          let own = part[(row - window.row) * window.width + column - window.column]
          #expect(own.bitPattern == whole[row * 40 + column].bitPattern)
        }
      }
    }
  }

  @Test func `of classes the most frequent is taken`() throws {
    let bench = try ModuleBench(bands: ["red"])
    _ = try bench.make(
      ExpressionModule.self, #"{"module": "expression", "formula": "red > 0.3", "as": "bright"}"#)
    let module = try #require(
      try bench.make(
        Focal.self,
        #"{"module": "focal", "of": "bright", "statistic": "mode", "radius": 1, "shape": "square"}"#),
      "\(bench.mistakes)")
    #expect(module.outputs[0].storage.isFlags && module.outputs[0].name == "bright_focal_mode")
    let found = filtered(module, [1, 1, 0, 0, 1, 0, 0, 1, 1], grid: (3, 3))
    #expect(found == [1, 0, 0, 1, 1, 1, 0, 0, 1], "\(found)")
  }

  @Test func `lengths on the ground become pixels when the grid is known`() throws {
    let bench = try ModuleBench(bands: ["red"])
    let module = try #require(try make(#", "radius": "90 m""#, bench))
    let (fine, coarse) = (try module.sized(forPixels: 30), try module.sized(forPixels: 60))
    #expect(module.hasGroundSizes && !fine.hasGroundSizes && fine.radius == 3 && coarse.radius == 1)
    // 0.1 · 3 is a little more than 0.3.
    #expect(
      try #require(try make(#", "radius": "0.3 m", "as": "b""#, bench)).sized(forPixels: 0.1).radius == 3)
    #expect(throws: GroundSizeError.self) { try module.sized(forPixels: 0.5) }
  }

  @Test(
    arguments: [
      (#", "radius": "90 miles""#, "\"90 miles\" is not a valid length"),
      (#", "radius": 20, "statistic": "median""#, "at most 15"),
      (#", "radius": 1, "statistic": "mode""#, "a mode needs classes"),
      (#", "radius": 0"#, "a radius of 0 pixels: no neighbour is as near"),
    ])
  func `what cannot be is reported`(more: String, message: String) throws {
    let bench = try ModuleBench(bands: ["red", "qa_pixel"])
    #expect(try make(more, bench) == nil)
    #expect(bench.mistakes.count == 1 && bench.mistakes[0].contains(message), "\(bench.mistakes)")
    #expect(try bench.make(Focal.self, #"{"module": "focal", "of": "qa_pixel", "radius": 1}"#) == nil)
    #expect(bench.mistakes.last?.contains("bits or classes") ?? false)
  }
}

/// What a neighbourhood module makes of a grid's values, seen through a window of it.
func filtered(
  _ module: some NeighbourhoodModule, _ values: [Float], grid: (width: Int, height: Int),
  window: PixelWindow? = nil
) -> [Float] {
  let whole = PixelWindow(column: 0, row: 0, width: grid.width, height: grid.height)
  let window = window ?? whole
  let (input, output) = (SamplePlane(), SamplePlane())
  for plane in [input, output] { plane.reshape(type: .float32, width: window.width, height: window.height) }
  let samples = input.samples(as: Float.self)
  for row in 0..<window.height {
    for column in 0..<window.width {
      samples[row * window.width + column] = values[(window.row + row) * grid.width + window.column + column]
    }
  }
  module.process([input], window: window, grid: whole, into: [output])
  return Array(output.samples(as: Float.self))
}
