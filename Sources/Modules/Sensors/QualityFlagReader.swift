internal import JSON

/// Reads one flag of a quality layer: a bit, the number of some bits, a stored number, or named states of those.
struct QualityFlagReader {
  struct Mistake: Error {
    let diagnostic: Diagnostic
  }

  let name: String
  let node: JSONNode
  let path: JSONPath

  func field() -> Result<QualityField, Mistake> {
    do throws(Mistake) {
      return .success(try read())
    } catch {
      return .failure(error)
    }
  }

  private func read() throws(Mistake) -> QualityField {
    let given = ["bit", "value", "values", "states"].filter { node[$0] != nil }
    guard given.count == 1, let kind = given.first, !(kind == "bit" && node["bits"] != nil) else {
      throw mistake(
        "a flag takes one of \"bit\", \"value\", \"values\" and \"states\" (the last three with \"bits\", or of the "
          + "whole stored number)", at: node, path)
    }
    let mask = try mask()
    let names = [simplified(name)] + texts("names").map(simplified)
    switch kind {
    case "states": return QualityField(names: names, mask: mask, states: try states(mask), isClasses: isWhole)
    case "bit": return flag(names, mask, values: [1])
    case "value": return flag(names, mask, values: [try number(node["value"], mask, path.appending("value"))])
    default:
      var values: Set<UInt64> = []
      for (place, number) in (node["values"]?.array ?? []).enumerated() {
        values.insert(try self.number(number, mask, path.appending("values").appending(place)))
      }
      return flag(names, mask, values: values)
    }
  }

  private var isWhole: Bool { node["bit"] == nil && node["bits"] == nil }

  private func flag(_ names: [String], _ mask: UInt64, values: Set<UInt64>) -> QualityField {
    QualityField(
      names: names, mask: mask,
      states: [
        .init(names: ["false"] + texts("off"), values: nil),
        .init(names: ["true", names[0]] + texts("on"), values: values),
      ], isClasses: false)
  }

  private func states(_ mask: UInt64) throws(Mistake) -> [QualityField.State] {
    var states: [(value: UInt64, names: [String])] = []
    let path = path.appending("states")
    for member in node["states"]?.members ?? [] {
      let value = try number(member.node, mask, path.appending(member.key))
      if let place = states.firstIndex(where: { $0.value == value }) {
        states[place].names.append(member.key)
      } else {
        states.append((value, [member.key]))
      }
    }
    guard !states.isEmpty else { throw mistake("no state is named", at: node["states"] ?? node, path) }
    return states.map { QualityField.State(names: $0.names, values: [$0.value]) }
  }

  /// The bits a flag looks at.
  private func mask() throws(Mistake) -> UInt64 {
    if let bit = node["bit"]?.integer { return 1 << UInt64(truncatingIfNeeded: bit) }
    guard let list = node["bits"] else { return QualityField.whole }
    let bits = list.array?.compactMap(\.integer) ?? []
    guard let first = bits.first, bits == Array(first..<(first + bits.count)), first + bits.count <= 32 else {
      throw mistake(
        "bits must be neighbours, the lowest first, as in [8, 9]", at: list, path.appending("bits"))
    }
    return bits.reduce(0) { $0 | 1 << UInt64(truncatingIfNeeded: $1) }
  }

  private func number(_ node: JSONNode?, _ mask: UInt64, _ path: JSONPath) throws(Mistake) -> UInt64 {
    let largest = mask >> UInt64(mask.trailingZeroBitCount)
    guard let node, let value = node.integer.flatMap({ UInt64(exactly: $0) }), value <= largest else {
      throw mistake("the flag's bits hold numbers from 0 to \(largest)", at: node ?? self.node, path)
    }
    return value
  }

  private func texts(_ key: String) -> [String] { node[key]?.array?.compactMap(\.string) ?? [] }

  private func simplified(_ name: String) -> String { QualityLayer.simplified(name) }

  private func mistake(_ message: String, at node: JSONNode, _ path: JSONPath) -> Mistake {
    Mistake(diagnostic: Diagnostic(path: path, position: node.position, message: message))
  }
}
