public import Engine
public import Geo
internal import JSON
public import Raster

/// Shapes of flags: opened, closed, without small patches (`morphology`).
public struct Morphology: NeighbourhoodModule, GroundSizedModule {
  enum Operation: String, CaseIterable, Hashable, Sendable {
    case erode, dilate, open, close
    case removePatches = "remove_patches"
    case fillHoles = "fill_holes"

    var isOfPatches: Bool { self == .removePatches || self == .fillHoles }
  }

  public let inputs: [String]
  public let outputs: [Variable]
  private let operation: Operation
  private let shape: Neighbourhood.Shape
  /// The radius, or the least size of a patch.
  private let size: GroundSize
  private let withDiagonals: Bool

  /// The largest patch that can be asked for: whether a patch is smaller shows within as many pixels.
  static let largestPatch = 256
  static let largestRadius = 50

  public static let descriptor = ModuleDescriptor(
    name: "morphology", shape: .neighbourhood,
    summary: "Erodes, dilates, opens and closes flags, and removes patches that are too small.",
    method:
      "Erosion: true where every neighbour is; dilation: true where any is; opening: erosion, then "
      + "dilation; closing: dilation, then erosion.",
    discussion: """
      For variables of true and false, such as comparisons make. `erode` keeps pixels all of whose neighbours at most \
      `radius` away are true, `dilate` takes in those that have a true neighbour; `open` erodes, then dilates: parts \
      narrower than the shape go; `close` dilates, then erodes: gaps narrower than the shape are closed. `disk` takes \
      pixels whose centres are at most so far away (scikit-image's `disk`), `square` columns and rows.

      `remove_patches` makes patches of fewer than `size` connected true pixels false, `fill_holes` patches of fewer \
      false ones true. A patch is cut off by missing pixels and by the edge of the grid.

      Missing pixels stay missing, and do not count as neighbours; nor does what lies beyond the edge of the grid.
      """,
    references: [
      "Serra 1982, Image Analysis and Mathematical Morphology",
      "scikit-image: van der Walt et al. 2014, PeerJ 2:e453, for the shapes",
    ],
    parameters: [
      ModuleParameter("of", .variable, "The flags; by default the latest computed ones."),
      ModuleParameter(
        "operation", .choice(Operation.allCases.map(\.rawValue)), required: true, "What is done."),
      ModuleParameter(
        "radius", .either([.number(0...50), .form(.length)]),
        "How far neighbours are: a number of pixels, 1 to 50, or a length such as \"90 m\"."),
      ModuleParameter(
        "shape", .choice(Neighbourhood.Shape.allCases.map(\.rawValue)), default: "disk",
        "Which pixels are near."),
      ModuleParameter(
        "size", .either([.integer(1...256), .form(.area)]),
        "The fewest pixels of a patch that stays, 2 to 256, or an area such as \"1 ha\"."),
      ModuleParameter(
        "connectivity", .choice(["4", "8"]), default: "8",
        "Whether pixels that touch at a corner are connected: with 8 they are."),
    ],
    trial: ModuleTrial(
      before: [
        #"{ "module": "index", "name": "MNDWI" }"#,
        #"{ "module": "threshold", "of": "mndwi", "above": 0, "as": "water" }"#,
      ]),
    examples: [
      #"{ "module": "morphology", "of": "water", "operation": "open", "radius": 1 }"#,
      #"{ "module": "morphology", "of": "water", "operation": "remove_patches", "size": 6 }"#,
    ])

  public static func make(_ arguments: ModuleArguments, in scope: ModuleScope) -> Morphology? {
    let before = scope.diagnostics.count
    guard let operation = arguments.text("operation").flatMap(Operation.init(rawValue:)) else { return nil }
    let filter = FilterInput(arguments: arguments, scope: scope, module: "morphology")
    let wanted = operation.isOfPatches ? "size" : "radius"
    let own = operation.isOfPatches ? ["size", "connectivity"] : ["radius", "shape"]
    for key in ["radius", "shape", "size", "connectivity"]
    where !own.contains(key) && arguments.node(key) != nil {
      scope.report("\"\(operation.rawValue)\" has no \(key)", at: key, of: arguments)
    }
    if arguments.node(wanted) == nil {
      scope.report("\"\(operation.rawValue)\" needs a \(wanted)", at: "operation", of: arguments)
    }
    let size = filter.size(wanted, isArea: operation.isOfPatches)
    let entry = filter.entry(isFlagsTaken: true, needs: "true and false")
    if let entry, !entry.variable.storage.isTrueOrFalse {
      scope.report(
        "\"\(entry.variable.name)\" is not true or false", at: "of", of: arguments,
        suggestion: "compare it with something: \"expression\"")
    }
    guard let entry, let size,
      let name = scope.resultName(of: arguments, default: "\(entry.variable.name)_\(operation.rawValue)"),
      scope.diagnostics.count == before
    else { return nil }
    var output = entry.variable.named(name)
    output.longName = "\(entry.variable.longName): \(operation.rawValue.replacing("_", with: " "))"
    output.companions = []
    let module = Morphology(
      inputs: [entry.variable.name], outputs: [output], operation: operation,
      shape: arguments.text("shape").flatMap(Neighbourhood.Shape.init(rawValue:)) ?? .disk, size: size,
      withDiagonals: arguments.text("connectivity") != "4")
    if let mistake = module.mistake {
      scope.report(mistake, at: wanted, of: arguments)
      return nil
    }
    scope.offer(.init(variable: output, period: entry.period))
    return module
  }

  private var pixels: Double {
    if case .pixels(let pixels) = size { pixels } else { 0 }
  }

  private var mistake: String? {
    let own = ShortNumber.text(pixels, digits: 6)
    if operation.isOfPatches {
      if minimum < 2, !hasGroundSizes { return "a size of \(own) pixels: no patch has fewer" }
      return pixels <= Double(Morphology.largestPatch)
        ? nil : "patches of \(own) pixels: at most \(Morphology.largestPatch) are looked at"
    }
    if pixels < 1, !hasGroundSizes { return "a radius of \(own) pixels: no neighbour is as near" }
    return pixels <= Double(Morphology.largestRadius)
      ? nil : "a radius of \(own) pixels: at most \(Morphology.largestRadius) are looked at"
  }

  public var hasGroundSizes: Bool { if case .metres = size { true } else { false } }

  public func sized(forPixels side: Double) throws(GroundSizeError) -> Morphology {
    let module = Morphology(
      inputs: inputs, outputs: outputs, operation: operation, shape: shape,
      size: .pixels(size.inPixels(of: operation.isOfPatches ? side * side : side)),
      withDiagonals: withDiagonals)
    if let mistake = module.mistake { throw GroundSizeError(mistake) }
    return module
  }

  /// The fewest pixels of a patch that stays.
  private var minimum: Int { Int(pixels.rounded(.up)) }

  public var radius: Int {
    switch operation {
    case .erode, .dilate: Int(pixels)
    case .open, .close: 2 * Int(pixels)
    case .removePatches, .fillHoles: max(0, minimum - 1)
    }
  }

  /// A filter's own, and a plane between two; labels and sizes of patches.
  public var scratchBytesPerPixel: Int { FocalFilter.scratchBytesPerPixel + 4 }

  public func process(
    _ inputs: [SamplePlane], window: PixelWindow, grid: PixelWindow, into outputs: [SamplePlane]
  ) {
    let source = UnsafeBufferPointer(inputs[0].samples(as: Float.self))
    let target = outputs[0].samples(as: Float.self)
    if operation.isOfPatches {
      _ = target.update(fromContentsOf: source)
      let (value, other): (Float, Float) = operation == .removePatches ? (1, 0) : (0, 1)
      return Patches.replace(
        value, by: other, smallerThan: minimum, withDiagonals: withDiagonals, in: target, width: window.width,
        height: window.height)
    }
    let reach = Int(pixels)
    let neighbourhood = Neighbourhood(shape, radius: pixels)
    let first = FocalFilter(operation == .erode || operation == .open ? .min : .max, neighbourhood)
    let inner = window.inner(radius: (reach, reach), in: grid)
    outputs[0].fill(.nan)
    guard operation == .open || operation == .close else {
      return first.apply(to: source, covering: window, grid: grid, window: inner, into: target)
    }
    let between = SamplePlane()
    between.reshape(type: .float32, width: window.width, height: window.height)
    between.fill(.nan)
    first.apply(
      to: source, covering: window, grid: grid, window: inner, into: between.samples(as: Float.self))
    let second = FocalFilter(operation == .open ? .max : .min, neighbourhood)
    second.apply(
      to: UnsafeBufferPointer(between.samples(as: Float.self)), covering: window, grid: grid,
      window: window.inner(radius: (2 * reach, 2 * reach), in: grid), into: target)
  }
}
