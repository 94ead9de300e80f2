internal import Engine
internal import Geo

/// Blocks of files that lie across the edges of chunks, or at which chunks look beyond their edges: unpacked for one
/// chunk, they wait for another.
///
/// Files that are resampled or regridded are left out: their blocks do not lie along the grid (`ChunksOverSource`).
struct EdgeBlocks {
  private let layout: ChunkLayout
  /// Blocks at the lower edge of a chunk, of all files together.
  private var below = 0
  /// Blocks at the right edge of a chunk.
  private var beside = 0

  /// - Parameters:
  ///   - layout: the chunks.
  ///   - timeSteps: of which files are read.
  ///   - program: what is done with each date: how far it looks around a pixel.
  ///   - block: how files are cut.
  init(_ layout: ChunkLayout, _ timeSteps: [TimeStep], _ program: Program, _ block: SourceBlocks) {
    self.layout = layout
    let reach = program.bands.map { $0.isQuality ? program.halo : program.margin }
    for scene in timeSteps.lazy.flatMap(\.scenes) {
      for (band, reach) in zip(scene.bands, reach) {
        guard let file = band.file, file.warp == nil, file.swath == nil else { continue }
        func across(_ start: Int, _ size: Int, _ chunk: Int) -> Int {
          EdgeBlocks.across(edge: chunk - start, reach: reach, size: size)
        }
        if layout.rows > 1 {
          below +=
            across(file.placement.row, block.height, layout.chunkHeight)
            * (layout.chunkWidth / block.width + 1)
        }
        if layout.columns > 1 {
          beside +=
            across(file.placement.column, block.width, layout.chunkWidth)
            * (layout.chunkHeight / block.height + 1)
        }
      }
    }
  }

  /// The order of chunks in which fewer blocks wait; row by row where both are alike.
  var order: ChunkOrder {
    ChunkOrder(layout, isByColumns: waiting(byColumns: true) < waiting(byColumns: false))
  }

  /// How many blocks wait at a time.
  var waiting: Int { waiting(byColumns: order.isByColumns) }

  private func waiting(byColumns: Bool) -> Int {
    byColumns ? below + beside * layout.rows : below * layout.columns + beside
  }

  /// How many blocks, along one axis, two chunks look at that meet at an edge.
  ///
  /// - Parameters:
  ///   - edge: in pixels from the first block's start.
  ///   - reach: how far the chunks look beyond themselves.
  ///   - size: of a block.
  static func across(edge: Int, reach: Int, size: Int) -> Int {
    func block(_ pixel: Int) -> Int { (pixel < 0 ? pixel - size + 1 : pixel) / size }
    let count = block(edge + max(reach, 1) - 1) - block(edge - max(reach, 1)) + 1
    // Without a margin both look at a block only where it lies across the edge.
    return reach > 0 ? count : 2 - count
  }
}
