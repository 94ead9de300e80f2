internal import Engine
internal import JSON

/// Reads the weather of an `energy_balance`.
struct WeatherReader {
  let arguments: ModuleArguments
  let scope: ModuleScope

  /// Nil when a mistake was reported.
  func read() -> (weather: StationWeather, files: [ModuleFile])? {
    guard let node = arguments.node("weather") else { return nil }
    let path = arguments.path.appending("weather")
    let nodes = node.array?.enumerated().map { ($1, path.appending($0)) } ?? [(node, path)]
    var files: [ModuleFile] = []
    var columns: [WeatherColumns] = []
    let before = scope.diagnostics.count
    for (node, path) in nodes {
      guard let file = scope.file(node, path: path) else { continue }
      files.append(file)
      if let own = read(file, node, path) { columns.append(own) }
    }
    guard scope.diagnostics.count == before else { return nil }
    var names: [String: String] = [:]
    for member in arguments.node("columns")?.members ?? [] { names[member.key] = member.node.string }
    do throws(StationWeather.Mistake) {
      return (try StationWeather(columns, names: names), files)
    } catch {
      scope.report(error.description, at: "weather", of: arguments)
      return nil
    }
  }

  private func read(_ file: ModuleFile, _ node: JSONNode, _ path: JSONPath) -> WeatherColumns? {
    if file.name.lowercased().hasSuffix(".nc") {
      guard let arrays = scope.arrays(of: file, node: node, path: path) else { return nil }
      do throws(StationWeather.Mistake) {
        return try WeatherColumns(file, arrays)
      } catch {
        scope.report(Diagnostic(path: path, position: node.position, message: error.description))
        return nil
      }
    }
    do throws(CSVText.Mistake) {
      return WeatherColumns(file, try CSVText(file.bytes))
    } catch {
      scope.report(
        Diagnostic(path: path, position: node.position, message: "\"\(file.name)\": \(error.message)"))
      return nil
    }
  }
}
