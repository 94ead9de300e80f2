public import Raster

/// Classifies runs of pixels with a model: by bit vectors where the model allows, else tree by tree.
///
/// Both ways give the same scores, bit for bit. Safe to use from several threads.
public struct TreeClassifier: Sendable {
  public let model: TreeModel
  /// How many features a pixel has.
  public let featureCount: Int
  private let vectors: BitVectorTrees?

  public init(_ model: TreeModel) {
    self.model = model
    featureCount = model.featureCount
    vectors = BitVectorTrees(model)
  }

  /// Whether it evaluates sixteen pixels at once.
  public var usesBitVectors: Bool { vectors != nil }

  /// Where results of a run of pixels go; each buffer has one element a pixel.
  public struct Target {
    /// Gets the class's number among the model's labels; NaN where there is none.
    public var classes: UnsafeMutableBufferPointer<Float>
    /// Gets the probability of the pixel's class; nil where nobody asks.
    public var probability: UnsafeMutableBufferPointer<Float>?
    /// Get the probability of each class; empty where nobody asks.
    public var all: [UnsafeMutableBufferPointer<Float>]

    public init(
      classes: UnsafeMutableBufferPointer<Float>, probability: UnsafeMutableBufferPointer<Float>? = nil,
      all: [UnsafeMutableBufferPointer<Float>] = []
    ) {
      self.classes = classes
      self.probability = probability
      self.all = all
    }
  }

  /// Classifies a run of pixels.
  ///
  /// - Parameters:
  ///   - features: in the model's order, as many as it has.
  ///   - classifiesMissing: whether a pixel with some missing features goes to the model all the same, which knows what
  ///     to do with them; else it has no class. A pixel without any feature never has.
  ///   - isWanted: whether a pixel, by its place, is classified at all; nil where all are.
  ///   - target: gets the classes, and scores where they are wanted.
  public func classify(
    _ features: [LinearSamples], classifiesMissing: Bool = false, isWanted: ((Int) -> Bool)? = nil,
    into target: Target
  ) {
    precondition(features.count == featureCount)
    let count = target.classes.count
    target.classes.update(repeating: .nan)
    target.probability?.update(repeating: .nan)
    for buffer in target.all { buffer.update(repeating: .nan) }
    let values = FeatureValues(features, scaling: model.scaling, count: count)
    defer { values.deallocate() }
    var batch = Batch(self, values, target)
    for pixel in 0..<count {
      guard isWanted?(pixel) ?? true else { continue }
      let missing = Int(values.missing[pixel])
      if missing == 0 {
        batch.add(pixel)
      } else if classifiesMissing, missing < featureCount {
        batch.classify(pixel)
      }
    }
    batch.finish()
  }

  /// Pixels that are gathered until sixteen are together.
  private struct Batch {
    private let model: TreeModel
    private let vectors: BitVectorTrees?
    private let base: [Double]
    private let reader: ScoreReader
    private let target: Target
    private let wantsProbabilities: Bool
    private let values: FeatureValues
    private var pixels = [Int](repeating: 0, count: BitVectorTrees.lanes)
    private var count = 0
    private var lanes: [SIMD16<Float>]
    private var single: [Float]
    private var scores: [Double]
    private var probabilities: [Double]
    private var scratch: BitVectorTrees.Scratch

    init(_ classifier: TreeClassifier, _ values: FeatureValues, _ target: Target) {
      self.target = target
      self.values = values
      (model, vectors, base) = (classifier.model, classifier.vectors, classifier.model.base)
      reader = ScoreReader(model)
      wantsProbabilities = target.probability != nil || !target.all.isEmpty
      lanes = Array(repeating: .zero, count: values.features)
      single = Array(repeating: 0, count: values.features)
      scores = Array(repeating: 0, count: model.scoreCount * BitVectorTrees.lanes)
      probabilities = Array(repeating: 0, count: model.labels.count)
      scratch = BitVectorTrees.Scratch(vectors, scoreCount: model.scoreCount)
    }

    mutating func add(_ pixel: Int) {
      guard vectors != nil else { return classify(pixel) }
      pixels[count] = pixel
      count += 1
      if count == BitVectorTrees.lanes { finish() }
    }

    /// Classifies one pixel tree by tree.
    mutating func classify(_ pixel: Int) {
      for feature in single.indices { single[feature] = values[feature, pixel] }
      single.withUnsafeBufferPointer { model.score($0, into: &scores) }
      put(pixel, 0)
    }

    /// Classifies what was gathered.
    mutating func finish() {
      guard count > 0, let vectors else { return }
      // Lanes without a pixel are like one that has: they ask for nothing new.
      for lane in count..<BitVectorTrees.lanes { pixels[lane] = pixels[0] }
      let isRun = pixels[BitVectorTrees.lanes - 1] == pixels[0] + BitVectorTrees.lanes - 1
      for feature in lanes.indices {
        if isRun {
          lanes[feature] = values.run(feature, from: pixels[0])
        } else {
          for lane in 0..<BitVectorTrees.lanes { lanes[feature][lane] = values[feature, pixels[lane]] }
        }
      }
      vectors.score(lanes, pixels: count, base: base, &scratch, into: &scores)
      for place in 0..<count { put(pixels[place], place) }
      count = 0
    }

    /// Writes what the scores at a place say of a pixel.
    private mutating func put(_ pixel: Int, _ place: Int) {
      scores.withUnsafeBufferPointer { scores in
        guard let own = scores.baseAddress.map({ $0 + place * reader.scoreCount }) else { return }
        let label = reader.label(own)
        target.classes[pixel] = Float(label)
        guard wantsProbabilities else { return }
        reader.probabilities(own, into: &probabilities)
        target.probability?[pixel] = Float(probabilities[label])
        for (label, buffer) in target.all.enumerated() { buffer[pixel] = Float(probabilities[label]) }
      }
    }
  }
}
