/// Computes something of the values that one pixel has over time. Holds scratch memory: one thread at a time.
public protocol SeriesWorker: AnyObject {
  /// How many numbers it makes of a pixel.
  var resultCount: Int { get }

  /// Computes one pixel.
  ///
  /// - Parameters:
  ///   - values: in order of time, one for each time step; NaN is missing.
  ///   - results: filled whole; NaN is missing.
  func compute(_ values: UnsafeBufferPointer<Double>, into results: UnsafeMutableBufferPointer<Float>)
}
