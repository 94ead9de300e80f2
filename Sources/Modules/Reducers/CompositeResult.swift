public import Engine
public import Geo
internal import JSON
internal import Raster

/// What a composite is over, and what it gives: for each variable its statistics and, where they are wanted, the number
/// of observations and days beside them.
public struct CompositeResult: ReductionResult {
  /// What of a composite does not depend on its variables.
  struct Options: Sendable {
    var statistics: [Statistic]
    var period: Period
    /// Whether the number of observations stands beside the first statistic of each variable.
    var isCounted = true
    /// Whether the day stands beside values of one date.
    var withDays = false
    /// Taken from the number of values in variances.
    var ddof = 0
    /// With fewer values statistics are missing.
    var minimumCount = 1
    /// What the values of a date weigh in means.
    var weights = WeightedMean.Weights.scenes
    /// Whether files leave out layers that are missing throughout.
    var dropsEmpty = false
  }

  /// The variables that are reduced, followed by what each of them weighs where values weigh differently.
  public let inputs: [String]
  public let period: Period
  /// Each variable's statistics, each followed by its companions.
  public let outputs: [Variable]
  public let neededInLayers: [String]
  public var leastSteps: Int { options.minimumCount }
  private let options: Options
  private let isWeighted: Bool
  private let ranges: [ClosedRange<Double>]
  private let reducers: StatisticReducers
  private let places: [CompositeOutput]

  static let countSuffix = "_count"
  static let daySuffix = "_day"

  /// - Parameters:
  ///   - variables: with the names their results have, in the order of the statistics.
  ///   - weights: the variables of what each weighs; none where all dates weigh the same.
  init(of variables: [(variable: Variable, names: [String])], weights: [String] = [], _ options: Options) {
    inputs = variables.map(\.variable.name) + weights
    isWeighted = !weights.isEmpty
    period = options.period
    self.options = options
    ranges = variables.map(\.variable.statisticsRange)
    reducers = StatisticReducers(
      options.statistics, withDays: options.withDays, weights: options.weights)
    var outputs: [Variable] = []
    var places: [CompositeOutput] = []
    var needed: [String] = []
    for (place, (variable, names)) in variables.enumerated() {
      let phrases = StatisticVariable(of: variable, period: options.period)
      for (order, (statistic, name)) in zip(options.statistics, names).enumerated() {
        let part = reducers.place(of: statistic)
        func add(_ output: Variable, _ result: VariableResult) {
          outputs.append(output)
          places.append(
            CompositeOutput(variable: place, part: part, result: result, storage: output.storage))
        }
        if statistic == .count {
          add(phrases.count(name), .count)
          continue
        }
        let companions = CompositeResult.companions(of: statistic, order: order, options)
        var main = phrases.main(statistic, name)
        main.companions = companions.map { name + $0 }
        if statistic.isWeighted, let words = options.weights.words { main.longName += ", \(words)" }
        add(main, .statistic(statistic))
        if options.dropsEmpty, statistic.isMissingWithoutValues { needed.append(name) }
        if companions.contains(CompositeResult.countSuffix) {
          add(phrases.count(name + CompositeResult.countSuffix), .count)
        }
        if companions.contains(CompositeResult.daySuffix) {
          add(phrases.day(of: statistic, name + CompositeResult.daySuffix), .day(statistic))
        }
      }
    }
    self.outputs = outputs
    self.places = places
    neededInLayers = needed
  }

  /// The suffixes of what stands beside a statistic.
  ///
  /// - Parameter order: the statistic's place among those of its variable.
  static func companions(of statistic: Statistic, order: Int, _ options: Options) -> [String] {
    guard statistic != .count else { return [] }
    let isCounted = options.isCounted && order == 0 && !options.statistics.contains(.count)
    let isDated = options.withDays && statistic.isOfOneDate
    return (isCounted ? [countSuffix] : []) + (isDated ? [daySuffix] : [])
  }

  public func stateBytesPerPixel(layers: [PeriodLayer]) -> Int {
    // Flags are computed as numbers first.
    let scratch = places.contains { $0.storage.isFlags } ? MemoryLayout<Float>.stride : 0
    return ranges.count * reducers.bytesPerPixel(layers: layers) + scratch
  }

  public func makeReducer(pixels: Int, layers: [PeriodLayer], days: [CalendarDate]) -> any TimeReducer {
    CompositeReducer(
      ranges.map { reducers.make(pixels: pixels, layers: layers, range: $0) }, outputs: places,
      layers: layers, days: days, minimumCount: options.minimumCount, ddof: options.ddof,
      isWeighted: isWeighted,
      pixels: pixels)
  }
}
