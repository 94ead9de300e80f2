/// Reads the attributes of a `TreeEnsembleClassifier`.
struct ONNXTrees {
  private let node: ONNXNode
  private let width: Int?

  /// - Parameter width: how many features the model takes; nil where it does not say.
  init(_ node: ONNXNode, width: Int?) {
    self.node = node
    self.width = width
  }

  /// A node's place in a file: the number of its tree and its own.
  private struct Key: Hashable {
    let tree: Int
    let node: Int
  }

  private func integers(_ name: String) -> [Int] { node.attributes[name]?.integers ?? [] }

  /// Numbers, as Float or, in a tensor, as Double.
  private func numbers(_ name: String) -> (numbers: [Double], isDouble: Bool) {
    if let tensor = node.attributes[name + "_as_tensor"]?.tensor { return (tensor.numbers, tensor.isDouble) }
    return ((node.attributes[name]?.floats ?? []).map(Double.init), false)
  }

  private func fail(_ what: String) -> TreeModelError { TreeModelError("\(node.title): \(what)") }

  func model() throws(TreeModelError) -> TreeModel {
    let labels = try labels()
    let (assembler, places) = try trees()
    let (weights, isDouble) = numbers("class_weights")
    let ids = integers("class_ids")
    guard ids.allSatisfy({ labels.indices.contains($0) }) else {
      throw fail("a vote is for a class that there is not, of \(labels.count)")
    }
    guard weights.allSatisfy(\.isFinite) else { throw fail("a vote is not a finite number") }
    let isOneScore = labels.count == 2 && Set(ids).count == 1
    let scoreCount = isOneScore ? 1 : labels.count
    var model = TreeModel(
      format: "ONNX", declaredFeatureCount: width, labels: labels, hasOwnLabels: true, scoreCount: scoreCount,
      base: try base(scoreCount), addsInDouble: isDouble,
      decision: try decision(isOneScore, hasNegativeVotes: weights.contains { $0 < 0 }))
    (model.trees, model.nodes) = (assembler.trees, assembler.nodes)
    try addVotes(weights, ids: isOneScore ? ids.map { _ in 0 } : ids, places, assembler, to: &model)
    return model
  }

  private func labels() throws(TreeModelError) -> [TreeModel.Label] {
    let numbers = integers("classlabels_int64s").map { TreeModel.Label.number($0) }
    let texts = (node.attributes["classlabels_strings"]?.texts ?? []).map { TreeModel.Label.text($0) }
    let labels = numbers.isEmpty ? texts : numbers
    guard !labels.isEmpty else { throw fail("it names no classes") }
    guard labels.count <= 255, Set(labels).count == labels.count else {
      throw fail(
        labels.count > 255
          ? "it has \(labels.count) classes, and 255 are the most that are understood"
          : "two classes have one name"
      )
    }
    return labels
  }

  private func base(_ scoreCount: Int) throws(TreeModelError) -> [Double] {
    let base = numbers("base_values").numbers
    guard base.allSatisfy(\.isFinite) else { throw fail("a base value is not a finite number") }
    if base.isEmpty { return [Double](repeating: 0, count: scoreCount) }
    // Of two labels' values, the one score has the second's.
    if scoreCount == 1, base.count <= 2 { return [base[base.count - 1]] }
    guard base.count == scoreCount else {
      throw fail("\(base.count) base values do not fit \(scoreCount) classes")
    }
    return base
  }

  private func decision(
    _ isOneScore: Bool, hasNegativeVotes: Bool
  ) throws(TreeModelError) -> TreeModel.Decision {
    let transform = node.attributes["post_transform"]?.text ?? "NONE"
    switch (transform, isOneScore) {
    case ("NONE", true): return .second(limit: hasNegativeVotes ? 0 : 0.5)
    case ("LOGISTIC", true): return .secondLogistic(slope: 1)
    case ("NONE", false): return .greatest(.none)
    case ("SOFTMAX", false): return .greatest(.softmax)
    case ("LOGISTIC", false): return .greatest(.logistic(slope: 1))
    default:
      throw fail(
        "post_transform \"\(transform)\" is not understood\(isOneScore ? " for a single score" : "") (NONE, SOFTMAX and "
          + "LOGISTIC are)")
    }
  }

  /// The trees, and the places of all nodes by their keys.
  private func trees() throws(TreeModelError) -> (TreeAssembler, places: [Key: Int]) {
    let (treeIDs, nodeIDs) = (integers("nodes_treeids"), integers("nodes_nodeids"))
    let (features, yes, no) = (
      integers("nodes_featureids"), integers("nodes_truenodeids"), integers("nodes_falsenodeids")
    )
    let modes = node.attributes["nodes_modes"]?.texts ?? []
    let thresholds = numbers("nodes_values").numbers
    let count = modes.count
    var missing = integers("nodes_missing_value_tracks_true")
    if missing.isEmpty { missing = [Int](repeating: 0, count: count) }
    for (name, length) in [
      ("nodes_treeids", treeIDs.count), ("nodes_nodeids", nodeIDs.count),
      ("nodes_featureids", features.count),
      ("nodes_truenodeids", yes.count), ("nodes_falsenodeids", no.count), ("nodes_values", thresholds.count),
      ("nodes_missing_value_tracks_true", missing.count),
    ] where length != count {
      throw fail("\(name) has \(length) elements, and nodes_modes has \(count)")
    }
    guard count > 0, count <= TreeModel.nodeLimit else {
      throw fail(count == 0 ? "it has no nodes" : "it has more than \(TreeModel.nodeLimit) nodes")
    }
    var places: [Key: Int] = [:]
    places.reserveCapacity(count)
    /// The trees in the order in which they come first, and their nodes.
    var order: [Int] = []
    var members: [Int: [Int]] = [:]
    for place in 0..<count {
      let key = Key(tree: treeIDs[place], node: nodeIDs[place])
      guard places.updateValue(place, forKey: key) == nil else {
        throw fail("tree \(key.tree) has two nodes \(key.node)")
      }
      if members[key.tree] == nil { order.append(key.tree) }
      members[key.tree, default: []].append(place)
    }
    /// By place, the number within its tree.
    var numbers = [Int](repeating: 0, count: count)
    for tree in members.values { for (number, place) in tree.enumerated() { numbers[place] = number } }

    var assembler = TreeAssembler(featureCount: width)
    for tree in order {
      let own = members[tree] ?? []
      guard let rootPlace = places[Key(tree: tree, node: 0)] else {
        throw fail("tree \(tree) has no root, node 0")
      }
      let root = numbers[rootPlace]
      try assembler.add("tree \(tree)", count: own.count, root: root, score: 0) {
        number throws(TreeModelError) in
        let place = own[number]
        if modes[place] == "LEAF" { return .leaf(place) }
        guard let comparison = TreeAssembler.Comparison(rawValue: modes[place]) else {
          throw fail("tree \(tree), node \(nodeIDs[place]): the mode \"\(modes[place])\" is not understood")
        }
        return .question(
          .init(
            feature: features[place], comparison: comparison, threshold: thresholds[place],
            yes: try self.number(yes[place], in: tree, places, numbers, from: nodeIDs[place]),
            no: try self.number(no[place], in: tree, places, numbers, from: nodeIDs[place]),
            isYesForMissing: missing[place] == 1))
      }
    }
    return (assembler, places)
  }

  /// The number within its tree of a node that another leads to.
  private func number(
    _ id: Int, in tree: Int, _ places: [Key: Int], _ numbers: [Int], from node: Int
  ) throws(TreeModelError) -> Int {
    guard let place = places[Key(tree: tree, node: id)] else {
      throw fail("tree \(tree), node \(node) leads to node \(id), which there is not")
    }
    return numbers[place]
  }

  private func addVotes(
    _ weights: [Double], ids: [Int], _ places: [Key: Int], _ assembler: TreeAssembler,
    to model: inout TreeModel
  ) throws(TreeModelError) {
    let (treeIDs, nodeIDs) = (integers("class_treeids"), integers("class_nodeids"))
    guard treeIDs.count == weights.count, nodeIDs.count == weights.count, ids.count == weights.count else {
      throw fail(
        "class_weights has \(weights.count) elements, and class_treeids, class_nodeids and class_ids have "
          + "\(treeIDs.count), \(nodeIDs.count) and \(ids.count)")
    }
    guard !weights.isEmpty else { throw fail("it has no votes") }
    let leaves = assembler.fileLeaves
    guard
      leaves.count.multipliedReportingOverflow(by: model.scoreCount).partialValue <= 8 * TreeModel.nodeLimit
    else { throw fail("it has more votes than are understood") }
    let leafOfPlace = Dictionary(leaves.enumerated().map { ($1, $0) }) { first, _ in first }
    var votes = [Double](repeating: 0, count: leaves.count * model.scoreCount)
    for place in weights.indices {
      guard let node = places[Key(tree: treeIDs[place], node: nodeIDs[place])] else {
        throw fail("a vote is of tree \(treeIDs[place]), node \(nodeIDs[place]), which there is not")
      }
      // Nodes that are no leaves, or that no way leads to, do not vote.
      guard let leaf = leafOfPlace[node] else { continue }
      votes[leaf * model.scoreCount + ids[place]] += weights[place]
    }
    model.setVotes(votes)
  }
}
