internal import JSON
public import Storage

extension ChunkStore {
  /// Takes the arrays of a sequence without any chunk out of the store, and the sequence and the store when nothing
  /// is left of them: once products are published, an empty array would read as if all of it were missing.
  public func removeEmptyArrays(_ plan: SequencePlan) throws(StorageError) {
    var isInUse = false
    for product in plan.program.products {
      let array = arrayDirectory(plan, product)
      guard LocalFiles.isDirectory(array) else { continue }
      if try holdsChunks(array) {
        isInUse = true
      } else {
        try LocalFiles.removeTree(array)
      }
    }
    if !isInUse { try LocalFiles.removeTree("\(directory)/\(plan.name)") }
    if try groups().isEmpty { try LocalFiles.removeTree(directory) } else { try consolidate() }
  }

  /// Writes `.zmetadata`, all metadata in one document, from which Zarr readers open a store at once.
  func consolidate() throws(StorageError) {
    var metadata: JSONObject = [:]
    try add(".zgroup", to: &metadata)
    for group in try groups() {
      try add("\(group)/.zgroup", to: &metadata)
      for array in try LocalFiles.list("\(directory)/\(group)") where !array.hasPrefix(".") {
        try add("\(group)/\(array)/.zarray", to: &metadata)
        try add("\(group)/\(array)/.zattrs", to: &metadata)
      }
    }
    let document: JSONValue = ["zarr_consolidated_format": 1, "metadata": .object(metadata)]
    try write(document, directory + "/.zmetadata")
  }

  private func add(_ key: String, to metadata: inout JSONObject) throws(StorageError) {
    let path = "\(directory)/\(key)"
    // What another run left there half-written is not ours to judge: it is left out.
    guard LocalFiles.exists(path), let node = try? JSONParser.parse(LocalFiles.readAll(path)) else { return }
    metadata[key] = node.plain
  }

  /// The sequences that have arrays here.
  private func groups() throws(StorageError) -> [String] {
    guard LocalFiles.isDirectory(directory) else { return [] }
    return try LocalFiles.list(directory).filter { LocalFiles.exists("\(directory)/\($0)/.zgroup") }
  }

  /// Whether a chunk is below `array/LAYER/ROW`.
  private func holdsChunks(_ array: String) throws(StorageError) -> Bool {
    for layer in try LocalFiles.list(array) where LocalFiles.isDirectory("\(array)/\(layer)") {
      for row in try LocalFiles.list("\(array)/\(layer)") {
        if try !LocalFiles.list("\(array)/\(layer)/\(row)").isEmpty { return true }
      }
    }
    return false
  }
}
