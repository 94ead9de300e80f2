/// A graph's stages as programs, with the products they compute.
public struct CompiledGraph: Sendable {
  public let graph: Graph
  /// One a stage; the first is that of the dates.
  public let programs: [Program]
  /// Of all stages, in the order of the sequence within each.
  public let products: [Product]

  public init(_ graph: Graph) {
    self.graph = graph
    var programs: [Program] = []
    var products: [Product] = []
    var stored: [Int: Int] = [:]
    for stage in graph.stages.indices {
      var builder = ProgramBuilder(graph, stage: stage, stored: stored)
      let first = products.count
      for (index, step) in graph.steps.enumerated() where step.stage == stage && step.isNeeded {
        if graph.inspected == index {
          for port in step.inputs {
            let source = builder.inspect(port, masks: step.masks)
            products.append(
              Product(
                index: products.count, module: Program.inspectedInput, variable: graph.ports[port].variable,
                period: graph.ports[port].period, stage: stage, isPublished: true, source: source, port: port)
            )
          }
        }
        builder.add(step) { port, source in
          let described = graph.ports[port]
          func product(_ variable: Variable, isPublished: Bool) -> Product {
            Product(
              index: products.count, module: step.name, variable: variable, period: described.period,
              stage: stage,
              isPublished: isPublished, source: source, port: port)
          }
          let encoded = CompiledGraph.encoded(described, step, graph)
          if step.isSaved { products.append(product(encoded, isPublished: true)) }
          guard graph.isReadElsewhere(port) else { return }
          // Later stages see values as they were computed, before they are packed.
          if !step.isSaved || encoded.storage != described.variable.storage {
            products.append(product(described.variable, isPublished: false))
          }
          stored[port] = products.count - 1
        }
      }
      var program = builder.program
      program.products = Array(first..<products.count)
      programs.append(program)
    }
    self.programs = programs
    self.products = products
  }

  /// A result as files hold it; the flags of quality layers are no quantities to be packed.
  private static func encoded(_ port: Graph.Port, _ step: Graph.Step, _ graph: Graph) -> Variable {
    guard step.module is any SourceModule, graph.bands[port.output].isQuality else {
      return port.variable.encoded(step.encoding)
    }
    return port.variable.encoded(VariableEncoding(deflateLevel: step.encoding.deflateLevel))
  }
}
