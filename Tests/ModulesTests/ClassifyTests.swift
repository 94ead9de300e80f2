import Engine
import Modules
import Raster
import Testing

@Suite struct ClassifyTests {
  /// Three classes by two bands: 0 where the first is at most 0.25, else 1 or 2 by the second.
  private static let model = """
    tree
    num_class=3
    num_tree_per_iteration=3
    max_feature_idx=1
    objective=multiclass num_class:3
    feature_names=red nir08

    Tree=0
    num_leaves=2
    num_cat=0
    split_feature=0
    threshold=0.25
    decision_type=10
    left_child=-1
    right_child=-2
    leaf_value=4 0

    Tree=1
    num_leaves=2
    num_cat=0
    split_feature=1
    threshold=0.5
    decision_type=10
    left_child=-1
    right_child=-2
    leaf_value=2 0

    Tree=2
    num_leaves=2
    num_cat=0
    split_feature=1
    threshold=0.5
    decision_type=10
    left_child=-1
    right_child=-2
    leaf_value=0 2

    end of trees
    """

  private func bench(_ bands: [String] = ["red", "nir08"]) throws -> ModuleBench {
    let bench = try ModuleBench(bands: bands)
    bench.scope.moduleFiles = FakeModuleFiles(texts: [
      "ice.txt": Self.model, "ice.pkl": "x", "bad.txt": "tree\n",
    ])
    return bench
  }

  private func make(_ parameters: String, _ bench: ModuleBench) throws -> Classify? {
    try bench.make(Classify.self, "{\"module\": \"classify\", \(parameters)}")
  }

  private static let classes = #""classes": {"4": "clean ice", "1": "snow", "9": "water"}"#

  @Test func `classes are the model's, under the numbers and names of the config`() throws {
    let bench = try bench()
    let module = try #require(
      try make(#""model": "ice.txt", "as": "surface", "bands": ["red", "nir08"], \#(Self.classes)"#, bench))
    #expect(module.inputs == ["red", "nir08"] && module.inputsInUnits == ["red", "nir08"])
    guard case .flags(let flags) = module.outputs[0].storage else {
      Issue.record("the result has no classes")
      return
    }
    #expect(flags.map(\.value) == [0, 1, 4, 9])
    #expect(flags.map(\.meaning) == ["none", "snow", "clean_ice", "water"])
    #expect(module.outputs[0].attributes["model_sha256"] == "digest of ice.txt")
    #expect(bench.scope.files.map(\.name) == ["ice.txt"])
    let values = run(module, [[0.25, 0.26, 0.9, .nan], [0.1, 0.5, 0.6, 0.1]])
    #expect(Array(values[..<3]) == [1, 4, 9] && values[3].isNaN)
    // Stored numbers are scaled: 25 is 0.25.
    #expect(run(module, [[25, 26, 90], [10, 50, 60]], scale: 0.01) == [1, 4, 9])
  }

  @Test func `without bands the model's own names count, and without classes its numbers`() throws {
    let bench = try bench()
    let module = try #require(try make(#""model": "ice.txt""#, bench))
    #expect(module.inputs == ["red", "nir08"])
    #expect(run(module, [[0.1, 0.9, 0.9], [0, 0, 1]]) == [0, 1, 2])
  }

  @Test func `probabilities come beside the class, that of the class or all`() throws {
    let one = try #require(try make(#""model": "ice.txt", "probability": true"#, try bench()))
    #expect(one.outputs.map(\.name) == ["classify", "classify_probability"])
    let pixel: [[Float]] = [[0.1], [0]]
    let shares = one.values(pixel)
    // exp 4 : exp 2 : exp 0.
    #expect(shares[0] == [0] && abs(shares[1][0] - 0.866814) < 1e-6)
    let all = try #require(
      try make(#""model": "ice.txt", "as": "c", "probability": "all", \#(Self.classes)"#, try bench()))
    #expect(
      all.outputs.map(\.name) == [
        "c", "c_probability_snow", "c_probability_clean_ice", "c_probability_water",
      ])
    #expect(abs(all.values(pixel).dropFirst().map { $0[0] }.reduce(0, +) - 1) < 1e-6)
  }

  @Test func `only pixels of certain classes are looked at where they are named`() throws {
    let bench = try bench()
    _ = try make(#""model": "ice.txt", "as": "first", \#(Self.classes)"#, bench)
    let second = try #require(
      try make(
        #""model": "ice.txt", "as": "second", "where": {"first": ["snow", 9]}, \#(Self.classes)"#, bench))
    #expect(second.inputs == ["red", "nir08", "first"])
    let values = run(second, [[0.1, 0.1, 0.1, .nan], [0, 0, 0, 0], [1, 4, .nan, 4]])
    #expect(Array(values[..<2]) == [1, 0] && values[2].isNaN && values[3].isNaN)
    _ = try make(#""model": "ice.txt", "as": "third", "where": {"first": ["snw"]}"#, bench)
    #expect(bench.mistakes.last?.contains("has no class \"snw\"") == true)
  }

  @Test func `what does not fit is said at its place`() throws {
    for (parameters, words) in [
      (#""model": "ice.pkl""#, ["$.m.model", "pickle", "skl2onnx"]),
      (#""model": "none.onnx""#, ["there is no"]),
      (#""model": "bad.txt""#, ["\"bad.txt\"", "cut off"]),
      (#""model": "ice.txt", "bands": ["red"]"#, ["$.m.bands", "2 features", "here are 1"]),
      (#""model": "ice.txt", "bands": ["red", "nri08"]"#, ["$.m.bands[1]", "nri08"]),
      (#""model": "ice.txt", "classes": {"1": "a"}"#, ["$.m.classes", "3 classes"]),
      (
        #""model": "ice.txt", "classes": {"1": "a", "x": "b", "3": "c"}"#,
        ["$.m.classes.x", "no number of a class"]
      ),
      (#""model": "ice.txt", "classes": {"1": "a", "2": "a", "3": "c"}"#, ["two classes"]),
      (#""model": "ice.txt", "palette": {"1": "blue"}"#, ["$.m.palette", "no colour"]),
    ] {
      let bench = try bench()
      #expect(try make(parameters, bench) == nil)
      let text = bench.mistakes.joined(separator: "\n")
      #expect(words.allSatisfy { text.contains($0) }, "\(parameters): \(text)")
    }
  }
}

extension PixelwiseModule {
  /// Every output for these inputs.
  func values(_ inputs: [[Float]]) -> [[Float]] {
    let buffers = inputs.map { values in
      let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: values.count)
      _ = buffer.initialize(from: values)
      return buffer
    }
    defer { for buffer in buffers { buffer.deallocate() } }
    return results(
      of: Strip(inputs: buffers.map { .init(UnsafeBufferPointer($0)) }), count: inputs.first?.count ?? 0)
  }
}
