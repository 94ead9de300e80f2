internal import Raster

/// A spectral index: a formula over reflectance and constants, with what is known of it.
public struct SpectralIndex: Hashable, Sendable {
  /// What it tells about.
  public enum Domain: String, CaseIterable, Hashable, Sendable {
    case vegetation, water, burn, soil, urban, snow, clouds
    case tasselledCap = "tasselled cap"
  }

  /// "EVI".
  public let name: String
  public let longName: String
  public let domain: Domain
  /// Over the letters of `IndexBand` and the names of `IndexConstants`, in the grammar of `Expression`.
  public let formula: String
  /// The values that land surfaces have as a rule; none is certain but −1…1 of a normalised difference.
  public let range: ClosedRange<Double>
  /// Where it was published.
  public let reference: String
  /// The bands it reads, in the order in which they first stand in the formula.
  public let bands: [IndexBand]
  /// The constants it has, in the order of `IndexConstants`.
  public let constants: [String]

  /// - Throws: what is wrong with the formula.
  init(
    name: String, longName: String, domain: Domain, formula: String, range: ClosedRange<Double>,
    reference: String
  ) throws(ExpressionError) {
    self.name = name
    self.longName = longName
    self.domain = domain
    self.formula = formula
    self.range = range
    self.reference = reference
    let expression = try Expression.parse(formula, parameters: IndexConstants.placeholders)
    bands = expression.variables.compactMap { IndexBand(rawValue: $0.name) }
    constants = IndexConstants.all.map(\.name).filter(expression.usedParameters.contains)
  }

  /// Those of the constants that have no usual value: wavelengths of the sensor, the light of a place.
  public var openConstants: [String] { constants.filter { IndexConstants.values[$0] == nil } }

  /// The bands a and b of an index that is (a − b) / (a + b).
  var difference: (a: IndexBand, b: IndexBand)? {
    let text = formula.filter { $0 != " " }
    guard bands.count == 2, constants.isEmpty else { return nil }
    let (a, b) = (bands[0].rawValue, bands[1].rawValue)
    return text == "(\(a)-\(b))/(\(a)+\(b))" ? (bands[0], bands[1]) : nil
  }

  /// The formula compiled, its inputs being `bands`.
  ///
  /// - Parameter constants: those that have another value than usual, and all that have no usual one.
  func program(_ constants: [String: Double] = [:]) throws(ExpressionError) -> ExpressionProgram {
    try Expression.parse(formula, parameters: IndexConstants.values.merging(constants) { _, own in own })
      .program
  }
}

extension ExpressionProgram {
  /// Whether a formula gives the same for reflectance times any number, so that the unit does not matter: for ratios.
  ///
  /// Tried out, with numbers such as reflectance has.
  var isRatio: Bool {
    let trials = (0..<8).map { (trial: Int) -> [Float] in
      (0..<inputCount).map { (input: Int) -> Float in Float((trial * 7 + input * 13 + 3) % 29 + 2) / 40 }
    }
    func value(_ trial: [Float], scale: Double) -> Float {
      var result = [Float.nan]
      var span = result.mutableSpan
      let columns = trial.map { [$0] }
      withBuffers(columns) { buffers in
        evaluate(buffers.map { LinearSamples($0, scale: scale, offset: 0) }, into: &span)
      }
      return result[0]
    }
    return trials.allSatisfy { trial in
      let once = value(trial, scale: 1)
      return [2.0, 10_000].allSatisfy { (scale: Double) -> Bool in
        let scaled = value(trial, scale: scale)
        return (once.isNaN && scaled.isNaN) || abs(once - scaled) <= abs(once) * 1e-5
      }
    }
  }

  private func withBuffers(_ columns: [[Float]], _ body: ([UnsafeBufferPointer<Float>]) -> Void) {
    let all = Array(columns.joined())
    all.withUnsafeBufferPointer { all in
      body(columns.indices.map { UnsafeBufferPointer(rebasing: all[$0..<($0 + 1)]) })
    }
  }
}
