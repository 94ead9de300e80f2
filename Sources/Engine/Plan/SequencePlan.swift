public import Geo

/// Everything a sequence will do, decided before anything is read: plain values.
public struct SequencePlan: Sendable {
  public let name: String
  public let collection: String?
  public let grid: Grid
  public let layout: ChunkLayout
  /// The dates of the cube, in order.
  public let slices: [Slice]
  public let program: Program
  public let memory: MemoryModel

  public init(
    name: String, collection: String?, grid: Grid, layout: ChunkLayout, slices: [Slice], program: Program,
    memory: MemoryModel
  ) {
    self.name = name
    self.collection = collection
    self.grid = grid
    self.layout = layout
    self.slices = slices
    self.program = program
    self.memory = memory
  }

  /// The same plan for another program over the same bands and some of the dates.
  ///
  /// - Precondition: `program` reads the same bands in the same order, or the plan's scenes do not fit it.
  public func replacing(program: Program, slices: [Slice]) -> SequencePlan {
    precondition(program.bands == self.program.bands, "the scenes were laid out for other bands")
    let model = MemoryModel(
      program: program, chunkWidth: layout.chunkWidth, chunkHeight: layout.chunkHeight,
      dates: slices.map(\.date), chunks: layout.count, workers: memory.workers,
      connections: memory.connections, readerBytes: memory.readerBytes, isWarped: memory.isWarped)
    return SequencePlan(
      name: name, collection: collection, grid: grid, layout: layout, slices: slices, program: program,
      memory: model)
  }

  public var dates: [CalendarDate] { slices.map(\.date) }
  public var cellCount: Int { slices.count * layout.count }

  /// The labels of a product's layers: dates, or what its reduction makes of them.
  public func layerLabels(of product: Program.Product) -> [String] {
    reductionLayers(of: product)?.map(\.label) ?? slices.map(\.label)
  }

  /// The layers of a reduction's product; nil for one with a layer a date.
  public func reductionLayers(of product: Program.Product) -> [ReductionLayer]? {
    guard case .reduction(let index, _) = product.source else { return nil }
    return program.reductions[index].module.layers(for: dates)
  }

  /// The reduction behind a product, and which of its outputs the product is.
  public func reduction(of product: Program.Product) -> (
    index: Int, output: Int, module: any ReductionModule
  )? {
    guard case .reduction(let index, let output) = product.source else { return nil }
    return (index, output, program.reductions[index].module)
  }
}

/// What a sequence needs in memory, in bytes, as a function of its chunk.
public struct MemoryModel: Hashable, Sendable {
  /// Code, libraries, the run's own books: whatever the chunk.
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
  /// Source pixels that are resampled in one piece: larger windows are taken in several.
  public let warpSourcePixels: Int
  /// Bytes of an unpacked block of a source file that fit into what is planned: files with larger ones are not read.
  public var largestBlock = MemoryModel.usualBlock
  /// Blocks of so many bytes fit everywhere.
  public static let usualBlock = 4 << 20

  /// Results that may wait or be in work at once.
  public var results: Int { workers * 2 }
  /// Chunks that may be open at once: the results in work belong to so many of them at most.
  public private(set) var openChunks: Int
  /// What making files takes once all cells are computed and their memory is given back.
  public var publishing = 0
  /// The peak the plan expects.
  public var peak: Int {
    base + max(workers * perWorker + openChunks * perOpenChunk + results * perResult, publishing)
  }

  /// The same with a chunk open for each worker, or for as many as a limit has room for: the sums of a chunk that
  /// one worker has for itself stay in its core's cache.
  public func opening(within limit: Int) -> MemoryModel {
    var model = self
    while model.openChunks < workers, model.peak + perOpenChunk <= limit { model.openChunks += 1 }
    return model
  }

  /// Sums up what a program needs for chunks of a size.
  ///
  /// - Parameters:
  ///   - pixels: of one chunk; with `halo` pixels around it for quality layers.
  ///   - dates: of the cube.
  ///   - connections: requests to servers that may be on their way at once; 0 when everything is local.
  ///   - readerBytes: what the reading libraries hold on to, in all (block caches, open files).
  ///   - isWarped: whether any raster is resampled.
  public init(
    program: Program, chunkWidth: Int, chunkHeight: Int, dates: [CalendarDate], chunks: Int, workers: Int,
    connections: Int = 0, readerBytes: Int, isWarped: Bool = false
  ) {
    let pixels = chunkWidth * chunkHeight
    let haloPixels = (chunkWidth + 2 * program.halo) * (chunkHeight + 2 * program.halo)
    chunkPixels = pixels
    self.workers = workers
    self.connections = connections
    self.readerBytes = readerBytes
    openChunks = min(workers * 2, 1 + (workers * 2 + max(dates.count, 1) - 1) / max(dates.count, 1))
    let layers = program.products.map { $0.isPerDate ? dates.count : 4 }.reduce(0, +)
    // One histogram a layer, one entry of eight bytes for each stored chunk.
    // A connection has a thread, buffers and the state of its encryption.
    base =
      80 << 20 + readerBytes + connections * (256 << 10) + layers * (20 << 10) + layers * chunks * 8 + dates
      .count * chunks
    // Stored samples: four bytes is the usual most (uint16 pairs of scene and fused plane).
    let bandPlanes = program.bands.map { ($0.isQuality ? haloPixels : pixels) * 4 }.reduce(0, +)
    let masks = program.masks.isEmpty ? 0 : 3 * haloPixels
    let packed = program.products.contains { $0.variable.storage.size == 2 } ? 2 * pixels : 0
    // Scenes that are judged one by one: their planes besides the fused ones, ranks, and sums for means.
    let sums = program.fuse == .mean ? 10 : 0
    let apart =
      program.fuse.judgesScenes ? pixels * (program.bands.count * (4 + sums) + 24) + haloPixels * 6 : 0
    // Blocks on their way are compressed, at worst to no less than their samples; some reach beyond the chunk.
    let onTheWay = connections > 0 ? bandPlanes * 3 / 4 : 0
    self.isWarped = isWarped
    // Twice the chunk holds what a rotated raster of the same resolution needs.
    warpSourcePixels = max(2 * pixels, 1 << 19)
    // Source samples as read, widened and in GDAL's own copy with its masks; the result beside it; positions.
    let warping = isWarped ? warpSourcePixels * 10 + pixels * 5 + (8 << 20) : 0
    // Blocks as files hold them and unpacked, one being read and one that comes after it.
    let blocks = pixels * 9
    perWorker =
      warping + bandPlanes + onTheWay + masks + apart + packed + pixels * 4 + blocks
      + program.slotCount * (32 << 10)
    perOpenChunk = program.reductions.map { $0.module.stateBytesPerPixel(dates: dates) * pixels }.reduce(0, +)
    perResult = program.planeCount * pixels * 4 + program.products.count * (20 << 10)
  }
}
