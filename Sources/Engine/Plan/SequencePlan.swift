public import Geo
public import JSON

/// Everything a sequence will do, decided before anything is read: plain values.
public struct SequencePlan: Sendable {
  public let name: String
  public let collection: String?
  public let grid: Grid
  public let layout: ChunkLayout
  /// The dates of the cube, in order.
  public let timeSteps: [TimeStep]
  /// The days the config asks for; nil when it does not say.
  public let range: ClosedRange<CalendarDate>?
  public internal(set) var compiled: CompiledGraph
  public let stages: [StagePlan]
  public let memory: MemoryModel
  /// Rasters without a date, by the name of their variable.
  public let layerFiles: [String: BandSource]
  /// Numbers by the names of their variables, then by the labels of time steps.
  public let numbers: [String: [String: Double]]
  public let tables: [TablePlan]
  /// By the names of tables, also of numbers that are written: what tells their rows from others; see `ProductKeys`.
  public internal(set) var tableKeys: [String: String] = [:]
  /// Where the grid's pixels lie on the earth; nil where no module asks.
  public var positions: PositionLattice?
  /// The date, by its label, where the plan is that of one date of a sequence whose dates are computed one by one.
  public internal(set) var part: String?
  /// The order in which chunks are computed.
  public var order: ChunkOrder
  /// Whether all variables of a date are published together.
  public var isGroupedByDate = false
  /// The flags by which pixels are rejected, as the scenes' own files name them.
  public var flagNames: [String] = []
  /// By product.
  private let productLayers: [[PeriodLayer]]
  /// The place of each product's main product.
  private let mainProducts: [Int]

  public init(
    name: String, collection: String?, grid: Grid, layout: ChunkLayout, timeSteps: [TimeStep],
    range: ClosedRange<CalendarDate>? = nil, compiled: CompiledGraph, memory: MemoryModel,
    layerFiles: [String: BandSource] = [:], numbers: [String: [String: Double]] = [:],
    areas: [String: [TableArea]] = [:]
  ) {
    self.name = name
    self.collection = collection
    self.grid = grid
    self.layout = layout
    self.timeSteps = timeSteps
    self.range = range
    self.compiled = compiled
    self.memory = memory
    self.layerFiles = layerFiles
    self.numbers = numbers
    order = ChunkOrder(layout)
    let stages = StagePlan.all(of: compiled, timeSteps: timeSteps, range: range, layers: layerFiles)
    self.stages = stages
    tables = compiled.tables.map {
      TablePlan($0, stages: stages, compiled: compiled, areas: areas[$0.name] ?? [], layout: layout)
    }
    productLayers = compiled.products.map { stages[$0.stage].layers(of: $0) }
    mainProducts = SequencePlan.mainProducts(of: compiled.products)
  }

  /// The same plan for another graph over the same bands and some of the dates.
  ///
  /// - Precondition: the graph reads the same bands in the same order, or the plan's scenes do not fit it.
  public func replacing(compiled: CompiledGraph, timeSteps: [TimeStep]) -> SequencePlan {
    precondition(compiled.programs[0].bands == program.bands, "the scenes were laid out for other bands")
    var model = MemoryModel(
      stages: StagePlan.all(of: compiled, timeSteps: timeSteps, range: range, layers: layerFiles),
      products: compiled.products,
      chunkWidth: layout.chunkWidth, chunkHeight: layout.chunkHeight, chunks: layout.count,
      workers: memory.workers,
      connections: memory.connections, readerBytes: memory.readerBytes, isWarped: memory.isWarped,
      tables: memory.tables)
    (model.largestBlock, model.sharedBlocks) = (memory.largestBlock, memory.sharedBlocks)
    var plan = SequencePlan(
      name: name, collection: collection, grid: grid, layout: layout, timeSteps: timeSteps, range: range,
      compiled: compiled, memory: model, layerFiles: layerFiles, numbers: numbers,
      areas: Dictionary(tables.map { ($0.name, $0.areas) }, uniquingKeysWith: { $1 }))
    plan.tableKeys = tableKeys
    (plan.positions, plan.order) = (positions, order)
    (plan.isGroupedByDate, plan.flagNames) = (isGroupedByDate, flagNames)
    plan.part = part
    return plan
  }

  /// Whether nothing of a date depends on another, so that dates can be computed, published and taken away one by one.
  public var isDatewise: Bool {
    tables.isEmpty && compiled.numbers.isEmpty
      && products.allSatisfy { $0.period == .date || $0.period == .fixed }
  }

  /// The plan of one date alone.
  public func part(_ date: Int) -> SequencePlan {
    var plan = replacing(compiled: compiled, timeSteps: [timeSteps[date]])
    plan.part = timeSteps[date].label
    return plan
  }

  /// What in the config leaves nothing to compute of the cube's dates.
  public var mistakes: [Diagnostic] {
    compiled.graph.steps.filter(\.isNeeded).compactMap { step in
      let days = stages[step.stage].days
      return days.isEmpty ? nil : (step.module as? any ReductionModule)?.mistake(over: days)
    }
  }

  /// What is done with each date.
  public var program: Program { stages[0].program }
  /// What the sequence stores, of all stages.
  public var products: [Product] { compiled.products }
  public var dates: [CalendarDate] { timeSteps.map(\.date) }
  /// Cells of dates; those of later stages, which read nothing but the store, are not counted.
  public var cellCount: Int { timeSteps.count * layout.count }

  /// The number that a variable is at a time step; NaN where it is missing.
  func number(_ name: String, step: PeriodLayer) -> Float {
    guard let series = numbers[name] else { return .nan }
    // One number for all the time goes with every step.
    let value = series[step.label] ?? (series.count == 1 ? series.first?.value : nil)
    return Float(value ?? .nan)
  }

  /// The layers of a product, with the dates of the cube behind each.
  public func layers(of product: Product) -> [PeriodLayer] { productLayers[product.index] }

  /// The labels of a product's layers: dates, months, seasons.
  public func layerLabels(of product: Product) -> [String] { layers(of: product).map(\.label) }

  /// The products of which one at least must have a value somewhere in a layer of a product, or files do not have that
  /// layer; none where they have every layer.
  public func neededInLayers(of product: Product) -> [Product] {
    guard let module = compiled.graph.steps[product.step].module as? any ReductionModule,
      !module.neededInLayers.isEmpty
    else { return [] }
    return products.filter { $0.step == product.step && module.neededInLayers.contains($0.variable.name) }
  }

  /// Why the days of time steps and layers make all of a product missing; nil where they do not.
  public func shortage(of product: Product) -> String? {
    (compiled.graph.steps[product.step].module as? any ReductionModule)?
      .shortage(over: stages[product.stage].days, layers: layers(of: product))
  }

  /// Of how many time steps of its stage a pixel of a product needs values at least, how many there are, what they are
  /// called, and what else it needs.
  public func steps(of product: Product) -> (needed: Int, there: Int, title: String, otherNeed: String?) {
    let module = compiled.graph.steps[product.step].module as? any ReductionModule
    let stage = stages[product.stage]
    return (
      module?.leastSteps ?? 1, stage.steps.count, stage.period == .date ? "dates" : "layers",
      module?.otherNeed
    )
  }

  /// The main product of the file that a product stands in: itself, or the one it is a companion of.
  public func main(of product: Product) -> Product { products[mainProducts[product.index]] }

  /// For each product the place of its file's main product. A plan may have hundreds, each with hundreds of files that
  /// ask for it: they are not searched again and again.
  static func mainProducts(of products: [Product]) -> [Int] {
    struct Place: Hashable {
      let stage: Int
      let module: String
      let companion: String
    }
    var mains: [Place: Int] = [:]
    for product in products where product.isPublished {
      for companion in product.variable.companions {
        let place = Place(stage: product.stage, module: product.module, companion: companion)
        if mains[place] == nil { mains[place] = product.index }
      }
    }
    return products.map { product in
      mains[Place(stage: product.stage, module: product.module, companion: product.variable.name)]
        ?? product.index
    }
  }

  /// Where a later stage looks at what it reads to compute a chunk: all of the grid where it asks for numbers of whole
  /// layers.
  func inputWindow(of chunk: Int, stage: Int) -> PixelWindow {
    let window = layout.window(layout.index(chunk))
    let program = stages[stage].program
    guard program.layerNumbers.isEmpty else { return grid.window }
    return window.grown(by: program.halo).intersection(grid.window) ?? window
  }
}
