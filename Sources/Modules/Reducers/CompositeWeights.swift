internal import Engine
internal import JSON
internal import Raster

/// Reads what the values of a date weigh in a composite's means, reporting every mistake.
struct CompositeWeights {
  let arguments: ModuleArguments
  let scope: ModuleScope

  static let parameter = ModuleParameter(
    "weights", .choice(WeightedMean.Weights.allCases.map(\.rawValue)), default: "scenes",
    "What a date weighs in \"mean\" and \"geometric_mean\", where granules are regridded by \"bin\" or \"area\"."
  )

  /// What the config says, for the statistics it wants.
  func rule(for statistics: [Statistic]) -> WeightedMean.Weights {
    let rule = arguments.text("weights").flatMap(WeightedMean.Weights.init(rawValue:)) ?? .scenes
    if rule != .scenes, !statistics.contains(where: \.isWeighted) { refuse() }
    return rule
  }

  /// Reports weights beside statistics that have none.
  func refuse() {
    guard arguments.node("weights") != nil else { return }
    scope.report(
      "\"weights\" would do nothing: only \"mean\" and \"geometric_mean\" have weights", at: "weights",
      of: arguments)
  }

  /// The variables of what each entry weighs, which the source is made to bring; none where all dates weigh the same, and
  /// nil, with a report, where an entry has no weights.
  func variables(of entries: [ModuleScope.Entry], _ rule: WeightedMean.Weights) -> [String]? {
    guard rule != .scenes else { return [] }
    var names: [String] = []
    for entry in entries {
      guard let band = entry.band, let weight = scope.addWeight(of: band) else {
        scope.report(
          "\"\(rule.rawValue)\" needs to know how many pixels each value is of: \"\(entry.variable.name)\" is no band of "
            + "granules that are regridded by \"bin\" or \"area\"", at: "weights", of: arguments,
          suggestion: "add \"regrid\": \"bin\" to \"download\" and name the band, or use \"scenes\"")
        return nil
      }
      names.append(weight.variable.name)
    }
    return names
  }
}
