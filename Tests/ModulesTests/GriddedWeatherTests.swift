import Engine
import Geo
import Modules
import Testing

/// Energy balances with weather on a grid: each pixel has what a station in its cell would give.
@Suite struct GriddedWeatherTests {
  private static func variable(
    _ name: String, _ units: String, _ dimensions: [String], _ shape: [Int], _ values: [Double]
  ) -> ArrayFile.Variable {
    ArrayFile.Variable(
      name: name, dimensions: dimensions, shape: shape, values: .numbers(values), attributes: ["units": units]
    )
  }

  /// Hours of 21 July 2021 in two columns and rows, from the temperature of each; the other weather is alike.
  private static func grid(
    hours: Int = 24, temperatures: [Double] = [2, 4, 6, 8], in form: Form = .plain,
    elevation: [Double]? = nil,
    change: (inout [ArrayFile.Variable]) -> Void = { _ in }
  ) -> ArrayFile {
    let places = ["time", "latitude", "longitude"]
    let shape = [hours, 2, 2]
    func all(_ value: (_ hour: Int, _ cell: Int) -> Double) -> [Double] {
      (0..<hours).flatMap { hour in (0..<4).map { value(hour, $0) } }
    }
    var variables = [
      variable("longitude", "degrees_east", ["longitude"], [2], [310, 311]),
      variable("latitude", "degrees_north", ["latitude"], [2], [68, 67]),
      variable(
        "time", "hours since 2021-07-21 00:00:00", ["time"], [hours], (0..<hours).map(Double.init)),
    ]
    switch form {
    case .plain:
      variables += [
        variable("sw_in", "W m-2", places, shape, all { hour, _ in shortwave(hour) }),
        variable("air_temperature", "degC", places, shape, all { _, cell in temperatures[cell] }),
        variable("vapour_pressure", "hPa", places, shape, all { _, _ in 6.108 }),
        variable("wind", "m s-1", places, shape, all { _, _ in 4 }),
      ]
    case .ecmwf(let isSummed):
      var sums: [Double] = [shortwave(0) * 3600]
      for hour in 1..<hours {
        // Since midnight the sum of 00 UTC is that of the day before.
        sums.append(shortwave(hour) * 3600 + (isSummed && hour > 1 ? sums[hour - 1] : 0))
      }
      // 4 m s-1 at 2 m, from the south-west.
      let speed = 4 * 1.268621786840241
      variables += [
        variable("ssrd", "J m**-2", places, shape, all { hour, _ in sums[hour] }),
        variable("t2m", "K", places, shape, all { _, cell in temperatures[cell] + 273.15 }),
        // The dew point at which air is saturated with 610.8 Pa.
        variable("d2m", "K", places, shape, all { _, _ in 273.15 }),
        variable("u10", "m s**-1", places, shape, all { _, _ in speed * 0.6 }),
        variable("v10", "m s**-1", places, shape, all { _, _ in speed * 0.8 }),
      ]
    }
    if let elevation {
      variables.append(variable("elevation", "m", ["latitude", "longitude"], [2, 2], elevation))
    }
    change(&variables)
    return ArrayFile(variables: variables)
  }

  private enum Form {
    case plain
    case ecmwf(isSummed: Bool)
  }

  private static func shortwave(_ hour: Int) -> Double { hour < 4 ? 0 : hour < 20 ? Double(20 * hour) : 50 }

  private func make(_ file: ArrayFile, _ more: String = "", site: String = "{\"elevation\": 500}") throws -> (
    module: EnergyBalanceModule?, mistakes: String
  ) {
    let bench = try ModuleBench(bands: ["albedo"], collection: nil)
    bench.scope.moduleFiles = FakeModuleFiles(arrays: ["w.nc": file])
    let module = try bench.make(
      EnergyBalanceModule.self,
      "{\"module\": \"energy_balance\", \"weather\": \"w.nc\", \"site\": \(site)\(more)}")
    return (module, bench.mistakes.joined(separator: "\n"))
  }

  /// The melt that a station with the weather of a cell gives at a pixel.
  private func station(_ temperature: Double, elevation: Double, at place: StripPlace, pixel: Int) throws
    -> Float
  {
    let rows = (0..<24).map {
      "2021-07-21T\($0 < 10 ? "0" : "")\($0):00,\(Self.shortwave($0)),610.8,\(temperature),4\n"
    }
    let bench = try ModuleBench(bands: ["albedo"], collection: nil)
    bench.scope.moduleFiles = FakeModuleFiles(
      texts: ["s.csv": "time,sw_in,vapour_pressure,air_temperature,wind\n" + rows.joined()])
    let module = try #require(
      try bench.make(
        EnergyBalanceModule.self,
        "{\"module\": \"energy_balance\", \"weather\": \"s.csv\", \"site\": {\"elevation\": \(elevation)}, \"elevation\": 700}"
      ))
    return module.values([albedo], place: place)[0][pixel]
  }

  private let albedo: [Float] = [0.4, 0.4, 0.4, 0.4]

  /// Four pixels in a row from 50° W to 49° W, at a latitude.
  private func place(latitude: Double = 67.8, west: Double = -50.4) throws -> StripPlace {
    let date = try #require(CalendarDate("2021-07-21"))
    let points = PositionLattice.points(width: 4, height: 1)
    let lattice = PositionLattice(
      width: 4, height: 1, longitudes: points.map { west + $0.column * 0.45 },
      latitudes: points.map { latitude - $0.row * 0.01 })
    return StripPlace(
      step: NumberStep(label: "2021-07-21", days: date..<date.next, time: nil),
      window: PixelWindow(column: 0, row: 0, width: 4, height: 1), start: 0, positions: lattice)
  }

  @Test func `each pixel has the weather of its cell`() throws {
    for (latitude, temperatures) in [(67.8, [2.0, 2, 4, 4]), (67.1, [6, 6, 8, 8])] {
      let place = try place(latitude: latitude)
      let module = try #require(try make(Self.grid(), ", \"elevation\": 700").module)
      #expect(module.needsPositions && module.gap(of: place.step, over: place.positions) == nil)
      let found = module.values([albedo], place: place)[0]
      for pixel in 0..<4 {
        let expected = try station(temperatures[pixel], elevation: 500, at: place, pixel: pixel)
        #expect(found[pixel] == expected && expected > 1, "\(latitude) \(pixel)")
      }
    }
  }

  @Test func `the names, units and sums of reanalyses give the same melt`() throws {
    let place = try place()
    let plain = try #require(try make(Self.grid(), ", \"elevation\": 700").module)
    let expected = plain.values([albedo], place: place)[0]
    for (isSummed, more) in [(false, ""), (true, ", \"per\": \"since_midnight\"")] {
      let (module, mistakes) = try make(
        Self.grid(
          in: .ecmwf(isSummed: isSummed),
          change: { variables in
            guard isSummed else { return }
            // The day before is there too, so that midnight has a difference.
            for index in variables.indices.dropFirst(3) {
              guard case .numbers(let numbers) = variables[index].values else { continue }
              let isSum = variables[index].name == "ssrd"
              variables[index].values = .numbers((isSum ? [0, 0, 0, 0] : Array(numbers.prefix(4))) + numbers)
              variables[index].shape[0] = 25
            }
            variables[2] = Self.variable(
              "time", "hours since 2021-07-21 00:00:00", ["time"], [25], (-1..<24).map(Double.init))
          }), ", \"elevation\": 700" + more)
      let own = try #require(module, "\(mistakes)")
      let found = own.values([albedo], place: place)[0]
      for pixel in 0..<4 { #expect(abs(found[pixel] - expected[pixel]) < 2e-4 * expected[pixel]) }
    }
    do {
      let mistakes = try make(Self.grid(in: .ecmwf(isSummed: true))).mistakes
      #expect(mistakes.contains("since_midnight"), "\(mistakes)")
    }
  }

  @Test func `the ground of the cells is what temperatures are lapsed from`() throws {
    let place = try place()
    let file = Self.grid(temperatures: [4, 4, 4, 4], elevation: [200, 1200, 0, 0])
    let module = try #require(try make(file, ", \"elevation\": 700", site: "{\"lapse\": 0.0065}").module)
    let found = module.values([albedo], place: place)[0]
    let (low, high) = (
      try station(4, elevation: 200, at: place, pixel: 0),
      try station(4, elevation: 1200, at: place, pixel: 3)
    )
    #expect(found[0] == low && found[3] == high && low < high)
    do {
      let mistakes = try make(Self.grid(), site: "{\"lapse\": 0.0065}").mistakes
      #expect(mistakes.contains("elevation"), "\(mistakes)")
    }
  }

  @Test func `an area outside, missing dates and holes are named, and cells without numbers are missing`()
    throws
  {
    let usual = try #require(try make(Self.grid()).module)
    let outside = try place(west: -55)
    #expect(
      usual.gap(of: outside.step, over: outside.positions)?.contains("covers longitude 309.500 to 311.500")
        == true)
    let beyond = usual.values([albedo], place: outside)[0]
    #expect(beyond.allSatisfy { $0.isNaN })
    let day = try #require(CalendarDate("2021-07-22"))
    let inside = try place()
    let next = NumberStep(label: "2021-07-22", days: day..<day.next, time: nil)
    #expect(usual.gap(of: next, over: inside.positions)?.contains("no weather of 2021-07-22") == true)
    let short = try #require(try make(Self.grid(hours: 23)).module)
    #expect(short.gap(of: inside.step, over: inside.positions)?.contains("23 times") == true)

    func holes(_ hours: Range<Int>) throws -> EnergyBalanceModule {
      let file = Self.grid(change: { variables in
        guard case .numbers(var numbers) = variables[4].values else { return }
        for hour in hours { numbers[hour * 4] = .nan }
        variables[4].values = .numbers(numbers)
      })
      return try #require(try make(file).module)
    }
    let hole = try holes(7..<8)
    #expect(hole.gap(of: inside.step, over: inside.positions)?.contains("hole at hour 7") == true)
    let sea = try holes(0..<24)
    #expect(sea.gap(of: inside.step, over: inside.positions) == nil)
    let found = sea.values([albedo], place: inside)[0]
    #expect(found[0].isNaN && found[1].isNaN && found[2] > 1 && found[3] > 1)
  }

  @Test func `units that are none of a quantity, and values out of range, are refused`() throws {
    for (name, units, words) in [
      ("air_temperature", "mm", ["air_temperature", "\"mm\"", "degC"]), ("wind", "K", ["wind", "m s-1"]),
      ("sw_in", "kW", ["sw_in", "W m-2"]),
      ("air_temperature", "degrees_F", ["air_temperature", "degrees_F"]),
    ] {
      let file = Self.grid(change: { variables in
        for index in variables.indices where variables[index].name == name {
          variables[index].attributes["units"] = units
        }
      })
      let (module, mistakes) = try make(file)
      #expect(module == nil && words.allSatisfy { mistakes.contains($0) }, "\(mistakes)")
    }
    let (module, mistakes) = try make(Self.grid(temperatures: [2, 280, 4, 4]))
    #expect(module == nil && mistakes.contains("280") && mistakes.contains("longitude 311"), "\(mistakes)")
    let missing = try make(Self.grid(change: { $0.removeLast() }))
    #expect(missing.module == nil && missing.mistakes.contains("wind"), "\(missing.mistakes)")
  }
}
