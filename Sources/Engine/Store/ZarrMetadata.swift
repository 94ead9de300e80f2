internal import Geo
internal import JSON
internal import Storage

/// The `.zarray` and `.zattrs` documents of a store, with the coordinates xarray looks for.
enum ZarrMetadata {
  /// - Parameter isFinished: whether what is not there by now will not come: of counts it is 0 then.
  static func array(
    _ plan: SequencePlan, _ product: Product, deflateLevel: Int, isFinished: Bool = false
  ) -> JSONValue {
    let layers = plan.layers(of: product).count
    let (type, fill): (String, JSONValue) =
      switch product.variable.storage {
      case .float32: ("<f4", "NaN")
      case .int16: ("<i2", .integer(Int(VariableEncoding.Packing.missing)))
      // No count is below zero: what is not there yet can be told from a count of zero. Readers take a fill value for
      // missing, which no count is in the end.
      case .int32: ("<i4", isFinished ? .null : -1)
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
      "compressor": ["id": "zlib", "level": .integer(deflateLevel)],
      "filters": product.variable.storage.size > 1 ? [shuffle] : .null,
    ]
  }

  /// The attributes of a product's array.
  static func attributes(_ product: Product, _ description: VariableDescription) -> JSONValue {
    var attributes: JSONObject = ["_ARRAY_DIMENSIONS": [.string(dimension(of: product.period)), "y", "x"]]
    for (name, value) in description.attributes.members { attributes[name] = value }
    return .object(attributes)
  }

  /// The dimension of a period's layers: one group holds variables of several periods, each with its own.
  static func dimension(of period: Period) -> String {
    switch period {
    case .date: "time"
    case .monthOfYear, .seasonOfYear, .dekadOfYear: period.dimension ?? period.name
    default: "time_\(period.name)"
    }
  }

  /// Uncompressed coordinate arrays: x, y, time, the labels of reductions' layers, and the grid mapping.
  static func writeCoordinates(
    _ plan: SequencePlan, _ coordinates: StoreCoordinates, in group: String, store: ChunkStore
  ) throws(StorageError) {
    let isGeographic = plan.grid.crs.isGeographic
    let x: JSONObject = [
      "axis": "X", "standard_name": isGeographic ? "longitude" : "projection_x_coordinate",
    ]
    let y: JSONObject = [
      "axis": "Y", "standard_name": isGeographic ? "latitude" : "projection_y_coordinate",
    ]
    try write(
      "x", values: plan.grid.columnCentres, attributes: x.adding(coordinates.x), in: group, store)
    try write("y", values: plan.grid.rowCentres, attributes: y.adding(coordinates.y), in: group, store)
    if !plan.timeSteps.isEmpty {
      let times = plan.timeSteps.map { Double($0.time.microsecondsSince1970) / 1e6 }
      let attributes: JSONObject = [
        "units": "seconds since 1970-01-01 00:00:00", "calendar": "standard", "axis": "T",
      ]
      try write("time", values: times, attributes: attributes, in: group, store)
    }
    var written: Set<Period> = [.date]
    for product in plan.products where product.isPublished && written.insert(product.period).inserted {
      try writeLayers(plan.layers(of: product), of: product.period, in: group, store)
    }
    try writeGridMapping(plan, coordinates.gridMapping, in: group, store)
  }

  /// The coordinates of a period's layers: the start of each, or its label, with the days it stands for.
  private static func writeLayers(
    _ layers: [PeriodLayer], of period: Period, in group: String, _ store: ChunkStore
  ) throws(StorageError) {
    let name = dimension(of: period)
    switch period {
    case .seasonOfYear: return try write(name, labels: layers.map(\.label), in: group, store)
    case .monthOfYear, .dekadOfYear:
      let numbers = layers.indices.map { Double($0 + 1) }
      let attributes: JSONObject = ["long_name": .string("\(name) of the year")]
      return try write(name, values: numbers, attributes: attributes, in: group, store)
    default: break
    }
    let days = layers.map { Double($0.bounds?.lowerBound.daysSince1970 ?? 0) }
    let attributes: JSONObject = [
      "standard_name": "time", "units": "days since 1970-01-01 00:00:00", "calendar": "standard", "axis": "T",
      "bounds": .string("\(name)_bnds"),
    ]
    try write(name, values: days, attributes: attributes, in: group, store)
    let edges = layers.flatMap { layer in
      [layer.bounds?.lowerBound, layer.bounds?.upperBound].map { Double($0?.daysSince1970 ?? 0) }
    }
    var bytes: [UInt8] = []
    for edge in edges { withUnsafeBytes(of: edge.bitPattern.littleEndian) { bytes.append(contentsOf: $0) } }
    try write(
      "\(name)_bnds", shape: [layers.count, 2], dimensions: [name, "nv"], type: "<f8", bytes: bytes,
      attributes: [:], in: group, store)
    try write("\(name)_label", dimension: name, labels: layers.map(\.label), in: group, store)
  }

  /// The scalar that rioxarray and GDAL take the coordinate system from.
  private static func writeGridMapping(
    _ plan: SequencePlan, _ further: JSONObject, in group: String, _ store: ChunkStore
  ) throws(StorageError) {
    let attributes: JSONObject = [
      "crs_wkt": .string(plan.grid.crs.wkt), "spatial_ref": .string(plan.grid.crs.wkt),
      "GeoTransform": .string(plan.grid.transform.gdal.map { "\($0)" }.joined(separator: " ")),
    ]
    try write(
      "crs", shape: [], type: "<i4", bytes: [0, 0, 0, 0], attributes: attributes.adding(further), in: group,
      store)
  }

  private static func write(
    _ name: String, values: [Double], attributes: JSONObject, in group: String, _ store: ChunkStore
  ) throws(StorageError) {
    var bytes: [UInt8] = []
    for value in values {
      withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
    }
    try write(
      name, shape: [values.count], type: "<f8", bytes: bytes, attributes: attributes, in: group, store)
  }

  /// Text as numpy's `<U`: UTF-32, padded with zeros.
  private static func write(
    _ name: String, dimension: String? = nil, labels: [String], in group: String, _ store: ChunkStore
  ) throws(StorageError) {
    let length = labels.map(\.unicodeScalars.count).max() ?? 0
    guard length > 0 else { return }
    var bytes: [UInt8] = []
    for label in labels {
      let scalars = label.unicodeScalars.map(\.value)
      for scalar in scalars + Array(repeating: 0, count: length - scalars.count) {
        withUnsafeBytes(of: scalar.littleEndian) { bytes.append(contentsOf: $0) }
      }
    }
    try write(
      name, shape: [labels.count], dimensions: [dimension ?? name], type: "<U\(length)", bytes: bytes,
      attributes: ["long_name": .string(dimension == nil ? name : "label of the layer")], in: group, store)
  }

  /// One array in one chunk.
  private static func write(
    _ name: String, shape: [Int], dimensions: [String]? = nil, type: String, bytes: [UInt8],
    attributes: JSONObject, in group: String, _ store: ChunkStore
  ) throws(StorageError) {
    let array = "\(group)/\(name)"
    try LocalFiles.createDirectory(array)
    let metadata: JSONValue = [
      "zarr_format": 2, "shape": .array(shape.map { .integer($0) }),
      "chunks": .array(shape.map { .integer($0) }),
      "dtype": .string(type), "fill_value": .null, "order": "C", "compressor": .null, "filters": .null,
    ]
    var attributes = attributes
    let own = dimensions ?? (shape.isEmpty ? [] : [name])
    attributes["_ARRAY_DIMENSIONS"] = .array(own.map(JSONValue.string))
    try store.write(metadata, array + "/.zarray")
    try store.write(.object(attributes), array + "/.zattrs")
    try LocalFiles.writeAtomically(array + (shape.count > 1 ? "/0.0" : "/0"), bytes)
  }
}

extension JSONObject {
  /// The object with the members of another, which count where both have one.
  fileprivate func adding(_ others: JSONObject) -> JSONObject {
    var sum = self
    for (key, value) in others.members { sum[key] = value }
    return sum
  }
}
