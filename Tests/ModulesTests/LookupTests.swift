import Engine
import Geo
import Modules
import Raster
import Testing

@Suite struct LookupTests {
  /// Two zenith angles, densities 400 and 600, grains 1, 2 and 3, and two bands: spectra that tell all apart.
  private static func table(bands: [String] = ["B04", "B8A"]) -> ArrayFile {
    var spectra: [Double] = []
    for zenith in [40.0, 60] {
      for density in [400.0, 600] {
        for grain in [1.0, 2, 3] { spectra += [zenith / 100 + grain / 100, density / 1000 + grain / 100] }
      }
    }
    spectra[2] = .nan
    func axis(_ name: String, _ values: [Double], _ units: String) -> ArrayFile.Variable {
      .init(
        name: name, dimensions: [name], shape: [values.count], values: .numbers(values),
        attributes: ["units": units, "long_name": "the \(name)"])
    }
    return ArrayFile(
      variables: [
        axis("solar_zenith_angle", [40, 60], "degree"), axis("density", [400, 600], "kg m-3"),
        axis("grain", [1, 2, 3], "um"),
        .init(name: "band", dimensions: ["band"], shape: [2], values: .texts(bands)),
        .init(name: "wavelength", dimensions: ["band"], shape: [2], values: .numbers([665, 865])),
        .init(
          name: "reflectance", dimensions: ["solar_zenith_angle", "density", "grain", "band"],
          shape: [2, 2, 3, 2],
          values: .numbers(spectra)),
      ], attributes: ["source": "a model"])
  }

  private static let text = """
    # a table
    density [kg m-3],r,n
    400,0.1,0.2
    600,0.3,0.4
    """

  private func bench(_ table: ArrayFile = table()) throws -> ModuleBench {
    let bench = try ModuleBench(bands: ["red", "nir08"], collection: "sentinel-2-l2a")
    bench.scope.moduleFiles = FakeModuleFiles(
      texts: ["t.csv": Self.text, "bad.csv": "a,r,n\n1,2\n", "twice.csv": "d,r,n\n1,2,3\n1,3,3\n"],
      arrays: ["t.nc": table])
    return bench
  }

  private func make(_ parameters: String, _ bench: ModuleBench) throws -> Lookup? {
    try bench.make(Lookup.self, "{\"module\": \"lookup\", \(parameters)}")
  }

  private func values(_ module: Lookup, _ red: [Float], _ nir: [Float], sun: Double?) -> [[Float]] {
    let step = NumberStep(label: "2021-07-21", days: nil, time: nil, sunElevation: sun)
    let window = PixelWindow(column: 0, row: 0, width: red.count, height: 1)
    return module.values([red, nir], place: StripPlace(step: step, window: window, start: 0))
  }

  @Test func `parameters are those of the nearest spectrum at the scene's sun`() throws {
    let bench = try bench()
    let module = try #require(try make(#""table": "t.nc""#, bench))
    #expect(module.inputs == ["red", "nir08"], "bands are matched by the sensor's names")
    #expect(module.outputs.map(\.name) == ["density", "grain", "distance"])
    #expect(module.outputs.map(\.units) == ["kg m-3", "um", "1"])
    #expect(
      module.outputs[0].longName == "the density" && module.outputs[0].attributes["table_source"] == "a model"
    )
    #expect(module.outputs[2].attributes["table_sha256"] == "digest of t.nc")
    let found = values(module, [0.43, 0.42, 0.43, .nan], [0.43, 0.62, 0.43, 0.4], sun: 48)
    #expect(found[0][..<3] == [400, 600, 400] && found[1][..<3] == [3, 2, 3] && found[2][0] < 1e-7)
    #expect(found.allSatisfy { $0[3].isNaN })
    // 90° - 30° is nearer to 60°; the entry without a number is never found.
    #expect(values(module, [0.61], [0.61], sun: 30)[1] == [1])
    #expect(values(module, [0.42], [0.42], sun: 48)[1] != [2])
    #expect(module.gap(of: NumberStep(label: "a", days: nil, time: nil, sunElevation: 20), over: nil) == nil)
    for sun in [nil, -2.0] {
      let gap = module.gap(
        of: NumberStep(label: "2021-07-21", days: nil, time: nil, sunElevation: sun), over: nil)
      #expect(gap?.contains("2021-07-21") == true)
    }
  }

  @Test func `parameters may be fixed, cut and left out, and distances limited`() throws {
    let bench = try bench()
    let module = try #require(
      try make(
        #""table": "t.nc", "as": "ice", "fixed": {"density": 600}, "range": {"grain": [2, 9]}, "solar_zenith": 41, "metric": "rmse", "max_distance": 0.1"#,
        bench))
    #expect(module.outputs.map(\.name) == ["ice_grain", "ice_distance"])
    #expect(module.outputs[1].longName.contains("root mean squared"))
    #expect(module.gap(of: NumberStep(label: "a", days: nil, time: nil), over: nil) == nil)
    let found = values(module, [0.41, 0.9], [0.61, 0.9], sun: nil)
    #expect(found[0][0] == 2 && found[0][1].isNaN && found[1][1].isNaN)
    #expect(abs(found[1][0] - 0.01) < 1e-6)
  }

  @Test func `a table of text has an entry a line`() throws {
    let bench = try bench()
    let module = try #require(try make(#""table": "t.csv", "bands": {"r": "red", "n": "nir08"}"#, bench))
    #expect(module.outputs.map(\.name) == ["density", "distance"] && module.outputs[0].units == "kg m-3")
    #expect(values(module, [0.29], [0.4], sun: nil)[0] == [600])
  }

  @Test func `what does not fit is said at its place`() throws {
    for (parameters, words) in [
      (#""table": "none.nc""#, ["$.m.table", "there is no"]),
      (#""table": "t.nc", "variable": "r""#, ["\"t.nc\"", "no numbers \"r\""]),
      (#""table": "t.nc", "bands": {"B02": "red"}"#, ["$.m.bands.B02", "no band \"B02\""]),
      (#""table": "t.nc", "bands": {"700": "red"}"#, ["no band \"700\""]),
      (#""table": "t.nc", "fixed": {"density": 500}"#, ["$.m.fixed.density", "400.0, 600.0"]),
      (#""table": "t.nc", "fixed": {"dust": 0}"#, ["no parameter \"dust\""]),
      (#""table": "t.nc", "range": {"solar_zenith_angle": [0, 50]}"#, ["solar_zenith"]),
      (#""table": "t.nc", "outputs": ["dust"]"#, ["$.m.outputs[0]", "dust"]),
      (#""table": "t.csv""#, ["bands"]),
      (#""table": "bad.csv", "bands": {"r": "red"}"#, ["line 2 has 2 cells"]),
      (#""table": "twice.csv", "bands": {"r": "red", "n": "nir08"}"#, ["same parameters"]),
    ] {
      let bench = try bench()
      #expect(try make(parameters, bench) == nil)
      let text = bench.mistakes.joined(separator: "\n")
      #expect(words.allSatisfy { text.contains($0) }, "\(parameters): \(text)")
    }
    // A band that no scene has, and one that only a wavelength tells.
    let unknown = try bench(Self.table(bands: ["B04", "X9"]))
    #expect(try make(#""table": "t.nc""#, unknown) == nil && unknown.mistakes[0].contains("\"X9\""))
    #expect(try make(#""table": "t.nc", "bands": {"B04": "red", "870": "nir08"}"#, unknown) != nil)
  }
}

extension PixelwiseModule {
  /// Every output for these inputs at a place.
  func values(_ inputs: [[Float]], place: StripPlace) -> [[Float]] {
    let buffers = inputs.map { values in
      let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: values.count)
      _ = buffer.initialize(from: values)
      return buffer
    }
    defer { for buffer in buffers { buffer.deallocate() } }
    return results(
      of: Strip(inputs: buffers.map { LinearSamples(UnsafeBufferPointer($0)) }, place: place),
      count: inputs.first?.count ?? 0)
  }
}

extension LookupTests {
  @Test
  func `bands are found by wavelengths, and columns by names`()
    throws
  {
    for (wavelengths, units) in [([664.0, 870], "nm"), ([0.665, 0.865], "um")] {
      var table = Self.table()
      table.variables.removeAll { $0.name == "band" || $0.name == "wavelength" }
      table.variables.append(
        .init(
          name: "wavelength", dimensions: ["band"], shape: [2], values: .numbers(wavelengths),
          attributes: ["units": units]))
      let bench = try bench(table)
      let module = try #require(try make(#""table": "t.nc""#, bench), "\(bench.mistakes)")
      #expect(module.inputs == ["red", "nir08"])
    }
    let bench = try bench()
    let text = "density [kg m-3],B04,B8A\n400,0.1,0.2\n600,0.3,0.4\n"
    bench.scope.moduleFiles = FakeModuleFiles(texts: ["t.csv": text, "none.csv": "a,b\n1,2\n"])
    let module = try #require(try make(#""table": "t.csv", "outputs": ["density", "distance"]"#, bench))
    #expect(module.inputs == ["red", "nir08"] && module.outputs.map(\.name) == ["density", "distance"])
    #expect(try make(#""table": "none.csv""#, bench) == nil)
    #expect(bench.mistakes.contains { $0.contains("none of its columns (a, b)") }, "\(bench.mistakes)")
  }

  @Test func `a table of which no band is named is refused`() throws {
    for bands in ["{}", #"{"B01": "red"}"#] {
      let bench = try bench()
      #expect(try make("\"table\": \"t.nc\", \"bands\": \(bands)", bench) == nil)
      #expect(!bench.mistakes.isEmpty)
    }
  }
}
