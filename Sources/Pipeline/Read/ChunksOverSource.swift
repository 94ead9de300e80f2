internal import Engine
internal import GDAL
internal import Geo
internal import Raster

/// Which pixels of resampled rasters the chunks of the grid look at. One a worker.
///
/// A block of a file lies under several chunks, however these are cut: it is unpacked for one and kept for the others.
final class ChunksOverSource {
  private struct Key: Hashable {
    let mapping: ObjectIdentifier
    let resampling: Resampling
    let scaleX: Double
    let scaleY: Double
    let reach: Int
    let layout: ChunkLayout
  }

  /// What chunks look at, as far as it was asked for; nil where a raster has nothing for one.
  private struct Entry {
    /// Held, so that no other takes its place in memory.
    let mapping: SourceMapping
    var windows: [Int: PixelWindow?] = [:]
  }

  private var entries: [Key: Entry] = [:]
  /// Rasters of one place share a mapping; beyond so many the windows are found again.
  private static let mostEntries = 64

  /// The other chunks that look at a part of a raster, with what they look at.
  ///
  /// They are looked for in rings around the chunk, as long as a ring has any.
  func others(
    lookingAt part: PixelWindow, around chunk: ChunkWindow, _ mapping: SourceMapping,
    _ options: RasterWarper.Options
  ) -> [BandRead.Looking] {
    let key = Key(
      mapping: ObjectIdentifier(mapping), resampling: options.resampling, scaleX: options.scaleX,
      scaleY: options.scaleY, reach: chunk.reach, layout: chunk.layout)
    if entries[key] == nil, entries.count >= Self.mostEntries { entries = [:] }
    var entry = entries[key] ?? Entry(mapping: mapping)
    defer { entries[key] = entry }
    let layout = chunk.layout
    let center = layout.index(chunk.chunk)
    var found: [BandRead.Looking] = []
    for distance in 1...max(layout.rows, layout.columns) {
      let before = found.count
      for row in (center.row - distance)...(center.row + distance) where (0..<layout.rows).contains(row) {
        let isEdge = abs(row - center.row) == distance
        for column in stride(
          from: center.column - distance, through: center.column + distance, by: isEdge ? 1 : 2 * distance)
        where (0..<layout.columns).contains(column) {
          let number = layout.number(ChunkIndex(row: row, column: column))
          let window =
            entry.windows[number] ?? mapping.sourceWindow(for: chunk.of(number).window, options: options)
          entry.windows[number] = window
          if let window, window.intersection(part) != nil { found.append((number, window)) }
        }
      }
      if found.count == before { break }
    }
    return found
  }
}
