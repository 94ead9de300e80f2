internal import GDAL
internal import Geo
internal import JSON

/// The catalogue of a simulated archive of ice, and the config that computes classes, albedo, parameters and melt.
struct IceDocuments {
  let grid: Grid
  let days: [CalendarDate]

  static func scene(_ day: CalendarDate) -> String { "S2_22WEV_\(day)" }

  func items() throws(GDALError) -> JSONValue {
    let box = try SpatialReference.transform(
      grid.bounds, from: grid.crs, to: SpatialReference.parse("EPSG:4326"), densify: 21)
    let corners: [JSONValue] = [
      [.number(box.minX), .number(box.minY)], [.number(box.maxX), .number(box.minY)],
      [.number(box.maxX), .number(box.maxY)], [.number(box.minX), .number(box.maxY)],
      [.number(box.minX), .number(box.minY)],
    ]
    let features = days.map { day -> JSONValue in
      let scene = IceDocuments.scene(day)
      var assets = JSONObject()
      for band in IceSpectra.bands {
        assets[band.asset] = [
          "href": .string("./\(scene)/\(band.name).tif"), "type": "image/tiff; application=geotiff",
          "roles": ["data"],
          "raster:bands": [
            ["data_type": "uint16", "nodata": 0, "scale": 0.0001, "offset": 0, "spatial_resolution": 20]
          ],
        ]
      }
      assets["cloud"] = [
        "href": .string("./\(scene)/CLDPRB.tif"), "type": "image/tiff; application=geotiff",
        "roles": ["data"], "raster:bands": [["data_type": "uint8", "spatial_resolution": 20]],
      ]
      return [
        "type": "Feature", "stac_version": "1.0.0", "id": .string(scene), "collection": "sentinel-2-l2a",
        "stac_extensions": [
          "https://stac-extensions.github.io/projection/v1.1.0/schema.json",
          "https://stac-extensions.github.io/raster/v1.1.0/schema.json",
          "https://stac-extensions.github.io/view/v1.0.0/schema.json",
        ],
        "bbox": [.number(box.minX), .number(box.minY), .number(box.maxX), .number(box.maxY)],
        "geometry": ["type": "Polygon", "coordinates": [.array(corners)]],
        "properties": [
          "datetime": .string("\(day)T15:19:11Z"), "platform": "sentinel-2a", "proj:epsg": 32622,
          "proj:shape": [.integer(grid.height), .integer(grid.width)],
          "proj:transform": [
            .number(grid.transform.pixelWidth), 0, .number(grid.transform.originX), 0,
            .number(grid.transform.pixelHeight), .number(grid.transform.originY),
          ],
          "view:sun_elevation": 44, "view:sun_azimuth": 180, "eo:cloud_cover": 5,
        ],
        "links": [], "assets": .object(assets),
      ]
    }
    return ["type": "FeatureCollection", "features": .array(features), "links": []]
  }

  /// For `apus run DIR/ice.json`.
  var config: JSONValue {
    let bands = IceSpectra.bands.map { JSONValue.string($0.asset) }
    let classes = JSONObject(
      IceSpectra.Surface.allCases.map { (key: "\($0.rawValue)", value: .string($0.name)) })
    let spectra = JSONObject(
      IceSpectra.bands.map { (key: $0.name, value: .string($0.asset)) })
    func layer(_ name: String, _ units: String) -> JSONValue {
      [
        "module": "layer", "file": .string("ice/\(name).tif"), "as": .string(name), "units": .string(units),
      ]
    }
    let modules: [JSONValue] = [
      [
        "module": "download", "source": "items.json", "collection": "sentinel-2-l2a",
        "bands": .array(bands + ["cloud"]),
      ],
      layer("ice_mask", "1"), layer("dem", "m"), layer("slope", "degree"), layer("aspect", "degree"),
      ["module": "cloud_mask", "band": "ice_mask", "keep_values": [1], "as": "not_ice", "save": true],
      [
        "module": "cloud_mask", "band": "cloud", "reject_at_least": 20, "as": "cloudy", "save": true,
        "min_usable": 0.4,
      ],
      [
        "module": "classify", "model": "ice/class.txt", "bands": .array(bands), "classes": .object(classes),
        "as": "surface_class", "save": true,
      ],
      ["module": "albedo", "formula": "liang_2001", "bands": ["nir": "nir08"], "save": true],
      [
        "module": "lookup", "table": "ice/spectra.csv", "bands": .object(spectra),
        "where": ["surface_class": [4, 5, 6]], "save": true,
      ],
      [
        "module": "energy_balance", "weather": "ice/weather.csv", "site": ["elevation": 1020],
        "elevation": "dem", "slope": "slope", "aspect": "aspect", "as": "melt",
      ],
    ]
    return [
      "pipeline": "ice", "area": "native",
      "dates": [
        "start": .string("\(days.first?.description ?? "")"),
        "end": .string("\(days.last?.description ?? "")"),
      ],
      "output": ["layout": "per_date"],
      "sequences": [["name": "ice", "modules": .array(modules)]],
    ]
  }
}
