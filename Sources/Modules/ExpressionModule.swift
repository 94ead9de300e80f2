public import Engine
internal import Geo
public import JSON
internal import Raster

/// A formula over variables: band arithmetic, comparisons and logic (`expression`).
public struct ExpressionModule: PixelwiseModule, FormulaModule {
  public let inputs: [String]
  public let outputs: [Variable]
  private let expression: Expression

  public static let descriptor = ModuleDescriptor(
    name: "expression", shape: .pixelwise,
    summary: "A formula over variables: arithmetic, comparisons and logic, pixel by pixel.",
    method: "`formula`, computed in double precision and rounded to float32 once.",
    discussion: """
      `formula` is over bands and results of earlier modules, of single dates or of the layers of one period: \
      `(nir08 - red) / (nir08 + red)`, `ndvi > 0.3 and not bright`, `valid(red) ? red : blue`. Values of dates also go \
      with what a series made for the same dates: `ndvi - ndvi_smooth`. The result of a `cloud_mask` is a variable too, \
      1 where it rejects.

      Operators, from the loosest: `? :`; `or` (`||`); `and` (`&&`); `not` (`!`); `<` `<=` `>` `>=` `==` `!=`; \
      `+` `-`; `*` `/` `%`; `**` (`^`), from the right, -a ** 2 being -(a ** 2). Functions: \
      \(ExpressionFunction.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")). A name that is more than \
      letters, digits and "_" stands in backquotes. `parameters` are numbers with names.

      Bands are physical values (after scale and offset). Numbers are computed in double precision and rounded to \
      float32 once. Missing operands make a result missing, except for `valid`, `coalesce` and the branch that is not \
      chosen; what is not finite (1/0, log 0) is missing. The result of a comparison or of logic is a flag: 1 true, 0 \
      false, missing where an operand is.
      """,
    parameters: [
      ModuleParameter("formula", .text, required: true, "The formula."),
      ModuleParameter(
        "parameters", .map(to: .number(-1e308...1e308)),
        "Numbers that the formula calls by name: {\"L\": 0.5}."),
      ModuleParameter(
        "long_name", .text, "What the result is, for plots and files; the formula when absent."),
      ModuleParameter("units", .text, default: "1", "The result's unit, as UDUNITS has it."),
      ModuleParameter(
        "range", .list(of: .number(-1e308...1e308), atLeast: 2),
        "The values that are usual, least and greatest; -1 to 1 when absent. Percentiles of values outside it are less fine."
      ),
    ],
    examples: [
      #"{ "module": "expression", "as": "evi2", "formula": "2.5 * (nir08 - red) / (nir08 + 2.4 * red + 1)" }"#,
      #"{ "module": "expression", "as": "bright", "formula": "valid(blue) and red > limit", "parameters": { "limit": 0.3 } }"#,
    ])

  public static func make(_ arguments: ModuleArguments, in scope: ModuleScope) -> ExpressionModule? {
    let before = scope.diagnostics.count
    guard let text = arguments.text("formula") else { return nil }
    let parameters = ExpressionModule.parameters(arguments)
    for name in parameters.keys.sorted()
    where scope.entry(name) != nil || scope.bandNames.contains(name) {
      scope.report(
        "parameter \"\(name)\" has the name of a variable, which the formula could not read then",
        at: "parameters", of: arguments, suggestion: "give the parameter another name")
    }
    let expression: Expression
    do {
      expression = try Expression.parse(text, parameters: parameters) { name in
        scope.entry(name).map { $0.band == nil && $0.variable.storage.isTrueOrFalse } ?? false
      }
    } catch {
      scope.report(
        message(error.message, at: error.position), at: "formula", of: arguments, suggestion: error.hint)
      return nil
    }
    let entries = expression.variables.compactMap { variable -> ModuleScope.Entry? in
      guard let entry = find(variable, arguments, scope) else { return nil }
      return entry
    }
    let unused = parameters.keys.filter { !expression.usedParameters.contains($0) }.sorted()
    for name in unused.prefix(10) {
      scope.report("the formula does not use parameter \"\(name)\"", at: "parameters", of: arguments)
    }
    if unused.count > 10 {
      scope.report(
        "the formula does not use \(unused.count - 10) parameters besides", at: "parameters", of: arguments)
    }
    if entries.isEmpty, scope.diagnostics.count == before {
      scope.report(
        "the formula reads no variable: it is the same number everywhere", at: "formula", of: arguments)
    }
    let period = scope.commonPeriod(of: entries, at: "formula", of: arguments)
    guard let name = scope.resultName(of: arguments, default: "expression"), let period,
      let range = range(arguments, scope), scope.diagnostics.count == before
    else { return nil }
    for name in ["units", "range"] where expression.isLogical && arguments.node(name) != nil {
      scope.report(
        "\"\(name)\" would do nothing: the formula's result is true or false", at: name, of: arguments,
        suggestion: "leave it out, or write where(…, 1, 0) for numbers")
    }
    guard scope.diagnostics.count == before else { return nil }
    let module = ExpressionModule(
      expression, inputs: entries.map(\.variable.name), output: output(name, expression, arguments, range))
    scope.offer(.init(variable: module.outputs[0], period: period))
    return module
  }

  private init(_ expression: Expression, inputs: [String], output: Variable) {
    self.expression = expression
    self.inputs = inputs
    outputs = [output]
  }

  private static func parameters(_ arguments: ModuleArguments) -> [String: Double] {
    let members = arguments.node("parameters")?.members ?? []
    return Dictionary(members.compactMap { member in member.node.double.map { (member.key, $0) } }) {
      first, _ in
      first
    }
  }

  /// The variable that a name in the formula means; a mistake is reported when there is none.
  private static func find(
    _ variable: Expression.Variable, _ arguments: ModuleArguments, _ scope: ModuleScope
  ) -> ModuleScope.Entry? {
    guard let entry = scope.entryOrBand(variable.name) else {
      let nearest = NearestName.best(for: variable.name, among: scope.nearbyNames)
      scope.report(
        message(
          "unknown variable \"\(variable.name)\" (here there are: \(scope.listedNames))",
          at: variable.position),
        at: "formula", of: arguments,
        suggestion: nearest.map { "did you mean \"\(Expression.written($0))\"?" })
      return nil
    }
    guard entry.band?.isQuality != true else {
      scope.report(
        message("\"\(variable.name)\" holds bits or classes, not numbers", at: variable.position),
        at: "formula", of: arguments,
        suggestion: "use \"cloud_mask\" to say what they reject, and its result here")
      return nil
    }
    return entry
  }

  private static func range(_ arguments: ModuleArguments, _ scope: ModuleScope) -> ClosedRange<Double>? {
    guard let ends = arguments.node("range")?.array?.compactMap(\.double) else { return -1...1 }
    guard ends.count == 2, ends[0] < ends[1] else {
      scope.report(
        "expected two numbers, the smaller one first", at: "range", of: arguments,
        suggestion: "write [0, 100]")
      return nil
    }
    return ends[0]...ends[1]
  }

  private static func output(
    _ name: String, _ expression: Expression, _ arguments: ModuleArguments, _ range: ClosedRange<Double>
  ) -> Variable {
    let title = arguments.text("long_name") ?? expression.text
    guard expression.isLogical else {
      return Variable(
        name: name, longName: title, units: arguments.text("units") ?? "1", statisticsRange: range)
    }
    return Variable(
      name: name, longName: title, statisticsRange: 0...1,
      storage: .flags([.init(value: 0, meaning: "false"), .init(value: 1, meaning: "true")]))
  }

  public var formulaParameter: String { "formula" }

  public func position(of variable: String) -> SourcePosition? {
    zip(inputs, expression.variables).first { $0.0 == variable }?.1.position
  }

  /// `valid` and `coalesce` know an answer where everything is missing.
  public var fillsMissing: Bool {
    let missing = [Float.nan]
    var result = [Float.nan]
    missing.withUnsafeBufferPointer { missing in
      var span = result.mutableSpan
      expression.program.evaluate(
        inputs.map { _ in LinearSamples(missing, scale: 1, offset: 0) }, into: &span)
    }
    return !result[0].isNaN
  }

  public func process(_ strip: Strip, into outputs: StripOutputs) {
    var output = outputs[0].mutableSpan
    expression.program.evaluate(inputs.indices.map { strip.input($0) }, into: &output)
  }
}
