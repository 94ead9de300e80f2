import Engine
import Geo
import Raster
import Storage

/// Small pictures of every layer: `quicklooks/SEQUENCE/VARIABLE/LAYER.png`.
///
/// They are drawn from samples taken while chunks were computed: nothing is read or decompressed for them.
struct Quicklooks: Sendable {
  let plan: SequencePlan
  let directory: RunDirectory

  private var folder: String { "\(RunDirectory.quicklooksName)/\(plan.name)" }

  private func samplesPath(_ product: Product) -> String {
    "\(directory.path)/\(folder)/.\(product.variable.name).chunk-samples"
  }

  private func path(_ product: Product, _ layer: Int) -> String {
    "\(folder)/\(product.variable.name)/\(plan.layerLabels(of: product)[layer]).png"
  }

  /// Every file that may be written for pictures, below the run directory.
  var files: [String] {
    plan.products.flatMap { product in
      ["\(folder)/.\(product.variable.name).chunk-samples"]
        + plan.layerLabels(of: product).indices.map { path(product, $0) }
    }
  }

  /// The pictures of a product's layers, below the run directory, whether or not they are there.
  func pictures(of product: Product) -> [String] {
    plan.layerLabels(of: product).indices.map { path(product, $0) }
  }

  /// Where a layer's picture is, below the run directory, here or where results are uploaded to; nil for none.
  func path(product: Int, layer: Int, uploads: UploadRecord?) -> String? {
    let path = path(plan.products[product], layer)
    return LocalFiles.exists("\(directory.path)/\(path)") || uploads?.copy(of: path) != nil ? path : nil
  }

  /// Makes ready to take samples of what is still to be computed.
  ///
  /// - Parameter found: of chunks that an earlier run finished samples must be there already.
  /// - Returns: by product; nil for those whose pictures could not be whole.
  func begin(_ found: Resumption.Outcome) throws(StorageError) -> [QuicklookSamples?] {
    // What a killed process left of pictures it was writing.
    for product in plan.products {
      try WrittenFiles.removeLeftovers(in: "\(directory.path)/\(folder)/\(product.variable.name)")
    }
    if found.isWaiting.contains(true) { try LocalFiles.createDirectory("\(directory.path)/\(folder)") }
    var samples: [QuicklookSamples?] = []
    for product in plan.products {
      let path = samplesPath(product)
      let kept = found.keptChunks[product.index]
      // Where nothing is left to compute, an interruption may have left samples of which no picture was drawn yet.
      guard product.isPublished, found.isWaiting[product.index] || LocalFiles.exists(path) else {
        samples.append(nil)
        continue
      }
      if kept == 0 { try LocalFiles.remove(path) }
      let made = try QuicklookSamples(
        path, grid: plan.grid, layout: plan.layout, range: product.variable.statisticsRange)
      let isWhole = kept == 0 || made.isContinued
      if !isWhole { try LocalFiles.remove(path) }
      samples.append(isWhole ? made : nil)
    }
    return samples
  }

  /// Draws the pictures of all layers that have a value; the samples go, unless cells failed that may come yet.
  func draw(_ samples: [QuicklookSamples?], _ state: SequenceState) throws {
    for (index, samples) in samples.enumerated() {
      guard let samples else { continue }
      let product = plan.products[index]
      let kept = Set(KeptLayers(plan: plan, state: state).of(index))
      for layer in plan.layerLabels(of: product).indices {
        guard kept.contains(layer) else {
          try LocalFiles.remove("\(directory.path)/\(path(product, layer))")
          continue
        }
        try Task.checkCancellation()
        let statistics = state.statistics(product: index, layer: layer)
        guard statistics.count > 0 else { continue }
        let ramp = ColourRamp(for: product.variable, statistics: statistics)
        let values = try samples.values(layer: layer)
        let image = PNGImage(
          width: samples.width, height: samples.height, palette: ramp.palette, indices: values.map(ramp.index)
        )
        let path = "\(directory.path)/\(path(product, layer))"
        try LocalFiles.createDirectory(LocalFiles.parent(of: path))
        try LocalFiles.writeAtomically(path, try image.encoded())
      }
    }
    guard !state.hasFailures else { return }
    for product in plan.products where product.isPublished { try LocalFiles.remove(samplesPath(product)) }
  }
}
