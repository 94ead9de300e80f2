internal import Raster

/// The features of a run of pixels as a model takes them, feature by feature.
struct FeatureValues {
  let features: Int
  private let count: Int
  private let values: UnsafeMutablePointer<Float>
  /// By pixel, how many of its features are missing.
  let missing: UnsafeMutablePointer<UInt32>

  /// - Parameters:
  ///   - scaling: of each feature, in Float; empty for none.
  init(_ samples: [LinearSamples], scaling: [(offset: Float, scale: Float)], count: Int) {
    features = samples.count
    self.count = count
    values = .allocate(capacity: max(1, features * count))
    missing = .allocate(capacity: max(1, count))
    missing.initialize(repeating: 0, count: count)
    for (feature, own) in samples.enumerated() {
      precondition(own.samples.count == count)
      guard let source = own.samples.baseAddress else { continue }
      let target = values + feature * count
      let (scale, offset) = (own.scale, own.offset)
      for pixel in 0..<count {
        let value = Float(Double(source[pixel]) * scale + offset)
        target[pixel] = value
        missing[pixel] &+= value == value ? 0 : 1
      }
      guard !scaling.isEmpty else { continue }
      let (subtracted, factor) = scaling[feature]
      for pixel in 0..<count { target[pixel] = (target[pixel] - subtracted) * factor }
    }
  }

  func deallocate() {
    values.deallocate()
    missing.deallocate()
  }

  subscript(feature: Int, pixel: Int) -> Float { values[feature &* count &+ pixel] }

  /// Sixteen pixels in a row.
  func run(_ feature: Int, from pixel: Int) -> SIMD16<Float> {
    UnsafeRawPointer(values + (feature &* count &+ pixel)).loadUnaligned(as: SIMD16<Float>.self)
  }
}
