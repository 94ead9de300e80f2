internal import Raster

/// What else a flag is called: the same things have other names in other products, and in STAC items.
///
/// Taken from the built-in quality layers, which list the names in use.
enum FlagAliases {
  /// Names that mean the same, of flags and of classes; without levels ("high"), which mean nothing by themselves.
  private static let groups: [Set<String>] = SensorTable.builtIn.qualityLayers.flatMap(\.fields).flatMap {
    field -> [Set<String>] in
    field.isClasses
      ? field.states.map { Set($0.names.map(QualityLayer.simplified)) }
      : field.trueState == nil ? [] : [Set(field.names)]
  }

  /// Flags that are several classes together, with the names of each: "cloud" is medium and high probability.
  private static let unions: [(name: String, parts: [Set<String>])] =
    SensorTable.builtIn.qualityLayers.flatMap { layer in
      layer.fields.filter { !$0.isClasses && $0.mask == QualityField.whole }.flatMap { flag in
        let values = flag.trueState?.values ?? []
        let parts = layer.fields.filter(\.isClasses).flatMap(\.states).filter {
          !($0.values ?? []).isEmpty && ($0.values ?? []).isSubset(of: values)
        }.map { Set($0.names.map(QualityLayer.simplified)) }
        return parts.isEmpty ? [] : flag.names.map { ($0, parts) }
      }
    }

  /// Other names of a flag, in a fixed order.
  static func others(_ name: String) -> [String] {
    groups.filter { $0.contains(name) }.reduce(into: Set<String>()) { $0.formUnion($1) }
      .subtracting([name]).sorted()
  }

  /// The classes that a flag is made of, each with all its names.
  static func parts(_ name: String) -> [Set<String>] { unions.first { $0.name == name }?.parts ?? [] }
}

extension QualityLayer {
  /// The rules that reject a flag by its own name, by another name of the same, or by the classes it is made of;
  /// empty when the layer has nothing of the kind.
  func rules(rejectingAnyNameOf flag: String) -> [QualityRule] {
    let wanted = QualityLayer.simplified(flag)
    for name in [wanted] + FlagAliases.others(wanted) {
      if let rule = rule(rejecting: name) { return [rule] }
    }
    return FlagAliases.parts(wanted).compactMap { names in
      names.sorted().lazy.compactMap { rule(rejecting: $0) }.first
    }
  }

  /// The field that `good_pixel_flags` names, by whatever name.
  func field(withAnyNameOf name: String) -> QualityField? {
    let wanted = QualityLayer.simplified(name)
    return ([wanted] + FlagAliases.others(wanted)).lazy.compactMap { field(named: $0) }.first
  }
}
