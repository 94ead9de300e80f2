internal import Geo
public import JSON
internal import Raster

/// The usable share of the dates of a sequence, of which masks ask for a least one (`leastUsable`).
///
/// A pass of its own over the masks and bands of the sequence, before anything is computed: what follows never sees the
/// dates that are rejected.
public struct UsableShares: Sendable {
  /// A date that is not computed.
  public struct Rejection: Hashable, Sendable {
    /// The date, by its name among those of the cube.
    public let date: String
    /// Usable pixels, of all pixels of the grid.
    public let share: Double
    /// The least share that would have done, and the mask that asks for it.
    public let least: Double
    public let mask: String

    public init(date: String, share: Double, least: Double, mask: String) {
      (self.date, self.share, self.least, self.mask) = (date, share, least, mask)
    }

    /// "usable 31.2 % of the area, less than the 40 % that "cloudy" asks for"
    public var words: String {
      "usable \(percent(share)) % of the area, less than the \(percent(least)) % that \"\(mask)\" asks for"
    }

    /// As documents hold it.
    public var json: JSONValue {
      [
        "date": .string(date), "usable": .number(share), "min_usable": .number(least), "mask": .string(mask),
      ]
    }

    /// Rounded down, so that a share never looks like the one that would have done.
    private func percent(_ share: Double) -> String {
      let tenths = (share * 1000).rounded(.down) / 10
      return Int(exactly: tenths).map { "\($0)" } ?? "\(tenths)"
    }
  }

  /// What finds the usable pixels: its products are to be stored nowhere but while it runs.
  public let plan: SequencePlan
  /// By product: the mask that asks, and the least share.
  private let masks: [(name: String, least: Double)]
  /// Counted like the masks.
  private let products: [Int]

  /// - Returns: nil where no mask of the sequence asks for a least share.
  public init?(_ plan: SequencePlan) {
    guard let (graph, masks) = plan.compiled.graph.usable() else { return nil }
    let compiled = CompiledGraph(graph)
    self.plan = plan.reading(with: compiled, name: plan.name + ".usable")
    self.masks = masks.map { mask in
      (
        compiled.graph.ports[mask.outputs[0]].variable.name,
        (mask.module as? any MaskModule)?.leastUsable ?? 0
      )
    }
    products = compiled.products.filter { $0.module == UsablePixels.descriptor.name }.map(\.index)
  }

  /// The dates that are not computed; those with cells that failed are, so that nothing is lost in silence.
  ///
  /// - Parameter state: of `plan`, when it was run.
  public func rejections(_ state: SequenceState) -> [Rejection] {
    let pixels = Double(plan.grid.window.count)
    let failed = state.failedByDate(products: products)
    return plan.timeSteps.indices.filter { failed[$0] == 0 }.compactMap { date in
      for (product, mask) in zip(products, masks) {
        let share = Double(state.statistics(product: product, layer: date).count) / pixels
        if share < mask.least {
          return Rejection(date: plan.timeSteps[date].label, share: share, least: mask.least, mask: mask.name)
        }
      }
      return nil
    }
  }
}
