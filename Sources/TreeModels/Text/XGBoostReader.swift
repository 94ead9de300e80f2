internal import JSON

/// Reads a classifier from XGBoost's JSON: `booster.save_model("model.json")`.
///
/// <https://xgboost.readthedocs.io/en/stable/tutorials/saving_model.html>
struct XGBoostReader {
  /// The most bytes that are read: JSON takes a multiple of its length in memory.
  private static let byteLimit = 32 << 20

  static func read(_ bytes: [UInt8]) throws(TreeModelError) -> TreeModel {
    guard bytes.count <= byteLimit else {
      throw TreeModelError(
        "it has \(bytes.count) bytes, and \(byteLimit) are the most that is read of JSON",
        suggestion: "convert it to ONNX, which is smaller")
    }
    let root: JSONNode
    do throws(JSONSyntaxError) {
      root = try JSONParser.parse(bytes, dialect: .python)
    } catch {
      throw TreeModelError("line \(error.position.line), column \(error.position.column): \(error.message)")
    }
    guard let learner = root["learner"], let booster = learner["gradient_booster"],
      let parameters = learner["learner_model_param"]
    else {
      throw TreeModelError("it is JSON, but no model of XGBoost: it has no learner with gradient_booster")
    }
    let kind = booster["name"]?.string ?? "gbtree"
    guard kind == "gbtree", let model = booster["model"] else {
      throw TreeModelError("the booster \"\(kind)\" is not understood (gbtree is)")
    }
    return try XGBoostReader(learner: learner, parameters: parameters, booster: model).model()
  }

  private let learner: JSONNode
  private let parameters: JSONNode
  private let booster: JSONNode

  private func model() throws(TreeModelError) -> TreeModel {
    let classCount = max(1, Int(parameters["num_class"]?.string ?? "0") ?? 0)
    let objective = learner["objective"]?["name"]?.string ?? ""
    guard classCount <= 255 else {
      throw TreeModelError("it has \(classCount) classes, and 255 are the most that are understood")
    }
    let isBinary = ["binary:logistic", "reg:logistic"].contains(objective) && classCount == 1
    guard isBinary || ["multi:softprob", "multi:softmax"].contains(objective) && classCount > 1 else {
      throw TreeModelError(
        "the objective \"\(objective)\" of \(classCount == 1 ? "one score" : "\(classCount) scores") is not that of a "
          + "classifier (binary:logistic, multi:softprob and multi:softmax are)")
    }
    let width = parameters["num_feature"]?.string.flatMap { Int($0) }
    guard width.map({ (1...65_536).contains($0) }) ?? true else {
      throw TreeModelError("num_feature is no number of features")
    }
    var model = TreeModel(
      format: "XGBoost", declaredFeatureCount: width, labels: (0..<max(2, classCount)).map { .number($0) },
      hasOwnLabels: false, scoreCount: classCount, base: try base(classCount, isProbability: isBinary),
      addsInDouble: false,
      decision: isBinary ? .secondLogistic(slope: 1) : .greatest(.softmax))
    model.featureNames = learner["feature_names"]?.array?.compactMap(\.string) ?? []
    guard let trees = booster["trees"]?.array, !trees.isEmpty,
      let scores = booster["tree_info"]?.array?.map(\.integer), scores.count == trees.count
    else { throw TreeModelError("it has no trees, or not as many as tree_info says") }
    var assembler = TreeAssembler(featureCount: width)
    var votes: [Double] = []
    for (number, tree) in trees.enumerated() {
      guard let score = scores[number], (0..<classCount).contains(score) else {
        throw TreeModelError("tree \(number) is for a class that there is not, of \(classCount)")
      }
      let first = assembler.fileLeaves.count
      let values = try add(
        tree, "tree \(number) (line \(tree.position.line), column \(tree.position.column))", score,
        to: &assembler)
      votes += assembler.fileLeaves[first...].map { values[$0] }
    }
    (model.trees, model.nodes, model.votes) = (assembler.trees, assembler.nodes, votes)
    return model
  }

  /// What scores begin with; a binary model states it as a probability.
  private func base(_ count: Int, isProbability: Bool) throws(TreeModelError) -> [Double] {
    var text = "0.5"
    if let node = parameters["base_score"] {
      switch node.value {
      case .string(let written): text = written
      case .number(let number): text = "\(number.double)"
      default: text = ""
      }
    }
    let words = text.split { "[], ".contains($0) }
    let numbers = words.compactMap { Double($0) }
    guard numbers.count == words.count, numbers.count == 1 || numbers.count == count,
      numbers.allSatisfy({ isProbability ? $0 > 0 && $0 < 1 : $0.isFinite })
    else {
      throw TreeModelError(
        "base_score \"\(text.prefix(80))\" is no \(isProbability ? "probability" : "list of \(count) numbers")"
      )
    }
    let base = numbers.count == count ? numbers : [Double](repeating: numbers[0], count: count)
    return isProbability ? base.map { XGBoostReader.logit($0) } : base
  }

  private func add(
    _ tree: JSONNode, _ name: String, _ score: Int, to assembler: inout TreeAssembler
  ) throws(TreeModelError) -> [Double] {
    func numbers(_ key: String) throws(TreeModelError) -> [Double] {
      let nodes = tree[key]?.array ?? []
      let numbers = nodes.compactMap { node -> Double? in
        switch node.value {
        case .number(let number): number.double
        case .bool(let flag): flag ? 1 : 0
        default: nil
        }
      }
      guard numbers.count == nodes.count else {
        throw TreeModelError("\(name): \(key) holds what is no number")
      }
      return numbers
    }
    func integers(_ key: String) throws(TreeModelError) -> [Int] {
      let numbers = try numbers(key)
      let whole = numbers.compactMap { Int(exactly: $0) }
      guard whole.count == numbers.count else {
        throw TreeModelError("\(name): \(key) holds what is no whole number")
      }
      return whole
    }
    if try integers("split_type").contains(where: { $0 != 0 }) {
      throw TreeModelError("\(name): questions about categories are not understood")
    }
    let (left, right) = (try integers("left_children"), try integers("right_children"))
    let (features, isLeft) = (try integers("split_indices"), try integers("default_left"))
    // Numbers are Float in XGBoost.
    let values = try numbers("split_conditions").map { Double(Float($0)) }
    guard !left.isEmpty,
      [right.count, features.count, isLeft.count, values.count].allSatisfy({ $0 == left.count })
    else { throw TreeModelError("\(name): its lists are empty or not of one length") }
    guard values.allSatisfy(\.isFinite) else {
      throw TreeModelError("\(name): a condition or a leaf's value is not finite")
    }
    try assembler.add(name, count: left.count, root: 0, score: score) { place throws(TreeModelError) in
      if left[place] == -1 { return .leaf(place) }
      return .question(
        .init(
          feature: features[place], comparison: .less, threshold: values[place], yes: left[place],
          no: right[place], isYesForMissing: isLeft[place] != 0))
    }
    return values
  }
}
