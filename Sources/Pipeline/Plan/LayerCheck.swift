import Engine
import Geo

/// Refuses more layers than memory has room for, before they are made: days from the first to the last year of the
/// calendar, of a config or of a single item, would be millions.
struct LayerCheck {
  /// The memory limit in bytes.
  let memory: Int

  /// - Parameters:
  ///   - periods: of the products.
  ///   - dates: of the cube.
  ///   - range: the days the config asks for; nil when it does not say.
  /// - Throws: `PlanError` with the memory that is needed.
  func check(
    _ periods: [Period], dates: [CalendarDate], within range: ClosedRange<CalendarDate>?, sequence: String
  ) throws(PlanError) {
    guard let first = dates.min(), let last = dates.max() else { return }
    let range = range ?? first...last
    for period in Set(periods) {
      let layers = period.leastLayers(within: range)
      guard layers > memory / MemoryModel.layerBytes else { continue }
      let needed = (layers * MemoryModel.layerBytes >> 20) + 1
      throw PlanError(
        "sequence \"\(sequence)\": from \(range.lowerBound) to \(range.upperBound) there are \(layers) or more layers of "
          + "the period \"\(period.name)\", which take more than \(needed) MiB, and \"memory\" is "
          + "\(MemorySize.text(memory)): narrow \"dates\", or take longer periods", isConfigMistake: true)
    }
  }
}
