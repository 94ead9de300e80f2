internal import GDAL
internal import Geo
internal import JSON

/// The archive as STAC 1.0: an ItemCollection and its collection.
struct StacWriter {
  static let collectionID = "landsat-c2-l2"
  let grid: Grid
  let bands: [SimulatedBand]

  private static let extensions: JSONValue = [
    "https://stac-extensions.github.io/eo/v1.1.0/schema.json",
    "https://stac-extensions.github.io/projection/v1.1.0/schema.json",
    "https://stac-extensions.github.io/raster/v1.1.0/schema.json",
    "https://stac-extensions.github.io/landsat/v1.1.0/schema.json",
  ]

  func items(_ scenes: [SimulatedScene], _ summaries: [SceneSummary]) throws(GDALError) -> JSONValue {
    var features: [JSONValue] = []
    for (scene, summary) in zip(scenes, summaries) { features.append(try item(scene, summary)) }
    return [
      "type": "FeatureCollection",
      "features": .array(features),
      "numberMatched": .integer(features.count),
      "numberReturned": .integer(features.count),
      "links": [],
    ]
  }

  private func item(_ scene: SimulatedScene, _ summary: SceneSummary) throws(GDALError) -> JSONValue {
    let outline = try outline(scene.footprint)
    let part = grid.part(scene.footprint.raster)
    let transform = part.transform
    var assets = JSONObject()
    for band in bands { assets[band.rawValue] = asset(scene, band) }
    return [
      "type": "Feature",
      "stac_version": "1.0.0",
      "stac_extensions": StacWriter.extensions,
      "id": .string(scene.id),
      "collection": .string(StacWriter.collectionID),
      "bbox": .array(box(outline).map { .number($0) }),
      "geometry": [
        "type": "Polygon",
        "coordinates": [.array(outline.map { [.number($0.longitude), .number($0.latitude)] })],
      ],
      "properties": [
        "datetime": .string(scene.instant.description),
        "platform": "landsat-8",
        "instruments": ["oli", "tirs"],
        "gsd": 30,
        "eo:cloud_cover": .number(summary.cloudCover),
        "landsat:wrs_type": "2",
        "landsat:wrs_path": .string(String(scene.path)),
        "landsat:wrs_row": .string("0\(scene.row)"),
        "landsat:collection_number": "02",
        "landsat:collection_category": "T1",
        "landsat:correction": "L2SP",
        "proj:epsg": 32719,
        "proj:shape": [.integer(part.height), .integer(part.width)],
        "proj:transform": .array(
          [
            transform.pixelWidth, transform.rowShear, transform.originX, transform.columnShear,
            transform.pixelHeight, transform.originY,
          ].map { .number($0) }
        ),
      ],
      "links": [
        ["rel": "collection", "href": "./collection.json", "type": "application/json"]
      ],
      "assets": .object(assets),
    ]
  }

  private func asset(_ scene: SimulatedScene, _ band: SimulatedBand) -> JSONValue {
    var raster: JSONObject = [
      "data_type": "uint16", "nodata": .integer(Int(band.nodata)), "spatial_resolution": 30,
    ]
    if let scale = band.scale, let offset = band.offset {
      raster["scale"] = .number(scale)
      raster["offset"] = .number(offset)
    }
    var asset: JSONObject = [
      "href": .string("./" + SceneWriter.relativePath(scene, band)),
      "type": "image/tiff; application=geotiff",
      "title": .string(band.title),
      "roles": band == .quality ? ["cloud", "cloud-shadow", "snow-ice", "water-mask"] : ["data"],
      "raster:bands": [.object(raster)],
    ]
    if band != .quality {
      asset["eo:bands"] = [
        ["name": .string(band.title), "common_name": .string(band.rawValue)]
      ]
    }
    return .object(asset)
  }

  func collection(_ plan: AcquisitionPlan) throws(GDALError) -> JSONValue {
    let scenes = plan.scenes
    let area = box(try outline(Footprint(raster: grid.window, swath: grid.window), slanted: false))
    let times = scenes.map(\.instant).sorted()
    return [
      "type": "Collection",
      "stac_version": "1.0.0",
      "id": .string(StacWriter.collectionID),
      "title": "Simulated Landsat 8 Collection 2 Level 2",
      "description": "Scenes made by `apus simulate`: not observations.",
      "license": "CC0-1.0",
      "extent": [
        "spatial": ["bbox": [.array(area.map { .number($0) })]],
        "temporal": [
          "interval": [
            [
              times.first.map { .string($0.description) } ?? .null,
              times.last.map { .string($0.description) } ?? .null,
            ]
          ]
        ],
      ],
      "links": [],
    ]
  }

  /// The outline of a scene's data in longitude and latitude, anticlockwise and closed, as GeoJSON wants it.
  private func outline(
    _ footprint: Footprint,
    slanted: Bool = true
  ) throws(GDALError) -> [(longitude: Double, latitude: Double)] {
    let raster = footprint.raster
    let corners =
      slanted
      ? footprint.corners
      : [
        (raster.column, raster.row), (raster.endColumn, raster.row), (raster.endColumn, raster.endRow),
        (raster.column, raster.endRow),
      ]
    // Straight edges of the grid are not straight in longitude and latitude: a few points between the corners.
    let steps = 4
    var x: [Double] = []
    var y: [Double] = []
    for (place, start) in corners.enumerated() {
      let end = corners[(place + 1) % corners.count]
      for step in 0..<steps {
        let part = Double(step) / Double(steps)
        let point = grid.transform.map(
          column: Double(start.0) + part * Double(end.0 - start.0),
          row: Double(start.1) + part * Double(end.1 - start.1)
        )
        x.append(point.x)
        y.append(point.y)
      }
    }
    try SpatialReference.transform(
      x: &x,
      y: &y,
      from: grid.crs,
      to: SpatialReference.parse("EPSG:4326")
    )
    var points = zip(x, y).map { (longitude: round7($0), latitude: round7($1)) }
    points.reverse()
    points.append(points[0])
    return points
  }

  /// A centimetre in degrees: digits beyond carry nothing, and might differ between releases of PROJ.
  private func round7(_ degrees: Double) -> Double { (degrees * 1e7).rounded() / 1e7 }

  /// West, south, east, north.
  private func box(_ outline: [(longitude: Double, latitude: Double)]) -> [Double] {
    let longitudes = outline.map(\.longitude)
    let latitudes = outline.map(\.latitude)
    return [
      longitudes.min() ?? 0, latitudes.min() ?? 0, longitudes.max() ?? 0, latitudes.max() ?? 0,
    ]
  }
}
