public import Geo

/// What a chunk looks at of the grid: itself, and as far around it as neighbourhoods reach.
public struct ChunkWindow: Sendable {
  public let layout: ChunkLayout
  /// The chunk's number.
  public let chunk: Int
  /// How far it looks beyond itself.
  public let reach: Int
  /// The pixels, as far as the grid has them.
  public let window: PixelWindow

  public init(_ chunk: Int, of layout: ChunkLayout, reach: Int) {
    (self.layout, self.chunk, self.reach) = (layout, chunk, reach)
    let own = layout.window(layout.index(chunk))
    window = own.grown(by: reach).intersection(layout.whole) ?? own
  }

  /// The pixels of the chunk itself.
  public var own: PixelWindow { layout.window(layout.index(chunk)) }

  /// What another chunk looks at, as far around it as this one.
  public func of(_ chunk: Int) -> ChunkWindow { ChunkWindow(chunk, of: layout, reach: reach) }

  public func grown(by margin: Int) -> ChunkWindow { ChunkWindow(chunk, of: layout, reach: reach + margin) }

  /// The numbers of the other chunks that look, as far as this one, at a part of the grid; most often there are none.
  public func others(lookingAt part: PixelWindow) -> [Int] {
    let seen = part.grown(by: reach)
    if own.contains(seen) { return [] }
    return seen.intersection(layout.whole).map { layout.chunks(in: $0).filter { $0 != chunk } } ?? []
  }

  /// The rows of a part of the grid, counted from its first, at which other chunks look; none where there are none.
  public func rows(lookedAtByOthersIn part: PixelWindow) -> Range<Int> {
    let seen = others(lookingAt: part).compactMap {
      ChunkWindow($0, of: layout, reach: reach).window.intersection(part)
    }
    guard let first = seen.map(\.row).min(), let end = seen.map(\.endRow).max() else { return 0..<0 }
    return (first - part.row)..<(end - part.row)
  }
}

extension ChunkLayout {
  fileprivate var whole: PixelWindow { PixelWindow(column: 0, row: 0, width: gridWidth, height: gridHeight) }
}
