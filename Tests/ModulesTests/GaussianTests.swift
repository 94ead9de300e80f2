import Engine
import Geo
import Modules
import Raster
import Testing

@Suite struct GaussianTests {
  private func make(_ more: String, _ bench: ModuleBench) throws -> Gaussian? {
    try bench.make(Gaussian.self, "{\"module\": \"gaussian\"\(more)}")
  }

  /// Smooths values of a whole grid, seen through a window of it.
  private func smooth(
    _ module: Gaussian, _ values: [Float], grid: (width: Int, height: Int), window: PixelWindow
  ) -> [Float] {
    let (input, output) = (SamplePlane(), SamplePlane())
    for plane in [input, output] { plane.reshape(type: .float32, width: window.width, height: window.height) }
    let samples = input.samples(as: Float.self)
    for row in 0..<window.height {
      for column in 0..<window.width {
        samples[row * window.width + column] =
          values[(window.row + row) * grid.width + window.column + column]
      }
    }
    module.process(
      [input], window: window, grid: PixelWindow(column: 0, row: 0, width: grid.width, height: grid.height),
      into: [output])
    return Array(output.samples(as: Float.self))
  }

  @Test func `a pixel is the same through whatever window it is seen, as long as its neighbours are in it`()
    throws
  {
    let bench = try ModuleBench(bands: ["red"])
    let module = try #require(try make(#", "of": "red", "sigma": [1.5, 0.5]"#, bench))
    #expect(module.radius == 6)
    #expect(!module.fillsMissing)
    let edge = #", "of": "red", "as": "e", "sigma": 1, "mode": "constant", "missing": "fill""#
    #expect(try #require(try make(edge, bench)).fillsMissing)
    let values = (0..<600).map { (pixel: Int) -> Float in
      pixel % 17 == 3 ? .nan : Float((pixel * 7919) % 1000) / 999
    }
    let whole = smooth(
      module, values, grid: (30, 20), window: PixelWindow(column: 0, row: 0, width: 30, height: 20))
    // A corner, with as much around it as the filter looks at.
    let part = smooth(
      module, values, grid: (30, 20), window: PixelWindow(column: 4, row: 0, width: 20, height: 16))
    for row in 0..<10 {
      for column in 10..<18 {
        #expect(part[row * 20 + column - 4].bitPattern == whole[row * 30 + column].bitPattern)
      }
    }
  }

  @Test func `behind one edge of the grid lies the other`() throws {
    let bench = try ModuleBench(bands: ["red"])
    let module = try #require(
      try make(#", "of": "red", "sigma": [0, 1], "truncate": 1, "mode": "wrap""#, bench))
    // No chunk of a grid has all that may be looked at.
    #expect(module.radius == Neighbourhood.wholeGrid)
    let found = smooth(
      module, [1, 0, 0, 0, 0, 0], grid: (6, 1), window: PixelWindow(column: 0, row: 0, width: 6, height: 1))
    // exp(-1/2) on both sides of 1, made up to 1 in all.
    let (middle, side) = (1 / (1 + 2 * 0.6065306597), 0.6065306597 / (1 + 2 * 0.6065306597))
    for (value, expected) in zip(found, [middle, side, 0, 0, 0, side]) {
      #expect(abs(Double(value) - expected) < 1e-7)
    }
  }

  @Test func `names, units and periods are those of the variable`() throws {
    let bench = try ModuleBench(bands: ["red"])
    _ = try bench.make(Composite.self, #"{"module": "composite", "of": "red", "statistic": "median"}"#)
    let module = try #require(try make(#", "of": "red_all_median", "sigma": 1"#, bench))
    #expect(module.outputs.map(\.name) == ["red_all_median_gaussian"])
    #expect(bench.scope.entry("red_all_median_gaussian")?.period == .all)
  }

  @Test(
    arguments: [
      (#", "of": "qa_pixel", "sigma": 1"#, "whole numbers or flags"),
      (#", "of": "red", "sigma": 1000"#, "looks farther than"),
      (#", "of": "red", "sigma": {"y": 1}"#, "one number or one an axis"),
      (#", "of": "red", "sigma": 1, "cval": 3"#, "only \"mode\": \"constant\" has a cval"),
      (#", "of": "rad", "sigma": 1"#, "did you mean \"red\"?"),
    ])
  func `what cannot be smoothed is reported`(more: String, message: String) throws {
    let bench = try ModuleBench(bands: ["red", "qa_pixel"])
    #expect(try make(more, bench) == nil)
    #expect(bench.mistakes.count == 1 && bench.mistakes[0].contains(message), "\(bench.mistakes)")
  }
}
