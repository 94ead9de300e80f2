/// The growing season in a series: where it crosses a part of its amplitude before and after its peak.
///
/// The results: the days of start, peak and end, the length in days, the peak's value, the amplitude; then the number of
/// values. The amplitude is the peak less the mean of the least values before and after it. The season starts where the
/// series last crosses, before the peak, the least value before it plus `threshold` times the rise to the peak, and ends
/// in the same way after it; between two values by a straight line. Start or end are missing where the series does not
/// begin or end below. Of equal peaks the earliest counts.
///
/// Jönsson & Eklundh 2004, TIMESAT, Computers & Geosciences 30:833–845.
public final class Phenology: SeriesWorker {
  private let days: [Double]
  private let threshold: Double
  private let least: Double

  public let resultCount = 7

  /// - Parameters:
  ///   - days: of the time steps, ascending.
  ///   - threshold: 0…1.
  ///   - least: amplitudes below are no season.
  public init(days: [Double], threshold: Double, leastAmplitude least: Double) {
    self.days = days
    self.threshold = threshold
    self.least = least
  }

  public func compute(_ values: UnsafeBufferPointer<Double>, into results: UnsafeMutableBufferPointer<Float>)
  {
    results.update(repeating: .nan)
    var (peak, number) = (-1, 0)
    for (step, value) in values.enumerated() where !value.isNaN {
      number += 1
      if peak < 0 || value > values[peak] { peak = step }
    }
    results[6] = Float(number)
    guard number >= 3 else { return }
    let top = values[peak]
    let before = crossing(values, from: peak, by: -1)
    let after = crossing(values, from: peak, by: 1)
    let lows = [before?.low, after?.low].compactMap { $0 }
    let amplitude = top - lows.reduce(0, +) / Double(max(lows.count, 1))
    guard !lows.isEmpty, amplitude > 0, amplitude >= least else { return }
    results[1] = Float(days[peak])
    results[4] = Float(top)
    results[5] = Float(amplitude)
    if let start = before?.day { results[0] = Float(start) }
    if let end = after?.day { results[2] = Float(end) }
    if let start = before?.day, let end = after?.day { results[3] = Float(end - start) }
  }

  /// The least value on one side of the peak and the day of the crossing nearest to it; nil where nothing is there.
  private func crossing(
    _ values: UnsafeBufferPointer<Double>, from peak: Int, by direction: Int
  ) -> (low: Double, day: Double?)? {
    var low = Double.infinity
    var step = peak + direction
    while values.indices.contains(step) {
      if values[step] < low { low = values[step] }
      step += direction
    }
    guard low < values[peak] else { return nil }
    let level = low + threshold * (values[peak] - low)
    var inner = peak
    step = peak + direction
    while values.indices.contains(step) {
      defer { step += direction }
      guard !values[step].isNaN else { continue }
      if values[step] <= level {
        let share = (values[inner] - level) / (values[inner] - values[step])
        return (low, days[inner] + share * (days[step] - days[inner]))
      }
      inner = step
    }
    return (low, nil)
  }
}
