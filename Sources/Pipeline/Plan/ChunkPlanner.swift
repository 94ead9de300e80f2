import Engine
import Geo

/// Chooses the chunk of a cube: as large as memory admits, cut along the blocks of the source files.
struct ChunkPlanner {
  let compiled: CompiledGraph
  let grid: Grid
  let timeSteps: [TimeStep]
  /// The days the config asks for; nil when it does not say.
  let range: ClosedRange<CalendarDate>?
  /// Threads that compute.
  var workers: Int
  /// Requests to servers that may be on their way at once; 0 when everything is local.
  let connections: Int
  /// The memory limit in bytes.
  let memory: Int
  /// How the first scene's files are cut into blocks; nil when unknown.
  let sourceBlock: SourceBlocks?
  /// Files that the sequence reads.
  let files: Int
  /// Whether any raster is resampled.
  let isWarped: Bool
  /// Whether results are uploaded while the run goes on.
  let isUploaded: Bool
  /// Whether cloud-optimised GeoTIFFs are made at the end.
  var makesGeoTIFFs = false
  /// Rasters without a date, by the name of their variable.
  var layerFiles: [String: BandSource] = [:]
  var tables = TableNeeds()
  /// What the scenes and their bands take, which the whole run keeps.
  var sceneBytes = 0
  /// What granules take while they are brought onto the grid; nil where there are none.
  var swath: SwathMemory?

  /// What the reading libraries hold on to: GDAL's block cache, and open files with their indexes.
  static let readerBytes = 48 << 20
  /// So much is kept of blocks that several chunks look at where it is not known how many they are.
  private static let mostSharedBlocks = 64 << 20
  /// Blocks that wait at the edges of chunks are all kept where they take no more than this part of the memory limit.
  private static let fewEdgeBlocks = 32
  /// Where they take more, and chunks look at nothing but themselves, so much is kept of them: only the blocks of scenes
  /// that lie across edges are unpacked twice then, which takes less time than it would take memory to avoid.
  private static let someEdgeBlocks = 128
  /// The largest side chosen by itself: beyond it caches suffer and nothing is gained.
  private static let largestSide = 1024
  private static let smallestSide = 64
  /// Workers that wait for servers, where memory admits so many: each has one cell's requests on their way.
  private static let mostRemoteWorkers = 16
  /// Chunks of so many pixels take several blocks with one request; more workers are worth smaller ones only where
  /// memory does not admit so many of these.
  private static let goodRemoteChunk = 1024 * 1024
  private static let fewRemoteWorkers = 8
  /// More workers are not worth chunks of fewer pixels than this.
  private static let leastRemoteChunk = 512 * 512

  /// - Throws: `PlanError` when memory is too small for any chunk.
  func layout(_ size: ChunkSize) throws -> (layout: ChunkLayout, memory: MemoryModel) {
    var (layout, model) = try chosen(size)
    if sharesBlocks(layout) {
      model.sharedBlocks = min((memory - model.peak) / 2, mostSharedBytes(layout))
      model = admittingBlocks(model)
    }
    return (layout, model)
  }

  /// Whether some blocks of files are looked at by several chunks: these look beyond themselves, or are not cut along
  /// blocks.
  private func sharesBlocks(_ layout: ChunkLayout) -> Bool {
    if layout.count == 1 { return false }
    if looksBeyondChunks || isWarped { return true }
    guard let block = sourceBlock else { return true }
    return !isCutAlong(block, layout)
      || timeSteps.contains { timeStep in
        timeStep.scenes.contains { scene in
          guard let file = scene.bands.first?.file, file.warp == nil else { return false }
          return file.placement.column % block.width != 0 || file.placement.row % block.height != 0
        }
      }
  }

  /// How many bytes of blocks may be kept for other chunks.
  private func mostSharedBytes(_ layout: ChunkLayout) -> Int {
    guard let block = sourceBlock else { return ChunkPlanner.mostSharedBlocks }
    // Under how many chunks the blocks of resampled rasters lie is seen when they are read.
    if isWarped { return .max }
    let waiting = EdgeBlocks(layout, timeSteps, compiled.programs[0], block).waiting
    // Two workers may be at edges of their own.
    let (bytes, isTooMany) = waiting.multipliedReportingOverflow(by: 2 * block.bytes)
    // Of chunks that look beyond themselves, or are cut without regard to blocks, most have blocks in common with others.
    if looksBeyondChunks || !isCutAlong(block, layout) {
      return isTooMany ? .max : max(bytes, ChunkPlanner.mostSharedBlocks)
    }
    return !isTooMany && bytes <= 2 * (memory / ChunkPlanner.fewEdgeBlocks)
      ? min(2 * memory / ChunkPlanner.fewEdgeBlocks, ChunkPlanner.mostSharedBlocks)
      : memory / ChunkPlanner.someEdgeBlocks
  }

  /// Whether the edges of chunks are edges of blocks, in files that begin where the grid does.
  private func isCutAlong(_ block: SourceBlocks, _ layout: ChunkLayout) -> Bool {
    (layout.columns == 1 || layout.chunkWidth % block.width == 0)
      && (layout.rows == 1 || layout.chunkHeight % block.height == 0)
  }

  /// Whether any stage that reads scenes looks at more than the pixels of its chunk.
  private var looksBeyondChunks: Bool { stages.contains { $0.readsScenes && $0.program.halo > 0 } }

  private func chosen(_ size: ChunkSize) throws -> (layout: ChunkLayout, memory: MemoryModel) {
    guard connections > 0 else {
      let (layout, model) = try layout(size, workers: workers)
      // Half of what is left: the rest is for files that turn out to have larger blocks.
      return (layout, admittingBlocks(model.opening(within: model.peak + (memory - model.peak) / 2)))
    }
    // A size that was asked for is what it is.
    let isAuto = size == .auto
    for (fewest, pixels) in [
      (ChunkPlanner.fewRemoteWorkers, ChunkPlanner.goodRemoteChunk), (1, ChunkPlanner.leastRemoteChunk),
    ] {
      let least = isAuto ? min(pixels, grid.width * grid.height) : 0
      var count = max(workers, ChunkPlanner.mostRemoteWorkers)
      while count > workers, count >= fewest {
        if let found = try? layout(size, workers: count), found.memory.chunkPixels >= least { return found }
        count = max(workers, count * 3 / 4)
      }
    }
    return try layout(size, workers: workers)
  }

  /// The chunks of a run that goes on, which stay as they are: with fewer workers where more is computed now.
  ///
  /// - Throws: `PlanError` when memory is too small for one.
  func recordedLayout(_ size: ChunkSize) throws -> (layout: ChunkLayout, memory: MemoryModel) {
    var planner = self
    while planner.workers > 1 {
      if let found = try? planner.layout(size) { return found }
      planner.workers -= 1
    }
    return try planner.layout(size)
  }

  private func layout(_ size: ChunkSize, workers: Int) throws -> (layout: ChunkLayout, memory: MemoryModel) {
    switch size {
    case .size(let width, let height):
      let (layout, model) = candidate(width, height, workers)
      guard model.peak <= memory else { throw tooSmall(model, "chunks of \(width) × \(height) pixels") }
      return (layout, model)
    case .auto:
      let candidates = sides.map { candidate($0.width, $0.height, workers) }
      let fitting = candidates.filter { $0.memory.peak <= memory }
      guard let largest = fitting.first else {
        let least = candidates.min { $0.memory.peak < $1.memory.peak }
        throw tooSmall(least?.memory ?? candidate(64, 64, workers).memory, "the smallest chunks")
      }
      // Enough chunks that no worker waits for another at the end, where the area is large enough for that.
      let pixels = connections > 0 ? ChunkPlanner.goodRemoteChunk : ChunkPlanner.leastRemoteChunk
      let wanted = min(self.workers * 4, max(1, grid.width * grid.height / pixels))
      let enough = fitting.filter { $0.layout.count >= wanted }
      return enough.first { ChunkPlanner.staysInCache($0.memory) } ?? enough.first ?? fitting.last ?? largest
    }
  }

  /// Whether what reductions hold of an open chunk is small enough for a core's share of the processor's caches, or the
  /// chunk is as small as is good for reading: sums that leave the cache cost a tenth of a run's time.
  private static func staysInCache(_ model: MemoryModel) -> Bool {
    model.perOpenChunk <= 12 << 20 || model.chunkPixels <= leastRemoteChunk
  }

  /// The sides to try, largest first.
  private var sides: [(width: Int, height: Int)] {
    let block = sourceBlock ?? SourceBlocks(width: 512, height: 512)
    if block.width > ChunkPlanner.largestSide || (block.width >= grid.width && block.height < 64) {
      // Files in strips: a chunk as wide as the grid decodes each strip once.
      var heights: [Int] = []
      var height = max(1, ChunkPlanner.largestSide * ChunkPlanner.largestSide / max(grid.width, 1))
      while height >= 1 {
        heights.append(max(1, height / block.height) * block.height)
        height /= 2
      }
      return heights.map { (grid.width, $0) } + squares(256)
    }
    return squares(max(block.width, block.height))
  }

  /// Multiples of a block's side, then halves of it.
  private func squares(_ block: Int) -> [(width: Int, height: Int)] {
    var side = max(block, ChunkPlanner.largestSide / block * block)
    var sides: [(width: Int, height: Int)] = []
    while side >= ChunkPlanner.smallestSide {
      sides.append((side, side))
      side = side > block ? side - block : side / 2
    }
    return sides.isEmpty ? [(ChunkPlanner.smallestSide, ChunkPlanner.smallestSide)] : sides
  }

  /// What making GeoTIFFs takes besides: memory that cells had is not all given back when files are made.
  private var geoTIFFBytes: Int {
    makesGeoTIFFs ? CloudOptimizedProduct.bytes(threads: CloudOptimizedProduct.threads(workers)) : 0
  }

  private var stages: [StagePlan] {
    StagePlan.all(of: compiled, timeSteps: timeSteps, range: range, layers: layerFiles)
  }

  private func candidate(_ width: Int, _ height: Int, _ workers: Int) -> (
    layout: ChunkLayout, memory: MemoryModel
  ) {
    let layout = ChunkLayout(
      gridWidth: grid.width, gridHeight: grid.height, chunkWidth: width, chunkHeight: height)
    let model = MemoryModel(
      stages: stages, products: compiled.products, chunkWidth: layout.chunkWidth,
      chunkHeight: layout.chunkHeight, chunks: layout.count, workers: workers, connections: connections,
      readerBytes: ChunkPlanner.readerBytes + (isUploaded ? Uploader.bytes : 0) + sceneBytes
        + blockBytes(layout, workers) + geoTIFFBytes
        + (swath?.bytes(chunkPixels: layout.chunkWidth * layout.chunkHeight, workers: workers) ?? 0),
      isWarped: isWarped, tables: tables)
    return (layout, admittingBlocks(model))
  }

  /// The same for files that are cut into larger blocks than the first: they may use what is left.
  private func admittingBlocks(_ model: MemoryModel) -> MemoryModel {
    let left = (memory - model.peak) / (model.workers * SourceBlocks.held)
    var model = model
    model.largestBlock = max(MemoryModel.usualBlock, sourceBlock?.bytes ?? 0, left)
    return model
  }

  /// What blocks need beyond what the model has for those no larger than a chunk, and the lists of where they are.
  private func blockBytes(_ layout: ChunkLayout, _ workers: Int) -> Int {
    guard let sourceBlock else { return 0 }
    let counted = layout.chunkWidth * layout.chunkHeight * 9
    let perWorker =
      max(0, sourceBlock.workerBytes - counted) + sourceBlock.openBytes(files: files)
      + sourceBlock.readingBytes(chunkWidth: layout.chunkWidth, chunkHeight: layout.chunkHeight)
    return workers * perWorker + files * sourceBlock.listBytes
  }

  /// The amount is rounded up: whoever gives that much gets a plan.
  private func tooSmall(_ model: MemoryModel, _ what: String) -> PlanError {
    PlanError(
      "a memory limit of \(MemorySize.text(memory)) is too small: \(what) need \((model.peak >> 20) + 1) MiB with "
        + (model.workers == 1
          ? "1 thread; raise \"memory\" to that"
          : "\(model.workers) threads; raise \"memory\" to that, or use fewer threads"),
      isConfigMistake: true)
  }
}
