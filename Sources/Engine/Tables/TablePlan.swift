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
  /// Areas of which rows are computed together, by position: those within a chunk, or those that reach into the same
  /// chunks, which are unpacked once for all of them.
  let groups: [[Int]]
  /// The stage whose values the rows are made of.
  let stage: Int
  /// By chunk: the group of the areas within it whose rows are computed along with its cells.
  let groupsOfCells: [Int: Int]
  /// By chunk: the parts of it that are stored for the table, for areas that reach beyond it; nil where all of it is.
  let storedWindows: [Int: [PixelWindow]]?

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
    stage = table.stage
    // What is stored for the table alone comes out of the stage's own cells.
    let isComputedWithCells =
      module.isComputedWithCells
      && table.products.allSatisfy {
        let product = compiled.products[$0]
        return product.step == table.step && product.variable.storage.isFloatOrFlags
      }
    func chunk(_ column: Int, _ row: Int) -> Int {
      row / layout.chunkHeight * layout.columns + column / layout.chunkWidth
    }
    // The first and the last chunk that an area touches.
    let reaches = areas.map { area in
      let window = area.window
      return [chunk(window.column, window.row), chunk(window.endColumn - 1, window.endRow - 1)]
    }
    let byReach = Dictionary(grouping: areas.indices) { reaches[$0] }
    let ordered = byReach.keys.sorted { $0.lexicographicallyPrecedes($1) }
    groups = ordered.compactMap { byReach[$0] }
    guard isComputedWithCells else {
      groupsOfCells = [:]
      storedWindows = nil
      return
    }
    var (groupsOfCells, storedWindows): ([Int: Int], [Int: [PixelWindow]]) = ([:], [:])
    for (group, reach) in ordered.enumerated() {
      if reach[0] == reach[1] {
        groupsOfCells[reach[0]] = group
      } else {
        for area in groups[group] {
          let window = areas[area].window
          for chunk in layout.chunks(in: window) {
            guard let part = layout.window(layout.index(chunk)).intersection(window) else { continue }
            storedWindows[chunk, default: []].append(part)
          }
        }
      }
    }
    self.groupsOfCells = groupsOfCells
    self.storedWindows = storedWindows
  }

  /// Whether the table is made of a product.
  public func reads(_ product: Int) -> Bool { products.contains(product) }

  /// The names of features that lie outside the grid, in the order of rows.
  public var outside: [String] { areas.filter(\.isOutside).flatMap { $0.features.map(\.id) } }

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
  /// For all rows, and for what modules hold on to, in bytes.
  public var rows = 0
  /// Pixels of the largest area whose rows may be computed along with cells.
  public var pixelsWithCells = 0
  /// Bytes that each of those pixels takes.
  public var bytesPerPixelWithCells = 0

  public init() {}

  /// - Parameters:
  ///   - tables: each with its areas.
  ///   - layers: the most layers that one of them has.
  public init(_ tables: [(module: any TableModule, areas: [TableArea])], layers: Int) {
    for (module, areas) in tables {
      let pixels = areas.map(\.window.count).max() ?? 0
      perWorker = max(perWorker, pixels * (module.inputs.count * 4 + module.scratchBytesPerPixel))
      inputs = max(inputs, module.inputs.count)
      if module.isComputedWithCells {
        pixelsWithCells = max(pixelsWithCells, pixels)
        bytesPerPixelWithCells = max(
          bytesPerPixelWithCells, module.inputs.count * 4 + module.scratchBytesPerPixel)
      }
      let features = areas.reduce(0) { $0 + $1.features.count }
      // The numbers, and as much again while files are made of them.
      rows += features * (layers * module.columns.count * 16 + 256) + module.keptBytes
    }
  }
}

extension Variable.Storage {
  /// Whether values come back from the store as they were computed.
  fileprivate var isFloatOrFlags: Bool {
    switch self {
    case .float32, .flags: true
    case .int16, .int32: false
    }
  }
}
