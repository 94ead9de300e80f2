/// The normalised difference of two bands, (a − b) / (a + b): NDVI, NDWI, NDSI and their kin.
public enum NormalizedDifference {
  /// Computes (a − b) / (a + b) of physical values.
  ///
  /// Sum and difference are taken in Double and divided in Float: the error is under 2 · 10⁻⁷ of the result
  /// even where both bands are close to zero, and for unscaled float bands the result is the one that
  /// arithmetic in Float gives, bit for bit. Missing where a band is missing or the sum is zero.
  public static func compute(
    _ a: LinearSamples, _ b: LinearSamples, into output: inout MutableSpan<Float>
  ) {
    let count = output.count
    let (left, right) = (a.samples.span, b.samples.span)
    let (scaleA, offsetA, scaleB, offsetB) = (a.scale, a.offset, b.scale, b.offset)
    precondition(left.count == count && right.count == count)
    for index in 0..<count {
      let first = Double(left[index]) * scaleA + offsetA
      let second = Double(right[index]) * scaleB + offsetB
      let sum = Float(first + second)
      output[index] = sum == 0 ? .nan : Float(first - second) / sum
    }
  }
}
