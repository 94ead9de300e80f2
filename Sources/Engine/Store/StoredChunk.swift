/// A chunk of a product's layer that was stored.
public struct StoredChunk: Hashable, Sendable {
  /// The product, by position in the plan.
  public let product: Int
  /// The layer, by position among the product's.
  public let layer: Int
  /// The number of the chunk in the layout.
  public let chunk: Int
  /// Size and checksum of its bytes.
  public let object: ChunkStore.Object
}
