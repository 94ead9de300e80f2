/// A run of samples together with the linear scale that turns them into physical values.
///
/// The value of a sample is `sample · scale + offset`, evaluated in Double. Integers of up to 16 bits are exact
/// in Float, so nothing is lost before a kernel scales: reflectances close to zero keep their digits, which
/// they would not if DN · 0.0000275 − 0.2 were rounded to Float first. Missing samples are NaN.
///
/// The memory belongs to whoever made the samples, and is valid during the call that hands them over.
public struct LinearSamples {
  public let samples: UnsafeBufferPointer<Float>
  public let scale: Double
  public let offset: Double

  public init(_ samples: UnsafeBufferPointer<Float>, scale: Double = 1, offset: Double = 0) {
    self.samples = samples
    self.scale = scale
    self.offset = offset
  }
}
