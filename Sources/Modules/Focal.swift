public import Engine
public import Geo
internal import JSON
public import Raster

/// A statistic of the pixels around each pixel (`focal`).
public struct Focal: NeighbourhoodModule, GroundSizedModule {
  public let inputs: [String]
  public let outputs: [Variable]
  private let statistic: FocalFilter.Statistic
  private let shape: Neighbourhood.Shape
  private let size: GroundSize
  private let missing: FocalFilter.MissingRule

  /// The farthest pixel that may be looked at.
  static let largestRadius = 100
  /// For statistics of values in order, all of which are held.
  static let largestOrderedRadius = 15

  public static let descriptor = ModuleDescriptor(
    name: "focal", shape: .neighbourhood,
    summary: "A statistic of the pixels around each pixel: mean, median, min, max, std or mode.",
    method: "`statistic` of the pixels at most `radius` away that have a value.",
    discussion: """
      Over the pixels at most `radius` away: by their centres (`disk`) or by columns and rows (`square`, of 2 · radius + 1 \
      pixels a side). Missing neighbours, and those beyond the edge of the grid, are left out. Works on single dates and \
      on the layers of a composite.

      `missing` says what happens around missing pixels: with `skip` they stay missing; `fill` gives those a value that \
      have a neighbour; `propagate` makes every pixel missing that has a missing neighbour.

      `std` is that of the population (÷ n). `mode` is the most frequent value, of equally frequent ones the smallest: for \
      flags and other classes. Sums are taken in double precision in a fixed order: a result does not depend on chunks.
      """,
    references: [
      "Tomlin 1990, Geographic Information Systems and Cartographic Modeling, for focal operations"
    ],
    parameters: [
      ModuleParameter(
        "of", .variable, "The variable; by default the latest computed one, or else the only band."),
      ModuleParameter(
        "statistic", .choice(FocalFilter.Statistic.allCases.map(\.rawValue)), default: "mean",
        "What is computed."),
      ModuleParameter(
        "radius", .either([.number(0...100), .form(.length)]), required: true,
        "How far the neighbours are: a number of pixels, or a length such as \"90 m\"; 1 to 100 pixels, to 15 for "
          + "median and mode."),
      ModuleParameter(
        "shape", .choice(Neighbourhood.Shape.allCases.map(\.rawValue)), default: "disk",
        "Which pixels are near."),
      ModuleParameter(
        "missing", .choice(FocalFilter.MissingRule.allCases.map(\.rawValue)), default: "skip",
        "What happens around missing pixels."),
    ],
    trial: ModuleTrial(
      before: [
        #"{ "module": "ndvi" }"#
      ]),
    examples: [
      #"{ "module": "focal", "of": "ndvi", "statistic": "median", "radius": 2 }"#,
      #"{ "module": "focal", "of": "ndvi", "statistic": "std", "radius": 1, "shape": "square" }"#,
    ])

  public static func make(_ arguments: ModuleArguments, in scope: ModuleScope) -> Focal? {
    let before = scope.diagnostics.count
    let statistic = arguments.text("statistic").flatMap(FocalFilter.Statistic.init(rawValue:)) ?? .mean
    let filter = FilterInput(arguments: arguments, scope: scope, module: "focal")
    guard let entry = filter.entry(isFlagsTaken: statistic == .mode, needs: "numbers"),
      let size = filter.size("radius")
    else { return nil }
    let isFlags = entry.variable.storage.isWhole
    if statistic == .mode, !isFlags {
      scope.report(
        "\"\(entry.variable.name)\" holds measured numbers, of which hardly two are the same: a mode needs classes",
        at: "statistic", of: arguments, suggestion: "use \"median\"")
    }
    let name = scope.resultName(
      of: arguments, default: "\(entry.variable.name)_focal_\(statistic.rawValue)")
    guard let name, scope.diagnostics.count == before else { return nil }
    var output = entry.variable.named(name)
    output.longName = "\(statistic.rawValue) of \(entry.variable.longName) around each pixel"
    output.companions = []
    if statistic == .std {
      output.standardName = nil
      output.validRange = nil
      let range = entry.variable.statisticsRange
      output.statisticsRange = 0...(range.upperBound - range.lowerBound)
    }
    let module = Focal(
      inputs: [entry.variable.name], outputs: [output], statistic: statistic,
      shape: arguments.text("shape").flatMap(Neighbourhood.Shape.init(rawValue:)) ?? .disk, size: size,
      missing: arguments.text("missing").flatMap(FocalFilter.MissingRule.init(rawValue:)) ?? .skip)
    if let mistake = module.mistake {
      scope.report(mistake, at: "radius", of: arguments)
      return nil
    }
    scope.offer(.init(variable: output, period: entry.period))
    return module
  }

  private var pixels: Double {
    if case .pixels(let pixels) = size { pixels } else { 0 }
  }

  private var mistake: String? {
    let largest = statistic.isOrdered ? Focal.largestOrderedRadius : Focal.largestRadius
    let own = ShortNumber.text(pixels, digits: 6)
    if pixels < 1, !hasGroundSizes { return "a radius of \(own) pixels: no neighbour is as near" }
    return pixels <= Double(largest)
      ? nil : "a radius of \(own) pixels: \(statistic.rawValue) looks at most \(largest) pixels far"
  }

  public var hasGroundSizes: Bool { if case .metres = size { true } else { false } }

  public func sized(forPixels side: Double) throws(GroundSizeError) -> Focal {
    let module = Focal(
      inputs: inputs, outputs: outputs, statistic: statistic, shape: shape,
      size: .pixels(size.inPixels(of: side)), missing: missing)
    if let mistake = module.mistake { throw GroundSizeError(mistake) }
    return module
  }

  public var radius: Int { Int(pixels) }
  public var scratchBytesPerPixel: Int { FocalFilter.scratchBytesPerPixel }

  public func process(
    _ inputs: [SamplePlane], window: PixelWindow, grid: PixelWindow, into outputs: [SamplePlane]
  ) {
    let filter = FocalFilter(statistic, Neighbourhood(shape, radius: pixels), missing: missing)
    outputs[0].fill(.nan)
    filter.apply(
      to: UnsafeBufferPointer(inputs[0].samples(as: Float.self)), covering: window, grid: grid,
      window: window.inner(radius: (radius, radius), in: grid), into: outputs[0].samples(as: Float.self))
  }
}
