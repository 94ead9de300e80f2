internal import Geo
internal import JSON
internal import Storage

/// The `.zarray` and `.zattrs` documents of a store, with the coordinates xarray looks for.
enum ZarrMetadata {
  static func array(_ plan: SequencePlan, _ product: Program.Product) -> JSONValue {
    let layers = plan.layerLabels(of: product).count
    let (type, fill): (String, JSONValue) =
      switch product.variable.storage {
      case .float32: ("<f4", "NaN")
      case .int32: ("<i4", 0)
      case .flags: ("|u1", 255)
      }
    let shuffle: JSONValue = ["id": "shuffle", "elementsize": .integer(product.variable.storage.size)]
    return [
      "zarr_format": 2,
      "shape": [.integer(layers), .integer(plan.grid.height), .integer(plan.grid.width)],
      "chunks": [1, .integer(plan.layout.chunkHeight), .integer(plan.layout.chunkWidth)],
      "dtype": .string(type),
      "fill_value": fill,
      "order": "C",
      "dimension_separator": "/",
      // The level is the compressor's business; readers only need to know that it is zlib.
      "compressor": ["id": "zlib", "level": 1],
      "filters": product.variable.storage.size > 1 ? [shuffle] : .null,
    ]
  }

  static func attributes(_ plan: SequencePlan, _ product: Program.Product) -> JSONValue {
    let variable = product.variable
    var attributes: JSONObject = [
      "_ARRAY_DIMENSIONS": [product.isPerDate ? "time" : .string(layerDimension(plan, product)), "y", "x"],
      "long_name": .string(variable.longName),
      "units": .string(variable.units),
      "crs": .string(plan.grid.crs.authorityCode ?? plan.grid.crs.wkt),
    ]
    if let name = variable.standardName { attributes["standard_name"] = .string(name) }
    return .object(attributes)
  }

  /// "season", or for layers that differ between two reductions of a sequence a name of the product's own.
  private static func layerDimension(_ plan: SequencePlan, _ product: Program.Product) -> String {
    let labels = plan.layerLabels(of: product)
    let first = plan.program.products.first { !$0.isPerDate }
    return first.map { plan.layerLabels(of: $0) == labels } ?? true
      ? "season" : "layer_\(product.variable.name)"
  }

  /// Uncompressed coordinate arrays: time, y and x.
  static func writeCoordinates(_ plan: SequencePlan, in group: String, store: ChunkStore) throws(StorageError)
  {
    try write("x", values: plan.grid.columnCentres, attributes: ["axis": "X"], in: group, store)
    try write("y", values: plan.grid.rowCentres, attributes: ["axis": "Y"], in: group, store)
    if !plan.slices.isEmpty {
      let times = plan.slices.map { Double($0.time.microsecondsSince1970) / 1e6 }
      let attributes: JSONObject = [
        "units": "seconds since 1970-01-01 00:00:00", "calendar": "standard", "axis": "T",
      ]
      try write("time", values: times, attributes: attributes, in: group, store)
    }
  }

  private static func write(
    _ name: String, values: [Double], attributes: JSONObject, in group: String, _ store: ChunkStore
  ) throws(StorageError) {
    let array = "\(group)/\(name)"
    try LocalFiles.createDirectory(array)
    let metadata: JSONValue = [
      "zarr_format": 2, "shape": [.integer(values.count)], "chunks": [.integer(values.count)],
      "dtype": "<f8", "fill_value": .null, "order": "C", "compressor": .null, "filters": .null,
    ]
    var attributes = attributes
    attributes["_ARRAY_DIMENSIONS"] = [.string(name)]
    try store.write(metadata, array + "/.zarray")
    try store.write(.object(attributes), array + "/.zattrs")
    var bytes: [UInt8] = []
    for value in values {
      withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
    }
    try LocalFiles.writeAtomically(array + "/0", bytes)
  }
}
