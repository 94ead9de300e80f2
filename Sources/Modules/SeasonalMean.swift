public import Engine
public import Geo

/// The mean over the dates of each season, with the number of observations beside it (`seasonal_mean`).
///
/// Unweighted: every date with a value at a pixel counts once. A season without any is missing, its count 0.
public struct SeasonalMean: SeasonalReduction {
  public static let statistic = "mean"
  public static let descriptor = makeDescriptor(
    summary: "Mean of a variable over the dates of each season (DJF, MAM, JJA, SON).",
    discussion: """
      The unweighted mean of all dates of a season that have a value at a pixel; missing where none has.
      """)

  public let seasons: SeasonalResult

  public init(_ seasons: SeasonalResult) {
    self.seasons = seasons
  }

  public func stateBytesPerPixel(dates: [CalendarDate]) -> Int {
    layers(for: dates).count { !$0.dates.isEmpty } * SeasonalMeanReducer.bytesPerPixelAndLayer
  }

  public func makeReducer(pixels: Int, dates: [CalendarDate]) -> any TimeReducer {
    SeasonalMeanReducer(
      pixels: pixels, layers: layers(for: dates), dates: dates.count, range: outputs[0].statisticsRange)
  }
}
