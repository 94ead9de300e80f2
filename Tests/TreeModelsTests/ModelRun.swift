import Raster
import TreeModels

/// The classes and probabilities of pixels, as a classifier gives them.
struct ModelRun {
  /// -1 where there is none.
  private(set) var classes: [Int] = []
  /// By pixel.
  private(set) var probabilities: [[Float]] = []
  let usesBitVectors: Bool

  init(_ model: TreeModel, _ pixels: [[Float]], classifiesMissing: Bool = false) {
    let classifier = TreeClassifier(model)
    usesBitVectors = classifier.usesBitVectors
    let count = pixels.count
    func buffer() -> UnsafeMutableBufferPointer<Float> {
      let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: count)
      buffer.initialize(repeating: 0)
      return buffer
    }
    let features = (0..<classifier.featureCount).map { feature in
      let buffer = buffer()
      for pixel in 0..<count { buffer[pixel] = pixels[pixel][feature] }
      return buffer
    }
    let (labels, all) = (buffer(), model.labels.map { _ in buffer() })
    defer { for buffer in features + all + [labels] { buffer.deallocate() } }
    classifier.classify(
      features.map { LinearSamples(UnsafeBufferPointer($0)) }, classifiesMissing: classifiesMissing,
      into: .init(classes: labels, all: all))
    classes = labels.map { $0.isNaN ? -1 : Int($0) }
    probabilities = (0..<count).map { pixel in all.map { $0[pixel] } }
  }
}
