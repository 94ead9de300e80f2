public import Geo

/// The order in which the chunks of a layout are computed: row by row, or column by column.
///
/// Results do not depend on it. What chunks keep in memory for those beside them does: of blocks that lie across the
/// edge of two chunks, those of one column or of one row are kept at a time, or those of all.
public struct ChunkOrder: Hashable, Sendable {
  public let layout: ChunkLayout
  /// Whether each column is computed from its top to its bottom before the next.
  public let isByColumns: Bool

  public init(_ layout: ChunkLayout, isByColumns: Bool = false) {
    (self.layout, self.isByColumns) = (layout, isByColumns)
  }

  /// The place in this order of the chunk with a number, from 0.
  public func place(of chunk: Int) -> Int {
    guard isByColumns else { return chunk }
    let index = layout.index(chunk)
    return index.column * layout.rows + index.row
  }

  /// Some chunks, by their numbers, in this order.
  public func sorted(_ chunks: [Int]) -> [Int] {
    isByColumns ? chunks.sorted { place(of: $0) < place(of: $1) } : chunks
  }
}
