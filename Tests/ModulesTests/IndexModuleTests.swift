import Engine
import Modules
import Testing

@Suite struct IndexModuleTests {
  private func make(_ name: String, more: String = "", _ bench: ModuleBench) throws -> IndexModule? {
    try bench.make(IndexModule.self, "{\"module\": \"index\", \"name\": \(name)\(more)}")
  }

  /// A source whose bands are called by the letters of the list, and the parameter that says what they are for.
  private func letters() throws -> (bench: ModuleBench, bands: (SpectralIndex) -> String) {
    let letters = IndexBand.allCases.map(\.rawValue)
    return (
      try ModuleBench(bands: letters.map { "band" + $0 }, collection: nil),
      { index in
        let named = Set(index.bands).sorted { $0.rawValue < $1.rawValue }
          .map { "\"\($0.role.rawValue)\": \"band\($0.rawValue)\"" }
        return ", \"bands\": {\(named.joined(separator: ", "))}"
      }
    )
  }

  /// The constants that have no usual value, as `SpectralIndexValues` has them.
  private func openConstants(of index: SpectralIndex) -> String {
    let values = index.openConstants.compactMap { name in
      SpectralIndexValues.constants[name].map { "\"\(name)\": \($0)" }
    }
    return values.isEmpty ? "" : ", \"constants\": {\(values.joined(separator: ", "))}"
  }

  // MARK: Values

  @Test func `every index of the list has spyndex's values`() throws {
    var expected: [String: [Double]] = [:]
    for line in SpectralIndexValues.expected.split(separator: "\n") {
      let parts = line.split(separator: " ")
      expected[String(parts[0])] = parts.dropFirst().compactMap { Double($0) }
    }
    #expect(expected.count == 242 && Set(SpectralIndexTable.all.map(\.name)) == Set(expected.keys))
    #expect(IndexModule.descriptor.summary.contains("and \(expected.count - 3) others"))
    let (bench, bands) = try letters()
    for index in SpectralIndexTable.all {
      let module = try #require(
        try make(
          "\"\(index.name)\"",
          more: bands(index) + openConstants(of: index) + #", "as": "i\#(bench.scope.entries.count)""#, bench),
        "\(index.name): \(bench.mistakes)")
      let values = run(
        module,
        module.inputs.map { name in SpectralIndexValues.pixels.map { $0[String(name.dropFirst(4))] ?? .nan } }
      )
      for (found, wanted) in zip(values, expected[index.name] ?? []) {
        #expect(
          abs(Double(found) - wanted) <= max(abs(wanted) * 2e-7, 1e-12),
          "\(index.name): \(found), not \(wanted)")
      }
    }
  }

  @Test func `NDVI by name is the module ndvi, bit for bit`() throws {
    let bench = try ModuleBench(bands: ["red", "nir08"])
    let index = try #require(try make("\"NDVI\"", more: #", "as": "a""#, bench))
    let ndvi = try #require(try bench.make(NDVI.self, #"{"module": "ndvi", "as": "a2"}"#))
    #expect(index.outputs[0].named("a2") == ndvi.outputs[0] && index.inputsInUnits.isEmpty)
    let (red, nir): ([Float], [Float]) = ([9000, 7272, 12_345, .nan, 0], [20_000, 7274, 8, 1, 0])
    #expect(index.inputs == ["nir08", "red"] && ndvi.inputs == ["red", "nir08"])
    let found = run(index, [nir, red], scale: 0.0000275, offset: -0.2).map(\.bitPattern)
    #expect(found == run(ndvi, [red, nir], scale: 0.0000275, offset: -0.2).map(\.bitPattern))
  }

  @Test func `what is missing or not finite is missing`() throws {
    let bench = try ModuleBench(bands: ["red", "nir08", "blue"])
    let module = try #require(try make(#"["SR", "EVI"]"#, bench))
    #expect(module.inputs == ["nir08", "red", "blue"] && module.outputs.map(\.name) == ["sr", "evi"])
    let values = run(module, [[0.4, 0.4, .nan], [0.1, 0, 0.1], [0.1, 0.1, 0.1]])
    #expect(values[0] == 4 && values[1].isNaN && values[2].isNaN)
  }

  @Test func `constants can be changed by name`() throws {
    let bench = try ModuleBench(bands: ["red", "nir08"])
    let module = try #require(try make("\"SAVI\"", more: #", "constants": {"L": 0.5}"#, bench))
    #expect(abs(run(module, [[0.4], [0.1]])[0] - 1.5 * 0.3 / 1.0) < 1e-6)
    #expect(try make("\"SAVI\"", more: #", "as": "b", "constants": {"l": 0.5}"#, bench) == nil)
    #expect(
      bench.mistakes.count == 1 && bench.mistakes[0].contains("did you mean \"L\"?"), "\(bench.mistakes)")
  }

  // MARK: Wavelengths

  /// What spyndex 0.12.0 gives for the pixels of `SpectralIndexValues` with a sensor's wavelengths, N2 being N where the
  /// sensor has one near infrared.
  @Test(
    arguments: [
      ("landsat-c2-l2", "CRSWIR", 0.8989413840372166, 1.225575858641895),
      ("landsat-c2-l2", "DVIplus", 0.10377049128540228, -0.02004918162939978),
      ("landsat-c2-l2", "FAI", 0.270314131965812, 0.022455504115339364),
      ("landsat-c2-l2", "NDGI", 0.49944768177479215, -0.0443614231627309),
      ("landsat-c2-l2", "NIRvH2", 0.08999999701976777, -0.15499999284744262),
      ("modis-09A1-061", "CRSWIR", 0.966778664478036, 1.216787344320857),
      ("modis-09A1-061", "DVIplus", 0.09951400283042838, -0.021677101979145685),
      ("modis-09A1-061", "FAI", 0.2710326591852921, 0.02324322282369412),
      ("modis-09A1-061", "NDGI", 0.4889786471553554, -0.048136796811121395),
      ("modis-09A1-061", "NIRvH2", 0.08649999701976777, -0.15849999284744262),
      ("hls2-l30", "FAI", 0.270314131965812, 0.022455504115339364),
      ("sentinel-2-l2a", "CRSWIR", 0.8841509479242565, 1.2066457400511892),
      ("sentinel-2-l2a", "FAI", 0.27607522523355443, 0.028771369157808646),
      ("sentinel-2-l2a", "FDI", 0.22600420322863843, -0.18257580083811464),
      ("sentinel-2-l2a", "NDGI", 0.5446716315351037, -0.026436786027833194),
    ])
  func `wavelengths are the sensor's`(collection: String, name: String, field: Double, soil: Double) throws {
    let bench = ModuleBench()
    _ = try bench.make(
      Download.self, "{\"module\": \"download\", \"source\": \"i\", \"collection\": \"\(collection)\"}")
    let more = name == "NIRvH2" ? #", "constants": {"k": 0.001}"# : ""
    let module = try #require(try make("\"\(name)\"", more: more, bench), "\(bench.mistakes)")
    let index = try #require(SpectralIndexTable.index(named: name))
    // A sensor with one near infrared has it for both letters.
    let letters = index.bands.map { $0 == .nir08 && collection != "sentinel-2-l2a" ? "N" : $0.rawValue }
    #expect(module.inputs.count == letters.count)
    let values = run(module, letters.map { letter in SpectralIndexValues.pixels.map { $0[letter] ?? .nan } })
    #expect(abs(Double(values[0]) - field) < 1e-7 && abs(Double(values[1]) - soil) < 1e-7, "\(values)")
    #expect(module.outputs[0].references?.contains("lambda") == true, "\(module.outputs[0])")
  }

  @Test func `a wavelength of the config's goes before the sensor's, for layers as well`() throws {
    let bench = try ModuleBench(bands: ["red", "nir08"])
    let own = #", "constants": {"k": 0.001, "lambdaN": 830}"#
    let module = try #require(try make("\"NIRvH2\"", more: own, bench), "\(bench.mistakes)")
    #expect(module.outputs[0].references?.contains("(lambdaN = 830, lambdaR = 655)") == true)
    #expect(abs(run(module, [[0.3], [0.1]])[0] - (0.2 - 0.175)) < 1e-7)
    _ = try bench.make(Composite.self, #"{"module": "composite", "of": ["red", "nir08"], "period": "month"}"#)
    let bands = #""bands": {"red": "red_month_mean", "nir": "nir08_month_mean"}"#
    let layers = #", "as": "c", "constants": {"k": 0.001}, "# + bands
    let composite = try #require(try make("\"NIRvH2\"", more: layers, bench), "\(bench.mistakes)")
    #expect(abs(run(composite, [[0.3], [0.1]])[0] - (0.2 - 0.21)) < 1e-7)
  }

  @Test func `constants that nobody knows have to be named`() throws {
    let bench = try ModuleBench(bands: ["red", "nir", "swir16"], collection: nil)
    #expect(try make("\"FAI\"", bench) == nil)
    let all = #"name them: "constants": {"lambdaN": 865, "lambdaR": 655, "lambdaS1": 1610}"#
    #expect(bench.mistakes.count == 1 && bench.mistakes[0].contains(all), "\(bench.mistakes)")
    #expect(
      try make("\"FAI\"", more: #", "constants": {"lambdaN": 865, "lambdaR": 655, "lambdaS1": 1610}"#, bench)
        != nil)
    let landsat = try ModuleBench(bands: ["red", "nir08"])
    #expect(try make("\"NIRvP\"", landsat) == nil)
    #expect(
      landsat.mistakes.count == 1 && landsat.mistakes[0].contains("photosynthetically active radiation")
        && landsat.mistakes[0].contains(#"name it: "constants": {"PAR": …}"#), "\(landsat.mistakes)")
    #expect(try make("\"NIRvP\"", more: #", "constants": {"PAR": 1500}"#, landsat) != nil)
    // Landsat's red and that of Sentinel-2 lie at different wavelengths.
    let both = ModuleBench()
    _ = try both.make(
      Download.self,
      #"{"module": "download", "source": "i", "collections": ["landsat-c2-l2", "sentinel-2-l2a"], "bands": ["red", "nir08"]}"#
    )
    #expect(try make("\"NIRvH2\"", both) == nil)
    #expect(both.mistakes.count == 1 && both.mistakes[0].contains("lambdaR"), "\(both.mistakes)")
  }

  // MARK: Bands

  @Test func `N is the broad and N2 the narrow near infrared, and one band serves for both`() throws {
    // IRECI's kin: BAIS2 reads N2, NBR reads N.
    for order in [["N2", "N"], ["N", "N2"]] {
      let bench = ModuleBench()
      _ = try bench.make(
        Download.self, #"{"module": "download", "source": "i", "collection": "sentinel-2-l2a"}"#)
      let inputs = try order.map { letter in
        try #require(try make(letter == "N" ? "\"NBR\"" : "\"BAIS2\"", bench), "\(bench.mistakes)").inputs
      }
      let (narrow, broad) = order[0] == "N2" ? (inputs[0], inputs[1]) : (inputs[1], inputs[0])
      #expect(narrow.contains("B8A") && !narrow.contains("B08"), "\(order): \(narrow)")
      #expect(broad == ["B08", "B12"], "\(order)")
    }
    let landsat = try ModuleBench(bands: ["red"])
    #expect(try make("\"NDVI\"", landsat)?.inputs == ["nir08", "red"])
    #expect(try make("\"NDSaII\"", landsat)?.inputs == ["red", "swir16"])
    let narrow = SpectralIndexTable.all.filter { $0.bands.contains(.nir08) && !$0.bands.contains(.rededge1) }
    for index in narrow where !index.bands.contains(where: { [.rededge2, .rededge3, .yellow].contains($0) }) {
      #expect(try make("\"\(index.name)\"", landsat)?.inputs.contains("nir08") == true, "\(index.name)")
    }
  }

  @Test(
    arguments: [
      ("NDREI", "landsat-c2-l2", "needs red edge, 705 nm (rededge1), which Landsat", "\"NDVI\""),
      ("S2REP", "modis-09A1-061", "red edge, 705 nm (rededge1) and red edge", "is the nearest that works"),
      (
        "NHFD", "modis-09A1-061", "needs red edge, 705 nm (rededge1) and coastal aerosol (coastal)",
        "is the nearest that works"
      ),
    ])
  func `an index whose bands the sensor lacks is refused with one that works`(
    name: String, collection: String, message: String, advice: String
  ) throws {
    let bench = ModuleBench()
    _ = try bench.make(
      Download.self, "{\"module\": \"download\", \"source\": \"i\", \"collection\": \"\(collection)\"}")
    #expect(try make("\"\(name)\"", bench) == nil)
    #expect(
      bench.mistakes.count == 1 && bench.mistakes[0].contains(message) && bench.mistakes[0].contains(advice),
      "\(bench.mistakes)")
    #expect(bench.scope.addedBands.isEmpty)
    // A band of the config's own makes up for it.
    let bands = SpectralIndexTable.index(named: name)?.bands.map {
      "\"\($0.role.rawValue)\": \"own\($0.rawValue)\""
    }
    let own = try ModuleBench(bands: IndexBand.allCases.map { "own" + $0.rawValue }, collection: collection)
    #expect(
      try make("\"\(name)\"", more: ", \"bands\": {\((bands ?? []).joined(separator: ", "))}", own) != nil)
  }

  @Test func `of the bands of an unknown product those that are listed are taken`() throws {
    let bench = try ModuleBench(bands: ["red", "nir"], collection: nil)
    #expect(try make("\"MNDWI\"", bench) == nil)
    #expect(bench.mistakes.count == 1 && bench.mistakes[0].contains("which no downloaded band is known as"))
  }

  @Test(
    arguments: [
      (#""EVY""#, "", "there is no index \"EVY\"", "did you mean \"EVI\"?"),
      (#""bai""#, "", "may be any of BAI, BaI", "write it as the list does"),
      (#"["EVI", "evi"]"#, "", "\"evi\" is named twice", ""),
      (#""EVI""#, #", "bands": {"swir1": "red"}"#, "EVI does not use swir1", ""),
      (#""NDVI""#, #", "bands": {"nir": "qa_pixel"}"#, "is a quality layer, not near infrared", ""),
      (#""NDVI""#, #", "constants": {"L": 1}"#, "the formula has no constants", ""),
      (#""NDVI""#, #", "coefficients": "crist_1985""#, "only TCB, TCG, TCW have coefficients", ""),
      (#"["BAI", "BaI"]"#, "", "two of these indices would be called \"bai\"", ""),
      (#""EVI""#, #", "as": "red""#, "already the name of a band", ""),
    ])
  func `what cannot be is reported where it stands`(
    name: String, more: String, message: String, advice: String
  ) throws {
    let bench = try ModuleBench(bands: ["red", "nir08", "qa_pixel"])
    #expect(try make(name, more: more, bench) == nil)
    #expect(
      bench.mistakes.count == 1 && bench.mistakes[0].contains(message) && bench.mistakes[0].contains(advice),
      "\(bench.mistakes)")
  }

  @Test func `formulas that are no ratios want reflectance`() throws {
    let bench = try ModuleBench(bands: ["red", "nir08", "blue"], more: #", "scale": "none""#)
    #expect(try make("\"EVI\"", bench) == nil)
    #expect(bench.mistakes.count == 1 && bench.mistakes[0].contains("the formula needs reflectance"))
    #expect(try make(#"["NDVI", "SR", "SAVI"]"#, bench) == nil)
    let ratios = try ModuleBench(bands: ["red", "nir08", "blue"], more: #", "scale": "none""#)
    #expect(try #require(try make(#"["NDVI", "SR"]"#, ratios)).inputsInUnits.isEmpty)
    let scaled = try ModuleBench(bands: ["red", "nir08", "blue", "green"])
    #expect(
      try #require(try make(#"["NDVI", "EVI", "GNDVI"]"#, scaled)).inputsInUnits == ["nir08", "red", "blue"])
  }

  // MARK: Tasselled cap

  @Test(
    arguments: [
      ("landsat-c2-l2", "crist_1985", 6), ("sentinel-2-l2a", "shi_2019", 6),
      ("modis-09A1-061", "lobser_2007", 7),
      ("hls2-s30", "crist_1985", 6),
    ])
  func `tasselled caps are the sensor's`(collection: String, coefficients: String, bands: Int) throws {
    let bench = ModuleBench()
    _ = try bench.make(
      Download.self, "{\"module\": \"download\", \"source\": \"i\", \"collection\": \"\(collection)\"}")
    let module = try #require(try make(#"["TCB", "TCG", "TCW"]"#, bench), "\(bench.mistakes)")
    #expect(module.inputs.count == bands && module.outputs.map(\.name) == ["tcb", "tcg", "tcw"])
    #expect(module.outputs.allSatisfy { $0.longName.contains(coefficients) })
  }

  @Test func `the axes of tasselled caps have length 1 and stand upright on each other`() throws {
    for cap in TasselledCap.allCases {
      let axes = try cap.indices.map { index -> [Float] in
        let (bench, bands) = try letters()
        let module = try #require(
          try make(
            "\"\(index.name)\"", more: bands(index) + ", \"coefficients\": \"\(cap.rawValue)\"", bench),
          "\(bench.mistakes)")
        // One pixel for each band, with a reflectance of 1 in that band only.
        let order = module.inputs.sorted()
        return run(module, module.inputs.map { input in order.map { $0 == input ? 1 : 0 } })
      }
      for (first, a) in axes.enumerated() {
        for (second, b) in axes.enumerated() {
          let product = zip(a, b).map { Double($0) * Double($1) }.reduce(0, +)
          #expect(
            abs(product - (first == second ? 1 : 0)) < 0.015, "\(cap.rawValue) \(first) \(second): \(product)"
          )
        }
      }
    }
  }

  @Test func `whose tasselled cap it is has to be known`() throws {
    let bench = try ModuleBench(bands: ["red", "nir"], collection: nil)
    #expect(try make("\"TCB\"", bench) == nil)
    #expect(
      bench.mistakes.count == 1 && bench.mistakes[0].contains("depends on the sensor"), "\(bench.mistakes)")
  }
}
