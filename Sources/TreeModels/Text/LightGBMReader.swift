/// Reads a classifier from LightGBM's text: `model.save_model("model.txt")`.
///
/// <https://github.com/microsoft/LightGBM/blob/master/src/io/tree.cpp>
struct LightGBMReader {
  /// The lines `key=value` of one block, and those without "=".
  private struct Block {
    var values: [Substring: Substring] = [:]
    var words: Set<Substring> = []
    /// The line where it begins, from 1.
    var line: Int
  }

  static func read(_ bytes: [UInt8]) throws(TreeModelError) -> TreeModel {
    var blocks: [Block] = []
    var block = Block(line: 1)
    var isComplete = false
    let text = String(decoding: bytes, as: UTF8.self)
    for (place, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let line = line.hasSuffix("\r") ? line.dropLast() : line
      if line == "end of trees" {
        isComplete = true
        break
      }
      if line.isEmpty {
        if !block.values.isEmpty { blocks.append(block) }
        block = Block(line: place + 2)
      } else if let sign = line.firstIndex(of: "=") {
        block.values[line[..<sign]] = line[line.index(after: sign)...]
      } else {
        block.words.insert(line)
      }
    }
    guard isComplete else {
      throw TreeModelError("the LightGBM model is cut off: it has no line \"end of trees\"")
    }
    guard let head = blocks.first else { throw TreeModelError("the LightGBM model has no header") }
    return try LightGBMReader(head: head).model(Array(blocks.dropFirst()))
  }

  private let head: Block

  private func model(_ blocks: [Block]) throws(TreeModelError) -> TreeModel {
    let scoreCount = try integer("num_tree_per_iteration", head)
    let classCount = try integer("num_class", head)
    guard (1...255).contains(scoreCount), (1...255).contains(classCount) else {
      throw TreeModelError("it has \(classCount) classes, and 255 are the most that are understood")
    }
    let objective = (head.values["objective"] ?? "").split(separator: " ")
    let decision = try decision(objective, scoreCount: scoreCount)
    let width = head.values["max_feature_idx"] == nil ? nil : try integer("max_feature_idx", head) &+ 1
    guard width.map({ (1...65_536).contains($0) }) ?? true else {
      throw TreeModelError("max_feature_idx is no number of a feature")
    }
    var model = TreeModel(
      format: "LightGBM", declaredFeatureCount: width, labels: (0..<max(2, scoreCount)).map { .number($0) },
      hasOwnLabels: false, scoreCount: scoreCount, base: [Double](repeating: 0, count: scoreCount),
      addsInDouble: true, decision: decision)
    model.featureNames = (head.values["feature_names"] ?? "").split(separator: " ").map(String.init)
    var assembler = TreeAssembler(featureCount: width)
    var votes: [Double] = []
    let trees = blocks.filter { $0.values["Tree"] != nil }
    guard !trees.isEmpty, trees.count % scoreCount == 0 else {
      throw TreeModelError("it has \(trees.count) trees for \(scoreCount) scores")
    }
    for (number, tree) in trees.enumerated() {
      let first = assembler.fileLeaves.count
      let values = try add(
        tree, "tree \(number) (line \(tree.line))", score: number % scoreCount, to: &assembler)
      votes += assembler.fileLeaves[first...].map { values[$0] }
    }
    (model.trees, model.nodes, model.votes) = (assembler.trees, assembler.nodes, votes)
    if head.words.contains("average_output") { model.divisor = Double(trees.count) / Double(scoreCount) }
    return model
  }

  private func decision(
    _ objective: [Substring], scoreCount: Int
  ) throws(TreeModelError) -> TreeModel.Decision {
    let slope =
      try objective.dropFirst().first { $0.hasPrefix("sigmoid:") }
      .map { text throws(TreeModelError) in try number(text.dropFirst(8), "sigmoid") } ?? 1
    switch objective.first {
    case "binary" where scoreCount == 1: return .secondLogistic(slope: slope)
    case "multiclass" where scoreCount > 1, "softmax" where scoreCount > 1: return .greatest(.softmax)
    case "multiclassova" where scoreCount > 1: return .greatest(.logistic(slope: slope))
    default:
      throw TreeModelError(
        "the objective \"\(objective.joined(separator: " "))\" is not that of a classifier (binary, multiclass and "
          + "multiclassova are)")
    }
  }

  /// Adds a tree.
  ///
  /// - Returns: the votes of its leaves, by LightGBM's numbers.
  private func add(
    _ tree: Block, _ name: String, score: Int, to assembler: inout TreeAssembler
  ) throws(TreeModelError) -> [Double] {
    let leafCount = try integer("num_leaves", tree)
    guard (1...TreeModel.nodeLimit).contains(leafCount) else {
      throw TreeModelError("\(name): it has \(leafCount) leaves")
    }
    if tree.values["num_cat"] != nil, try integer("num_cat", tree) != 0 {
      throw TreeModelError("\(name): questions about categories are not understood")
    }
    if tree.values["is_linear"].map({ $0 != "0" }) ?? false {
      throw TreeModelError("\(name): trees with linear functions in their leaves are not understood")
    }
    let nodeCount = leafCount - 1
    let votes = try numbers("leaf_value", tree, leafCount, name)
    guard votes.allSatisfy(\.isFinite) else { throw TreeModelError("\(name): a leaf's value is not finite") }
    let (features, kinds) = (
      try integers("split_feature", tree, nodeCount, name),
      try integers("decision_type", tree, nodeCount, name)
    )
    let thresholds = try numbers("threshold", tree, nodeCount, name)
    let (left, right) = (
      try integers("left_child", tree, nodeCount, name), try integers("right_child", tree, nodeCount, name)
    )
    try assembler.add(name, count: nodeCount + leafCount, root: 0, score: score) {
      place throws(TreeModelError) in
      if place >= nodeCount { return .leaf(place - nodeCount) }
      let (child, other) = (left[place], right[place])
      guard child < nodeCount, other < nodeCount else {
        throw TreeModelError("\(name): a node leads to node \(max(child, other)), which there is not")
      }
      let kind = kinds[place]
      guard (0...15).contains(kind), kind & 1 == 0, kind >> 2 != 3 else {
        throw TreeModelError("\(name): the decision_type \(kind) is not understood")
      }
      let (isLeft, missing) = (kind & 2 != 0, kind >> 2)
      return .question(
        .init(
          feature: features[place], comparison: .lessOrEqual, threshold: thresholds[place],
          // Leaves come behind the nodes.
          yes: child < 0 ? nodeCount &+ ~child : child, no: other < 0 ? nodeCount &+ ~other : other,
          // Where missing values are not told apart, they count as zero.
          isYesForMissing: missing == 0 ? 0 <= thresholds[place] : isLeft, zeroIsMissing: missing == 1))
    }
    return votes
  }

  // MARK: Values

  private func integer(_ key: String, _ block: Block) throws(TreeModelError) -> Int {
    guard let text = block.values[Substring(key)] else {
      throw TreeModelError("the block at line \(block.line) has no \(key)")
    }
    guard let number = Int(text) else {
      throw TreeModelError("\(key) at line \(block.line) ff. is no whole number: \"\(text.prefix(40))\"")
    }
    return number
  }

  private func number(_ text: Substring, _ key: String) throws(TreeModelError) -> Double {
    guard let number = Double(text) else {
      throw TreeModelError("\(key): \"\(text.prefix(40))\" is no number")
    }
    return number
  }

  private func words(
    _ key: String, _ block: Block, _ count: Int, _ name: String
  ) throws(TreeModelError) -> [Substring] {
    let words = (block.values[Substring(key)] ?? "").split(separator: " ")
    // A tree of one leaf has no nodes, and may say something about them all the same.
    guard words.count == count || count == 0 else {
      throw TreeModelError("\(name): \(key) has \(words.count) elements instead of \(count)")
    }
    return Array(words.prefix(count))
  }

  private func numbers(
    _ key: String, _ block: Block, _ count: Int, _ name: String
  ) throws(TreeModelError) -> [Double] {
    var numbers: [Double] = []
    for word in try words(key, block, count, name) { numbers.append(try number(word, "\(name): \(key)")) }
    return numbers
  }

  private func integers(
    _ key: String, _ block: Block, _ count: Int, _ name: String
  ) throws(TreeModelError) -> [Int] {
    var numbers: [Int] = []
    for word in try words(key, block, count, name) {
      guard let number = Int(word) else {
        throw TreeModelError("\(name): \(key): \"\(word.prefix(40))\" is no whole number")
      }
      numbers.append(number)
    }
    return numbers
  }
}
