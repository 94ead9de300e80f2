import Engine

/// By product and layer: what files of results there are of what was stored.
struct PublishedLayers {
  /// Whether all files stand for what was stored: its chunks may be gone then.
  private(set) var isPublished: [[Bool]]
  /// Whether some of the files are there: chunks that are not in the store have left it for them.
  private(set) var hasFiles: [[Bool]]

  /// - Parameter upload: where the store itself is uploaded to; nil for nowhere.
  init(
    _ plan: SequencePlan, formats: [OutputFormat], _ published: PublishedFiles, upload: ZarrUpload? = nil
  ) {
    isPublished = plan.products.map { plan.layerLabels(of: $0).map { _ in false } }
    hasFiles = isPublished
    // Where the store itself is a result, its chunks must be there, or where they were uploaded to.
    let isStoreAsked = formats.contains(.zarr)
    if isStoreAsked {
      for product in plan.products where product.isPublished && upload?.isAway(product) ?? false {
        isPublished[product.index] = isPublished[product.index].map { _ in true }
      }
      // What is missing in a store that was published is damage.
      if ProductFiles(plan: plan, formats: [.zarr]).wholes().allSatisfy(published.contains) { return }
    }
    for unit in ProductFiles(plan: plan, formats: formats).units()
    where !isStoreAsked && unit.files.allSatisfy(published.contains) {
      for (product, layer) in layers(of: unit) { isPublished[product][layer] = true }
    }
    // Files of other formats, or of another layout, may be there as well.
    for unit in ProductFiles(plan: plan, formats: OutputFormat.allCases).units() {
      let isThere = unit.files.contains(where: published.contains)
      for (product, layer) in layers(of: unit) where !isPublished[product][layer] {
        hasFiles[product][layer] =
          isThere || FinishedChunks.file(of: product, layer: layer, in: plan, published) != nil
      }
    }
  }

  private func layers(of unit: ProductUnit) -> [(product: Int, layer: Int)] {
    unit.products.flatMap { product in
      (unit.layer.map { $0..<($0 + 1) } ?? isPublished[product].indices).map { (product, $0) }
    }
  }
}
