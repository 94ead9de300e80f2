/// A run of 16-bit samples as files hold them, with what is missing of them and the scale of the rest.
///
/// What `LinearSamples` are made from: kernels that work with whole numbers spare themselves the way through Float.
/// The memory is valid during the call that hands it over.
public struct StoredSamples {
  public let samples: UnsafeBufferPointer<UInt16>
  /// The number that means missing.
  public let missing: UInt16
  /// 0 where a sample is kept, counted like the samples; nil where all are kept.
  public let rejected: UnsafeBufferPointer<UInt8>?
  public let scale: Double
  public let offset: Double

  public init(
    _ samples: UnsafeBufferPointer<UInt16>, missing: UInt16, rejected: UnsafeBufferPointer<UInt8>?,
    scale: Double, offset: Double
  ) {
    self.samples = samples
    self.missing = missing
    self.rejected = rejected
    self.scale = scale
    self.offset = offset
  }
}
