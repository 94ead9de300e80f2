import Geo
import JSON
import NetCDF
import Network
import Raster
import Storage
import Synchronization
import TIFF
import Testing

@testable import Engine
@testable import GDAL
@testable import Pipeline

/// What lies at the edges of chunks: blocks at which several look are unpacked once, and filters reach as far as they do
/// in one chunk.
@Suite struct ChunkEdgeTests {
  private static let (width, height, side) = (256, 192, 64)
  private static let dates = 2
  /// Blocks of a band over all dates.
  private static let blocks = (width / side) * (height / side) * dates

  /// An archive of two dates with red, near infrared and a quality layer, in blocks of 64 pixels.
  ///
  /// - Parameter scenes: of each date; all but the last have missing pixels in every block.
  private func archive(scenes: Int = 1) throws -> String {
    NetCDFThread.prepareProcess()
    let folder = try LocalFiles.makeTemporaryDirectory()
    let grid = try WarpRunTests.grid("EPSG:32719", 300_015, 6_100_005, 30, Self.width, Self.height)
    var items: [JSONValue] = []
    for (date, scene) in (0..<Self.dates).flatMap({ date in (0..<scenes).map { (date, $0) } }) {
      var assets: JSONValue = [:]
      for (number, band) in ["red", "nir08", "qa_pixel"].enumerated() {
        let path = "\(folder)/\(date)-\(scene)-\(band).tif"
        let samples = (0..<(Self.width * Self.height)).map { pixel -> UInt16 in
          if band == "qa_pixel" { return pixel % 24_007 == 0 ? 8 : 64 }
          return scene < scenes - 1 && pixel % 13 == 0 ? 0 : UInt16(1000 + pixel * (number + 3) % 7919 + date)
        }
        try GeoTIFFWriter.write(
          samples, to: path, grid: grid,
          options: .init(
            type: .uint16, nodata: band == "qa_pixel" ? 1 : 0, blockWidth: Self.side, blockHeight: Self.side))
        assets[band] = [
          "href": .string(path), "proj:code": "EPSG:32719",
          "proj:shape": [.integer(Self.height), .integer(Self.width)],
          "proj:transform": [30, 0, 300_015, 0, -30, 6_100_005],
        ]
      }
      let box = try SpatialReference.transform(
        grid.bounds, from: grid.crs, to: SpatialReference.parse("EPSG:4326"), densify: 5)
      items.append([
        "type": "Feature", "stac_version": "1.0.0", "id": .string("scene-\(date)-\(scene)"),
        "collection": "landsat-c2-l2", "bbox": .array(box.array.map { .number($0) }), "geometry": .null,
        "links": [], "properties": ["datetime": .string("2021-01-0\(date + 1)T12:0\(scene):00Z")],
        "assets": assets,
      ])
    }
    let catalogue: JSONValue = ["type": "FeatureCollection", "features": .array(items)]
    try LocalFiles.writeAtomically(folder + "/items.json", text: catalogue.text())
    return folder
  }

  private func plan(
    _ folder: String, _ modules: String, area: String, chunk: Int, threads: Int
  ) async throws -> SequencePlan {
    let text = """
      { "pipeline": "p", "area": \(area), "resources": { "threads": \(threads), "chunk": \(chunk) },
        "sequences": [{ "name": "s", "modules": [
          { "module": "download", "source": "items.json", "collection": "landsat-c2-l2" }, \(modules) ] }] }
      """
    let reading = ConfigReader.read(Array(text.utf8), file: folder + "/a.json")
    let config = try #require(reading.config, "\(reading.messages)")
    return try #require(try await PipelinePlanner(config).plan().sequences[0].plan)
  }

  /// Reads and computes a plan.
  ///
  /// - Parameter limit: bytes of blocks that are kept; the plan's when absent.
  /// - Returns: how many blocks were unpacked, and the statistics of each product's layers.
  private func run(
    _ plan: SequencePlan, limit: Int? = nil
  ) async throws -> (unpacked: Int, statistics: [SampleStatistics]) {
    let folder = try LocalFiles.makeTemporaryDirectory()
    defer { _ = try? LocalFiles.removeTree(folder) }
    let store = ChunkStore(directory: folder + "/store.zarr")
    try LocalFiles.createDirectory(store.directory)
    try store.create(plan)
    let state = SequenceState(plan)
    let ledger = try Ledger(directory: folder + "/ledger", plan: plan, run: "run")
    let files = BandFiles(
      archive: RemoteArchive(RemoteAccess()), queue: FetchQueue(hasThreads: false), open: OpenFiles())
    let formats = BandFormats(plan: plan, files: files)
    let shared = SharedBlocks(limit: limit ?? plan.memory.sharedBlocks, order: plan.order)
    let readers = Mutex<[Counted]>([])
    let runner = SequenceRunner(plan: plan, store: store, ledger: ledger, state: state) {
      let reader = FileBandReader(formats: formats, files: files, shared: shared)
      readers.withLock { $0.append(Counted(reader: reader)) }
      return WarpingBandReader(
        reading: reader, formats: formats, grid: plan.grid, mostSourcePixels: 1 << 20)
    }
    try await runner.run { _, _ in }
    #expect(state.counts().failed == 0)
    let statistics = plan.products.flatMap { product in
      plan.layers(of: product).indices.map { state.statistics(product: product.index, layer: $0) }
    }
    return (readers.withLock { $0.reduce(0) { $0 + $1.reader.unpackedBlocks } }, statistics)
  }

  /// A reader that is looked at when its worker has ended.
  private struct Counted: @unchecked Sendable {
    let reader: FileBandReader
  }

  private static let median =
    #"{ "module": "composite", "of": "red", "statistic": "median", "period": "all", "as": "m" }"#
  private static let mask = #"{ "module": "cloud_mask", "reject": ["cloud"], "dilate": 3 }"#

  @Test(arguments: [
    (mask + #", { "module": "ndvi" }"#, 3),
    (
      mask
        + #", { "module": "cloud_mask", "reject": ["cirrus"], "dilate": 5, "as": "second" }, { "module": "ndvi" }"#,
      3
    ),
    (mask + ", " + median, 2),
    (median + #", { "module": "gaussian", "of": "m", "sigma": 2 }"#, 1),
    (#"{ "module": "gaussian", "of": "red", "sigma": 2 }"#, 1),
    (mask + #", { "module": "ndvi" }, { "module": "gaussian", "of": "ndvi", "sigma": 1.5 }"#, 3),
  ])
  func `neighbourhoods across chunks unpack each block once`(modules: String, bands: Int) async throws {
    let folder = try archive()
    defer { _ = try? LocalFiles.removeTree(folder) }
    for threads in [1, 2, 4] {
      let plan = try await plan(folder, modules, area: #""native""#, chunk: 64, threads: threads)
      #expect(plan.layout.count == 12 && plan.program.bands.count == bands)
      #expect(try await run(plan).unpacked == bands * Self.blocks, "\(threads) threads")
    }
  }

  @Test(arguments: [1, 3])
  func `dates of several scenes unpack each block once`(threads: Int) async throws {
    let folder = try archive(scenes: 2)
    defer { _ = try? LocalFiles.removeTree(folder) }
    // With an odd number of blocks of a file, the last one is unpacked with the first of the next band.
    for modules in [
      #"{ "module": "ndvi" }"#, Self.mask + #", { "module": "ndvi" }"#,
      #"{ "module": "ndvi" }, { "module": "composite", "of": "ndvi", "statistic": "median", "period": "all" }"#,
    ] {
      for chunk in [64, 192] {
        let plan = try await plan(folder, modules, area: #""native""#, chunk: chunk, threads: threads)
        #expect(plan.timeSteps.count == Self.dates && plan.timeSteps[0].scenes.count == 2)
        let bands = plan.program.bands.count { !$0.isQuality }
        let quality = plan.program.bands.count - bands
        // The first scene's quality layer has no pixel that is open.
        #expect(
          try await run(plan).unpacked == (bands * 2 + quality) * Self.blocks,
          "\(modules), chunks of \(chunk)")
      }
    }
  }

  @Test(arguments: [
    (#""crs": "EPSG:32719", "resolution": 45"#, 50), (#""crs": "EPSG:32719", "resolution": 13"#, 120),
    (#""crs": "EPSG:32718", "resolution": 20"#, 130), (#""crs": "EPSG:4326", "resolution": 0.0004"#, 40),
  ])
  func `scenes that are resampled unpack each block once`(grid: String, chunk: Int) async throws {
    let folder = try archive()
    defer { _ = try? LocalFiles.removeTree(folder) }
    // Ten pixels within the scenes.
    let box =
      "[\(300_015 + 300), \(6_100_005 - 182 * 30), \(300_015 + 246 * 30), \(6_100_005 - 300)]"
    let area = #"{ "bbox": \#(box), "bbox_crs": "EPSG:32719", \#(grid) }"#
    let modules = Self.mask + #", { "module": "ndvi" }"#
    let whole = try await run(try await plan(folder, modules, area: area, chunk: 1024, threads: 1))
    for threads in [1, 4] {
      let plan = try await plan(folder, modules, area: area, chunk: chunk, threads: threads)
      #expect(plan.layout.count >= 9, "\(plan.layout.count) chunks")
      let parts = try await run(plan)
      #expect(parts.unpacked == 3 * Self.blocks, "\(threads) threads, \(grid)")
      #expect(parts.statistics == whole.statistics)
    }
  }

  @Test func `chunks that are not cut along blocks unpack each block once`() async throws {
    let folder = try archive()
    defer { _ = try? LocalFiles.removeTree(folder) }
    let ndvi = #"{ "module": "ndvi" }"#
    for threads in [1, 4] {
      let across = try await plan(folder, ndvi, area: #""native""#, chunk: 48, threads: threads)
      #expect(try await run(across).unpacked == 2 * Self.blocks, "\(threads) threads")
    }
    // From the middle of the second block on.
    let box = "[\(300_015 + 100 * 30), \(6_100_005 - 192 * 30), \(300_015 + 256 * 30), 6100005]"
    let area = #"{ "bbox": \#(box), "bbox_crs": "EPSG:32719", "crs": "EPSG:32719", "resolution": 30 }"#
    let moved = try await plan(folder, ndvi, area: area, chunk: 64, threads: 1)
    #expect(moved.grid.width == 156 && moved.layout.count == 9)
    #expect(try await run(moved).unpacked == 2 * 9 * Self.dates)
  }

  @Test func `workers that are at neighbouring chunks at the same moment unpack each block once`()
    async throws
  {
    let folder = try archive()
    defer { _ = try? LocalFiles.removeTree(folder) }
    let plan = try await plan(
      folder, Self.mask + #", { "module": "ndvi" }"#, area: #""native""#, chunk: 128, threads: 2)
    let files = BandFiles(
      archive: RemoteArchive(RemoteAccess()), queue: FetchQueue(hasThreads: false), open: OpenFiles())
    let formats = BandFormats(plan: plan, files: files)
    let shared = SharedBlocks(limit: 1 << 20, order: plan.order)
    let readers = (0..<2).map { _ in FileBandReader(formats: formats, files: files, shared: shared) }
    for reader in readers { reader.begin(stage: 0, chunks: Array(0..<plan.layout.count)) }
    let file = try #require(plan.timeSteps[0].scenes.first?.bands.first?.file)
    var samples = [[UInt16]](repeating: [UInt16](repeating: 0, count: 131 * 131), count: 2)
    // Both have planned what they read before either has unpacked anything.
    let planned = readers.enumerated().map { chunk, reader in
      let window = ChunkWindow(chunk, of: plan.layout, reach: 3)
      return (window.window, reader.plan([BandRead(file: file, window: window.window, chunk: window)])[0])
    }
    for (worker, (window, read)) in planned.enumerated() {
      try samples[worker].withUnsafeMutableBytes {
        try read.read(as: .uint16, into: $0, rowStride: window.width)
      }
    }
    // The two chunks and their margins lie in 4 × 3 blocks, of which 2 × 3 are the margin's of one or of the other.
    #expect(readers.map(\.unpackedBlocks) == [9, 3])
    let alone = FileBandReader(formats: formats, files: files)
    var expected = [UInt16](repeating: 0, count: 131 * 131)
    let read = alone.plan([BandRead(file: file, window: planned[1].0)])[0]
    try expected.withUnsafeMutableBytes {
      try read.read(as: .uint16, into: $0, rowStride: planned[1].0.width)
    }
    #expect(samples[1] == expected)
  }

  @Test func `numbers are the same where nothing is kept, however little is, and with more threads`()
    async throws
  {
    let folder = try archive()
    defer { _ = try? LocalFiles.removeTree(folder) }
    let modules = Self.mask + #", { "module": "ndvi" }, { "module": "gaussian", "of": "ndvi", "sigma": 1.5 }"#
    let plan = try await plan(folder, modules, area: #""native""#, chunk: 48, threads: 1)
    let all = try await run(plan)
    let block = Self.side * Self.side * 2
    for (limit, isLess) in [(0, false), (block * 3, false), (block * 24, true)] {
      let other = try await run(plan, limit: limit)
      #expect(other.statistics == all.statistics)
      #expect(other.unpacked > all.unpacked)
      if isLess { #expect(try await run(plan, limit: 0).unpacked > other.unpacked) }
    }
    let many = try await self.plan(folder, modules, area: #""native""#, chunk: 48, threads: 3)
    #expect(try await run(many).statistics == all.statistics)
  }

  @Test(arguments: [
    #"{ "module": "gaussian", "of": "red", "sigma": 10 }"#,
    #"{ "module": "gaussian", "of": "red", "sigma": 3, "mode": "wrap" }"#,
    #"{ "module": "focal", "of": "red", "statistic": "mean", "radius": 40, "shape": "square" }"#,
    #"{ "module": "expression", "formula": "red > 8000", "as": "bright" }, "#
      + #"{ "module": "morphology", "of": "bright", "operation": "remove_patches", "size": 40 }"#,
    #"{ "module": "expression", "formula": "red > 8000", "as": "bright" }, "#
      + #"{ "module": "morphology", "of": "bright", "operation": "close", "radius": 20 }"#,
    #"{ "module": "cloud_mask", "reject": ["cloud"], "dilate": 40 }, { "module": "ndvi" }"#,
    median + #", { "module": "gaussian", "of": "m", "sigma": 10 }"#,
    median + #", { "module": "gaussian", "of": "m", "sigma": [2, 0], "mode": "wrap" }"#,
  ])
  func `filters wider than a chunk give what they give in one chunk`(modules: String) async throws {
    let folder = try archive()
    defer { _ = try? LocalFiles.removeTree(folder) }
    let whole = try await run(try await plan(folder, modules, area: #""native""#, chunk: 256, threads: 1))
    let small = try await run(try await plan(folder, modules, area: #""native""#, chunk: 32, threads: 2))
    #expect(whole.statistics == small.statistics)
    #expect(whole.statistics.allSatisfy { $0.count > 0 })
  }

  @Test func `a plan keeps blocks only where several chunks look at them, within its memory`() async throws {
    let folder = try archive()
    defer { _ = try? LocalFiles.removeTree(folder) }
    func kept(_ modules: String, chunk: Int) async throws -> Int {
      let plan = try await plan(folder, modules, area: #""native""#, chunk: chunk, threads: 1)
      #expect(plan.memory.peak <= 512 << 20)
      return plan.memory.sharedBlocks
    }
    #expect(try await kept(#"{ "module": "ndvi" }"#, chunk: 64) == 0)
    #expect(try await kept(Self.mask + #", { "module": "ndvi" }"#, chunk: 256) == 0, "one chunk")
    let all = 64 << 20
    #expect(try await kept(Self.mask + #", { "module": "ndvi" }"#, chunk: 64) == all)
    #expect(try await kept(#"{ "module": "ndvi" }"#, chunk: 48) == all, "blocks lie across each edge")
    // Scenes that begin 30 rows above the area: eight of its blocks of 8 KiB wait at an edge.
    let box = "[300015, \(6_100_005 - 192 * 30), \(300_015 + 256 * 30), \(6_100_005 - 30 * 30)]"
    let area = #"{ "bbox": \#(box), "bbox_crs": "EPSG:32719", "crs": "EPSG:32719", "resolution": 30 }"#
    let moved = try await plan(folder, #"{ "module": "ndvi" }"#, area: area, chunk: 64, threads: 1)
    let block = SourceBlocks(width: Self.side, height: Self.side)
    #expect(EdgeBlocks(moved.layout, moved.timeSteps, moved.program, block).waiting == 8)
    #expect(moved.memory.sharedBlocks == 32 << 20)
  }

  @Test
  func `without room for all, blocks stay that are wanted soonest, none for finished chunks`() {
    let layout = ChunkLayout(gridWidth: 12, gridHeight: 1, chunkWidth: 1, chunkHeight: 1)
    let shared = SharedBlocks(limit: 8, order: ChunkOrder(layout))
    func keep(_ number: Int, for others: [Int], of chunk: Int) {
      let rows = UnpackedRows(rows: 0..<1, bytes: [UInt8](repeating: UInt8(number), count: 4))
      shared.keep({ rows }, as: SharedBlocks.Key(path: "a", number: number), for: others, of: chunk)
    }
    func take(_ numbers: [Int], _ chunk: Int) -> [Int] {
      shared.take(numbers, of: "a", for: chunk).keys.sorted()
    }
    // Chunk 8 is not computed.
    shared.begin(stage: 0, [1, 2, 3, 4, 5, 6, 7, 9, 10])
    keep(1, for: [9], of: 3)
    keep(2, for: [4, 9], of: 3)
    keep(3, for: [5], of: 3)
    #expect(take([1, 2, 3], 4) == [2, 3], "of 1, 2 and 3 the first is wanted last")
    keep(4, for: [8], of: 4)
    #expect(take([4], 8) == [])
    for chunk in 1...4 { shared.finish(chunk) }
    // Another worker of the same stage begins later.
    shared.begin(stage: 0, [1, 2, 3, 4, 5, 6, 7, 9, 10])
    keep(5, for: [1, 2], of: 4)
    #expect(take([2, 3, 5], 2) == [2, 3], "nobody comes for 5")
    shared.finish(5)
    shared.finish(9)
    keep(6, for: [10], of: 6)
    keep(7, for: [10], of: 6)
    #expect(take([2, 3, 6, 7], 10) == [6, 7], "2 and 3 gave their room back")
  }

  @Test func `who comes to a block that another is unpacking waits for it, and unpacks it where that fails`()
    async throws
  {
    let layout = ChunkLayout(gridWidth: 4, gridHeight: 1, chunkWidth: 1, chunkHeight: 1)
    let shared = SharedBlocks(limit: 8, order: ChunkOrder(layout))
    shared.begin(stage: 0, [1, 2])
    let (good, bad) = (SharedBlocks.Key(path: "a", number: 1), SharedBlocks.Key(path: "a", number: 2))
    for key in [good, bad] {
      let claims = [1, 2].map { shared.claim(key, for: $0) }
      guard case .own = claims[0], case .elsewhere = claims[1] else {
        Issue.record("one claims it, the other waits: \(claims)")
        return
      }
      #expect(!shared.claimIfAbsent(key))
    }
    let threads = try BlockingThreads(count: 1)
    defer { threads.close() }
    let waiting = Task(executorPreference: threads) {
      (shared.wait(for: good, chunk: 2)?.bytes, shared.wait(for: bad, chunk: 2)?.bytes)
    }
    shared.keep({ UnpackedRows(rows: 0..<1, bytes: [7]) }, as: good, for: [2], of: 1)
    shared.release(bad)
    let got = await waiting.value
    #expect(got.0 == [7])
    #expect(got.1 == nil)
    #expect(!shared.claimIfAbsent(bad), "the waiting one has the claim")
  }

  @Test func `chunks go down columns where that leaves fewer blocks to keep, with the same numbers`()
    async throws
  {
    let folder = try archive()
    defer { _ = try? LocalFiles.removeTree(folder) }
    let ndvi = #"{ "module": "ndvi" }"#
    #expect(try await !plan(folder, ndvi, area: #""native""#, chunk: 64, threads: 1).order.isByColumns)
    // From the middle of the second row of blocks on: blocks lie across the edges of rows of chunks alone.
    let box = "[300015, \(6_100_005 - 192 * 30), \(300_015 + 256 * 30), \(6_100_005 - 30 * 30)]"
    let area = #"{ "bbox": \#(box), "bbox_crs": "EPSG:32719", "crs": "EPSG:32719", "resolution": 30 }"#
    // One worker: how far several are apart depends on the machine.
    var plan = try await plan(folder, ndvi, area: area, chunk: 64, threads: 1)
    #expect(plan.order.isByColumns && plan.layout.columns == 4 && plan.layout.rows == 3)
    #expect((0..<12).map(plan.order.place) == [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11])
    // Enough for what the chunks of a column leave for the next: 34 rows of a block a band and date.
    let limit = 40_000
    let down = try await run(plan, limit: limit)
    #expect(down.unpacked == 2 * Self.blocks)
    plan.order = ChunkOrder(plan.layout)
    let across = try await run(plan)
    #expect(across.unpacked == 2 * Self.blocks && across.statistics == down.statistics)
    #expect(
      try await run(plan, limit: limit).unpacked > 2 * Self.blocks)
  }

  @Test(arguments: [
    (64, 0, 64, 0), (48, 0, 64, 1), (64, 3, 64, 2), (48, 3, 64, 1), (63, 3, 64, 2), (-3, 0, 64, 1),
    (-64, 0, 64, 0), (64, 65, 64, 4), (48, 5, 1, 10),
  ])
  func `the blocks that two chunks look at are counted`(edge: Int, reach: Int, size: Int, count: Int) {
    #expect(EdgeBlocks.across(edge: edge, reach: reach, size: size) == count)
  }
}
