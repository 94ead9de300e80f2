public import Engine

/// The mean over the dates of each season, with the number of observations beside it (`seasonal_mean`).
///
/// Unweighted: every date with a value at a pixel counts once. A season without any is missing, its count 0.
public struct SeasonalMean: CompositeModule {
  public let result: any ReductionResult

  public static let descriptor = SeasonalComposite.descriptor(
    .mean, summary: "Mean of a variable over the dates of each season (DJF, MAM, JJA, SON).",
    discussion: """
      The unweighted mean of all dates of a season that have a value at a pixel; missing where none has.
      """)

  public static func make(_ arguments: ModuleArguments, in scope: ModuleScope) -> SeasonalMean? {
    make(arguments, in: scope, SeasonalComposite.options(.mean, arguments)) { name, _ in
      "\(name)_seasonal_mean"
    }
  }

  public init(_ result: any ReductionResult) {
    self.result = result
  }
}
