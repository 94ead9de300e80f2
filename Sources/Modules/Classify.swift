public import Engine
internal import JSON
internal import Raster
internal import TreeModels

/// Classes of pixels by a model of decision trees (`classify`).
public struct Classify: PixelwiseModule {
  public let inputs: [String]
  public let outputs: [Variable]
  private let bands: Int
  private let classifier: TreeClassifier
  /// By label of the model.
  private let values: [Float]
  /// What pixels get where `where` is not met; nil for missing.
  private let none: Float?
  private let condition: PixelCondition
  private let probabilities: Probabilities
  private let classifiesMissing: Bool

  /// Which probabilities are wanted.
  private enum Probabilities {
    case none, ofClass, all
  }

  public static let descriptor = ModuleDescriptor(
    name: "classify", shape: .pixelwise,
    summary: "Classes of pixels by a trained model of decision trees (random forest, boosted trees).",
    method: "The class with the greatest Σ over all trees of the score of the leaf that the pixel reaches.",
    discussion: """
      Models are read as ONNX (`.onnx`: scikit-learn by skl2onnx, XGBoost and LightGBM by onnxmltools, CatBoost by its own \
      export), as LightGBM's text (`.txt`) and as XGBoost's JSON (`.json`), and evaluated as their own libraries do: \
      the same comparisons, the same sums in the same order. No pickle is read: loading one runs whatever code is in it. \
      A model is one ensemble of trees that tells classes apart, behind an optional scaler; anything else is refused by \
      name.

      `bands` are the model's features in its order; they are physical values (reflectance after scale and offset). \
      Where the model names its features as variables are named, `bands` may be left out.

      The result holds one byte a pixel: the model's label, or where it has none or texts, the numbers that `classes` \
      gives in rising order (without them a model's own from 0, or those of texts from 1); 0 is "none" where no class is 0, for pixels that do not meet \
      `where`. Missing where a feature is missing, unless `missing` is "model": then the model decides, as long as it has \
      any feature. Of classes with equal scores the first counts.

      The summary tells pixels and area of each class. Files name the model and its SHA-256.
      """,
    references: [
      "Breiman 2001, Random forests, Machine Learning 45:5-32",
      "Chen & Guestrin 2016, XGBoost: a scalable tree boosting system, KDD 785-794",
      "Ke et al. 2017, LightGBM: a highly efficient gradient boosting decision tree, NeurIPS 30",

      "Lucchese et al. 2015, QuickScorer: a fast algorithm to rank documents with additive ensembles "
        + "of regression trees, SIGIR 73-82, for the evaluation",
    ],
    parameters: [
      ModuleParameter("model", .file, required: true, "The model's file."),
      ModuleParameter(
        "bands", .list(of: .variable, atLeast: 1),
        "The model's features, in its order: bands or earlier results."),
      ModuleParameter(
        "classes", .map(to: .text), "Names of classes by number: {\"1\": \"snow\", \"2\": \"water\"}."),
      ModuleParameter(
        "palette", .map(to: .text), "Colours of classes in pictures, by number: {\"1\": \"#f4f8ff\"}."),
      ModuleParameter(
        "probability", .either([.boolean, .choice(["all"])]), default: false,
        "Whether to give the class's probability too (`<as>_probability`), or that of every class "
          + "(`<as>_probability_<class>`)."),
      PixelCondition.parameter,
      ModuleParameter(
        "missing", .choice(["missing", "model"]), default: "missing",
        "What a pixel becomes of which some features are missing."),
    ],
    trial: ModuleTrial(
      .ice),
    examples: [
      #"{ "module": "classify", "model": "archive/ice/class.txt", "bands": ["blue", "green", "red", "rededge1", "rededge2", "rededge3", "nir08", "swir16", "swir22"], "classes": { "1": "snow", "2": "water", "3": "cryoconite", "4": "clean_ice", "5": "light_algae", "6": "heavy_algae" }, "as": "surface_class", "save": true }"#
    ])

  public static func make(_ arguments: ModuleArguments, in scope: ModuleScope) -> Classify? {
    let before = scope.diagnostics.count
    guard let file = scope.file(at: "model", of: arguments) else { return nil }
    let model: TreeModel
    do throws(TreeModelError) {
      model = try TreeModel.read(file.bytes, name: file.name)
    } catch {
      scope.report(
        "\"\(file.name)\": \(error.description)", at: "model", of: arguments, suggestion: error.suggestion)
      return nil
    }
    let name = scope.resultName(of: arguments, default: "classify")
    let entries = features(of: model, arguments, scope)
    let classes = ClassNames(model, arguments, scope)
    guard let (condition, conditions) = PixelCondition.read(arguments, in: scope), let name, let entries,
      let classes,
      scope.diagnostics.count == before,
      let period = scope.commonPeriod(of: entries + conditions, at: "bands", of: arguments)
    else { return nil }
    let module = Classify(name, model, file, entries, classes, condition, arguments)
    for output in module.outputs {
      guard output.name == name || scope.resultName(output.name, of: arguments) != nil else { return nil }
    }
    for output in module.outputs { scope.offer(.init(variable: output, period: period)) }
    return module
  }

  private init(
    _ name: String, _ model: TreeModel, _ file: ModuleFile, _ entries: [ModuleScope.Entry],
    _ classes: ClassNames,
    _ condition: PixelCondition, _ arguments: ModuleArguments
  ) {
    inputs = entries.map(\.variable.name) + condition.inputs
    bands = entries.count
    classifier = TreeClassifier(model)
    values = classes.values.map(Float.init)
    none = classes.hasNone ? 0 : nil
    self.condition = condition
    classifiesMissing = arguments.text("missing") == "model"
    probabilities =
      arguments.text("probability") == "all"
      ? .all : arguments.boolean("probability") == true ? .ofClass : .none
    var output = Variable(
      name: name, longName: "class of the surface", statisticsRange: 0...254, storage: .flags(classes.flags))
    output.attributes = [
      "model": file.lastName, "model_sha256": file.digest,
      "model_format": "\(model.format), \(model.treeCount) trees",
      "model_features": entries.map(\.variable.name).joined(separator: " "),
    ]
    func probability(_ suffix: String, _ of: String) -> Variable {
      var probability = Variable(
        name: "\(name)_probability\(suffix)", longName: "probability of \(of)", validRange: 0...1,
        statisticsRange: 0...1)
      probability.attributes = output.attributes
      return probability
    }
    outputs =
      switch probabilities {
      case .none: [output]
      case .ofClass: [output, probability("", "the pixel's class")]
      case .all: [output] + classes.meanings.map { probability("_" + $0, "class \($0)") }
      }
  }

  /// The variables for the model's features; nil when a mistake was reported.
  private static func features(
    of model: TreeModel, _ arguments: ModuleArguments, _ scope: ModuleScope
  ) -> [ModuleScope.Entry]? {
    let nodes = arguments.node("bands")?.array
    let names = nodes?.compactMap(\.string) ?? model.featureNames
    guard nodes != nil || !names.isEmpty && names.allSatisfy({ scope.entryOrBand($0) != nil }) else {
      scope.report(
        "the model has \(model.featureCount) features"
          + (names.isEmpty ? "" : " (\(names.prefix(12).joined(separator: ", ")))")
          + ", and which variables they are it does not tell",
        at: nil, of: arguments, suggestion: "name them in the model's order: \"bands\": […]")
      return nil
    }
    let fits =
      model.declaredFeatureCount.map { $0 == names.count } ?? (names.count >= model.neededFeatureCount)
    guard fits, names.count == model.featureCount else {
      scope.report(
        "the model has \(model.featureCount) features, and here are \(names.count)", at: "bands",
        of: arguments,
        suggestion: "name one variable a feature, in the model's order")
      return nil
    }
    let path = arguments.path.appending("bands")
    let entries = names.enumerated().compactMap { place, name -> ModuleScope.Entry? in
      let node = nodes?[place] ?? arguments.node
      guard let entry = scope.variable(name, node: node, path: path.appending(place)) else { return nil }
      guard entry.band?.isQuality != true else {
        scope.report(
          Diagnostic(
            path: path.appending(place), position: node.position,
            message: "\"\(name)\" holds bits or classes, not a feature's numbers"))
        return nil
      }
      return entry
    }
    return entries.count == names.count ? entries : nil
  }

  public var inputsInUnits: [String] { Array(inputs[..<bands]) }

  public func process(_ strip: Strip, into outputs: StripOutputs) {
    let answers = condition.inputs.isEmpty ? [] : condition.answers(strip, first: bands)
    let features = (0..<bands).map { strip.input($0) }
    let target = TreeClassifier.Target(
      classes: outputs[0], probability: probabilities == .ofClass ? outputs[1] : nil,
      all: probabilities == .all ? (1..<self.outputs.count).map { outputs[$0] } : [])
    classifier.classify(
      features, classifiesMissing: classifiesMissing,
      isWanted: answers.isEmpty ? nil : { answers[$0] == .met },
      into: target)
    let classes = outputs[0]
    for pixel in classes.indices {
      if !classes[pixel].isNaN {
        classes[pixel] = values[Int(classes[pixel])]
      } else if let none, !answers.isEmpty, answers[pixel] == .unmet,
        features.allSatisfy({ !$0.samples[pixel].isNaN })
      {
        classes[pixel] = none
      }
    }
  }
}
