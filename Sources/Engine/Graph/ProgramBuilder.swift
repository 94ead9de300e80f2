internal import Geo

/// Translates one stage of a graph into a program.
struct ProgramBuilder {
  private let graph: Graph
  private let stage: Int
  /// The stored products of earlier stages, by port.
  private let stored: [Int: Int]
  private(set) var program = Program()

  /// Where a port's values are while the program is written.
  private struct Place {
    var pass: Int
    var register: Int
    var masks: Int
  }

  private var places: [Int: Place] = [:]
  /// The plane a port was emitted to, and how many masks counted.
  private var planes: [Int: (plane: Int, masks: Int)] = [:]
  /// Ports whose values may be there where no scene of the date is: numbers, rasters without a date, what is made of them.
  private var known: Set<Int> = []
  /// The mask whose result a port is, counted from 1.
  private var maskNumbers: [Int: Int] = [:]
  private var pass: Int { program.passes.count - 1 }

  init(_ graph: Graph, stage: Int, stored: [Int: Int]) {
    self.graph = graph
    self.stage = stage
    self.stored = stored
    program.fuse = stage == 0 ? graph.fuse : .first
    program.margin = ProgramBuilder.margin(graph, stage)
  }

  /// How far beyond a chunk a stage's steps look, one behind the other.
  private static func margin(_ graph: Graph, _ stage: Int) -> Int {
    var margins: [Int: Int] = [:]
    var widest = 0
    for step in graph.steps.reversed() where step.stage == stage && step.isNeeded {
      let own = step.outputs.compactMap { margins[$0] }.max() ?? 0
      let margin = own + ((step.module as? any NeighbourhoodModule)?.radius ?? 0)
      for input in step.inputs where !(step.module is any MaskModule) {
        margins[input] = max(margins[input] ?? 0, margin)
      }
      widest = max(widest, margin)
    }
    return widest
  }

  /// Translates a step; `product` puts a result into the store.
  mutating func add(_ step: Graph.Step, product: (_ port: Int, Product.Source) -> Void) {
    switch step.module {
    case is any SourceModule, is any LayerModule:
      keep(step, product)
    // Numbers are known beforehand.
    case let mask as any MaskModule:
      let port = step.inputs[0]
      let layer =
        stored[port].map(Program.Mask.Layer.stored) ?? .band(bandIndex(port, isQuality: true))
      program.masks.append(Program.Mask(module: mask, layer: layer))
      let number = program.masks.count
      maskNumbers[step.outputs[0]] = number
      guard step.isSaved else { return }
      program.reportedMasks.insert(number)
      product(step.outputs[0], .mask(number))
    case let pixelwise as any PixelwiseModule:
      let inputs = step.inputs.map { register($0, step.masks) }
      let outputs = step.outputs.map { port in
        let register = newRegister()
        places[port] = Place(pass: pass, register: register, masks: step.masks)
        return register
      }
      program.passes[pass].instructions.append(.compute(pixelwise, inputs: inputs, outputs: outputs))
      if pixelwise.fillsMissing { program.computesEverywhere = true }
      note(step)
      if let number = pixelwise.layerNumber, let product = step.inputs.first.flatMap({ stored[$0] }) {
        program.layerNumbers.append((number, product))
      }
      keep(step, product)
    case let filter as any NeighbourhoodModule:
      let inputs = step.inputs.map { plane($0, step.masks) }
      let outputs = step.outputs.map { _ in newPlane() }
      if filter.fillsMissing { program.computesEverywhere = true }
      note(step)
      program.passes[pass].filter = Program.Filter(module: filter, inputs: inputs, outputs: outputs)
      program.passes.append(Program.Pass())
      for (port, plane) in zip(step.outputs, outputs) { planes[port] = (plane, step.masks) }
      keep(step, product)
    case let reduction as any ReductionModule:
      let planes = step.inputs.map { result($0, step.masks) }
      note(step)
      program.reductions.append(Program.Reduction(module: reduction, planes: planes))
      for (output, port) in step.outputs.enumerated() where step.isSaved || graph.isReadElsewhere(port) {
        product(port, .reduction(program.reductions.count - 1, output: output))
      }
    default: break
    }
  }

  private mutating func keep(_ step: Graph.Step, _ product: (_ port: Int, Product.Source) -> Void) {
    for port in step.outputs where step.isSaved && graph.isOutput(port) || graph.isReadElsewhere(port) {
      product(port, .plane(result(port, step.masks)))
    }
  }

  /// The result plane of a port that an inspected module or a table reads.
  mutating func inspect(_ port: Int, masks: Int) -> Product.Source {
    if isKnown(port) { program.computesEverywhere = true }
    return .plane(result(port, masks))
  }

  /// Notes that a step may have values where no scene of the date is: its inputs' are known there. A chunk without a scene
  /// is then computed as the rest is, so that values do not depend on how the grid is cut.
  private mutating func note(_ step: Graph.Step) {
    guard step.inputs.contains(where: isKnown) else { return }
    program.computesEverywhere = true
    known.formUnion(step.outputs)
  }

  private func isKnown(_ port: Int) -> Bool {
    graph.ports[port].isNumber || graph.ports[port].period == .fixed || known.contains(port)
  }

  // MARK: Places

  private mutating func newRegister() -> Int {
    program.registerCount += 1
    return program.registerCount - 1
  }

  private mutating func newPlane() -> Int {
    program.planeCount += 1
    return program.planeCount - 1
  }

  /// The index of a port's band among those that are read, which it joins.
  private mutating func bandIndex(_ port: Int, isQuality: Bool = false) -> Int {
    var band = graph.band(port)
    // Flags are never scaled, whatever the catalogue says of them.
    if isQuality { band.isQuality = true }
    if let index = program.bands.firstIndex(where: { $0.key == band.key }) {
      if isQuality { program.bands[index].isQuality = true }
      return index
    }
    program.bands.append(band)
    program.fewestMasks.append(nil)
    return program.bands.count - 1
  }

  /// The register that holds a port's values with what so many masks reject missing, in the present pass.
  private mutating func register(_ port: Int, _ masksBefore: Int) -> Int {
    // What a mask rejects is no reason for its own result to be missing there.
    let masks = maskNumbers[port] == nil ? masksBefore : 0
    if let place = places[port], place.pass == pass {
      if place.masks < masks {
        program.passes[pass].instructions.append(.reject(register: place.register, masks: masks))
        places[port]?.masks = masks
      }
      return place.register
    }
    let register = newRegister()
    program.passes[pass].instructions.append(
      .load(source: source(port, masks), register: register, masks: masks))
    places[port] = Place(pass: pass, register: register, masks: masks)
    return register
  }

  /// Whether a port's values are read in this stage: from scenes, or from a raster without a date.
  ///
  /// Every pass reads them as the first does, with the scale that the scenes have. The values in a plane are rounded to
  /// Float: what a module makes of them would depend on the filters that other modules need.
  private func isRead(_ port: Int) -> Bool {
    let module = graph.steps[graph.ports[port].step].module
    return stored[port] == nil && (module is any SourceModule || module is any LayerModule)
  }

  /// The index of the source that a port's values come from.
  private mutating func source(_ port: Int, _ masks: Int) -> Int {
    let source: Program.Source
    if graph.ports[port].isNumber {
      source = .number(name: graph.ports[port].variable.name)
    } else if let place = planes[port], !isRead(port) {
      source = .plane(place.plane)
    } else if let place = places[port], place.pass < pass, !isRead(port) {
      source = .plane(emit(place.register, of: port, in: place.pass, masks: place.masks))
    } else if let number = maskNumbers[port] {
      program.reportedMasks.insert(number)
      // Where it rejects everything, its result is known all the same.
      program.computesEverywhere = true
      source = .mask(number)
    } else if let product = stored[port] {
      source = .stored(product: product)
    } else {
      let band = bandIndex(port)
      program.fewestMasks[band] = min(program.fewestMasks[band] ?? masks, masks)
      source = .band(band)
    }
    if let known = program.sources.firstIndex(of: source) { return known }
    program.sources.append(source)
    return program.sources.count - 1
  }

  /// The plane that gets a port's values with what so many masks reject missing.
  private mutating func plane(_ port: Int, _ masks: Int) -> Int {
    if let present = planes[port], present.masks == masks { return present.plane }
    return emit(register(port, masks), of: port, in: pass, masks: masks)
  }

  private mutating func emit(_ register: Int, of port: Int, in pass: Int, masks: Int) -> Int {
    let plane = newPlane()
    program.passes[pass].instructions.append(.emit(register: register, plane: plane))
    planes[port] = (plane, masks)
    return plane
  }

  /// The same, kept of every cell: its place among the results.
  private mutating func result(_ port: Int, _ masks: Int) -> Int {
    let plane = plane(port, masks)
    if let known = program.results.firstIndex(of: plane) { return known }
    program.results.append(plane)
    return program.results.count - 1
  }
}
