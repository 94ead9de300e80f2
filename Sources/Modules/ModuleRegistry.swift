public import Engine

/// The modules there are. A new module is its file and a line here.
public enum ModuleRegistry {
  public static let all: [any Module.Type] = [
    Download.self,
    Layer.self,
    CloudMask.self,
    NDVI.self,
    IndexModule.self,
    Albedo.self,
    ExpressionModule.self,
    Threshold.self,
    Classify.self,
    Lookup.self,
    EnergyBalanceModule.self,
    Gaussian.self,
    Focal.self,
    Morphology.self,
    Composite.self,
    SeasonalMean.self,
    SeasonalMedian.self,
    GapFill.self,
    Smooth.self,
    Harmonic.self,
    Trend.self,
    Breaks.self,
    PhenologyModule.self,
    Sample.self,
    VegetationImage.self,
    NetworkCentrality.self,
    NDVIStatisticsTable.self,
    Weather.self,
    Combine.self,
    Resilience.self,
    Report.self,
    Summary.self,
  ]

  /// The names configs use.
  public static var names: [String] { all.map { $0.descriptor.name } }

  /// The module with this name; nil when there is none.
  public static func module(named name: String) -> (any Module.Type)? {
    all.first { $0.descriptor.name == name }
  }
}
