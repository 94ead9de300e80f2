import JSON

/// STAC items in the shapes that public archives serve: their fields, asset keys and ways of saying what numbers
/// mean, with values cut to what a reader needs.
///
/// Shapes: Planetary Computer `landsat-c2-l2` as stactools-packages/landsat makes it
/// (examples/landsat-c2-l2/LC09_L2SP_010065_20220129_02_T1); Planetary Computer and Copernicus Data Space
/// `sentinel-2-l2a` as in opendatacube/odc-stac's tests/data (S2B_MSIL2A_20190629T212529…, S2C_MSIL2A_20250330T100051…);
/// Earth Search v1 `sentinel-2-l2a` as its item S2A_39QTA_20230628_0_L2A; HLS as the items of Planetary Computer's
/// `hls2-l30` and `hls2-s30`; MODIS as those of `modis-09A1-061`.
enum ArchiveItems {
  private static let geoTIFF: JSONValue = "image/tiff; application=geotiff; profile=cloud-optimized"

  private static func item(
    _ id: String, _ collection: String, _ datetime: String, _ properties: JSONObject, _ assets: JSONObject
  ) -> JSONValue {
    var all: JSONObject = ["datetime": .string(datetime)]
    for (key, value) in properties { all[key] = value }
    return [
      "type": "Feature", "stac_version": "1.0.0", "id": .string(id), "collection": .string(collection),
      "bbox": [-80, -8, -79, -7],
      "geometry": [
        "type": "Polygon", "coordinates": [[[-80, -8], [-79, -8], [-79, -7], [-80, -7], [-80, -8]]],
      ],
      "properties": .object(all), "links": [], "assets": .object(assets),
    ]
  }

  private static func grid(_ size: Double, side: Int, x: Double, y: Double) -> JSONObject {
    [
      "proj:shape": [.integer(side), .integer(side)],
      "proj:transform": [.number(size), 0, .number(x), 0, .number(-size), .number(y)],
    ]
  }

  private static func asset(_ href: String, _ type: JSONValue = geoTIFF, _ more: JSONObject...) -> JSONValue {
    var asset: JSONObject = ["href": .string(href), "type": type, "roles": ["data"]]
    for (key, value) in more.joined() { asset[key] = value }
    return .object(asset)
  }

  private static func eoBand(_ name: String, _ common: String?) -> JSONObject {
    var band: JSONValue = ["name": .string(name)]
    band["common_name"] = common.map(JSONValue.string)
    return ["eo:bands": [band]]
  }

  private static func rasterBand(_ band: JSONValue) -> JSONObject { ["raster:bands": [band]] }

  // MARK: Landsat

  /// Planetary Computer: the grid stands in the item's properties, the scale in `raster:bands`.
  static var planetaryComputerLandsat: JSONValue {
    let base =
      "https://landsateuwest.blob.core.windows.net/landsat-c2/level-2/standard/oli-tirs/2022/010/065/LC09_L2SP_010065"
    var properties = grid(30, side: 7611, x: 491_985, y: -683_685)
    for (key, value) in [
      "platform": "landsat-9", "proj:epsg": 32617, "eo:cloud_cover": 21.12, "gsd": 30,
      "landsat:collection_category": "T1", "landsat:correction": "L2SP",
    ] as JSONObject { properties[key] = value }
    let reflectance: JSONValue = ["nodata": 0, "data_type": "uint16", "scale": 2.75e-05, "offset": -0.2]
    var assets: JSONObject = [
      "thumbnail": [
        "href": .string(base + "_thumb_small.jpeg"), "type": "image/jpeg", "roles": ["thumbnail"],
      ],
      "mtl.json": ["href": .string(base + "_MTL.json"), "type": "application/json", "roles": ["metadata"]],
      "qa_pixel": asset(
        base + "_QA_PIXEL.TIF", geoTIFF,
        [
          "roles": ["cloud", "cloud-shadow", "snow-ice", "water-mask"],
          "raster:bands": [["data_type": "uint16", "unit": "bit index"]],
        ]),
    ]
    for (key, band) in [("blue", 2), ("green", 3), ("red", 4), ("nir08", 5), ("swir16", 6), ("swir22", 7)] {
      assets[key] = asset(
        base + "_SR_B\(band).TIF", geoTIFF, eoBand("SR_B\(band)", key), rasterBand(reflectance),
        ["roles": ["reflectance"]])
    }
    assets["lwir11"] = asset(
      base + "_ST_B10.TIF", geoTIFF, eoBand("ST_B10", "lwir11"),
      rasterBand(["nodata": 0, "data_type": "uint16", "unit": "kelvin", "scale": 0.00341802, "offset": 149.0])
    )
    assets["rendered_preview"] = [
      "href": "https://planetarycomputer.microsoft.com/api/data/v1/item/preview.png",
      "type": "image/png", "roles": ["overview"],
    ]
    return item(
      "LC09_L2SP_010065_20220129_02_T1", "landsat-c2-l2", "2022-01-29T15:28:34.396428Z", properties, assets)
  }

  // MARK: Sentinel-2

  private static let sentinelBands: [(key: String, name: String, size: Double, side: Int)] = [
    ("blue", "B02", 10, 10980), ("red", "B04", 10, 10980), ("rededge1", "B05", 20, 5490),
    ("nir", "B08", 10, 10980), ("nir08", "B8A", 20, 5490), ("swir16", "B11", 20, 5490),
  ]

  /// Planetary Computer: keys are ESA's, the grid stands in the assets, and nothing tells scale, offset or nodata.
  static func planetaryComputerSentinel(baseline: String, datetime: String) -> JSONValue {
    let base = "https://sentinel2l2a01.blob.core.windows.net/sentinel2-l2/06/V/VN/T06VVN"
    var assets: JSONObject = [:]
    for band in sentinelBands {
      // B8A has the common name "rededge" there, as three others have.
      let common = ["B05", "B8A"].contains(band.name) ? "rededge" : band.key
      assets[band.name] = asset(
        base + "_\(band.name)_\(Int(band.size))m.tif", geoTIFF, eoBand(band.name, common),
        grid(band.size, side: band.side, x: 399_960, y: 6_800_040), ["gsd": .number(band.size)])
    }
    assets["SCL"] = asset(base + "_SCL_20m.tif", geoTIFF, grid(20, side: 5490, x: 399_960, y: 6_800_040))
    assets["visual"] = asset(
      base + "_TCI_10m.tif", geoTIFF, grid(10, side: 10980, x: 399_960, y: 6_800_040),
      [
        "eo:bands": [
          ["name": "B04", "common_name": "red"], ["name": "B03", "common_name": "green"],
          ["name": "B02", "common_name": "blue"],
        ]
      ])
    return item(
      "S2B_MSIL2A_\(datetime.filter { $0 != "-" && $0 != ":" }.prefix(15))_R043_T06VVN", "sentinel-2-l2a",
      datetime,
      [
        "platform": "Sentinel-2B", "proj:epsg": 32606, "eo:cloud_cover": 0.31, "s2:mgrs_tile": "06VVN",
        "s2:processing_baseline": .string(baseline), "s2:product_type": "S2MSI2A",
      ], assets)
  }

  /// Earth Search v1: keys are colours, every band as COG and as JPEG 2000, `raster:bands` with an offset that the
  /// COGs of `sentinel-2-l2a` no longer need where `earthsearch:boa_offset_applied` says so.
  static func earthSearchSentinel(
    collection: String, baseline: String, isApplied: Bool?, datetime: String = "2023-06-28T07:01:22.000Z"
  ) -> JSONValue {
    let cogs =
      "https://sentinel-cogs.s3.us-west-2.amazonaws.com/sentinel-s2-l2a-cogs/39/Q/TA/2023/6/S2A_39QTA"
    let jpegs = "s3://sentinel-s2-l2a/tiles/39/Q/TA/2023/6/28/0"
    let reflectance: JSONValue = [
      "nodata": 0, "data_type": "uint16", "bits_per_sample": 15, "scale": 0.0001, "offset": -0.1,
    ]
    var assets: JSONObject = [:]
    for (suffix, type) in [("", geoTIFF), ("-jp2", "image/jp2" as JSONValue)] {
      let href = { (name: String) in suffix.isEmpty ? "\(cogs)/\(name).tif" : "\(jpegs)/\(name).jp2" }
      // The pictures come first: a reader that takes the first asset with a "red" in it reads 8 bits.
      assets["visual" + suffix] = asset(
        href("TCI"), type, grid(10, side: 10980, x: 199_980, y: 2_100_000),
        [
          "roles": ["visual"],
          "eo:bands": [
            ["name": "red", "common_name": "red"], ["name": "green", "common_name": "green"],
            ["name": "blue", "common_name": "blue"],
          ],
        ])
      for band in sentinelBands {
        assets[band.key + suffix] = asset(
          href(band.name), type, eoBand(band.key, band.key == "rededge1" ? "rededge" : band.key),
          grid(band.size, side: band.side, x: 199_980, y: 2_100_000), rasterBand(reflectance),
          ["roles": ["data", "reflectance"]])
      }
      assets["scl" + suffix] = asset(
        href("SCL"), type, grid(20, side: 5490, x: 199_980, y: 2_100_000),
        rasterBand(["nodata": 0, "data_type": "uint8", "spatial_resolution": 20]))
    }
    var properties: JSONObject = [
      "platform": "sentinel-2a", "proj:epsg": 32639, "eo:cloud_cover": 2.5,
      "s2:processing_baseline": .string(baseline), "s2:product_type": "S2MSI2A", "grid:code": "MGRS-39QTA",
    ]
    properties["earthsearch:boa_offset_applied"] = isApplied.map(JSONValue.bool)
    return item("S2A_39QTA_20230628_0_L2A", collection, datetime, properties, assets)
  }

  /// Copernicus Data Space, STAC 1.1: a JPEG 2000 for each resolution, scale and offset in the asset.
  static var dataSpaceSentinel: JSONValue {
    let base = "s3://eodata/Sentinel-2/MSI/L2A/2025/03/30/S2C_MSIL2A.SAFE/IMG_DATA"
    var assets: JSONObject = [:]
    for (name, common, sizes) in [
      ("B04", "red", [10, 20, 60]), ("B08", "nir", [10]), ("B8A", "nir08", [20, 60]), ("SCL", nil, [20, 60]),
    ] as [(String, String?, [Int])] {
      for size in sizes {
        var more: JSONObject = ["gsd": .integer(size), "nodata": 0, "proj:code": "EPSG:32633"]
        if let common {
          more["bands"] = [["name": .string(name), "eo:common_name": .string(common)]]
          more["data_type"] = "uint16"
          more["raster:scale"] = 0.0001
          more["raster:offset"] = -0.1
        }
        assets["\(name)_\(size)m"] = asset(
          "\(base)/R\(size)m/T33UWP_\(name)_\(size)m.jp2", "image/jp2",
          grid(Double(size), side: 109_800 / size, x: 499_980, y: 5_400_000), more)
      }
    }
    var item = item(
      "S2C_MSIL2A_20250330T100051_N0511_R122_T33UWP_20250330T145914", "sentinel-2-l2a",
      "2025-03-30T10:00:51.025Z",
      ["platform": "sentinel-2c", "processing:version": "05.11", "eo:cloud_cover": 91.88], assets)
    item["stac_version"] = "1.1.0"
    return item
  }

  // MARK: HLS and MODIS

  /// Planetary Computer's HLS: keys are the files' band numbers, nothing tells scale or nodata.
  static func hls(_ collection: String, bands: [String]) -> JSONValue {
    let base = "https://hls2euwest.blob.core.windows.net/hls2/L30/13/T/EF/HLS.T13TEF.2020033T173658.v2.0"
    var assets: JSONObject = [:]
    for band in bands + ["Fmask"] { assets[band] = asset("\(base).\(band).tif") }
    var properties = grid(30, side: 3660, x: 499_980, y: 4_600_020)
    properties["proj:epsg"] = 32613
    return item(
      "HLS.T13TEF.2020033T173658.v2.0.\(collection)", collection, "2020-02-02T17:36:58Z", properties, assets)
  }

  /// Planetary Computer's MODIS: a sinusoidal grid that has no EPSG code, a period instead of a moment.
  static var modis: JSONValue {
    let base =
      "https://modiseuwest.blob.core.windows.net/modis-061-cogs/MOD09A1/09/05/2022177/MOD09A1.A2022177.h09v05"
    var assets: JSONObject = [:]
    for band in 1...7 {
      assets["sur_refl_b0\(band)"] = asset(
        "\(base)_sur_refl_b0\(band).tif", geoTIFF, rasterBand(["data_type": "int16"]))
    }
    assets["sur_refl_state_500m"] = asset("\(base)_sur_refl_state_500m.tif")
    assets["sur_refl_qc_500m"] = asset("\(base)_sur_refl_qc_500m.tif")
    var properties = grid(463.31271653, side: 2400, x: -10_007_554.677, y: 4_447_802.078667)
    properties["proj:wkt2"] =
      #"PROJCS["unnamed",GEOGCS["Unknown datum based upon the custom spheroid",DATUM["Not specified (based on custom spheroid)",SPHEROID["Custom spheroid",6371007.181,0]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]],PROJECTION["Sinusoidal"],PARAMETER["longitude_of_center",0],PARAMETER["false_easting",0],PARAMETER["false_northing",0],UNIT["Meter",1]]"#
    properties["start_datetime"] = "2022-06-26T00:00:00Z"
    properties["end_datetime"] = "2022-07-03T23:59:59Z"
    var item = item("MOD09A1.A2022177.h09v05.061", "modis-09A1-061", "", properties, assets)
    item["properties"]?["datetime"] = .null
    return item
  }
}
