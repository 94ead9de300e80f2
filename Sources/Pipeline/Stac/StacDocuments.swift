import Engine
import Geo
import JSON
import Storage

/// The results of a run as a static STAC catalogue: `stac/collection.json`, and an item for each date and each
/// reduction in `stac/SEQUENCE/`, with virtual rasters of what GDAL does not find in NetCDF files by itself. All
/// references are relative: a run may be moved.
struct StacDocuments {
  /// One sequence.
  struct Part {
    let plan: SequencePlan
    let report: SequenceReport
    /// Where the items of scenes are, by id, as far as they say it themselves.
    var origins: [String: String] = [:]
  }

  let pipeline: String
  /// The version of Apus.
  let version: String
  let parts: [Part]
  /// The published files, by path below the run directory.
  let files: [String: RunReport.ResultFile]

  /// The documents, by path below the run directory; none when nothing was published.
  func documents() -> [(path: String, text: String)] {
    var items: [(path: String, document: JSONValue)] = []
    var rasters: [(path: String, text: String)] = []
    var boxes: [[Double]] = []
    for part in parts {
      let footprint = StacFootprint(part.plan.grid)
      let made = self.items(part, footprint, &rasters)
      items += made
      if !made.isEmpty, let box = footprint?.box { boxes.append(box) }
    }
    guard !items.isEmpty else { return [] }
    let documents = [("\(RunDirectory.stacName)/collection.json", collection(items, boxes))] + items
    return documents.map { ($0.0, $0.1.text(pretty: true) + "\n") } + rasters
  }

  private func items(
    _ part: Part, _ footprint: StacFootprint?, _ rasters: inout [(path: String, text: String)]
  ) -> [(path: String, document: JSONValue)] {
    let plan = part.plan
    var items: [(path: String, document: JSONValue)] = []
    func add(_ name: String, _ layers: [(product: Int, layer: Int)]) {
      let item = StacItem(
        plan: plan, report: part.report, layers: layers,
        id: parts.count == 1 ? name : "\(plan.name)-\(name)", collection: pipeline, files: files,
        footprint: footprint, origins: part.origins, version: version)
      guard let document = item.document else { return }
      let folder = "\(RunDirectory.stacName)/\(plan.name)"
      items.append(("\(folder)/\(name).json", document))
      rasters += item.rasters.map { ("\(folder)/\($0.name)", $0.text) }
    }
    let perDate = plan.products.indices.filter {
      plan.products[$0].isPerDate && plan.products[$0].isPublished
    }
    for timeStep in plan.timeSteps.indices where !perDate.isEmpty {
      add(plan.timeSteps[timeStep].label, perDate.map { ($0, timeStep) })
    }
    for unit in ProductFiles(plan: plan, formats: []).units() where unit.layer == nil {
      guard let main = unit.products.first else { continue }
      let product = plan.products[main]
      add(
        product.variable.name,
        unit.products.flatMap { product in
          let labels = plan.layerLabels(of: plan.products[product])
          let reported = Set(
            part.report.products.first { $0.index == product }?.layers.map(\.label) ?? labels)
          return labels.indices.filter { reported.contains(labels[$0]) }.map { (product, $0) }
        })
    }
    return items
  }

  private func collection(
    _ items: [(path: String, document: JSONValue)], _ boxes: [[Double]]
  ) -> JSONValue {
    let times = parts.flatMap { $0.plan.timeSteps.map(\.time) }
    let links: [JSONValue] =
      [["rel": "root", "href": "./collection.json", "type": "application/json"]]
      + items.map { item in
        [
          "rel": "item", "href": .string("./" + item.path.dropFirst(RunDirectory.stacName.count + 1)),
          "type": "application/geo+json", "title": item.document["id"] ?? .null,
        ]
      }
    var document: JSONValue = [
      "type": "Collection", "stac_version": "1.1.0", "stac_extensions": [], "id": .string(pipeline),
      "title": .string(pipeline),
      "description": .string(
        "Results of the pipeline \"\(pipeline)\": \(parts.map(\.plan.name).joined(separator: ", "))."),
      "license": "other",
      "extent": [
        "spatial": ["bbox": .array([StacDocuments.union(boxes)])],
        "temporal": [
          "interval": [
            [
              times.min().map { .string($0.description) } ?? .null,
              times.max().map { .string($0.description) } ?? .null,
            ]
          ]
        ],
      ],
    ]
    document["links"] = .array(links)
    let stores = parts.filter { part in
      files.keys.contains { $0.hasPrefix("\(RunDirectory.storeName)/\(part.plan.name)/") }
    }
    if !stores.isEmpty {
      document["assets"] = .object(
        JSONObject(
          stores.map { part in
            (
              key: "\(part.plan.name)_zarr",
              value: [
                "href": .string("../\(RunDirectory.storeName)/\(part.plan.name)"),
                "type": "application/vnd+zarr", "title": .string("\(part.plan.name) as a Zarr group"),
                "roles": ["data"],
              ]
            )
          }))
    }
    return document
  }

  /// The box around boxes; all around the earth as soon as one crosses the antimeridian and others do not fit.
  private static func union(_ boxes: [[Double]]) -> JSONValue {
    guard let first = boxes.first else { return [-180, -90, 180, 90] }
    let box = boxes.dropFirst().reduce(first) { sum, box in
      let (west, east) =
        sum[0] <= sum[2] && box[0] <= box[2]
        ? (min(sum[0], box[0]), max(sum[2], box[2]))
        : sum[0] == box[0] ? (sum[0], max(sum[2], box[2])) : (-180, 180)
      return [west, min(sum[1], box[1]), east, max(sum[3], box[3])]
    }
    return .array(box.map(JSONValue.number))
  }
}
