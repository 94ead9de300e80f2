import Engine
import Foundation
import Geo
import NetCDF
import Storage
import TestSupport
import Testing

@testable import Pipeline

/// Granules that are laid out in other ways than one file with a longitude and latitude of each centre.
@Suite struct GranuleLayoutTests {
  private static let plane = ["rows", "columns"]

  private func write(
    _ path: String, _ granule: MadeGranule, _ variables: [FileVariable], more: [FileDimension] = []
  ) async throws {
    let definition = FileDefinition(
      dimensions: [FileDimension("rows", granule.lines), FileDimension("columns", granule.columns)] + more,
      variables: variables, globalAttributes: [FileAttribute("start_time", "2024-08-01T10:27:29.454657Z")])
    try await NetCDFThread.run { () throws(NetCDFError) in try GroupedFileWriter.write(definition, to: path) }
  }

  private func variable(
    _ name: String, _ type: ElementType, _ numbers: [Double], _ attributes: [FileAttribute] = []
  ) -> FileVariable {
    FileVariable(
      name, type, dimensions: Self.plane, attributes: attributes, values: .numbers(numbers))
  }

  private func positions(_ granule: MadeGranule, bounds: (String, String)? = nil) -> [FileVariable] {
    func attributes(_ name: String, _ bounds: String?) -> [FileAttribute] {
      [FileAttribute("standard_name", .text(name))]
        + (bounds.map { [FileAttribute("bounds", .text($0))] } ?? [])
    }
    return [
      variable(
        "longitude", .float64, granule.longitudes.map { Double($0) }, attributes("longitude", bounds?.0)),
      variable("latitude", .float64, granule.latitudes.map { Double($0) }, attributes("latitude", bounds?.1)),
    ]
  }

  @Test("A folder with a file for each variable is one granule; flags of 64 bits are named by the file")
  func readsFolders() async throws {
    let granules = try SwathRunTests.Granules()
    let granule = MadeGranule(longitude: 10, latitude: 40)
    let folder = granules.folder.file("granules/S3A_OL_2_WFR____20240801T102729_20240801T103029_MAR.SEN3")
    try LocalFiles.createDirectory(folder)
    try await write("\(folder)/geo_coordinates.nc", granule, positions(granule))
    // Tie points are not the navigation.
    try await write(
      "\(folder)/tie_geo_coordinates.nc", granule.part(0..<10), positions(granule.part(0..<10)))
    let ids = (0..<granule.values.count).map { Double($0) }
    try await write("\(folder)/pixels.nc", granule, [variable("pixel_id", .int32, ids)])
    let high = 4_294_967_296.0
    let flags = ids.map { ($0.truncatingRemainder(dividingBy: 3) == 0 ? 8 : 0) + high }
    try await write(
      "\(folder)/wqsf.nc", granule,
      [
        variable(
          "WQSF", .uint64, flags,
          [
            FileAttribute("flag_masks", .doubles([1, 2, 4, 8, high])),
            FileAttribute("flag_meanings", "INVALID WATER LAND CLOUD ANNOT"),
          ])
      ])
    let right = try await {
      let (plain, own) = (try SwathRunTests.Granules(), granule)
      try await own.write(plain.path("a"))
      return try await plain.run(try plain.config("a", area: SwathRunTests.lonLat)).values
    }()
    #expect(right.contains { !$0.isNaN })
    for (name, source) in [("folder", "granules"), ("pattern", "granules/*.SEN3"), ("one", folder)] {
      let config = try granules.config(
        name, area: SwathRunTests.lonLat,
        modules:
          #", { "module": "cloud_mask", "band": "WQSF", "reject": ["CLOUD"] }, { "module": "expression", "formula": "pixel_id", "as": "kept", "save": true }"#,
        source: source)
      let (values, _, outcome) = try await granules.run(config, variable: "kept")
      #expect(outcome.losses.isEmpty)
      let masked = right.map { $0.isNaN || Int($0) % 3 == 0 ? .nan : $0 }
      #expect(zip(values, masked).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) })
    }
  }

  @Test(
    "A threshold of a packed quality layer is one of its values, whatever the method",
    arguments: ["nearest", "bin"])
  func comparesPackedQuality(method: String) async throws {
    let granules = try SwathRunTests.Granules()
    let granule = MadeGranule(longitude: 10, latitude: 40)
    let ids = granule.values.indices.map { Double($0) }
    let quality = ids.map { $0.truncatingRemainder(dividingBy: 100) }
    try await write(
      granules.path("a"), granule,
      positions(granule) + [
        variable("no2", .float64, quality),
        variable("qa_value", .uint8, quality, [FileAttribute("scale_factor", .floats([0.01]))]),
      ])
    func run(_ name: String, _ rule: String) async throws -> [Double] {
      try await granules.run(
        try granules.config(
          name, area: SwathRunTests.fewCells, bands: #"["no2"]"#, download: #", "regrid": "\#(method)""#,
          modules:
            #", { "module": "cloud_mask", "band": "qa_value", \#(rule) }, { "module": "expression", "formula": "no2", "as": "kept", "save": true }"#
        ), variable: "kept"
      ).values.filter { !$0.isNaN }
    }
    let kept = try await run("a", #""reject_below": 0.75"#)
    #expect(!kept.isEmpty && kept.allSatisfy { $0 >= 75 })
    let others = try await run("b", #""reject_at_least": 0.75"#)
    #expect(!others.isEmpty && others.allSatisfy { $0 < 75 })
    if method == "nearest" { #expect(kept.contains(75)) }
  }

  @Test(
    "A scale that leaves nothing of the numbers is a named loss, whatever the method",
    arguments: ["nearest", "bilinear", "bin", "area"])
  func refusesScales(method: String) async throws {
    let granules = try SwathRunTests.Granules()
    let granule = MadeGranule(longitude: 10, latitude: 40)
    func make(_ name: String, _ scale: AttributeValue) async throws {
      try await write(
        granules.path(name), granule,
        positions(granule) + [
          variable(
            "no2", .int16, granule.values.map { (Double($0) * 1000).rounded() },
            [FileAttribute("scale_factor", scale)])
        ])
    }
    func run(_ name: String) async throws -> ([Double], PipelineRunner.Outcome) {
      try await granules.compute(
        try granules.config(
          name, area: SwathRunTests.fewCells, bands: #"["no2"]"#, download: #", "regrid": "\#(method)""#),
        variable: "no2")
    }
    try await make("a", .doubles([0]))
    let losses = try await run("zero").1.losses.map(\.reason)
    #expect(losses.contains { $0.contains("a scale of 0.0") && $0.contains("\"no2\"") })
    // As text it is a number as well.
    try await make("a", .text("0.001"))
    let values = try await run("text").0.filter { !$0.isNaN }
    #expect(!values.isEmpty && values.allSatisfy { (0..<5).contains($0) })
  }

  @Test(
    "A variable whose columns come before its lines lies as the others do", arguments: ["nearest", "bin"])
  func readsTurned(method: String) async throws {
    let granule = MadeGranule(lines: 60, columns: 50, longitude: 10, latitude: 40)
    var found: [[Double]] = []
    for isTurned in [false, true] {
      let granules = try SwathRunTests.Granules()
      let turned = (0..<3000).map { Double(granule.values[$0 % 60 * 50 + $0 / 60]) }
      let band = FileVariable(
        "no2", .float64, dimensions: isTurned ? Self.plane.reversed() : Self.plane,
        values: .numbers(isTurned ? turned : granule.values.map { Double($0) }))
      try await write(granules.path("a"), granule, positions(granule) + [band])
      let config = try granules.config(
        "a", area: SwathRunTests.lonLat, bands: #"["no2"]"#, download: #", "regrid": "\#(method)""#)
      found.append(try await granules.run(config, variable: "no2").values)
    }
    #expect(found[0].contains { !$0.isNaN })
    #expect(zip(found[0], found[1]).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) })
  }

  @Test("Cells of which footprints cover less than the least share are missing", arguments: [0, 0.5, 0.8])
  func keepsCoveredCells(least: Double) async throws {
    let granules = try SwathRunTests.Granules()
    let granule = MadeGranule(lines: 30, columns: 20, longitude: 10, latitude: 0)
    // Footprints of a tenth of a degree, whose rim cuts a cell at 30 % in the west and at 70 % in the east.
    let swath = [
      variable(
        "longitude", .float64, (0..<600).map { 9.12 + 0.1 * Double($0 % 20) },
        [FileAttribute("standard_name", "longitude")]),
      variable(
        "latitude", .float64, (0..<600).map { 1.45 - 0.1 * Double($0 / 20) },
        [FileAttribute("standard_name", "latitude")]),
      variable("no2", .float64, (0..<600).map { _ in 7 }),
    ]
    try await write(granules.path("a"), granule, swath)
    let (values, grid, _) = try await granules.run(
      try granules.config(
        "a", area: #"{ "bbox": [8.8, -0.5, 11.4, 0.5], "crs": "EPSG:4326", "resolution": 0.1 }"#,
        bands: #"["no2"]"#, download: #", "regrid": { "method": "area", "min_weight": \#(least) }"#),
      variable: "no2")
    #expect(grid.width == 26)
    // From 9.07 to 11.07: the cell from 9.0 is covered by 0.3, that from 11.0 by 0.7, those between wholly.
    let shares = (0..<26).map { $0 == 2 ? 0.3 : $0 == 22 ? 0.7 : (3..<22).contains($0) ? 1 : 0 }
    for row in 0..<grid.height {
      for column in 0..<26 {
        let isThere = shares[column] > 0 && shares[column] >= least
        #expect(isThere ? values[row * 26 + column] == 7 : values[row * 26 + column].isNaN)
      }
    }
  }

  @Test(
    "A flag that is missing says that the pixel is, whatever the method",
    arguments: ["nearest", "bilinear", "bin"])
  func takesMissingFlags(method: String) async throws {
    let granules = try SwathRunTests.Granules()
    let granule = MadeGranule(longitude: 10, latitude: 40)
    // Lines of the granule's first half have no flags.
    let flags = FileVariable(
      "flags", .int16, dimensions: Self.plane, fill: .int16s([-1]),
      attributes: [
        FileAttribute("flag_masks", .int16s([1, 2])), FileAttribute("flag_meanings", "ICE LAND"),
      ],
      values: .numbers(granule.values.indices.map { $0 < 1500 ? -1 : 2 }))
    let half = granule.values.indices.map { $0 < 1500 ? 1.0 : 2 }
    try await write(
      granules.path("a"), granule, positions(granule) + [variable("no2", .float64, half), flags])
    let config = try granules.config(
      "a", area: SwathRunTests.lonLat, bands: #"["no2"]"#, isSaved: false,
      download: #", "regrid": "\#(method)""#,
      modules:
        #", { "module": "cloud_mask", "band": "flags", "reject": ["ICE"] }, { "module": "expression", "formula": "no2", "as": "out", "save": true }"#
    )
    let values = try await granules.run(config, variable: "out").values.filter { !$0.isNaN }
    #expect(values.count > 300 && values.allSatisfy { $0 == 2 })
  }

  @Test("Without a resolution a projected grid's is the swath's spacing, in the grid's own unit")
  func choosesResolutions() async throws {
    for (crs, longitude, latitude, metres) in [
      ("EPSG:32633", 15.0, 40.0, 1.0), ("EPSG:2227", -121, 37.5, 0.304_800_61),
    ] {
      let granules = try SwathRunTests.Granules()
      let granule = MadeGranule(lines: 30, columns: 30, longitude: longitude, latitude: latitude)
      try await granule.write(granules.path("a"))
      let box = "[\(longitude - 0.2), \(latitude - 0.2), \(longitude + 0.2), \(latitude + 0.2)]"
      let config = try granules.config("a", area: "{ \"bbox\": \(box), \"crs\": \"\(crs)\" }")
      let grid = try #require(try await PipelinePlanner(config).plan().sequences[0].plan?.grid)
      // Pixels of the middle are 5 km apart.
      let size = grid.transform.pixelWidth
      #expect(size == size.rounded() && abs(size * metres / 5000 - 1) < 0.03, "\(size)")
    }
  }

  @Test("A damaged file in a folder loses the granule, and is named")
  func namesDamagedFiles() async throws {
    let granules = try SwathRunTests.Granules()
    let granule = MadeGranule(longitude: 10, latitude: 40)
    try await granule.write(granules.path("a"))
    let folder = granules.folder.file("granules/b.SEN3")
    try LocalFiles.createDirectory(folder)
    try await write("\(folder)/geo_coordinates.nc", granule, positions(granule))
    try LocalFiles.writeAtomically("\(folder)/pixels.nc", text: "cut short")
    let (values, _, outcome) = try await granules.run(
      try granules.config("a", area: SwathRunTests.lonLat))
    #expect(values.contains { !$0.isNaN })
    #expect(outcome.losses.count == 1)
    #expect(outcome.losses.allSatisfy { "\($0)".contains("pixels.nc") })
  }

  @Test("The corners of footprints that a file has weigh its pixels, named as bounds or called so")
  func takesBounds() async throws {
    let granule = MadeGranule(longitude: 10, latitude: 40)
    // Footprints that lie a tenth of a degree east of their centres: so does the field.
    let shift = 0.1
    func corners(_ centres: [Float], by offset: Double) -> [Double] {
      let columns = granule.columns
      return centres.indices.flatMap { index -> [Double] in
        let (line, column) = (index / columns, index % columns)
        func at(_ line: Int, _ column: Int) -> Double {
          let (l, c) = (min(max(line, 0), granule.lines - 1), min(max(column, 0), columns - 1))
          return Double(centres[l * columns + c])
        }
        func corner(_ down: Int, _ right: Int) -> Double {
          let sum = at(line, column) + at(line + down, column) + at(line, column + right)
          return (sum + at(line + down, column + right)) / 4 + offset
        }
        return [corner(-1, -1), corner(-1, 1), corner(1, 1), corner(1, -1)]
      }
    }
    for bounds in [("lon_edges", "lat_edges"), nil] {
      let granules = try SwathRunTests.Granules()
      func edges(_ name: String, _ numbers: [Double]) -> FileVariable {
        FileVariable(
          name, .float64, dimensions: Self.plane + ["corner"], values: .numbers(numbers))
      }
      try await write(
        granules.path("a"), granule,
        positions(granule, bounds: bounds) + [
          variable("chlor_a", .float64, granule.values.map { Double($0) }),
          edges(bounds?.0 ?? "longitude_bounds", corners(granule.longitudes, by: shift)),
          edges(bounds?.1 ?? "latitude_bounds", corners(granule.latitudes, by: 0)),
        ], more: [FileDimension("corner", 4)])
      let found = try await granules.run(
        try granules.config(
          "a", area: SwathRunTests.lonLat, bands: #"["chlor_a"]"#, download: #", "regrid": "area""#,
          resources: #"{ "threads": 2, "chunk": 24 }"#), variable: "chlor_a")
      let (longitudes, latitudes) = try SwathRunTests.places(found.grid)
      let errors = found.values.indices.compactMap { cell in
        found.values[cell].isNaN
          ? nil
          : abs(found.values[cell] / MadeGranule.field(longitudes[cell] - shift, latitudes[cell]) - 1)
      }.sorted()
      #expect(errors.count > 1500)
      #expect(errors[errors.count / 2] < 2e-3)
    }
  }
}
