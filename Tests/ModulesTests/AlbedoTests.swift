import Engine
import Modules
import Testing

@Suite struct AlbedoTests {
  private static let bands = ["blue", "green", "red", "nir08", "swir16", "swir22"]

  private func module(_ more: String = "") throws -> Albedo {
    let bench = try ModuleBench(bands: Self.bands)
    return try #require(try bench.make(Albedo.self, "{\"module\": \"albedo\"\(more)}"))
  }

  /// The value for reflectances by role, through the module.
  private func value(_ module: Albedo, _ reflectance: [BandRole: Float]) -> Float {
    run(module, module.formula.roles.map { [reflectance[$0] ?? .nan] })[0]
  }

  @Test func `liang gives the published check values`() throws {
    let liang = try module()
    #expect(liang.formula == .liang)
    #expect(liang.inputs == ["blue", "red", "nir08", "swir16", "swir22"])
    let first = value(liang, [.blue: 0.2, .green: 0.2, .red: 0.2, .nir: 0.15, .swir1: 0.05, .swir2: 0.05])
    #expect(abs(first - 0.1592) < 1e-6)
    let second = value(liang, [.blue: 0.4, .green: 0.4, .red: 0.4, .nir: 0.25, .swir1: 0.1, .swir2: 0.075])
    #expect(abs(second - 0.29975) < 1e-6)
  }

  @Test func `every formula is the published one`() throws {
    let values: [BandRole: Double] = [
      .blue: 0.11, .green: 0.23, .red: 0.31, .nir: 0.47, .swir1: 0.29, .swir2: 0.17,
    ]
    let (b, g, r, n, s1, s2) = (0.11, 0.23, 0.31, 0.47, 0.29, 0.17)
    let expected: [String: Double] = [
      "liang_2001": 0.356 * b + 0.130 * r + 0.373 * n + 0.085 * s1 + 0.072 * s2 - 0.0018,
      "bonafoni_2020": 0.2266 * b + 0.1236 * g + 0.1573 * r + 0.3417 * n + 0.1170 * s1 + 0.0338 * s2,
      "knap_1999": 0.726 * g - 0.322 * g * g - 0.015 * n + 0.581 * n * n,
      "tasumi_2008": 0.254 * b + 0.149 * g + 0.147 * r + 0.311 * n + 0.103 * s1 + 0.036 * s2,
    ]
    #expect(Set(AlbedoFormula.allCases.map(\.rawValue)) == Set(expected.keys))
    for (name, albedo) in expected {
      let found = value(try module(", \"formula\": \"\(name)\""), values.mapValues { Float($0) })
      #expect(abs(Double(found) - albedo) < 1e-7, "\(name)")
    }
  }

  @Test func `knaps disputed coefficient can be chosen`() throws {
    let other = try module(#", "formula": "knap_1999", "nir_coefficient": 0.051"#)
    #expect(other.inputs == ["green", "nir08"] && other.nirCoefficient == 0.051)
    let found = Double(value(other, [.green: 0.5, .nir: 0.4]))
    #expect(abs(found - (0.726 * 0.5 - 0.322 * 0.25 - 0.051 * 0.4 + 0.581 * 0.16)) < 1e-7)
    #expect(try module(#", "formula": "knap_1999""#).nirCoefficient == 0.015)
  }

  @Test func `stored numbers are scaled first`() throws {
    let numbers: [[Float]] = [[14_545], [14_545], [12_727], [9091], [9091]]
    let result = run(try module(), numbers, scale: 0.0000275, offset: -0.2)
    let values = numbers.map { Double($0[0]) * 0.0000275 - 0.2 }
    let expected = zip([0.356, 0.130, 0.373, 0.085, 0.072], values).map { $0 * $1 }.reduce(-0.0018, +)
    #expect(abs(Double(result[0]) - expected) < 1e-7)
  }

  @Test func `a missing band makes the pixel missing and values are not cut`() throws {
    let liang = try module()
    for missing in liang.inputs.indices {
      var bands = [[Float]](repeating: [1.4, 1.4], count: 5)
      bands[missing][1] = .nan
      let result = run(liang, bands)
      #expect(result[0] > 1.4 && result[1].isNaN)
    }
  }

  @Test func `the variable has c fs name and its paper`() throws {
    let output = try module(#", "formula": "tasumi_2008", "as": "sw""#).outputs[0]
    #expect(output.name == "sw" && output.standardName == "surface_albedo" && output.units == "1")
    #expect(output.references?.contains("Tasumi") ?? false)
    #expect(output.validRange == 0...1)
  }

  @Test func `stored numbers are no reflectance`() throws {
    let bench = try ModuleBench(bands: Self.bands, more: #", "scale": "none""#)
    #expect(try bench.make(Albedo.self, #"{"module": "albedo"}"#) == nil)
    #expect(bench.mistakes.count == 1 && bench.mistakes[0].contains("needs reflectance"), "\(bench.mistakes)")
  }

  @Test func `parameters that the formula does not use are reported`() throws {
    let bench = try ModuleBench(bands: Self.bands)
    let text = #"{"module": "albedo", "bands": {"green": "red"}, "nir_coefficient": 0.05}"#
    #expect(try bench.make(Albedo.self, text) == nil)
    #expect(bench.mistakes.count == 2)
    #expect(bench.mistakes.contains { $0.contains("$.m.bands.green: liang_2001 does not use green") })
    #expect(bench.mistakes.contains { $0.contains("only knap_1999 has a nir_coefficient") })
  }
}
