internal import Engine
internal import Geo
internal import JSON

/// Finds the variables that pictures of vegetation are made of, reporting every mistake.
struct PatternBands {
  let arguments: ModuleArguments
  let scope: ModuleScope

  struct Found {
    let names: [String]
    let period: Period
    /// What brings the values of bands to digital numbers.
    let factor: Double
  }

  func find() -> Found? {
    let before = scope.diagnostics.count
    guard let ndvi = named("ndvi") ?? latestNDVI() else {
      if scope.diagnostics.count == before {
        scope.report(
          "\"vegetation_image\" needs NDVI, and no module before it gives one", at: "bands", of: arguments,
          suggestion: "put \"ndvi\" before it, or name a variable: \"bands\": {\"ndvi\": …}")
      }
      return nil
    }
    let bands = ["red", "green", "blue"].compactMap { named($0) ?? band($0, period: ndvi.period) }
    guard bands.count == 3, scope.diagnostics.count == before else { return nil }
    guard let period = scope.commonPeriod(of: bands + [ndvi], at: "bands", of: arguments) else { return nil }
    for entry in bands + [ndvi]
    where entry.isNumber || entry.variable.storage.isFlags || entry.band?.isQuality == true {
      scope.report(
        "\"\(entry.variable.name)\" is no raster of values between which there are others", at: "bands",
        of: arguments)
      return nil
    }
    return Found(
      names: (bands + [ndvi]).map(\.variable.name), period: period, factor: isRaw(bands) ? 1 : 10_000)
  }

  /// Whether numbers are used as files have them: no band of the source is scaled.
  private func isRaw(_ bands: [ModuleScope.Entry]) -> Bool {
    let sources = scope.entries.compactMap(\.band).filter { !$0.isQuality }
    return !sources.isEmpty && sources.allSatisfy { $0.override.scale == 1 && ($0.override.offset ?? 0) == 0 }
  }

  private func named(_ role: String) -> ModuleScope.Entry? {
    guard let node = arguments.node("bands")?[role], let name = node.string else { return nil }
    return scope.variable(name, node: node, path: arguments.path.appending("bands").appending(role))
  }

  private func latestNDVI() -> ModuleScope.Entry? {
    scope.entries.last {
      $0.variable.standardName == "normalized_difference_vegetation_index" && !$0.variable.isAuxiliary
    }
  }

  /// A band, or what is left of it over the period.
  private func band(_ role: String, period: Period) -> ModuleScope.Entry? {
    let fitting = scope.entries.filter { entry in
      let name = entry.variable.name
      return entry.period == period && !entry.variable.isAuxiliary && entry.variable.storage == .float32
        && (name == role || name.hasPrefix(role + "_") || name.hasSuffix("_" + role))
    }
    if let found = fitting.last { return found }
    if period == .date {
      return BandFinder(scope: scope, arguments: arguments, module: "vegetation_image").entry(
        for: role == "red" ? .red : role == "green" ? .green : .blue)
    }
    scope.report(
      "\"vegetation_image\" needs \(role) with \(period.phrase), as NDVI has", at: "bands", of: arguments,
      suggestion: "\"composite\" of \"\(role)\" over the same period, or \"bands\": {\"\(role)\": …}")
    return nil
  }
}
