internal import Geo

/// One simulated acquisition: a STAC item, a folder of files.
struct SimulatedScene: Sendable {
  var id: String
  /// Counted from the first day of the archive.
  var day: Int
  /// 0, or 1 for the second scene of a day.
  var number: Int
  var instant: Instant
  var footprint: Footprint
  var path: Int
  var row: Int
}

/// One day of the archive with its scenes in the order of their time.
struct SimulatedDay: Sendable {
  var date: CalendarDate
  /// The part of the area under cloud, 0...1.
  var cloudFraction: Double
  var scenes: [SimulatedScene]

  /// Days since 1 January, the first being 1.
  var dayOfYear: Int {
    guard let newYear = CalendarDate(year: date.year, month: 1, day: 1) else { return 1 }
    return date.daysSince1970 - newYear.daysSince1970 + 1
  }
}

/// Which days have which scenes, where and under how much cloud: a function of the seed.
struct AcquisitionPlan: Sendable {
  let days: [SimulatedDay]

  var scenes: [SimulatedScene] { days.flatMap(\.scenes) }

  init(dates: Int, width: Int, height: Int, seed: UInt64, options: SimulationOptions) {
    let span = max(options.end.daysSince1970 - options.start.daysSince1970 + 1, dates)
    let fractions = AcquisitionPlan.cloudFractions(dates: dates, seed: seed)
    days = (0..<dates).map { day in
      let date = CalendarDate(daysSince1970: options.start.daysSince1970 + day * span / dates)
      let footprints = AcquisitionPlan.footprints(
        day: day,
        width: width,
        height: height,
        seed: seed,
        coverage: options.coverage
      )
      let moment = AcquisitionPlan.overpass(date: date, day: day, seed: seed)
      let scenes = footprints.enumerated().map { number, footprint in
        let row = 85 + number
        let digits = "\(date)".filter { $0 != "-" }
        return SimulatedScene(
          id: "LC08_L2SP_2330\(row)_\(digits)_02_T1",
          day: day,
          number: number,
          // Neighbouring scenes of a path follow each other by some 24 seconds.
          instant: moment.advanced(bySeconds: 24 * number),
          footprint: footprint,
          path: 233,
          row: row
        )
      }
      return SimulatedDay(date: date, cloudFraction: fractions[day], scenes: scenes)
    }
  }

  /// A different fraction for every day, from none to all, in an order drawn from the seed.
  private static func cloudFractions(dates: Int, seed: UInt64) -> [Double] {
    // With few days a wholly clouded one would leave a season without any value.
    let most = dates >= 6 ? 1 : 0.7
    let order = (0..<dates).sorted {
      let (a, b) = (PixelHash.key(seed: seed, .cloudiness, $0), PixelHash.key(seed: seed, .cloudiness, $1))
      return (a, $0) < (b, $1)
    }
    var fractions = [Double](repeating: 0.3, count: dates)
    guard dates > 1 else { return fractions }
    for (place, day) in order.enumerated() { fractions[day] = most * Double(place) / Double(dates - 1) }
    return fractions
  }

  private static func footprints(
    day: Int,
    width: Int,
    height: Int,
    seed: UInt64,
    coverage: SimulationOptions.Coverage
  ) -> [Footprint] {
    let area = PixelWindow(column: 0, row: 0, width: width, height: height)
    let isPair = coverage == .pairs || (coverage == .mixed && day % 4 == 3)
    if isPair {
      // Both scenes belong to one swath, and share a sixth of the area.
      let north = PixelWindow(column: 0, row: 0, width: width, height: height * 7 / 12)
      let second = height * 5 / 12
      let south = PixelWindow(column: 0, row: second, width: width, height: height - second)
      return [Footprint(raster: north, swath: area), Footprint(raster: south, swath: area)]
    }
    if coverage == .mixed && day % 5 == 2 {
      // A part of 70 % by 80 %, at one of the four corners, a few pixels off the tiles' borders.
      let corner = PixelHash.key(seed: seed, .footprint, day)
      let part = PixelWindow(column: 0, row: 0, width: width * 7 / 10, height: height * 8 / 10)
      let placed = part.offset(
        columns: corner & 1 == 0 ? 0 : width - part.width,
        rows: corner & 2 == 0 ? 0 : height - part.height
      )
      return [Footprint(raster: placed, swath: placed)]
    }
    return [Footprint(raster: area, swath: area)]
  }

  /// Some minutes after 14:30 UTC, half past ten by the sun.
  private static func overpass(date: CalendarDate, day: Int, seed: UInt64) -> Instant {
    let micro = Int(PixelHash.key(seed: seed, .time, day) % 600_000_000)
    return Instant(
      microsecondsSince1970: Instant(date).microsecondsSince1970 + (14 * 3600 + 30 * 60) * 1_000_000 + micro
    )
  }
}
