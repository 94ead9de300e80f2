public import JSON

/// Reads what a STAC item says of a band's bits and classes (the classification extension, versions 1 and 2).
///
/// `classification:bitfields` and `classification:classes` stand on the band (`bands`, `raster:bands`) or on the
/// asset.
struct ClassificationReader {
  let asset: JSONValue
  /// Counted from 1.
  let band: Int

  /// The fields; empty when the item says nothing that can be used.
  ///
  /// Fields beyond 32 bits, unless they are granules' own flags, and numbers that no such field holds are left out.
  func fields() -> [QualityField] {
    for place in places {
      let fields = (place["classification:bitfields"]?.array ?? []).compactMap(Self.bitfield)
      let classes = Self.classes(place["classification:classes"])
      if !fields.isEmpty || classes != nil { return fields + [classes].compactMap { $0 } }
    }
    return []
  }

  /// A member of a bit field that gives its bits as a number, "0x800000000002".
  static let maskKey = "apus:mask"

  private var places: [JSONValue] {
    let bands = ["bands", "raster:bands"].compactMap { name -> JSONValue? in
      guard let list = asset[name]?.array, list.indices.contains(band - 1) else { return nil }
      return list[band - 1]
    }
    return bands + [asset]
  }

  private static func classes(_ node: JSONValue?) -> QualityField? {
    let states = states(node, largest: QualityField.whole)
    return states.isEmpty ? nil : QualityField(names: [], mask: .max, states: states, isClasses: true)
  }

  private static func bitfield(_ node: JSONValue) -> QualityField? {
    let own = node[Self.maskKey]?.string.flatMap { UInt64($0.dropFirst(2), radix: 16) }
    guard let mask = own ?? Self.mask(node), mask != 0 else { return nil }
    var states = states(node["classes"], largest: mask >> UInt64(mask.trailingZeroBitCount))
    var names = [node["name"]?.string].compactMap { $0 }
    if own != nil, states.isEmpty {
      // Bits that need not lie side by side: set where any of them is.
      states = [.init(names: ["false"], values: [0]), .init(names: ["true"], values: nil)]
    } else if mask.nonzeroBitCount == 1 {
      // A single bit is a flag that is set or not, whatever its classes are called.
      let set = states.first { $0.values == [1] }?.names ?? []
      let unset = states.first { $0.values == [0] }?.names ?? []
      states = [
        .init(names: ["false"] + unset, values: [0]), .init(names: ["true"] + set, values: [1]),
      ]
      names += set
    }
    if names.isEmpty { names += [node["description"]?.string].compactMap { $0 } }
    guard !names.isEmpty, !states.isEmpty else { return nil }
    let simplified = names.map(QualityLayer.simplified)
    return QualityField(
      names: simplified.enumerated().filter { !simplified[..<$0.offset].contains($0.element) }.map(\.element),
      mask: mask, states: states, isClasses: false)
  }

  /// The bits of a field as the extension has them; nil beyond 32.
  private static func mask(_ node: JSONValue) -> UInt64? {
    guard let offset = node["offset"]?.integer, let length = node["length"]?.integer, offset >= 0,
      length >= 1, offset + length <= 32
    else { return nil }
    return (UInt64.max >> UInt64(64 - length)) << UInt64(offset)
  }

  /// Classes with a name and a number; of one name with several numbers, one state.
  private static func states(_ node: JSONValue?, largest: UInt64) -> [QualityField.State] {
    var states: [QualityField.State] = []
    for entry in node?.array ?? [] {
      guard let value = entry["value"]?.integer.flatMap({ UInt64(exactly: $0) }), value <= largest,
        let name = entry["name"]?.string ?? entry["title"]?.string ?? entry["description"]?.string,
        !name.isEmpty
      else { continue }
      let known = QualityLayer.simplified(name)
      if let place = states.firstIndex(where: { $0.names[0] == known }) {
        states[place] = .init(names: states[place].names, values: (states[place].values ?? []).union([value]))
        continue
      }
      let isFill = entry["nodata"]?.bool == true && known != "fill"
      states.append(.init(names: [known] + (isFill ? ["fill"] : []), values: [value]))
    }
    return states
  }
}

extension QualityLayer {
  /// The layer that a scene's item describes; nil when it names no bits and classes.
  ///
  /// - Parameters:
  ///   - band: the name in the config.
  ///   - asset: the item's asset.
  ///   - number: the band's place in it, from 1.
  public init?(band: String, classifiedBy asset: JSONValue, number: Int) {
    let fields = ClassificationReader(asset: asset, band: number).fields()
    guard !fields.isEmpty else { return nil }
    self.init(name: "\"\(band)\"", bandNames: [band], nodata: nil, reference: nil, fields: fields)
  }
}
