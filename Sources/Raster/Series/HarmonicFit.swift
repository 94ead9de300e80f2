internal import Glibc

/// Fits a mean, a straight line and waves of a year and its parts to a series, by least squares.
///
/// y = a + b·t + Σ cₖ cos(2πkt) + sₖ sin(2πkt), t in years of 365.25 days since 1 January 2000. The results: a (the line
/// in the middle of the steps' days), b where a line is wanted, then for each k cₖ, sₖ, amplitude and phase (radians,
/// the wave's highest place: cos(2πkt − phase)), then the root mean square of what is left, and the number of values.
public final class HarmonicFit: SeriesWorker {
  private let terms: Int
  private let withLine: Bool
  private let unknowns: Int
  /// For each step the factors of the unknowns.
  private let design: [Double]
  private var system: LeastSquares

  public var resultCount: Int { HarmonicFit.resultCount(terms: terms, withLine: withLine) }

  public static func resultCount(terms: Int, withLine: Bool) -> Int { 3 + (withLine ? 1 : 0) + 4 * terms }

  /// - Parameters:
  ///   - days: of the time steps, since 1 January 1970.
  ///   - terms: how many waves, 1 or more: of a year, of half a year and so on.
  ///   - withLine: whether a straight line is fitted too.
  public init(days: [Double], terms: Int, withLine: Bool) {
    self.terms = terms
    self.withLine = withLine
    unknowns = 1 + (withLine ? 1 : 0) + 2 * terms
    system = LeastSquares(unknowns: unknowns)
    let middle = ((days.first ?? 0) + (days.last ?? 0)) / 2
    design = days.flatMap { day -> [Double] in
      let years = (day - 10_957) / 365.25
      var factors = [1.0]
      if withLine { factors.append((day - middle) / 365.25) }
      for term in 1..<(terms + 1) {
        let angle = 2 * Double.pi * Double(term) * years
        factors += [cos(angle), sin(angle)]
      }
      return factors
    }
  }

  public func compute(_ values: UnsafeBufferPointer<Double>, into results: UnsafeMutableBufferPointer<Float>)
  {
    system.clear()
    var present = 0
    for (step, value) in values.enumerated() where !value.isNaN {
      system.add(value, design, row: step * unknowns)
      present += 1
    }
    results.update(repeating: .nan)
    results[results.count - 1] = Float(present)
    guard present >= unknowns, system.solve() else { return }
    let solution = system.solution
    var squares = 0.0
    for (step, value) in values.enumerated() where !value.isNaN {
      var residual = value
      for place in 0..<unknowns { residual -= solution[place] * design[step * unknowns + place] }
      squares += residual * residual
    }
    let linear = unknowns - 2 * terms
    for place in 0..<linear { results[place] = Float(solution[place]) }
    for term in 0..<terms {
      let (cosine, sine) = (solution[linear + 2 * term], solution[linear + 2 * term + 1])
      let first = linear + 4 * term
      results[first] = Float(cosine)
      results[first + 1] = Float(sine)
      results[first + 2] = Float((cosine * cosine + sine * sine).squareRoot())
      results[first + 3] = Float(atan2(sine, cosine))
    }
    results[results.count - 2] = Float((squares / Double(present)).squareRoot())
  }
}
