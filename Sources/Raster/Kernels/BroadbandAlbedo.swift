/// Broadband albedo from narrow bands. Bands are surface reflectance, 0...1; missing where any band is NaN.
///
/// Sums are taken in Double and rounded once, so the result is that of the formula to the last digit of a Float.
public enum BroadbandAlbedo {
  /// A constant and five weighted bands.
  ///
  /// - Parameters:
  ///   - a: the first band, one sample a pixel.
  ///   - b: the second band.
  ///   - c: the third band.
  ///   - d: the fourth band.
  ///   - e: the fifth band.
  ///   - weights: one for each band, in their order.
  ///   - constant: added to the sum, in its unit.
  ///   - output: filled whole, one sum a pixel; NaN where a band is missing.
  public static func weightedSum(
    _ a: LinearSamples, _ b: LinearSamples, _ c: LinearSamples, _ d: LinearSamples, _ e: LinearSamples,
    weights: [Double], constant: Double, into output: inout MutableSpan<Float>
  ) {
    precondition(weights.count == 5)
    let count = output.count
    let (sa, sb, sc, sd, se) = (
      a.samples.span, b.samples.span, c.samples.span, d.samples.span, e.samples.span
    )
    precondition(
      sa.count == count && sb.count == count && sc.count == count && sd.count == count && se.count == count)
    // weight · (sample · scale + offset), with the constant parts folded once.
    let (wa, wb, wc) = (weights[0] * a.scale, weights[1] * b.scale, weights[2] * c.scale)
    let (wd, we) = (weights[3] * d.scale, weights[4] * e.scale)
    let fixed =
      constant + weights[0] * a.offset + weights[1] * b.offset + weights[2] * c.offset
      + weights[3] * d.offset + weights[4] * e.offset
    for index in 0..<count {
      let first = Double(sa[index]) * wa + Double(sb[index]) * wb + Double(sc[index]) * wc
      let second = Double(sd[index]) * wd + Double(se[index]) * we
      output[index] = Float(first + second + fixed)
    }
  }

  /// A constant and six weighted bands.
  ///
  /// - Parameters:
  ///   - a: the first band, one sample a pixel.
  ///   - b: the second band.
  ///   - c: the third band.
  ///   - d: the fourth band.
  ///   - e: the fifth band.
  ///   - f: the sixth band.
  ///   - weights: one for each band, in their order.
  ///   - constant: added to the sum, in its unit.
  ///   - output: filled whole, one sum a pixel; NaN where a band is missing.
  public static func weightedSum(
    _ a: LinearSamples, _ b: LinearSamples, _ c: LinearSamples, _ d: LinearSamples, _ e: LinearSamples,
    _ f: LinearSamples, weights: [Double], constant: Double, into output: inout MutableSpan<Float>
  ) {
    precondition(weights.count == 6)
    let count = output.count
    let (sa, sb, sc) = (a.samples.span, b.samples.span, c.samples.span)
    let (sd, se, sf) = (d.samples.span, e.samples.span, f.samples.span)
    precondition(
      sa.count == count && sb.count == count && sc.count == count && sd.count == count && se.count == count
        && sf.count == count)
    let (wa, wb, wc) = (weights[0] * a.scale, weights[1] * b.scale, weights[2] * c.scale)
    let (wd, we, wf) = (weights[3] * d.scale, weights[4] * e.scale, weights[5] * f.scale)
    let fixed =
      constant + weights[0] * a.offset + weights[1] * b.offset + weights[2] * c.offset
      + weights[3] * d.offset + weights[4] * e.offset + weights[5] * f.offset
    for index in 0..<count {
      let first = Double(sa[index]) * wa + Double(sb[index]) * wb + Double(sc[index]) * wc
      let second = Double(sd[index]) * wd + Double(se[index]) * we + Double(sf[index]) * wf
      output[index] = Float(first + second + fixed)
    }
  }

  /// Knap's formula for glacier ice: 0.726 green − 0.322 green² − c · nir + 0.581 nir².
  public static func glacierIce(
    green: LinearSamples, nir: LinearSamples, nirCoefficient: Double, into output: inout MutableSpan<Float>
  ) {
    let count = output.count
    let (greens, nirs) = (green.samples.span, nir.samples.span)
    let (greenScale, greenOffset, nirScale, nirOffset) = (green.scale, green.offset, nir.scale, nir.offset)
    precondition(greens.count == count && nirs.count == count)
    for index in 0..<count {
      let g = Double(greens[index]) * greenScale + greenOffset
      let n = Double(nirs[index]) * nirScale + nirOffset
      output[index] = Float(0.726 * g - 0.322 * g * g - nirCoefficient * n + 0.581 * n * n)
    }
  }
}
