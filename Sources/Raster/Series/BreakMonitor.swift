internal import Glibc

/// Watches whether a series goes on as it was before a day: BFAST monitor.
///
/// A mean, a line where one is wanted, and waves of a year and its parts are fitted by least squares to the values
/// before the day (the history, n values). From then on the moving sums of the last ⌊h·n⌋ residuals, divided by σ·√n (σ²:
/// the history's squared residuals ÷ (n − unknowns)), stay within ± c·√(2·log⁺(k/n)) at the k-th value unless something
/// has changed; log⁺ x is 1 up to e. The results: the median of the residuals from the day on, the day of the first sum
/// outside (days since 1970), the greatest sum as a part of its bound, and the number of values of history and
/// monitoring. With too few values (no more than unknowns before, ⌊h·n⌋ < 2, none after) all but the number are missing.
///
/// Verbesselt, Zeileis & Herold 2012, Remote Sensing of Environment 123:98–108; Chu, Hornik & Kuan 1995, Biometrika
/// 82:603–617.
public final class BreakMonitor: SeriesWorker {
  /// How wide the moving window is, and how sure a break must be.
  public struct Test: Hashable, Sendable {
    /// The window as a part of the history.
    public let window: Double
    /// The chance of a break where nothing changes.
    public let level: Double
    let critical: Double

    /// Critical values c of moving sums of residuals, over a monitoring period of up to nine times the history: Zeileis,
    /// Leisch, Kleiber & Hornik 2005, Journal of Applied Econometrics 20:99–121, simulated.
    public static let all = [
      Test(window: 0.25, level: 0.05, critical: 1.34182451),
      Test(window: 0.25, level: 0.01, critical: 1.521644973),
      Test(window: 0.25, level: 0.001, critical: 1.745509489),
      Test(window: 0.5, level: 0.05, critical: 1.902003179),
      Test(window: 0.5, level: 0.01, critical: 2.209072828),
      Test(window: 0.5, level: 0.001, critical: 2.570255291),
      Test(window: 1, level: 0.05, critical: 2.745927613),
      Test(window: 1, level: 0.01, critical: 3.276932457),
      Test(window: 1, level: 0.001, critical: 3.941029161),
    ]
  }

  private let days: [Double]
  /// The steps of history, and those that are monitored.
  private let history: Range<Int>
  private let unknowns: Int
  /// For each step the factors of the unknowns.
  private let design: [Double]
  private let test: Test
  private var system: LeastSquares
  private var residuals: [Double] = []
  private var monitored: [Int] = []
  private var later: [Double] = []

  public let resultCount = 4

  /// - Parameters:
  ///   - days: of the time steps, ascending, since 1 January 1970.
  ///   - start: the first day that is monitored.
  ///   - first: the first day of the history.
  ///   - terms: how many waves: of a year, of half a year and so on; may be 0.
  ///   - withLine: whether a straight line is fitted too.
  ///   - test: the width of the moving window and the level of the test.
  public init(days: [Double], start: Double, first: Double, terms: Int, withLine: Bool, test: Test) {
    self.days = days
    self.test = test
    let begin = days.firstIndex { $0 >= first } ?? days.count
    history = begin..<max(begin, days.firstIndex { $0 >= start } ?? days.count)
    unknowns = 1 + (withLine ? 1 : 0) + 2 * terms
    system = LeastSquares(unknowns: unknowns)
    let middle = history.isEmpty ? start : (days[history.lowerBound] + days[history.upperBound - 1]) / 2
    design = days.flatMap { day -> [Double] in
      var factors = [1.0]
      if withLine { factors.append((day - middle) / 365.25) }
      for term in 0..<terms {
        let angle = 2 * Double.pi * Double(term + 1) * (day - 10_957) / 365.25
        factors += [cos(angle), sin(angle)]
      }
      return factors
    }
  }

  public func compute(_ values: UnsafeBufferPointer<Double>, into results: UnsafeMutableBufferPointer<Float>)
  {
    system.clear()
    residuals.removeAll(keepingCapacity: true)
    monitored.removeAll(keepingCapacity: true)
    var before = 0
    for step in history where !values[step].isNaN {
      system.add(values[step], design, row: step * unknowns)
      before += 1
    }
    for step in history.upperBound..<values.count where !values[step].isNaN { monitored.append(step) }
    results.update(repeating: .nan)
    results[3] = Float(before + monitored.count)
    let window = Int(test.window * Double(before))
    guard before > unknowns, window >= 2, !monitored.isEmpty, system.solve() else { return }
    var squares = 0.0
    for step in history where !values[step].isNaN {
      let residual = residual(values[step], step)
      squares += residual * residual
      residuals.append(residual)
    }
    for step in monitored { residuals.append(residual(values[step], step)) }
    later.removeAll(keepingCapacity: true)
    later += residuals[before...]
    later.sort()
    results[0] = Float((later[(later.count - 1) / 2] + later[later.count / 2]) / 2)
    // What floats cannot resolve is no scatter: a history that never varies leaves nothing but rounding errors.
    let level = values[history.lowerBound...].reduce(0) { $1.isNaN ? $0 : max($0, abs($1)) }
    let deviation = max((squares / Double(before - unknowns)).squareRoot(), 1e-9 * level)
    let scale = deviation * Double(before).squareRoot()
    results[2] = 0
    guard scale > 0 else { return }
    var greatest = 0.0
    var sum = residuals[(before + 1 - window)..<before].reduce(0, +)
    for (place, step) in monitored.enumerated() {
      let end = before + place
      sum += residuals[end]
      let part = abs(sum / scale) / bound(Double(end + 1) / Double(before))
      greatest = max(greatest, part)
      if part > 1, results[1].isNaN { results[1] = Float(days[step]) }
      sum -= residuals[end + 1 - window]
    }
    results[2] = Float(greatest)
  }

  private func residual(_ value: Double, _ step: Int) -> Double {
    var residual = value
    for place in 0..<unknowns { residual -= system.solution[place] * design[step * unknowns + place] }
    return residual
  }

  private func bound(_ part: Double) -> Double {
    test.critical * (2 * (part <= M_E ? 1 : log(part))).squareRoot()
  }
}
