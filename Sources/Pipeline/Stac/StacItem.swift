import Engine
import GDAL
import Geo
import JSON
import Raster

/// The STAC item of one date, or of one reduction, with an asset for each file.
///
/// <https://github.com/radiantearth/stac-spec/blob/v1.1.0/item-spec/item-spec.md>
struct StacItem {
  let plan: SequencePlan
  let report: SequenceReport
  /// What of each product the item has: the product's place and the layer's.
  let layers: [(product: Int, layer: Int)]
  let id: String
  let collection: String
  /// By path below the run directory.
  let files: [String: RunReport.ResultFile]
  let footprint: StacFootprint?
  /// Where the items of scenes are, by id, as far as they say it themselves.
  let origins: [String: String]
  /// The version of Apus.
  let version: String

  static let extensions = [
    "https://stac-extensions.github.io/processing/v1.2.0/schema.json",
    "https://stac-extensions.github.io/projection/v2.0.0/schema.json",
    "https://stac-extensions.github.io/raster/v2.0.0/schema.json",
    "https://stac-extensions.github.io/file/v2.1.0/schema.json",
    "https://stac-extensions.github.io/datacube/v2.2.0/schema.json",
    "https://stac-extensions.github.io/classification/v2.0.0/schema.json",
  ]

  /// The document; nil when none of the files is there.
  var document: JSONValue? {
    var assets = assets()
    guard assets.contains(where: { $0.value["roles"] == ["data"] }) else { return nil }
    let rasters = rasters
    for raster in rasters {
      assets[raster.key] = [
        "href": .string("./" + raster.name), "type": .string(StacItem.mediaType("vrt")),
        "title": .string("\(raster.variable.longName), \(raster.label), for GDAL"), "roles": ["data"],
        "bands": [band(raster.variable, raster.layer)],
      ]
    }
    var document: JSONValue = [
      "type": "Feature", "stac_version": "1.1.0",
      "stac_extensions": .array(StacItem.extensions.map(JSONValue.string)), "id": .string(id),
      "collection": .string(collection), "geometry": footprint?.geometry ?? .null,
    ]
    if let footprint { document["bbox"] = .array(footprint.box.map(JSONValue.number)) }
    var properties = properties()
    // Readers take what has a shape for a raster: files in which GDAL finds none are not to have it.
    let data = assets.filter { $0.value["roles"] == ["data"] }
    let single = data.filter { $0.value["type"]?.string != StacItem.mediaType("netcdf") }
    let isOneRaster = isPerDate && data.allSatisfy { $0.value["bands"]?.array?.count == 1 }
    if !single.isEmpty, !isOneRaster {
      for key in ["proj:shape", "proj:transform"] {
        for asset in single { assets[asset.key]?[key] = properties[key] }
        properties[key] = nil
      }
    }
    document["properties"] = .object(properties)
    document["links"] = .array([link("root"), link("parent"), link("collection")] + sources)
    document["assets"] = .object(assets)
    return document
  }

  private func link(_ relation: String) -> JSONValue {
    ["rel": .string(relation), "href": "../collection.json", "type": "application/json"]
  }

  /// The scenes behind the item: their own items, or else the run's list of them.
  private var sources: [JSONValue] {
    timeSteps.flatMap(\.scenes).map { scene in
      [
        "rel": "derived_from", "href": .string(origins[scene.id] ?? "../../scenes.json"),
        "type": "application/geo+json", "title": .string(scene.id),
      ]
    }
  }

  // MARK: Properties

  /// The dates behind the item's layers.
  private var timeSteps: [TimeStep] {
    let places = layers.flatMap { entry -> [Int] in
      let product = plan.products[entry.product]
      return plan.layers(of: product)[entry.layer].dates
    }
    return Set(places).sorted().map { plan.timeSteps[$0] }
  }

  private var period: Period { layers.first.map { plan.products[$0.product].period } ?? .date }
  var isPerDate: Bool { period == .date }

  /// The report of one of the plan's products.
  func report(_ product: Int) -> ProductReport? { report.products.first { $0.index == product } }

  /// The report of a layer; nil where files do not have it.
  func report(_ product: Int, layer: Int) -> ProductReport.Layer? {
    guard let layers = report(product)?.layers else { return nil }
    let label = plan.layerLabels(of: plan.products[product])[layer]
    if layers.indices.contains(layer), layers[layer].label == label { return layers[layer] }
    return layers.first { $0.label == label }
  }

  private func properties() -> JSONObject {
    let grid = plan.grid
    var properties: JSONObject = [
      "title": .string("\(plan.name) \(id)"), "datetime": .null,
    ]
    if isPerDate, let timeStep = timeSteps.first {
      properties["datetime"] = .string(timeStep.time.description)
    } else {
      let times = timeSteps.map(\.time)
      properties["start_datetime"] = .string((times.min() ?? Instant(microsecondsSince1970: 0)).description)
      properties["end_datetime"] = .string((times.max() ?? Instant(microsecondsSince1970: 0)).description)
    }
    properties["proj:code"] = grid.crs.authorityCode.map(JSONValue.string) ?? .null
    if grid.crs.authorityCode == nil {
      properties["proj:wkt2"] = SpatialReference.wkt2(grid.crs).map(JSONValue.string)
    }
    let transform = grid.transform
    properties["proj:shape"] = [.integer(grid.height), .integer(grid.width)]
    properties["proj:transform"] = .array(
      [
        transform.pixelWidth, transform.rowShear, transform.originX, transform.columnShear,
        transform.pixelHeight, transform.originY,
      ].map(JSONValue.number))
    properties["proj:bbox"] = .array(grid.bounds.array.map(JSONValue.number))
    properties["cube:dimensions"] = dimensions()
    properties["cube:variables"] = variables()
    properties["processing:software"] = ["apus": .string(version)]
    properties["apus:sequence"] = .string(plan.name)
    properties["apus:source_collection"] = plan.collection.map(JSONValue.string)
    properties["apus:source_scenes"] = .array(timeSteps.flatMap { $0.scenes.map { .string($0.id) } })
    return properties
  }

  private func dimensions() -> JSONValue {
    let bounds = plan.grid.bounds
    let reference: JSONValue =
      plan.grid.crs.authorityCode.flatMap { code in
        code.hasPrefix("EPSG:") ? Int(code.dropFirst(5)).map(JSONValue.integer) : nil
      } ?? SpatialReference.wkt2(plan.grid.crs).map(JSONValue.string) ?? .null
    func spatial(_ axis: String, _ extent: [Double], _ step: Double) -> JSONValue {
      [
        "type": "spatial", "axis": .string(axis), "extent": .array(extent.map(JSONValue.number)),
        "step": .number(step), "reference_system": reference,
      ]
    }
    var dimensions: JSONValue = [
      "y": spatial("y", [bounds.minY, bounds.maxY], plan.grid.transform.pixelHeight),
      "x": spatial("x", [bounds.minX, bounds.maxX], plan.grid.transform.pixelWidth),
    ]
    if isPerDate {
      let time = JSONValue.string(timeSteps.first?.time.description ?? "")
      dimensions["time"] = ["type": "temporal", "extent": [time, time], "values": [time]]
    } else {
      let first = layers.first?.product
      let described = layers.filter { $0.product == first }.map { entry in
        plan.layers(of: plan.products[entry.product])[entry.layer]
      }
      guard let name = period.dimension else { return dimensions }
      let starts = described.compactMap { $0.bounds?.lowerBound }.map { "\(Instant($0))" }
      dimensions[name] =
        name == "time"
        ? [
          "type": "temporal", "extent": [.string(starts.first ?? ""), .string(starts.last ?? "")],
          "values": .array(starts.map(JSONValue.string)),
        ] : ["type": .string(name), "values": .array(described.map { .string($0.label) })]
    }
    return dimensions
  }

  /// The variables with the attributes they have in files, as xstac writes them (`attrs`).
  private func variables() -> JSONValue {
    var variables = JSONObject()
    for place in products {
      let description = description(of: place)
      let variable = description.variable
      var entry: JSONValue = [
        "dimensions": .array([period.dimension, "y", "x"].compactMap { $0.map(JSONValue.string) }),
        "type": description.isAuxiliary ? "auxiliary" : "data", "description": .string(variable.longName),
      ]
      entry["unit"] = description.units.map(JSONValue.string)
      entry["extent"] = description.validRange.map { [.number($0.lowerBound), .number($0.upperBound)] }
      entry["values"] = description.flags.map { .array($0.map { .integer(Int($0.value)) }) }
      entry["attrs"] = .object(description.attributes)
      variables[variable.name] = entry
    }
    return .object(variables)
  }

  /// What a product's variable is, in the layers that the item has of it.
  private func description(of place: Int) -> VariableDescription {
    let own = layers.filter { $0.product == place }.compactMap { report(place, layer: $0.layer) }
    return plan.description(of: plan.products[place]).holding(
      own.map(\.statistics), outOfRange: own.compactMap(\.outOfRange).reduce(0, +),
      thresholds: own.map(\.threshold))
  }

  /// The places of the item's products, each once, in order.
  private var products: [Int] {
    layers.map(\.product).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  // MARK: Assets

  private func assets() -> JSONObject {
    var assets = JSONObject()
    for entry in layers {
      let product = plan.products[entry.product]
      guard let layer = report(entry.product, layer: entry.layer) else { continue }
      let label = plan.layerLabels(of: product)[entry.layer]
      for path in [layer.file].compactMap({ $0 }) + layer.otherFiles {
        guard let file = files[path] else { continue }
        let isShared = file.kind == "netcdf"
        var name = isPerDate || isShared ? product.variable.name : "\(product.variable.name)_\(label)"
        // All GeoTIFFs are told from NetCDF files, whether or not there are labels in their names.
        if file.kind == "cog", layer.file != path { name += "_cog" }
        // What stands beside the main variable in one file is one of its bands.
        if isShared, let key = assets.members.first(where: { $0.value["href"] == href(path) })?.key {
          guard isPerDate || layers.first(where: { $0.product == entry.product })?.layer == entry.layer else {
            continue
          }
          var bands = assets[key]?["bands"]?.array ?? []
          bands.append(band(product.variable, nil))
          assets[key]?["bands"] = .array(bands)
          continue
        }
        let key = assets[name] == nil ? name : "\(name)_\(file.kind)"
        assets[key] = asset(file, product.variable, layer, isPerDate || !isShared, label: label)
      }
      if let path = layer.quicklook, let file = files[path] {
        assets["\(product.variable.name)_\(isPerDate ? "" : label + "_")quicklook"] = [
          "href": .string(href(path)), "type": "image/png",
          "title": .string("\(product.variable.longName), \(label)"), "roles": ["overview"],
          "file:size": .integer(file.bytes),
        ]
      }
    }
    return assets
  }

  /// From the item's folder, `stac/SEQUENCE`.
  private func href(_ path: String) -> String { "../../" + path }
  private func href(_ path: String) -> JSONValue { .string(href(path)) }

  private func asset(
    _ file: RunReport.ResultFile, _ variable: Variable, _ layer: ProductReport.Layer, _ isOneLayer: Bool,
    label: String
  ) -> JSONValue {
    [
      "href": href(file.path), "type": .string(StacItem.mediaType(file.kind)),
      "title": .string(isOneLayer ? "\(variable.longName), \(label)" : variable.longName), "roles": ["data"],
      "bands": [band(variable, isOneLayer ? layer : nil)],
      "file:size": .integer(file.bytes),
    ]
  }

  private func band(_ variable: Variable, _ layer: ProductReport.Layer?) -> JSONValue {
    var band: JSONValue = ["name": .string(variable.name), "description": .string(variable.longName)]
    switch variable.storage {
    case .float32: (band["data_type"], band["nodata"]) = ("float32", "nan")
    case .int16(let packing):
      (band["data_type"], band["nodata"]) = ("int16", .integer(Int(VariableEncoding.Packing.missing)))
      (band["raster:scale"], band["raster:offset"]) = (.number(packing.scale), .number(packing.offset))
    case .int32: band["data_type"] = "int32"
    case .flags(let flags):
      (band["data_type"], band["nodata"]) = ("uint8", 255)
      band["classification:classes"] = .array(
        flags.map { ["value": .integer(Int($0.value)), "name": .string($0.meaning)] })
    }
    if !variable.storage.isFlags { band["unit"] = .string(variable.units) }
    let transform = plan.grid.transform
    if transform.isAxisAligned, transform.pixelWidth == -transform.pixelHeight {
      band["raster:spatial_resolution"] = .number(transform.pixelWidth)
    }
    if let layer, layer.statistics.count > 0, let mean = layer.statistics.mean,
      let deviation = layer.statistics.standardDeviation
    {
      let share = Double(layer.statistics.count) / Double(max(plan.grid.window.count, 1))
      band["statistics"] = [
        "minimum": .number(layer.statistics.minimum), "maximum": .number(layer.statistics.maximum),
        "mean": .number(mean), "stddev": .number(deviation), "valid_percent": .number(100 * share),
      ]
    }
    return band
  }

  static func mediaType(_ kind: String) -> String {
    switch kind {
    case "netcdf": "application/netcdf"
    case "cog": "image/tiff; application=geotiff; profile=cloud-optimized"
    case "vrt": "image/vnd.gdal.vrt"
    default: "application/vnd+zarr"
    }
  }
}
