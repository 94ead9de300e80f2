import Engine
import Geo
import NetCDF
import Storage
import TestSupport
import Testing

@testable import Pipeline

/// Masks that are applied to the pixels of swaths.
@Suite struct SwathMaskTests {
  static let coarse = #"{ "bbox": [9, 39, 11, 41], "crs": "EPSG:4326", "resolution": 0.2 }"#
  private static let fine = #"{ "bbox": [9, 39, 11, 41], "crs": "EPSG:4326", "resolution": 0.08 }"#
  private static let plane = ["rows", "columns"]

  private static func isSame(_ values: [Double], _ right: [(mean: Float, count: Int)]) -> Bool {
    zip(values, right).allSatisfy { Float($0) == $1.mean || ($0.isNaN && $1.count == 0) }
  }

  private static let mask = #"{ "module": "cloud_mask", "band": "l2_flags", "reject": ["CLOUD"] }"#

  @Test
  func `a module before a mask sees what the mask rejects, and the mask counts it, whatever the chunks`()
    async throws
  {
    let granules = try SwathRunTests.Granules()
    var granule = MadeGranule(lines: 80, columns: 70, longitude: 10, latitude: 40)
    for pixel in stride(from: 0, to: 5600, by: 3) { (granule.flags[pixel], granule.values[pixel]) = (8, 50) }
    for pixel in stride(from: 1, to: 5600, by: 7) { granule.flags[pixel] |= 2 }
    try await granule.write(granules.path("a"))
    for chunk in [16, 24] {
      let config = try granules.config(
        "c\(chunk)", area: Self.fine, bands: "[\"chlor_a\"]", isSaved: chunk == 16,
        download: #", "regrid": "bin""#,
        modules: """
          , { "module": "expression", "formula": "chlor_a", "as": "before", "save": true }, \(Self.mask),
          { "module": "expression", "formula": "chlor_a", "as": "between", "save": true },
          { "module": "cloud_mask", "band": "l2_flags", "reject": ["LAND"] },
          { "module": "expression", "formula": "chlor_a", "as": "after", "save": true }
          """, resources: "{ \"threads\": 2, \"chunk\": \(chunk) }")
      let (before, grid, outcome) = try await granules.run(config, variable: "before")
      #expect(outcome.losses.isEmpty)
      #expect(Self.isSame(before, try granule.bins(on: grid)))
      let between = try await granules.compute(config, variable: "between").values
      #expect(Self.isSame(between, try granule.bins(on: grid) { granule.flags[$0] & 8 == 0 }))
      let after = try await granules.compute(config, variable: "after").values
      #expect(Self.isSame(after, try granule.bins(on: grid) { granule.flags[$0] == 0 }))
      if chunk == 16 {
        let band = try await granules.compute(config, variable: "chlor_a").values
        #expect(Self.isSame(band, try granule.bins(on: grid)))
      }
      func inside(_ isCounted: (Int) -> Bool) throws -> Int {
        try granule.bins(on: grid, isCounted).reduce(0) { $0 + $1.count }
      }
      #expect(
        outcome.report.sequences[0].lostPixels.rejected == [
          "cloud_mask": try inside { granule.flags[$0] & 8 != 0 },
          "cloud_mask_2": try inside { granule.flags[$0] & 2 != 0 },
        ])
    }
  }

  @Test func `what a mask on the swath cannot reach is refused, with its place`() async throws {
    let granules = try SwathRunTests.Granules()
    try await MadeGranule(longitude: 10, latitude: 40).write(granules.path("a"))
    func message(_ modules: String, method: String = "bin") async throws -> String {
      let config = try granules.config(
        "r", area: Self.coarse, bands: "[\"chlor_a\"]", download: ", \"regrid\": \"\(method)\"",
        modules: modules)
      do {
        _ = try await PipelinePlanner(config).plan()
        return ""
      } catch {
        return "\(error)"
      }
    }
    let before = #", { "module": "expression", "formula": "chlor_a * 2", "as": "twice" }, "#
    let late =
      before + Self.mask + #", { "module": "expression", "formula": "twice", "as": "out", "save": true }"#
    #expect(try await message(late).contains(#"r.json:4:"#))
    #expect(
      try await message(late).contains(
        #"$.sequences[0].modules[3]: "expression" reads "twice" behind a mask"#))
    #expect(try await message(late, method: "nearest").isEmpty)
    let read =
      ", " + Self.mask + #", { "module": "expression", "formula": "cloud_mask", "as": "out", "save": true }"#
    #expect(try await message(read).contains(#"reads the mask "cloud_mask""#))
    let grown =
      #", { "module": "cloud_mask", "band": "l2_flags", "reject": ["CLOUD"], "dilate": 2 }, { "module": "expression", "formula": "chlor_a", "as": "out", "save": true }"#
    #expect(try await message(grown).contains("modules[1].dilate"))
  }

  @Test(arguments: ["nearest", "bilinear", "bin", "area"])
  func `flags beyond 32 bits, of several bits, and numbers with fractions mask alike, whatever the method`(
    _ method: String
  ) async throws {
    let granules = try SwathRunTests.Granules()
    let granule = MadeGranule(lines: 80, columns: 70, longitude: 10, latitude: 40)
    func variable(
      _ name: String, _ type: ElementType, _ numbers: [Double], _ attributes: [FileAttribute] = []
    ) -> FileVariable {
      FileVariable(name, type, dimensions: Self.plane, attributes: attributes, values: .numbers(numbers))
    }
    let (high, low, far) = (1_099_511_627_776.0, 2.0, 35_184_372_088_832.0)
    // Four kinds in blocks of lines: none, the high bit, one of the two bits apart, and a bit between those.
    func kind(_ pixel: Int) -> Int { pixel / granule.columns / 20 }
    let flags = granule.values.indices.map { [0, high, far, 64][kind($0)] }
    let quality = granule.values.indices.map { [0.9, 0.25, 0.5, 0.75][kind($0)] }
    let definition = FileDefinition(
      dimensions: [FileDimension("rows", granule.lines), FileDimension("columns", granule.columns)],
      variables: [
        variable(
          "longitude", .float64, granule.longitudes.map { Double($0) },
          [FileAttribute("standard_name", "longitude")]),
        variable(
          "latitude", .float64, granule.latitudes.map { Double($0) },
          [FileAttribute("standard_name", "latitude")]),
        variable("kind", .float32, granule.values.indices.map { Double(kind($0)) }),
        variable(
          "wide", .uint64, flags,
          [
            FileAttribute("flag_masks", .doubles([high, low + far, 64])),
            FileAttribute("flag_meanings", "HIGH APART BETWEEN"),
          ]),
        // Two fields of two bits, one of them above the 31st, and one bit that has a name either way.
        variable(
          "coded", .uint64, granule.values.indices.map { [0, high, 3 * high, 2 * high + 1][kind($0)] },
          [
            FileAttribute("flag_masks", .doubles([3 * high, 3 * high, 3 * high, 1, 1])),
            FileAttribute("flag_values", .doubles([high, 2 * high, 3 * high, 0, 1])),
            FileAttribute("flag_meanings", "THIN THICK BOTH NIGHT DAY"),
          ]),
        // Classes with numbers of more than 32 bits.
        variable(
          "class", .int64, granule.values.indices.map { [5, high, high + 1, far][kind($0)] },
          [
            FileAttribute("flag_values", .doubles([5, high, high + 1, far])),
            FileAttribute("flag_meanings", "SEA ICE MELT SHORE"),
          ]),
        variable("share", .float32, quality),
      ], globalAttributes: [FileAttribute("start_time", "2024-08-01T10:27:29Z")])
    let path = granules.path("a")
    try await NetCDFThread.run { () throws(NetCDFError) in try GroupedFileWriter.write(definition, to: path) }
    func kinds(_ name: String, _ rule: String) async throws -> Set<Double> {
      let config = try granules.config(
        name, area: SwathRunTests.lonLat, bands: #"["kind"]"#, isSaved: false,
        download: ", \"regrid\": \"\(method)\"",
        modules:
          #", { "module": "cloud_mask", \#(rule) }, { "module": "expression", "formula": "kind", "as": "out", "save": true }"#
      )
      let values = try await granules.run(config, variable: "out").values.filter { !$0.isNaN }
      // Between two kinds there are means of both.
      return Set(values.filter { $0 == $0.rounded() })
    }
    #expect(try await kinds("a", #""band": "wide", "reject": ["HIGH"]"#) == [0, 2, 3])
    #expect(try await kinds("b", #""band": "wide", "reject": ["APART"]"#) == [0, 1, 3])
    #expect(try await kinds("c", #""band": "wide", "keep": ["APART", "BETWEEN"]"#) == [2, 3])
    #expect(try await kinds("d", #""band": "wide", "reject_bits": [40, 6]"#) == [0, 2])
    #expect(try await kinds("f", #""band": "coded", "reject": ["THICK"]"#) == [0, 1, 2])
    #expect(try await kinds("g", #""band": "coded", "reject": ["THIN", "BOTH"]"#) == [0, 3])
    #expect(try await kinds("h", #""band": "coded", "reject": ["NIGHT"]"#) == [3])
    #expect(try await kinds("i", #""band": "coded", "reject": ["DAY"]"#) == [0, 1, 2])
    #expect(try await kinds("j", #""band": "class", "reject": ["ICE", "SHORE"]"#) == [0, 2])
    #expect(try await kinds("k", #""band": "class", "keep": ["MELT", "SEA"]"#) == [0, 2])
    #expect(try await kinds("e", #""band": "share", "reject_below": 0.5"#) == [0, 2, 3])
  }

  @Test func `what masks reject in granules after the first is counted where the first leaves a cell open`()
    async throws
  {
    let granules = try SwathRunTests.Granules()
    var (one, other) = (
      MadeGranule(lines: 40, columns: 50, longitude: 10, latitude: 40),
      MadeGranule(longitude: 10.4, latitude: 40)
    )
    for pixel in stride(from: 0, to: 2000, by: 4) { one.values[pixel] = 150 }
    for pixel in stride(from: 0, to: 3000, by: 5) { other.values[pixel] = 150 }
    other.time = "2024-08-01T19:20:00Z"
    try await one.write(granules.path("a"))
    try await other.write(granules.path("b"))
    for method in ["nearest", "bin"] {
      var found: [Int?] = []
      for chunk in [16, 24, 256] {
        let config = try granules.config(
          "\(method)\(chunk)", area: SwathRunTests.lonLat, bands: #"["chlor_a"]"#,
          download: #", "fuse": "first", "regrid": "\#(method)""#,
          resources: "{ \"threads\": 2, \"chunk\": \(chunk) }")
        found.append(
          try await granules.compute(config, variable: "chlor_a").outcome.report.sequences[0].lostPixels
            .beyondRange["chlor_a"])
      }
      #expect(found[0] ?? 0 > 0 && found[0] == found[1] && found[1] == found[2], "\(method): \(found)")
    }
  }
}
