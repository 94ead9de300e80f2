/// Where a module's examples can be tried: a simulated archive, and the modules beside the example in a config that runs
/// on it.
public struct ModuleTrial: Hashable, Sendable {
  /// What `apus simulate archive` makes.
  public enum Archive: String, CaseIterable, Hashable, Sendable {
    /// A year of Landsat: forest, crops, lakes, snow and clouds.
    case landsat
    /// Four years of it, over a smaller area.
    case years
    /// Ice as Sentinel-2 sees it, with elevation, weather, a model of classes and a table of spectra.
    case ice
    /// A dryland with shrubs in a pattern, and its weather.
    case dryland

    /// The options of `apus simulate archive`.
    public var options: [String] {
      switch self {
      case .landsat: ["--dates", "24", "--size", "256x256"]
      case .years: ["--dates", "48", "--size", "128x128", "--start", "2018-01-01"]
      case .ice: ["--dates", "4", "--size", "128x128", "--ice"]
      case .dryland:
        ["--dates", "12", "--size", "130x110", "--pattern", "labyrinths", "--weather", "--coverage", "whole"]
      }
    }
  }

  public let archive: Archive
  /// Modules between the masks and the example, JSON objects as `ModuleDescriptor.examples` are.
  public let before: [String]
  /// Modules behind the example, where it gives nothing to write by itself.
  public let after: [String]

  /// - Parameters:
  ///   - archive: what the examples read.
  ///   - before: modules between the masks and the example.
  ///   - after: modules behind the example.
  public init(_ archive: Archive = .landsat, before: [String] = [], after: [String] = []) {
    (self.archive, self.before, self.after) = (archive, before, after)
  }
}
