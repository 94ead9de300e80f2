/// What stands before the examples of the modules of patterns: months of a dryland, their pictures, their tables.
enum PatternTrial {
  static let months = [
    #"{ "module": "composite", "of": ["red", "green", "blue", "nir08"], "statistic": "median", "period": "1m", "as": "m", "save": false }"#,
    #"{ "module": "ndvi", "bands": { "red": "m_red", "nir": "m_nir08" }, "as": "m_ndvi", "save": true }"#,
  ]

  static let pictures = months + [#"{ "module": "vegetation_image" }"#]

  static let weather = #"""
    { "module": "weather", "source": "archive/weather.nc", "period": "1m", "save": true, "variables": [\#
    { "name": "tp", "as": "total_precipitation", "reduce": "sum", "per": "month_mean" }, \#
    { "name": "t2m", "as": "mean_2m_air_temperature" }] }
    """#

  static let tables =
    pictures + [#"{ "module": "network_centrality" }"#, #"{ "module": "ndvi_statistics" }"#, weather]
}
