import Engine
import Geo
import NetCDF

/// The stored chunks that make up a NetCDF file, numbered product by product, layer by layer, row by row.
struct StoredChunks: Sendable {
  /// One of them.
  struct Chunk {
    let product: Int
    let layer: Int
    let index: ChunkIndex
    let object: ChunkStore.Object
    /// Where it goes: the variable of the file, and the chunk in that.
    let variable: String
    let place: [Int]
  }

  private let publisher: ProductPublisher
  /// The layers of the file, by product and layer of the sequence, with the layer's place in the file.
  private let layers: [(product: Int, layer: Int, place: Int)]

  init(of file: ProductFile, by publisher: ProductPublisher) {
    self.publisher = publisher
    layers = file.products.flatMap { product in
      publisher.layers(of: product, file.layer).enumerated().map { (product, $0.element, $0.offset) }
    }
  }

  private var plan: SequencePlan { publisher.plan }

  var count: Int { layers.count * plan.layout.count }

  /// A chunk by its number; nil where every pixel is missing.
  subscript(number: Int) -> Chunk? {
    let (product, layer, position) = layers[number / plan.layout.count]
    let chunk = number % plan.layout.count
    guard let object = publisher.state.object(product: product, layer: layer, chunk: chunk) else {
      return nil
    }
    let index = plan.layout.index(chunk)
    let described = plan.products[product]
    // A period of one layer has no dimension for it.
    let leading = described.period.dimension == nil ? [] : [position]
    return Chunk(
      product: product, layer: layer, index: index, object: object, variable: described.variable.name,
      place: leading + [index.row, index.column])
  }

  /// Bytes of the largest chunk as stored.
  var largest: Int { (0..<count).lazy.compactMap { self[$0]?.object.bytes }.max() ?? 0 }

  /// Reads a chunk, compressed as stored, into memory with room for one byte more.
  ///
  /// - Throws: `PublishError` when the store no longer holds it.
  func read(_ chunk: Chunk, into room: UnsafeMutableRawBufferPointer) throws(PublishError) {
    try publisher.read(
      chunk.object, product: chunk.product, layer: chunk.layer, chunk: chunk.index, into: room)
  }
}
