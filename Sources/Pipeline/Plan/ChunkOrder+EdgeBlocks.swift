internal import Engine
internal import Geo

extension ChunkOrder {
  /// The order in which fewer unpacked blocks wait for chunks that look at them, too; row by row where both are alike.
  ///
  /// Files that are resampled or regridded are left out: their blocks do not lie along the grid.
  ///
  /// - Parameter block: how files are cut; nil when unknown.
  init(fittest plan: SequencePlan, block: SourceBlocks?) {
    let layout = plan.layout
    self.init(layout)
    guard let block, layout.rows > 1, layout.columns > 1 else { return }
    // Blocks that lie across the lower edge, and across the right edge, of a chunk.
    var (below, beside) = (0, 0)
    let reach = plan.program.bands.map { $0.isQuality ? plan.program.halo : plan.program.margin }
    for scene in plan.timeSteps.flatMap(\.scenes) {
      for (band, reach) in zip(scene.bands, reach) {
        guard let file = band.file, file.warp == nil, file.swath == nil else { continue }
        func across(_ start: Int, _ size: Int, _ chunk: Int) -> Int {
          ChunkOrder.blocksAcross(edge: chunk - start, reach: reach, size: size)
        }
        below +=
          across(file.placement.row, block.height, layout.chunkHeight)
          * (layout.chunkWidth / block.width + 1)
        beside +=
          across(file.placement.column, block.width, layout.chunkWidth)
          * (layout.chunkHeight / block.height + 1)
      }
    }
    self.init(layout, isByColumns: below + beside * layout.rows < below * layout.columns + beside)
  }

  /// How many blocks, along one axis, two chunks look at that meet at an edge.
  ///
  /// - Parameters:
  ///   - edge: in pixels from the first block's start.
  ///   - reach: how far the chunks look beyond themselves.
  ///   - size: of a block.
  static func blocksAcross(edge: Int, reach: Int, size: Int) -> Int {
    func block(_ pixel: Int) -> Int { (pixel < 0 ? pixel - size + 1 : pixel) / size }
    let count = block(edge + max(reach, 1) - 1) - block(edge - max(reach, 1)) + 1
    // Without a margin both look at a block only where it lies across the edge.
    return reach > 0 ? count : 2 - count
  }
}
