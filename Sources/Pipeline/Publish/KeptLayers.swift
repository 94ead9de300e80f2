import Engine
import Geo
import Raster

/// Which layers of products their files have: all, or, where a module asks for it, those with a value somewhere.
struct KeptLayers {
  let plan: SequencePlan
  let state: SequenceState

  /// The places of a product's layers that its files have, in order.
  ///
  /// A layer is left out only when it is certain that nothing is in it: not when cells of it failed, nor when values
  /// did not fit the integers of the file. Where no layer has a value, all are kept.
  func of(_ product: Int) -> [Int] {
    let described = plan.products[product]
    let layers = plan.layers(of: described)
    let needed = plan.neededInLayers(of: described).map(\.index)
    guard !needed.isEmpty else { return Array(layers.indices) }
    let failed = state.failedByDate(products: needed)
    let kept = layers.indices.filter { layer in
      layers[layer].dates.contains { failed[$0] > 0 }
        || needed.contains {
          state.statistics(product: $0, layer: layer).count > 0
            || state.outOfRange(product: $0, layer: layer) > 0
        }
    }
    return kept.isEmpty ? Array(layers.indices) : kept
  }
}
