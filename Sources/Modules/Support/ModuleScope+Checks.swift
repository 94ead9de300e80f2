internal import Engine
internal import Geo
internal import JSON

extension ModuleScope {
  /// The variable with this name; a mistake is reported at the node that names it. A band that the scenes may have comes
  /// by itself.
  func variable(_ name: String, node: JSONNode, path: JSONPath) -> Entry? {
    if let entry = entryOrBand(name) { return entry }
    let message = "unknown variable \"\(name)\" (here there are: \(listedNames))"
    report(Diagnostic(path: path, position: node.position, message: message, name: name, among: names))
    return nil
  }

  /// The period that all inputs of a module have; nil, with a report, when they differ.
  ///
  /// Values of dates go with those that a series made for the same dates: the result comes behind the series.
  func commonPeriod(of entries: [Entry], at parameter: String?, of arguments: ModuleArguments) -> Period? {
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

  /// The name of a module's result; nil, with a report, when it cannot be a file's and a variable's name or is taken.
  ///
  /// - Parameter companions: suffixes of further results that stand beside it ("_count").
  func resultName(of arguments: ModuleArguments, default name: String, companions: [String] = []) -> String? {
    resultName(arguments.resultName(default: name), of: arguments, companions: companions)
  }

  /// The same for a name that is made of `as` and others.
  func resultName(_ chosen: String, of arguments: ModuleArguments, companions: [String] = []) -> String? {
    guard ResultName.isUsable(chosen) else {
      report(
        "\"\(chosen)\" cannot name a result: files and variables bear the name", at: "as", of: arguments,
        suggestion: "use letters, digits, \"_\", \"-\" and \".\", a letter first")
      return nil
    }
    guard !ResultName.reserved.contains(chosen) else {
      report("\"\(chosen)\" is the name of a coordinate in the files", at: "as", of: arguments)
      return nil
    }
    for taken in [chosen] + companions.map({ chosen + $0 }) where entry(taken) != nil {
      report(
        "\"\(taken)\" is already the name of a band or of an earlier result", at: "as", of: arguments,
        suggestion: "give this result another name with \"as\"")
      return nil
    }
    return chosen
  }
}

/// What a result may be called: the name becomes a folder, a file and a netCDF variable.
enum ResultName {
  /// Names that files use for coordinates and the grid mapping.
  static let reserved = [
    "time", "season", "month", "dekad", "label", "x", "y", "lon", "lat", "longitude", "latitude",
    "spatial_ref", "crs", "bnds", "time_bnds", "climatology_bounds",
  ]

  /// Whether a text can be the label of a layer: it becomes part of names, behind something else.
  static func isUsableLabel(_ label: String) -> Bool { !label.isEmpty && isUsable("L" + label) }

  static func isUsable(_ name: String) -> Bool {
    guard let first = name.unicodeScalars.first, first.properties.isAlphabetic && first.isASCII,
      name.utf8.count <= 100
    else { return false }
    return name.unicodeScalars.allSatisfy {
      $0.isASCII
        && ($0.properties.isAlphabetic || ("0"..."9").contains($0) || "_-.".unicodeScalars.contains($0))
    }
  }
}

extension Period {
  /// What layers a variable of this period has, for messages.
  var phrase: String {
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
