internal import Geo
public import JSON

/// The key of each product and table of a sequence: a digest of all that decides about its numbers and its bytes.
///
/// That is the part of the graph below it (modules, their revisions, their parameters that differ from the defaults,
/// the masks before them, down to each band of each scene), the grid, the dates and the encoding. Not in it are the
/// chunks, threads and memory, which change no number, and the version of Apus, which does so only where a revision
/// says so.
public struct ProductKeys: Sendable {
  /// The number of the engine's own methods: raised whenever reading, resampling, masking, fusing or packing gives
  /// other numbers for the same graph.
  public static let engineRevision = 2

  /// A module in its place, with what it computes from.
  public struct Step: Sendable {
    /// Of its (first) result.
    public let name: String
    public let module: String
    public let revision: Int
    /// Those that differ from the module's defaults.
    public let parameters: JSONValue
    public let key: String
    /// The steps it reads from and those of the masks before it, by position.
    public let sources: [Int]
    /// The bands it reads, by position among the program's bands.
    public let bands: [Int]
  }

  /// What tells versions of the data that a sequence reads apart.
  public struct Inputs {
    /// A band of a scene, by time step, scene and band.
    let band: (_ step: Int, _ scene: Int, _ band: Int) -> String
    /// A raster without a date, by the name of its variable.
    let layer: (_ name: String) -> String
    /// What the config says to all modules beside their parameters: a table of sensors.
    let knowledge: String

    public init(
      knowledge: String = "", layer: @escaping (_ name: String) -> String = { $0 },
      band: @escaping (_ step: Int, _ scene: Int, _ band: Int) -> String
    ) {
      self.knowledge = knowledge
      self.layer = layer
      self.band = band
    }
  }

  /// What everything in the sequence depends on, by name: the engine's revision, the grid, the dates.
  public let cube: [(name: String, key: String)]
  /// Counted like the program's bands.
  public let bands: [(name: String, key: String)]
  /// Counted like the graph's steps; the source of scenes has none.
  public let steps: [Step?]
  /// Counted like the plan's products: how the store and files hold the values.
  public let encodings: [String]
  /// Counted like the plan's products.
  public let products: [String]
  /// By name: tables of rows, and of numbers that are written.
  public let tables: [String: String]
  /// The step that makes a table.
  private let tableSteps: [String: Int]

  /// - Parameters:
  ///   - plan: a whole one.
  ///   - deflateLevel: of variables that have none of their own.
  ///   - inputs: what tells versions of the data apart, asked once for each band, scene and date.
  public init(_ plan: SequencePlan, deflateLevel: Int, inputs: Inputs) {
    let graph = plan.compiled.graph
    let bands = plan.program.bands.enumerated().map { place, band in
      (name: band.key, key: ProductKeys.key(ofBand: place, plan, inputs))
    }
    var steps: [Step?] = []
    var ports: [Int: String] = [:]
    for step in graph.steps {
      guard !(step.module is any SourceModule) else {
        for port in step.outputs { ports[port] = bands.first { $0.name == graph.band(port).key }?.key }
        steps.append(nil)
        continue
      }
      let made = ProductKeys.describe(step, plan, steps, bands.map(\.name), ports, inputs)
      for (output, port) in step.outputs.enumerated() { ports[port] = KeyHash.key(made.key, "\(output)") }
      steps.append(made)
    }
    let cube = ProductKeys.cube(plan, steps, bands.map(\.name), inputs)
    let whole = KeyHash.key(cube.map { "\($0.name) \($0.key)" }.joined(separator: "\n"))
    let encodings = plan.products.map { ProductKeys.encoding($0, deflateLevel: deflateLevel) }
    products = zip(plan.products, encodings).map { product, encoding in
      // What is stored for a table has the table's masks.
      let table = graph.steps[product.step].isTable ? steps[product.step]?.key ?? "" : ""
      // A file that holds several products tells by their keys which they are.
      return KeyHash.key(
        whole, product.variable.name, ports[product.port] ?? "", encoding,
        plan.layerLabels(of: product).joined(separator: " "), table)
    }
    var tableSteps: [String: Int] = [:]
    for (place, step) in graph.steps.enumerated() {
      if let table = step.module as? any TableModule { tableSteps[table.name] = place }
      guard step.isSaved, let numbers = step.module as? any NumberModule,
        let name = step.tableName ?? numbers.outputs.first?.name
      else { continue }
      tableSteps[name] = place
    }
    tables = tableSteps.mapValues { KeyHash.key(whole, steps[$0]?.key ?? "") }
    (self.cube, self.bands, self.steps, self.encodings) = (cube, bands, steps, encodings)
    self.tableSteps = tableSteps
  }

  /// A band of all scenes, whoever reads it.
  private static func key(ofBand band: Int, _ plan: SequencePlan, _ inputs: Inputs) -> String {
    var hash = KeyHash()
    // Bits and classes are read otherwise than measurements.
    hash.add(plan.program.bands[band].isQuality ? "quality" : "measured")
    for (step, timeStep) in plan.timeSteps.enumerated() {
      hash.add(timeStep.label)
      for (place, scene) in timeStep.scenes.enumerated() {
        hash.add(scene.id)
        hash.add(inputs.band(step, place, band))
      }
    }
    return hash.key
  }

  private static func describe(
    _ step: Graph.Step, _ plan: SequencePlan, _ before: [Step?], _ bands: [String], _ ports: [Int: String],
    _ inputs: Inputs
  ) -> Step {
    let graph = plan.compiled.graph
    let descriptor = type(of: step.module).descriptor
    let masks = graph.steps.indices.filter { graph.steps[$0].module is any MaskModule }.prefix(step.masks)
    var hash = KeyHash()
    hash.add(descriptor.name)
    hash.add("\(descriptor.revision)")
    hash.add(step.parameters.text(sortedKeys: true))
    for input in step.inputs { hash.add(ports[input] ?? "") }
    for mask in masks { hash.add(before[mask]?.key ?? "") }
    let names = step.outputs.map { graph.ports[$0].variable.name }
    // What is brought in from outside.
    for name in names where step.module is any LayerModule { hash.add(inputs.layer(name)) }
    for name in names where step.module is any NumberModule {
      hash.add(
        (plan.numbers[name] ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(
          separator: " "))
    }
    if step.module is any PlacedModule {
      for timeStep in plan.timeSteps {
        hash.add("\(timeStep.label) \(timeStep.time) \(timeStep.sunElevation.map { "\($0)" } ?? "")")
      }
    }
    let read = step.inputs.map { graph.ports[$0] }
    return Step(
      name: names.first ?? (step.module as? any TableModule)?.name ?? step.name, module: descriptor.name,
      revision: descriptor.revision, parameters: step.parameters, key: hash.key,
      sources: Set(read.map(\.step) + masks).filter { before.indices.contains($0) && before[$0] != nil }
        .sorted(),
      bands: read.filter { before[$0.step] == nil }.compactMap { port in
        let source = graph.steps[port.step].outputs[port.output]
        return bands.firstIndex(of: graph.band(source).key)
      })
  }

  private static func cube(
    _ plan: SequencePlan, _ steps: [Step?], _ bands: [String], _ inputs: Inputs
  ) -> [(name: String, key: String)] {
    let grid = plan.grid
    var parts = [
      (name: "engine", key: "\(engineRevision)"),
      (
        name: "grid",
        key: KeyHash.key(
          grid.crs.authorityCode ?? grid.crs.wkt, grid.transform.gdal.map { "\($0)" }.joined(separator: " "),
          "\(grid.width) \(grid.height)")
      ),
      (
        name: "dates",
        key: KeyHash.key(
          plan.range.map { "\($0.lowerBound) \($0.upperBound)" } ?? "",
          plan.timeSteps.map(\.label).joined(separator: " "))
      ),
      (name: "sensors", key: KeyHash.key(inputs.knowledge)),
    ]
    // Where each scene is masked by itself, all masks decide which scenes a pixel comes from, whatever it is read for; and
    // the best scene is the one with most of the bands that are read.
    let program = plan.program
    var fusing = program.fuse.rawValue
    if program.fuse.masksScenes, plan.timeSteps.contains(where: { $0.scenes.count > 1 }) {
      for (place, step) in plan.compiled.graph.steps.enumerated() where step.module is any MaskModule {
        fusing += " " + (steps[place]?.key ?? "")
      }
      if program.fuse == .best {
        for (band, masks) in zip(bands, program.fewestMasks) { fusing += " \(band) \(masks ?? -1)" }
      }
    }
    parts.append((name: "fusing", key: KeyHash.key(fusing)))
    return parts
  }

  /// How the store and files hold a variable's values, and how its statistics are counted.
  private static func encoding(_ product: Product, deflateLevel: Int) -> String {
    let variable = product.variable
    var text: String
    switch variable.storage {
    case .float32: text = "float32"
    case .int16(let packing): text = "int16, scale \(packing.scale), offset \(packing.offset)"
    case .int32: text = "int32"
    case .flags(let flags): text = "flags " + flags.map { "\($0.value)" }.joined(separator: " ")
    }
    // What only later stages read leaves the store with the run.
    if product.isPublished { text += ", deflate \(variable.deflateLevel ?? deflateLevel)" }
    return text + ", statistics \(variable.statisticsRange.lowerBound) \(variable.statisticsRange.upperBound)"
  }
}

extension ProductKeys {
  /// The steps that a product comes from, in the order of the sequence, and the bands.
  public func ancestry(of product: Product, in plan: SequencePlan) -> (steps: [Step], bands: [Int]) {
    guard steps[product.step] == nil else { return ancestry(product.step) }
    let name = plan.compiled.graph.band(product.port).name
    return ([], bands.indices.filter { bands[$0].name == name })
  }

  /// The same of a table.
  public func ancestry(ofTable name: String) -> (steps: [Step], bands: [Int]) {
    tableSteps[name].map(ancestry) ?? ([], [])
  }

  private func ancestry(_ step: Int) -> (steps: [Step], bands: [Int]) {
    var waiting = [step]
    var found: Set<Int> = []
    var bands: Set<Int> = []
    while let step = waiting.popLast() {
      guard let described = steps[step], found.insert(step).inserted else { continue }
      bands.formUnion(described.bands)
      waiting += described.sources
    }
    return (found.sorted().compactMap { steps[$0] }, bands.sorted())
  }
}
