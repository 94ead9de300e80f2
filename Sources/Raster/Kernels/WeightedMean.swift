internal import Glibc

/// Means of each pixel over dates whose values weigh differently, and geometric means, summed in Double in the order of the
/// dates.
public enum WeightedMean {
  /// What a date's value weighs.
  public enum Weights: String, CaseIterable, Hashable, Sendable {
    /// As much as any other's.
    case scenes
    /// By the number of observations it is made of, or the area that they cover.
    case observations
    /// By the square root of that, as NASA's l2bin weighs files.
    case sqrt

    /// For names of results: "weighted by observations"; nil where all weigh the same.
    public var words: String? {
      switch self {
      case .scenes: nil
      case .observations: "weighted by observations"
      case .sqrt: "weighted by the square root of observations"
      }
    }
  }

  /// What is averaged: the values, or their logarithms.
  public enum Scale: Hashable, Sendable {
    case linear, logarithmic
  }

  /// Adds one date.
  ///
  /// - Parameters:
  ///   - values: NaN is skipped, and what is not positive where logarithms are averaged.
  ///   - observations: what each is made of; one is skipped where this is missing or 0. Nil where all weigh the same.
  ///   - rule: how much a value weighs, by what it is made of.
  ///   - scale: what is averaged: the values, or their logarithms.
  ///   - sums: of weighted values; begin with 0.
  ///   - weights: sums of weights; begin with 0.
  ///   - counts: how many values went in; at most 65,535 dates.
  public static func add(
    _ values: Span<Float>, weights observations: Span<Float>?, _ rule: Weights, _ scale: Scale,
    sums: inout MutableSpan<Double>, weights: inout MutableSpan<Double>, counts: inout MutableSpan<UInt16>
  ) {
    let count = values.count
    precondition(sums.count == count && weights.count == count && counts.count == count)
    for index in 0..<count {
      let value = Double(values[index])
      guard scale == .logarithmic ? value > 0 : !value.isNaN else { continue }
      var weight = 1.0
      if rule != .scenes, let observations {
        weight = Double(observations[index])
        guard weight > 0 else { continue }
        if rule == .sqrt { weight = weight.squareRoot() }
      }
      sums[index] += weight * (scale == .logarithmic ? log(value) : value)
      weights[index] += weight
      counts[index] &+= 1
    }
  }

  /// The means: NaN where nothing was added.
  public static func means(
    sums: Span<Double>, weights: Span<Double>, _ scale: Scale, into output: inout MutableSpan<Float>
  ) {
    for index in 0..<output.count {
      let mean = sums[index] / weights[index]
      output[index] = weights[index] > 0 ? Float(scale == .logarithmic ? exp(mean) : mean) : .nan
    }
  }
}
