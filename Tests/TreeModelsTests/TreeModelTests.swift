import Glibc
import TestSupport
import Testing

@testable import TreeModels

/// Every format against forests that are evaluated by recursion.
@Suite struct TreeModelTests {
  private static func first(of scores: [Float]) -> Int {
    scores.indices.max { scores[$0] < scores[$1] || scores[$0] == scores[$1] && $0 > $1 } ?? 0
  }

  private static func softmax(_ scores: [Float]) -> [Double] {
    let powers = scores.map { exp(Double($0)) }
    return powers.map { $0 / powers.reduce(0, +) }
  }

  @Test(arguments: ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GT", "BRANCH_GTE"], [3, 40, 200])
  func `an ONNX forest says what its trees say, whatever their size and questions`(mode: String, leaves: Int)
    throws
  {
    var generator = SeededGenerator(seed: UInt64(leaves))
    let forest = TestForest(features: 5, scores: 6, trees: 12, leaves: leaves, using: &generator)
    let bytes = forest.onnx(
      .init(labels: [1, 2, 3, 4, 5, 60], isPacked: leaves == 3, mode: mode, width: leaves == 40 ? nil : 5))
    let model = try TreeModel.read(bytes, name: "a.onnx")
    #expect(model.labels == [1, 2, 3, 4, 5, 60].map { .number($0) } && model.featureCount == 5)
    // Not a multiple of sixteen.
    let pixels = forest.pixels(333, using: &generator)
    let run = ModelRun(model, pixels)
    #expect(run.usesBitVectors)
    for (pixel, values) in pixels.enumerated() {
      let scores = forest.scores(values)
      #expect(run.classes[pixel] == Self.first(of: scores))
      #expect(run.probabilities[pixel] == scores)
    }
  }

  @Test func `a pixel with a missing feature has no class, unless the model is asked`() throws {
    var generator = SeededGenerator(seed: 5)
    let forest = TestForest(features: 4, scores: 3, trees: 9, leaves: 20, using: &generator)
    let model = try TreeModel.read(forest.onnx(.init(labels: [0, 1, 2])), name: "a.onnx")
    var pixels = forest.pixels(200, missing: true, using: &generator)
    pixels.append([.nan, .nan, .nan, .nan])
    let (plain, asked) = (ModelRun(model, pixels), ModelRun(model, pixels, classifiesMissing: true))
    for (pixel, values) in pixels.enumerated() {
      let isMissing = values.contains(where: \.isNaN)
      let expected = Self.first(of: forest.scores(values))
      #expect(plain.classes[pixel] == (isMissing ? -1 : expected))
      #expect(asked.classes[pixel] == (values.allSatisfy(\.isNaN) ? -1 : expected))
    }
  }

  @Test(arguments: [11, 17])
  func `more than eight classes are told apart too`(count: Int) throws {
    var generator = SeededGenerator(seed: 8)
    let forest = TestForest(features: 3, scores: count, trees: 7, leaves: 30, using: &generator)
    let model = try TreeModel.read(
      forest.onnx(.init(names: (0..<count).map { "k\($0)" }, base: Array(repeating: 0.25, count: count))),
      name: "a.onnx")
    #expect(model.labels[9] == .text("k9"))
    let pixels = forest.pixels(50, using: &generator)
    let run = ModelRun(model, pixels)
    for (pixel, values) in pixels.enumerated() {
      #expect(run.probabilities[pixel] == forest.scores(values, base: 0.25))
    }
  }

  @Test func `a single score belongs to the second of two classes`() throws {
    var generator = SeededGenerator(seed: 9)
    var forest = TestForest(features: 3, scores: 1, trees: 6, leaves: 12, using: &generator)
    let pixels = forest.pixels(120, using: &generator)
    let style = TestForest.ONNXStyle(labels: [0, 1], isOneScore: true)
    let plain = ModelRun(try TreeModel.read(forest.onnx(style), name: "a"), pixels)
    var logistic = style
    (logistic.transform, logistic.base) = ("LOGISTIC", [-2.5])
    let sigmoid = ModelRun(try TreeModel.read(forest.onnx(logistic), name: "a"), pixels)
    for (pixel, values) in pixels.enumerated() {
      let score = forest.scores(values)[0]
      #expect(
        plain.classes[pixel] == (score > 0.5 ? 1 : 0) && plain.probabilities[pixel] == [1 - score, score])
      let odds = 1 / (1 + exp(-Double(score - 2.5)))
      #expect(sigmoid.classes[pixel] == (score > 2.5 ? 1 : 0))
      #expect(abs(Double(sigmoid.probabilities[pixel][1]) - odds) < 1e-7)
    }
    // With votes against it the limit is zero.
    forest.trees.append(.leaf([-3]))
    let negative = ModelRun(try TreeModel.read(forest.onnx(style), name: "a"), pixels)
    for (pixel, values) in pixels.enumerated() {
      #expect(negative.classes[pixel] == (forest.scores(values)[0] > 0 ? 1 : 0))
    }
  }

  @Test func `features are scaled before, and harmless nodes may stand around the trees`() throws {
    var generator = SeededGenerator(seed: 10)
    let forest = TestForest(features: 2, scores: 3, trees: 5, leaves: 10, using: &generator)
    let scaler = ProtobufWriter.node(
      "Scaler", name: "s", inputs: ["c"], outputs: ["v"],
      attributes: [.attribute("offset", floats: [0.1, -0.2]), .attribute("scale", floats: [2, 0.5])])
    let cast = ProtobufWriter.node(
      "Cast", inputs: ["X"], outputs: ["c"], attributes: [.attribute("to", integer: 1)])
    let zipMap = ProtobufWriter.node("ZipMap", inputs: ["p"], outputs: ["q"])
    let model = try TreeModel.read(
      forest.onnx(
        .init(
          transform: "SOFTMAX", labels: [1, 2, 3], width: 2, before: [cast, scaler], after: [zipMap],
          input: "v")),
      name: "a.onnx")
    let pixels = forest.pixels(64, using: &generator)
    let run = ModelRun(model, pixels)
    for (pixel, values) in pixels.enumerated() {
      let scores = forest.scores([(values[0] - 0.1) * 2, (values[1] + 0.2) * 0.5])
      #expect(run.classes[pixel] == Self.first(of: scores))
      for (one, other) in zip(run.probabilities[pixel], Self.softmax(scores)) {
        #expect(abs(Double(one) - other) < 1e-7)
      }
    }
  }

  @Test func `LightGBM's text is added in Double, by class`() throws {
    var generator = SeededGenerator(seed: 11)
    let forest = TestForest(features: 4, scores: 5, trees: 20, leaves: 31, isBoosted: true, using: &generator)
    let pixels = forest.pixels(150, missing: true, using: &generator)
    for average in [false, true] {
      let text = forest.lightGBM(objective: "multiclass num_class:5", average: average)
      let run = ModelRun(
        try TreeModel.read(Array(text.utf8), name: "a.txt"), pixels, classifiesMissing: true)
      for (pixel, values) in pixels.enumerated() where !values.allSatisfy(\.isNaN) {
        let scores = forest.scores(values).map { average ? $0 / 4 : $0 }
        #expect(run.classes[pixel] == Self.first(of: scores))
        for (one, other) in zip(run.probabilities[pixel], Self.softmax(scores)) {
          #expect(abs(Double(one) - other) < 1e-7)
        }
      }
    }
  }

  @Test func `LightGBM's zero that stands for missing goes the default way`() throws {
    let text = """
      tree
      num_class=1
      num_tree_per_iteration=1
      max_feature_idx=0
      objective=binary sigmoid:1

      Tree=0
      num_leaves=2
      num_cat=0
      split_feature=0
      threshold=0.5
      decision_type=4
      left_child=-1
      right_child=-2
      leaf_value=-1 1

      end of trees
      """
    let model = try TreeModel.read(Array(text.utf8), name: "a.txt")
    let run = ModelRun(model, [[0], [1e-36], [0.25], [0.75]])
    #expect(run.classes == [1, 1, 0, 1] && !run.usesBitVectors)
    let other = try TreeModel.read(
      Array(text.replacing("decision_type=4", with: "decision_type=6").utf8), name: "a.txt")
    #expect(ModelRun(other, [[0], [0.25], [0.75]]).classes == [0, 0, 1])
  }

  @Test func `XGBoost's JSON asks whether a value is below a condition`() throws {
    var generator = SeededGenerator(seed: 12)
    let forest = TestForest(features: 4, scores: 3, trees: 12, leaves: 17, isBoosted: true, using: &generator)
    let pixels = forest.pixels(150, missing: true, using: &generator)
    let text = forest.xgboost(objective: "multi:softprob", base: "[5E-1,5E-1,5E-1]")
    let run = ModelRun(try TreeModel.read(Array(text.utf8), name: "a.json"), pixels, classifiesMissing: true)
    for (pixel, values) in pixels.enumerated() where !values.allSatisfy(\.isNaN) {
      let scores = forest.scores(values, base: 0.5)
      #expect(run.classes[pixel] == Self.first(of: scores))
      for (one, other) in zip(run.probabilities[pixel], Self.softmax(scores)) {
        #expect(abs(Double(one) - other) < 1e-7)
      }
    }
    // A binary model's base is a probability.
    let binary = TestForest(features: 4, scores: 1, trees: 5, leaves: 9, isBoosted: true, using: &generator)
    let model = try TreeModel.read(
      Array(binary.xgboost(objective: "binary:logistic", base: "2E-1").utf8), name: "a.json")
    let whole = binary.pixels(40, using: &generator)
    for (pixel, probabilities) in zip(whole, ModelRun(model, whole).probabilities) {
      let score = Double(binary.scores(pixel)[0]) + log(0.25)
      #expect(abs(Double(probabilities[1]) - 1 / (1 + exp(-score))) < 1e-6)
    }
  }

  @Test func `large trees are walked one by one, with the same scores`() throws {
    var generator = SeededGenerator(seed: 13)
    let forest = TestForest(features: 3, scores: 4, trees: 40, leaves: 2500, using: &generator)
    let model = try TreeModel.read(forest.onnx(.init(labels: [1, 2, 3, 4])), name: "a.onnx")
    let pixels = forest.pixels(30, using: &generator)
    let run = ModelRun(model, pixels)
    #expect(!run.usesBitVectors)
    for (pixel, values) in pixels.enumerated() { #expect(run.probabilities[pixel] == forest.scores(values)) }
  }
}
