public import Engine
internal import JSON
internal import Raster

/// The normalised difference vegetation index, (nir − red) / (nir + red) (`ndvi`).
///
/// Missing where a band is missing or the sum of both is zero.
public struct NDVI: PixelwiseModule {
  /// What becomes of values that no pair of true reflectances gives.
  public enum Outside: String, CaseIterable, Hashable, Sendable {
    case keep, missing
  }

  /// The variables for red and near infrared, in this order.
  public let inputs: [String]
  public let outputs: [Variable]
  public let outside: Outside

  public static let descriptor = ModuleDescriptor(
    name: "ndvi", shape: .pixelwise,
    summary: "Normalised difference vegetation index: (nir − red) / (nir + red).",
    method: "NDVI = (nir − red) / (nir + red)",
    discussion: """
      Computed from physical values (after scale and offset). Missing where red or near infrared is missing or \
      their sum is zero.

      Surface reflectance can be slightly negative over water and shadow; there the index leaves −1…1. Such \
      values are kept, as xarray and Open Data Cube keep them, unless `outside` is `missing`: then they become \
      missing. A file says `valid_range` when all its values lie in −1…1.
      """,
    references: [
      "Rouse et al. 1974, Monitoring vegetation systems in the Great Plains with ERTS, NASA SP-351"
    ],
    parameters: [
      ModuleParameter(
        "bands",
        .object([
          .init("red", .variable, "The variable for red."),
          .init("nir", .variable, "The variable for near infrared."),
        ]), "Which variables to use, where the sensor's own bands do not fit."),
      ModuleParameter(
        "outside", .choice(Outside.allCases.map(\.rawValue)), default: "keep",
        "What becomes of values outside −1…1."),
    ],
    examples: [
      #"{ "module": "ndvi", "save": true }"#,
      #"{ "module": "ndvi", "bands": { "nir": "swir16" }, "outside": "missing", "as": "moisture" }"#,
    ])

  public static func make(_ arguments: ModuleArguments, in scope: ModuleScope) -> NDVI? {
    let name = scope.resultName(of: arguments, default: "ndvi")
    let finder = BandFinder(scope: scope, arguments: arguments, module: "ndvi")
    let red = finder.entry(for: .red)
    let nir = finder.entry(for: .nir)
    guard let name, let red, let nir,
      let period = scope.commonPeriod(of: [red, nir], at: "bands", of: arguments)
    else { return nil }
    let outside = arguments.text("outside").flatMap(Outside.init(rawValue:)) ?? .keep
    let module = NDVI(name: name, red: red.variable.name, nir: nir.variable.name, outside: outside)
    scope.offer(.init(variable: module.outputs[0], period: period))
    return module
  }

  init(name: String, red: String, nir: String, outside: Outside) {
    inputs = [red, nir]
    self.outside = outside
    outputs = [NDVI.variable(name)]
  }

  static func variable(_ name: String) -> Variable {
    Variable(
      name: name, longName: "normalised difference vegetation index",
      standardName: "normalized_difference_vegetation_index",
      validRange: -1...1, statisticsRange: -1...1,
      references: "Rouse et al. 1974, NASA SP-351")
  }

  public func process(_ strip: Strip, into outputs: StripOutputs) {
    var output = outputs[0].mutableSpan
    NormalizedDifference.compute(strip, 1, 0, into: &output)
    if outside == .missing { ValueRange.drop(outside: -1...1, in: &output) }
  }
}
