/// A graph's stages as programs, with the products they compute.
public struct CompiledGraph: Sendable {
  public let graph: Graph
  /// One a stage; the first is that of the dates.
  public internal(set) var programs: [Program]
  /// Of all stages, in the order of the sequence within each.
  public internal(set) var products: [Product]
  /// The products in which later stages find values of earlier ones, by port.
  let stored: [Int: Int]
  /// In the order of the sequence.
  public let tables: [Table]
  /// Steps whose results are numbers a time step, and written.
  public let numbers: [Graph.Step]

  /// A step that gives rows, and the stored products that it reads, in the order of its inputs.
  public struct Table: Sendable {
    public let name: String
    public let module: any TableModule
    let stage: Int
    /// The step, by its place in the graph.
    let step: Int
    let products: [Int]
  }

  public init(_ graph: Graph) {
    self.graph = graph
    var programs = [Program](repeating: Program(), count: graph.stages.count)
    var products: [Product] = []
    var stored: [Int: Int] = [:]
    var tables: [(step: Int, table: Table)] = []
    for stage in graph.order {
      var builder = ProgramBuilder(graph, stage: stage, stored: stored)
      let first = products.count
      for (index, step) in graph.steps.enumerated() where step.stage == stage && step.isNeeded {
        if graph.inspected == index {
          for port in step.inputs {
            let source = builder.inspect(port, masks: step.masks)
            products.append(
              Product(
                index: products.count, module: Program.inspectedInput, variable: graph.ports[port].variable,
                period: graph.ports[port].period, stage: stage, isPublished: true, source: source, port: port,
                step: index)
            )
          }
        }
        if let table = step.module as? any TableModule {
          let inputs = step.inputs.map { port -> Int in
            let described = graph.ports[port]
            // What was computed before some of the masks that count for the table is stored for it alone.
            let home = graph.steps[described.step]
            if let known = stored[port], home.stage != stage || home.isReduction { return known }
            let source = builder.inspect(port, masks: step.masks)
            let variable = described.variable.named("\(table.name).\(described.variable.name)")
            products.append(
              Product(
                index: products.count, module: step.name, variable: variable, period: described.period,
                stage: stage, isPublished: false, source: source, port: port, step: index))
            return products.count - 1
          }
          tables.append(
            (index, Table(name: table.name, module: table, stage: stage, step: index, products: inputs)))
          continue
        }
        builder.add(step) { port, source in
          let described = graph.ports[port]
          func product(_ variable: Variable, isPublished: Bool) -> Product {
            Product(
              index: products.count, module: step.name, variable: variable, period: described.period,
              stage: stage,
              isPublished: isPublished, source: source, port: port, step: index)
          }
          let encoded = CompiledGraph.encoded(described, step, graph)
          let isSaved = step.isSaved && graph.isOutput(port)
          if isSaved { products.append(product(encoded, isPublished: true)) }
          guard graph.isReadElsewhere(port) else { return }
          // Later stages see values as they were computed, before they are packed.
          if !isSaved || encoded.storage != described.variable.storage {
            let variable = described.variable
            products.append(
              product(
                graph.isOutput(port) ? variable : variable.named("masked.\(graph.band(port).key)"),
                isPublished: false))
          }
          stored[port] = products.count - 1
        }
      }
      var program = builder.program
      program.products = Array(first..<products.count)
      programs[stage] = program
    }
    self.programs = programs
    self.products = products
    self.stored = stored
    self.tables = tables.sorted { $0.step < $1.step }.map(\.table)
    numbers = graph.steps.filter { $0.isSaved && $0.module is any NumberModule }
  }

  /// A result as files hold it; the flags of quality layers are no quantities to be packed.
  private static func encoded(_ port: Graph.Port, _ step: Graph.Step, _ graph: Graph) -> Variable {
    guard step.module is any SourceModule || step.module is any LayerModule,
      step.outputs.first.map({ graph.band($0 + port.output).isQuality }) ?? false
    else {
      return port.variable.encoded(step.encoding)
    }
    return port.variable.encoded(VariableEncoding(deflateLevel: step.encoding.deflateLevel))
  }
}
