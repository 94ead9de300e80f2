import GDAL
import Geo
import Testing

/// Expected attributes are those that pyproj's `CRS.to_cf()` gives for the same systems.
@Suite("CF grid mappings")
struct CFGridMappingTests {
  struct Case: Sendable {
    var crs: String
    var name: String
    var numbers: [String: [Double]]
  }

  static let cases = [
    Case(crs: "EPSG:4326", name: "latitude_longitude", numbers: [:]),
    Case(
      crs: "EPSG:32719",
      name: "transverse_mercator",
      numbers: [
        "latitude_of_projection_origin": [0], "longitude_of_central_meridian": [-69],
        "false_easting": [500_000],
        "false_northing": [10_000_000], "scale_factor_at_central_meridian": [0.9996],
      ]
    ),
    Case(
      crs: "EPSG:3832",
      name: "mercator",
      numbers: [
        "longitude_of_projection_origin": [150], "false_easting": [0], "false_northing": [0],
        "scale_factor_at_projection_origin": [1],
      ]
    ),
    Case(
      crs: "EPSG:2154",
      name: "lambert_conformal_conic",
      numbers: [
        "standard_parallel": [49, 44], "latitude_of_projection_origin": [46.5],
        "longitude_of_central_meridian": [3], "false_easting": [700_000], "false_northing": [6_600_000],
      ]
    ),
    Case(
      crs: "EPSG:5070",
      name: "albers_conical_equal_area",
      numbers: [
        "standard_parallel": [29.5, 45.5], "latitude_of_projection_origin": [23],
        "longitude_of_central_meridian": [-96], "false_easting": [0], "false_northing": [0],
      ]
    ),
    Case(
      crs: "EPSG:3035",
      name: "lambert_azimuthal_equal_area",
      numbers: [
        "latitude_of_projection_origin": [52], "longitude_of_projection_origin": [10],
        "false_easting": [4_321_000], "false_northing": [3_210_000],
      ]
    ),
    Case(
      crs: "EPSG:3413",
      name: "polar_stereographic",
      numbers: [
        "standard_parallel": [70], "straight_vertical_longitude_from_pole": [-45],
        "latitude_of_projection_origin": [90], "false_easting": [0], "false_northing": [0],
      ]
    ),
    Case(
      crs: "EPSG:3031",
      name: "polar_stereographic",
      numbers: [
        "standard_parallel": [-71], "straight_vertical_longitude_from_pole": [0],
        "latitude_of_projection_origin": [-90],
      ]
    ),
    Case(
      crs: "EPSG:32661",
      name: "polar_stereographic",
      numbers: [
        "latitude_of_projection_origin": [90], "straight_vertical_longitude_from_pole": [0],
        "scale_factor_at_projection_origin": [0.994], "false_easting": [2_000_000],
        "false_northing": [2_000_000],
      ]
    ),
    Case(
      crs: "EPSG:6933",
      name: "lambert_cylindrical_equal_area",
      numbers: ["standard_parallel": [30], "longitude_of_central_meridian": [0]]
    ),
    Case(
      crs: "EPSG:28992",
      name: "stereographic",
      numbers: [
        "latitude_of_projection_origin": [52.15616055555555],
        "longitude_of_projection_origin": [5.38763888888889],
        "scale_factor_at_projection_origin": [0.9999079], "false_easting": [155_000],
        "false_northing": [463_000],
      ]
    ),
    Case(
      crs: "+proj=sinu +lon_0=0 +x_0=0 +y_0=0 +a=6371007.181 +b=6371007.181 +units=m +no_defs",
      name: "sinusoidal",
      numbers: [
        "longitude_of_projection_origin": [0], "false_easting": [0], "semi_major_axis": [6_371_007.181],
        "semi_minor_axis": [6_371_007.181], "inverse_flattening": [0],
      ]
    ),
    Case(
      crs: "+proj=aeqd +lat_0=53 +lon_0=24 +x_0=5837287.81977 +y_0=2121415.69617 +datum=WGS84 +units=m",
      name: "azimuthal_equidistant",
      numbers: [
        "latitude_of_projection_origin": [53], "longitude_of_projection_origin": [24],
        "false_easting": [5_837_287.81977], "false_northing": [2_121_415.69617],
      ]
    ),
    // PROJ and GDAL leave these to the WKT, or tell them otherwise; see the test of coordinates.
    Case(
      crs: "EPSG:3857",
      name: "mercator",
      numbers: [
        "longitude_of_projection_origin": [0], "scale_factor_at_projection_origin": [1], "false_easting": [0],
        "semi_major_axis": [6_378_137], "semi_minor_axis": [6_378_137], "inverse_flattening": [0],
      ]
    ),
    Case(
      crs: "EPSG:2056",
      name: "oblique_mercator",
      numbers: [
        "azimuth_of_central_line": [90], "latitude_of_projection_origin": [46.9524055555556],
        "longitude_of_projection_origin": [7.43958333333333], "scale_factor_at_projection_origin": [1],
        "false_easting": [2_600_000], "false_northing": [1_200_000],
      ]
    ),
    Case(
      crs: "EPSG:21781",
      name: "oblique_mercator",
      numbers: ["azimuth_of_central_line": [90], "false_easting": [600_000], "false_northing": [200_000]]
    ),
    Case(
      crs: "+proj=geos +lon_0=-75 +h=35786023 +sweep=x +ellps=GRS80 +units=m",
      name: "geostationary",
      numbers: [
        "longitude_of_projection_origin": [-75], "latitude_of_projection_origin": [0],
        "perspective_point_height": [35_786_023], "false_easting": [0], "false_northing": [0],
      ]
    ),
    Case(
      crs: "+proj=nsper +h=3000000 +lat_0=40 +lon_0=-100 +ellps=WGS84",
      name: "vertical_perspective",
      numbers: [
        "longitude_of_projection_origin": [-100], "latitude_of_projection_origin": [40],
        "perspective_point_height": [3_000_000],
      ]
    ),
    Case(
      crs: "+proj=ob_tran +o_proj=longlat +o_lon_p=0 +o_lat_p=39.25 +lon_0=18 +R=6367470 +no_defs +type=crs",
      name: "rotated_latitude_longitude",
      numbers: [
        "grid_north_pole_latitude": [39.25], "grid_north_pole_longitude": [-162],
        "north_pole_grid_longitude": [0], "semi_major_axis": [6_367_470],
      ]
    ),
    Case(
      crs: "EPSG:27572",
      name: "lambert_conformal_conic",
      numbers: [
        "longitude_of_central_meridian": [0], "false_easting": [600_000], "false_northing": [2_200_000],
      ]
    ),
  ]

  @Test(arguments: cases)
  func `each projection has CF's name and parameters`(expected: Case) throws {
    let mapping = SpatialReference.cfGridMapping(try SpatialReference.parse(expected.crs))
    #expect(mapping.name == expected.name)
    #expect(mapping.attributes.first?.name == "grid_mapping_name")
    #expect(mapping["grid_mapping_name"] == .text(expected.name))
    for (name, numbers) in expected.numbers {
      let found: [Double] =
        switch mapping[name] {
        case .number(let number): [number]
        case .numbers(let list): list
        default: []
        }
      #expect(found.count == numbers.count, "\(name)")
      for (value, number) in zip(found, numbers) { #expect(abs(value - number) < 1e-9, "\(name)") }
    }
    #expect(Set(mapping.attributes.map(\.name)).count == mapping.attributes.count)
  }

  @Test
  func `the ellipsoid, datum and names are told`() throws {
    let mapping = SpatialReference.cfGridMapping(try SpatialReference.parse("EPSG:32719"))
    #expect(mapping["semi_major_axis"] == .number(6_378_137))
    #expect(mapping["inverse_flattening"] == .number(298.257223563))
    if case .number(let minor) = mapping["semi_minor_axis"] {
      #expect(abs(minor - 6_356_752.314245179) < 1e-6)
    } else {
      Issue.record("no semi_minor_axis")
    }
    #expect(mapping["longitude_of_prime_meridian"] == .number(0))
    #expect(mapping["reference_ellipsoid_name"] == .text("WGS 84"))
    #expect(mapping["prime_meridian_name"] == .text("Greenwich"))
    #expect(mapping["horizontal_datum_name"] == .text("WGS_1984"))
    #expect(mapping["geographic_crs_name"] == .text("WGS 84"))
    #expect(mapping["projected_crs_name"] == .text("WGS 84 / UTM zone 19S"))
  }

  @Test
  func `coordinates have CF's standard names and UDUNITS' units`() throws {
    let utm = SpatialReference.cfGridMapping(try SpatialReference.parse("EPSG:32719"))
    #expect(utm.xStandardName == "projection_x_coordinate" && utm.yStandardName == "projection_y_coordinate")
    #expect(utm.xUnits == "m" && utm.yUnits == "m")
    let geographic = SpatialReference.cfGridMapping(try SpatialReference.parse("EPSG:4326"))
    #expect(geographic.xStandardName == "longitude" && geographic.yStandardName == "latitude")
    #expect(geographic.xUnits == "degrees_east" && geographic.yUnits == "degrees_north")
    #expect(geographic["projected_crs_name"] == nil)
    let feet = SpatialReference.cfGridMapping(try SpatialReference.parse("EPSG:2264"))
    #expect(feet.xUnits == "US_survey_foot")
    if case .number(let easting) = feet["false_easting"] {
      #expect(abs(easting - 2_000_000) < 1)
    } else {
      Issue.record("no false_easting")
    }
  }

  @Test
  func `a satellite's sweep is told`() throws {
    for (text, axis) in [("+sweep=x ", "x"), ("", "y")] {
      let crs = try SpatialReference.parse("+proj=geos +lon_0=9.5 +h=35785831 \(text)+ellps=WGS84 +units=m")
      #expect(SpatialReference.cfGridMapping(crs)["sweep_angle_axis"] == .text(axis))
    }
  }

  /// What the attributes alone say, as PROJ is told by readers that do not know `crs_wkt`.
  @Test(arguments: [
    ("EPSG:3857", 23.5, 61.25), ("EPSG:27572", 2.5, 47.5), ("EPSG:27572", -1, 43), ("EPSG:2056", 8.5, 47.2),
    ("EPSG:2154", 4, 45),
  ])
  func `the attributes alone give the same coordinates`(text: String, longitude: Double, latitude: Double)
    throws
  {
    let crs = try SpatialReference.parse(text)
    let mapping = SpatialReference.cfGridMapping(crs)
    func number(_ name: String) -> Double? {
      switch mapping[name] {
      case .number(let number): number
      case .numbers(let list): list.first
      default: nil
      }
    }
    func second(_ name: String) -> Double? {
      if case .numbers(let list) = mapping[name], list.count > 1 { return list[1] }
      return number(name)
    }
    let words: [(String, Double?)] =
      switch mapping.name {
      case "mercator":
        [
          ("lon_0", number("longitude_of_projection_origin")),
          ("k_0", number("scale_factor_at_projection_origin")),
        ]
      case "oblique_mercator":
        [
          ("lonc", number("longitude_of_projection_origin")),
          ("lat_0", number("latitude_of_projection_origin")),
          ("alpha", number("azimuth_of_central_line")), ("k_0", number("scale_factor_at_projection_origin")),
        ]
      default:
        [
          ("lon_0", number("longitude_of_central_meridian")),
          ("lat_0", number("latitude_of_projection_origin")),
          ("lat_1", number("standard_parallel")), ("lat_2", second("standard_parallel")),
        ]
      }
    let method = ["mercator": "merc", "oblique_mercator": "omerc"][mapping.name] ?? "lcc"
    let shape = [
      ("x_0", number("false_easting")), ("y_0", number("false_northing")), ("a", number("semi_major_axis")),
      ("b", number("semi_minor_axis")), ("pm", number("longitude_of_prime_meridian")),
    ]
    let told = "+proj=\(method) " + (words + shape).map { "+\($0.0)=\($0.1 ?? 0)" }.joined(separator: " ")
    // Both on their own datum: nothing is shifted between them.
    let mine = try SpatialReference.parse(told)
    var places: [[Double]] = []
    for system in [mine, crs] {
      var (x, y) = ([longitude], [latitude])
      let base = try SpatialReference.parse(
        "+proj=longlat +a=\(number("semi_major_axis") ?? 0) +b=\(number("semi_minor_axis") ?? 0)")
      try SpatialReference.transform(
        x: &x, y: &y, from: system == crs && text == "EPSG:3857" ? SpatialReference.parse("EPSG:4326") : base,
        to: system)
      places.append([x[0], y[0]])
    }
    #expect(
      abs(places[0][0] - places[1][0]) < 0.01 && abs(places[0][1] - places[1][1]) < 0.01, "\(told) \(places)")
  }

  @Test(arguments: ["EPSG:29873", "+proj=moll +lon_0=0 +datum=WGS84", "+proj=robin +lon_0=0 +datum=WGS84"]
  )
  func `a system CF has no words for is left to crs_wkt`(text: String) throws {
    let mapping = SpatialReference.cfGridMapping(try SpatialReference.parse(text))
    #expect(mapping.name.isEmpty)
    #expect(mapping.attributes.isEmpty)
    #expect(mapping.xUnits == "m")
  }
}
