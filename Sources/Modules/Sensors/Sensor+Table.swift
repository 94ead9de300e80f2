internal import Engine

/// The products Apus knows. A product that is not here works too: name the bands and, if need be, the scale.
///
/// Names are those of Planetary Computer, Earth Search, USGS, LP DAAC, Copernicus Data Space and Open Data Cube.
/// Collections of Level-1 products are left out on purpose: their numbers are not surface reflectance.
extension Sensor {
  public static let all = [landsat, sentinel2, hlsLandsat, hlsSentinel, modis, landsatNBAR]

  /// Landsat 4–9 Collection 2 Level-2 (USGS LSDS-1619): reflectance = DN · 0.0000275 − 0.2, nodata 0.
  static let landsat = Sensor(
    name: "Landsat Collection 2 Level-2",
    collections: ["landsat*c2*l2*", "landsat*c02*l2*", "landsat-?", "ls?_sr", "ls?_c2l2*"],
    bands: [
      SensorBand("coastal aerosol", "coastal", "coastal_aerosol"),
      SensorBand(.blue, "blue"), SensorBand(.green, "green"), SensorBand(.red, "red"),
      SensorBand(.nir, "nir08", "nir"),
      SensorBand(.swir1, "swir16", "swir1", "swir_1"),
      SensorBand(.swir2, "swir22", "swir2", "swir_2"),
      SensorBand("surface temperature", "lwir11", "lwir", "ST_B10", "ST_B6", quantity: .temperature),
    ],
    reflectance: SampleEncoding(nodata: 0, scale: 0.0000275, offset: -0.2),
    temperature: SampleEncoding(nodata: 0, scale: 0.00341802, offset: 149))

  /// Sentinel-2 Level-2A: reflectance = DN / 10000, nodata 0.
  ///
  /// Products of processing baseline 04.00 and later carry an offset of −0.1 as well, which only their metadata
  /// can tell: no offset is assumed here.
  static let sentinel2 = Sensor(
    name: "Sentinel-2 Level-2A",
    collections: ["sentinel-2*l2a*", "sentinel2*l2a*", "sentinel-s2-l2a*", "s2_l2a*"],
    bands: [
      SensorBand("coastal aerosol", "B01", "coastal", "coastal_aerosol", "B01_60m"),
      SensorBand(.blue, "B02", "blue", "B02_10m"),
      SensorBand(.green, "B03", "green", "B03_10m"),
      SensorBand(.red, "B04", "red", "B04_10m"),
      SensorBand("red edge, 705 nm", "B05", "rededge1", "red_edge_1", "rededge", "B05_20m"),
      SensorBand("red edge, 740 nm", "B06", "rededge2", "red_edge_2", "B06_20m"),
      SensorBand("red edge, 783 nm", "B07", "rededge3", "red_edge_3", "B07_20m"),
      SensorBand(.nir, "B08", "nir", "B08_10m"),
      SensorBand(.nir, "B8A", "nir08", "nir_narrow", "B8A_20m", title: "near infrared, narrow"),
      SensorBand("water vapour", "B09", "nir09", "water_vapour", "B09_60m"),
      SensorBand(.swir1, "B11", "swir16", "swir1", "swir_1", "B11_20m"),
      SensorBand(.swir2, "B12", "swir22", "swir2", "swir_2", "B12_20m"),
    ],
    reflectance: SampleEncoding(nodata: 0, scale: 0.0001, offset: 0), temperature: nil)

  /// Harmonized Landsat Sentinel-2 v2, Landsat part (L30): reflectance × 0.0001, nodata −9999.
  static let hlsLandsat = Sensor(
    name: "HLS L30 v2",
    collections: ["hls*l30*"],
    bands: [
      SensorBand("coastal aerosol", "B01", "coastal"),
      SensorBand(.blue, "B02", "blue"), SensorBand(.green, "B03", "green"), SensorBand(.red, "B04", "red"),
      SensorBand(.nir, "B05", "nir", "nir08"),
      SensorBand(.swir1, "B06", "swir16", "swir1", "swir_1"),
      SensorBand(.swir2, "B07", "swir22", "swir2", "swir_2"),
      SensorBand("cirrus", "B09", "cirrus"),
      SensorBand("brightness temperature, 11 µm", "B10", "lwir11", quantity: .temperature),
      SensorBand("brightness temperature, 12 µm", "B11", "lwir12", quantity: .temperature),
    ],
    reflectance: SampleEncoding(nodata: -9999, scale: 0.0001, offset: 0), temperature: nil)

  /// Harmonized Landsat Sentinel-2 v2, Sentinel part (S30). B8A matches Landsat's near infrared.
  static let hlsSentinel = Sensor(
    name: "HLS S30 v2",
    collections: ["hls*s30*"],
    bands: [
      SensorBand("coastal aerosol", "B01", "coastal"),
      SensorBand(.blue, "B02", "blue"), SensorBand(.green, "B03", "green"), SensorBand(.red, "B04", "red"),
      SensorBand("red edge, 705 nm", "B05", "rededge1", "rededge071"),
      SensorBand("red edge, 740 nm", "B06", "rededge2", "rededge075"),
      SensorBand("red edge, 783 nm", "B07", "rededge3", "rededge078"),
      SensorBand(.nir, "B8A", "nir08", "nir_narrow", title: "near infrared, narrow"),
      SensorBand(.nir, "B08", "nir", title: "near infrared, broad"),
      SensorBand("water vapour", "B09", "nir09"),
      SensorBand("cirrus", "B10", "cirrus"),
      SensorBand(.swir1, "B11", "swir16", "swir1", "swir_1"),
      SensorBand(.swir2, "B12", "swir22", "swir2", "swir_2"),
    ],
    reflectance: SampleEncoding(nodata: -9999, scale: 0.0001, offset: 0), temperature: nil)

  /// MODIS surface reflectance (MOD09, MYD09): reflectance × 0.0001, nodata −28672.
  static let modis = Sensor(
    name: "MODIS surface reflectance",
    collections: ["mod09*", "myd09*", "modis-09*", "modis_09*"],
    bands: [
      SensorBand(.red, "sur_refl_b01", "sur_refl_b01_1", "red"),
      SensorBand(.nir, "sur_refl_b02", "sur_refl_b02_1", "nir", "nir08"),
      SensorBand(.blue, "sur_refl_b03", "sur_refl_b03_1", "blue"),
      SensorBand(.green, "sur_refl_b04", "sur_refl_b04_1", "green"),
      SensorBand("near infrared, 1.24 µm", "sur_refl_b05", "sur_refl_b05_1"),
      SensorBand(.swir1, "sur_refl_b06", "sur_refl_b06_1", "swir16", "swir1", "swir_1"),
      SensorBand(.swir2, "sur_refl_b07", "sur_refl_b07_1", "swir22", "swir2", "swir_2"),
    ],
    reflectance: SampleEncoding(nodata: -28672, scale: 0.0001, offset: 0), temperature: nil)

  /// Geoscience Australia's Landsat NBAR: reflectance × 0.0001, nodata −999.
  static let landsatNBAR = Sensor(
    name: "Landsat NBAR (Geoscience Australia)",
    collections: ["ls?*nbar*", "ga_ls*_ard*"],
    bands: [
      SensorBand(.blue, "blue", "nbart_blue", "nbar_blue"),
      SensorBand(.green, "green", "nbart_green", "nbar_green"),
      SensorBand(.red, "red", "nbart_red", "nbar_red"),
      SensorBand(.nir, "nir08", "nir", "nbart_nir", "nbar_nir"),
      SensorBand(.swir1, "swir16", "swir1", "swir_1", "nbart_swir_1", "nbar_swir_1"),
      SensorBand(.swir2, "swir22", "swir2", "swir_2", "nbart_swir_2", "nbar_swir_2"),
    ],
    reflectance: SampleEncoding(nodata: -999, scale: 0.0001, offset: 0), temperature: nil)
}
