import Engine
import Geo
import JSON
import Modules
import Testing

/// Area means of gridded weather, by hand.
@Suite struct WeatherTests {
  /// A file that is not on disk.
  private struct Files: ModuleFiles {
    let arrays: [String: ArrayFile]

    func read(_ name: String, limit: Int) throws(ModuleFileError) -> ModuleFile {
      guard arrays[name] != nil else { throw ModuleFileError("there is no \"\(name)\"") }
      return ModuleFile(name: name, path: "/" + name, bytes: [], digest: name)
    }

    func arrays(of file: ModuleFile) throws(ModuleFileError) -> ArrayFile {
      guard let arrays = arrays[file.name] else { throw ModuleFileError("no arrays") }
      return arrays
    }

    func features(of file: ModuleFile, layer: String?) throws(ModuleFileError) -> VectorFeatures {
      throw ModuleFileError("\(file.name): has no points or polygons")
    }
  }

  private static func axis(_ name: String, _ units: String, _ values: [Double]) -> ArrayFile.Variable {
    ArrayFile.Variable(
      name: name, dimensions: [name], shape: [values.count], values: .numbers(values),
      attributes: ["units": units])
  }

  /// A variable on 3 latitudes and 3 longitudes: 10 · latitude index + longitude index, plus 100 a time step.
  private static func file(
    _ name: String = "tp", longitudes: [Double] = [27.5, 28, 28.5], latitudes: [Double] = [12, 11.5, 11],
    hours: [Double], values: (@Sendable (_ step: Int, _ row: Int, _ column: Int) -> Double)? = nil
  ) -> ArrayFile {
    let value = values ?? { step, row, column in Double(100 * step + 10 * row + column) }
    var numbers: [Double] = []
    for step in hours.indices {
      for row in latitudes.indices {
        for column in longitudes.indices { numbers.append(value(step, row, column)) }
      }
    }
    return ArrayFile(variables: [
      axis("longitude", "degrees_east", longitudes), axis("latitude", "degrees_north", latitudes),
      axis("time", "hours since 2018-01-01 00:00:00", hours),
      ArrayFile.Variable(
        name: name, dimensions: ["time", "latitude", "longitude"],
        shape: [hours.count, latitudes.count, longitudes.count], values: .numbers(numbers),
        attributes: ["units": "m"]),
    ])
  }

  private static let months: [Double] = [0, 744, 1416]

  private func make(_ files: [String: ArrayFile], _ more: String) throws -> (
    module: Weather?, bench: ModuleBench
  ) {
    let bench = try ModuleBench(bands: ["red"])
    bench.scope.moduleFiles = Files(arrays: files)
    return (
      try bench.make(Weather.self, "{\"module\": \"weather\", \"source\": \"era5.nc\", \(more)}"), bench
    )
  }

  private func steps(_ bounds: [(String, String)]) throws -> [NumberStep] {
    try bounds.map { first, end in
      let days = try (#require(CalendarDate(first)), #require(CalendarDate(end)))
      return NumberStep(label: first, days: days.0..<days.1, time: nil)
    }
  }

  private func numbers(
    _ file: ArrayFile, _ variable: String, over bounds: [(String, String)],
    box: BoundingBox = BoundingBox(minX: 27.9, minY: 11.54, maxX: 27.98, maxY: 11.62), more: String = ""
  ) throws -> NumberResult {
    let (module, bench) = try make(["era5.nc": file], "\"variables\": [{\(variable)}]\(more)")
    let grid = Grid(
      crs: CoordinateReference(wkt: "", authorityCode: nil, isGeographic: true),
      transform: AffineTransform(originX: 0, originY: 0, pixelWidth: 1, pixelHeight: -1), width: 1, height: 1)
    return try #require(module, "\(bench.mistakes)").numbers(of: try steps(bounds), over: grid, within: box)
  }

  private let quarter = [
    ("2018-01-01", "2018-02-01"), ("2018-02-01", "2018-03-01"), ("2018-03-01", "2018-04-01"),
  ]

  @Test func `monthly means of a depth a day become the depth of each month`() throws {
    let file = Self.file(hours: Self.months)
    let sums = try numbers(file, #""name": "tp", "reduce": "sum", "per": "month_mean""#, over: quarter)
    // The middle cell holds the area: 11, 111, 211 a day.
    #expect(sums.values == [[341, 3108, 6541]] && sums.warnings.isEmpty)
    let totals = try numbers(file, #""name": "tp", "reduce": "sum", "per": "month""#, over: quarter)
    #expect(totals.values == [[11, 111, 211]])
    // What is no sum needs no convention; a period of two months takes days into account.
    let all = try numbers(file, #""name": "tp""#, over: [("2018-01-01", "2018-03-01")])
    #expect(abs(all.values[0][0] - 3449.0 / 59) < 1e-9)
    for (statistic, expected) in [("min", 11.0), ("max", 211)] {
      let found = try numbers(
        file, "\"name\": \"tp\", \"reduce\": \"\(statistic)\"", over: [("2018-01-01", "2018-04-01")])
      #expect(found.values == [[expected]])
    }
  }

  @Test func `windows that are no months take their days of each`() throws {
    let file = Self.file(hours: Self.months)
    let found = try numbers(
      file, #""name": "tp", "reduce": "sum", "per": "month_mean""#,
      over: [("2018-01-16", "2018-02-15"), ("2018-03-17", "2018-04-16")])
    #expect(abs(found.values[0][0] - 1730) < 1e-9)
    #expect(found.values[0][1].isNaN)
    #expect(
      found.warnings.count == 1 && found.warnings[0].contains("the file ends before it does, with 2018-03-31")
    )
    // As pyveg has it: what is dated in a window, none, one or two months.
    let dated = try numbers(
      file, #""name": "tp", "reduce": "sum", "per": "period""#,
      over: [("2018-01-01", "2018-02-02"), ("2018-02-02", "2018-03-01")])
    #expect(dated.values[0][0] == 122 && dated.values[0][1].isNaN)
    #expect(dated.warnings[0].contains("no time in it"))
  }

  @Test func `cells count by the part of the area they cover, whichever way the axes go`() throws {
    // Two quarters and a half of the box on either side of the edges at 27.75 and 11.75.
    let box = BoundingBox(minX: 27.65, minY: 11.7, maxX: 27.85, maxY: 11.8)
    let mean = 5.5
    let january = [("2018-01-01", "2018-02-01")]
    let file = Self.file(hours: Self.months)
    #expect(abs(try numbers(file, #""name": "tp""#, over: january, box: box).values[0][0] - mean) < 1e-9)
    let flipped = Self.file(latitudes: [11, 11.5, 12], hours: Self.months) {
      Double(100 * $0 + 10 * (2 - $1) + $2)
    }
    #expect(abs(try numbers(flipped, #""name": "tp""#, over: january, box: box).values[0][0] - mean) < 1e-9)
    // West of Greenwich in a file that counts from 0 to 360.
    let west = Self.file(longitudes: [287.5, 288, 288.5], hours: Self.months)
    let there = BoundingBox(minX: -72.35, minY: 11.7, maxX: -72.15, maxY: 11.8)
    #expect(abs(try numbers(west, #""name": "tp""#, over: january, box: there).values[0][0] - mean) < 1e-9)
    let globe = Self.file(longitudes: [0, 120, 240], hours: Self.months)
    let seam = BoundingBox(minX: 299, minY: 11.6, maxX: -59, maxY: 11.61)
    #expect(try numbers(globe, #""name": "tp""#, over: january, box: seam).values[0][0] == 11)
    // By the surface of the Earth the southern cells count a little more.
    let surface = try numbers(file, #""name": "tp""#, over: january, box: box, more: #", "weights": "area""#)
    #expect(surface.values[0][0] > mean && surface.values[0][0] < mean + 0.02)
  }

  @Test func `the period of a date may be named`() throws {
    let named = try make(
      ["era5.nc": Self.file(hours: Self.months)], #""variables": [{"name": "tp"}], "period": "date""#)
    #expect(named.bench.mistakes == [] && named.module?.period == .date)
  }

  @Test func `an hour ends at its time, and a day at midnight of the next`() throws {
    // 1 in the hours that end at 01 to 24 of the first day, 2 on the second.
    let hours = (0...48).map(Double.init)
    let file = Self.file(hours: hours) { step, _, _ in step == 0 ? 500 : step <= 24 ? 1 : 2 }
    let days = [("2018-01-01", "2018-01-02"), ("2018-01-02", "2018-01-03")]
    let found = try numbers(file, #""name": "tp", "reduce": "sum", "per": "hour""#, over: days)
    #expect(found.values == [[24, 48]] && found.warnings.isEmpty)
    let short = Self.file(hours: Array(hours.dropLast()))
    let cut = try numbers(short, #""name": "tp", "reduce": "sum", "per": "hour""#, over: days)
    #expect(!cut.values[0][0].isNaN && cut.values[0][1].isNaN)
    #expect(cut.warnings.count == 1 && cut.warnings[0].contains("missing for 2018-01-02"))
  }

  @Test func `accumulations since midnight are not taken for rates, nor rates for them`() throws {
    let hours = (1...96).map(Double.init)
    let days = [("2018-01-01", "2018-01-02"), ("2018-01-04", "2018-01-05")]
    // ERA5-Land: the total of a day stands at midnight.
    let land = Self.file(hours: hours) { step, _, _ in Double(step % 24 + 1) }
    let totals = try numbers(land, #""name": "tp", "reduce": "sum", "per": "since_midnight""#, over: days)
    #expect(totals.values == [[24, 24]] && totals.warnings.isEmpty)
    let wrong = try numbers(land, #""name": "tp", "reduce": "sum", "per": "hour""#, over: days)
    #expect(wrong.warnings.count == 1 && wrong.warnings[0].contains("since_midnight"))
    let rates = Self.file(hours: hours) { step, _, _ in Double((step * 7) % 5) }
    let other = try numbers(rates, #""name": "tp", "reduce": "sum", "per": "since_midnight""#, over: days)
    #expect(other.warnings.count == 1 && other.warnings[0].contains("does not look accumulated"))
  }

  @Test func `missing cells are left out, and half a missing area makes a value missing`() throws {
    let box = BoundingBox(minX: 27.65, minY: 11.7, maxX: 27.85, maxY: 11.8)
    let january = [("2018-01-01", "2018-02-01")]
    let one = Self.file(hours: Self.months) { $1 == 1 && $2 == 1 ? .nan : Double(10 * $1 + $2) }
    #expect(abs(try numbers(one, #""name": "tp""#, over: january, box: box).values[0][0] - 11.0 / 3) < 1e-9)
    let three = Self.file(hours: Self.months) { $1 == 0 && $2 == 0 ? 5 : .nan }
    let found = try numbers(three, #""name": "tp""#, over: january, box: box)
    #expect(found.values[0][0].isNaN && found.warnings[0].contains("no values over the area"))
  }

  @Test func `weather of another place is an error that says both`() throws {
    let file = Self.file(hours: Self.months)
    let box = BoundingBox(minX: 100, minY: 11.7, maxX: 101, maxY: 11.8)
    let error = #expect(throws: (any Error).self) {
      try numbers(file, #""name": "tp""#, over: quarter, box: box)
    }
    #expect("\(try #require(error))".contains("longitude 27.500 to 28.500, latitude 11.000 to 12.000"))
    let half = BoundingBox(minX: 28.65, minY: 11.4, maxX: 28.85, maxY: 11.6)
    #expect(
      try numbers(file, #""name": "tp""#, over: quarter, box: half).warnings[0].contains(
        "covers 50.0 % of the area"))
  }

  @Test func `levels are chosen, preliminary values fill in, files follow one another`() throws {
    var levels = Self.file(hours: Self.months)
    levels.variables.append(Self.axis("level", "millibars", [500, 850]))
    levels.variables[3].dimensions = ["time", "level", "latitude", "longitude"]
    levels.variables[3].shape = [3, 2, 3, 3]
    levels.variables[3].values = .numbers((0..<54).map { Double($0) })
    let found = try numbers(levels, #""name": "tp", "at": {"level": 850}"#, over: quarter)
    #expect(found.values == [[13, 31, 49]])
    let (none, bench) = try make(["era5.nc": levels], #""variables": [{"name": "tp"}]"#)
    #expect(none == nil && bench.mistakes[0].contains("500.0, 850.0"))
    let (wrong, other) = try make(
      ["era5.nc": levels], #""variables": [{"name": "tp", "at": {"level": 700}}]"#)
    #expect(wrong == nil && other.mistakes[0].contains("no level 700"))
    // ERA5 beside ERA5T: the first two months final, the last preliminary.
    var versions = levels
    versions.variables[4] = Self.axis("expver", "1", [1, 5])
    versions.variables[3].dimensions[1] = "expver"
    versions.variables[3].values = .numbers(
      (0..<54).map { (place: Int) -> Double in
        let (time, version) = (place / 18, place / 9 % 2)
        return version == (time < 2 ? 0 : 1) ? Double(place) : .nan
      })
    #expect(try numbers(versions, #""name": "tp""#, over: quarter).values == [[4, 22, 49]])
    let bench2 = try ModuleBench(bands: ["red"])
    bench2.scope.moduleFiles = Files(arrays: [
      "a.nc": Self.file(hours: [0, 744]),
      "b.nc": Self.file(hours: [744, 1416]) { step, _, _ in Double(1000 * step) },
    ])
    let module = try #require(
      try bench2.make(
        Weather.self,
        #"{"module": "weather", "source": ["a.nc", "b.nc"], "variables": [{"name": "tp", "as": "rain"}], "period": "1m"}"#
      ))
    #expect(module.outputs.map(\.name) == ["rain"] && module.period == .whole(1, .months))
    let grid = Grid(
      crs: CoordinateReference(wkt: "", authorityCode: nil, isGeographic: true),
      transform: AffineTransform(originX: 27.9, originY: 11.62, pixelWidth: 0.08, pixelHeight: -0.08),
      width: 1,
      height: 1)
    // What both files have is the first one's.
    #expect(try module.values(of: try steps(quarter), over: grid) == [[11, 111, 1000]])
  }

  @Test(
    arguments: [
      (#"{"name": "tp", "reduce": "sum"}"#, "what one value stands for is not said"),
      (#"{"name": "tp", "reduce": "sum", "per": "hour"}"#, "are 672.00 hours apart"),
      (#"{"name": "TP"}"#, "did you mean \"tp\"?"),
      (#"{"name": "tp", "as": "red"}"#, "already the name of something else"),
      (#"{"name": "tp"}, {"name": "tp"}"#, "already the name of something else"),
      (#"{"name": "tp", "as": "time"}"#, "cannot name a result"),
      (#"{"name": "tp", "at": {"depth": 1}}"#, "no dimension \"depth\""),
      (#"{"name": "latitude", "as": "l"}"#, "\"latitude\" (latitude) has no longitude of its own"),
    ])
  func `what cannot be is reported`(variables: String, message: String) throws {
    let (module, bench) = try make(
      ["era5.nc": Self.file(hours: Self.months)], "\"variables\": [\(variables)]")
    #expect(module == nil)
    #expect(bench.mistakes.count == 1 && bench.mistakes[0].contains(message), "\(bench.mistakes)")
  }

  @Test(arguments: ["../../escaped", "", "a b/c", ".hidden", "time"])
  func `a table of numbers cannot have a name that is no file's`(name: String) throws {
    let (module, bench) = try make(
      ["era5.nc": Self.file(hours: Self.months)], "\"as\": \"\(name)\", \"variables\": [{\"name\": \"tp\"}]")
    #expect(module == nil && bench.mistakes.count == 1, "\(bench.mistakes)")
  }

  @Test func `a file without places or times is no weather`() throws {
    var file = Self.file(hours: Self.months)
    file.variables[2].attributes["units"] = "steps"
    let (module, bench) = try make(["era5.nc": file], #""variables": [{"name": "tp"}]"#)
    #expect(module == nil && bench.mistakes[0].contains("has no time of its own"))
    file = Self.file(hours: Self.months)
    file.variables[2].attributes["calendar"] = "360_day"
    let (other, second) = try make(["era5.nc": file], #""variables": [{"name": "tp"}]"#)
    #expect(other == nil && second.mistakes[0].contains("360_day"))
  }
}
