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
    if try groups().isEmpty { try ChunkStore.removeOwn(directory) } else { try consolidate(plan) }
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
    try consolidate(plan)
    var metadata: JSONObject = [:]
    try addGroup(plan.name, arrays(plan), under: "", to: &metadata)
    try writeConsolidated(metadata, "\(directory)/\(plan.name)")
  }

  /// Whether documents and coordinates of a finished group are there and as they were written.
  ///
  /// - Parameters:
  ///   - plan: of the sequence.
  ///   - coordinates: what its coordinates say of themselves.
  /// - Throws: `StorageError` where coordinates to compare with cannot be written.
  public func isWhole(_ plan: SequencePlan, coordinates: StoreCoordinates) throws(StorageError) -> Bool {
    let group = plan.name
    let all = document(".zmetadata")?["metadata"]
    guard let metadata = document("\(group)/.zmetadata")?["metadata"]?.members, document(".zgroup") != nil
    else { return false }
    for entry in metadata {
      let name = "\(group)/\(entry.key)"
      let value = entry.node.plain
      guard document(name)?.plain == value, all?[name]?.plain == value else { return false }
    }
    let fresh = try LocalFiles.makeTemporaryDirectory()
    defer { _ = try? LocalFiles.removeTree(fresh) }
    try ZarrMetadata.writeCoordinates(plan, coordinates, in: fresh, store: self)
    for array in try LocalFiles.list(fresh) {
      for file in try LocalFiles.list("\(fresh)/\(array)") {
        let path = "\(directory)/\(group)/\(array)/\(file)"
        guard LocalFiles.exists(path),
          try LocalFiles.readAll(path) == LocalFiles.readAll("\(fresh)/\(array)/\(file)")
        else { return false }
      }
    }
    return true
  }

  /// Writes `.zmetadata`, all metadata in one document, from which Zarr readers open a store at once.
  ///
  /// - Parameter plan: of the sequence whose arrays have changed; of others that are finished the arrays stay that they
  ///   had then.
  func consolidate(_ plan: SequencePlan) throws(StorageError) {
    var metadata: JSONObject = [:]
    try add(".zgroup", as: ".zgroup", to: &metadata)
    for group in try groups() {
      let arrays = try group == plan.name ? arrays(plan) : finishedArrays(group)
      try addGroup(group, arrays, under: group + "/", to: &metadata)
    }
    try writeConsolidated(metadata, directory)
  }

  /// The arrays in a sequence's group that are coordinates or its products. Results that it no longer has stay where they
  /// are, but nobody who opens the store is to take them for its own; coordinates of theirs do no harm.
  private func arrays(_ plan: SequencePlan) throws(StorageError) -> [String] {
    let products = Set(plan.products.map(\.arrayName))
    return try allArrays(plan.name).filter { array in
      products.contains(array) || document("\(plan.name)/\(array)/.zattrs")?["grid_mapping"] == nil
    }
  }

  /// The arrays that a sequence had when it was finished; all in its group where it is not.
  private func finishedArrays(_ group: String) throws(StorageError) -> [String] {
    let all = try allArrays(group)
    guard let metadata = document("\(group)/.zmetadata")?["metadata"] else { return all }
    return all.filter { metadata["\($0)/.zarray"] != nil }
  }

  private func allArrays(_ group: String) throws(StorageError) -> [String] {
    try LocalFiles.list("\(directory)/\(group)").filter { !$0.hasPrefix(".") }
  }

  private func writeConsolidated(_ metadata: JSONObject, _ folder: String) throws(StorageError) {
    let document: JSONValue = ["zarr_consolidated_format": 1, "metadata": .object(metadata)]
    try write(document, folder + "/.zmetadata")
  }

  /// The documents of a group, with keys that begin with `prefix`.
  private func addGroup(
    _ group: String, _ arrays: [String], under prefix: String, to metadata: inout JSONObject
  ) throws(StorageError) {
    for name in [".zgroup", ".zattrs"] { try add("\(group)/\(name)", as: prefix + name, to: &metadata) }
    for array in arrays {
      for name in [".zarray", ".zattrs"] {
        try add("\(group)/\(array)/\(name)", as: "\(prefix)\(array)/\(name)", to: &metadata)
      }
    }
  }

  private func add(_ file: String, as key: String, to metadata: inout JSONObject) throws(StorageError) {
    metadata[key] = document(file)?.plain
  }

  /// A document of the store; nil where there is none, and for one that another run left half-written.
  private func document(_ file: String) -> JSONNode? {
    let path = "\(directory)/\(file)"
    return LocalFiles.exists(path) ? try? JSONParser.parse(LocalFiles.readAll(path)) : nil
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
