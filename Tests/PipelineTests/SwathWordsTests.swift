import Engine
import Geo
import JSON
import NetCDF
import Storage
import TestSupport
import Testing

@testable import Pipeline

/// What products of granules say of themselves, and what a config may say of granules.
@Suite struct SwathWordsTests {
  /// The attributes of a product's variable in its file.
  private func attributes(
    _ granules: SwathRunTests.Granules, _ config: PipelineConfig, _ variable: String,
    _ outcome: PipelineRunner.Outcome
  ) async throws -> [String: AttributeValue] {
    let product = try #require(outcome.report.sequences[0].products.first { $0.variable.name == variable })
    let path = "\(config.output.location)/\(try #require(product.layers.first?.file))"
    return try await NetCDFThread.run {
      let reader = try NetCDFFileReader(path)
      defer { try? reader.close() }
      let found = reader.definition.variables.first { $0.name == variable }
      return Dictionary((found?.attributes ?? []).map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    }
  }

  @Test func `units follow what a variable is computed from, whatever it is called`() async throws {
    let granules = try SwathRunTests.Granules()
    try await MadeGranule(longitude: 10, latitude: 40).write(granules.path("a"))
    let config = try granules.config(
      "u", area: SwathRunTests.fewCells, bands: #"["chlor_a"]"#,
      modules: """
        , { "module": "composite", "of": "chlor_a", "period": "all", "as": "middle" },
        { "module": "composite", "of": "chlor_a", "period": "all", "statistic": "var", "as": "chlor_a_spread" },
        { "module": "composite", "of": "chlor_a", "period": "all", "statistic": "std", "as": "deviation" },
        { "module": "expression", "formula": "chlor_a * 2", "as": "chlor_a_twice", "save": true }
        """)
    let outcome = try await granules.compute(config, variable: "middle").outcome
    for (variable, units, name, methods) in [
      ("chlor_a", "mg m^-3", "Chlorophyll Concentration", "area: point time: point"),
      ("middle", "mg m^-3", "mean of Chlorophyll Concentration over all dates", "area: point time: mean"),
      (
        "chlor_a_spread", "(mg m^-3)2", "variance of Chlorophyll Concentration over all dates",
        "area: point time: variance"
      ),
      (
        "deviation", "mg m^-3", "standard deviation of Chlorophyll Concentration over all dates",
        "area: point time: standard_deviation"
      ),
      ("chlor_a_twice", "1", "chlor_a * 2", "time: point"),
    ] {
      let found = try await attributes(granules, config, variable, outcome)
      #expect(found["units"] == .text(units), "\(variable)")
      #expect(found["long_name"] == .text(name), "\(variable)")
      #expect(found["cell_methods"] == .text(methods), "\(variable)")
      #expect((found["regridding"] != nil) == (variable != "chlor_a_twice"))
      // Means lie where values may lie; spreads and formulas need not.
      let isBetween = ["chlor_a", "middle"].contains(variable)
      #expect(found["valid_min"] == (isBetween ? .floats([0.001]) : nil), "\(variable)")
      #expect(found["valid_max"] == (isBetween ? .floats([100]) : nil), "\(variable)")
    }
    let all = try granules.config(
      "w", area: SwathRunTests.fewCells, bands: #"["chlor_a"]"#,
      download: #", "regrid": { "method": "nearest", "valid_range": false }"#)
    let kept = try await attributes(
      granules, all, "chlor_a", try await granules.compute(all, variable: "chlor_a").outcome)
    #expect(kept["units"] == .text("mg m^-3") && kept["valid_max"] == nil)
    #expect(
      outcome.report.sequences[0].products.first { $0.variable.name == "middle" }?.variable.units == "mg m^-3"
    )
  }

  @Test(arguments: [
    ("count", "1", "number of pixels of Chlorophyll Concentration", "area: sum time: point"),
    (
      "std", "mg m^-3", "standard deviation of Chlorophyll Concentration in the cell",
      "area: standard_deviation time: point"
    ),
    ("max", "mg m^-3", "Chlorophyll Concentration", "area: maximum time: point"),
  ])
  func `statistics of the pixels in a cell say what they are`(
    _ statistic: String, _ units: String, _ name: String, _ methods: String
  ) async throws {
    let granules = try SwathRunTests.Granules()
    try await MadeGranule(longitude: 10, latitude: 40).write(granules.path("a"))
    let config = try granules.config(
      statistic, area: SwathMaskTests.coarse, bands: #"["chlor_a"]"#,
      download: #", "regrid": { "method": "bin", "statistic": "\#(statistic)" }"#)
    let outcome = try await granules.compute(config, variable: "chlor_a").outcome
    let found = try await attributes(granules, config, "chlor_a", outcome)
    #expect(found["units"] == .text(units))
    #expect(found["long_name"] == .text(name))
    #expect(found["cell_methods"] == .text(methods))
  }

  @Test func `files of a catalogue whose variables are asked for say that they can be granules`() async throws
  {
    let granules = try SwathRunTests.Granules()
    try await MadeGranule(longitude: 10, latitude: 40).write(granules.path("PACE_OCI.20240801T174245"))
    let items = """
      { "type": "FeatureCollection", "features": [ { "type": "Feature", "stac_version": "1.0.0", "id": "a",
        "geometry": { "type": "Polygon", "coordinates": [[[8, 38], [12, 38], [12, 42], [8, 42], [8, 38]]] },
        "bbox": [8, 38, 12, 42], "properties": { "datetime": "2024-08-01T17:42:45Z" }, "links": [],
        "assets": { "PACE_OCI.20240801T174245":
          { "href": "granules/PACE_OCI.20240801T174245.nc", "roles": ["data"] } } } ] }
      """
    try LocalFiles.writeAtomically(granules.folder.file("items.json"), text: items)
    func config(_ name: String, _ download: String) throws -> PipelineConfig {
      try granules.config(
        name, area: SwathRunTests.fewCells, bands: #"["chlor_a"]"#, download: download, source: "items.json")
    }
    await #expect { _ = try await PipelinePlanner(try config("c", "")).plan() } throws: {
      "\($0)".contains("has a band \"chlor_a\"") && "\($0)".contains(#""regrid": "nearest""#)
    }
    let found = try await granules.compute(try config("d", #", "regrid": "nearest""#), variable: "chlor_a")
    #expect(found.values.contains { !$0.isNaN })
  }

  @Test func `a file's summary says onto which grid granules were brought, and how`() async throws {
    let granules = try SwathRunTests.Granules()
    try await MadeGranule(longitude: 10, latitude: 40).write(granules.path("a"))
    let config = try granules.config(
      "s", area: SwathMaskTests.coarse, bands: #"["chlor_a"]"#, download: #", "regrid": "area""#,
      modules:
        #", { "module": "cloud_mask", "band": "l2_flags", "reject": ["CLOUD"] }, { "module": "composite", "of": "chlor_a" }"#
    )
    let outcome = try await granules.compute(config, variable: "chlor_a").outcome
    let product = try #require(outcome.report.sequences[0].products.first { $0.variable.name == "chlor_a" })
    let path = "\(config.output.location)/\(try #require(product.layers.first?.file))"
    let summary = try await NetCDFThread.run {
      let reader = try NetCDFFileReader(path)
      defer { try? reader.close() }
      return reader.definition.globalAttributes.first { $0.name == "summary" }?.value.text ?? ""
    }
    #expect(
      summary.contains(
        "on a grid of 0.2 × 0.2 degrees (EPSG:4326), to which the scenes were resampled (area: chlor_a"),
      "\(summary)")
  }

  private func message(_ granules: SwathRunTests.Granules, _ download: String) async throws -> String {
    let config = try granules.config(
      "k", area: SwathRunTests.fewCells, bands: #"["chlor_a"]"#, download: download)
    do {
      _ = try await PipelinePlanner(config).plan()
      return ""
    } catch {
      return "\(error)"
    }
  }

  @Test func `keys that mean nothing for granules are refused, each at its place`() async throws {
    let granules = try SwathRunTests.Granules()
    try await MadeGranule(longitude: 10, latitude: 40).write(granules.path("a"))
    for (key, value) in [
      ("resampling", "\"bilinear\""), ("trust", "\"file\""), ("sign", "\"earthdata\""), ("mode", "\"copy\""),
    ] {
      let found = try await message(granules, ", \"\(key)\": \(value)")
      #expect(found.contains("$.sequences[0].modules[0].\(key): \"\(key)\" would do nothing"), "\(found)")
      #expect(found.contains("k.json:4:"))
    }
    let both = try await message(granules, #", "trust": "file", "sign": "earthdata""#)
    #expect(both.contains("\"trust\" would") && both.contains("\"sign\" would"))
    #expect(try await message(granules, #", "mode": "stream""#).isEmpty)
  }

  @Test func `a query that no granule meets is named, and not the area or the dates`() async throws {
    let granules = try SwathRunTests.Granules()
    try await MadeGranule(longitude: 10, latitude: 40).write(granules.path("a"))
    let query = try await message(granules, #", "query": { "platform": { "eq": "other" } }"#)
    #expect(query.contains("\"query\"") && !query.contains("none of the area"))
    let filter = try await message(granules, #", "filter": "platform = 'other'""#)
    #expect(filter.contains("\"filter\""))
  }

  @Test func `flags whose masks and names do not match say so`() async throws {
    let granules = try SwathRunTests.Granules()
    let granule = MadeGranule(longitude: 10, latitude: 40)
    func variable(_ name: String, _ type: ElementType, _ numbers: [Double], _ attributes: [FileAttribute])
      -> FileVariable
    {
      FileVariable(name, type, dimensions: ["y", "x"], attributes: attributes, values: .numbers(numbers))
    }
    let path = granules.path("a")
    let definition = FileDefinition(
      dimensions: [FileDimension("y", granule.lines), FileDimension("x", granule.columns)],
      variables: [
        variable("lon", .float32, granule.longitudes.map { Double($0) }, []),
        variable("lat", .float32, granule.latitudes.map { Double($0) }, []),
        variable("chlor_a", .float32, granule.values.map { Double($0) }, []),
        variable(
          "f", .int32, granule.values.map { _ in 0 },
          [FileAttribute("flag_masks", .int32s([1, 2])), FileAttribute("flag_meanings", "LAND CLOUD ICE")]),
      ], globalAttributes: [FileAttribute("start_time", "2024-08-01T10:27:29Z")])
    try await NetCDFThread.run { () throws(NetCDFError) in try GroupedFileWriter.write(definition, to: path) }
    let config = try granules.config(
      "f", area: SwathRunTests.fewCells, bands: #"["chlor_a"]"#,
      modules:
        #", { "module": "cloud_mask", "band": "f", "reject": ["LAND"] }, { "module": "expression", "formula": "chlor_a", "as": "out", "save": true }"#
    )
    await #expect { _ = try await PipelinePlanner(config).plan() } throws: {
      "\($0)".contains("flag_masks has 2 numbers and flag_meanings 3 names")
    }
  }

  @Test(arguments: [
    ("https://a/b.nc?X-Amz-Date=20240801T174245Z&X-Amz-Expires=3600&X-Amz-Signature=1", true),
    ("https://a/b.nc?X-Amz-Date=20240801T174245Z&X-Amz-Expires=604800&X-Amz-Signature=1", false),
    ("https://a/b.nc?Expires=1722534164&Signature=1&Key-Pair-Id=2", false),
    ("https://a/b.nc?Expires=1722534163&Signature=1&Key-Pair-Id=2", true),
    ("https://a/b.nc?se=2024-08-01T17%3A42%3A43Z&sig=1", true),
    ("https://a/b.nc?x=1", nil), ("https://a/b.nc", nil), ("https://a/b.nc?X-Amz-Expires=3600", nil),
  ])
  func `a signed link tells until when it is good`(_ url: String, _ hasExpired: Bool?) throws {
    // The 604800 seconds of the second end on 8 August.
    let moment = try #require(
      Instant(url.contains("X-Amz") ? "2024-08-02T00:00:00Z" : "2024-08-01T17:42:43.5Z"))
    #expect(SignedLink(url)?.hasExpired(at: moment) == hasExpired)
  }
}
