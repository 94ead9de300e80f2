public import Engine
internal import JSON
internal import Raster

/// Broadband surface albedo from narrow bands (`albedo`).
///
/// Missing where any of the bands is missing. Values are those of the formula: they are not cut to 0…1.
public struct Albedo: PixelwiseModule {
  public let formula: AlbedoFormula
  /// c of `knap_1999`.
  public let nirCoefficient: Double
  /// The variables for the formula's bands, in the order of `AlbedoFormula.roles`.
  public let inputs: [String]
  public let outputs: [Variable]

  private let weights: [Double]

  public static let descriptor = ModuleDescriptor(
    name: "albedo", shape: .pixelwise,
    summary: "Broadband surface albedo from narrow-band surface reflectance.",
    method: AlbedoFormula.allCases.map { "- `\($0.rawValue)`: \($0.summary)" }.joined(separator: "\n"),
    discussion: """
      The bands are surface reflectance, 0…1, so a source with `"scale": "none"` is refused, and \
      one of whole numbers whose scale neither the config nor the catalogue nor the file nor a handbook tells: say \
      it with `scale` or `overrides` in `download`. Missing where any \
      band is missing. Values are the formula's own; they are not cut to 0…1, and a file says `valid_range` when \
      all of them lie in it. Over ice Sentinel-2's B8A fits \
      `liang_2001` better than B08: name it in `bands`.

      For c of `knap_1999` implementations differ (0.015 and 0.051); 0.015 fits measured ice spectra better.
      """,
    references: AlbedoFormula.allCases.map(\.reference),
    parameters: [
      ModuleParameter(
        "formula", .choice(AlbedoFormula.allCases.map(\.rawValue)), default: "liang_2001",
        "The conversion to use."),
      ModuleParameter(
        "bands",
        .object(
          AlbedoFormula.allRoles.map { .init($0.rawValue, .variable, "The variable for \($0.title).") }),
        "Which variables to use, where the sensor's own bands do not fit."),
      ModuleParameter(
        "nir_coefficient", .number(0...1), default: 0.015, "c of `knap_1999`."),
    ],
    examples: AlbedoFormula.allCases.map {
      #"{ "module": "albedo", "formula": "\#($0.rawValue)", "save": true }"#
    })

  public static func make(_ arguments: ModuleArguments, in scope: ModuleScope) -> Albedo? {
    let before = scope.diagnostics.count
    let name = scope.resultName(of: arguments, default: "albedo")
    let formula = arguments.text("formula").flatMap(AlbedoFormula.init(rawValue:)) ?? .liang
    if formula != .knap, arguments.node("nir_coefficient") != nil {
      scope.report("only knap_1999 has a nir_coefficient", at: "nir_coefficient", of: arguments)
    }
    for member in arguments.node("bands")?.members ?? []
    where BandRole(rawValue: member.key).map({ !formula.roles.contains($0) }) ?? false {
      scope.report(
        Diagnostic(
          path: arguments.path.appending("bands").appending(member.key), position: member.keyPosition,
          message: "\(formula.rawValue) does not use \(member.key)"))
    }
    let finder = BandFinder(scope: scope, arguments: arguments, module: "albedo")
    let entries = formula.roles.compactMap { finder.entry(for: $0) }
    for raw in entries where raw.band?.isRaw ?? false {
      scope.report(
        "\"albedo\" needs reflectance, and \"\(raw.variable.name)\" is kept as stored numbers", at: nil,
        of: arguments, suggestion: "leave out \"scale\": \"none\" in \"download\"")
      break
    }
    guard let name, scope.diagnostics.count == before,
      let period = scope.commonPeriod(of: entries, at: "bands", of: arguments)
    else { return nil }
    let module = Albedo(
      name: name, formula: formula, inputs: entries.map(\.variable.name),
      nirCoefficient: arguments.number("nir_coefficient") ?? 0.015)
    scope.offer(.init(variable: module.outputs[0], period: period))
    return module
  }

  init(name: String, formula: AlbedoFormula, inputs: [String], nirCoefficient: Double = 0.015) {
    self.formula = formula
    self.inputs = inputs
    self.nirCoefficient = nirCoefficient
    weights = formula.weights.map(\.weight)
    outputs = [
      Variable(
        name: name, longName: "broadband surface albedo (\(formula.rawValue))",
        standardName: "surface_albedo",
        validRange: 0...1, statisticsRange: -0.2...1.6, references: formula.reference)
    ]
  }

  public var inputsInUnits: [String] { inputs }

  public func process(_ strip: Strip, into outputs: StripOutputs) {
    var output = outputs[0].mutableSpan
    switch formula {
    case .liang:
      BroadbandAlbedo.weightedSum(
        strip.input(0), strip.input(1), strip.input(2), strip.input(3), strip.input(4), weights: weights,
        constant: formula.constant, into: &output)
    case .bonafoni, .tasumi:
      BroadbandAlbedo.weightedSum(
        strip.input(0), strip.input(1), strip.input(2), strip.input(3), strip.input(4), strip.input(5),
        weights: weights, constant: formula.constant, into: &output)
    case .knap:
      BroadbandAlbedo.glacierIce(
        green: strip.input(0), nir: strip.input(1), nirCoefficient: nirCoefficient, into: &output)
    }
  }
}
