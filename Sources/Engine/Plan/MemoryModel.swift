internal import Geo

/// What a sequence needs in memory, in bytes, as a function of its chunk.
public struct MemoryModel: Hashable, Sendable {
  /// Code, libraries, the run's own records: whatever the chunk.
  public let base: Int
  /// For each worker.
  public let perWorker: Int
  /// For each chunk that is being folded over time.
  public let perOpenChunk: Int
  /// For each cell whose result waits for its turn.
  public let perResult: Int
  /// Of one chunk.
  public let chunkPixels: Int
  public let workers: Int
  /// Requests to servers that may be on their way at once; 0 when everything is local.
  public let connections: Int
  /// What the reading libraries hold on to.
  public let readerBytes: Int
  /// Whether any raster is resampled.
  public let isWarped: Bool
  public let tables: TableNeeds
  /// Source pixels that are resampled in one piece: larger windows are taken in several.
  public let warpSourcePixels: Int
  /// Bytes of an unpacked block of a source file that fit into what is planned: files with larger ones are not read.
  public var largestBlock = MemoryModel.usualBlock
  /// Bytes of unpacked blocks that are kept because further chunks look at them.
  public var sharedBlocks = 0
  /// What a layer of a product takes: a histogram, numbers, names.
  public static let layerBytes = 20 << 10
  /// Blocks of so many bytes fit everywhere.
  public static let usualBlock = 4 << 20

  /// Results that may wait or be in work at once.
  public var results: Int { workers * 2 }
  /// Chunks that may be open at once: the results in work belong to so many of them at most.
  public private(set) var openChunks: Int
  /// The peak the plan expects.
  public var peak: Int {
    base + sharedBlocks + workers * perWorker + openChunks * perOpenChunk + results * perResult
  }

  /// The same with a chunk open for each worker, or for as many as a limit has room for: the sums of a chunk that
  /// one worker has for itself stay in its core's cache.
  public func opening(within limit: Int) -> MemoryModel {
    var model = self
    while model.openChunks < workers, model.peak + perOpenChunk <= limit { model.openChunks += 1 }
    return model
  }

  /// Sums up what stages need for chunks of a size: each as much as the one that needs most.
  ///
  /// - Parameters:
  ///   - stages: with their programs and layers.
  ///   - products: of all stages.
  ///   - chunkWidth: columns of a chunk, in pixels.
  ///   - chunkHeight: rows of a chunk, in pixels.
  ///   - chunks: how many chunks the grid has.
  ///   - workers: threads that compute, each with a cell of its own; 1 or more.
  ///   - connections: requests to servers that may be on their way at once; 0 when everything is local.
  ///   - readerBytes: what the reading libraries hold on to, in all (block caches, open files).
  ///   - isWarped: whether any raster is resampled.
  ///   - tables: what the tables of the sequence need.
  public init(
    stages: [StagePlan], products: [Product], chunkWidth: Int, chunkHeight: Int, chunks: Int, workers: Int,
    connections: Int = 0, readerBytes: Int, isWarped: Bool = false, tables: TableNeeds = TableNeeds()
  ) {
    let pixels = chunkWidth * chunkHeight
    chunkPixels = pixels
    self.workers = workers
    self.connections = connections
    self.readerBytes = readerBytes
    self.isWarped = isWarped
    self.tables = tables
    let dates = stages[0].steps.count
    openChunks = min(workers * 2, 1 + (workers * 2 + max(dates, 1) - 1) / max(dates, 1))
    let layers = products.map { stages[$0.stage].layerCount(of: $0) }.reduce(0, +)
    // One histogram a layer, one entry of eight bytes for each stored chunk.
    // A connection has a thread, buffers and the state of its encryption.
    base =
      80 << 20 + tables.rows + readerBytes + connections * (256 << 10) + layers * MemoryModel.layerBytes
      + layers * chunks
      * 8 + dates
      * chunks
    // Twice the chunk holds what a rotated raster of the same resolution needs.
    warpSourcePixels = max(2 * pixels, 1 << 19)
    // Source samples as read, widened and in GDAL's own copy with its masks; the result beside it; positions.
    let warping = isWarped ? warpSourcePixels * 10 + pixels * 5 + (8 << 20) : 0
    let needs = stages.map {
      Needs(
        $0, products: products, chunkWidth: chunkWidth, chunkHeight: chunkHeight, chunks: chunks,
        isRemote: connections > 0)
    }
    let rows = min(tables.pixelsWithCells, pixels) * tables.bytesPerPixelWithCells
    // Tables that are read from the store come when all cells are there.
    perWorker = max(
      warping + rows + (needs.map(\.perWorker).max() ?? 0),
      tables.perWorker + tables.inputs * pixels * 4 * (1 + LayerReader.mostKept))
    perOpenChunk = needs.map(\.perOpenChunk).max() ?? 0
    perResult = needs.map(\.perResult).max() ?? 0
  }

  /// What one stage needs.
  private struct Needs {
    let perWorker: Int
    let perOpenChunk: Int
    let perResult: Int

    init(
      _ stage: StagePlan, products: [Product], chunkWidth: Int, chunkHeight: Int, chunks: Int, isRemote: Bool
    ) {
      let program = stage.program
      let pixels = chunkWidth * chunkHeight
      // No window is larger than the grid, which the chunks make up.
      func grown(_ margin: Int) -> Int {
        min((chunkWidth + 2 * margin) * (chunkHeight + 2 * margin), chunks * pixels)
      }
      let haloPixels = grown(program.halo)
      let widePixels = grown(program.margin)
      // Stored samples: four bytes is the usual most (uint16 pairs of scene and fused plane).
      let bandPlanes = program.bands.map { ($0.isQuality ? haloPixels : widePixels) * 4 }.reduce(0, +)
      let masks = program.masks.isEmpty ? 0 : 3 * haloPixels
      let own = program.products.map { products[$0] }
      let packed = own.contains { $0.variable.storage.size == 2 } ? 2 * pixels : 0
      // Scenes that are masked one by one: their planes besides the fused ones, ranks, and sums for means.
      let sums = program.fuse == .mean ? 10 : 0
      let apart =
        program.fuse.masksScenes ? widePixels * (program.bands.count * (4 + sums) + 24) + haloPixels * 6 : 0
      // Blocks on their way are compressed, at worst to no less than their samples; some reach beyond the chunk.
      let onTheWay = isRemote ? bandPlanes * 3 / 4 : 0
      // Blocks as files hold them and unpacked, one being read and one that comes after it.
      let blocks = pixels * 9
      // Layers that an earlier stage stored, as read and unpacked.
      let stored =
        program.sources.count { if case .stored = $0 { true } else { false } } * (widePixels * 4 + pixels * 4)
      // Planes that passes leave to one another, and what neighbourhood steps take besides.
      let planes = program.isDirect ? 0 : program.planeCount * widePixels * 4
      let scratch = program.passes.compactMap { $0.filter?.module.scratchBytesPerPixel }.max() ?? 0
      perWorker =
        bandPlanes + onTheWay + masks + apart + packed + pixels * 4 + blocks + stored + planes + scratch
        * widePixels
        + program.registerCount * (32 << 10)
      perOpenChunk =
        program.reductions.map {
          $0.module.stateBytesPerPixel(layers: stage.layers(of: $0.module.period)) * pixels
        }.reduce(0, +)
      perResult =
        (program.results.count * 4 + program.reportedMasks.count) * pixels + own.count * (20 << 10)
    }
  }
}
