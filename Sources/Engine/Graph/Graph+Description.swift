import Geo

/// A step as reports draw it.
public struct StepReport: Hashable, Sendable {
  public var name: String
  /// The names of its results.
  public var outputs: [String]
  /// The steps whose results it reads, by their places.
  public var inputs: [Int]
  /// The masks whose rejected pixels are missing in what it reads, by their places.
  public var masks: [Int]
  public var isSaved: Bool
  /// "date", "month", "all".
  public var period: String

  public init(
    name: String, outputs: [String], inputs: [Int], masks: [Int] = [], isSaved: Bool, period: String
  ) {
    (self.name, self.outputs, self.inputs, self.masks) = (name, outputs, inputs, masks)
    (self.isSaved, self.period) = (isSaved, period)
  }
}

extension Graph {
  /// The steps of the sequence's modules, in their order.
  public var description: [StepReport] {
    let shown = steps.indices.filter { steps[$0].member != nil }
    let maskPlaces = shown.indices.filter { steps[shown[$0]].module is any MaskModule }
    return shown.enumerated().map { place, index in
      let step = steps[index]
      let inputs = Set(step.inputs.compactMap { self.place(ofModuleBehind: $0, among: shown) }).sorted()
      // A mask counts for what comes after it and reads the source itself: others have it in their inputs.
      let readsSource = inputs.contains { steps[shown[$0]].module is any SourceModule }
      let masks = readsSource && !maskPlaces.contains(place) ? maskPlaces.filter { $0 < place } : []
      return StepReport(
        name: step.name, outputs: step.outputs.filter(isOutput).map { ports[$0].variable.name },
        inputs: inputs, masks: masks,
        isSaved: step.isSaved || step.isTable, period: step.outputs.first.map { ports[$0].period.name } ?? "")
    }
  }

  /// The step of a module that a port's values come from, by its place among some.
  private func place(ofModuleBehind port: Int, among shown: [Int]) -> Int? {
    let home = ports[port].step
    return shown.firstIndex(of: home)
      ?? steps[home].inputs.first.flatMap { place(ofModuleBehind: $0, among: shown) }
  }
}
