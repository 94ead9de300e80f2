internal import JSON
public import Storage

extension ChunkStore {
  /// Takes the arrays of a sequence without any chunk out of the store, and the sequence and the store when nothing
  /// is left of them: once products are published, an empty array would read as if all of it were missing.
  public func removeEmptyArrays(_ plan: SequencePlan) throws(StorageError) {
    var isInUse = false
    for product in plan.products {
      let array = arrayDirectory(plan, product)
      guard LocalFiles.isDirectory(array) else { continue }
      if try holdsChunks(array) {
        isInUse = true
      } else {
        try ChunkStore.removeOwn(array)
      }
    }
    if !isInUse { try ChunkStore.removeOwn("\(directory)/\(plan.name)") }
    if try groups().isEmpty { try ChunkStore.removeOwn(directory) } else { try consolidate() }
  }

  /// Marks a sequence's group as finished: its arrays say what only all values tell, and a `.zmetadata` of its own, with
  /// which it can be opened as a store by itself, is written; the whole store's is brought up to date.
  ///
  /// - Parameters:
  ///   - plan: of the sequence, a whole one.
  ///   - descriptions: of the products, in their order.
  public func finish(_ plan: SequencePlan, _ descriptions: [VariableDescription]) throws(StorageError) {
    for (product, description) in zip(plan.products, descriptions) where product.isPublished {
      let array = arrayDirectory(plan, product)
      let level = deflateLevel(of: product.variable)
      try write(
        ZarrMetadata.array(plan, product, deflateLevel: level, isFinished: true), array + "/.zarray")
      try write(ZarrMetadata.attributes(product, description), array + "/.zattrs")
    }
    try consolidate()
    var metadata: JSONObject = [:]
    try addGroup(plan.name, under: "", to: &metadata)
    try writeConsolidated(metadata, "\(directory)/\(plan.name)")
  }

  /// Writes `.zmetadata`, all metadata in one document, from which Zarr readers open a store at once.
  func consolidate() throws(StorageError) {
    var metadata: JSONObject = [:]
    try add(".zgroup", as: ".zgroup", to: &metadata)
    for group in try groups() { try addGroup(group, under: group + "/", to: &metadata) }
    try writeConsolidated(metadata, directory)
  }

  private func writeConsolidated(_ metadata: JSONObject, _ folder: String) throws(StorageError) {
    let document: JSONValue = ["zarr_consolidated_format": 1, "metadata": .object(metadata)]
    try write(document, folder + "/.zmetadata")
  }

  /// The documents of a group, with keys that begin with `prefix`.
  private func addGroup(
    _ group: String, under prefix: String, to metadata: inout JSONObject
  ) throws(StorageError) {
    for name in [".zgroup", ".zattrs"] { try add("\(group)/\(name)", as: prefix + name, to: &metadata) }
    for array in try LocalFiles.list("\(directory)/\(group)") where !array.hasPrefix(".") {
      for name in [".zarray", ".zattrs"] {
        try add("\(group)/\(array)/\(name)", as: "\(prefix)\(array)/\(name)", to: &metadata)
      }
    }
  }

  private func add(_ file: String, as key: String, to metadata: inout JSONObject) throws(StorageError) {
    let path = "\(directory)/\(file)"
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
      for row in try LocalFiles.list("\(array)/\(layer)")
      where LocalFiles.isDirectory("\(array)/\(layer)/\(row)") {
        if try !LocalFiles.list("\(array)/\(layer)/\(row)").isEmpty { return true }
      }
    }
    return false
  }
}
