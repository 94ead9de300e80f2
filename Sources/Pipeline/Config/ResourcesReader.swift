import Engine
import JSON

/// Reads `resources`, the pipeline's and the modules'.
struct ResourcesReader {
  let mistakes: Mistakes

  /// The resources with what the config says put over `inherited`.
  func read(_ node: JSONNode?, path: JSONPath, over inherited: Resources) -> Resources {
    guard let node else { return inherited }
    let object = CheckedObject(node, path: path, keys: ConfigKeys.resources, mistakes: mistakes)
    var resources = inherited
    if let threads = object["threads"]?.integer { resources.threads = threads }
    if let connections = object["connections"]?.integer { resources.connections = connections }
    if let node = object["memory"], let memory = readMemory(node, path: object.path(of: "memory")) {
      resources.memory = memory
    }
    if let node = object["chunk"], let chunk = readChunk(node, path: object.path(of: "chunk")) {
      resources.chunk = chunk
    }
    return resources
  }

  /// - Parameter least: the fewest bytes that will do.
  func readMemory(_ node: JSONNode, path: JSONPath, least: Int = Resources.leastMemory) -> Int? {
    guard let bytes = node.integer ?? node.string.flatMap({ MemorySize.bytes($0) }) else {
      mistakes.report(
        "expected an amount of memory, found \"\(node.string ?? node.found)\"", at: node.position, path,
        suggestion: "write \"512MiB\", \"1GB\" or a number of bytes")
      return nil
    }
    guard bytes >= least else {
      let minimum = "the minimum is \(MemorySize.text(least).filter { $0 != " " })"
      mistakes.report(
        "\(node.string ?? "\(node.numberText) bytes") is too little memory", at: node.position, path,
        suggestion: node.string == nil && bytes >= least >> 20
          ? "did you mean \"\(bytes)MiB\"? (\(minimum))" : minimum)
      return nil
    }
    return bytes
  }

  private func readChunk(_ node: JSONNode, path: JSONPath) -> ChunkSize? {
    if let side = node.integer { return .size(width: side, height: side) }
    guard let sides = node.array else { return .auto }
    guard sides.count == 2, let rows = sides[0].integer, let columns = sides[1].integer else {
      mistakes.report("expected [rows, columns], found \(sides.count) numbers", at: node.position, path)
      return nil
    }
    return .size(width: columns, height: rows)
  }
}
