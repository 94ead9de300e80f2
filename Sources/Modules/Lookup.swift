public import Engine
public import Geo
internal import JSON
internal import Raster

/// Parameters of the surface by the nearest spectrum of a table (`lookup`): the inversion of a radiative transfer model.
public struct Lookup: PlacedModule {
  public let inputs: [String]
  public let outputs: [Variable]
  public let needsPositions = false
  private let bands: Int
  /// By zenith angle of the sun, in rising order; one without an angle where the table has none.
  private let searches: [(zenith: Double?, entries: NearestEntries)]
  /// By output but the last, by entry.
  private let values: [[Float]]
  private let condition: PixelCondition
  /// The zenith angle that counts for all dates; nil for that of the scenes.
  private let zenith: Double?
  private let maxDistance: Double

  public static let descriptor = ModuleDescriptor(
    name: "lookup", shape: .pixelwise,
    summary:
      "Parameters of the surface by the nearest spectrum of a table: inverts a radiative transfer model.",
    method:
      "The parameters of the entry with the least mean of |pixel − entry| over the bands (`mae`), or "
      + "root of the mean of (pixel − entry)² (`rmse`).",
    discussion: """
      The table is a NetCDF file with a variable `reflectance` whose dimensions are parameters and `band`: a coordinate \
      variable a parameter (values, `units`, `long_name`), `band` with names, `wavelength` in nm. Or a CSV file, one line \
      an entry: columns of parameters ("density [kg m-3]"), then those of the bands that `bands` names.

      Bands are matched by name (B02 is the sensor's blue band, whatever the catalogue calls it) or as `bands` says, by name \
      or wavelength (within 10 nm); never by their order. An axis `solar_zenith_angle` is not searched: the value nearest \
      to 90° less the scenes' `view:sun_elevation`, or to `solar_zenith`, counts for a date.

      The nearest entry is that of the least mean absolute difference (`mae`), or root of the mean squared difference \
      (`rmse`), of all in double precision; of equal ones the first. Each parameter becomes a variable with the table's \
      unit, and `distance` stands beside them. Missing where a band is missing, where `where` is not met, and where \
      `max_distance` is exceeded. Entries without a number for every band are skipped.

      A table gives what its model gives: albedo where a satellite sees reflectance in one direction; parameters that \
      have one effect cannot be told apart. Files name the table, its SHA-256 and its `source`.
      """,
    references: [

      "Cook et al. 2020, Glacier algae accelerate melt rates on the south-western Greenland Ice "
        + "Sheet, The Cryosphere 14:309-330"
    ],
    parameters: [
      ModuleParameter("table", .file, required: true, "The table: NetCDF (`.nc`) or CSV (`.csv`)."),
      ModuleParameter("variable", .text, default: "reflectance", "The variable of a NetCDF table."),
      ModuleParameter(
        "bands", .map(to: .variable),
        "Which variable is which of the table's bands, by name or wavelength: {\"B02\": \"blue\", \"865\": \"nir08\"}. "
          + "Bands that are not named here are left out."),
      ModuleParameter(
        "metric", .choice(NearestEntries.Metric.allCases.map(\.rawValue)), default: "mae",
        "How far a pixel is from an entry."),
      ModuleParameter(
        "outputs", .list(of: .text, atLeast: 1), "The parameters to write; all that are searched when absent."
      ),
      ModuleParameter(
        "fixed", .map(to: .number(-1e30...1e30)), "Parameters that have one value: {\"dust\": 0}."),
      ModuleParameter(
        "range", .map(to: .list(of: .number(-1e30...1e30), atLeast: 2)),
        "The least and greatest value of parameters: {\"glacier_algae\": [0, 50000]}."),
      ModuleParameter("solar_zenith", .number(0...90), "The sun's zenith angle for all dates, in degrees."),
      ModuleParameter(
        "max_distance", .number(.leastNonzeroMagnitude ... .greatestFiniteMagnitude),
        "The greatest distance of an answer; farther ones are missing."),
      PixelCondition.parameter,
    ],
    trial: ModuleTrial(
      .ice),
    examples: [
      #"{ "module": "lookup", "table": "archive/ice/spectra.csv", "bands": { "B02": "blue", "B03": "green", "B04": "red", "B8A": "nir08", "B11": "swir16" }, "as": "ice", "save": true }"#
    ])

  public static func make(_ arguments: ModuleArguments, in scope: ModuleScope) -> Lookup? {
    let before = scope.diagnostics.count
    guard let (file, table) = LookupReader(arguments: arguments, scope: scope).read() else { return nil }
    let matched = LookupBands(table: table, arguments: arguments, scope: scope).matched()
    let selection = LookupSelection(table: table, arguments: arguments, scope: scope)
    let stem = arguments.text("as").map { $0 + "_" } ?? ""
    guard let matched, let selection, let (condition, conditions) = PixelCondition.read(arguments, in: scope),
      scope.diagnostics.count == before
    else { return nil }
    let names = selection.outputs.map { stem + table.axes[$0].name } + [stem + "distance"]
    let entries = matched.map(\.entry)
    guard let period = scope.commonPeriod(of: entries + conditions, at: "bands", of: arguments) else {
      return nil
    }
    for name in names where scope.resultName(name, of: arguments) == nil { return nil }
    let metric = arguments.text("metric").flatMap(NearestEntries.Metric.init(rawValue:)) ?? .mae
    let module = Lookup(
      table, file, matched.map { (band: $0.band, name: $0.entry.variable.name) }, selection, names, condition,
      metric,
      arguments)
    guard let module else {
      scope.report("no entry of the table is left to be searched", at: "table", of: arguments)
      return nil
    }
    if module.usesSun, period != .date {
      scope.report(
        "the table has an axis solar_zenith_angle, and layers that are no dates have no sun", at: nil,
        of: arguments,
        suggestion: "give \"solar_zenith\"")
      return nil
    }
    for output in module.outputs { scope.offer(.init(variable: output, period: period)) }
    return module
  }

  private init?(
    _ table: LookupTable, _ file: ModuleFile, _ matched: [(band: Int, name: String)],
    _ selection: LookupSelection,
    _ names: [String], _ condition: PixelCondition, _ metric: NearestEntries.Metric,
    _ arguments: ModuleArguments
  ) {
    let width = table.bands.count
    let spectra = table.places.indices.flatMap { entry in
      matched.map { table.entries[entry * width + $0.band] }
    }
    let axis = table.axes.firstIndex { $0.name == LookupTable.zenith }
    var angles: [(place: Int?, zenith: Double?)] = [(nil, nil)]
    if let axis {
      angles = table.axes[axis].values.enumerated().map { ($0.offset, $0.element) }
      angles.sort { ($0.zenith ?? 0) < ($1.zenith ?? 0) }
    }
    var searches: [(zenith: Double?, entries: NearestEntries)] = []
    for angle in angles {
      let entries = NearestEntries(spectra, bands: matched.count, metric: metric) { entry in
        selection.isUsed(table.places[entry])
          && (angle.place == nil || axis.map { table.places[entry][$0] } == angle.place)
      }
      guard let entries else { return nil }
      searches.append((angle.zenith, entries))
    }
    self.searches = searches
    self.condition = condition
    inputs = matched.map(\.name) + condition.inputs
    bands = matched.count
    zenith = arguments.number("solar_zenith")
    maxDistance = arguments.number("max_distance") ?? .infinity
    values = selection.outputs.map { axis in
      table.places.map { Float(table.axes[axis].values[$0[axis]]) }
    }
    var attributes = ["table": file.lastName, "table_sha256": file.digest, "metric": metric.rawValue]
    attributes["table_source"] = table.source
    attributes["table_bands"] = matched.map { "\(table.bands[$0.band].title):\($0.name)" }.joined(
      separator: " ")
    outputs = names.enumerated().map { place, name in
      var variable: Variable
      if place < selection.outputs.count {
        let axis = table.axes[selection.outputs[place]]
        let (least, most) = (axis.values.min() ?? 0, axis.values.max() ?? 1)
        variable = Variable(
          name: name, longName: axis.longName, units: axis.units,
          statisticsRange: least < most ? least...most : least...(least + 1))
      } else {
        variable = Variable(
          name: name,
          longName: metric == .mae
            ? "mean absolute difference from the nearest spectrum of the table"
            : "root mean squared difference from the nearest spectrum of the table", statisticsRange: 0...0.25
        )
      }
      variable.attributes = attributes
      return variable
    }
  }

  /// Whether the place of the sun is asked for.
  private var usesSun: Bool { zenith == nil && searches.count > 1 }

  public var inputsInUnits: [String] { Array(inputs[..<bands]) }

  public func gap(of step: NumberStep, over area: PositionLattice?) -> String? {
    guard usesSun else { return nil }
    guard let elevation = step.sunElevation else {
      return
        "the scenes of \(step.label) do not say how high the sun stood (view:sun_elevation), and the table "
        + "has an axis solar_zenith_angle: give \"solar_zenith\""
    }
    guard elevation > 0 else {
      return "the sun is below the horizon in the scenes of \(step.label) (view:sun_elevation \(elevation)): "
        + "leave the date out, or give \"solar_zenith\""
    }
    return nil
  }

  /// The search for a strip: that of the nearest zenith angle, of equally near ones the smaller.
  private func search(_ place: StripPlace?) -> NearestEntries? {
    guard searches.count > 1 else { return searches[0].entries }
    guard let angle = zenith ?? place?.step.sunElevation.map({ 90 - $0 }) else { return nil }
    return searches.min { abs(($0.zenith ?? 0) - angle) < abs(($1.zenith ?? 0) - angle) }?.entries
  }

  public func process(_ strip: Strip, into outputs: StripOutputs) {
    let targets = self.outputs.indices.map { outputs[$0] }
    for target in targets { target.update(repeating: .nan) }
    guard let search = search(strip.place) else { return }
    let answers = condition.inputs.isEmpty ? [] : condition.answers(strip, first: bands)
    let samples = (0..<bands).map { strip.input($0) }
    var pixel = [Double](repeating: 0, count: bands)
    var place = NearestEntries.Place()
    for index in 0..<strip.count where answers.isEmpty || answers[index] == .met {
      var isComplete = true
      for (band, own) in samples.enumerated() {
        let value = Double(own.samples[index]) * own.scale + own.offset
        pixel[band] = value
        isComplete = isComplete && value.isFinite
      }
      guard isComplete else { continue }
      let found = search.nearest(pixel, from: &place)
      guard found.distance <= maxDistance else { continue }
      for (output, values) in values.enumerated() { targets[output][index] = values[found.entry] }
      targets[values.count][index] = Float(found.distance)
    }
  }
}
