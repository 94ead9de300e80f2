public import Engine
public import Geo

/// The median over the dates of each season, with the number of observations beside it (`seasonal_median`).
///
/// Exact, of all dates with a value at a pixel. A season without any is missing, its count 0.
public struct SeasonalMedian: SeasonalReduction {
  public static let statistic = "median"
  public static let descriptor = makeDescriptor(
    summary: "Median of a variable over the dates of each season (DJF, MAM, JJA, SON).",
    discussion: """
      The exact median of all dates of a season that have a value at a pixel, as numpy's `nanmedian`: of an \
      even number of values the mean of the two in the middle; missing where there is none. All values of a \
      season are held until its last date, four bytes each: chunks become smaller when there are many dates.
      """)

  public let seasons: SeasonalResult

  public init(_ seasons: SeasonalResult) {
    self.seasons = seasons
  }

  public func stateBytesPerPixel(dates: [CalendarDate]) -> Int {
    SeasonalMedianReducer.bytesPerPixel(layers: layers(for: dates))
  }

  public func makeReducer(pixels: Int, dates: [CalendarDate]) -> any TimeReducer {
    SeasonalMedianReducer(pixels: pixels, layers: layers(for: dates), dates: dates.count)
  }
}
