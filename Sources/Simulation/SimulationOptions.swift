public import Geo

/// What an archive is made of, beyond its size.
public struct SimulationOptions: Hashable, Sendable {
  /// How the days are covered.
  public enum Coverage: String, CaseIterable, Hashable, Sendable {
    /// Whole scenes, every fifth day a part of the area only, every fourth day two overlapping scenes.
    case mixed
    /// One scene over the whole area every day.
    case whole
    /// Two overlapping scenes every day.
    case pairs
  }

  /// What is written to check results against.
  public enum Truth: String, CaseIterable, Hashable, Sendable {
    /// Figures; rasters too when the area has at most 4 million pixels.
    case auto
    /// `truth.json` only.
    case figures
    case none
  }

  /// The bands written; at least one.
  public var bands: [SimulatedBand] = SimulatedBand.allCases
  /// The days are spread evenly from `start` up to `end`, `start` being the first.
  public var start = CalendarDate(daysSince1970: 18_628)  // 2021-01-01
  public var end = CalendarDate(daysSince1970: 18_992)  // 2021-12-31
  public var coverage = Coverage.mixed
  /// Side of the files' square tiles, a multiple of 16; nil for 512, or less in a small area.
  public var tile: Int?
  /// Effort of compression, 1 (fast) ... 9 (small).
  public var deflateLevel = 1
  /// Threads that render and write; 0 for one per processor.
  public var threads = 0
  public var truth = Truth.auto
  /// A dryland with shrubs in a pattern instead of forest, crops, mountains and lakes.
  public var pattern: DrylandPattern.Kind?
  /// Whether `weather.nc` is written, too: monthly means of rain and temperature over the area.
  public var weather = false

  public init() {}
}
