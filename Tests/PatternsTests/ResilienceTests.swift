import Geo
import Patterns
import Testing

/// Figures of series against statsmodels 0.15, scipy and pandas, to 1e-9 and better.
@Suite struct ResilienceTests {
  /// A year's course, a trend and something like noise, in numbers that any program makes the same.
  private static let course: [Double] = [0, 5, 13, 22, 30, 34, 30, 22, 13, 5, 0, -3]
  private static let series: [Double] = (0..<60).map { (month: Int) -> Double in
    let noise = Double((month * 7919 + month * month * 31) % 1000) / 20
    return noise + course[month % 12] + 0.3 * Double(month)
  }

  private static func near(_ value: Double?, _ expected: Double, _ tolerance: Double = 1e-11) -> Bool {
    guard let value else { return false }
    return abs(value - expected) <= tolerance * max(abs(expected), 1)
  }

  @Test func `LOWESS is statsmodels'`() {
    let x = (0..<60).map { Double($0 * 30 + $0 * $0 % 7) }
    let smooth = Lowess(fraction: 0.2).smooth(x: x, y: Self.series)
    #expect(Self.near(smooth[0], 29.820196935293588) && Self.near(smooth[17], 61.46448886265501))
    #expect(Self.near(smooth[59], 30.057593814866514) && Self.near(smooth.reduce(0, +), 2865.2014792590803))
    // Too few neighbours for a line.
    #expect(Lowess(fraction: 0.01).smooth(x: x, y: Self.series) == Self.series)
  }

  @Test func `STL is statsmodels', robust and not`() throws {
    let robust = try #require(SeasonalTrend(Self.series))
    #expect(Self.near(robust.trend[0], 38.70337379338598) && Self.near(robust.trend[59], 56.07498667671219))
    #expect(
      Self.near(robust.season[5], 12.560957983047551) && Self.near(robust.season[30], 14.675231622112221))
    #expect(Self.near(robust.rest[11], 1.2480796652033137))
    let plain = try #require(SeasonalTrend(Self.series, seasonalWindow: 9, robust: false))
    #expect(Self.near(plain.trend[0], 37.509405591905065) && Self.near(plain.trend[59], 50.50563499349629))
    #expect(Self.near(plain.season[5], 13.163191453615175) && Self.near(plain.rest[11], 6.505012957570976))
    #expect(SeasonalTrend(Array(Self.series.prefix(23))) == nil)
  }

  @Test func `the Gaussian trend is scipy's, its ends mirrored`() {
    let smooth = GaussianTrend.smooth(Self.series, bandwidth: 6)
    #expect(Self.near(smooth[0], 32.8959816775147) && Self.near(smooth[30], 48.695566882381335))
    #expect(Self.near(smooth[59], 36.821627966234765))
    let wide = GaussianTrend.smooth(Self.series, bandwidth: 0.5)
    #expect(Self.near(wide[0], 44.26133329154716) && Self.near(wide[59], 51.51556761086235))
  }

  @Test func `figures of windows are pandas' and stand at their last value`() {
    let first = RollingIndicators(Self.series)
    #expect(first.window == 30)
    #expect(first.variance[28].isNaN && Self.near(first.variance[29], 386.7848275862068))
    #expect(Self.near(first.variance[59], 446.6698850574711))
    #expect(Self.near(first.standardDeviation[59], 446.6698850574711.squareRoot()))
    #expect(
      Self.near(first.skewness[59], 0.1217328141440604) && Self.near(first.kurtosis[59], -0.6864563009989152))
    #expect(Self.near(first.autocorrelation[59], 0.5281122524381758))
    #expect(Self.near(RollingIndicators(Self.series, lag: 2).autocorrelation[59], 0.4122287851538121))
    // A series that stands still varies by nothing and has no correlation.
    let still = RollingIndicators([Double](repeating: 3, count: 12))
    #expect(still.variance[11] == 0 && still.autocorrelation[11].isNaN && still.skewness[11].isNaN)
    #expect(RollingIndicators([1, 2]).variance.allSatisfy { $0.isNaN })
  }

  @Test func `Kendall's tau and its probability are scipy's`() throws {
    let long = try #require(KendallTau(Self.series))
    #expect(Self.near(long.tau, 0.0429621323589921) && Self.near(long.probability, 0.627859192421852))
    let tied = try #require(KendallTau(Self.series.map { ($0 / 10).rounded(.toNearestOrEven) }))
    #expect(Self.near(tied.tau, 0.07072119037294887) && Self.near(tied.probability, 0.45184152997264737))
    let short = try #require(KendallTau(Array(Self.series.prefix(12))))
    #expect(Self.near(short.tau, 0.0606060606060606) && Self.near(short.probability, 0.8405883696421891))
    let rising = try #require(KendallTau((0..<40).map(Double.init)))
    #expect(rising.tau == 1 && abs(rising.probability / 2.451234878256772e-48 - 1) < 1e-12)
    let falling = try #require(KendallTau([.nan, 3, .nan, 2, 1]))
    #expect(falling.tau == -1)
    #expect(KendallTau([1, 1, 1]) == nil && KendallTau([.nan, 1]) == nil)
  }

  @Test func `the first-order model is statsmodels' AutoReg`() throws {
    let model = try #require(FirstOrderModel(Self.series))
    #expect(Self.near(model.coefficient, 0.35755825036374533))
    #expect(Self.near(model.standardError, 0.11664757000127021))
    #expect(Self.near(model.constant, 31.630508007295443))
    #expect(FirstOrderModel([1, 2, 3]) == nil && FirstOrderModel([2, 2, 2, 2, 2]) == nil)
  }

  @Test func `vegetation follows rain by some months`() {
    let rain = (0..<60).map { (month: Int) -> Double in
      Self.course[(month + 2) % 12] + Double(month * 97 % 10) / 5
    }
    let lags = LagCorrelation(vegetation: Self.series, rain: rain)
    let expected = [
      0.38049005536614616, 0.6000247139536181, 0.6820650794432268, 0.5677888881013448, 0.2925897633464341,
      -0.09675725892539795,
    ]
    for (value, other) in zip(lags.correlations, expected) { #expect(Self.near(value, other)) }
    #expect(lags.best == 2)
    let still = LagCorrelation(vegetation: Self.series, rain: [Double](repeating: 0, count: 60))
    #expect(still.best == nil)
  }

  private func months(_ count: Int, from year: Int = 2015) throws -> [CalendarDate] {
    try (0..<count).map { try #require(CalendarDate(year: year + $0 / 12, month: $0 % 12 + 1, day: 1)) }
  }

  @Test func `the mean year averages each calendar month, and decays from its top to its bottom`() throws {
    // The pure yearly cycle 0 … 11.
    let climatology = Climatology(
      dates: try months(36), values: (0..<36).map { (month: Int) in Double(month % 12) })
    #expect(climatology.months == (0..<12).map(Double.init))
    #expect(climatology.amplitude == 11)
    // Not above 0; shifted it goes from 12 in December to 1 in January, in one month.
    #expect(climatology.decayRate() == nil)
    #expect(Self.near(climatology.decayRate(adjusted: true), -2.484906649788))
    let halving: [Double] = [8, 4, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1]
    let rain = Climatology(dates: try months(24), values: halving + halving)
    #expect(Self.near(rain.decayRate(), -0.693147180559945))
    let partial = Climatology(dates: try months(5), values: [1, .nan, 3, 4, 5])
    #expect(partial.months[1].isNaN && partial.decayRate() == nil && partial.amplitude == 4)
  }

  @Test func `outliers go, gaps take the same month of other years, and keep the season in step`() throws {
    var values = (0..<48).map { Double($0 % 12) }
    values[17] = 1000
    values[30] = .nan
    let kept = SeriesCleaning.withoutOutliers(values)
    #expect(kept.indices.filter { kept[$0].isNaN } == [17, 30])
    let filled = SeriesCleaning.filled(kept, dates: try months(48))
    #expect(filled == (0..<48).map { Double($0 % 12) })
    let different = SeriesCleaning.seasonalDifference(filled)
    #expect(different[11].isNaN && different[12...].allSatisfy { $0 == 0 })
    // Nothing is known of a month that no year has.
    let short = SeriesCleaning.filled([1, .nan, 3], dates: try months(3))
    #expect(short[1].isNaN)
    #expect(SeriesCleaning.interpolated([.nan, 1, .nan, .nan, 4, .nan])[1...4] == [1, 2, 3, 4])
  }

  @Test func `dates become months, those without any missing`() throws {
    let dates = try ["2020-01-03", "2020-01-28", "2020-03-31"].map { try #require(CalendarDate($0)) }
    let monthly = SeriesCleaning.monthly([1, 3, 7], dates: dates)
    #expect(monthly.dates.map(\.description) == ["2020-01-01", "2020-02-01", "2020-03-01"])
    #expect(monthly.values[0] == 2 && monthly.values[1].isNaN && monthly.values[2] == 7)
  }

  @Test func `a rise that chance makes is not significant, one that grows is, and the seed decides`() throws {
    // Noise that grows: variance rises without a doubt.
    let growing = (0..<60).map { (place: Int) -> Double in
      let noise = (place * 7919 + place * place * 31) % 1000 - 500
      return Double(noise * place)
    }
    func variance(_ values: [Double]) -> [Double] { RollingIndicators(values).variance }
    func probability(_ values: [Double], seed: UInt64) throws -> Double {
      let tau = try #require(KendallTau(variance(values))).tau
      let test = SurrogateTest(surrogates: 200, seed: seed)
      return try #require(test.probability(of: tau, values, indicator: variance))
    }
    #expect(try probability(growing, seed: 1) < 0.05)
    #expect(try probability(Array(growing.reversed()), seed: 1) > 0.95)
    #expect(try probability(growing.map(abs), seed: 3) == probability(growing.map(abs), seed: 3))
    #expect(SurrogateTest().probability(of: 1, [1, 1], indicator: variance) == nil)
  }
}
