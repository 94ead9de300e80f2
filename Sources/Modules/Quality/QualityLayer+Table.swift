/// The quality layers whose flags can be rejected by name.
extension QualityLayer {
  public static let all = [landsatPixelQuality, sceneClassification, fmask, modisState]

  private static let confidence = ["not_high_confidence"]
  private static let high = ["high_confidence"]

  /// Landsat Collection 2 `QA_PIXEL` (USGS LSDS-1328, LSDS-1619): uint16, nodata 1.
  ///
  /// State names are those of ODC's product definitions and of STAC's `classification:bitfields`.
  static let landsatPixelQuality = QualityLayer(
    name: "Landsat Collection 2 QA_PIXEL",
    bandNames: ["qa_pixel", "pixel_quality", "QA_PIXEL"],
    nodata: 1,
    reference: "USGS LSDS-1619, Landsat 8-9 Collection 2 Level 2 Science Product Guide",
    fields: [
      .bit(0, "fill", "nodata", off: ["not_fill"], on: ["fill"]),
      .bit(1, "dilated_cloud", off: ["not_dilated"], on: ["dilated"]),
      .bit(2, "cirrus", off: ["not_cirrus"] + confidence, on: ["cirrus"] + high),
      .bit(3, "cloud", off: ["not_cloud"] + confidence, on: ["cloud"] + high),
      .bit(4, "cloud_shadow", off: ["not_shadow", "not_cloud_shadow"] + confidence, on: ["shadow"] + high),
      .bit(5, "snow", "snow_ice", off: ["not_snow"] + confidence, on: ["snow"] + high),
      .bit(6, "clear", off: ["not_clear"], on: ["clear"]),
      .bit(7, "water", off: ["land_or_cloud", "not_water"], on: ["water"]),
      .levels(8...9, "cloud_confidence", states: [["none", "not_set"], ["low"], ["medium"], ["high"]]),
      .levels(
        10...11, "cloud_shadow_confidence", "shadow_confidence",
        states: [["none", "not_set"], ["low"], ["reserved", "medium"], ["high"]]),
      .levels(
        12...13, "snow_ice_confidence", "snow_confidence",
        states: [["none", "not_set"], ["low"], ["reserved", "medium"], ["high"]]),
      .levels(
        14...15, "cirrus_confidence",
        states: [["none", "not_set"], ["low"], ["reserved", "medium"], ["high"]]),
    ],
    groups: [])

  /// Sentinel-2 Level-2A scene classification `SCL`: uint8, nodata 0.
  static let sceneClassification = QualityLayer(
    name: "Sentinel-2 scene classification (SCL)",
    bandNames: ["scl", "SCL", "SCL_20m", "SCL_60m"],
    nodata: 0,
    reference: "ESA Sentinel-2 Level-2A Algorithm Theoretical Basis Document, scene classification",
    fields: [
      QualityField(
        names: ["scl", "qa"], mask: 0x00FF,
        states: [
          .init(names: ["fill", "nodata", "no_data"], value: 0),
          .init(names: ["saturated", "saturated_or_defective", "saturated_defective"], value: 1),
          .init(names: ["dark", "dark_area_pixels", "dark_area", "dark_features", "cast_shadows"], value: 2),
          .init(names: ["cloud_shadow", "cloud_shadows", "shadow"], value: 3),
          .init(names: ["vegetation"], value: 4),
          .init(names: ["bare_soil", "bare_soils", "not_vegetated", "bare"], value: 5),
          .init(names: ["water"], value: 6),
          .init(names: ["unclassified"], value: 7),
          .init(names: ["cloud_medium", "cloud_medium_probability"], value: 8),
          .init(names: ["cloud_high", "cloud_high_probability"], value: 9),
          .init(names: ["cirrus", "thin_cirrus"], value: 10),
          .init(names: ["snow", "snow_or_ice", "snow_ice"], value: 11),
        ], isClasses: true)
    ],
    groups: [Group(names: ["cloud"], field: "scl", states: ["cloud_medium", "cloud_high"])])

  /// Harmonized Landsat Sentinel-2 v2 `Fmask`: uint8, 255 fill.
  static let fmask = QualityLayer(
    name: "HLS v2 Fmask",
    bandNames: ["Fmask", "fmask"],
    nodata: 255,
    reference: "NASA HLS Product User Guide v2.0, quality assessment layer",
    fields: [
      .fill(255, mask: 0x00FF),
      .bit(1, "cloud", off: ["not_cloud"], on: ["cloud"]),
      .bit(
        2, "adjacent_cloud", "adjacent", "adjacent_to_cloud", "adjacent_to_cloud_or_shadow",
        off: ["not_adjacent"], on: ["adjacent"]),
      .bit(3, "cloud_shadow", "shadow", off: ["not_shadow"], on: ["shadow"]),
      .bit(4, "snow", "snow_ice", "snow_or_ice", off: ["not_snow"], on: ["snow"]),
      .bit(5, "water", off: ["not_water"], on: ["water"]),
      .levels(6...7, "aerosol", states: [["climatology"], ["low"], ["moderate", "average"], ["high"]]),
    ],
    groups: [])

  /// MODIS surface reflectance state (MOD09, MYD09): uint16, 65535 fill.
  static let modisState = QualityLayer(
    name: "MODIS surface reflectance state",
    bandNames: [
      "state_1km", "state_1km_1", "sur_refl_state_1km", "sur_refl_state_500m", "sur_refl_state_250m",
    ],
    nodata: 65535,
    reference: "MODIS Surface Reflectance User's Guide, Collection 6.1, table 1 km state QA",
    fields: [
      .fill(65535, mask: 0xFFFF),
      .levels(
        0...1, "cloud_state", states: [["clear"], ["cloudy"], ["mixed"], ["assumed_clear", "not_set"]]),
      .bit(2, "cloud_shadow", "shadow", off: ["not_shadow"], on: ["shadow"]),
      .levels(
        3...5, "land_water",
        states: [
          ["shallow_ocean"], ["land"], ["coastline"], ["shallow_inland_water"], ["ephemeral_water"],
          ["deep_inland_water"], ["moderate_ocean"], ["deep_ocean"],
        ]),
      .levels(6...7, "aerosol", states: [["climatology"], ["low"], ["average", "moderate"], ["high"]]),
      .levels(8...9, "cirrus_state", states: [["none"], ["small"], ["average"], ["high"]]),
      .bit(10, "internal_cloud", off: ["no_internal_cloud"], on: ["internal_cloud"]),
      .bit(12, "snow", "snow_ice", off: ["not_snow"], on: ["snow"]),
      .bit(13, "adjacent_cloud", "adjacent", off: ["not_adjacent"], on: ["adjacent"]),
    ],
    groups: [
      Group(names: ["cloud"], field: "cloud_state", states: ["cloudy", "mixed"]),
      Group(names: ["cirrus"], field: "cirrus_state", states: ["small", "average", "high"]),
      Group(
        names: ["water"], field: "land_water",
        states: [
          "shallow_ocean", "shallow_inland_water", "ephemeral_water", "deep_inland_water", "moderate_ocean",
          "deep_ocean",
        ]),
    ])
}
