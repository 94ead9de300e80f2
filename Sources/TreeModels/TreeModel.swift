/// An ensemble of decision trees that tells classes apart, in one form for every file format.
///
/// Each tree leads a pixel from its root to a leaf; leaves give votes to scores, which add up in the order of the trees,
/// in the number format in which the model's own library adds them. Features are Float: a threshold in Double is the
/// greatest Float that is not above it, which sends every Float the same way.
public struct TreeModel: Sendable {
  /// What the model calls a class.
  public enum Label: Hashable, Sendable {
    case number(Int)
    case text(String)
  }

  /// A question about one feature.
  struct Node: Sendable {
    var feature: Int32
    /// Yes where the feature's value is at most this.
    var threshold: Float
    /// The next node, counted over all trees, or the complement of a leaf's number.
    var yes: Int32 = 0
    var no: Int32 = 0
    var exception = Exception.none
    /// Whether a missing value counts as yes.
    var isYesForMissing = false
    /// The tree's leaves from the first below `yes` to the first below `no`, counted over all trees: those that a no
    /// rules out.
    var leaves: Range<Int32> = 0..<0
  }

  /// What the answer to a node's question is other than that a value is at most the threshold.
  enum Exception: UInt8, Sendable {
    case none
    /// Yes where the value is the threshold.
    case equality
    /// Values next to zero stand for missing ones: LightGBM's `zero_as_missing`.
    case zeroIsMissing
  }

  struct Tree: Sendable {
    /// A node, or the complement of the number of the only leaf.
    var root: Int32
    var nodes: Range<Int>
    var leaves: Range<Int>
    /// The score for which all leaves vote, where `votesPerLeaf` is 1.
    var score: Int
  }

  /// What becomes of scores.
  enum Decision: Hashable, Sendable {
    /// The class of the first greatest score; a score a class.
    case greatest(Transform)
    /// One score, of the second class: p = score, the second class above a limit.
    case second(limit: Float)
    /// One score, of the second class: p = 1 / (1 + exp(-slope · score)), the second class above p = 0.5.
    case secondLogistic(slope: Double)
  }

  /// How scores become probabilities.
  enum Transform: Hashable, Sendable {
    case none, softmax
    /// Each score for itself, 1 / (1 + exp(-slope · score)).
    case logistic(slope: Double)
  }

  /// The format and what made it, for messages and files: "ONNX", "LightGBM".
  public var format: String
  /// How many features a pixel has; nil where the file does not say.
  public internal(set) var declaredFeatureCount: Int?
  /// The names of the features, where the file has them.
  public internal(set) var featureNames: [String] = []
  public internal(set) var labels: [Label]
  /// Whether the file itself names the labels; else they are numbers from 0.
  public internal(set) var hasOwnLabels: Bool
  /// For each feature what is subtracted from it and then multiplied with it, in Float; empty for nothing.
  var scaling: [(offset: Float, scale: Float)] = []
  var trees: [Tree] = []
  var nodes: [Node] = []
  /// By leaf: a weight for each score, or one for the tree's own.
  var votes: [Double] = []
  var votesPerLeaf = 1
  var scoreCount: Int
  /// What scores begin with.
  var base: [Double]
  /// Whether scores are added in Double rather than Float.
  var addsInDouble: Bool
  /// What sums are divided by.
  var divisor = 1.0
  var decision: Decision

  /// How many features a pixel must have at least: one more than the greatest that a node asks for.
  public var neededFeatureCount: Int { (nodes.lazy.map { Int($0.feature) }.max() ?? -1) + 1 }

  /// How many features a pixel has.
  public var featureCount: Int { declaredFeatureCount ?? neededFeatureCount }

  /// How many trees there are.
  public var treeCount: Int { trees.count }

  /// The most nodes and leaves that a model may have.
  static let nodeLimit = 1 << 23
}
