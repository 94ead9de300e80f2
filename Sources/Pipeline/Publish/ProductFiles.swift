internal import Engine

/// Which files the products of a sequence go to.
struct ProductFiles {
  let plan: SequencePlan
  let makers: [any ProductFormat]

  init(plan: SequencePlan, formats: [OutputFormat]) {
    self.plan = plan
    // In one order, however the config has them; the first is what reports name.
    makers = [OutputFormat.netcdf, .cog, .zarr].filter(formats.contains).map(\.maker)
  }

  /// What leaves the store together, with its files, in the order of the products.
  func units() -> [ProductUnit] {
    var units: [ProductUnit] = []
    let dated = plan.products.filter { $0.isPublished && $0.isPerDate }.map(\.index)
    if plan.isGroupedByDate, !dated.isEmpty {
      units = plan.timeSteps.indices.map { ProductUnit(products: dated, layer: $0) }
    }
    var members: [Int: [Int]] = [:]
    for product in plan.products where product.isPublished {
      members[plan.main(of: product).index, default: []].append(product.index)
    }
    for product in plan.products where product.isPublished {
      if product.isPerDate {
        if plan.isGroupedByDate { continue }
        units += plan.timeSteps.indices.map { ProductUnit(products: [product.index], layer: $0) }
      } else if plan.main(of: product).index == product.index {
        let companions = (members[product.index] ?? []).filter { $0 != product.index }
        units.append(ProductUnit(products: [product.index] + companions, layer: nil))
      }
    }
    for place in units.indices {
      units[place].files = makers.flatMap { $0.files(of: units[place], in: plan) }.map(keyed)
    }
    return units
  }

  /// The files that stand for the sequence as a whole.
  func wholes() -> [ProductFile] { makers.flatMap { $0.files(of: plan) }.map(keyed) }

  private func keyed(_ file: ProductFile) -> ProductFile {
    var file = file
    file.keys = file.products.map { plan.products[$0].key }
    return file
  }

  /// For each product of the plan the paths of all files that have something of it.
  func pathsOfProducts() -> [[String]] {
    var paths: [[String]] = plan.products.map { _ in [] }
    for file in units().flatMap(\.files) + wholes() {
      for product in Set(file.products) { paths[product].append(file.path) }
    }
    return paths
  }
}
