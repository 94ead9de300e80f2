public import Engine
public import Geo
internal import JSON
internal import Raster

/// What a composite is over, and what it gives: for each variable the statistic and, where it is wanted, the number of
/// observations beside it.
public struct CompositeResult: Sendable {
  /// The variables that are reduced.
  public let inputs: [String]
  public let statistic: Statistic
  public let period: Period
  /// Each variable's statistic, followed by its count where that is wanted.
  public let outputs: [Variable]
  private let ranges: [ClosedRange<Double>]
  private let places: [(part: Int, result: VariableResult)]

  static let countSuffix = "_count"

  /// - Parameters:
  ///   - variables: with the names their results have.
  init(
    of variables: [(variable: Variable, name: String)], statistic: Statistic, period: Period, isCounted: Bool
  ) {
    inputs = variables.map(\.variable.name)
    self.statistic = statistic
    self.period = period
    ranges = variables.map(\.variable.statisticsRange)
    var outputs: [Variable] = []
    var places: [(part: Int, result: VariableResult)] = []
    for (part, (variable, name)) in variables.enumerated() {
      let counted = isCounted && statistic != .count
      var main = CompositeResult.main(variable, name, statistic, period)
      if counted { main.companions = [name + CompositeResult.countSuffix] }
      outputs.append(main)
      places.append((part, statistic == .count ? .count : .statistic))
      guard counted else { continue }
      outputs.append(CompositeResult.count(of: variable, name + CompositeResult.countSuffix, period))
      places.append((part, .count))
    }
    self.outputs = outputs
    self.places = places
  }

  private static func main(
    _ variable: Variable, _ name: String, _ statistic: Statistic, _ period: Period
  ) -> Variable {
    if statistic == .count { return count(of: variable, name, period) }
    var main = variable.named(name)
    main.longName = phrase(statistic, of: variable.longName, period)
    main.companions = []
    main.cellMethods = statistic.cellMethod.map { method in
      let own = period.cellMethods(method)
      // What the variable's own layers are comes first (CF section 7.3: methods in the order they were applied).
      guard let before = variable.cellMethods, before != Variable.atPoints else { return own }
      return "\(before) \(own)"
    }
    if !statistic.keepsRange {
      main.standardName = nil
      main.validRange = nil
      let width = variable.statisticsRange.upperBound - variable.statisticsRange.lowerBound
      main.statisticsRange = statistic == .std ? 0...width : (-64 * width)...(64 * width)
    }
    return main
  }

  private static func count(of variable: Variable, _ name: String, _ period: Period) -> Variable {
    var count = Variable(
      name: name, longName: "number of observations of \(variable.name)",
      standardName: "number_of_observations", statisticsRange: 0...4096, storage: .int32)
    count.cellMethods = period.cellMethods("sum")
    count.isAuxiliary = true
    return count
  }

  /// "monthly median of red reflectance", "mean of NDVI over all dates".
  private static func phrase(_ statistic: Statistic, of subject: String, _ period: Period) -> String {
    switch period {
    case .week: "weekly \(statistic.title) of \(subject)"
    case .dekad: "dekadal \(statistic.title) of \(subject)"
    case .month, .monthOfYear: "monthly \(statistic.title) of \(subject)"
    case .quarter: "quarterly \(statistic.title) of \(subject)"
    case .season, .seasonOfYear: "seasonal \(statistic.title) of \(subject)"
    case .year: "yearly \(statistic.title) of \(subject)"
    case .days(let count, _): "\(statistic.title) of \(subject) over \(count) days"
    case .months(let count, _): "\(statistic.title) of \(subject) over \(count) months"
    case .whole(let count, .days): "\(statistic.title) of \(subject) over \(count) days"
    case .whole(let count, .months): "\(statistic.title) of \(subject) over \(count) months"
    case .intervals: "\(statistic.title) of \(subject) over intervals"
    case .all, .date, .fixed: "\(statistic.title) of \(subject) over all dates"
    }
  }

  func stateBytesPerPixel(layers: [PeriodLayer]) -> Int {
    inputs.count * StatisticReducers.bytesPerPixel(statistic, layers: layers)
  }

  func makeReducer(pixels: Int, layers: [PeriodLayer], steps: Int) -> any TimeReducer {
    CompositeReducer(
      ranges.map { StatisticReducers.make(statistic, pixels: pixels, layers: layers, range: $0) },
      outputs: places,
      layersOfSteps: layers.layersOfDates(steps))
  }
}

/// A module whose result is a `CompositeResult`: `composite` and its short names.
public protocol CompositeModule: ReductionModule {
  var result: CompositeResult { get }
  init(_ result: CompositeResult)
}

extension CompositeModule {
  public var inputs: [String] { result.inputs }
  public var outputs: [Variable] { result.outputs }
  public var period: Period { result.period }

  public func stateBytesPerPixel(layers: [PeriodLayer]) -> Int { result.stateBytesPerPixel(layers: layers) }

  public func makeReducer(pixels: Int, layers: [PeriodLayer], steps: Int) -> any TimeReducer {
    result.makeReducer(pixels: pixels, layers: layers, steps: steps)
  }

  /// Makes the module of variables that `of` names, or of the one that is meant.
  ///
  /// - Parameter standard: the result's name by default, made of a variable's.
  static func make(
    _ arguments: ModuleArguments, in scope: ModuleScope, statistic: Statistic, period: Period,
    standard: (String) -> String
  ) -> Self? {
    let before = scope.diagnostics.count
    let name = Self.descriptor.name
    let entries = CompositeInputs(arguments: arguments, scope: scope, module: name, statistic: statistic)
      .entries()
    guard scope.diagnostics.count == before, !entries.isEmpty,
      let common = scope.commonPeriod(of: entries, at: "of", of: arguments),
      checkChain(common, period, arguments, scope)
    else { return nil }
    let isCounted = arguments.boolean("count") ?? true
    let companions = isCounted && statistic != .count ? [CompositeResult.countSuffix] : []
    var named: [(variable: Variable, name: String)] = []
    for entry in entries {
      let own = entry.variable.name
      let chosen = arguments.text("as").map { entries.count == 1 ? $0 : "\($0)_\(own)" }
      guard
        let name = scope.resultName(
          chosen ?? standard(own), of: arguments, companions: companions)
      else { return nil }
      named.append((entry.variable, name))
    }
    let module = Self(
      CompositeResult(of: named, statistic: statistic, period: period, isCounted: isCounted))
    for output in module.outputs { scope.offer(.init(variable: output, period: period)) }
    return module
  }

  /// Whether layers of one period can be put together into another's.
  private static func checkChain(
    _ inner: Period, _ outer: Period, _ arguments: ModuleArguments, _ scope: ModuleScope
  ) -> Bool {
    guard inner != .date else { return true }
    let message: String
    if inner.dimension == nil {
      message = "has one layer only: there is nothing to put together"
    } else if inner == outer {
      message = "has \(inner.phrase) already"
    } else if outer != .all, inner.isClimatology {
      message = "has \(inner.phrase), all years together: only \"period\": \"all\" can follow"
    } else if outer != .all, case .intervals = inner {
      message = "has \(inner.phrase): only \"period\": \"all\" can follow"
    } else {
      return true
    }
    scope.report(
      "\"\(arguments.texts("of")?.first ?? descriptor.name)\" \(message)", at: "of", of: arguments,
      suggestion: "reduce the variable of single dates instead")
    return false
  }
}
