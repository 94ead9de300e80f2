extension CompiledGraph {
  /// The same stages and products, with programs that compute the products of some steps only.
  ///
  /// - Parameter steps: of the graph; what they read of earlier stages is in the store, or they are among them too.
  func computing(_ steps: Set<Int>) -> CompiledGraph {
    let part = graph.storing(steps)
    var products = self.products
    var programs = self.programs
    for stage in graph.order {
      var builder = ProgramBuilder(part, stage: stage, stored: stored(before: stage))
      var computed: [Int] = []
      for (index, step) in part.steps.enumerated() where step.stage == stage && step.isNeeded {
        if step.isTable {
          for product in products.indices where products[product].step == index {
            products[product].source = builder.inspect(products[product].port, masks: step.masks)
            computed.append(product)
          }
          continue
        }
        builder.add(step) { port, source in
          guard steps.contains(index) else { return }
          for product in products.indices
          where products[product].port == port && products[product].step == index {
            products[product].source = source
            computed.append(product)
          }
        }
      }
      var program = builder.program
      program.products = computed.sorted()
      programs[stage] = program
    }
    return CompiledGraph(self, programs: programs, products: products)
  }

  private init(_ whole: CompiledGraph, programs: [Program], products: [Product]) {
    self = whole
    self.programs = programs
    self.products = products
  }

  /// The products in which a stage finds values of earlier ones, by port.
  func stored(before stage: Int) -> [Int: Int] {
    let earlier = Set(graph.order.prefix { $0 != stage })
    return stored.filter { earlier.contains(products[$0.value].stage) }
  }

  /// The products of earlier stages that a product is computed from, directly or not.
  func sources(of product: Int) -> Set<Int> {
    let step = products[product].step
    var waiting = graph.steps[step].isTable ? [products[product].port] : graph.steps[step].inputs
    var seen: Set<Int> = []
    var found: Set<Int> = []
    while let port = waiting.popLast() {
      guard seen.insert(port).inserted else { continue }
      if let known = stored[port], products[known].stage != products[product].stage { found.insert(known) }
      waiting += graph.steps[graph.ports[port].step].inputs
    }
    return found
  }
}
