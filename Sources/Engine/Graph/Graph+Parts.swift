internal import Geo
internal import JSON

/// Graphs that compute a part of what a graph computes.
extension Graph {
  /// The same graph in which the results of some steps only are stored: in each stage nothing is computed but those and
  /// what they need, and what earlier stages stored is there.
  func storing(_ stored: Set<Int>) -> Graph {
    var graph = self
    let stages = Set(stored.map { steps[$0].stage })
    var wanted = Set<Int>()
    for index in steps.indices.reversed() {
      let step = steps[index]
      graph.steps[index].isSaved = stored.contains(index)
      graph.steps[index].isNeeded =
        stored.contains(index) || step.outputs.contains(where: wanted.contains)
        || step.module is any MaskModule && stages.contains(step.stage)
      guard graph.steps[index].isNeeded else { continue }
      wanted.formUnion(
        step.inputs.filter { port in
          let home = steps[ports[port].step]
          return home.stage == step.stage && !home.isReduction
        })
    }
    return graph
  }

  /// The graph that finds the usable pixels of each date, and for each of its products, in their order, the mask that
  /// asks for them; nil where no mask does.
  func usable() -> (graph: Graph, masks: [Step])? {
    let masks = steps.indices.filter { steps[$0].module is any MaskModule }
    let asking = masks.filter { (steps[$0].module as? any MaskModule)?.leastUsable != nil }
    guard let last = asking.last else { return nil }
    let bands = steps.filter { $0.isNeeded && $0.stage == 0 && !($0.module is any MaskModule) }
      .flatMap { $0.module is any SourceModule ? ($0.isSaved ? $0.outputs.filter(isOutput) : []) : $0.inputs }
      .filter { steps[ports[$0].step].module is any SourceModule && !band($0).isQuality }
    var graph = self
    for index in steps.indices { (graph.steps[index].isSaved, graph.steps[index].isNeeded) = (false, false) }
    for mask in asking {
      let before = masks.prefix { $0 <= mask }
      let read = bands.isEmpty ? before.flatMap { steps[$0].outputs } : Set(bands).sorted()
      let module = UsablePixels(
        inputs: read.map { ports[$0].variable.name }, areMasks: bands.isEmpty)
      graph.ports.append(
        Port(
          variable: module.outputs[0].named("usable.\(ports[steps[mask].outputs[0]].variable.name)"),
          period: .date, isNumber: false, step: graph.steps.count, output: 0))
      graph.steps.append(
        Step(
          name: "usable", module: module, isSaved: true, encoding: VariableEncoding(), parameters: [:],
          inputs: read, outputs: [graph.ports.count - 1], stage: 0, masks: before.count, member: nil,
          isNeeded: true))
    }
    var wanted = Set(graph.steps.suffix(asking.count).flatMap(\.inputs))
    for index in steps.indices.reversed() {
      let isMask = index <= last && steps[index].module is any MaskModule
      guard isMask || steps[index].outputs.contains(where: wanted.contains) else { continue }
      graph.steps[index].isNeeded = true
      wanted.formUnion(steps[index].inputs)
    }
    graph.inspected = nil
    return (graph, asking.map { steps[$0] })
  }
}
