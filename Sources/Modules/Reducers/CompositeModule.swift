public import Engine
public import Geo
internal import JSON

/// A module whose result is that of a composite: `composite` and its short names.
public protocol CompositeModule: ReductionModule {
  var result: any ReductionResult { get }
  init(_ result: any ReductionResult)
}

extension CompositeModule {
  public var inputs: [String] { result.inputs }
  public var outputs: [Variable] { result.outputs }
  public var period: Period { result.period }
  public var neededInLayers: [String] { result.neededInLayers }
  public var leastSteps: Int { result.leastSteps }

  public func shortage(over days: [CalendarDate], layers: [PeriodLayer]) -> String? {
    result.shortage(over: days)
  }

  public func stateBytesPerPixel(layers: [PeriodLayer]) -> Int { result.stateBytesPerPixel(layers: layers) }

  public func makeReducer(pixels: Int, layers: [PeriodLayer], days: [CalendarDate]) -> any TimeReducer {
    result.makeReducer(pixels: pixels, layers: layers, days: days)
  }

  /// Makes the module of variables that `of` names, or of the one that is meant.
  ///
  /// - Parameter standard: a result's name by default, made of a variable's and a statistic's.
  static func make(
    _ arguments: ModuleArguments, in scope: ModuleScope, _ options: CompositeResult.Options,
    standard: (String, Statistic) -> String
  ) -> Self? {
    let before = scope.diagnostics.count
    let entries = CompositeInputs(
      arguments: arguments, scope: scope, module: Self.descriptor.name, statistics: options.statistics
    ).entries()
    guard scope.diagnostics.count == before, !entries.isEmpty,
      let common = scope.commonPeriod(of: entries, at: "of", of: arguments),
      CompositeInputs.checkChain(common, options.period, descriptor.name, arguments, scope)
    else { return nil }
    var named: [(variable: Variable, names: [String])] = []
    for entry in entries {
      let own = entry.variable.name
      var names: [String] = []
      for (order, statistic) in options.statistics.enumerated() {
        let chosen = arguments.text("as").map { stem in
          ([stem] + (entries.count == 1 ? [] : [own])
            + (options.statistics.count == 1 ? [] : [statistic.name])).joined(separator: "_")
        }
        guard
          let name = scope.resultName(
            chosen ?? standard(own, statistic), of: arguments,
            companions: CompositeResult.companions(of: statistic, order: order, options))
        else { return nil }
        names.append(name)
      }
      named.append((entry.variable, names))
    }
    guard
      let weights = CompositeWeights(arguments: arguments, scope: scope).variables(
        of: entries, options.weights)
    else { return nil }
    let module = Self(CompositeResult(of: named, weights: weights, options))
    for output in module.outputs { scope.offer(.init(variable: output, period: options.period)) }
    return module
  }
}
