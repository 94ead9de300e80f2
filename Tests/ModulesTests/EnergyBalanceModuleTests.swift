import Engine
import Geo
import Modules
import Raster
import Testing

@Suite struct EnergyBalanceModuleTests {
  private static func weather(
    hours: Range<Int> = 0..<24, header: String = "day,hour,sw_in,vapour_pressure,air_temperature,wind"
  )
    -> String
  {
    header + "\n"
      + hours.map { "202,\($0),\($0 == 12 ? 571 : 100),900,5.612,3.531\n" }.joined()
  }

  private func bench(_ more: [String: String] = [:]) throws -> ModuleBench {
    let bench = try ModuleBench(bands: ["albedo"], collection: nil)
    bench.scope.moduleFiles = FakeModuleFiles(
      texts: more.merging(["w.csv": Self.weather()]) { one, _ in one })
    return bench
  }

  private func make(_ parameters: String, _ bench: ModuleBench) throws -> EnergyBalanceModule? {
    try bench.make(EnergyBalanceModule.self, "{\"module\": \"energy_balance\", \(parameters)}")
  }

  private static let usual =
    #""weather": "w.csv", "site": {"elevation": 1020}, "sun": {"lat": 67.0666, "lon": -49.38}, "slope": 1, "aspect": 270"#

  private func step(_ day: String = "2021-07-21", _ time: String = "12:20:00") throws -> NumberStep {
    let date = try #require(CalendarDate(day))
    return NumberStep(label: day, days: date..<date.next, time: Instant("\(day)T\(time)Z"))
  }

  private func melt(_ module: EnergyBalanceModule, _ albedo: [Float], _ step: NumberStep) -> [Float] {
    let window = PixelWindow(column: 0, row: 0, width: albedo.count, height: 1)
    return module.values([albedo], place: StripPlace(step: step, window: window, start: 0))[0]
  }

  @Test func `one hour melts what the model says`() throws {
    for hours in ["[12]", "\"overpass\""] {
      let module = try #require(try make(Self.usual + ", \"hours\": \(hours)", try bench()))
      #expect(module.inputs == ["albedo"] && module.outputs[0].units == "kg m-2 hour-1")
      #expect(module.outputs[0].attributes["weather_sha256"] == "digest of w.csv")
      let found = melt(module, [0.1, 0.35, .nan, -0.01], try step())
      #expect(abs(found[0] - 5.785162225) < 1e-6 && abs(found[1] - 4.276705480) < 1e-6)
      #expect(found[2].isNaN && found[3].isNaN)
    }
  }

  @Test func `a day is the sum of its hours, and longer steps count for as many`() throws {
    let hourly = try #require(try make(Self.usual, try bench()))
    #expect(hourly.outputs[0].units == "kg m-2 day-1" && !hourly.needsPositions)
    let single = try (0..<24).map { hour in
      melt(try #require(try make(Self.usual + ", \"hours\": [\(hour)]", try bench())), [0.35], try step())[0]
    }
    #expect(abs(melt(hourly, [0.35], try step())[0] - single.reduce(0, +)) < 1e-4)
    let coarse = Self.weather().split(separator: "\n").enumerated().filter {
      $0.offset % 3 != 2 && $0.offset % 3 != 0 || $0.offset == 0
    }
    .map { String($0.element) }.joined(separator: "\n")
    let every3 = try #require(try make(Self.usual, try bench(["w.csv": coarse])))
    let sum = stride(from: 0, to: 24, by: 3).map { single[$0] * 3 }.reduce(0, +)
    #expect(abs(melt(every3, [0.35], try step())[0] - sum) < 1e-4)
  }

  @Test func `times, other names of columns and relative humidity are understood`() throws {
    let rows = (0..<24).map { hour in
      "2021-07-21 \(hour < 10 ? "0" : "")\(hour):00,571,5.612,3.531,98.8700416367301\n"
    }
    let text = "time,dsr,t_u,wspd_u,rh_u\n" + rows.joined()
    let module = try #require(
      try make(
        Self.usual
          + #", "hours": [12], "columns": {"sw_in": "dsr", "air_temperature": "t_u", "wind": "wspd_u", "relative_humidity": "rh_u"}"#,
        try bench(["w.csv": text])))
    #expect(abs(melt(module, [0.35], try step())[0] - 4.2767) < 1e-3)
    #expect(module.gap(of: try step("2022-07-21"), over: nil) != nil)
  }

  @Test func `a date without weather, or with a hole in it, is named before the run`() throws {
    let module = try #require(try make(Self.usual, try bench()))
    #expect(module.gap(of: try step(), over: nil) == nil)
    for (text, day, words) in [
      (Self.weather(), "2021-07-22", ["2021-07-22", "no weather"]),
      (Self.weather(hours: 0..<23), "2021-07-21", ["2021-07-21", "23 times"]),
      (Self.weather().replacing("202,7,100", with: "202,7,"), "2021-07-21", ["hole at hour 7"]),
      (Self.weather().replacing("202,7,100", with: "202,7,-9999"), "2021-07-21", ["hole at hour 7"]),
    ] {
      let module = try #require(try make(Self.usual, try bench(["w.csv": text])))
      let message = module.gap(of: try step(day), over: nil) ?? ""
      #expect(words.allSatisfy { message.contains($0) }, "\(message)")
    }
  }

  @Test func `wrong units and damaged tables are found in the file, with the line`() throws {
    for (old, new, words) in [
      ("202,7,100,900,5.612", "202,7,100,900,280", ["line 9", "280", "kelvin"]),
      ("202,7,100,900", "202,7,5000,900", ["line 9", "sw_in", "5000"]),
      ("202,7,100,900", "202,7,x,900", ["line 9", "\"x\" is no number"]),
      (",900,", ",9.0,", ["hPa"]), ("202,7,", "202,6,", ["line 9", "twice"]),
      ("202,7,", "400,7,", ["line 9", "day 400"]),
      ("wind", "gale", ["no column \"wind\"", "columns"]), ("202,7,100,", "202,7,", ["line 9 has 5 cells"]),
      ("vapour_pressure", "relative_humidity", ["relative_humidity 900"]),
    ] {
      let bench = try bench(["w.csv": Self.weather().replacing(old, with: new)])
      #expect(try make(Self.usual, bench) == nil)
      let text = bench.mistakes.joined(separator: "\n")
      #expect(words.allSatisfy { text.contains($0) }, "\(new): \(text)")
    }
  }

  @Test func `humidity as a fraction, and a place of the sun without a longitude, are refused`() throws {
    let fraction = Self.weather(header: "day,hour,sw_in,relative_humidity,air_temperature,wind")
      .replacing(",900,", with: ",0.6,")
    let humid = try bench(["w.csv": fraction])
    #expect(try make(Self.usual, humid) == nil)
    #expect(humid.mistakes.contains { $0.contains("fraction") && $0.contains("w.csv") }, "\(humid.mistakes)")
    let sunny = try bench()
    let parameters = #""weather": "w.csv", "site": {"elevation": 1020}, "sun": {"lat": 67.0666}"#
    #expect(try make(parameters, sunny) == nil)
    #expect(sunny.mistakes.contains { $0.contains("both") }, "\(sunny.mistakes)")
  }

  @Test func `without wind there is no turbulent flux, and the melt is that of the light`() throws {
    let module = try #require(
      try make(
        Self.usual + #", "hours": [12], "components": true, "as": "m""#,
        try bench(["w.csv": Self.weather().replacing("3.531", with: "0")])))
    let window = PixelWindow(column: 0, row: 0, width: 1, height: 1)
    let found = module.values([[0.35]], place: StripPlace(step: try step(), window: window, start: 0))
    #expect(found[0][0] > 0 && found[3][0].isNaN && found[4][0].isNaN)
  }

  @Test func `the fluxes come beside the melt`() throws {
    let module = try #require(
      try make(Self.usual + #", "hours": [12], "components": true, "as": "m""#, try bench()))
    #expect(module.outputs.map(\.name) == ["m", "m_shortwave", "m_longwave", "m_sensible", "m_latent"])
    let window = PixelWindow(column: 0, row: 0, width: 1, height: 1)
    let found = module.values([[0.35]], place: StripPlace(step: try step(), window: window, start: 0))
    #expect(abs(found[2][0] + 61.966349) < 1e-4 && abs(found[3][0] - 49.723708) < 1e-4)
  }

  @Test func `at each pixel the sun stands elsewhere`() throws {
    let module = try #require(
      try make(#""weather": "w.csv", "site": {"elevation": 1020}, "hours": [12], "slope": 20"#, try bench()))
    #expect(module.needsPositions)
    let side = PositionLattice.side
    let lattice = PositionLattice(
      width: 100, height: 100, longitudes: (0..<(side * side)).map { -50 + Double($0 % side) / 64 },
      latitudes: (0..<(side * side)).map { 68 - Double($0 / side) / 64 })
    let window = PixelWindow(column: 90, row: 10, width: 10, height: 10)
    let found = module.values(
      [[0.35, 0.35]], place: StripPlace(step: try step(), window: window, start: 9, positions: lattice))[0]
    // The first pixel is the last of its row, the second the first of the next.
    let alone = [(99, 10), (90, 11)].map { column, row in
      module.values(
        [[0.35]],
        place: StripPlace(
          step: NumberStep(label: "", days: CalendarDate("2021-07-21").map { $0..<$0.next }, time: nil),
          window: PixelWindow(column: column, row: row, width: 1, height: 1), start: 0, positions: lattice))[
          0][0]
    }
    #expect(found == alone && alone[0] != alone[1])
  }
}
