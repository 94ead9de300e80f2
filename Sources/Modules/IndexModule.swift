public import Engine
internal import Geo
internal import JSON
internal import Raster

/// Spectral indices by name (`index`).
public struct IndexModule: PixelwiseModule {
  /// How one result is computed, of inputs by place.
  private enum Method: Sendable {
    /// (a − b) / (a + b), the way `ndvi` does it.
    case difference(Int, Int)
    case formula(ExpressionProgram, inputs: [Int])
  }

  public let inputs: [String]
  public let inputsInUnits: [String]
  public let outputs: [Variable]
  private let methods: [Method]

  public static let descriptor = ModuleDescriptor(
    name: "index", shape: .pixelwise,
    summary:
      "Spectral indices by name: \"EVI\", \"MNDWI\", \"NBR\" and \(SpectralIndexTable.count - 3) others.",
    method: "Each index has its own formula: `apus indices NAME` shows it.",
    discussion: """
      `apus indices` lists them, `apus indices NAME` shows a formula with its bands, constants and reference. They are \
      those of the awesome-spectral-indices list (MIT licence, David Montero Loaiza) that need optical bands and \
      constants alone, among them the wavelengths of the sensor's bands (`lambdaR` of red, in nanometres: those of \
      Landsat are OLI's, of Sentinel-2 those of 2A; name others for TM and ETM+). Each name makes one result, called by the name in small letters: several in one module read \
      each band once. `as` names the result of one; with several it stands before the names: `as` "spring" makes \
      spring_evi.

      Bands are found by what they are for, as the sensor has them. N is the broad near infrared, N2 the narrow one, \
      and a sensor with one near infrared (Landsat, MODIS) has it for both. `bands` names others, such as the layers of \
      a composite: {"red": "red_month_median", "nir": "nir08_month_median"}. `constants` changes those of the formulas: \
      {"L": 0.5}.

      Bands are physical values. A formula that is no ratio needs reflectance, so `"scale": "none"` is refused for it. \
      Computed in double precision and rounded once; plain normalised differences as `ndvi` computes them. Missing where \
      a band is missing, and where the result is not finite. Results are the formula's own: negative reflectance can \
      take a normalised difference out of −1…1.

      TCB, TCG and TCW are brightness, greenness and wetness of the tasselled cap, with the coefficients for the sensor \
      unless `coefficients` says otherwise: \
      \(TasselledCap.allCases.map { "`\($0.rawValue)` (\($0.title))" }.joined(separator: ", ")).
      """,
    references: [

      "Montero et al. 2023, A standardized catalogue of spectral indices to advance the use of remote "
        + "sensing in Earth system research, Scientific Data 10:197",
      "`apus indices NAME` names the paper of each index",
    ],
    parameters: [
      ModuleParameter(
        "name",
        .either([.form(SpectralIndexTable.form), .list(of: .form(SpectralIndexTable.form), atLeast: 1)]),
        required: true, "The index, or several."),
      ModuleParameter(
        "bands",
        .object(BandRole.allCases.map { .init($0.rawValue, .variable, "The variable for \($0.title).") }),
        "Which variables to use, where the sensor's own bands do not fit."),
      ModuleParameter(
        "constants", .map(to: .number(-1e6...1e6)), "Constants of the formulas, by name: {\"L\": 0.5}."),
      ModuleParameter(
        "coefficients", .choice(TasselledCap.allCases.map(\.rawValue)),
        "Whose tasselled cap it is; the sensor's when absent."),
    ],
    examples: [
      #"{ "module": "index", "name": ["EVI", "MNDWI"], "save": true }"#,
      #"{ "module": "index", "name": "SAVI", "constants": { "L": 0.25 }, "as": "soil_adjusted" }"#,
    ])

  public static func make(_ arguments: ModuleArguments, in scope: ModuleScope) -> IndexModule? {
    let before = scope.diagnostics.count
    let reader = IndexReader(arguments: arguments, scope: scope)
    let indices = reader.indices()
    let constants = reader.constants(of: indices)
    reader.checkBands(of: indices)
    guard scope.diagnostics.count == before, !indices.isEmpty, let names = reader.resultNames(indices) else {
      return nil
    }
    var entries: [IndexBand: ModuleScope.Entry] = [:]
    var order: [IndexBand] = []
    for band in indices.flatMap(\.bands) where !order.contains(band) {
      order.append(band)
      entries[band] = reader.finder("index").entry(for: band.role)
    }
    guard scope.diagnostics.count == before,
      let period = scope.commonPeriod(
        of: order.compactMap { entries[$0] }, at: "bands", of: arguments)
    else { return nil }
    guard let constants = reader.allConstants(of: indices, given: constants, entries),
      let module = IndexModule(indices, names, constants, entries, order)
    else { return nil }
    reader.refuseRaw(module.inputsInUnits)
    guard scope.diagnostics.count == before else { return nil }
    for output in module.outputs { scope.offer(.init(variable: output, period: period)) }
    return module
  }

  private init?(
    _ indices: [SpectralIndex], _ names: [String], _ constants: [String: Double],
    _ entries: [IndexBand: ModuleScope.Entry], _ order: [IndexBand]
  ) {
    // Two letters may mean one variable: N and N2 of Landsat.
    var inputs: [String] = []
    var places: [IndexBand: Int] = [:]
    for band in order {
      guard let name = entries[band]?.variable.name else { return nil }
      places[band] = inputs.firstIndex(of: name) ?? inputs.count
      if places[band] == inputs.count { inputs.append(name) }
    }
    var methods: [Method] = []
    var inUnits: Set<Int> = []
    for index in indices {
      if let (a, b) = index.difference, let a = places[a], let b = places[b] {
        methods.append(.difference(a, b))
        continue
      }
      guard let program = try? index.program(constants) else { return nil }
      let own = index.bands.compactMap { places[$0] }
      methods.append(.formula(program, inputs: own))
      if !program.isRatio { inUnits.formUnion(own) }
    }
    self.inputs = inputs
    self.methods = methods
    inputsInUnits = inUnits.sorted().map { inputs[$0] }
    outputs = zip(indices, names).map { $0.variable($1, constants) }
  }

  public func process(_ strip: Strip, into outputs: StripOutputs) {
    for (place, method) in methods.enumerated() {
      var output = outputs[place].mutableSpan
      switch method {
      case .difference(let a, let b): NormalizedDifference.compute(strip, a, b, into: &output)
      case .formula(let program, let inputs):
        program.evaluate(inputs.map { strip.input($0) }, into: &output)
      }
    }
  }
}

extension SpectralIndex {
  /// The variable that holds it.
  fileprivate func variable(_ name: String, _ constants: [String: Double]) -> Variable {
    // One and the same as the module `ndvi` makes.
    if self.name == "NDVI" { return NDVI.variable(name) }
    let values = openConstants.compactMap { name in
      constants[name].map { "\(name) = \(Int(exactly: $0).map(String.init) ?? "\($0)")" }
    }
    let found = values.isEmpty ? "" : " (\(values.joined(separator: ", ")))"
    var variable = Variable(
      name: name, longName: longName, validRange: difference == nil ? nil : -1...1, statisticsRange: range,
      references: "\(self.name) = \(formula)\(found); \(reference)")
    variable.theme = domain == .vegetation ? .vegetation : domain == .snow ? .snow : nil
    return variable
  }
}

extension NormalizedDifference {
  /// (a − b) / (a + b) of two inputs, as short a way from their files' numbers as there is.
  static func compute(_ strip: Strip, _ a: Int, _ b: Int, into output: inout MutableSpan<Float>) {
    if let left = strip.stored(a), let right = strip.stored(b), compute(left, right, into: &output) { return }
    compute(strip.input(a), strip.input(b), into: &output)
  }
}
