internal import Geo

/// What a graph says of its steps, its ports and its stages.
extension Graph {
  /// The masks that reject nothing of any result, by position among the steps: what follows them are layers of periods,
  /// or nothing.
  public var masksWithoutEffect: [Int] {
    let masks = steps.indices.filter { steps[$0].module is any MaskModule }
    return masks.enumerated().filter { number, index in
      let step = steps[index]
      let isAsked = (step.module as? any MaskModule)?.leastUsable != nil || step.isSaved
      let isRead = steps.contains { $0.isNeeded && $0.inputs.contains(where: step.outputs.contains) }
      let hasFollower = steps.contains { other in
        other.isNeeded && other.stage == step.stage && other.masks > number
          && !(other.module is any MaskModule)
      }
      return !isAsked && !isRead && !hasFollower
    }.map(\.element)
  }

  /// The stages in the order in which they are run: what belongs to no date is there before the dates are.
  public var order: [Int] {
    stages.indices.filter { stages[$0].period == .fixed }
      + stages.indices.filter { stages[$0].period != .fixed }
  }

  /// The first step that reads a band of the scenes, by position; nil when none does.
  public func reader(ofBand name: String) -> Int? {
    steps.firstIndex { step in
      step.inputs.contains { port in
        steps[ports[port].step].module is any SourceModule && band(port).name == name
      }
    }
  }

  /// The results of steps with several that are neither read nor kept, though other results of the step are.
  public var unusedOutputs: [(step: Int, names: [String])] {
    steps.indices.compactMap { index in
      let step = steps[index]
      guard step.isNeeded, !step.isSaved, step.outputs.count > 1, !(step.module is any SourceModule) else {
        return nil
      }
      let companions = Set(step.outputs.flatMap { ports[$0].variable.companions })
      let names = step.outputs.filter { port in
        !steps.contains { $0.isNeeded && $0.inputs.contains(port) }
      }.map { ports[$0].variable.name }.filter { !companions.contains($0) }
      return names.isEmpty || names.count == step.outputs.count ? nil : (index, names)
    }
  }

  /// The band of a scene, or the raster without a date, that a port brings in.
  func band(_ port: Int) -> BandRequest {
    switch steps[ports[port].step].module {
    case let source as any SourceModule: return source.bands[ports[port].output]
    case let source as any LayerModule: return source.layers[ports[port].output].band
    default: preconditionFailure("\"\(ports[port].variable.name)\" is computed, not read")
    }
  }

  /// Whether a port is what its step gives, and not the same band once more behind a mask on the swath.
  func isOutput(_ port: Int) -> Bool {
    !(steps[ports[port].step].module is any SourceModule) || band(port).isPlain
  }

  /// Whether a step of another stage reads a port.
  func isReadElsewhere(_ port: Int) -> Bool {
    if ports[port].isNumber { return false }
    let home = steps[ports[port].step]
    return steps.contains { step in
      step.isNeeded && step.inputs.contains(port) && (step.stage != home.stage || home.isReduction)
    }
  }
}

extension Graph.Step {
  /// Whether its results are neither read nor kept: it is not computed.
  public var isUnused: Bool { !isNeeded && !(module is any SourceModule) }
  var isReduction: Bool { module is any ReductionModule }
  /// What the table of its numbers is called, where it is not the first of them that names it.
  public var tableName: String? { (module as? any NumberModule)?.tableName }
  /// Whether it gives rows, of windows that are put together when all chunks are there.
  var isTable: Bool { module is any TableModule }
}
