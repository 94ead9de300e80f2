internal import Engine
internal import JSON

/// Reads what a `weather` module wants from its files, reporting every mistake.
struct WeatherReader {
  let arguments: ModuleArguments
  let scope: ModuleScope

  /// Each variable with the name of its result.
  func read() -> [(name: String, wanted: Weather.Wanted)] {
    let files = self.files()
    guard !files.isEmpty else { return [] }
    var result: [(name: String, wanted: Weather.Wanted)] = []
    let list = arguments.node("variables")?.array ?? []
    for (index, node) in list.enumerated() {
      let path = arguments.path.appending("variables").appending(index)
      guard let text = node["name"]?.string, !text.isEmpty else {
        report("a variable needs the name that it has in the file", node, path, "{\"name\": \"t2m\"}")
        continue
      }
      let name = node["as"]?.string ?? text
      guard ResultName.isUsable(name), !ResultName.reserved.contains(name) else {
        report("\"\(name)\" cannot name a result", node["as"] ?? node, path, "another name with \"as\"")
        continue
      }
      if scope.entry(name) != nil || result.contains(where: { $0.name == name }) {
        report(
          "\"\(name)\" is already the name of something else", node["as"] ?? node, path,
          "another name with \"as\"")
        continue
      }
      if let wanted = wanted(text, node, path, files) { result.append((name, wanted)) }
    }
    return result
  }

  private func files() -> [(file: ModuleFile, arrays: ArrayFile)] {
    guard let node = arguments.node("source") else { return [] }
    let path = arguments.path.appending("source")
    let nodes =
      node.array.map { list in list.enumerated().map { ($1, path.appending($0)) } } ?? [(node, path)]
    var files: [(file: ModuleFile, arrays: ArrayFile)] = []
    for (node, path) in nodes {
      guard let file = scope.file(node, path: path),
        let arrays = scope.arrays(of: file, node: node, path: path)
      else { return [] }
      files.append((file, arrays))
    }
    return files
  }

  private func wanted(
    _ name: String, _ node: JSONNode, _ path: JSONPath, _ files: [(file: ModuleFile, arrays: ArrayFile)]
  ) -> Weather.Wanted? {
    var place: [String: Double] = [:]
    for member in node["at"]?.members ?? [] { place[member.key] = member.node.double }
    do {
      var series = try GridSeries(name, in: files[0].arrays, at: place)
      for next in files.dropFirst() {
        try series.append(try GridSeries(name, in: next.arrays, at: place), from: next.file.lastName)
      }
      let statistic = node["reduce"]?.string.flatMap(WeatherSeries.Statistic.init(rawValue:)) ?? .mean
      guard let convention = convention(node, path, statistic, series) else { return nil }
      return Weather.Wanted(
        grid: series, file: files[0].file.lastName, statistic: statistic, convention: convention)
    } catch {
      let file = files.count == 1 ? files[0].file.lastName : "\(files[0].file.lastName) …"
      report("\"\(file)\": \(error)", node, path, error.suggestion)
      return nil
    }
  }

  /// What one value stands for; nil, with a report, where that is not said, or cannot be.
  private func convention(
    _ node: JSONNode, _ path: JSONPath, _ statistic: WeatherSeries.Statistic, _ series: GridSeries
  ) -> WeatherSeries.Convention? {
    let isMonthly = (series.hoursPerStep ?? 0) >= 600
    guard let convention = node["per"]?.string.flatMap(WeatherSeries.Convention.init(rawValue:)) else {
      if statistic != .sum { return isMonthly ? .month : .moment }
      let hours = series.hoursPerStep.map { "its times are \($0.fixed(0)) hours apart" } ?? "it has one time"
      report(
        "a sum of \"\(series.name)\" needs \"per\": what one value stands for is not said, and \(hours)",
        node, path,
        isMonthly
          ? "\"month_mean\" where it is a depth a day (ERA5's monthly means), \"month\" where it is the month's total"
          : "\"hour\" for ERA5, \"since_midnight\" for ERA5-Land, \"day\"")
      return nil
    }
    let expected: ClosedRange<Double> =
      switch convention {
      case .hour: 0.999...1.001
      case .day: 23.999...24.001
      case .month, .monthMean: 600...800
      case .sinceMidnight: 0...24.001
      case .moment, .period: 0...1e9
      }
    if let hours = series.hoursPerStep, !expected.contains(hours) {
      report(
        "values of \"\(series.name)\" cannot stand for \"\(convention.rawValue)\": they are \(hours.fixed(2)) hours apart",
        node["per"] ?? node, path, isMonthly ? "\"month_mean\" or \"month\"" : nil)
      return nil
    }
    return convention
  }

  private func report(_ message: String, _ node: JSONNode, _ path: JSONPath, _ suggestion: String?) {
    scope.report(Diagnostic(path: path, position: node.position, message: message, suggestion: suggestion))
  }
}

extension GridSeries {
  /// Goes on with another file's times; those that both have are taken from the first.
  mutating func append(_ other: GridSeries, from file: String) throws(Fault) {
    guard other.longitudes == longitudes, other.latitudes == latitudes else {
      throw Fault("the cells of \"\(file)\" are not those of the first file")
    }
    guard other.units == units else {
      throw Fault(
        "\"\(name)\" is in \"\(other.units)\" in \"\(file)\", and in \"\(units)\" in the first file")
    }
    let known = Set(times)
    let all = zip(times, fields) + zip(other.times, other.fields).filter { !known.contains($0.0) }
    let sorted = all.sorted { $0.0 < $1.0 }
    times = sorted.map(\.0)
    fields = sorted.map(\.1)
  }
}
