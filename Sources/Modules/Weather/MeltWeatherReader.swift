internal import Engine
internal import JSON

/// Reads the weather of an `energy_balance`, of a station or on a grid.
struct MeltWeatherReader {
  let arguments: ModuleArguments
  let scope: ModuleScope

  /// Nil when a mistake was reported.
  func read() -> (weather: MeltWeather, files: [ModuleFile])? {
    guard let node = arguments.node("weather") else { return nil }
    let path = arguments.path.appending("weather")
    let nodes = node.array?.enumerated().map { ($1, path.appending($0)) } ?? [(node, path)]
    var files: [ModuleFile] = []
    var columns: [WeatherColumns] = []
    var grids: [(file: ModuleFile, arrays: ArrayFile)] = []
    let before = scope.diagnostics.count
    for (node, path) in nodes {
      guard let file = scope.file(node, path: path) else { continue }
      files.append(file)
      switch read(file, node, path) {
      case .station(let own): columns.append(own)
      case .grid(let arrays): grids.append((file, arrays))
      case nil: break
      }
    }
    guard scope.diagnostics.count == before else { return nil }
    var names: [String: String] = [:]
    for member in arguments.node("columns")?.members ?? [] { names[member.key] = member.node.string }
    do throws(StationWeather.Mistake) {
      guard !grids.isEmpty else { return (.station(try StationWeather(columns, names: names)), files) }
      guard columns.isEmpty else {
        throw StationWeather.Mistake(
          description:
            "\(grids[0].file.name) has weather on a grid, and \(columns[0].name) that of a station: one kind is "
            + "expected")
      }
      let reader = GriddedWeatherReader(
        files: grids, names: names, roughness: arguments.node("site")?["roughness"]?.double ?? 0.005,
        sumsFromMidnight: arguments.text("per") == "since_midnight")
      return (.grid(try reader.read()), files)
    } catch {
      scope.report(error.description, at: "weather", of: arguments)
      return nil
    }
  }

  /// What a file holds.
  private enum Content {
    case station(WeatherColumns)
    case grid(ArrayFile)
  }

  private func read(_ file: ModuleFile, _ node: JSONNode, _ path: JSONPath) -> Content? {
    let isNamedSo = [".nc", ".zarr", ".zarr/"].contains { file.name.lowercased().hasSuffix($0) }
    if isNamedSo || Self.isArrays(file.bytes) {
      guard let arrays = scope.arrays(of: file, node: node, path: path) else { return nil }
      if GriddedWeatherReader.isGrid(arrays) { return .grid(arrays) }
      do throws(StationWeather.Mistake) {
        return .station(try WeatherColumns(file, arrays))
      } catch {
        scope.report(Diagnostic(path: path, position: node.position, message: error.description))
        return nil
      }
    }
    do throws(CSVText.Mistake) {
      return .station(WeatherColumns(file, try CSVText(file.bytes)))
    } catch {
      scope.report(
        Diagnostic(path: path, position: node.position, message: "\"\(file.name)\": \(error.message)"))
      return nil
    }
  }

  /// Whether bytes begin as a NetCDF, HDF5 or GRIB file does.
  private static func isArrays(_ bytes: [UInt8]) -> Bool {
    ["CDF", "GRIB"].contains { bytes.starts(with: $0.utf8) } || bytes.starts(with: [0x89, 0x48, 0x44, 0x46])
  }
}
