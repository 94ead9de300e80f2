internal import Geo

extension SequencePlan {
  /// The same plan whose products and tables bear keys.
  public func keyed(by keys: ProductKeys) -> SequencePlan {
    var plan = keyed(by: keys.products)
    plan.tableKeys = keys.tables
    return plan
  }

  func keyed(by keys: [String]) -> SequencePlan {
    var plan = self
    for (index, key) in keys.enumerated() { plan.compiled.products[index].key = key }
    return plan
  }

  /// The same plan with programs that compute the products of some steps only, and scenes with the bands for that.
  ///
  /// The memory is that of the whole plan, which is never less.
  func computing(_ steps: Set<Int>) -> SequencePlan { reading(with: compiled.computing(steps), name: name) }

  /// A plan over the same grid and dates for a graph that reads no other bands.
  ///
  /// - Precondition: every band of the graph is one of this plan's.
  func reading(with compiled: CompiledGraph, name: String) -> SequencePlan {
    let places = compiled.programs[0].bands.map { band in
      program.bands.firstIndex { $0.key == band.key } ?? program.bands.endIndex
    }
    precondition(!places.contains(program.bands.endIndex), "a part of a graph reads no other bands")
    let timeSteps = timeSteps.map { timeStep in
      timeStep.replacing(
        scenes: timeStep.scenes.map { scene in
          TimeStepScene(id: scene.id, placement: scene.placement, bands: places.map { scene.bands[$0] })
        })
    }
    var plan = SequencePlan(
      name: name, collection: collection, grid: grid, layout: layout, timeSteps: timeSteps, range: range,
      compiled: compiled, memory: memory, layerFiles: layerFiles, numbers: numbers,
      areas: Dictionary(tables.map { ($0.name, $0.areas) }, uniquingKeysWith: { $1 }))
    plan.tableKeys = tableKeys
    plan.positions = positions
    (plan.isGroupedByDate, plan.flagNames) = (isGroupedByDate, flagNames)
    plan.part = part
    return plan
  }

  /// By product, whether a stage computes it.
  var isComputed: [Bool] {
    var isComputed = products.map { _ in false }
    for stage in stages { for product in stage.program.products { isComputed[product] = true } }
    return isComputed
  }
}
