import Engine
import Geo
import NetCDF
import Storage

/// Takes chunks that have left the store out of the NetCDF files that they were moved into.
///
/// So a module that reads a finished result, or a format that is added to one, needs no scene. Chunks of files that are
/// gone, that lie elsewhere or are not as they were written are left to be computed again.
struct FinishedChunks: Sendable {
  let plan: SequencePlan
  let store: ChunkStore
  let directory: RunDirectory
  let published: PublishedFiles
  private let damaged = Monitor<Set<String>>([])

  init(plan: SequencePlan, store: ChunkStore, directory: RunDirectory, published: PublishedFiles) {
    (self.plan, self.store, self.directory, self.published) = (plan, store, directory, published)
  }

  /// The files, below the run directory, of which a chunk was not found as it was written since this was asked last.
  func takeDamagedFiles() -> [String] {
    damaged.withLock { damaged in
      defer { damaged = [] }
      return damaged.sorted()
    }
  }

  /// Puts chunks back into the store, as far as a file has them as they were stored.
  ///
  /// - Parameters:
  ///   - chunks: of one product.
  ///   - filled: the layers of the product that have a value somewhere: those that its file has where it leaves some out.
  /// - Throws: `StorageError` when the store cannot be written; `CancellationError`.
  func restore(_ chunks: [StoredChunk], filled: Set<Int>) async throws {
    for (place, chunks) in Dictionary(grouping: chunks, by: file) {
      try Task.checkCancellation()
      guard let place else { continue }
      guard let file = try? await NetCDFThread.run({ try StoredChunkReader("\(directory.path)/\(place)") })
      else {
        damaged.withLock { _ = $0.insert(place) }
        continue
      }
      var rest = chunks.sorted { ($0.layer, $0.chunk) < ($1.layer, $1.chunk) }[...]
      while !rest.isEmpty {
        try Task.checkCancellation()
        let part = Array(rest.prefix(FinishedChunks.readAtOnce))
        rest = rest.dropFirst(part.count)
        try await NetCDFThread.run {
          for chunk in part {
            let bytes = bytes(of: chunk, among: filled, in: file)
            if try bytes.map({ try !store.restore($0, of: chunk, plan: plan) }) ?? true {
              damaged.withLock { _ = $0.insert(place) }
            }
          }
        }
      }
    }
  }

  /// After so many chunks others have their turn on the one thread of the libraries.
  private static let readAtOnce = 64

  /// The file that has a chunk; nil where none is there.
  private func file(_ chunk: StoredChunk) -> String? {
    FinishedChunks.file(of: chunk.product, layer: chunk.layer, in: plan, published)
  }

  /// The NetCDF file, as the config or an earlier one has it, that holds a layer of a product as it is; nil where none is
  /// there.
  static func file(
    of product: Int, layer: Int, in plan: SequencePlan, _ published: PublishedFiles
  ) -> String? {
    NetCDFProduct.places(of: product, layer: layer, in: plan)
      .first { published.isHere($0, with: plan.products[product].key) }
  }

  @NetCDFThread
  private func bytes(of chunk: StoredChunk, among filled: Set<Int>, in file: StoredChunkReader) -> [UInt8]? {
    let product = plan.products[chunk.product]
    let index = plan.layout.index(chunk.chunk)
    var place = [index.row, index.column]
    if product.period.dimension != nil {
      guard let count = file.counts(of: product.variable.name)?.first else { return nil }
      // The file of a date has one. Layers in which nothing is may be left out of the others.
      let number =
        product.isPerDate
        ? 0
        : count == plan.layers(of: product).count
          ? chunk.layer : count == filled.count ? filled.count { $0 < chunk.layer } : count
      guard number < count else { return nil }
      place.insert(number, at: 0)
    }
    return file.read(product.variable.name, chunk: place, size: chunk.object.bytes)
  }
}
