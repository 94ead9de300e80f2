/// Smooths a series by polynomials fitted to the values around each time step (Savitzky & Golay 1964, Analytical
/// Chemistry 36:1627–1639).
///
/// A polynomial goes through the values that are there of `window` steps around a step, by least squares over their
/// days; at both ends that of the first and last `window` steps is taken, as scipy's `savgol_filter` does with its mode
/// "interp". Dates need not have equal distances.
public final class SavitzkyGolay: SeriesWorker {
  private let days: [Double]
  private let window: Int
  private let order: Int
  private var design: [Double]
  private var system: LeastSquares

  public var resultCount: Int { days.count }

  /// - Parameters:
  ///   - days: of the time steps, ascending.
  ///   - window: an odd number of steps above `order`.
  ///   - order: of the polynomials.
  public init(days: [Double], window: Int, order: Int) {
    precondition(window % 2 == 1 && window > order && order >= 0)
    self.days = days
    self.window = window
    self.order = order
    design = [Double](repeating: 1, count: order + 1)
    system = LeastSquares(unknowns: order + 1)
  }

  public func compute(_ values: UnsafeBufferPointer<Double>, into results: UnsafeMutableBufferPointer<Float>)
  {
    let count = values.count
    guard count >= window else { return results.update(repeating: .nan) }
    for step in 0..<count {
      let first = min(max(step - window / 2, 0), count - window)
      let scale = max(days[first + window - 1] - days[first], 1)
      system.clear()
      var present = 0
      for other in first..<(first + window) where !values[other].isNaN {
        let time = (days[other] - days[step]) / scale
        for power in 0..<order { design[power + 1] = design[power] * time }
        system.add(values[other], design, row: 0)
        present += 1
      }
      results[step] = present > order && system.solve() ? Float(system.solution[0]) : .nan
    }
  }
}
