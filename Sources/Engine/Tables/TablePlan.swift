public import Geo

/// A table with everything that decides about it: what it reads, its areas, its layers.
public struct TablePlan: Sendable {
  public let name: String
  public let module: any TableModule
  /// The products it reads, in the order of its inputs.
  let products: [Int]
  /// The layers it has rows for, with the cube's dates behind each.
  public let steps: [PeriodLayer]
  public let period: Period
  /// In the order of their rows.
  public let areas: [TableArea]
  /// Areas that begin in the same chunk, by position: the chunks they read are unpacked once for all of them.
  let groups: [[Int]]

  init(
    _ table: CompiledGraph.Table, stages: [StagePlan], compiled: CompiledGraph, areas: [TableArea],
    layout: ChunkLayout
  ) {
    name = table.name
    module = table.module
    products = table.products
    steps = stages[table.stage].steps
    period = stages[table.stage].period
    self.areas = areas
    let chunks = areas.indices.map { index -> Int in
      let window = areas[index].window
      return window.row / layout.chunkHeight * layout.columns + window.column / layout.chunkWidth
    }
    let byChunk = Dictionary(grouping: areas.indices) { chunks[$0] }
    groups = byChunk.keys.sorted().compactMap { byChunk[$0] }
  }

  /// Whether the table is made of a product.
  public func reads(_ product: Int) -> Bool { products.contains(product) }

  /// All features, in the order of rows.
  public var features: [TableFeature] { areas.flatMap(\.features) }

  /// How many numbers the table has.
  public var valueCount: Int {
    areas.reduce(0) { $0 + $1.features.count } * steps.count * module.columns.count
  }

}

/// What tables need in memory.
public struct TableNeeds: Hashable, Sendable {
  /// For the areas that a worker looks at, in bytes.
  public var perWorker = 0
  /// Variables of which a worker holds a chunk.
  public var inputs = 0
  /// For all rows, in bytes.
  public var rows = 0

  public init() {}

  /// - Parameters:
  ///   - tables: each with its areas.
  ///   - layers: the most layers that one of them has.
  public init(_ tables: [(module: any TableModule, areas: [TableArea])], layers: Int) {
    for (module, areas) in tables {
      let pixels = areas.map(\.window.count).max() ?? 0
      perWorker = max(perWorker, pixels * (module.inputs.count * 4 + module.scratchBytesPerPixel))
      inputs = max(inputs, module.inputs.count)
      let features = areas.reduce(0) { $0 + $1.features.count }
      // The numbers, and as much again while files are made of them.
      rows += features * (layers * module.columns.count * 16 + 256)
    }
  }
}
