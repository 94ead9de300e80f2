public import Geo
public import JSON

/// The modules of a sequence as a graph: steps, and the variables (ports) that go from one to the next.
///
/// Plain values, made once from the config. Everything the engine decides is derived from them: which steps nobody
/// needs, the stages, how far beyond a chunk each stage looks, the products.
public struct Graph: Sendable {
  /// What goes from step to step.
  public struct Port: Sendable {
    public let variable: Variable
    public let period: Period
    /// Whether it is one number a layer, not a raster.
    public let isNumber: Bool
    /// The step it comes out of, and which of its outputs it is.
    let step: Int
    let output: Int
  }

  /// A module in its place.
  public struct Step: Sendable {
    public let name: String
    public let module: any Module
    public internal(set) var isSaved: Bool
    let encoding: VariableEncoding
    /// Those that differ from the module's defaults.
    let parameters: JSONValue
    /// Ports, in the order of the module's inputs.
    let inputs: [Int]
    let outputs: [Int]
    /// The stage it runs in, by its place in `stages`.
    public let stage: Int
    /// How many of the sequence's masks come before it.
    let masks: Int
    /// The module of the sequence that it is, by its place; nil for a step that the graph made for itself.
    public let member: Int?
    /// Whether something that is saved depends on it.
    var isNeeded = false
  }

  /// Steps that are run together over a window: for each date, or for each layer of a period.
  public struct Stage: Sendable {
    /// `date` for the first, that of its variables for the others.
    public let period: Period
    /// How many reductions lie between the scenes and it, at most.
    let depth: Int
  }

  public internal(set) var ports: [Port] = []
  public internal(set) var steps: [Step] = []
  public private(set) var stages: [Stage] = [Stage(period: .date, depth: 0)]
  /// How scenes of one date that overlap become one layer.
  public private(set) var fuse = FuseRule.first
  /// The step whose inputs are written for inspection; nil where nobody inspects.
  var inspected: Int?
  /// By name, what a step that comes next would read.
  private var named: [String: Int] = [:]
  private var maskCount = 0
  private var memberCount = 0
  private var swathMaskCount = 0

  /// A module of a sequence, as a graph is made of it.
  public struct Member: Sendable {
    public let name: String
    public let module: any Module
    /// Whether its results are written.
    public let isSaved: Bool
    public let encoding: VariableEncoding
    /// Those that differ from the module's defaults.
    public let parameters: JSONValue

    public init(
      name: String, module: any Module, isSaved: Bool, encoding: VariableEncoding = VariableEncoding(),
      parameters: JSONValue = [:]
    ) {
      self.name = name
      self.module = module
      self.isSaved = isSaved
      self.encoding = encoding
      self.parameters = parameters
    }
  }

  /// - Parameters:
  ///   - members: in the order of the sequence; they were checked when they were made.
  ///   - inspecting: whether to write, besides, what comes into the last of them.
  public init(_ members: [Member], inspecting: Bool = false) {
    for member in members {
      append(member)
      memberCount += 1
    }
    if inspecting { inspected = steps.indices.last }
    markNeeded()
  }

  /// Completes what variables say of themselves by what is known only when the scenes are.
  public mutating func describe(_ describe: (Variable) -> Variable) {
    ports = ports.map {
      Port(
        variable: describe($0.variable), period: $0.period, isNumber: $0.isNumber, step: $0.step,
        output: $0.output)
    }
  }

  // MARK: Steps

  private mutating func append(_ member: Member) {
    switch member.module {
    case let source as any SourceModule:
      fuse = source.fuse
      add(
        member, inputs: [], outputs: source.bands.map { ($0.variable, Period.date) },
        // Those that masks are applied to on the swath get their names from the masks.
        names: source.bands.map { $0.isPlain ? $0.name : $0.key }, stage: 0)
    case let source as any LayerModule:
      add(
        member, inputs: [], outputs: source.layers.map { ($0.band.variable, Period.fixed) },
        stage: self.stage(.fixed, depth: 0))
    case let numbers as any NumberModule:
      add(
        member, inputs: [], outputs: numbers.outputs.map { ($0, numbers.period) }, stage: 0, areNumbers: true)
    case let table as any TableModule:
      let inputs = table.inputs.map(port)
      add(member, inputs: inputs, outputs: [], stage: stage(of: inputs))
    case let mask as any MaskModule:
      let inputs = [port(mask.band)]
      add(member, inputs: inputs, outputs: [(mask.output, .date)], stage: 0)
      maskCount += 1
      if mask.isOnSwath { nameBandsBehindMask() }
    case let pixelwise as any PixelwiseModule:
      addLocal(member, pixelwise.inputs, pixelwise.outputs, isBehind: pixelwise.layerNumber != nil)
    case let filter as any NeighbourhoodModule: addLocal(member, filter.inputs, filter.outputs)
    case let reduction as any ReductionModule:
      let inputs = reduction.inputs.map(port)
      add(
        member, inputs: inputs, outputs: reduction.outputs.map { ($0, reduction.period) },
        stage: stage(of: inputs))
    default: break
    }
  }

  /// Has steps that follow a mask on the swath read the bands to which it is applied.
  private mutating func nameBandsBehindMask() {
    swathMaskCount += 1
    for port in ports.indices where steps[ports[port].step].module is any SourceModule {
      let band = band(port)
      if band.swathMasks.count == swathMaskCount { named[band.name] = port }
    }
  }

  /// What a step reads that was computed before a mask on the swath which counts for the step: no such mask reaches it; or
  /// the result of such a mask, which has none on the grid. Nil where there is none.
  public var missedByMask: (variable: String, computedBy: Int, readBy: Int)? {
    let onSwath = steps.filter { $0.module is any MaskModule }
      .map { ($0.module as? any MaskModule)?.isOnSwath ?? false }
    for (place, step) in steps.enumerated() where step.stage == 0 && step.isNeeded {
      guard !(step.module is any MaskModule) else { continue }
      for input in step.inputs {
        let (port, home) = (ports[input], steps[ports[input].step])
        let isComputed = home.module is any PixelwiseModule || home.module is any NeighbourhoodModule
        let isMissed = isComputed && home.stage == 0 && onSwath[home.masks..<step.masks].contains(true)
        guard isMissed || (home.module as? any MaskModule)?.isOnSwath ?? false else { continue }
        return (port.variable.name, port.step, place)
      }
    }
    return nil
  }

  /// Adds a step whose results have the period of its inputs.
  ///
  /// - Parameter isBehind: whether all of its inputs must be stored before it runs, as it looks at whole layers.
  private mutating func addLocal(
    _ member: Member, _ names: [String], _ variables: [Variable], isBehind: Bool = false
  ) {
    let inputs = names.map(port)
    let stage = isBehind ? stageBehind(inputs) : stage(of: inputs)
    add(member, inputs: inputs, outputs: variables.map { ($0, stages[stage].period) }, stage: stage)
  }

  private mutating func add(
    _ member: Member, inputs: [Int], outputs: [(variable: Variable, period: Period)], names: [String]? = nil,
    stage: Int, areNumbers: Bool = false
  ) {
    // Before the step's own results: a step that the graph makes for it comes first.
    let inputs = inputs.map { visible($0, in: stage) }
    let first = ports.count
    for (output, made) in outputs.enumerated() {
      var variable = made.variable
      // A value of a date stands for its moment, unless the module says otherwise.
      if made.period == .date, !variable.storage.isFlags, variable.cellMethods == nil {
        variable.cellMethods = Variable.atPoints
      }
      ports.append(
        Port(
          variable: variable, period: made.period, isNumber: areNumbers, step: steps.count, output: output))
      named[names?[output] ?? made.variable.name] = first + output
    }
    steps.append(
      Step(
        name: member.name, module: member.module, isSaved: member.isSaved, encoding: member.encoding,
        parameters: member.parameters, inputs: inputs, outputs: Array(first..<ports.count), stage: stage,
        masks: stage == 0 ? maskCount : 0, member: memberCount))
  }

  /// The port with a port's values as a step of a stage sees them that comes next: what masks reject that came after the
  /// values is missing there. In the stage of dates the step itself counts the masks.
  private mutating func visible(_ port: Int, in stage: Int) -> Int {
    let home = steps[ports[port].step]
    let masks = home.module is any SourceModule ? 0 : home.masks
    guard stage != 0, home.stage == 0, !home.isReduction, !ports[port].isNumber, masks < maskCount,
      !(home.module is any MaskModule)
    else { return port }
    let variable = ports[port].variable.named("masked\(maskCount).\(ports[port].variable.name)")
    if let known = ports.firstIndex(where: {
      $0.variable.name == variable.name && steps[$0.step].member == nil
    }) {
      return known
    }
    ports.append(Port(variable: variable, period: .date, isNumber: false, step: steps.count, output: 0))
    steps.append(
      Step(
        name: variable.name, module: MaskedValues(variable: variable), isSaved: false,
        encoding: VariableEncoding(),
        parameters: [:], inputs: [port], outputs: [ports.count - 1], stage: 0, masks: maskCount, member: nil))
    return ports.count - 1
  }

  private func port(_ name: String) -> Int {
    guard let port = named[name] else {
      preconditionFailure("a module reads \"\(name)\", which nothing offers: its make() did not check")
    }
    return port
  }

  /// The stage in which a step with these inputs runs: that of their period, behind whatever they come from.
  private mutating func stage(of inputs: [Int]) -> Int {
    // What is the same all the time goes with rasters of any period, and numbers with those of theirs.
    let varying = inputs.filter { !ports[$0].isNumber && ports[$0].period != .fixed }
    let numbers = inputs.filter { ports[$0].isNumber && ports[$0].period != .fixed }
    // Values of dates are stored for those that a series made of the same dates.
    let behind = varying.first { ports[$0].period != .date }
    guard let leading = behind ?? varying.first ?? numbers.first ?? inputs.first,
      ports[leading].period != .date
    else { return 0 }
    return stage(ports[leading].period, depth: varying.map(depth).max() ?? 0)
  }

  /// The stage of the same period that comes after those in which the inputs are computed.
  private mutating func stageBehind(_ inputs: [Int]) -> Int {
    let depths = inputs.map { depth($0) + (steps[ports[$0].step].isReduction ? 0 : 1) }
    return stage(inputs.first.map { ports[$0].period } ?? .date, depth: depths.max() ?? 1)
  }

  private mutating func stage(_ period: Period, depth: Int) -> Int {
    if let known = stages.firstIndex(where: { $0.period == period && $0.depth == depth }) { return known }
    stages.append(Stage(period: period, depth: depth))
    return stages.count - 1
  }

  /// The depth of the stage where a port's values can be read.
  private func depth(_ port: Int) -> Int {
    let step = steps[ports[port].step]
    return stages[step.stage].depth + (step.isReduction ? 1 : 0)
  }

  /// Marks, from the saved results backwards, what they depend on.
  private mutating func markNeeded() {
    var wanted = Set<Int>()
    for index in steps.indices.reversed() {
      let isWanted =
        steps[index].isSaved || steps[index].isTable || inspected == index
        || steps[index].outputs.contains(where: wanted.contains)
        // What a mask rejects is missing for every step that follows.
        || steps[index].module is any MaskModule
      guard isWanted else { continue }
      steps[index].isNeeded = true
      wanted.formUnion(steps[index].inputs)
    }
  }
}
