internal import Engine

/// Which files a sequence's products go to: `SEQUENCE/VARIABLE/DATE.nc`, or `SEQUENCE/VARIABLE.nc` for a reduction,
/// whose further outputs stand beside the main one in its file.
struct ProductFiles {
  let plan: SequencePlan

  /// The file of one layer of a product, below the run directory.
  func path(of product: Program.Product, layer: Int) -> String {
    if product.isPerDate { return "\(plan.name)/\(product.variable.name)/\(plan.slices[layer].label).nc" }
    return "\(plan.name)/\(main(of: product).variable.name).nc"
  }

  /// All files of a product.
  func paths(of product: Program.Product) -> [String] {
    product.isPerDate ? plan.slices.indices.map { path(of: product, layer: $0) } : [path(of: product, layer: 0)]
  }

  /// The products that share a reduction's file, the main one first.
  func group(of product: Program.Product) -> [Int] {
    let reduction = plan.reduction(of: product)?.index
    return plan.program.products.indices.filter { plan.reduction(of: plan.program.products[$0])?.index == reduction }
  }

  private func main(of product: Program.Product) -> Program.Product {
    group(of: product).first.map { plan.program.products[$0] } ?? product
  }
}
