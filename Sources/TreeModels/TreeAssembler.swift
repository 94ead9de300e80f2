/// Puts the nodes of a file's trees into the order of a model: each tree from its root down, the branch of a yes before
/// that of a no, leaves counted from left to right.
struct TreeAssembler {
  /// A node as files have it.
  enum Item {
    /// The number of a leaf among the file's.
    case leaf(Int)
    case question(Question)
  }

  /// A question and the nodes that its answers lead to.
  struct Question {
    var feature: Int
    var comparison: Comparison
    var threshold: Double
    var yes: Int
    var no: Int
    var isYesForMissing: Bool
    var zeroIsMissing = false
  }

  enum Comparison: String {
    case lessOrEqual = "BRANCH_LEQ"
    case less = "BRANCH_LT"
    case greaterOrEqual = "BRANCH_GTE"
    case greater = "BRANCH_GT"
    case equal = "BRANCH_EQ"
    case notEqual = "BRANCH_NEQ"
  }

  private(set) var nodes: [TreeModel.Node] = []
  private(set) var trees: [TreeModel.Tree] = []
  /// By leaf of the model, its number among the file's.
  private(set) var fileLeaves: [Int] = []
  private let featureCount: Int?
  private let leafLimit = TreeModel.nodeLimit

  init(featureCount: Int?) {
    self.featureCount = featureCount
  }

  /// A node that is still to be placed: its number in the file, and who leads to it.
  private struct Open {
    let item: Int
    /// A node of the model; nil for the root.
    let parent: Int?
    let isYes: Bool
  }

  /// Adds a tree.
  ///
  /// - Parameters:
  ///   - name: for messages: "tree 3".
  ///   - count: how many nodes the file has for it.
  ///   - score: the score for which all its leaves vote; 0 where each leaf votes for several.
  ///   - item: the node with a number below `count`.
  mutating func add(
    _ name: String, count: Int, root: Int, score: Int, item: (Int) throws(TreeModelError) -> Item
  ) throws(TreeModelError) {
    let (firstNode, firstLeaf) = (nodes.count, fileLeaves.count)
    var isPlaced = [Bool](repeating: false, count: count)
    var open = [Open(item: root, parent: nil, isYes: true)]
    var rootPlace: Int32 = 0
    while let next = open.popLast() {
      guard isPlaced.indices.contains(next.item) else {
        throw TreeModelError("\(name): a node leads to node \(next.item), which there is not")
      }
      guard !isPlaced[next.item] else {
        throw TreeModelError("\(name): two ways lead to node \(next.item), or a circle does")
      }
      isPlaced[next.item] = true
      guard nodes.count + fileLeaves.count < TreeModel.nodeLimit else {
        throw TreeModelError("\(name): the model has more than \(TreeModel.nodeLimit) nodes")
      }
      let leaf = Int32(truncatingIfNeeded: fileLeaves.count)
      if let parent = next.parent {
        let (low, high) = (nodes[parent].leaves.lowerBound, leaf)
        nodes[parent].leaves = next.isYes ? leaf..<leaf : low..<high
      }
      let place: Int32
      switch try item(next.item) {
      case .leaf(let number):
        place = ~leaf
        fileLeaves.append(number)
      case .question(let question):
        place = Int32(truncatingIfNeeded: nodes.count)
        let (node, yes, no) = try canonical(question, name)
        nodes.append(node)
        open.append(Open(item: no, parent: Int(place), isYes: false))
        open.append(Open(item: yes, parent: Int(place), isYes: true))
      }
      guard let parent = next.parent else {
        rootPlace = place
        continue
      }
      if next.isYes { nodes[parent].yes = place } else { nodes[parent].no = place }
    }
    trees.append(
      TreeModel.Tree(
        root: rootPlace, nodes: firstNode..<nodes.count, leaves: firstLeaf..<fileLeaves.count, score: score))
  }

  /// A question as one whether a Float is at most a threshold, or is one.
  private func canonical(
    _ question: Question, _ name: String
  ) throws(TreeModelError) -> (TreeModel.Node, yes: Int, no: Int) {
    guard let feature = Int32(exactly: question.feature), feature >= 0, feature < 1 << 16,
      featureCount.map({ question.feature < $0 }) ?? true
    else {
      throw TreeModelError(
        "\(name): a node asks for feature \(question.feature)"
          + (featureCount.map { ", and the model has \($0)" } ?? ""))
    }
    guard !question.threshold.isNaN else {
      throw TreeModelError("\(name): a node's threshold is no number")
    }
    var isSwapped = false
    var node = TreeModel.Node(feature: feature, threshold: 0)
    switch question.comparison {
    case .lessOrEqual: node.threshold = Float.greatest(notAbove: question.threshold)
    case .less: node.threshold = Float.greatest(below: question.threshold)
    case .greaterOrEqual:
      node.threshold = Float.greatest(below: question.threshold)
      isSwapped = true
    case .greater:
      node.threshold = Float.greatest(notAbove: question.threshold)
      isSwapped = true
    case .equal, .notEqual:
      isSwapped = question.comparison == .notEqual
      node.exception = .equality
      let threshold = Float(question.threshold)
      // What no Float is, no feature is.
      node.threshold = Double(threshold) == question.threshold ? threshold : .nan
    }
    node.isYesForMissing = question.isYesForMissing != isSwapped
    if question.zeroIsMissing {
      // The answer for a zero may be the one that a missing value gets anyway.
      let isYesForZero = 0 <= node.threshold
      if isYesForZero != node.isYesForMissing || abs(node.threshold) <= TreeModel.zeroLimit {
        node.exception = .zeroIsMissing
      }
    }
    return isSwapped ? (node, question.no, question.yes) : (node, question.yes, question.no)
  }
}

extension TreeModel {
  /// What LightGBM takes for zero.
  static let zeroLimit: Float = 1e-35
}

extension Float {
  /// The greatest Float that is not above a number.
  static func greatest(notAbove number: Double) -> Float {
    let nearest = Float(number)
    return Double(nearest) > number ? nearest.nextDown : nearest
  }

  /// The greatest Float that is below a number.
  static func greatest(below number: Double) -> Float {
    let nearest = Float(number)
    return Double(nearest) >= number ? nearest.nextDown : nearest
  }
}
