extension SensorTable {
  /// The products Apus knows, in the words of a config's `sensors`.
  ///
  /// Names are those of Planetary Computer, Earth Search, USGS, LP DAAC, Copernicus Data Space and Open Data Cube.
  /// Collections of Level-1 products are left out on purpose: their numbers are not surface reflectance.
  ///
  /// Sources: USGS LSDS-1619 and LSDS-1328 (Landsat), ESA's Sentinel-2 product specification with processing
  /// baseline 04.00, the HLS v2.0, MOD09 C6.1 user guides; states of flags are named as in ODC's product
  /// definitions and STAC's `classification:bitfields`.
  static let builtInText = #"""
    {
      "landsat-c2-l2": {
        "title": "Landsat Collection 2 Level-2",
        "collections": ["landsat*c2*l2*", "landsat*c02*l2*", "landsat-?", "ls?_sr", "ls?_c2l2*"],
        "scale": 0.0000275, "offset": -0.2, "nodata": 0,
        "bands": {
          "coastal": { "wavelength": 440, "title": "coastal aerosol", "names": ["coastal", "coastal_aerosol"] },
          "blue": { "wavelength": 480 }, "green": { "wavelength": 560 }, "red": { "wavelength": 655 },
          "nir": { "wavelength": 865, "names": ["nir08"] },
          "swir1": { "wavelength": 1610, "names": ["swir16", "swir1", "swir_1"] },
          "swir2": { "wavelength": 2200, "names": ["swir22", "swir2", "swir_2"] },
          "surface_temperature": {
            "title": "surface temperature", "names": ["lwir11", "lwir", "ST_B10", "ST_B6"],
            "quantity": "temperature", "scale": 0.00341802, "offset": 149 }
        },
        "quality": {
          "qa_pixel": {
            "title": "Landsat Collection 2 QA_PIXEL", "names": ["qa_pixel", "pixel_quality", "QA_PIXEL"], "nodata": 1,
            "reference": "USGS LSDS-1619, Landsat 8-9 Collection 2 Level 2 Science Product Guide",
            "flags": {
              "fill": { "bit": 0, "names": ["nodata"], "off": ["not_fill"] },
              "dilated_cloud": { "bit": 1, "off": ["not_dilated"], "on": ["dilated"] },
              "cirrus": { "bit": 2, "off": ["not_cirrus", "not_high_confidence"], "on": ["high_confidence"] },
              "cloud": { "bit": 3, "off": ["not_cloud", "not_high_confidence"], "on": ["high_confidence"] },
              "cloud_shadow": {
                "bit": 4, "off": ["not_shadow", "not_cloud_shadow", "not_high_confidence"],
                "on": ["shadow", "high_confidence"] },
              "snow": {
                "bit": 5, "names": ["snow_ice"], "off": ["not_snow", "not_high_confidence"],
                "on": ["high_confidence"] },
              "clear": { "bit": 6, "off": ["not_clear"] },
              "water": { "bit": 7, "off": ["land_or_cloud", "not_water"] },
              "cloud_confidence": {
                "bits": [8, 9], "states": { "none": 0, "not_set": 0, "low": 1, "medium": 2, "high": 3 } },
              "cloud_shadow_confidence": {
                "bits": [10, 11], "names": ["shadow_confidence"],
                "states": { "none": 0, "not_set": 0, "low": 1, "reserved": 2, "medium": 2, "high": 3 } },
              "snow_ice_confidence": {
                "bits": [12, 13], "names": ["snow_confidence"],
                "states": { "none": 0, "not_set": 0, "low": 1, "reserved": 2, "medium": 2, "high": 3 } },
              "cirrus_confidence": {
                "bits": [14, 15],
                "states": { "none": 0, "not_set": 0, "low": 1, "reserved": 2, "medium": 2, "high": 3 } }
            }
          }
        }
      },
      "sentinel-2-l2a": {
        "title": "Sentinel-2 Level-2A",
        "collections": ["sentinel-2*l2a*", "sentinel2*l2a*", "sentinel-s2-l2a*", "s2_l2a*"],
        "scale": 0.0001, "offset": 0, "nodata": 0,
        "baseline": {
          "properties": ["s2:processing_baseline", "sentinel:processing_baseline", "processing:version",
            "s2:product_uri"],
          "since": 4.0, "offset": -0.1,
          "applied": ["earthsearch:boa_offset_applied", "sentinel:boa_offset_applied"]
        },
        "bands": {
          "coastal": { "wavelength": 442.7, "title": "coastal aerosol",
            "names": ["B01", "coastal", "coastal_aerosol", "B01_60m"] },
          "blue": { "wavelength": 492.4, "names": ["B02", "blue", "B02_10m"] },
          "green": { "wavelength": 559.8, "names": ["B03", "green", "B03_10m"] },
          "red": { "wavelength": 664.6, "names": ["B04", "red", "B04_10m"] },
          "rededge1": { "wavelength": 704.1, "title": "red edge, 705 nm",
            "names": ["B05", "rededge1", "red_edge_1", "rededge", "B05_20m"] },
          "rededge2": { "wavelength": 740.5, "title": "red edge, 740 nm",
            "names": ["B06", "rededge2", "red_edge_2", "B06_20m"] },
          "rededge3": { "wavelength": 782.8, "title": "red edge, 783 nm",
            "names": ["B07", "rededge3", "red_edge_3", "B07_20m"] },
          "nir": { "wavelength": 832.8, "names": ["B08", "nir", "B08_10m"] },
          "nir08": { "wavelength": 864.7, "title": "near infrared, narrow", "role": "nir",
            "names": ["B8A", "nir08", "nir_narrow", "B8A_20m"] },
          "nir09": { "wavelength": 945.1, "title": "water vapour",
            "names": ["B09", "nir09", "water_vapour", "B09_60m"] },
          "swir1": { "wavelength": 1613.7, "names": ["B11", "swir16", "swir1", "swir_1", "B11_20m"] },
          "swir2": { "wavelength": 2202.4, "names": ["B12", "swir22", "swir2", "swir_2", "B12_20m"] }
        },
        "quality": {
          "scl": {
            "title": "Sentinel-2 scene classification (SCL)", "names": ["scl", "SCL", "SCL_20m", "SCL_60m"],
            "nodata": 0,
            "reference": "ESA Sentinel-2 Level-2A Algorithm Theoretical Basis Document, scene classification",
            "flags": {
              "cloud": { "values": [8, 9] },
              "scl": {
                "names": ["qa"],
                "states": {
                  "fill": 0, "nodata": 0, "no_data": 0,
                  "saturated": 1, "saturated_or_defective": 1, "saturated_defective": 1,
                  "dark": 2, "dark_area_pixels": 2, "dark_area": 2, "dark_features": 2, "cast_shadows": 2,
                  "cloud_shadow": 3, "cloud_shadows": 3, "shadow": 3,
                  "vegetation": 4,
                  "bare_soil": 5, "bare_soils": 5, "not_vegetated": 5, "bare": 5,
                  "water": 6, "unclassified": 7,
                  "cloud_medium": 8, "cloud_medium_probability": 8,
                  "cloud_high": 9, "cloud_high_probability": 9,
                  "cirrus": 10, "thin_cirrus": 10,
                  "snow": 11, "snow_or_ice": 11, "snow_ice": 11 } }
            }
          }
        }
      },
      "hls-l30": {
        "title": "HLS L30 v2", "collections": ["hls*l30*"], "scale": 0.0001, "offset": 0, "nodata": -9999,
        "bands": {
          "coastal": { "wavelength": 440, "title": "coastal aerosol", "names": ["B01"] },
          "blue": { "wavelength": 480, "names": ["B02"] },
          "green": { "wavelength": 560, "names": ["B03"] },
          "red": { "wavelength": 655, "names": ["B04"] },
          "nir": { "wavelength": 865, "names": ["B05", "nir08", "nir"] },
          "swir1": { "wavelength": 1610, "names": ["B06", "swir16", "swir1", "swir_1"] },
          "swir2": { "wavelength": 2200, "names": ["B07", "swir22", "swir2", "swir_2"] },
          "cirrus": { "title": "cirrus", "names": ["B09"] },
          "lwir11": {
            "title": "brightness temperature, 11 µm", "names": ["B10"], "quantity": "temperature",
            "units": "degree_Celsius", "scale": 0.01 },
          "lwir12": {
            "title": "brightness temperature, 12 µm", "names": ["B11"], "quantity": "temperature",
            "units": "degree_Celsius", "scale": 0.01 }
        },
        "quality": { "Fmask": \#(fmask) }
      },
      "hls-s30": {
        "title": "HLS S30 v2", "collections": ["hls*s30*"], "scale": 0.0001, "offset": 0, "nodata": -9999,
        "bands": {
          "coastal": { "wavelength": 440, "title": "coastal aerosol", "names": ["B01"] },
          "blue": { "wavelength": 480, "names": ["B02"] },
          "green": { "wavelength": 560, "names": ["B03"] },
          "red": { "wavelength": 655, "names": ["B04"] },
          "rededge1": { "wavelength": 704.1, "title": "red edge, 705 nm",
            "names": ["B05", "rededge1", "rededge071"] },
          "rededge2": { "wavelength": 740.5, "title": "red edge, 740 nm",
            "names": ["B06", "rededge2", "rededge075"] },
          "rededge3": { "wavelength": 782.8, "title": "red edge, 783 nm",
            "names": ["B07", "rededge3", "rededge078"] },
          "nir08": { "wavelength": 865, "title": "near infrared, narrow", "role": "nir",
            "names": ["B8A", "nir08", "nir_narrow"] },
          "nir": { "wavelength": 832.8, "title": "near infrared, broad", "names": ["B08"] },
          "nir09": { "wavelength": 945.1, "title": "water vapour", "names": ["B09"] },
          "cirrus": { "title": "cirrus", "names": ["B10"] },
          "swir1": { "wavelength": 1610, "names": ["B11", "swir16", "swir1", "swir_1"] },
          "swir2": { "wavelength": 2200, "names": ["B12", "swir22", "swir2", "swir_2"] }
        },
        "quality": { "Fmask": \#(fmask) }
      },
      "modis-09": {
        "title": "MODIS surface reflectance", "collections": ["mod09*", "myd09*", "modis-09*", "modis_09*"],
        "scale": 0.0001, "offset": 0, "nodata": -28672,
        "bands": {
          "red": { "wavelength": 645, "names": ["sur_refl_b01", "sur_refl_b01_1"] },
          "nir": { "wavelength": 858.5, "names": ["sur_refl_b02", "sur_refl_b02_1", "nir", "nir08"] },
          "blue": { "wavelength": 469, "names": ["sur_refl_b03", "sur_refl_b03_1"] },
          "green": { "wavelength": 555, "names": ["sur_refl_b04", "sur_refl_b04_1"] },
          "nir12": { "wavelength": 1240, "title": "near infrared, 1.24 µm",
            "names": ["sur_refl_b05", "sur_refl_b05_1"] },
          "swir1": { "wavelength": 1640, "names": ["sur_refl_b06", "sur_refl_b06_1", "swir16", "swir1", "swir_1"] },
          "swir2": { "wavelength": 2130, "names": ["sur_refl_b07", "sur_refl_b07_1", "swir22", "swir2", "swir_2"] }
        },
        "quality": {
          "state_1km": {
            "title": "MODIS surface reflectance state", "nodata": 65535,
            "names": ["state_1km", "state_1km_1", "sur_refl_state_1km", "sur_refl_state_500m",
              "sur_refl_state_250m"],
            "reference": "MODIS Surface Reflectance User's Guide, Collection 6.1, table 1 km state QA",
            "flags": {
              "cloud": { "bits": [0, 1], "values": [1, 2] },
              "cirrus": { "bits": [8, 9], "values": [1, 2, 3] },
              "water": { "bits": [3, 4, 5], "values": [0, 3, 4, 5, 6, 7] },
              "fill": { "value": 65535, "names": ["nodata"], "off": ["not_fill"] },
              "cloud_state": {
                "bits": [0, 1], "states": { "clear": 0, "cloudy": 1, "mixed": 2, "assumed_clear": 3, "not_set": 3 } },
              "cloud_shadow": { "bit": 2, "names": ["shadow"], "off": ["not_shadow"] },
              "land_water": {
                "bits": [3, 4, 5],
                "states": {
                  "shallow_ocean": 0, "land": 1, "coastline": 2, "shallow_inland_water": 3,
                  "ephemeral_water": 4, "deep_inland_water": 5, "moderate_ocean": 6, "deep_ocean": 7 } },
              "aerosol": {
                "bits": [6, 7], "states": { "climatology": 0, "low": 1, "average": 2, "moderate": 2, "high": 3 } },
              "cirrus_state": { "bits": [8, 9], "states": { "none": 0, "small": 1, "average": 2, "high": 3 } },
              "internal_cloud": { "bit": 10, "off": ["no_internal_cloud"] },
              "snow": { "bit": 12, "names": ["snow_ice"], "off": ["not_snow"] },
              "adjacent_cloud": { "bit": 13, "names": ["adjacent"], "off": ["not_adjacent"] }
            }
          }
        }
      },
      "ga-landsat": {
        "title": "Landsat NBAR (Geoscience Australia)", "collections": ["ls?*nbar*", "ga_ls*_ard*"],
        "scale": 0.0001, "offset": 0, "nodata": -999,
        "bands": {
          "blue": { "wavelength": 480, "names": ["blue", "nbart_blue", "nbar_blue"] },
          "green": { "wavelength": 560, "names": ["green", "nbart_green", "nbar_green"] },
          "red": { "wavelength": 655, "names": ["red", "nbart_red", "nbar_red"] },
          "nir": { "wavelength": 865, "names": ["nir08", "nir", "nbart_nir", "nbar_nir"] },
          "swir1": { "wavelength": 1610, "names": ["swir16", "swir1", "swir_1", "nbart_swir_1", "nbar_swir_1"] },
          "swir2": { "wavelength": 2200, "names": ["swir22", "swir2", "swir_2", "nbart_swir_2", "nbar_swir_2"] }
        },
        "quality": {
          "oa_fmask": {
            "title": "Fmask of Geoscience Australia's Landsat", "names": ["oa_fmask"], "nodata": 0,
            "flags": {
              "fmask": {
                "states": { "fill": 0, "nodata": 0, "valid": 1, "cloud": 2, "cloud_shadow": 3, "shadow": 3,
                  "snow": 4, "water": 5 } }
            }
          }
        }
      }
    }
    """#

  /// The quality layer that both HLS products have.
  private static let fmask = #"""
    {
      "title": "HLS v2 Fmask", "nodata": 255,
      "reference": "NASA HLS Product User Guide v2.0, quality assessment layer",
      "flags": {
        "fill": { "value": 255, "names": ["nodata"], "off": ["not_fill"] },
        "cloud": { "bit": 1, "off": ["not_cloud"] },
        "adjacent_cloud": {
          "bit": 2, "names": ["adjacent", "adjacent_to_cloud", "adjacent_to_cloud_or_shadow"],
          "off": ["not_adjacent"] },
        "cloud_shadow": { "bit": 3, "names": ["shadow"], "off": ["not_shadow"] },
        "snow": { "bit": 4, "names": ["snow_ice", "snow_or_ice"], "off": ["not_snow"] },
        "water": { "bit": 5, "off": ["not_water"] },
        "aerosol": {
          "bits": [6, 7], "states": { "climatology": 0, "low": 1, "moderate": 2, "average": 2, "high": 3 } }
      }
    }
    """#
}
