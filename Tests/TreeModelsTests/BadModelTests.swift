import TestSupport
import Testing

@testable import TreeModels

/// Files that are no models, or damaged ones: a message, never a trap.
@Suite struct BadModelTests {
  private static func mistake(_ bytes: [UInt8], _ name: String = "a.onnx") -> String? {
    do throws(TreeModelError) {
      _ = try TreeModel.read(bytes, name: name)
      return nil
    } catch {
      return error.description + (error.suggestion.map { "; " + $0 } ?? "")
    }
  }

  @Test(arguments: ["model.pkl", "model.pickle", "rf.joblib", "a.sav"])
  func `a pickle is refused by its name, with the way to convert it`(name: String) throws {
    let text = try #require(Self.mistake([1, 2, 3], name))
    #expect(text.contains("pickle") && text.contains("skl2onnx"))
  }

  @Test func `other formats are named, and a pickle is known by its content too`() throws {
    #expect(Self.mistake([0x80, 4, 0x95, 1], "model.onnx")?.contains("pickle") == true)
    #expect(Self.mistake([1], "m.ubj")?.contains("save_model") == true)
    #expect(Self.mistake([1], "m.cbm")?.contains("onnx") == true)
    #expect(Self.mistake([], "m.onnx")?.contains("empty") == true)
    #expect(Self.mistake(Array("hello".utf8))?.contains("no ONNX model") == true)
    #expect(Self.mistake(Array("{\"a\": 1}".utf8))?.contains("XGBoost") == true)
    #expect(Self.mistake(Array("{\"a\": ".utf8))?.contains("line 1") == true)
  }

  private static func forest(_ seed: UInt64 = 1) -> TestForest {
    var generator = SeededGenerator(seed: seed)
    return TestForest(features: 4, scores: 3, trees: 4, leaves: 9, using: &generator)
  }

  @Test func `a node that is not understood is named`() throws {
    let other = ProtobufWriter.node("Normalizer", name: "norm", inputs: ["X"], outputs: ["v"])
    let before = Self.mistake(Self.forest().onnx(.init(labels: [1, 2, 3], before: [other], input: "v")))
    #expect(before?.contains("\"norm\" (Normalizer) is not understood") == true)
    let after = ProtobufWriter.node("Softmax", name: "s", inputs: ["p"], outputs: ["q"])
    #expect(
      Self.mistake(Self.forest().onnx(.init(labels: [1, 2, 3], after: [after])))?.contains("Softmax") == true)
    let half = ProtobufWriter.node(
      "Cast", name: "half", inputs: ["X"], outputs: ["v"], attributes: [.attribute("to", integer: 10)])
    #expect(
      Self.mistake(Self.forest().onnx(.init(labels: [1, 2, 3], before: [half], input: "v")))?.contains("half")
        == true)
    #expect(
      Self.mistake(Self.forest().onnx(.init(labels: [1, 2, 3], input: "w")))?.contains("\"w\"") == true)
    let none = ProtobufWriter.model(nodes: [other], input: "X", width: 4)
    #expect(Self.mistake(none)?.contains("no ensemble of trees") == true)
    #expect(
      Self.mistake(Self.forest().onnx(.init(transform: "PROBIT", labels: [1, 2, 3])))?.contains("PROBIT")
        == true)
  }

  @Test func `counts that do not fit each other are mistakes`() throws {
    #expect(
      Self.mistake(Self.forest().onnx(.init(labels: [1, 2])))?.contains("class that there is not") == true)
    #expect(Self.mistake(Self.forest().onnx(.init(labels: [1, 2, 2])))?.contains("one name") == true)
    #expect(
      Self.mistake(Self.forest().onnx(.init(labels: [1, 2, 3], width: 1)))?.contains("feature") == true)
    #expect(
      Self.mistake(Self.forest().onnx(.init(labels: [1, 2, 3], base: [1, 2])))?.contains("base") == true)
    var circle = Self.forest()
    circle.trees = [
      .question(
        feature: 0, threshold: .nan, isYesForMissing: true, yes: .leaf([1, 0, 0]), no: .leaf([0, 1, 0]))
    ]
    #expect(Self.mistake(circle.onnx(.init(labels: [1, 2, 3])))?.contains("no number") == true)
  }

  @Test func `a LightGBM text that is cut, or has what is not understood, is refused`() throws {
    var generator = SeededGenerator(seed: 3)
    let forest = TestForest(features: 4, scores: 2, trees: 4, leaves: 7, isBoosted: true, using: &generator)
    let text = forest.lightGBM(objective: "multiclass num_class:2")
    #expect(Self.mistake(Array(text.utf8)) == nil)
    for (old, new, word) in [
      ("end of trees", "end of", "cut off"), ("num_cat=0", "num_cat=1", "categories"),
      ("objective=multiclass", "objective=regression", "objective"),
      ("num_leaves=7", "num_leaves=8", "elements"),
      ("num_leaves=7", "num_leaves=99999999999999999999", "num_leaves"),
      ("left_child=", "left_child=x ", "left_child"),
      ("max_feature_idx=3", "max_feature_idx=0", "feature"),
    ] {
      let mistake = Self.mistake(Array(text.replacing(old, with: new).utf8))
      #expect(mistake?.contains(word) == true, "\(new): \(mistake ?? "none")")
    }
  }

  /// Reads damaged bytes, and evaluates what can still be read: anything but a trap is right.
  private static func survives(_ bytes: [UInt8]) {
    guard let model = try? TreeModel.read(bytes, name: "a"), model.featureCount <= 1000 else { return }
    let pixel = [Float](repeating: 0.4, count: model.featureCount)
    _ = ModelRun(model, [pixel, pixel.map { -$0 }, pixel.map { _ in .nan }], classifiesMissing: true)
  }

  private static var samples: [[UInt8]] {
    var generator = SeededGenerator(seed: 4)
    let boosted = TestForest(features: 4, scores: 3, trees: 6, leaves: 6, isBoosted: true, using: &generator)
    return [
      forest().onnx(.init(labels: [1, 2, 3], width: 4)),
      forest().onnx(.init(transform: "SOFTMAX", names: ["a", "b", "c"], isPacked: true)),
      Array(boosted.lightGBM(objective: "multiclass num_class:3").utf8),
      Array(boosted.xgboost(objective: "multi:softprob", base: "5E-1").utf8),
    ]
  }

  @Test func `a file cut at any byte traps nothing`() {
    for sample in Self.samples {
      for length in 0..<min(sample.count, 4096) { Self.survives(Array(sample[..<length])) }
    }
  }

  @Test func `thousands of damaged files trap nothing`() {
    var generator = SeededGenerator(seed: 14)
    let texts = ["-1", "99999999999", "1e999", "nan", "", "255", "-9223372036854775808", "[", "}", "\n\n"]
    for sample in Self.samples {
      for _ in 0..<1500 {
        var bytes = sample
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
          guard !bytes.isEmpty else { break }
          let place = Int.random(in: bytes.indices, using: &generator)
          switch Int.random(in: 0..<5, using: &generator) {
          case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
          case 1: bytes[place] = UInt8.random(in: 0...255, using: &generator)
          case 2:
            bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...40, using: &generator)))
          case 3:
            bytes.insert(
              contentsOf: Array(texts.randomElement(using: &generator)?.utf8 ?? "".utf8), at: place)
          default: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 30)], at: place)
          }
        }
        Self.survives(bytes)
      }
    }
  }
}
