import Catalog
import Engine
import GDAL
import Geo
import JSON
import Storage

/// Makes the files of a sequence from the chunks in the store.
struct ProductPublisher: Sendable {
  let plan: SequencePlan
  let store: ChunkStore
  let state: SequenceState
  let directory: RunDirectory
  let context: Context
  let formats: [OutputFormat]

  /// What files say about the run that made them.
  struct Context: Sendable {
    let pipeline: String
    /// "apus 1.0.0"
    let software: String
    let version: String
    /// The resolved config, one line of JSON.
    let config: String
    let started: Instant
  }

  /// How many files are published side by side: while one waits for the disk, others are read and written. Each holds a
  /// few compressed chunks in memory, when that of the workers is free again. Not where GDAL makes files of their
  /// pixels: that takes memory.
  var filesAtOnce: Int { formats.contains(.cog) ? 1 : 6 }

  /// Whether a file is one of many that are published side by side.
  func hasOthersBeside(_ file: ProductFile) -> Bool {
    filesAtOnce > 1 && file.layer != nil && plan.timeSteps.count > 1
  }

  private var names: ProductFiles { ProductFiles(plan: plan, formats: formats) }

  /// What leaves the store together, with its files and what failed behind each.
  func units() -> [ProductUnit] {
    var failed: [[Int]: [Int]] = [:]
    return names.units().map { unit in
      var unit = unit
      unit.files = unit.files.map { counted($0, &failed) }
      return unit
    }
  }

  /// The files that stand for the sequence as a whole.
  func wholes() -> [ProductFile] {
    var failed: [[Int]: [Int]] = [:]
    return names.wholes().map { counted($0, &failed) }
  }

  /// - Parameter failed: by products, the cells of each date that failed, as far as they were counted.
  private func counted(_ file: ProductFile, _ failed: inout [[Int]: [Int]]) -> ProductFile {
    var file = file
    let cells = failed[file.products] ?? state.failedByDate(products: file.products)
    failed[file.products] = cells
    let dates = file.products.first.map { self.dates(of: $0, layer: file.layer) } ?? []
    file.failedCells = dates.map { cells[$0] }.reduce(0, +)
    file.cells = dates.count * plan.layout.count
    if let product = file.products.first, let layer = file.layer {
      file.isLeftOut = layers(of: product, layer).isEmpty
    }
    return file
  }

  /// Where a reader finds a layer of a product, format by format, but for files that are lost.
  func places(product: Int, layer: Int, lost: Set<String>) -> [String] {
    names.makers.filter { maker in !maker.files(of: plan).contains { lost.contains($0.path) } }
      .map { $0.place(of: product, layer: layer, in: plan) }
      .filter { !lost.contains($0) }
  }

  /// The dates that go into a layer of a product; into all of them when there is no layer.
  func dates(of product: Int, layer: Int?) -> [Int] {
    guard let layer else { return Array(plan.timeSteps.indices) }
    return plan.layers(of: plan.products[product])[layer].dates
  }

  /// The layers that a file with this one, or with all, has of a product.
  func layers(of product: Int, _ layer: Int?) -> [Int] {
    guard let layer else { return KeptLayers(plan: plan, state: state).of(product) }
    let hasAll = plan.neededInLayers(of: plan.products[product]).isEmpty
    return hasAll || KeptLayers(plan: plan, state: state).of(product).contains(layer) ? [layer] : []
  }

  /// How many values of a layer its integers cannot hold; nil when it is not packed.
  func outOfRange(product: Int, layer: Int) -> Int? {
    guard case .int16 = plan.products[product].variable.storage else { return nil }
    return state.outOfRange(product: product, layer: layer)
  }

  /// What a product's variable is, in a file with this layer or with all.
  func description(of product: Int, layer: Int?) -> VariableDescription {
    let layers = layers(of: product, layer)
    return plan.description(of: plan.products[product]).holding(
      layers.map { state.statistics(product: product, layer: $0) },
      outOfRange: layers.compactMap { outOfRange(product: product, layer: $0) }.reduce(0, +),
      thresholds: layers.map { state.layerNumber(product: product, layer: $0) })
  }

  func absolute(_ file: ProductFile) -> String { "\(directory.path)/\(file.path)" }

  /// Publishes one file, atomically.
  ///
  /// - Returns: what the file is then.
  /// - Throws: what its format throws.
  func publish(_ file: ProductFile, at now: Instant) async throws -> FileFingerprint {
    let path = absolute(file)
    try LocalFiles.createDirectory(LocalFiles.parent(of: path))
    if let found = try await file.format.maker.publish(file, by: self, at: now) { return found }
    return try await BlockingWork.value { try LocalFiles.fingerprint(path) }
  }

  /// Calls `body` with each chunk of a layer, compressed as stored; with nil where every pixel is missing.
  ///
  /// - Throws: `PublishError` when the store no longer holds a chunk; what `body` throws.
  func forEachChunk(of product: Int, layer: Int, _ body: (ChunkIndex, [UInt8]?) throws -> Void) throws {
    for (number, object) in state.objects(product: product, layer: layer).enumerated() {
      let chunk = plan.layout.index(number)
      try body(chunk, try object.map { try bytes(of: $0, product: product, layer: layer, chunk: chunk) })
    }
  }

  /// A chunk of a layer, compressed as stored; nil where every pixel is missing.
  ///
  /// - Throws: `PublishError` when the store no longer holds it.
  func stored(_ product: Product, layer: Int, chunk: ChunkIndex) throws(PublishError) -> [UInt8]? {
    guard let object = state.object(product: product.index, layer: layer, chunk: plan.layout.number(chunk))
    else { return nil }
    return try bytes(of: object, product: product.index, layer: layer, chunk: chunk)
  }

  /// A chunk, compressed as stored.
  ///
  /// - Throws: `PublishError` when the store no longer holds it.
  private func bytes(
    of object: ChunkStore.Object, product: Int, layer: Int, chunk: ChunkIndex
  ) throws(PublishError) -> [UInt8] {
    let described = plan.products[product]
    if let bytes = store.get(object, plan: plan, product: described, layer: layer, chunk: chunk) {
      return bytes
    }
    throw missing(chunk, of: described)
  }

  /// Reads a chunk, compressed as stored, into memory with room for one byte more.
  ///
  /// - Throws: `PublishError` when the store no longer holds it.
  func read(
    _ object: ChunkStore.Object, product: Int, layer: Int, chunk: ChunkIndex,
    into room: UnsafeMutableRawBufferPointer
  ) throws(PublishError) {
    let described = plan.products[product]
    guard store.get(object, plan: plan, product: described, layer: layer, chunk: chunk, into: room) else {
      throw missing(chunk, of: described)
    }
  }

  private func missing(_ chunk: ChunkIndex, of product: Product) -> PublishError {
    PublishError(
      "\(directory.store): chunk \(chunk) of \"\(product.variable.name)\" is missing or damaged; run the same "
        + "command again: it is computed anew")
  }

  /// Removes what an earlier run left of files it was writing when it was killed; the run's lock keeps others out.
  func removeLeftovers(of files: [ProductFile]) throws(StorageError) {
    for folder in Set(files.map { LocalFiles.parent(of: absolute($0)) }) {
      try WrittenFiles.removeLeftovers(in: folder)
    }
  }

  /// Takes a published unit's chunks out of the store.
  func removeChunks(of unit: ProductUnit) async throws {
    if let layer = unit.layer {
      for product in unit.products { try store.remove(plan, plan.products[product], layer: layer) }
      return
    }
    // To give thousands of files back to the system takes its time.
    let parts = unit.products.flatMap { product in
      plan.layerLabels(of: plan.products[product]).indices.map { (product, $0) }
    }
    try await BlockingWork.forEach(parts, workers: min(plan.memory.workers, parts.count)) { product, layer in
      try store.remove(plan, plan.products[product], layer: layer)
    }
    for product in unit.products { try store.remove(plan, plan.products[product]) }
  }
}

/// Why a product could not be published.
struct PublishError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}
