internal import Engine
internal import Geo

/// Describes the results that a variable's statistics over a period's layers have.
struct StatisticVariable {
  let variable: Variable
  let period: Period

  init(of variable: Variable, period: Period) {
    self.variable = variable
    self.period = period
  }

  func main(_ statistic: Statistic, _ name: String) -> Variable {
    var main = variable.named(name)
    main.longName = phrase(statistic.title)
    main.companions = []
    main.cellMethods = statistic.cellMethod.map { method in
      let own = period.cellMethods(method)
      // What the variable's own layers are comes first (CF section 7.3: methods in the order they were applied).
      guard let before = variable.cellMethods, before != Variable.atPoints else { return own }
      return "\(before) \(own)"
    }
    guard !statistic.keepsRange else { return main }
    main.standardName = nil
    main.origin = variable.origin?.derived(power: statistic == .variance ? 2 : 1)
    main.theme = nil
    main.validRange = nil
    main.storage = .float32
    let width = variable.statisticsRange.upperBound - variable.statisticsRange.lowerBound
    switch statistic {
    case .sum: main.statisticsRange = (-64 * width)...(64 * width)
    case .variance:
      main.statisticsRange = 0...(width * width)
      main.units = variable.units == "1" ? "1" : "(\(variable.units))2"
    case .count:
      main.statisticsRange = 0...width
      main.units = "1"
      main.origin = nil
    case .validFraction:
      main.statisticsRange = 0...1
      main.validRange = 0...1
      main.units = "1"
      main.origin = nil
    case .dateOfMin, .dateOfMax:
      main.statisticsRange = StatisticVariable.days
      main.units = StatisticVariable.dayUnits
      main.origin = nil
    default: main.statisticsRange = 0...width
    }
    return main
  }

  /// How many observations there are.
  func count(_ name: String) -> Variable {
    var count = Variable(
      name: name, longName: "number of observations of \(variable.name)",
      standardName: "number_of_observations", statisticsRange: 0...4096, storage: .int32)
    count.cellMethods = period.cellMethods("sum")
    count.isAuxiliary = true
    return count
  }

  /// The day of the date that a value is of.
  func day(of statistic: Statistic, _ name: String) -> Variable {
    StatisticVariable.day(name, "day of the \(statistic.title) of \(variable.name)")
  }

  static func day(_ name: String, _ title: String) -> Variable {
    var day = Variable(name: name, longName: title, units: dayUnits, statisticsRange: days)
    day.isAuxiliary = true
    return day
  }

  private static let dayUnits = "days since 1970-01-01"
  /// To the year 2070: a step of the statistics is about nine days.
  private static let days = 0.0...36_525.0

  /// "monthly median of red reflectance", "mean of NDVI over all dates".
  private func phrase(_ title: String) -> String {
    let subject = variable.longName
    return switch period {
    case .week: "weekly \(title) of \(subject)"
    case .dekad, .dekadOfYear: "dekadal \(title) of \(subject)"
    case .month, .monthOfYear: "monthly \(title) of \(subject)"
    case .quarter: "quarterly \(title) of \(subject)"
    case .season, .seasonOfYear: "seasonal \(title) of \(subject)"
    case .year: "yearly \(title) of \(subject)"
    case .days(let count, _): "\(title) of \(subject) over \(count) days"
    case .months(let count, _), .whole(let count, .months): "\(title) of \(subject) over \(count) months"
    case .whole(let count, .days): "\(title) of \(subject) over \(count) days"
    case .intervals: "\(title) of \(subject) over intervals"
    case .all, .date, .everyDate, .fixed: "\(title) of \(subject) over all dates"
    }
  }
}
