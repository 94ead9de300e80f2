import Catalog
import Engine
import GDAL
import Geo
import JSON
import NetCDF
import Storage

/// Makes the NetCDF files of a sequence from the chunks in the store, moving compressed chunks as they are.
struct ProductPublisher: Sendable {
  let plan: SequencePlan
  let store: ChunkStore
  let state: SequenceState
  let directory: RunDirectory
  let context: Context

  /// What files say about the run that made them.
  struct Context: Sendable {
    let pipeline: String
    /// "apus 1.0.0"
    let software: String
    let version: String
    /// The config as understood, one line of JSON.
    let config: String
    let started: Instant
  }

  /// One file: a layer of a per-date product, or all layers and outputs of a reduction.
  struct File: Sendable {
    /// Below the run directory.
    let path: String
    /// Products by position in the program.
    let products: [Int]
    /// The date, for per-date products.
    let layer: Int?
    /// Cells behind the file that failed, and all of them.
    let failedCells: Int
    let cells: Int

    /// Whether not one cell of it could be read: there is nothing to publish.
    var isLost: Bool { failedCells == cells && cells > 0 }
  }

  /// The files of the sequence, in the order of its products.
  func files() -> [File] {
    let counts = state.countsByDate()
    let failedInAll = counts.map(\.failed).reduce(0, +)
    var files: [File] = []
    for (index, product) in plan.program.products.enumerated() {
      if product.isPerDate {
        files += plan.slices.indices.map { layer in
          File(
            path: path(product: index, layer: layer), products: [index], layer: layer, failedCells: counts[layer].failed, cells: plan.layout.count)
        }
      } else if let reduction = plan.reduction(of: product), reduction.output == 0 {
        files.append(
          File(
            path: path(product: index, layer: 0), products: ProductFiles(plan: plan).group(of: product), layer: nil,
            failedCells: failedInAll, cells: plan.cellCount))
      }
    }
    return files
  }

  /// The place of a product's layer, to ask whether it is published.
  func path(product: Int, layer: Int) -> String {
    ProductFiles(plan: plan).path(of: plan.program.products[product], layer: layer)
  }

  /// Publishes one file, atomically.
  ///
  /// - Throws: `NetCDFError`, `StorageError`, `PublishError` when the store no longer holds a chunk.
  func publish(_ file: File, at now: Instant) async throws {
    let path = "\(directory.path)/\(file.path)"
    try LocalFiles.createDirectory(LocalFiles.parent(of: path))
    let definition = try ProductDefinition(publisher: self, file: file, now: now).dataset().makeDefinition()
    try await NetCDFThread.run {
      let writer = try NetCDFFileWriter(creating: path, definition)
      do {
        for product in file.products {
          try move(product, layer: file.layer, to: writer)
        }
        // Chunks in which every pixel is missing are left out.
        try writer.finish(allowingMissingChunks: true)
      } catch {
        writer.abandon()
        throw error
      }
    }
  }

  @NetCDFThread
  private func move(_ product: Int, layer: Int?, to writer: NetCDFFileWriter) throws {
    let description = plan.program.products[product]
    let layers = layer.map { $0..<($0 + 1) } ?? plan.layerLabels(of: description).indices
    for source in layers {
      for (number, object) in state.objects(product: product, layer: source).enumerated() {
        guard let object else { continue }
        let chunk = plan.layout.index(number)
        guard
          let bytes = store.get(object, plan: plan, product: description, layer: source, chunk: chunk)
        else {
          throw PublishError(
            "\(directory.store): chunk \(chunk) of \"\(description.variable.name)\" is missing or damaged; run the "
              + "same command again: it is computed anew")
        }
        try writer.writeChunk(
          variable: description.variable.name, chunk: [source - layers.lowerBound, chunk.row, chunk.column],
          compressed: bytes)
      }
    }
  }

  /// Removes what an earlier run left of files it was writing when it was killed; the run's lock keeps others out.
  func removeLeftovers(of files: [File]) throws(StorageError) {
    for folder in Set(files.map { LocalFiles.parent(of: "\(directory.path)/\($0.path)") })
    where LocalFiles.isDirectory(folder) {
      for name in try LocalFiles.list(folder) where LocalFiles.isTemporary(name: name) {
        try LocalFiles.remove("\(folder)/\(name)")
      }
    }
  }

  /// Takes a published file's chunks out of the store.
  func removeChunks(of file: File) throws(StorageError) {
    for product in file.products {
      if let layer = file.layer {
        try store.remove(plan, plan.program.products[product], layer: layer)
      } else {
        try store.remove(plan, plan.program.products[product])
      }
    }
  }
}

/// Why a product could not be published.
struct PublishError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}
