public import Engine
internal import Geo
internal import JSON
internal import Patterns

/// Looks for signs of a loss of resilience in the tables of a run (`resilience`).
public struct Resilience: WholeRunModule {
  private let settings: ResilienceAnalysis.Settings
  private let rain: String?
  private let lags: Int

  public static let descriptor = ModuleDescriptor(
    name: "resilience", shape: .wholeRun,
    summary:
      "Analyses the series of patterns, greenness and weather: trend, season, memory, and early warnings.",
    method:
      "Early warnings: variance, lag-1 autocorrelation and skewness of a moving window, and the Kendall "
      + "τ of each against first-order surrogates.",
    discussion: """
      From the tables of `network_centrality` (`offset50`), `ndvi_statistics` and `weather`. In each sub-image values more \
      than three standard deviations from its mean are dropped, and gaps take the mean of the same month in other years; \
      then sub-images are averaged. Written are `resilience.json` with everything, and `resilience.csv` with the series.

      Of each series: figures; a smooth course (LOWESS); the mean year with its amplitude and how fast it falls from its \
      top to its bottom; the first-order model x(t) = c + a · x(t − 1); and early warnings: variance, lag-1 autocorrelation and \
      skewness of a moving window over what is left without a Gaussian trend, the Kendall τ of each, its probability for \
      independent values, and the share of first-order surrogates whose τ is as high. With two years of months or more, \
      trend, season and rest (STL, robust), and early warnings of the rest and of differences to the year before. With \
      rain, the correlation of vegetation with the rain some steps before.
      """,
    references: [
      "Dakos et al. 2008, PNAS 105:14308-14312",
      "Dakos et al. 2012, PLoS ONE 7:e41010",
      "Cleveland et al. 1990, STL, Journal of Official Statistics 6:3-73",
      "Buxton et al. 2021, Global Change Biology 28(2), doi:10.1111/gcb.15939",
    ],
    parameters: [
      ModuleParameter(
        "window", .number(0.05...1), default: 0.5, "The moving window's share of a series."),
      ModuleParameter(
        "bandwidth", .number(0.01...1000), default: 6,
        "The bandwidth of the Gaussian trend in steps; up to 1, a share of the series."),
      ModuleParameter("surrogates", .integer(1...100_000), default: 1000, "How many surrogates."),
      ModuleParameter(
        "seed", .integer(0...1_000_000_000), default: 1, "The same seed gives the same surrogates."),
      ModuleParameter(
        "rain", .text,
        "The column of `weather` that is rain; by default one that has \"precipitation\" in its name."),
      ModuleParameter("lags", .integer(1...120), default: 6, "How many lags of vegetation behind rain."),
    ],
    trial: ModuleTrial(.dryland, before: PatternTrial.tables),
    examples: [
      #"{ "module": "resilience", "surrogates": 100 }"#
    ])

  public static func make(_ arguments: ModuleArguments, in scope: ModuleScope) -> Resilience? {
    var settings = ResilienceAnalysis.Settings()
    settings.window = arguments.number("window") ?? settings.window
    settings.bandwidth = arguments.number("bandwidth") ?? settings.bandwidth
    settings.surrogates = arguments.integer("surrogates") ?? settings.surrogates
    settings.seed = UInt64(clamping: arguments.integer("seed") ?? 1)
    return Resilience(settings: settings, rain: arguments.text("rain"), lags: arguments.integer("lags") ?? 6)
  }

  public func files(for report: RunReport) -> [RunFile] {
    var result = JSONObject()
    var text = "sequence,variable,date,value,standard_deviation,count,smooth\n"
    for sequence in report.sequences {
      let analyses = series(of: sequence).map { ResilienceAnalysis($0, settings) }
      guard let first = analyses.first else { continue }
      result[sequence.name] = [
        "dates": .array(first.series.dates.map { .string($0.description) }),
        "series": .object(JSONObject(analyses.map { (key: $0.series.name, value: $0.value) })),
        "lag_correlation": lagCorrelations(analyses.map(\.series)),
      ]
      for analysis in analyses { text += Self.rows(sequence.name, analysis) }
    }
    return [
      RunFile(
        path: "resilience.json", bytes: Array((JSONValue.object(result).text(pretty: true) + "\n").utf8)),
      RunFile(path: "resilience.csv", bytes: Array(text.utf8)),
    ]
  }

  /// The series of a sequence: of all its tables with the first one's layers.
  private func series(of sequence: SequenceReport) -> [ResilienceSeries] {
    let wanted: [String: [String]] = [
      NetworkCentrality.descriptor.name: ["offset50"],
      NDVIStatisticsTable.descriptor.name: ["ndvi", "ndvi_veg"],
    ]
    var result: [ResilienceSeries] = []
    var layers: [String]?
    for table in sequence.tables {
      let isWeather = table.module == Weather.descriptor.name
      guard let names = isWeather ? table.columns.map(\.name) : wanted[table.module] else { continue }
      let dates = table.layers.compactMap { CalendarDate(PyvegSummary.date($0, table.period)) }
      guard dates.count == table.layers.count, layers == nil || layers == table.layers.map(\.label) else {
        continue
      }
      layers = table.layers.map(\.label)
      for (column, described) in table.columns.enumerated() where names.contains(described.name) {
        result.append(
          ResilienceSeries(described.name, column: column, of: table, dates: dates, cleaning: !isWeather))
      }
    }
    return result
  }

  private func lagCorrelations(_ series: [ResilienceSeries]) -> JSONValue {
    let name = rain ?? series.map(\.name).first { $0.contains("precipitation") }
    guard let name, let rain = series.first(where: { $0.name == name }) else { return .null }
    let vegetation = series.filter { ["offset50", "ndvi", "ndvi_veg"].contains($0.name) }
    return .object(
      JSONObject(
        vegetation.map { one in
          let found = LagCorrelation(vegetation: one.values, rain: rain.values, lags: lags)
          return (
            key: one.name,
            value: [
              "rain": .string(name),
              "correlations": .array(found.correlations.map { $0.isFinite ? .number($0) : .null }),
              "best_lag": found.best.map(JSONValue.integer) ?? .null,
            ]
          )
        }))
  }

  private static func rows(_ sequence: String, _ analysis: ResilienceAnalysis) -> String {
    let (series, smooth) = (analysis.series, analysis.smooth)
    func text(_ value: Double) -> String { value.isFinite ? "\(value)" : "" }
    return series.dates.indices.map { index in
      "\(sequence),\(series.name),\(series.dates[index]),\(text(series.values[index])),"
        + "\(text(series.deviations[index])),\(series.counts[index]),\(text(smooth[index]))\n"
    }.joined()
  }
}
