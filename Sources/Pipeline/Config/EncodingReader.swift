import Engine
import JSON

/// Reads a module's `encoding`.
struct EncodingReader {
  let mistakes: Mistakes

  /// The encoding of a module; a plain one where its object has none, or a wrong one, which is reported.
  func read(_ module: CheckedObject) -> VariableEncoding {
    guard let node = module["encoding"] else { return VariableEncoding() }
    let path = module.path(of: "encoding")
    var encoding = VariableEncoding(deflateLevel: node["deflate"]?.integer)
    let numbers = ["scale", "offset"].filter { node[$0] != nil }
    if node["type"]?.string == "int16" {
      if let scale = node["scale"]?.double {
        encoding.packing = VariableEncoding.Packing(scale: scale, offset: node["offset"]?.double ?? 0)
      } else if module.node["encoding"]?["scale"] == nil {
        // One that is there and wrong was reported already.
        mistakes.report(
          "\"int16\" needs a \"scale\": the step between two values",
          at: node["type"]?.position ?? node.position,
          path, suggestion: "for values from -1 to 1 write \"scale\": 0.0001")
      }
    } else if let key = numbers.first {
      mistakes.report(
        "only \"int16\" has a \"\(key)\"", at: node[key]?.position ?? node.position, path.appending(key),
        suggestion: "add \"type\": \"int16\"")
    }
    return encoding
  }

  /// Checks that the integers reach over all values that a module's results can have, as far as that is known.
  func check(_ encoding: VariableEncoding, holds results: [Variable], at node: JSONNode, path: JSONPath) {
    guard let packing = encoding.packing else { return }
    for variable in results {
      guard variable.storage == .float32, let range = variable.validRange,
        packing.pack(range.lowerBound) == nil || packing.pack(range.upperBound) == nil
      else { continue }
      let reach = max(abs(range.lowerBound - packing.offset), abs(range.upperBound - packing.offset))
      mistakes.report(
        "int16 holds values from \(packing.range.lowerBound) to \(packing.range.upperBound) at this scale and offset; "
          + "\"\(variable.name)\" reaches from \(range.lowerBound) to \(range.upperBound)",
        at: node["scale"]?.position ?? node.position, path.appending("scale"),
        suggestion: "with this offset the least scale is \(reach / 32_767)")
    }
  }

  /// An encoding as a config writes it; nil for the plain one.
  static func value(of encoding: VariableEncoding) -> JSONValue? {
    guard encoding != VariableEncoding() else { return nil }
    var value: JSONValue = ["type": encoding.packing == nil ? "float32" : "int16"]
    if let packing = encoding.packing {
      value["scale"] = .number(packing.scale)
      value["offset"] = .number(packing.offset)
    }
    value["deflate"] = encoding.deflateLevel.map { .integer($0) }
    return value.canonical
  }
}
