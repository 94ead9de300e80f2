public import Engine

/// The median over the dates of each season, with the number of observations beside it (`seasonal_median`).
///
/// Exact, of all dates with a value at a pixel. A season without any is missing, its count 0.
public struct SeasonalMedian: CompositeModule {
  public let result: any ReductionResult

  public static let descriptor = SeasonalComposite.descriptor(
    .median, summary: "Median of a variable over the dates of each season (DJF, MAM, JJA, SON).",
    discussion: """
      The exact median of all dates of a season that have a value at a pixel, as numpy's `nanmedian`: of an \
      even number of values the mean of the two in the middle; missing where there is none. All values of a \
      season are held until its last date, four bytes each: chunks become smaller when there are many dates.
      """)

  public static func make(_ arguments: ModuleArguments, in scope: ModuleScope) -> SeasonalMedian? {
    make(arguments, in: scope, SeasonalComposite.options(.median, arguments)) { name, _ in
      "\(name)_seasonal_median"
    }
  }

  public init(_ result: any ReductionResult) {
    self.result = result
  }
}
