public import Geo

/// The period of what is computed from several variables.
///
/// What is the same all the time goes with everything, and one number a date or month with rasters of that period.
/// Results have the period of the rasters that vary; where none does, that of the numbers. `Graph` puts steps into its
/// stages by the same rule.
extension ModuleScope {
  /// The period of variables that are offered here.
  public func period(of names: [String]) -> Period {
    let entries = names.compactMap(entry)
    let varying = entries.filter { $0.period != .fixed }
    let leading = varying.first { !$0.isNumber } ?? varying.first ?? entries.first
    return leading?.period ?? .date
  }

  /// The period that all inputs of a module have; nil, with a report, when they differ.
  ///
  /// Values of dates go with those that a series made for the same dates: the result comes behind the series.
  ///
  /// - Parameters:
  ///   - entries: what the module reads.
  ///   - parameter: the parameter that names them, for the report.
  ///   - arguments: of the module.
  public func commonPeriod(of entries: [Entry], at parameter: String?, of arguments: ModuleArguments)
    -> Period?
  {
    // What is the same all the time goes with everything.
    let varying = entries.filter { $0.period != .fixed }
    guard let first = varying.first else { return entries.isEmpty ? .date : .fixed }
    guard let other = varying.first(where: { $0.period != first.period }) else { return first.period }
    if varying.allSatisfy({ $0.period == .date || $0.period == .everyDate }) { return .everyDate }
    report(
      "\"\(first.variable.name)\" has \(first.period.phrase) and \"\(other.variable.name)\" has "
        + "\(other.period.phrase): their layers do not belong together", at: parameter, of: arguments,
      suggestion: "use variables of one period, or reduce one of them to the other's with \"composite\"")
    return nil
  }
}

extension Period {
  /// What layers a variable of this period has, for messages.
  public var phrase: String {
    switch self {
    case .date: "a layer a date"
    case .everyDate: "a layer a date, made of all dates"
    case .all: "one layer of all dates"
    case .fixed: "one layer without a date"
    case .monthOfYear: "a layer a month of the year"
    case .seasonOfYear: "a layer a season of the year"
    case .dekadOfYear: "a layer a dekad of the year"
    case .days(let count, _): "a layer every \(count) days"
    case .months(let count, _): "a layer every \(count) months"
    case .whole(let count, .days): "a layer every \(count) days from the first"
    case .whole(let count, .months): "a layer every \(count) months from the first"
    case .intervals: "a layer an interval of its own"
    default: "a layer a \(name)"
    }
  }
}
