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

  /// Puts chunks back into the store, as far as a file has them as they were stored.
  ///
  /// - Throws: `StorageError` when the store cannot be written; `CancellationError`.
  func restore(_ chunks: [StoredChunk]) async throws {
    for (place, chunks) in Dictionary(grouping: chunks, by: file) {
      try Task.checkCancellation()
      let path = "\(directory.path)/\(place)"
      guard LocalFiles.exists(path) else { continue }
      let layers = Array(Set(chunks.map(\.layer))).sorted()
      var rest = chunks.sorted { ($0.product, $0.layer, $0.chunk) < ($1.product, $1.layer, $1.chunk) }[...]
      guard let file = try? await NetCDFThread.run({ try StoredChunkReader(path) }) else { continue }
      while !rest.isEmpty {
        try Task.checkCancellation()
        let part = Array(rest.prefix(FinishedChunks.readAtOnce))
        rest = rest.dropFirst(part.count)
        try await NetCDFThread.run {
          for chunk in part {
            if let bytes = bytes(of: chunk, among: layers, in: file) {
              _ = try store.restore(bytes, of: chunk, plan: plan)
            }
          }
        }
      }
    }
  }

  /// After so many chunks others have their turn on the one thread of the libraries.
  private static let readAtOnce = 64

  /// The file that has a chunk.
  private func file(_ chunk: StoredChunk) -> String {
    NetCDFProduct().place(of: chunk.product, layer: chunk.layer, in: plan)
  }

  @NetCDFThread
  private func bytes(of chunk: StoredChunk, among layers: [Int], in file: StoredChunkReader) -> [UInt8]? {
    let product = plan.products[chunk.product]
    let index = plan.layout.index(chunk.chunk)
    var place = [index.row, index.column]
    if product.period.dimension != nil {
      guard let count = file.counts(of: product.variable.name)?.first else { return nil }
      // The file of a date has one. Layers in which nothing is may be left out of the others.
      let isDate = product.isPerDate
      let number =
        isDate
        ? 0 : count == plan.layers(of: product).count ? chunk.layer : layers.firstIndex(of: chunk.layer)
      guard let number, number < count else { return nil }
      place.insert(number, at: 0)
    }
    return file.read(product.variable.name, chunk: place, size: chunk.object.bytes)
  }
}
