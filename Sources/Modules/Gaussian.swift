public import Engine
public import Geo
internal import JSON
public import Raster

/// Smooths a variable with a Gaussian (`gaussian`).
public struct Gaussian: NeighbourhoodModule {
  public let inputs: [String]
  public let outputs: [Variable]
  private let filter: GaussianFilter

  /// Neighbours across the edge of the grid may lie anywhere in it.
  public var radius: Int {
    filter.edge == .wrap ? Neighbourhood.wholeGrid : max(filter.radius.y, filter.radius.x)
  }
  /// The number beyond the edge of the grid is a neighbour, too.
  public var fillsMissing: Bool {
    if case .constant = filter.edge { filter.missing == .fill } else { false }
  }
  /// The result before it is put in its place.
  public let scratchBytesPerPixel = MemoryLayout<Float>.stride

  /// The farthest pixel that may be looked at: what lies around a chunk is read and computed with it.
  private static let largestRadius = 512

  public static let descriptor = ModuleDescriptor(
    name: "gaussian", shape: .neighbourhood,
    summary: "Smooths a variable with a Gaussian, as scipy's gaussian_filter does.",
    method: "Σ w(d) · neighbour / Σ w(d) with w(d) = exp(−d² / 2σ²), along columns, then along rows.",
    discussion: """
      Each pixel becomes the mean of its neighbours, weighed by exp(−d²/2σ²) along rows and along columns, as far as \
      int(`truncate` · σ + 0.5) pixels; an axis with a radius of 0 is left alone. Works on single dates and on the \
      layers of a composite. Sums are taken in double precision in a fixed order: a result does not depend on chunks.

      `mode` says what lies beyond the edge of the grid (never of a chunk), by scipy's names: `reflect` \
      (d c b a | a b c d | d c b a), `mirror` (d c b | a b c d | c b a), `nearest` (a a a | a b c d | d d d), `wrap` \
      (a b c d | a b c d | a b c d), `constant` (the number `cval`). With `wrap` each chunk reads the whole grid: for \
      grids around the globe that are smoothed at a coarse resolution.

      `missing` says what happens around missing pixels: `normalise` leaves them out and makes the other weights up to 1, \
      and they stay missing; `fill` gives those a value that have a neighbour; `propagate` makes every pixel missing that \
      has a missing neighbour, as scipy does.
      """,
    references: [
      "scipy.ndimage.gaussian_filter: Virtanen et al. 2020, SciPy 1.0, Nature Methods 17:261-272"
    ],
    parameters: [
      ModuleParameter(
        "of", .variable, "The variable; by default the latest computed one, or else the only band."),
      ModuleParameter(
        "sigma",
        .either([
          .number(0...1e4), .list(of: .number(0...1e4), atLeast: 2),
          .object([
            .init("y", .number(0...1e4), "Across rows, in pixels."),
            .init("x", .number(0...1e4), "Across columns, in pixels."),
          ]),
        ]), required: true,
        "The standard deviation in pixels: one number, [y, x], or {\"y\": 1, \"x\": 0}."),
      ModuleParameter(
        "truncate", .number(0...100), default: 4, "Where the Gaussian ends, in standard deviations."),
      ModuleParameter(
        "mode", .choice(["reflect", "nearest", "mirror", "wrap", "constant"]), default: "reflect",
        "What lies beyond the edge of the grid."),
      ModuleParameter(
        "cval", .number(-1e38...1e38), "The number beyond the edge, for \"constant\"; 0 when absent."),
      ModuleParameter(
        "missing", .choice(GaussianFilter.MissingRule.allCases.map(\.rawValue)), default: "normalise",
        "What happens around missing pixels."),
    ],
    trial: ModuleTrial(
      before: [
        #"{ "module": "ndvi" }"#
      ]),
    examples: [
      #"{ "module": "gaussian", "of": "ndvi", "sigma": 1.5 }"#,
      #"{ "module": "gaussian", "of": "red", "sigma": [2, 1], "mode": "nearest", "missing": "fill" }"#,
    ])

  public static func make(_ arguments: ModuleArguments, in scope: ModuleScope) -> Gaussian? {
    let before = scope.diagnostics.count
    guard let entry = entry(arguments, scope) else { return nil }
    let (sigma, truncate) = (sigma(arguments, scope), arguments.number("truncate") ?? 4)
    if let sigma {
      for sigma in [sigma.y, sigma.x] {
        guard let radius = GaussianFilter.radius(sigma: sigma, truncate: truncate), radius <= largestRadius
        else {
          scope.report(
            "a Gaussian of \(sigma) pixels, cut at \(truncate) of them, looks farther than \(largestRadius) pixels",
            at: "sigma", of: arguments,
            suggestion: "use a coarser \"resolution\", or a smaller \"truncate\"")
          break
        }
      }
    }
    let mode = arguments.text("mode") ?? "reflect"
    if mode != "constant", arguments.node("cval") != nil {
      scope.report("only \"mode\": \"constant\" has a cval", at: "cval", of: arguments)
    }
    let name = scope.resultName(of: arguments, default: "\(entry.variable.name)_gaussian")
    guard let sigma, let name, scope.diagnostics.count == before else { return nil }
    let filter = GaussianFilter(
      sigma: sigma, truncate: truncate, edge: edge(mode, arguments.number("cval") ?? 0),
      missing: arguments.text("missing").flatMap(GaussianFilter.MissingRule.init(rawValue:)) ?? .normalise)
    var output = entry.variable.named(name)
    output.longName = "\(entry.variable.longName), smoothed (sigma \(sigma.y), \(sigma.x))"
    output.companions = []
    let module = Gaussian(inputs: [entry.variable.name], outputs: [output], filter: filter)
    scope.offer(.init(variable: output, period: entry.period))
    return module
  }

  private static func entry(_ arguments: ModuleArguments, _ scope: ModuleScope) -> ModuleScope.Entry? {
    if let name = arguments.text("of") {
      guard let entry = scope.variable(name, at: "of", of: arguments) else { return nil }
      guard case .float32 = entry.variable.storage, entry.band?.isQuality != true else {
        scope.report(
          "\"\(name)\" holds whole numbers or flags; a Gaussian needs values between which there are others",
          at: "of",
          of: arguments, suggestion: "smooth the variable it was made of")
        return nil
      }
      return entry
    }
    let computed = scope.entries.last {
      $0.band == nil && $0.variable.storage == .float32 && $0.isResult
    }
    let bands = scope.entries.filter { $0.band.map { !$0.isQuality } ?? false }
    if let found = computed ?? (bands.count == 1 ? bands[0] : nil) { return found }
    scope.report(
      "\"gaussian\" needs the variable to smooth", at: nil, of: arguments,
      suggestion: "name a variable with \"of\"")
    return nil
  }

  private static func sigma(_ arguments: ModuleArguments, _ scope: ModuleScope) -> (y: Double, x: Double)? {
    guard let node = arguments.node("sigma") else { return nil }
    if let both = node.double { return (both, both) }
    if let list = node.array?.compactMap(\.double), list.count == 2 { return (list[0], list[1]) }
    if let y = node["y"]?.double, let x = node["x"]?.double { return (y, x) }
    scope.report(
      "sigma is one number or one an axis", at: "sigma", of: arguments,
      suggestion: "1.5, [1.5, 1] (y, x) or {\"y\": 1.5, \"x\": 1}")
    return nil
  }

  private static func edge(_ mode: String, _ value: Double) -> GaussianFilter.EdgeMode {
    switch mode {
    case "nearest": .nearest
    case "mirror": .mirror
    case "wrap": .wrap
    case "constant": .constant(value)
    default: .reflect
    }
  }

  public func process(
    _ inputs: [SamplePlane], window: PixelWindow, grid: PixelWindow, into outputs: [SamplePlane]
  ) {
    let inner = window.inner(radius: filter.radius, in: grid)
    let target = outputs[0]
    guard !inner.isEmpty else { return target.fill(.nan) }
    let scratch = SamplePlane()
    scratch.reshape(type: .float32, width: inner.width, height: inner.height)
    var result = scratch.samples(as: Float.self).mutableSpan
    filter.apply(
      to: UnsafeBufferPointer(inputs[0].samples(as: Float.self)).span, covering: window,
      gridWidth: grid.width,
      gridHeight: grid.height, window: inner, into: &result)
    let values = scratch.samples(as: Float.self)
    let all = target.samples(as: Float.self)
    for row in 0..<inner.height {
      let start = (inner.row - window.row + row) * window.width + inner.column - window.column
      _ = UnsafeMutableBufferPointer(rebasing: all[start..<(start + inner.width)])
        .update(fromContentsOf: values[(row * inner.width)..<((row + 1) * inner.width)])
    }
  }
}
