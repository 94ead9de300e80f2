internal import JSON
internal import Modules

/// The texts of `apus indices`: every spectral index, and one with its formula.
public struct IndexCatalogue: Sendable {
  private let width = 100
  private let sensor: Sensor?

  /// All indices, those of the tasselled cap last.
  public static var names: [String] { SpectralIndexTable.all.map(\.name) + TasselledCap.names }

  public init() {
    sensor = nil
  }

  /// The indices whose bands a product has; nil when there is no such product.
  public init?(sensor id: String) {
    guard let sensor = SensorTable.builtIn.sensors.first(where: { $0.id == id }) else { return nil }
    self.sensor = sensor
  }

  private var indices: [SpectralIndex] {
    let caps =
      sensor.map { TasselledCap.standard(forSensor: $0.id).map(\.indices) ?? [] }
      ?? TasselledCap.crist.indices
    return SpectralIndexTable.all.filter(isAvailable) + caps
  }

  private func isAvailable(_ index: SpectralIndex) -> Bool {
    guard let sensor else { return true }
    return index.bands.allSatisfy { sensor.has($0.role) }
  }

  /// A line for each index, by domain.
  public var table: String {
    let indices = indices
    let nameWidth = indices.map(\.name.count).max() ?? 0
    return SpectralIndex.Domain.allCases.compactMap { domain in
      let own = indices.filter { $0.domain == domain }
      guard !own.isEmpty else { return nil }
      let lines = own.map { index in
        "  " + index.name + String(repeating: " ", count: nameWidth - index.name.count) + "  "
          + index.longName
      }
      return ([domain.rawValue.uppercased()] + lines).joined(separator: "\n") + "\n"
    }.joined(separator: "\n")
  }

  /// All about one index; nil when there is none of this name.
  public func page(_ name: String) -> String? {
    if let place = TasselledCap.names.firstIndex(where: { $0.lowercased() == name.lowercased() }) {
      let lines = TasselledCap.allCases.flatMap { cap in
        ["\(cap.rawValue): \(cap.title)"]
          + WrappedText.lines(cap.indices[place].formula, width: width, indent: 2)
          + WrappedText.lines(cap.reference, width: width, indent: 2) + [""]
      }
      return (["\(TasselledCap.names[place]): tasselled cap", ""] + lines).joined(separator: "\n")
    }
    guard let index = SpectralIndexTable.index(named: name) else { return nil }
    var lines = ["\(index.name): \(index.longName) (\(index.domain.rawValue))", ""]
    lines += WrappedText.lines(index.formula, width: width, indent: 2) + [""]
    for band in index.bands { lines.append("  \(band.rawValue): \(band.role.title) (\(band.role.rawValue))") }
    for constant in IndexConstants.all where index.constants.contains(constant.name) {
      let value =
        constant.value.map { "\(number($0)) unless \"constants\" changes it" }
        ?? (constant.name.hasPrefix("lambda")
          ? "the sensor's unless \"constants\" changes it" : "\"constants\" has to name it")
      lines.append("  \(constant.name): \(constant.title); \(value)")
    }
    lines += ["", "usual values: \(number(index.range.lowerBound)) to \(number(index.range.upperBound))"]
    lines += WrappedText.lines("reference: \(index.reference)", width: width)
    let sensors = SensorTable.builtIn.sensors.filter { sensor in
      index.bands.allSatisfy { sensor.has($0.role) }
    }
    lines += WrappedText.lines("sensors: \(sensors.map(\.id).joined(separator: ", "))", width: width)
    lines += ["", "  { \"module\": \"index\", \"name\": \"\(index.name)\" }"]
    return lines.joined(separator: "\n") + "\n"
  }

  /// What to say when there is no index of this name.
  public static func unknown(_ name: String) -> String {
    let alike = SpectralIndexTable.all.map(\.name).filter { $0.lowercased() == name.lowercased() }
    if alike.count > 1 { return "\"\(name)\" may be any of \(alike.joined(separator: ", "))" }
    let nearest = NearestName.best(for: name, among: IndexCatalogue.names)
    return "there is no index \"\(name)\"" + (nearest.map { "; did you mean \"\($0)\"?" } ?? "")
  }

  private func number(_ value: Double) -> String { Int(exactly: value).map(String.init) ?? "\(value)" }
}
