public import Engine
public import Geo
internal import JSON
internal import Raster

/// Melt of snow and ice by the energy balance of the surface (`energy_balance`).
public struct EnergyBalanceModule: PlacedModule {
  public let inputs: [String]
  public let outputs: [Variable]
  private let settings: Settings

  /// A quantity that is a variable or one number.
  enum Source: Sendable {
    case input(Int)
    case number(Double)
    /// The elevation that the weather is of.
    case ofWeather
  }

  /// Which hours of a day count.
  enum Hours: Sendable {
    case day, overpass
    case these([Double])
  }

  /// Where the sun is looked for.
  enum Sun: Sendable {
    case pixel, centre
    case position(latitude: Double, longitude: Double)
  }

  struct Settings: Sendable {
    var site: EnergyBalance.Site
    var weather: MeltWeather
    var elevation: Source
    var slope: Source
    var aspect: Source
    var hours: Hours
    var sun: Sun
    var hasComponents: Bool
  }

  public static let descriptor = ModuleDescriptor(
    name: "energy_balance", shape: .pixelwise, revision: 2,
    summary: "Melt of snow and ice by the energy balance of the surface, from albedo and weather.",
    method:
      "melt in an hour = 0.0107784 mm · max(0, net short-wave + net long-wave + sensible + latent flux "
      + "in W m-2)",
    discussion: """
      The point model of Brock and Arnold (2000), Earth Surface Processes and Landforms 25, 649, as their spreadsheet \
      computes it, with what that has of its own: 1.57 for π/2; the transmission of the clear sky to the power of 100000 Pa \
      over the air pressure; a diffuse part of light reflected by the terrain that lacks the incoming flux (0.9 W m-2 on a \
      slope of 10°; `"terrain_reflection": "corrected"` has it); at most 25 rounds of the stability of the air; no \
      sensible and latent heat in light winds over air near 0 °C or below; an outgoing long-wave flux of a melting surface, \
      316 W m-2, always. So it is for melting surfaces: in cold air its fluxes mean nothing. One hour melts the sum of the \
      fluxes times 0.0107784 mm per W m-2, never less than nothing; a day is the sum of its hours. Where the sun is below \
      the horizon no light has a direction, which is the one deviation.

      `weather` is a CSV file or a station's NetCDF (variables along one dimension) with `time` (UTC), or `day` of the year \
      (and `year`) and `hour`; `sw_in` (W m-2), `air_temperature` (°C), `wind` (m s-1), and `vapour_pressure` (Pa) or \
      `relative_humidity` (%: e = RH/100 · 610.8 · exp(17.27 T / (T + 237.3))). `columns` says what they are called in the \
      file. Numbers of -999 and below, and empty cells, are holes. A date without weather, or with \
      holes in it, has no result: the run names it as a loss; where that is so with all dates, nothing is run. Without a \
      year a day's weather counts for every year. Units that a NetCDF file gives are converted (K, hPa), or refused.

      Weather may be a grid as well: NetCDF, GRIB or Zarr with longitude, latitude and time, such as ERA5. A pixel has the \
      weather of the cell that it lies in. Variables may bear ECMWF's names: `ssrd` (J m-2: divided by the time between \
      steps; `per` says whether the sum begins anew in each step or at midnight), `t2m`, `d2m` (the dew point, from which \
      e = 610.8 · exp(17.27 T / (T + 237.3))), `si10` or `u10` and `v10` (10 m above the ground, brought to 2 m by the \
      logarithmic profile over the roughness). The temperature is that of the cell's ground: `elevation` or `orography` \
      (m), or the geopotential `z`, in the file, or the site's elevation. Cells without any number on a date, as over the \
      sea, give no melt.

      `aspect` is that of a compass, of the slope downwards: 0 north, 90 east. Missing where albedo, elevation or slope is \
      missing, or albedo is negative.
      """,
    references: [

      "Brock & Arnold 2000, A spreadsheet-based (Microsoft Excel) point surface energy balance model "
        + "for glacier and snow melt studies, Earth Surface Processes and Landforms 25:649-658"
    ],
    parameters: [
      ModuleParameter("albedo", .variable, default: "albedo", "The variable of the surface's albedo."),
      ModuleParameter(
        "weather", .either([.file, .list(of: .file, atLeast: 1)]), required: true,
        "The file of weather, or several: `.csv`, NetCDF, GRIB or a Zarr store."),
      ModuleParameter(
        "columns",
        .object(
          (StationWeather.columns + ["elevation"]).map {
            .init($0, .text, "The column or variable of \($0).")
          }),
        "What columns or variables are called in the file: {\"sw_in\": \"dsr\", \"wind\": \"wspd_u\"}."),
      ModuleParameter(
        "per", .choice(["step", "since_midnight"]), default: "step",
        "What sums of short-wave radiation in J m-2 stand for: the time since the step before (ERA5), or since midnight "
          + "(ERA5-Land)."),
      ModuleParameter(
        "site",
        .object([
          .init(
            "elevation", .number(-500...9000),
            "Of the station, or of a grid's cells where its file does not say, m."),
          .init("lapse", .number(-0.1...0.1), "How much colder it is a metre higher, K m-1; 0.0065."),
          .init("roughness", .number(1e-7...1), "Aerodynamic roughness of the surface, m; 0.005."),
          .init("lon_ref", .number(-180...180), "The longitude that the hours go by; 0 for UTC."),
          .init("summertime", .number(-12...12), "Hours that the clock is ahead of that; 0."),
        ]), "The station, and what is alike everywhere; its elevation is needed for a station."),
      ModuleParameter(
        "elevation", .either([.variable, .number(-500...9000)]),
        "The surface's elevation in m: a variable (of `layer`) or a number; the station's when absent."),
      ModuleParameter(
        "slope", .either([.variable, .number(0...90)]), default: 0, "Its slope in degrees."),
      ModuleParameter(
        "aspect", .either([.variable, .number(-360...360)]), default: 0,
        "Where it faces, in degrees of a compass."),
      ModuleParameter(
        "hours", .either([.choice(["day", "overpass"]), .list(of: .number(0...24), atLeast: 1)]),
        default: "day",
        "Which hours count: the whole day, the one nearest to the scene's time, or these hours of the file."),
      ModuleParameter(
        "sun",
        .either([
          .choice(["pixel", "centre"]),
          .object([
            .init("lat", .number(-90...90), "Degrees north."),
            .init("lon", .number(-180...180), "Degrees east."),
          ]),
        ]), default: "pixel",
        "Where the sun is looked for: at each pixel, at the grid's centre, or at one place."),
      ModuleParameter(
        "lowest_sun", .number(0...90), default: 0,
        "The height of the sun, in degrees, below which all light is diffuse."),
      ModuleParameter(
        "terrain_reflection", .choice(["original", "corrected"]), default: "original",
        "Whether light reflected by the terrain lacks the incoming flux, as in the original."),
      ModuleParameter(
        "components", .boolean, default: false,
        "Whether to give the four fluxes too, as means over the hours: `<as>_shortwave`, `<as>_longwave`, "
          + "`<as>_sensible`, `<as>_latent`."),
    ],
    trial: ModuleTrial(
      .ice,
      before: [
        #"{ "module": "albedo", "bands": { "nir": "nir08" } }"#,
        #"{ "module": "layer", "file": "archive/ice/dem.tif", "as": "dem", "units": "m" }"#,
      ]),
    examples: [
      #"{ "module": "energy_balance", "weather": "archive/ice/weather.csv", "site": { "elevation": 1020 }, "elevation": "dem", "as": "melt" }"#
    ])

  public static func make(_ arguments: ModuleArguments, in scope: ModuleScope) -> EnergyBalanceModule? {
    let before = scope.diagnostics.count
    let name = scope.resultName(of: arguments, default: "melt")
    let weather = MeltWeatherReader(arguments: arguments, scope: scope).read()
    var entries: [ModuleScope.Entry] = []
    func variable(_ name: String, at parameter: String?) {
      guard let entry = scope.variable(name, at: parameter, of: arguments) else { return }
      if entry.band?.isQuality == true {
        scope.report("\"\(name)\" holds bits or classes, not numbers", at: parameter, of: arguments)
      }
      entries.append(entry)
    }
    variable(arguments.text("albedo") ?? "albedo", at: arguments.node("albedo") == nil ? nil : "albedo")
    let elevation = arguments.node("site")?["elevation"]?.double
    if let weather, elevation == nil, !weather.weather.hasElevation {
      scope.report(
        "the elevation that the weather was measured at is missing",
        at: arguments.node("site") == nil ? nil : "site",
        of: arguments, suggestion: "\"site\": {\"elevation\": 1020}")
      return nil
    }
    func source(_ parameter: String, _ value: Source) -> Source {
      guard let name = arguments.text(parameter) else {
        return arguments.number(parameter).map(Source.number) ?? value
      }
      variable(name, at: parameter)
      return .input(entries.count - 1)
    }
    let sources = (source("elevation", .ofWeather), source("slope", .number(0)), source("aspect", .number(0)))
    guard let weather, let name, scope.diagnostics.count == before,
      let period = scope.commonPeriod(of: entries, at: "albedo", of: arguments)
    else { return nil }
    guard period == .date else {
      scope.report(
        "weather belongs to dates, and \"\(entries[0].variable.name)\" has layers of periods", at: "albedo",
        of: arguments)
      return nil
    }
    if let node = arguments.node("sun"), node.members != nil, node["lat"] == nil || node["lon"] == nil {
      scope.report(
        "a place of the sun has both \"lat\" and \"lon\"", at: "sun", of: arguments,
        suggestion: "{\"lat\": 67.07, \"lon\": -49.38}")
      return nil
    }
    let settings = Settings(
      site: site(arguments, elevation ?? 0), weather: weather.weather, elevation: sources.0, slope: sources.1,
      aspect: sources.2, hours: hours(arguments), sun: sun(arguments),
      hasComponents: arguments.boolean("components") ?? false)
    let module = EnergyBalanceModule(name, entries.map(\.variable.name), settings, weather.files)
    for output in module.outputs.dropFirst() where scope.resultName(output.name, of: arguments) == nil {
      return nil
    }
    for output in module.outputs { scope.offer(.init(variable: output, period: period)) }
    return module
  }

  private static func site(_ arguments: ModuleArguments, _ elevation: Double) -> EnergyBalance.Site {
    let node = arguments.node("site")
    var site = EnergyBalance.Site(elevation: elevation)
    if let lapse = node?["lapse"]?.double { site.lapse = lapse }
    if let roughness = node?["roughness"]?.double { site.roughness = roughness }
    if let longitude = node?["lon_ref"]?.double { site.referenceLongitude = longitude }
    if let hours = node?["summertime"]?.double { site.summertime = hours }
    site.lowestSun = arguments.number("lowest_sun") ?? 0
    site.correctsReflection = arguments.text("terrain_reflection") == "corrected"
    return site
  }

  private static func hours(_ arguments: ModuleArguments) -> Hours {
    if let hours = arguments.node("hours")?.array?.compactMap(\.double) { return .these(hours) }
    return arguments.text("hours") == "overpass" ? .overpass : .day
  }

  private static func sun(_ arguments: ModuleArguments) -> Sun {
    if let node = arguments.node("sun"), node.members != nil {
      return .position(latitude: node["lat"]?.double ?? 0, longitude: node["lon"]?.double ?? 0)
    }
    return arguments.text("sun") == "centre" ? .centre : .pixel
  }

  private init(_ name: String, _ inputs: [String], _ settings: Settings, _ files: [ModuleFile]) {
    self.inputs = inputs
    self.settings = settings
    var melt = Variable(
      name: name, longName: "melt of snow and ice", standardName: "surface_snow_and_ice_melt_flux",
      units: settings.hours.units, validRange: 0...10_000, statisticsRange: 0...settings.hours.mostMelt,
      references: "Brock and Arnold (2000), Earth Surface Processes and Landforms 25, 649")
    melt.attributes = [
      "weather": files.map(\.lastName).joined(separator: " "),
      "weather_sha256": files.map(\.digest).joined(separator: " "),
    ]
    var outputs = [melt]
    if settings.hasComponents {
      for (suffix, title, standard) in [
        ("shortwave", "net downward short-wave flux", "surface_net_downward_shortwave_flux"),
        ("longwave", "net downward long-wave flux", "surface_net_downward_longwave_flux"),
        ("sensible", "downward sensible heat flux", "surface_downward_sensible_heat_flux"),
        ("latent", "downward latent heat flux", "surface_downward_latent_heat_flux"),
      ] {
        var flux = Variable(
          name: "\(name)_\(suffix)", longName: title, standardName: standard, units: "W m-2",
          statisticsRange: -512...1536)
        flux.attributes = melt.attributes
        outputs.append(flux)
      }
    }
    self.outputs = outputs
  }

  public var needsPositions: Bool {
    switch (settings.sun, settings.weather) {
    case (.position, .station): false
    default: true
    }
  }

  public func gap(of step: NumberStep, over area: PositionLattice?) -> String? {
    do throws(StationWeather.Mistake) {
      guard case .grid(let grid) = settings.weather, let area, let date = step.days?.lowerBound else {
        _ = try settings.hours(of: step, cell: 0)
        return nil
      }
      return grid.gap(on: date, over: area) { cell throws(StationWeather.Mistake) in
        _ = try settings.hours(of: step, cell: cell)
      }
    } catch {
      return error.description
    }
  }

  public func process(_ strip: Strip, into outputs: StripOutputs) {
    let targets = self.outputs.indices.map { outputs[$0] }
    for target in targets { target.update(repeating: .nan) }
    guard let place = strip.place else { return }
    var balance = MeltBlock(settings, place, targets)
    let inputs = inputs.indices.map { strip.input($0) }
    func value(_ source: Source, _ index: Int) -> Double {
      switch source {
      case .number(let number): return number
      case .ofWeather: return balance.elevation
      case .input(let input):
        return Double(inputs[input].samples[index]) * inputs[input].scale + inputs[input].offset
      }
    }
    for index in 0..<strip.count {
      let albedo = value(.input(0), index)
      // Dates and cells without weather are losses that the run names.
      guard albedo >= 0, balance.begin(index) else { continue }
      let elevation = value(settings.elevation, index)
      let slope = value(settings.slope, index)
      guard elevation.isFinite, slope.isFinite else { continue }
      let aspect = slope == 0 ? 0 : value(settings.aspect, index)
      guard aspect.isFinite else { continue }
      balance.add(index, albedo: albedo, elevation: elevation, slope: slope, aspect: aspect - 180)
    }
    balance.finish()
  }
}

extension EnergyBalanceModule.Hours {
  /// The unit of the melt.
  var units: String {
    switch self {
    case .day: "kg m-2 day-1"
    case .overpass: "kg m-2 hour-1"
    case .these(let hours): hours.count == 1 ? "kg m-2 hour-1" : "kg m-2"
    }
  }

  /// What the summary's percentiles tell apart.
  var mostMelt: Double {
    if case .day = self { 256 } else { 32 }
  }
}

extension EnergyBalanceModule.Settings {
  /// The hours that count at a time step, and how long each stands for, in hours.
  func hours(
    of step: NumberStep, cell: Int
  ) throws(StationWeather.Mistake) -> (hours: [EnergyBalance.Hour], length: Double) {
    guard let date = step.days?.lowerBound else {
      throw StationWeather.Mistake(description: "\(step.label) is no date")
    }
    switch hours {
    case .day: return try weather.day(date, cell: cell)
    case .overpass:
      let found = try weather.hours(of: date, cell: cell).hours
      guard let time = step.time else {
        throw StationWeather.Mistake(description: "the scenes of \(step.label) have no time")
      }
      let hour = Double(time.microsecondsSince1970 - Instant(date).microsecondsSince1970) / 3.6e9
      return (found.min { abs($0.hour - hour) < abs($1.hour - hour) }.map { [$0] } ?? [], 1)
    case .these(let wanted):
      let found = try weather.hours(of: date, cell: cell).hours
      var chosen: [EnergyBalance.Hour] = []
      for hour in wanted {
        guard let own = found.first(where: { abs($0.hour - hour) < 1e-6 }) else {
          throw StationWeather.Mistake(description: "the weather of \(date) has no hour \(hour)")
        }
        chosen.append(own)
      }
      return (chosen, 1)
    }
  }
}
