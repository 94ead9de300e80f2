public import Engine
internal import Geo
internal import JSON
internal import Raster

/// Tells pixels above, below or between limits from others, or sorts them into classes by limits (`threshold`).
public struct Threshold: PixelwiseModule {
  /// The numbers from one to another, both included; in Double, where every strict limit has a next number.
  struct Interval: Hashable, Sendable {
    var lower = -Double.infinity
    var upper = Double.infinity

    func contains(_ value: Double) -> Bool { lower <= value && value <= upper }
  }

  public let inputs: [String]
  public let outputs: [Variable]
  /// In their order: a pixel has the number, counted from 1, of the first that holds its value, else 0.
  private let intervals: [Interval]
  /// Found in the layer, and true for greater values.
  public let layerNumber: LayerNumber?

  private static let limits = ["above", "below", "at_least", "at_most", "between"]
  private static let limitFields: [ParameterType.Field] = [
    .init("above", .number(-1e308...1e308), "True for greater values."),
    .init("below", .number(-1e308...1e308), "True for lesser values."),
    .init("at_least", .number(-1e308...1e308), "True for this value and greater ones."),
    .init("at_most", .number(-1e308...1e308), "True for this value and lesser ones."),
    .init(
      "between", .list(of: .number(-1e308...1e308), atLeast: 2),
      "True for these two values and those between them."),
  ]

  public static let descriptor = ModuleDescriptor(
    name: "threshold", shape: .pixelwise,
    summary: "Flags of the pixels whose values are above, below or between limits, or classes by limits.",
    method:
      "1 where a value keeps to every limit, 0 where it does not; with `classes`, the number of the "
      + "first class whose limits it keeps to.",
    discussion: """
      The result is 1 where a value keeps to every limit given, 0 where it does not, and missing (255 in files) where \
      the variable is missing: unlike numpy, where a comparison with a missing value is false. `above` and `below` are \
      strict, `at_least` and `at_most` take in the limit itself, `between` both of its ends.

      With `classes` each has a name and limits of its own; a pixel becomes the first class whose limits its value \
      keeps to: 1 for the first, 2 for the second …; 0, `none`, where there is no such class. A class without limits \
      takes what is left.

      With `otsu` or `percentile` the limit is found in each layer: true are the values above it. Otsu's threshold is \
      where the variance between two classes is greatest, as scikit-image's `threshold_otsu` finds it with 256 bins \
      between the lowest and the highest value; a layer of one value has it as its limit, and nothing is above. A \
      percentile is exact, linear between two values. Both look at all pixels of a layer before the first is compared: \
      the variable has to be one of layers, a composite or a series, or made of one. What was found stands in the \
      summary as `threshold` of each layer, and in files as attribute `apus_threshold`, one number a layer.

      A value is the float32 that a file has of the variable (a band's after scale and offset); it is compared in \
      double precision, with limits as they are written: the float32 nearest to 0.175 is less than 0.175.
      """,
    references: [
      "Otsu 1979, A threshold selection method from gray-level histograms, IEEE Transactions on Systems, Man, and "
        + "Cybernetics 9:62-66; scikit-image, threshold_otsu"
    ],
    parameters: [
      ModuleParameter(
        "of", .variable, "The variable; by default the latest computed one, or else the only band.")
    ] + limitFields.map { ModuleParameter($0.name, $0.type, $0.summary) } + [
      ModuleParameter(
        "otsu", .boolean, "Instead of limits: true for values above Otsu's threshold of each layer."),
      ModuleParameter(
        "percentile", .number(0...100),
        "Instead of limits: true for values above this percentile of each layer."),
      ModuleParameter(
        "classes",
        .list(of: .object([.init("name", .text, "What the class is called.")] + limitFields), atLeast: 1),
        "Instead of limits: classes, at most 200, each with a name and limits."),
    ],
    trial: ModuleTrial(
      before: [
        #"{ "module": "index", "name": ["NDBI", "MNDWI"] }"#,
        #"{ "module": "composite", "of": "mndwi", "statistic": "median", "period": "month" }"#,
      ]),
    examples: [
      #"{ "module": "threshold", "of": "ndbi", "above": 0.175, "as": "bright" }"#,
      #"{ "module": "threshold", "of": "mndwi_month_median", "otsu": true, "as": "water" }"#,
      #"{ "module": "threshold", "of": "mndwi", "classes": [{ "name": "dry", "below": 0 }, { "name": "water", "at_least": 0.2 }] }"#,
    ])

  public static func make(_ arguments: ModuleArguments, in scope: ModuleScope) -> Threshold? {
    let before = scope.diagnostics.count
    let named = arguments.text("of") != nil
    let entry = FilterInput(arguments: arguments, scope: scope, module: "threshold")
      .entry(isFlagsTaken: named, needs: "numbers")
    if named, let entry, entry.variable.storage.isFlags {
      scope.report(
        "\"\(entry.variable.name)\" holds flags or classes: these are no amounts", at: "of", of: arguments,
        suggestion: "compare them in an \"expression\"")
    }
    let classes = arguments.node("classes")?.array
    let isLimited = limits.contains { arguments.node($0) != nil }
    let kind = kind(arguments, scope)
    if let kind {
      let key = kind == .otsu ? "otsu" : "percentile"
      let others = (limits + ["classes"]).filter { arguments.node($0) != nil }
      if let other = others.first {
        scope.report(
          "\"\(key)\" finds the limit itself: it goes with no \"\(other)\"", at: other, of: arguments)
      }
      if let entry, entry.period == .date || entry.period == .fixed {
        scope.report(
          "\"\(key)\" looks at whole layers, and \"\(entry.variable.name)\" has none of a period", at: key,
          of: arguments, suggestion: "make a \"composite\" of it first, of months or of all dates")
      }
    } else if classes != nil, isLimited {
      scope.report(
        "either limits or classes", at: "classes", of: arguments, suggestion: "give each class its limits")
    } else if classes == nil, !isLimited {
      scope.report(
        "\"threshold\" needs a limit", at: nil, of: arguments,
        suggestion: "\"above\": 0.2, or \(limits.dropFirst().joined(separator: ", "))")
    }
    var (intervals, flags): ([Interval], [Variable.Flag])
    if let classes {
      (intervals, flags) = read(classes, arguments, scope)
    } else if kind != nil {
      (intervals, flags) = ([], [.init(value: 0, meaning: "false"), .init(value: 1, meaning: "true")])
    } else {
      intervals = [interval(arguments.node, arguments.path, scope)].compactMap(\.self)
      flags = [.init(value: 0, meaning: "false"), .init(value: 1, meaning: "true")]
    }
    guard let entry,
      let name = scope.resultName(of: arguments, default: "\(entry.variable.name)_threshold"),
      scope.diagnostics.count == before
    else { return nil }
    let text =
      switch kind {
      case .otsu: "above Otsu's threshold of each layer"
      case .percentile(let percent): "above percentile \(JSONValue.number(percent).text()) of each layer"
      case nil: limitText(arguments)
      }
    var output = Variable(
      name: name, longName: "\(entry.variable.longName) \(text)",
      statisticsRange: 0...Double(max(1, intervals.count)), storage: .flags(flags))
    output.cellMethods = nil
    scope.offer(.init(variable: output, period: entry.period))
    return Threshold(
      inputs: [entry.variable.name], outputs: [output], intervals: intervals,
      layerNumber: kind.map { LayerNumber($0, of: entry.variable.name) })
  }

  /// What is to be found in each layer; nil where limits are given.
  private static func kind(_ arguments: ModuleArguments, _ scope: ModuleScope) -> LayerNumber.Kind? {
    let percentile = arguments.number("percentile")
    if arguments.boolean("otsu") == false {
      scope.report("\"otsu\": false would do nothing", at: "otsu", of: arguments, suggestion: "leave it out")
    }
    guard arguments.boolean("otsu") == true else { return percentile.map { .percentile($0) } }
    if percentile != nil {
      scope.report("either \"otsu\" or \"percentile\"", at: "percentile", of: arguments)
    }
    return .otsu
  }

  private static func limitText(_ arguments: ModuleArguments) -> String {
    arguments.node("classes") == nil
      ? limits.compactMap { key in
        arguments.node(key).map { "\(key.replacing("_", with: " ")) \($0.plain.text())" }
      }.joined(separator: " and ") : "in classes"
  }

  private static func read(
    _ classes: [JSONNode], _ arguments: ModuleArguments, _ scope: ModuleScope
  ) -> ([Interval], [Variable.Flag]) {
    let path = arguments.path.appending("classes")
    func report(_ message: String, _ node: JSONNode, _ path: JSONPath, suggestion: String? = nil) {
      scope.report(
        Diagnostic(path: path, position: node.position, message: message, suggestion: suggestion))
    }
    guard classes.count <= 200 else {
      report(
        "\(classes.count) classes: a byte holds at most 200", arguments.node("classes") ?? arguments.node,
        path)
      return ([], [])
    }
    var intervals: [Interval] = []
    var flags: [Variable.Flag] = [.init(value: 0, meaning: "none")]
    for (place, node) in classes.enumerated() {
      let own = path.appending(place)
      let name = node["name"]?.string ?? ""
      if !ResultName.isUsable(name) {
        report(
          node["name"] == nil ? "a class without a name" : "\"\(name)\" cannot name a class",
          node["name"] ?? node,
          own, suggestion: "use letters, digits, \"_\", \"-\" and \".\", a letter first")
      } else if flags.contains(where: { $0.meaning == name }) {
        report(
          name == "none"
            ? "\"none\" is what pixels without a class are called" : "\"\(name)\" is named twice",
          node["name"] ?? node, own)
      }
      if let before = intervals.firstIndex(of: Interval()) {
        report("class \(before + 1) has no limit: nothing is left for those behind it", node, own)
      }
      guard let interval = interval(node, own, scope) else { continue }
      intervals.append(interval)
      flags.append(.init(value: UInt8(clamping: place + 1), meaning: name))
    }
    return (intervals, flags)
  }

  /// The values that keep to all limits of an object; nil, with a report, when there are none.
  private static func interval(_ node: JSONNode, _ path: JSONPath, _ scope: ModuleScope) -> Interval? {
    var interval = Interval()
    func narrow(_ lower: Double?, _ upper: Double?) {
      interval.lower = max(interval.lower, lower ?? -.infinity)
      interval.upper = min(interval.upper, upper ?? .infinity)
    }
    narrow(node["above"]?.double?.nextUp, node["below"]?.double?.nextDown)
    narrow(node["at_least"]?.double, node["at_most"]?.double)
    if let between = node["between"] {
      let ends = between.array?.compactMap(\.double) ?? []
      guard ends.count == 2, ends[0] <= ends[1] else {
        scope.report(
          Diagnostic(
            path: path.appending("between"), position: between.position,
            message: "between two numbers, the lesser first", suggestion: "[0.1, 0.3]"))
        return nil
      }
      narrow(ends[0], ends[1])
    }
    guard interval.lower <= interval.upper else {
      scope.report(
        Diagnostic(path: path, position: node.position, message: "no value keeps to all of these limits"))
      return nil
    }
    return interval
  }

  public func process(_ strip: Strip, into outputs: StripOutputs) {
    let input = strip.input(0)
    let target = outputs[0]
    if let layerNumber {
      // A layer that could not be read has none.
      let limit = strip.place?.numbers[layerNumber] ?? .nan
      for pixel in target.indices {
        let value = Double(Float(Double(input.samples[pixel]) * input.scale + input.offset))
        target[pixel] = value.isNaN || limit.isNaN ? .nan : value > limit ? 1 : 0
      }
      return
    }
    for pixel in target.indices {
      let value = Double(Float(Double(input.samples[pixel]) * input.scale + input.offset))
      target[pixel] = value.isNaN ? .nan : Float((intervals.firstIndex { $0.contains(value) } ?? -1) + 1)
    }
  }
}
