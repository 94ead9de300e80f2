/// Fills missing values between two others, linear in time.
public final class GapFilling: SeriesWorker {
  private let days: [Double]
  /// The longest time between two values that is filled, in days; nil for any.
  private let longest: Double?

  public var resultCount: Int { days.count }

  /// - Parameters:
  ///   - days: of the time steps, ascending.
  ///   - longest: the longest time between two values that is filled, in days; nil for any.
  public init(days: [Double], longest: Double?) {
    self.days = days
    self.longest = longest
  }

  public func compute(_ values: UnsafeBufferPointer<Double>, into results: UnsafeMutableBufferPointer<Float>)
  {
    var before = -1
    for step in values.indices {
      results[step] = Float(values[step])
      guard !values[step].isNaN else { continue }
      if before >= 0, before + 1 < step, longest.map({ days[step] - days[before] <= $0 }) ?? true {
        let span = days[step] - days[before]
        for gap in (before + 1)..<step {
          let share = span > 0 ? (days[gap] - days[before]) / span : 0
          results[gap] = Float(values[before] + share * (values[step] - values[before]))
        }
      }
      before = step
    }
  }
}
