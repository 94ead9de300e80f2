import Catalog
import Engine
import Geo
import JSON
import Raster
import Storage
import Testing

@testable import Pipeline

/// Plans from catalogues: which scenes on which dates, which bands can be read and why not.
@Suite struct PlannerTests {
  @Test func `a plan has the scenes' dates in order and the bands that modules use`() async throws {
    let fixture = try PlannerFixture()
    fixture.scenes.reverse()
    let plan = try await fixture.sequence()
    #expect(plan.timeSteps.map(\.label) == ["2021-01-05", "2021-01-21", "2021-02-06"])
    #expect(plan.program.bands.map(\.name) == ["qa_pixel", "red", "nir08"])
    #expect((plan.grid.width, plan.grid.height) == (100, 80))
    #expect(try await fixture.unavailable().isEmpty)
  }

  @Test func `scenes of one day are one date, the earlier first`() async throws {
    let fixture = try PlannerFixture()
    fixture.scenes[0].datetime = "2021-01-21T14:31:00Z"
    let plan = try await fixture.sequence()
    #expect(plan.timeSteps.map(\.label) == ["2021-01-21", "2021-02-06"])
    #expect(plan.timeSteps[0].scenes.map(\.id) == ["scene-1", "scene-0"])
  }

  @Test func `a scene in part of the grid has its place on it`() async throws {
    let fixture = try PlannerFixture()
    fixture.scenes[1].column = -7
    fixture.scenes[1].row = 5
    let plan = try await fixture.sequence()
    #expect((plan.grid.width, plan.grid.height) == (107, 85))
    let places = plan.timeSteps.flatMap { $0.scenes.map(\.placement) }
    #expect(places[0] == PixelWindow(column: 7, row: 0, width: 100, height: 80))
    #expect(places[1] == PixelWindow(column: 0, row: 5, width: 100, height: 80))
  }

  @Test func `scenes outside the area are left out, with a note`() async throws {
    let fixture = try PlannerFixture()
    fixture.config["area"] = [
      "bbox": [300_105, 6_098_000, 301_005, 6_099_000], "bbox_crs": "EPSG:32719",
    ]
    fixture.scenes[1].column = 400
    let plan = try await fixture.plan()
    #expect(plan.sequences[0].plan?.timeSteps.map(\.label) == ["2021-01-05", "2021-02-06"])
    #expect(plan.notes.contains { $0.contains("1 of 3 scenes lie outside the area") }, "\(plan.notes)")
  }

  @Test(
    arguments: [
      [1e-10, 0, 300_015, 0, -1e-10, 6_100_005], [0, 0, 300_015, 0, 0, 6_100_005],
      [1e300, 0, 300_015, 0, -1e300, 6_100_005], [30, 0, 1e300, 0, -30, -1e300],
      [1e-160, 0, 300_015, 0, -1e-160, 6_100_005], [1e9, 1e9, 300_015, 1e9, 1e9, 6_100_005],
      [30, 1e308, 300_015, 1e308, -30, 6_100_005], [3e-9, 0, 300_015, 0, -30, 6_100_005],
    ] as [[Double]])
  func `a transform that is no raster's leaves out its scene and says so`(numbers: [Double]) async throws {
    let fixture = try PlannerFixture()
    fixture.scenes[1].properties["proj:transform"] = .array(numbers.map { .number($0) })
    let reasons = try await fixture.unavailable()
    #expect(Set(reasons.keys) == ["scene-1"])
    #expect(reasons["scene-1"]?.contains("scene \"scene-1\", band") == true, "\(reasons)")
  }

  @Test(arguments: [1e-300, 1e-10, 1e-4, 1e9, 1e150, 1e300])
  func `an absurd resolution is refused with a reason`(resolution: Double) async throws {
    let fixture = try PlannerFixture()
    fixture.config["area"] = [
      "bbox": [300_105, 6_098_000, 301_005, 6_099_000], "bbox_crs": "EPSG:32719",
      "resolution": .number(resolution),
    ]
    do {
      #expect(try await fixture.unavailable().count == 3)
    } catch let failure as PlanError {
      #expect(failure.description.contains("area"), "\(failure)")
    }
  }

  @Test func `an area that no scene touches is no plan`() async throws {
    let fixture = try PlannerFixture()
    // Within the footprints' boxes, beside the rasters.
    fixture.config["area"] = [
      "bbox": [305_000, 6_090_000, 306_000, 6_091_000], "bbox_crs": "EPSG:32719",
    ]
    let failure = try await fixture.failure()
    #expect(failure.description.contains("none of the 3 scenes touches the area"))
  }

  @Test func `a scene that does not fit the grid is resampled, and the plan says how`() async throws {
    let fixture = try PlannerFixture()
    fixture.download["resampling"] = ["*": "cubic"]
    fixture.scenes[1].column = 0.5
    var plan = try await fixture.sequence()
    var files = plan.timeSteps.map { $0.scenes[0].bands.compactMap(\.file) }
    #expect(!files[0].isEmpty && files[0].allSatisfy { $0.warp == nil && $0.marksMissing })
    #expect(files[1].map(\.warp?.resampling).contains(.cubic))
    #expect(files[1].first { $0.band == "qa_pixel" }?.warp?.resampling == .nearest)
    #expect(files[1][0].warp?.step == 1 && files[1][0].warp?.scaleX == 1)
    let text = PlanSummary(try await fixture.plan().sequences[0]).text
    #expect(text.contains("rasters  6 read without resampling; 3 resampled: 1 nearest, 2 cubic"), "\(text)")

    fixture.scenes[1].column = 0
    fixture.scenes[1].resolution = 10
    fixture.scenes[1].shape = [240, 300]
    plan = try await fixture.sequence()
    files = plan.timeSteps.map { $0.scenes[0].bands.compactMap(\.file) }
    // The first scene's resolution is the grid's.
    #expect(plan.grid.transform.pixelWidth == 30)
    let warp = try #require(files[1][0].warp)
    #expect(abs(warp.scaleX - 1.0 / 3) < 1e-12 && warp.overviewFactor > 2.99)
    #expect(
      PlanSummary(try await fixture.plan().sequences[0]).text.contains("cubic (overviews down to 1/3)"))

    fixture.scenes[1].resolution = 30
    fixture.scenes[1].shape = [80, 100]
    let whole = try await fixture.sequence().timeSteps[0].scenes[0].bands.compactMap(\.file)
    #expect(!whole.isEmpty && whole.allSatisfy { !$0.marksMissing })
    fixture.config["area"] = ["bbox": [-71.2, -35.25, -71.15, -35.22], "crs": "EPSG:32718"]
    plan = try await fixture.sequence()
    #expect(plan.grid.crs.authorityCode == "EPSG:32718")
    files = plan.timeSteps.map { $0.scenes[0].bands.compactMap(\.file) }
    #expect(!files.isEmpty && files.allSatisfy { !$0.isEmpty && $0.allSatisfy { $0.warp != nil } })
    #expect(plan.memory.isWarped)
    #expect(
      PlanSummary(try await fixture.plan().sequences[0]).text.contains("9 resampled: 3 nearest (reprojected)")
    )
  }

  @Test func `a scene whose position is malformed can be read nowhere, and the others can`() async throws {
    let fixture = try PlannerFixture()
    fixture.scenes[1].epsg = 99999
    #expect(try await fixture.unavailable()["scene-1"]?.contains("EPSG:99999") == true)
    fixture.scenes[1].epsg = 32719
    fixture.scenes[1].shape = [1 << 50, 1 << 50]
    #expect(try await fixture.unavailable()["scene-1"]?.contains("proj:shape") == true)
    #expect(try await fixture.unavailable().keys.sorted() == ["scene-1"])
  }

  @Test func `bits and classes are only ever taken over pixel by pixel`() async throws {
    let fixture = try PlannerFixture()
    fixture.scenes[1].column = 0.5
    for index in fixture.scenes.indices { fixture.scenes[index].bands = ["red", "nir08", "flags"] }
    fixture.download["bands"] = ["red", "nir08", "flags"]
    fixture.mask = ["band": "flags", "reject": .null, "reject_values": [1]]
    fixture.download["resampling"] = ["*": "average"]
    let files = try await fixture.sequence().timeSteps[1].scenes[0].bands.compactMap(\.file)
    #expect(files.first { $0.band == "flags" }?.warp?.resampling == .nearest)
    fixture.download["resampling"] = ["flags": "average"]
    let failure = try await fixture.failure()
    #expect(failure.isConfigMistake && failure.description.contains("quality layer"), "\(failure)")
  }

  @Test func `a scene without a band says what it has`() async throws {
    let fixture = try PlannerFixture()
    fixture.scenes[2].bands = ["red", "qa_pixel"]
    let reason = try await fixture.unavailable()["scene-2"]
    #expect(reason?.contains("no asset for band \"nir08\" (it has: red, qa_pixel)") == true)
    #expect(PlanSummary(try await fixture.plan().sequences[0]).text.contains("missing  scene \"scene-2\""))
  }

  @Test func `a band that no scene has is a mistake that names the nearest`() async throws {
    let fixture = try PlannerFixture()
    fixture.download["bands"] = ["red", "nir80", "nir08", "qa_pixel"]
    let failure = try await fixture.failure()
    #expect(failure.isConfigMistake)
    #expect(failure.description.contains("has a band \"nir80\""), "\(failure)")
    // Where the band is asked for.
    #expect(
      failure.description.contains("config.json:")
        && failure.description.contains("$.sequences[0].modules[0].bands[1]: no scene"),
      "\(failure)")
    #expect(failure.description.contains("did you mean \"nir08\"?"), "\(failure)")
  }

  @Test func `an empty search names the condition and what there is`() async throws {
    let fixture = try PlannerFixture()
    fixture.download["collection"] = "landsat-c2-l1"
    #expect(try await fixture.failure().description.contains("did you mean \"landsat-c2-l2\"?"))
    fixture.download["collection"] = "landsat-c2-l2"
    fixture.config["dates"] = ["start": "2020-01-01", "end": "2020-12-31"]
    #expect(
      try await fixture.failure().description.contains("its 3 scenes are from 2021-01-05 to 2021-02-06"))
    fixture.config["dates"] = ["start": "2021-01-01", "end": "2021-12-31"]
    fixture.config["area"] = ["bbox": [10, 50, 11, 51]]
    let outside = try await fixture.failure().description
    #expect(outside.contains("within [-71.6, -35.6, -70.8, -34.8]") && !outside.contains("swapped"))
    fixture.config["area"] = ["bbox": [-35.4, -71.2, -35.2, -71.0]]
    #expect(try await fixture.failure().description.contains("are latitudes and longitudes swapped?"))
    fixture.config["area"] = "native"
    fixture.download["query"] = ["eo:cloud_cover": ["lt": 5]]
    #expect(try await fixture.failure().description.contains("meets \"query\""))
    fixture.scenes = []
    #expect(try await fixture.failure().description.contains("holds no scene"))
  }

  @Test func `chunks are those asked for, or as large as memory admits`() async throws {
    let fixture = try PlannerFixture()
    for index in fixture.scenes.indices { fixture.scenes[index].shape = [6000, 6000] }
    fixture.config["resources"] = ["chunk": [640, 320], "threads": 2]
    let plan = try await fixture.sequence()
    #expect(plan.layout.count == 10 * 19)
    var sides: [Int] = []
    for memory in ["256MiB", "512MiB", "4GiB"] {
      fixture.config["resources"] = ["threads": 2, "memory": .string(memory)]
      let plan = try await fixture.sequence()
      #expect(plan.memory.peak <= MemorySize.bytes(memory) ?? 0)
      sides.append(plan.layout.chunkWidth)
    }
    #expect(sides == sides.sorted())
  }

  @Test func `large source blocks and long lists of blocks are in the planned memory`() async throws {
    var large = SourceBlocks(width: 4096, height: 4096)
    // One block as stored and unpacked, and what growing to it leaves behind.
    #expect(large.workerBytes == 4096 * 4096 * 2 * 3)
    large.sampleSize = 4
    #expect(large.workerBytes == 4096 * 4096 * 4 * 3)
    let plan = try await PlannerFixture().sequence()
    func peak(_ blocks: SourceBlocks?, files: Int = 9) throws -> Int {
      try ChunkPlanner(
        compiled: plan.compiled, grid: plan.grid, timeSteps: plan.timeSteps, range: nil, workers: 8,
        connections: 0,
        memory: 8 << 30,
        sourceBlock: blocks, files: files, isWarped: false, isUploaded: false
      ).layout(.size(width: 32, height: 32)).memory.peak
    }
    let small = try peak(nil)
    // Blocks of every band, as large as integers go: a number, and no overflow.
    var absurd = SourceBlocks(width: 1 << 24, height: 1 << 24)
    absurd.sampleSize = 65_535 * 8
    absurd.datasetBytes = 1 << 44
    #expect(throws: PlanError.self) { try peak(absurd) }
    // What GDAL holds for open files: 24 of them, or as many as 16 MiB have room for, or one.
    var held = SourceBlocks(width: 16, height: 16)
    let mebibyte = 1_048_576
    let cases: [[Int]] = [
      [1024, 100, 24 * 1024], [mebibyte, 100, 16 * mebibyte], [mebibyte, 3, 3 * mebibyte],
      [40 * mebibyte, 100, 40 * mebibyte],
    ]
    for numbers in cases {
      held.datasetBytes = numbers[0]
      #expect(held.openBytes(files: numbers[1]) == numbers[2])
    }
    #expect(try peak(large) - small >= 8 * large.workerBytes - 8 * 32 * 32 * 12)
    var many = SourceBlocks(width: 16, height: 16)
    many.count = 4096
    #expect(try peak(many, files: 8760) - peak(many, files: 0) == 8760 * 4096 * 16)
  }

  @Test func `all blocks at the edges of chunks are kept, or as many as half of the free memory holds`()
    async throws
  {
    let plan = try await PlannerFixture().sequence()
    let scenes = try #require(plan.timeSteps.first?.scenes)
    let timeSteps = (0..<200).map { day in
      let date = CalendarDate(daysSince1970: 18_600 + day)
      return TimeStep(date: date, time: Instant(date), label: "\(date)", scenes: scenes)
    }
    // Chunks that are not cut along blocks, of which 8 MiB are unpacked at a time.
    let block = SourceBlocks(width: 2048, height: 2048)
    func planned(_ memory: Int) throws -> (layout: ChunkLayout, memory: MemoryModel) {
      try ChunkPlanner(
        compiled: plan.compiled, grid: plan.grid, timeSteps: timeSteps, range: nil, workers: 1,
        connections: 0, memory: memory, sourceBlock: block, files: 9, isWarped: false, isUploaded: false
      ).layout(.size(width: 20, height: 20))
    }
    let roomy = try planned(1 << 40)
    let waiting = EdgeBlocks(roomy.layout, timeSteps, plan.compiled.programs[0], block).waiting
    #expect(roomy.memory.sharedBlocks == 2 * waiting * block.bytes && roomy.memory.sharedBlocks > 64 << 20)
    let least = roomy.memory.peak - roomy.memory.sharedBlocks
    let tight = try planned(least + (200 << 20))
    #expect(tight.memory.sharedBlocks == 100 << 20 && tight.memory.peak <= least + (200 << 20))
  }

  @Test func `each worker has a chunk of its own where memory has room for the sums`() async throws {
    let fixture = try PlannerFixture()
    fixture.config["sequences"] = [
      [
        "name": "s",
        "modules": [
          ["module": "download", "source": "items.json", "bands": ["red", "nir08"]], ["module": "ndvi"],
          ["module": "seasonal_mean", "of": "ndvi"],
        ],
      ]
    ]
    let plan = try await fixture.sequence()
    let timeSteps = (0..<100).map { day in
      let date = CalendarDate(daysSince1970: 18_600 + day)
      return TimeStep(date: date, time: Instant(date), label: "\(date)", scenes: [])
    }
    func model(_ memory: Int) throws -> MemoryModel {
      try ChunkPlanner(
        compiled: plan.compiled, grid: plan.grid, timeSteps: timeSteps, range: nil, workers: 8,
        connections: 0,
        memory: memory,
        sourceBlock: nil, files: 9, isWarped: false, isUploaded: false
      ).layout(.size(width: 80, height: 80)).memory
    }
    let roomy = try model(8 << 30)
    #expect(roomy.openChunks == 8 && roomy.perOpenChunk > 0)
    // Two are enough to go on; a limit that has room for them only is kept.
    let least = roomy.peak - roomy.sharedBlocks - 6 * roomy.perOpenChunk
    #expect(try model(least).openChunks == 2 && model(least).peak == least)
    #expect(throws: PlanError.self) { try model(least - 1) }
    #expect(try model(least + 4 * roomy.perOpenChunk).openChunks == 4)
  }

  @Test func `too little memory is a mistake that says how much is needed, in words for people`() async throws
  {
    let fixture = try PlannerFixture()
    for index in fixture.scenes.indices { fixture.scenes[index].shape = [9000, 9000] }
    fixture.config["resources"] = ["chunk": [8192, 8192], "threads": 4, "memory": "256MiB"]
    let failure = try await fixture.failure()
    #expect(failure.isConfigMistake)
    #expect(failure.description.contains("256 MiB is too small"))
    #expect(failure.description.contains("need 9345 MiB with 4 threads"))
    #expect(!failure.description.contains("bytes"))
  }
}
