import TestSupport

/// A forest made at random, written in each format, and evaluated by recursion: what readers and kernels are held to.
struct TestForest {
  indirect enum Tree {
    case leaf([Float])
    case question(feature: Int, threshold: Float, isYesForMissing: Bool, yes: Tree, no: Tree)

    var leafCount: Int {
      switch self {
      case .leaf: 1
      case .question(_, _, _, let yes, let no): yes.leafCount + no.leafCount
      }
    }
  }

  var features: Int
  var scores: Int
  var trees: [Tree]

  /// - Parameters:
  ///   - leaves: how many each tree has.
  ///   - isBoosted: whether tree i votes for score i mod `scores` only, as in LightGBM and XGBoost.
  init(
    features: Int, scores: Int, trees: Int, leaves: Int, isBoosted: Bool = false,
    using generator: inout SeededGenerator
  ) {
    self.features = features
    self.scores = scores
    self.trees = (0..<trees).map { number in
      TestForest.grow(leaves, features, &generator) { generator in
        (0..<scores).map { score in
          // Sixteenths: sums of votes are often equal, and exact.
          isBoosted && score != number % scores
            ? 0 : Float(Int.random(in: isBoosted ? -64...64 : 0...16, using: &generator)) / 16
        }
      }
    }
  }

  private static func grow(
    _ leaves: Int, _ features: Int, _ generator: inout SeededGenerator,
    votes: (inout SeededGenerator) -> [Float]
  ) -> Tree {
    guard leaves > 1 else { return .leaf(votes(&generator)) }
    let left = Int.random(in: 1..<leaves, using: &generator)
    // Hundredths, some of which pixels hit.
    let threshold = Float(Int.random(in: 0...100, using: &generator)) / 100
    let feature = Int.random(in: 0..<features, using: &generator)
    let isYes = Bool.random(using: &generator)
    return .question(
      feature: feature, threshold: threshold, isYesForMissing: isYes,
      yes: grow(left, features, &generator, votes: votes),
      no: grow(leaves - left, features, &generator, votes: votes))
  }

  /// The scores of a pixel, added in order in Float.
  func scores(_ pixel: [Float], base: Float = 0) -> [Float] {
    var sums = [Float](repeating: base, count: scores)
    for tree in trees {
      var tree = tree
      while case .question(let feature, let threshold, let isYes, let yes, let no) = tree {
        let value = pixel[feature]
        tree = (value.isNaN ? isYes : value <= threshold) ? yes : no
      }
      if case .leaf(let votes) = tree { for score in sums.indices { sums[score] += votes[score] } }
    }
    return sums
  }

  /// Pixels in hundredths, and some that are not.
  func pixels(_ count: Int, missing: Bool = false, using generator: inout SeededGenerator) -> [[Float]] {
    (0..<count).map { _ in
      (0..<features).map { _ in
        if missing, Int.random(in: 0..<4, using: &generator) == 0 { return .nan }
        let value = Float(Int.random(in: 0...100, using: &generator)) / 100
        return Int.random(in: 0..<3, using: &generator) == 0 ? value + 0.003 : value
      }
    }
  }

  // MARK: Formats

  /// Nodes in order of a walk through a tree, with the places of their branches.
  private struct Row {
    var feature = 0
    var threshold: Float = 0
    var isYesForMissing = false
    var yes = -1
    var no = -1
    var votes: [Float]?
  }

  private func rows(_ tree: Tree) -> [Row] {
    var rows: [Row] = []
    func visit(_ tree: Tree) -> Int {
      let place = rows.count
      switch tree {
      case .leaf(let votes): rows.append(Row(votes: votes))
      case .question(let feature, let threshold, let isYes, let yes, let no):
        rows.append(Row(feature: feature, threshold: threshold, isYesForMissing: isYes))
        rows[place].yes = visit(yes)
        rows[place].no = visit(no)
      }
      return place
    }
    _ = visit(tree)
    return rows
  }

  /// How an ONNX file is written.
  struct ONNXStyle {
    var transform = "NONE"
    var labels: [Int] = []
    var names: [String] = []
    /// Repeated numbers one by one, as skl2onnx writes them.
    var isPacked = false
    /// The mode of questions; branches are exchanged where it says so.
    var mode = "BRANCH_LEQ"
    var base: [Float] = []
    /// Whether all votes are of one class, the second of two.
    var isOneScore = false
    var width: Int?
    var before: [ProtobufWriter] = []
    var after: [ProtobufWriter] = []
    var input = "X"
  }

  func onnx(_ style: ONNXStyle) -> [UInt8] {
    var integers: [String: [Int]] = [:]
    var modes: [String] = []
    var (values, weights): ([Float], [Float]) = ([], [])
    func put(_ name: String, _ value: Int) { integers[name, default: []].append(value) }
    let isExchanged = ["BRANCH_GT", "BRANCH_GTE"].contains(style.mode)
    for (number, tree) in trees.enumerated() {
      for (place, row) in rows(tree).enumerated() {
        let isLeaf = row.votes != nil
        put("nodes_treeids", number)
        put("nodes_nodeids", place)
        put("nodes_featureids", row.feature)
        put("nodes_truenodeids", isLeaf ? 0 : isExchanged ? row.no : row.yes)
        put("nodes_falsenodeids", isLeaf ? 0 : isExchanged ? row.yes : row.no)
        put("nodes_missing_value_tracks_true", row.isYesForMissing != isExchanged ? 1 : 0)
        modes.append(isLeaf ? "LEAF" : style.mode)
        // x < t and x ≥ t are x ≤ t and x > t of the number below.
        values.append(
          ["BRANCH_LT", "BRANCH_GTE"].contains(style.mode) ? row.threshold.nextUp : row.threshold)
        for (score, vote) in (row.votes ?? []).enumerated() {
          put("class_treeids", number)
          put("class_nodeids", place)
          put("class_ids", style.isOneScore ? 1 : score)
          weights.append(vote)
        }
      }
    }
    var attributes = integers.sorted { $0.key < $1.key }.map {
      ProtobufWriter.attribute($0.key, integers: $0.value, isPacked: style.isPacked)
    }
    attributes.append(.attribute("nodes_values", floats: values, isPacked: style.isPacked))
    attributes.append(.attribute("class_weights", floats: weights, isPacked: style.isPacked))
    attributes.append(.attribute("nodes_modes", texts: modes))
    attributes.append(.attribute("post_transform", text: style.transform))
    if !style.base.isEmpty {
      attributes.append(.attribute("base_values", floats: style.base, isPacked: style.isPacked))
    }
    attributes.append(
      style.names.isEmpty
        ? .attribute("classlabels_int64s", integers: style.labels, isPacked: style.isPacked)
        : .attribute("classlabels_strings", texts: style.names))
    let node = ProtobufWriter.node(
      "TreeEnsembleClassifier", name: "trees", inputs: [style.input], outputs: ["label", "p"],
      attributes: attributes)
    return ProtobufWriter.model(nodes: style.before + [node] + style.after, input: "X", width: style.width)
  }

  /// LightGBM's text. Missing values go by `decision_type` 8 (NaN) with bit 1 for the default side.
  func lightGBM(objective: String, average: Bool = false) -> String {
    var text = "tree\nversion=v4\nnum_class=\(scores)\nnum_tree_per_iteration=\(scores)\n"
    text += "max_feature_idx=\(features - 1)\nobjective=\(objective)\n"
    if average { text += "average_output\n" }
    for (number, tree) in trees.enumerated() {
      let rows = rows(tree)
      var (nodes, leaves): ([Int: Int], [Int: Int]) = ([:], [:])
      for (place, row) in rows.enumerated() {
        if row.votes == nil { nodes[place] = nodes.count } else { leaves[place] = leaves.count }
      }
      func child(_ place: Int) -> String { String(nodes[place] ?? ~(leaves[place] ?? 0)) }
      let questions = rows.filter { $0.votes == nil }
      func list(_ values: [String]) -> String { values.joined(separator: " ") }
      text += "\nTree=\(number)\nnum_leaves=\(leaves.count)\nnum_cat=0\n"
      text += "split_feature=\(list(questions.map { String($0.feature) }))\n"
      text += "threshold=\(list(questions.map { String(Double($0.threshold)) }))\n"
      text += "decision_type=\(list(questions.map { $0.isYesForMissing ? "10" : "8" }))\n"
      text += "left_child=\(list(questions.map { child($0.yes) }))\n"
      text += "right_child=\(list(questions.map { child($0.no) }))\n"
      text += "leaf_value=\(list(rows.compactMap { $0.votes.map { String($0[number % scores]) } }))\n"
      text += "shrinkage=1\n\n"
    }
    return text + "\nend of trees\n\nfeature_importances:\n"
  }

  /// XGBoost's JSON, whose questions are x < condition.
  func xgboost(objective: String, base: String) -> String {
    let written = trees.map { tree -> String in
      let rows = rows(tree)
      func list(_ values: [String]) -> String { "[" + values.joined(separator: ",") + "]" }
      let votes = rows.map { $0.votes?.first { $0 != 0 } ?? 0 }
      return "{\"left_children\":\(list(rows.map { String($0.yes) })),"
        + "\"right_children\":\(list(rows.map { String($0.no) })),"
        + "\"split_indices\":\(list(rows.map { String($0.feature) })),"
        + "\"split_conditions\":\(list(zip(rows, votes).map { $0.votes == nil ? "\($0.threshold.nextUp)" : "\($1)" })),"
        + "\"default_left\":\(list(rows.map { $0.isYesForMissing ? "1" : "0" })),"
        + "\"split_type\":\(list(rows.map { _ in "0" }))}"
    }
    let info = trees.indices.map { String($0 % scores) }.joined(separator: ",")
    return "{\"learner\":{\"feature_names\":[],\"gradient_booster\":{\"model\":{\"tree_info\":[\(info)],"
      + "\"trees\":[\(written.joined(separator: ","))]},\"name\":\"gbtree\"},\"learner_model_param\":{"
      + "\"base_score\":\"\(base)\",\"num_class\":\"\(scores == 1 ? 0 : scores)\",\"num_feature\":\"\(features)\"},"
      + "\"objective\":{\"name\":\"\(objective)\"}},\"version\":[3,2,0]}"
  }
}
