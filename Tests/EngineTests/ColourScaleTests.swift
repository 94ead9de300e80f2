import Engine
import Raster
import Storage
import Testing

/// Which colours values have in pictures, by what the variable is.
@Suite struct ColourScaleTests {
  private func variable(
    _ name: String = "x", standardName: String? = nil, range: ClosedRange<Double> = 0...1,
    _ change: (inout Variable) -> Void = { _ in }
  ) -> Variable {
    var variable = Variable(
      name: name, longName: "a variable", standardName: standardName, statisticsRange: range)
    change(&variable)
    return variable
  }

  private func statistics(_ values: [Float], _ range: ClosedRange<Double> = 0...1) -> SampleStatistics {
    var statistics = SampleStatistics(range: range)
    values.withUnsafeBufferPointer { statistics.add($0) }
    return statistics
  }

  private func ramp(_ scale: ColourScale) throws -> (map: ColourMap, range: ClosedRange<Double>) {
    guard case .ramp(let map, let range) = scale else {
      Issue.record("classes")
      throw CancellationError()
    }
    return (map, range)
  }

  @Test func `the colour map follows what the variable is, whatever its name`() throws {
    let values = statistics([0.1, 0.9])
    func map(_ variable: Variable) throws -> ColourMap {
      try ramp(ColourScale(for: variable, statistics: values)).map
    }
    #expect(
      try map(variable("albedo_of_grass", standardName: "normalized_difference_vegetation_index"))
        == .redYellowGreen)
    #expect(try map(variable("evi") { $0.theme = .vegetation }) == .redYellowGreen)
    #expect(try map(variable("ndvi", standardName: "surface_albedo")) == .ice)
    #expect(try map(variable("ndsi") { $0.theme = .snow }) == .ice)
    #expect(try map(variable("b4", standardName: "surface_bidirectional_reflectance")) == .greys)
    #expect(try map(variable("ndvi_count") { $0.isAuxiliary = true }) == .viridis)
    #expect(try map(variable("anything")) == .viridis)
  }

  @Test func `a difference has its zero in the middle`() throws {
    let difference = variable(range: -1...1)
    let around = try ramp(ColourScale(for: difference, statistics: statistics([-0.2, 0, 0.6], -1...1)))
    #expect(around.map == .redBlue && around.range.lowerBound == -around.range.upperBound)
    let above = try ramp(ColourScale(for: difference, statistics: statistics([0.2, 0.6], -1...1)))
    #expect(above.map == .viridis)
  }

  @Test func `few extreme values do not stretch the colours, limits and maps that are given hold`() throws {
    let values = (0..<1000).map { Float($0) / 10_000 } + [0.99, 1]
    let stretched = try ramp(ColourScale(for: variable(), statistics: statistics(values))).range
    #expect(stretched.upperBound < 0.11 && stretched.lowerBound < 0.003)
    let given = try ramp(
      ColourScale(for: variable(), statistics: statistics(values), limits: -2...7, map: .redBlue))
    #expect(given.range == -2...7 && given.map == .redBlue)
    // One value throughout, or none, is no reason to divide by zero.
    for values: [Float] in [[0.5, 0.5], []] {
      let range = try ramp(ColourScale(for: variable(), statistics: statistics(values))).range
      #expect(range.lowerBound < range.upperBound)
    }
  }

  @Test func `values take the nearest colour, those beyond the ends, the missing none`() {
    let scale = ColourScale.ramp(.viridis, 0...1)
    #expect(
      scale.indices([.nan, -5, 0, 0.5, 1, 5, .infinity, -.infinity]) == [0, 1, 1, 127, 253, 253, 253, 1])
    #expect(scale.palette.count == 256 && scale.palette[0].alpha == 0)
    #expect(scale.palette[1] == PNGImage.Colour(0x440154) && scale.palette[253] == PNGImage.Colour(0xFDE725))
    #expect(scale.text(of: 0) == nil && scale.text(of: 253) == "1" && scale.text(of: 254) == nil)
  }

  @Test func `classes have colours and names of their own`() {
    let flags = [
      Variable.Flag(value: 3, meaning: "snow", colour: 0xF4F8FF), Variable.Flag(value: 7, meaning: "ice"),
    ]
    let scale = ColourScale(
      for: variable { $0.storage = .flags(flags) }, statistics: statistics([3, 7], 0...255))
    #expect(scale.indices([3, 7, .nan, 4]) == [1, 2, 0, 253])
    #expect(scale.palette[1] == PNGImage.Colour(0xF4F8FF) && scale.palette[2] != scale.palette[1])
    #expect(scale.text(of: 2) == "ice")
  }
}
