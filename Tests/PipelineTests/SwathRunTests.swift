import Engine
import Foundation
import GDAL
import Geo
import JSON
import NetCDF
import Storage
import TestSupport
import Testing

@testable import Pipeline

/// Runs on granules: swaths with their own longitude and latitude for every pixel.
@Suite struct SwathRunTests {
  /// A folder of granules, and a config to run on it.
  struct Granules {
    let folder: TemporaryFolder

    init() throws {
      NetCDFThread.prepareProcess()
      folder = try TemporaryFolder()
      try LocalFiles.createDirectory(folder.file("granules"))
    }

    func path(_ name: String) -> String { folder.file("granules/\(name).nc") }

    func config(
      _ name: String, area: String, bands: String = "[\"pixel_id\"]", isSaved: Bool = true,
      download: String = "", modules: String = "",
      resources: String = #"{ "threads": 2 }"#, source: String = "granules"
    ) throws -> PipelineConfig {
      let text = """
        { "pipeline": "p", "area": \(area), "resources": \(resources),
          "sequences": [ { "name": "s", "modules": [
            { "module": "download", "source": "\(source)", "bands": \(bands), "group_by": "utc_day",
              "save": \(isSaved)\(download) }\(modules) ] } ] }
        """
      try LocalFiles.writeAtomically(folder.file("\(name).json"), text: text)
      let reading = ConfigReader.read(path: folder.file("\(name).json"))
      var config = try #require(reading.config, "\(reading.messages)")
      config.output.location = folder.file(name)
      return config
    }

    /// Runs a config and gives back the first layer of a variable.
    func run(_ config: PipelineConfig, variable: String = "pixel_id") async throws -> (
      values: [Double], grid: Grid, outcome: PipelineRunner.Outcome
    ) {
      let plan = try await PipelinePlanner(config).plan()
      let (values, outcome) = try await compute(config, variable: variable)
      return (values, try #require(plan.sequences[0].plan?.grid), outcome)
    }

    /// The same without the grid: files are looked for once.
    func compute(_ config: PipelineConfig, variable: String) async throws -> (
      values: [Double], outcome: PipelineRunner.Outcome
    ) {
      let outcome = try await PipelineRunner(config, version: "0", isFresh: false) { _ in }.run()
      let products = outcome.report.sequences[0].products
      let layer = try #require(products.first { $0.variable.name == variable }?.layers.first)
      var values: [Double] = []
      if let file = layer.file {
        values = try await Self.values("\(config.output.location)/\(file)", variable)
      }
      return (values, outcome)
    }

    @NetCDFThread
    private static func values(_ path: String, _ variable: String) throws -> [Double] {
      let reader = try NetCDFFileReader(path)
      let values = try reader.doubles(variable)
      try reader.close()
      return values
    }
  }

  /// The places of a grid's cells in degrees, row by row.
  static func places(_ grid: Grid) throws -> (longitudes: [Double], latitudes: [Double]) {
    var (x, y): ([Double], [Double]) = ([], [])
    for row in 0..<grid.height {
      for column in 0..<grid.width {
        let point = grid.transform.map(column: Double(column) + 0.5, row: Double(row) + 0.5)
        x.append(point.x)
        y.append(point.y)
      }
    }
    try SpatialReference.transform(x: &x, y: &y, from: grid.crs, to: SpatialReference.parse("EPSG:4326"))
    return (x, y)
  }

  /// Few enough cells to look at all pixels for each.
  static let fewCells = #"{ "bbox": [8.6, 38.8, 11.4, 41.2], "crs": "EPSG:4326", "resolution": 0.15 }"#
  static let lonLat = #"{ "bbox": [8.6, 38.8, 11.4, 41.2], "crs": "EPSG:4326", "resolution": 0.05 }"#

  @Test(arguments: [
    (10.0, 40.0, fewCells),
    (179.8, -17.0, #"{ "bbox": [178.4, -18.2, -179, -15.8], "crs": "EPSG:4326", "resolution": 0.15 }"#),
    (15.0, 61.0, #"{ "bbox": [11.5, 59.6, 18.5, 62.4], "crs": "EPSG:32633", "resolution": 14000 }"#),
    (
      30.0, -89.5,
      #"{ "bbox": [-210000, -210000, 210000, 210000], "bbox_crs": "EPSG:3031", "crs": "EPSG:3031", "resolution": 15000 }"#
    ),
    (-100.0, 89.7, #"{ "bbox": [-180, 88, 180, 90], "crs": "EPSG:4326", "resolution": 1 }"#),
  ])
  func `each cell has the nearest pixel of the swath, on any grid, whatever the chunks and threads`(
    _ longitude: Double, _ latitude: Double, _ area: String
  ) async throws {
    let granules = try Granules()
    var granule = MadeGranule(longitude: longitude, latitude: latitude)
    granule.loseNavigation(at: 30 * 50 + 20)
    try await granule.write(granules.path("a"))
    let (values, grid, outcome) = try await granules.run(try granules.config("a", area: area))
    #expect(outcome.losses.isEmpty)
    let (longitudes, latitudes) = try Self.places(grid)
    let right = granule.nearest(longitudes, latitudes)
    #expect(right.contains { $0 >= 0 } && right.contains(-1))
    #expect(values.map { $0.isNaN ? -1 : Int($0) } == right)

    let other = try granules.config("b", area: area, resources: #"{ "threads": 1, "chunk": 16 }"#)
    let again = try await granules.run(other).values
    #expect(again.map { $0.isNaN ? -1 : Int($0) } == right)
  }

  @Test
  func `two granules of a date give what they give in one piece, in whatever order their files come`()
    async throws
  {
    let whole = MadeGranule(longitude: 10, latitude: 40)
    let one = try Granules()
    try await whole.write(one.path("whole"))
    let right = try await one.run(
      try one.config("a", area: Self.lonLat, bands: "[\"chlor_a\"]"), variable: "chlor_a")
    for names in [["a", "b"], ["b", "a"]] {
      let two = try Granules()
      var (first, second) = (whole.part(0..<31), whole.part(31..<60))
      (first.time, second.time) = ("2024-08-01T17:42:45Z", "2024-08-01T17:47:45Z")
      try await first.write(two.path(names[0]))
      try await second.write(two.path(names[1]))
      let found = try await two.run(
        try two.config(
          "a", area: Self.lonLat, bands: "[\"chlor_a\"]", resources: #"{ "threads": 2, "chunk": 20 }"#),
        variable: "chlor_a")
      // The reach of a column is the median over its own granule's lines.
      let differing = zip(found.values, right.values).count { $0 != $1 && !($0.isNaN && $1.isNaN) }
      #expect(differing <= 2)
      #expect(found.values.count { !$0.isNaN } > 500)
    }
  }

  @Test
  func `flags are named by the file, values beyond the valid range are missing unless the config keeps them`()
    async throws
  {
    let granules = try Granules()
    var granule = MadeGranule(longitude: 10, latitude: 40)
    for pixel in stride(from: 0, to: 3000, by: 7) { granule.flags[pixel] = 8 }
    for pixel in stride(from: 0, to: 3000, by: 11) { granule.flags[pixel] |= .min | 2 }
    for pixel in stride(from: 3, to: 3000, by: 13) { granule.values[pixel] = 150 }
    try await granule.write(granules.path("a"))
    let mask =
      #", { "module": "cloud_mask", "band": "l2_flags", "reject": ["CLOUD"] }, { "module": "expression", "formula": "chlor_a", "as": "kept", "save": true }"#
    for keepsAll in [false, true] {
      let config = try granules.config(
        "m\(keepsAll)", area: Self.fewCells, bands: "[\"chlor_a\"]",
        download: keepsAll ? #", "regrid": { "valid_range": false }"# : "", modules: mask,
        source: "granules/*.nc")
      let (values, grid, outcome) = try await granules.run(config, variable: "kept")
      let (longitudes, latitudes) = try Self.places(grid)
      let nearest = granule.nearest(longitudes, latitudes)
      // The band is saved as it is: those that the mask rejects are counted as well.
      let beyond = nearest.count { $0 >= 0 && granule.values[$0] > 100 }
      #expect(beyond > 0)
      #expect(outcome.report.sequences[0].lostPixels.beyondRange == (keepsAll ? [:] : ["chlor_a": beyond]))
      let right = nearest.map { pixel -> Float in
        guard pixel >= 0, granule.flags[pixel] & 8 == 0, keepsAll || granule.values[pixel] <= 100 else {
          return .nan
        }
        return granule.values[pixel]
      }
      #expect(zip(values, right).allSatisfy { Float($0) == $1 || ($0.isNaN && $1.isNaN) })
      #expect(right.contains { $0 == 150 } == keepsAll)
    }
  }

  @Test
  func `a valid range that leaves something far behind the first lines applies`() async throws {
    let granules = try Granules()
    var granule = MadeGranule(lines: 90, columns: 30, longitude: 10, latitude: 40)
    for pixel in 0..<(80 * 30) { granule.values[pixel] = 150 }
    try await granule.write(granules.path("a"))
    let (values, grid, outcome) = try await granules.run(
      try granules.config("r", area: Self.fewCells, bands: "[\"chlor_a\"]"), variable: "chlor_a")
    let (longitudes, latitudes) = try Self.places(grid)
    let nearest = granule.nearest(longitudes, latitudes)
    #expect(nearest.contains { $0 >= 0 && $0 < 80 * 30 })
    #expect(zip(values, nearest).allSatisfy { $0.isNaN == ($1 < 80 * 30) })
    #expect(
      outcome.report.sequences[0].lostPixels.beyondRange["chlor_a"]
        == nearest.count { (0..<2400).contains($0) })
  }

  @Test
  func `a valid range that would leave nothing of a packed band is set aside, and the plan says so`()
    async throws
  {
    let granules = try Granules()
    let granule = MadeGranule(longitude: 10, latitude: 40)
    try await granule.write(granules.path("a"))
    let config = try granules.config("r", area: Self.fewCells, bands: "[\"packed\"]")
    let plan = try await PipelinePlanner(config).plan()
    #expect(plan.notes.contains { $0.contains("\"packed\"") && $0.contains("leave nothing") })
    let (values, grid, _) = try await granules.run(config, variable: "packed")
    let (longitudes, latitudes) = try Self.places(grid)
    for (value, pixel) in zip(values, granule.nearest(longitudes, latitudes)) {
      #expect(pixel < 0 ? value.isNaN : abs(value - Double(granule.values[pixel])) < 0.0006)
    }
  }

  @Test
  func
    `between pixels values are interpolated; means take what lies in a cell, or covers it, and nothing that is masked`()
    async throws
  {
    let granules = try Granules()
    var granule = MadeGranule(lines: 80, columns: 70, longitude: 10, latitude: 40)
    for pixel in stride(from: 0, to: 5600, by: 3) { (granule.flags[pixel], granule.values[pixel]) = (8, 99) }
    try await granule.write(granules.path("a"))
    let mask =
      #", { "module": "cloud_mask", "band": "l2_flags", "reject": ["CLOUD"] }, { "module": "expression", "formula": "chlor_a", "as": "kept", "save": true }"#
    func run(_ name: String, _ regrid: String, area: String = Self.lonLat) async throws -> ([Double], Grid) {
      let config = try granules.config(
        name, area: area, bands: "[\"chlor_a\"]", download: ", \"regrid\": \(regrid)", modules: mask,
        resources: #"{ "threads": 2, "chunk": 24 }"#)
      let found = try await granules.run(config, variable: "kept")
      return (found.values, found.grid)
    }
    let coarse = #"{ "bbox": [9, 39, 11, 41], "crs": "EPSG:4326", "resolution": 0.2 }"#
    let (means, grid) = try await run("bin", "\"bin\"", area: coarse)
    let bins = try granule.bins(on: grid) { granule.flags[$0] == 0 }
    #expect(bins.contains { $0.count > 8 })
    for (mean, bin) in zip(means, bins) {
      #expect(Float(mean) == bin.mean || (mean.isNaN && bin.count == 0))
    }
    let (counts, _) = try await run("count", #"{ "method": "bin", "statistic": "count" }"#, area: coarse)
    #expect(zip(counts, bins).allSatisfy { Int($0) == $1.count || ($0.isNaN && $1.count == 0) })

    // Against the truth: what is masked would be far from it.
    for (method, tolerance) in [("bilinear", 2e-3), ("area", 2e-2)] {
      let (values, grid) = try await run(method, "\"\(method)\"")
      let (longitudes, latitudes) = try Self.places(grid)
      let errors = zip(values, zip(longitudes, latitudes)).compactMap { value, place in
        value.isNaN ? nil : abs(value / MadeGranule.field(place.0, place.1) - 1)
      }.sorted()
      #expect(errors.count > 1500)
      #expect(errors[errors.count / 2] < tolerance)
      #expect((errors.last ?? 1) < 0.2)
    }
  }

  @Test(arguments: ["scenes", "observations", "sqrt"])
  func `means over dates weigh them by the pixels of each cell as the config says, masked ones left out`(
    _ weights: String
  ) async throws {
    let granules = try Granules()
    var made: [MadeGranule] = []
    for (day, spacing) in [(1, 5000.0), (2, 7300), (4, 11_000)] {
      var granule = MadeGranule(longitude: 10, latitude: 40, heading: Double(day * 9), spacing: spacing)
      granule.time = "2024-08-0\(day)T11:00:00Z"
      for pixel in stride(from: day, to: granule.flags.count, by: 5) { granule.flags[pixel] = 1 << 3 }
      for pixel in granule.values.indices { granule.values[pixel] *= Float(day) }
      try await granule.write(granules.path("g\(day)"))
      made.append(granule)
    }
    let config = try granules.config(
      "a", area: #"{ "bbox": [9, 39, 11, 41], "crs": "EPSG:4326", "resolution": 0.2 }"#,
      bands: "[\"chlor_a\"]",
      download: #", "regrid": "bin""#,
      modules:
        #", { "module": "cloud_mask", "band": "l2_flags", "reject": ["CLOUD"] }, { "module": "composite", "of": "chlor_a", "as": "mean", "weights": "\#(weights)" }"#,
      resources: #"{ "threads": 2, "chunk": 24 }"#)
    let (means, grid, outcome) = try await granules.run(config, variable: "mean")
    #expect(outcome.losses.isEmpty)
    var sums = [(sum: Double, weight: Double)](repeating: (0, 0), count: grid.window.count)
    for granule in made {
      var own = [(sum: Double, count: Double)](repeating: (0, 0), count: grid.window.count)
      for pixel in granule.flags.indices where granule.flags[pixel] == 0 {
        let place = try #require(
          grid.transform.pixel(x: Double(granule.longitudes[pixel]), y: Double(granule.latitudes[pixel])))
        let (column, row) = (Int(place.column.rounded(.down)), Int(place.row.rounded(.down)))
        guard grid.window.contains(PixelWindow(column: column, row: row, width: 1, height: 1)) else {
          continue
        }
        own[row * grid.width + column].sum += Double(granule.values[pixel])
        own[row * grid.width + column].count += 1
      }
      for (cell, own) in own.enumerated() where own.count > 0 {
        let weight = weights == "scenes" ? 1 : weights == "sqrt" ? own.count.squareRoot() : own.count
        sums[cell].sum += weight * own.sum / own.count
        sums[cell].weight += weight
      }
    }
    #expect(sums.contains { $0.weight > 2 })
    for (mean, sum) in zip(means, sums) {
      #expect(sum.weight > 0 ? abs(mean - sum.sum / sum.weight) < 1e-6 * mean : mean.isNaN)
    }
  }

  @Test func `a mean of granules says of itself what NASA's mapped files say`() async throws {
    let granules = try Granules()
    try await MadeGranule(longitude: 10, latitude: 40).write(granules.path("g"))
    let config = try granules.config(
      "a", area: #"{ "bbox": [9, 39, 11, 41], "crs": "EPSG:4326", "resolution": [0.25, 0.5] }"#,
      bands: "[\"chlor_a\"]",
      modules:
        #", { "module": "cloud_mask", "band": "l2_flags", "reject": ["LAND", "CLOUD"] }, { "module": "composite", "of": "chlor_a", "as": "mean" }"#,
      resources: #"{ "threads": 1, "chunk": 24 }"#)
    let (_, grid, outcome) = try await granules.run(config, variable: "mean")
    let product = try #require(outcome.report.sequences[0].products.first { $0.variable.name == "mean" })
    let path = "\(config.output.location)/\(try #require(product.layers.first?.file))"
    let found = try await NetCDFThread.run {
      let reader = try NetCDFFileReader(path)
      defer { try? reader.close() }
      return reader.definition
    }
    #expect((grid.width, grid.height) == (8, 4))
    let expected: [(String, AttributeValue)] = [
      ("l2_flag_names", .text("LAND,CLOUD")),
      ("number_of_columns", .int(8)), ("number_of_lines", .int(4)), ("measure", .text("Mean")),
      ("map_projection", .text("Equidistant Cylindrical")), ("latitude_step", .double(0.5)),
      ("longitude_step", .double(0.25)), ("northernmost_latitude", .double(41)),
      ("southernmost_latitude", .double(39)), ("westernmost_longitude", .double(9)),
      ("easternmost_longitude", .double(11)),
      // Half a degree of a sphere of 6371 km, as a distance along a meridian.
      ("spatialResolution", .text("55.6 km")),
    ]
    for (name, value) in expected {
      #expect(found.globalAttributes.first { $0.name == name }?.value == value, "\(name)")
    }
  }

  @Test
  func
    `a granule that is cut short, one without navigation and one of another product are named, the rest is used`()
    async throws
  {
    let granules = try Granules()
    let granule = MadeGranule(longitude: 10, latitude: 40)
    try await granule.write(granules.path("good"))
    try await granule.write(granules.path("short"))
    let bytes = try LocalFiles.readAll(granules.path("short"))
    try LocalFiles.writeAtomically(granules.path("short"), Array(bytes[..<(bytes.count / 2)]))
    try await granule.write(granules.path("adrift"), navigation: false)
    try await granule.write(granules.path("other"), band: "poc")
    let config = try granules.config("a", area: Self.lonLat, bands: "[\"chlor_a\"]")
    let (values, _, outcome) = try await granules.run(config, variable: "chlor_a")
    #expect(values.contains { !$0.isNaN })
    let losses = outcome.losses.map { "\($0)" }
    #expect(losses.contains { $0.contains("short.nc") })
    #expect(losses.contains { $0.contains("adrift.nc") && $0.contains("no longitude and latitude") })
    #expect(losses.contains { $0.contains("other.nc") && $0.contains("chlor_a") })
    #expect(losses.count == 3)
  }

  @Test
  func `a granule of another product with the same flags is a loss, and its date is computed of the others`()
    async throws
  {
    let granules = try Granules()
    let granule = MadeGranule(longitude: 10, latitude: 40)
    try await granule.write(granules.path("good"))
    let config = try granules.config(
      "alone", area: Self.lonLat, bands: "[\"chlor_a\", \"l2_flags\"]",
      modules: #", { "module": "cloud_mask", "band": "l2_flags", "reject": ["CLOUD"] }"#)
    let alone = try await granules.run(config, variable: "chlor_a").values
    try await granule.write(granules.path("other"), band: "poc")
    let both = try granules.config(
      "both", area: Self.lonLat, bands: "[\"chlor_a\", \"l2_flags\"]",
      modules: #", { "module": "cloud_mask", "band": "l2_flags", "reject": ["CLOUD"] }"#)
    let (values, _, outcome) = try await granules.run(both, variable: "chlor_a")
    #expect(alone.contains { !$0.isNaN } && values.count == alone.count)
    #expect(zip(values, alone).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN })
    let losses = outcome.losses.map { "\($0)" }
    #expect(losses.count == 1 && losses[0].contains("other.nc") && losses[0].contains("chlor_a"), "\(losses)")
  }
}
