import Geo
import Glibc
import Raster
import Storage

@testable import Engine

/// A cube over a fake archive: plans, runs and reads results back.
struct EngineBench {
  let archive = FakeArchive()
  var compiled: CompiledGraph
  var program: Program { compiled.programs[0] }
  var timeSteps: [TimeStep] = []
  var layerFiles: [String: BandSource] = [:]
  var numbers: [String: [String: Double]] = [:]
  var width: Int
  var height: Int

  /// - Parameter modules: in the order of a sequence; saved where said.
  init(_ modules: [(any Module, isSaved: Bool)], width: Int = 40, height: Int = 24) {
    compiled = CompiledGraph(
      Graph(
        modules.map { Graph.Member(name: type(of: $0.0).descriptor.name, module: $0.0, isSaved: $0.isSaved) })
    )
    self.width = width
    self.height = height
  }

  /// Adds a raster without a date, over a part of the grid.
  mutating func addLayer(_ name: String, _ placement: PixelWindow, _ values: Values) {
    var samples: [Double] = []
    for row in placement.row..<placement.endRow {
      for column in placement.column..<placement.endColumn { samples.append(values(column, row)) }
    }
    let format = BandFormat(type: .float32, nodata: .nan, scale: 1, offset: 0)
    archive.add("layer-\(name)", FakeArchive.File(format: format, width: placement.width, samples: samples))
    layerFiles[name] = .file(
      BandFile(
        scene: "layer", band: name, path: "layer-\(name)", number: 1, encoding: SampleEncoding(),
        fallback: SampleEncoding(), placement: placement))
  }

  /// What a scene stores of a band: a number for each pixel of the grid.
  typealias Values = (_ column: Int, _ row: Int) -> Double

  /// Adds a date with one scene over the whole grid.
  mutating func addDate(_ bands: [String: Values], format: [String: BandFormat] = [:]) {
    addDate(scenes: [(PixelWindow(column: 0, row: 0, width: width, height: height), bands, format)])
  }

  /// Adds a date with several scenes, each over its part of the grid.
  mutating func addDate(
    scenes: [(placement: PixelWindow, bands: [String: Values], format: [String: BandFormat])]
  ) {
    let number = timeSteps.count
    let date = CalendarDate(daysSince1970: 18_628 + number * 5)
    let sources = scenes.enumerated().map { index, scene in
      let id = "scene-\(number)-\(index)"
      let bands = program.bands.map { request -> BandSource in
        guard let values = scene.bands[request.name] else {
          return .unavailable(reason: "scene \"\(id)\" has no asset for band \"\(request.name)\"")
        }
        let path = "\(id)-\(request.name)"
        let placement = scene.placement
        var samples: [Double] = []
        for row in placement.row..<placement.endRow {
          for column in placement.column..<placement.endColumn { samples.append(values(column, row)) }
        }
        var file = FakeArchive.File(width: placement.width, samples: samples)
        if let format = scene.format[request.name] { file.format = format }
        archive.add(path, file)
        return .file(
          BandFile(
            scene: id, band: request.name, path: path, number: 1, encoding: SampleEncoding(),
            fallback: SampleEncoding(), placement: placement))
      }
      return TimeStepScene(id: id, placement: scene.placement, bands: bands)
    }
    timeSteps.append(TimeStep(date: date, time: Instant(date), label: "\(date)", scenes: sources))
  }

  func plan(chunk: (width: Int, height: Int) = (16, 8), workers: Int = 1) -> SequencePlan {
    let crs = CoordinateReference(wkt: "", authorityCode: "EPSG:32719", isGeographic: false)
    let transform = AffineTransform(originX: 15, originY: 15, pixelWidth: 30, pixelHeight: -30)
    let layout = ChunkLayout(
      gridWidth: width, gridHeight: height, chunkWidth: chunk.width, chunkHeight: chunk.height)
    let memory = MemoryModel(
      stages: StagePlan.all(of: compiled, timeSteps: timeSteps, range: nil, layers: layerFiles),
      products: compiled.products,
      chunkWidth: chunk.width, chunkHeight: chunk.height, chunks: layout.count, workers: workers,
      readerBytes: 0)
    let grid = Grid(crs: crs, transform: transform, width: width, height: height)
    let areas = compiled.tables.map { ($0.name, (try? $0.module.areas(on: grid)) ?? []) }
    return SequencePlan(
      name: "cube", collection: nil, grid: grid, layout: layout, timeSteps: timeSteps, compiled: compiled,
      memory: memory, layerFiles: layerFiles, numbers: numbers,
      areas: Dictionary(areas, uniquingKeysWith: { $1 }))
  }

  /// What computes cells of dates.
  func computer(_ plan: SequencePlan) -> CellComputer {
    let layers = LayerReader(plan: plan, store: ChunkStore(directory: "/nowhere"), state: SequenceState(plan))
    return CellComputer(plan: plan, stage: plan.stages[0], reader: FakeReader(archive), layers: layers)
  }

  /// The plan with products that bear keys.
  ///
  /// - Parameter input: what tells versions of a file apart, by its path.
  func keyed(
    _ plan: SequencePlan, knowledge: String = "", input: @escaping (String) -> String = { $0 }
  ) -> SequencePlan {
    let inputs = ProductKeys.Inputs(
      knowledge: knowledge,
      layer: { name in
        guard let path = plan.layerFiles[name]?.file?.path else { return "" }
        return input(path)
      },
      band: { step, scene, band in input(plan.timeSteps[step].scenes[scene].bands[band].file?.path ?? "") })
    return plan.keyed(by: ProductKeys(plan, deflateLevel: 1, inputs: inputs))
  }

  /// Runs a plan in a folder, going on with what an earlier run left there.
  ///
  /// - Parameter published: names of products whose files are there: their chunks leave the store.
  func run(
    _ plan: SequencePlan, in folder: String, published: Set<String> = [],
    progress: @escaping SequenceRunner.Progress = { _, _ in }
  ) async throws -> Outcome {
    let store = ChunkStore(directory: folder + "/store.zarr")
    try LocalFiles.createDirectory(store.directory)
    try store.create(plan)
    let state = SequenceState(plan)
    let ledger = try Ledger(directory: folder + "/ledger", plan: plan, run: "run")
    let found = try await Resumption(plan: plan, store: store, ledger: ledger, state: state).resume {
      product, _ in
      published.contains(plan.products[product].variable.name) && plan.products[product].isPublished
    }
    let runner = SequenceRunner(plan: found.plan, store: store, ledger: ledger, state: state) { [archive] in
      FakeReader(archive)
    }
    try await runner.run(progress: progress)
    return Outcome(
      plan: plan, store: store, state: state, kept: found.kept, damaged: found.damaged, part: found.plan)
  }

  /// What a run left.
  struct Outcome {
    let plan: SequencePlan
    let store: ChunkStore
    let state: SequenceState
    let kept: Int
    let damaged: Int
    /// What was computed of it.
    let part: SequencePlan

    /// The names of the products that were computed, at least in part.
    var computed: [String] {
      zip(plan.products, part.isComputed).filter { $0.1 }.map { $0.0.arrayName }
    }

    /// A layer of a product over the whole grid, as stored bits; a chunk that is not stored has the fill value.
    func layer(_ name: String, _ layer: Int = 0) throws -> [UInt32] {
      guard let index = plan.products.firstIndex(where: { $0.variable.name == name }) else {
        throw CellFailure("no product \(name)")
      }
      let product = plan.products[index]
      let layout = plan.layout
      let fill: UInt32 =
        switch product.variable.storage {
        case .float32: Float.nan.bitPattern
        case .flags: 255
        default: .max
        }
      var grid = [UInt32](repeating: fill, count: layout.gridWidth * layout.gridHeight)
      for (number, object) in state.objects(product: index, layer: layer).enumerated() {
        guard let object else { continue }
        let chunk = layout.index(number)
        guard let bytes = store.get(object, plan: plan, product: product, layer: layer, chunk: chunk) else {
          throw CellFailure("chunk \(chunk) of \(name) is damaged")
        }
        let size = product.variable.storage.size
        let samples = try ChunkCodec().decode(
          bytes, elementSize: size, expectedBytes: layout.chunkWidth * layout.chunkHeight * size)
        let window = layout.window(chunk)
        for row in 0..<window.height {
          for column in 0..<window.width {
            let place = (row * layout.chunkWidth + column) * size
            var value: UInt32 = 0
            for byte in 0..<size { value |= UInt32(samples[place + byte]) << (8 * byte) }
            grid[(window.row + row) * layout.gridWidth + window.column + column] = value
          }
        }
      }
      return grid
    }

    func floats(_ name: String, _ layer: Int = 0) throws -> [Float] {
      try self.layer(name, layer).map { Float(bitPattern: $0) }
    }
  }
}

/// Runs a test in a new folder and removes it afterwards.
func withTemporaryFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
  let folder = try LocalFiles.makeTemporaryDirectory()
  defer { _ = try? LocalFiles.removeTree(folder) }
  return try await body(folder)
}

/// Whether two layers are the same, missing for missing.
func same(_ left: [Float], _ right: [Float]) -> Bool {
  left.count == right.count && zip(left, right).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }
}
