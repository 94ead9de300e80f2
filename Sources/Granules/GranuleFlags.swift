internal import JSON
internal import NetCDF

/// The flags of a variable, as CF names them (`flag_meanings` with `flag_masks`, `flag_values` or both), in the form of
/// STAC's classification extension.
struct GranuleFlags {
  let variable: GroupedVariable

  /// What is wrong with the variable's flags; nil where they can be used, or there are none.
  var fault: String? {
    let names = (variable.attribute("flag_meanings")?.text ?? "").split(whereSeparator: \.isWhitespace)
    guard !names.isEmpty else { return nil }
    for name in ["flag_masks", "flag_values"] {
      guard let numbers = variable.attribute(name)?.numbers, numbers.count != names.count else { continue }
      return
        "\(name) has \(numbers.count) numbers and flag_meanings \(names.count) names: none of them can be used"
    }
    let isThere = ["flag_masks", "flag_values"].contains { variable.attribute($0) != nil }
    return isThere ? nil : "it has flag_meanings, and neither flag_masks nor flag_values"
  }

  /// The members for a STAC asset; nil for a variable without flags.
  func classification() -> JSONObject? {
    let names = (variable.attribute("flag_meanings")?.text ?? "").split(whereSeparator: \.isWhitespace)
      .map(String.init)
    guard !names.isEmpty else { return nil }
    guard fault == nil else { return nil }
    let bits = UInt64(variable.type.size * 8)
    func patterns(_ name: String) -> [UInt64]? {
      guard let numbers = variable.attribute(name)?.numbers, numbers.count == names.count else { return nil }
      let patterns = numbers.compactMap { number -> UInt64? in
        guard let whole = Int64(exactly: number) else { return UInt64(exactly: number) }
        // Masks are compared without a sign, in the width of the variable.
        return UInt64(bitPattern: whole) & (bits >= 64 ? .max : (1 << bits) - 1)
      }
      return patterns.count == names.count ? patterns : nil
    }
    let masks = patterns("flag_masks")
    let values = patterns("flag_values")
    // A name that stands twice ("SPARE") names nothing.
    let isSingle = names.map { name in names.filter { $0.lowercased() == name.lowercased() }.count == 1 }
    // Masks from 0 on, counted up, are numbers of classes.
    if let masks, values == nil, !masks.contains(0) {
      let fields = names.indices.filter { isSingle[$0] }.compactMap { Self.field(names[$0], mask: masks[$0]) }
      return fields.isEmpty ? nil : JSONObject([(key: "classification:bitfields", value: .array(fields))])
    }
    if let masks, let values {
      return Self.compared(names: names, masks: masks, values: values, isSingle: isSingle)
    }
    guard let classes = values ?? masks else { return nil }
    if classes.contains(where: { $0 > UInt64(UInt32.max) }) {
      // Rasters' classes have 32 bits: these are states of all bits.
      return Self.compared(
        names: names, masks: names.map { _ in bits >= 64 ? .max : (1 << bits) - 1 }, values: classes,
        isSingle: isSingle)
    }
    let states = names.indices.filter { isSingle[$0] }.map { index -> JSONValue in
      ["value": .integer(Int(truncatingIfNeeded: classes[index])), "name": .string(names[index])]
    }
    return JSONObject([(key: "classification:classes", value: .array(states))])
  }

  /// A flag that is set where any bit of its mask is.
  private static func field(_ name: String, mask: UInt64) -> JSONValue? {
    guard mask != 0 else { return nil }
    let offset = mask.trailingZeroBitCount
    var field: JSONValue = [
      "name": .string(name), "offset": .integer(offset),
      "length": .integer(64 - mask.leadingZeroBitCount - offset),
    ]
    // The extension has no word for several bits that mean one thing, nor for those between them that do not; and what
    // rasters hold has 32 bits at most. Whoever adds the bits' states says what each of these means.
    if mask.nonzeroBitCount > 1 || mask > UInt64(UInt32.max) {
      field["apus:mask"] = .string("0x" + String(mask, radix: 16))
    }
    return field
  }

  /// Fields whose bits are compared with values.
  private static func compared(
    names: [String], masks: [UInt64], values: [UInt64], isSingle: [Bool]
  ) -> JSONObject? {
    var fields: [JSONValue] = []
    var seen: [UInt64] = []
    for mask in masks where mask != 0 && !seen.contains(mask) {
      seen.append(mask)
      let offset = mask.trailingZeroBitCount
      let own = names.indices.filter { masks[$0] == mask && isSingle[$0] }
      // The name of a bit that is set is the flag's.
      let set = mask.nonzeroBitCount == 1 ? own.first { values[$0] == mask } : nil
      let states = own.map { index -> JSONValue in
        [
          "value": .integer(Int(truncatingIfNeeded: values[index] >> UInt64(offset))),
          "name": .string(names[index]),
        ]
      }
      guard !own.isEmpty, var field = field(set.map { names[$0] } ?? "bits_\(offset)", mask: mask) else {
        continue
      }
      if set == nil || own.count > 1 { field["classes"] = .array(states) }
      fields.append(field)
    }
    return fields.isEmpty ? nil : JSONObject([(key: "classification:bitfields", value: .array(fields))])
  }
}
