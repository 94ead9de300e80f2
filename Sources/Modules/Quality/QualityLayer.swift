internal import Raster

/// A known quality layer: what its bits or classes are called.
public struct QualityLayer: Sendable {
  /// "Landsat Collection 2 QA_PIXEL".
  public let name: String
  /// Names of the band in catalogues; case does not count.
  public let bandNames: [String]
  /// The stored number that stands for "no observation"; nil when every number is one.
  public let nodata: UInt16?
  /// The specification.
  public let reference: String?
  let fields: [QualityField]

  /// The names that `reject` takes, the usual ones.
  public var flagNames: [String] {
    var names: [String] = []
    for field in fields {
      if field.isClasses {
        names += field.states.compactMap(\.names.first)
      } else if field.trueState != nil {
        names += field.names.prefix(1)
      } else {
        names += field.states.flatMap { state in state.names.prefix(1).map { "\(field.names[0])_\($0)" } }
      }
    }
    return names.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  /// The rule that rejects a flag; nil when the layer has none of that name.
  ///
  /// A flag is one that is set or not ("cloud_shadow"), a level ("cloud_confidence_high"), a class
  /// ("vegetation"), or a state's own name where only one field has it ("not_water").
  func rule(rejecting flag: String) -> QualityRule? {
    let wanted = QualityLayer.simplified(flag)
    if let field = fields.first(where: { $0.names.contains(wanted) }), let state = field.trueState {
      return field.rule(rejecting: [state])
    }
    var found: [(QualityField, QualityField.State)] = []
    for field in fields {
      for state in field.states {
        let own = state.names.map(QualityLayer.simplified).filter { $0 != "true" && $0 != "false" }
        let long = field.isClasses ? [] : field.names.flatMap { name in own.map { "\(name)_\($0)" } }
        if long.contains(wanted) { return field.rule(rejecting: [state]) }
        if own.contains(wanted) { found.append((field, state)) }
      }
    }
    return found.count == 1 ? found[0].0.rule(rejecting: [found[0].1]) : nil
  }

  /// The field that `good_pixel_flags` names.
  func field(named name: String) -> QualityField? {
    let wanted = QualityLayer.simplified(name)
    return fields.first { $0.names.contains(wanted) }
  }

  /// Lower case, with "_" for spaces and hyphens: "cloud shadows" and "CLOUD_SHADOWS" are one name.
  static func simplified(_ name: String) -> String {
    String(name.lowercased().map { $0 == " " || $0 == "-" ? "_" : $0 })
  }
}
