internal import Engine
internal import Geo

/// How many blocks of files a few chunks decode that a whole run decodes once for several chunks.
enum RepeatedBlocks {
  /// Blocks that a chunk of a whole run decodes, as the mean of all, for each that chunks far from each other decode.
  ///
  /// Files that are resampled are left out: their blocks do not lie along the grid.
  ///
  /// - Parameters:
  ///   - chunks: that are decoded alone; not empty.
  ///   - plan: of the grid, and the dates that are decoded.
  ///   - block: how files are cut.
  /// - Returns: above 0, at most 1.
  static func share(of chunks: [Int], in plan: SequencePlan, block: SourceBlocks) -> Double {
    let windows = chunks.map { plan.layout.window(plan.layout.index($0)) }
    var (all, alone) = (0, 0)
    for file in plan.timeSteps.flatMap(\.scenes).flatMap({ $0.bands.compactMap(\.file) })
    where file.warp == nil && file.swath == nil {
      all += blocks(of: file.placement, in: plan.grid.window, block)
      alone += windows.reduce(0) { $0 + blocks(of: file.placement, in: $1, block) }
    }
    guard all > 0, alone > 0 else { return 1 }
    return min(1, Double(all) / Double(plan.layout.count) / (Double(alone) / Double(chunks.count)))
  }

  /// The blocks of a file that have pixels in a window.
  ///
  /// - Parameter placement: of the file on the grid.
  static func blocks(of placement: PixelWindow, in window: PixelWindow, _ block: SourceBlocks) -> Int {
    guard let shared = placement.intersection(window) else { return 0 }
    func count(_ start: Int, _ length: Int, _ size: Int) -> Int {
      (start + length - 1) / size - start / size + 1
    }
    return count(shared.column - placement.column, shared.width, block.width)
      * count(shared.row - placement.row, shared.height, block.height)
  }
}
