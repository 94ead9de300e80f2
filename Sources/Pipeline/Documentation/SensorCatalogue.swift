internal import Engine
public import JSON
public import Modules

/// The texts of `apus sensors`: every product, and one with its bands and flags.
public struct SensorCatalogue: Sendable {
  private let sensors: [Sensor]
  private let width = 100

  public init(_ table: SensorTable = .builtIn) {
    sensors = table.sensors
  }

  public var names: [String] { sensors.map(\.id) }

  /// What to say when there is no product of this name.
  public func unknown(_ name: String) -> String {
    let nearest = NearestName.best(for: name, among: names).map { "did you mean \"\($0)\"?" }
    return "unknown product \"\(name)\"; " + (nearest ?? "there are \(names.joined(separator: ", "))")
  }

  /// The built-in table, or one product of it, as `sensors` of a config has it.
  public static func document(_ name: String?) -> JSONValue {
    guard let name else { return ["sensors": SensorTable.builtInDocument] }
    var sensors = JSONObject()
    sensors[name] = SensorTable.builtInDocument[name]
    return ["sensors": .object(sensors)]
  }

  /// A few lines for each product.
  public var table: String {
    sensors.map { sensor in
      var lines = ["\(sensor.id)  \(sensor.name)\(sensor.isBuiltIn ? "" : " (the config's own)")"]
      lines += line("collections", sensor.collections)
      lines += line("bands", sensor.bands.map { $0.names.first ?? $0.id })
      lines += line("quality", sensor.quality.compactMap(\.bandNames.first))
      return lines.joined(separator: "\n")
    }.joined(separator: "\n") + "\n"
  }

  /// What is added to a scaled number: " - 0.2"; nothing for zero.
  private func shift(_ offset: Double) -> String {
    offset == 0 ? "" : offset < 0 ? " - \(number(-offset))" : " + \(number(offset))"
  }

  /// All about one product; nil when there is none of this name.
  public func page(_ name: String) -> String? {
    guard let sensor = sensors.first(where: { $0.id == name }) else { return nil }
    var lines = ["\(sensor.id): \(sensor.name)", ""]
    lines += line("collections", sensor.collections)
    if let baseline = sensor.baseline {
      lines += line(
        "offset",
        [
          "\(baseline.offset) from processing baseline \(baseline.since) on (\(baseline.properties.joined(separator: ", ")))"
        ])
    }
    lines += ["", "BANDS"]
    for band in sensor.bands {
      let role = band.role.map { " [\($0.rawValue)]" } ?? ""
      let nodata = band.encoding.nodata.map { ", missing \(number($0))" } ?? ""
      lines += WrappedText.lines("\(band.names.joined(separator: ", "))\(role)", width: width, indent: 2)
      lines.append(
        "      \(band.title): stored × \(number(band.encoding.scale ?? 1))\(shift(band.encoding.offset ?? 0))\(nodata)"
      )
    }
    for layer in sensor.quality {
      lines += ["", "QUALITY \(layer.bandNames.joined(separator: ", "))"]
      lines += WrappedText.lines(
        layer.name + (layer.nodata.map { ", not observed \($0)" } ?? ""), width: width, indent: 2)
      lines += WrappedText.lines("flags: " + layer.flagNames.joined(separator: ", "), width: width, indent: 2)
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func number(_ value: Double) -> String { Int(exactly: value).map(String.init) ?? "\(value)" }

  private func line(_ title: String, _ words: [String]) -> [String] {
    words.isEmpty
      ? [] : WrappedText.lines("\(title): \(words.joined(separator: ", "))", width: width, indent: 2)
  }
}
