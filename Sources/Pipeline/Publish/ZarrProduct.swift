import Engine
import GDAL
import Geo
import JSON
import Storage

/// Zarr: the run's own store, kept. What marks it as finished is the group's `.zmetadata`.
struct ZarrProduct: ProductFormat {
  func files(of unit: ProductUnit, in plan: SequencePlan) -> [ProductFile] { [] }

  func files(of plan: SequencePlan) -> [ProductFile] {
    [
      ProductFile(
        .zarr, "\(RunDirectory.storeName)/\(plan.name)/.zmetadata",
        products: plan.products.filter(\.isPublished).map(\.index), layer: nil)
    ]
  }

  func place(of product: Int, layer: Int, in plan: SequencePlan) -> String {
    "\(RunDirectory.storeName)/\(plan.name)/\(plan.products[product].variable.name)"
  }

  func publish(
    _ file: ProductFile, by publisher: ProductPublisher, at now: Instant
  ) async throws -> FileFingerprint? {
    let descriptions = publisher.plan.products.indices.map {
      publisher.description(of: $0, layer: nil)
    }
    try publisher.store.finish(publisher.plan, descriptions)
    return nil
  }
}

extension PublishedFiles {
  /// Whether the group of a sequence in the store of a run is finished: its arrays say what only all values tell.
  func holdsGroup(of plan: SequencePlan, in directory: RunDirectory) -> Bool {
    let group = ProductFiles(plan: plan, formats: [.zarr]).wholes()[0]
    return contains(group) && LocalFiles.exists("\(directory.path)/\(group.path)")
  }
}

extension StoreCoordinates {
  /// CF's words for a coordinate system.
  init(_ crs: CoordinateReference) {
    let cf = SpatialReference.cfGridMapping(crs)
    self.init(
      gridMapping: JSONObject(
        cf.attributes.map { attribute in
          switch attribute.value {
          case .text(let text): (attribute.name, .string(text))
          case .number(let number): (attribute.name, .number(number))
          case .numbers(let numbers): (attribute.name, .array(numbers.map { .number($0) }))
          }
        }),
      x: ["standard_name": .string(cf.xStandardName), "units": .string(cf.xUnits)],
      y: ["standard_name": .string(cf.yStandardName), "units": .string(cf.yUnits)])
  }
}
