/// Keeps the observation with the highest score of each pixel over dates, all its bands together.
public enum BestPixel {
  /// Makes scores missing where a band is.
  public static func require(_ band: Span<Float>, in scores: inout MutableSpan<Float>) {
    let count = scores.count
    precondition(band.count == count)
    for index in 0..<count {
      let (value, score) = (band[index], scores[index])
      scores[index] = value == value ? score : .nan
    }
  }

  /// Compares a date's scores with the highest so far: of equal ones the earliest stays.
  ///
  /// - Parameters:
  ///   - scores: NaN where the observation does not count.
  ///   - step: the date's number.
  ///   - best: the highest scores so far; NaN before the first.
  ///   - steps: the number of the date that they are of.
  ///   - counts: how many observations counted; at most 65,535.
  ///   - taken: filled whole: 1 where the date is the best so far.
  public static func compare(
    _ scores: Span<Float>, step: UInt16, best: inout MutableSpan<Float>, steps: inout MutableSpan<UInt16>,
    counts: inout MutableSpan<UInt16>, taken: inout MutableSpan<Int32>
  ) {
    let count = scores.count
    precondition(best.count == count && steps.count == count && counts.count == count && taken.count == count)
    for index in 0..<count {
      let (score, other, before) = (scores[index], best[index], steps[index])
      let isTaken = score > other || (other != other && score == score)
      best[index] = isTaken ? score : other
      steps[index] = isTaken ? step : before
      counts[index] = counts[index] &+ (score == score ? 1 : 0)
      taken[index] = isTaken ? 1 : 0
    }
  }

  /// Takes a band of a date over where the date is the best so far.
  public static func take(_ band: Span<Float>, where taken: Span<Int32>, into kept: inout MutableSpan<Float>)
  {
    let count = kept.count
    precondition(band.count == count && taken.count == count)
    for index in 0..<count {
      let (value, other) = (band[index], kept[index])
      kept[index] = taken[index] == 0 ? other : value
    }
  }
}
