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
  ]

  @Test("each projection has CF's name and parameters", arguments: cases)
  func projections(expected: Case) throws {
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

  @Test("the ellipsoid, datum and names are told")
  func ellipsoid() throws {
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

  @Test("coordinates have CF's standard names and UDUNITS' units")
  func coordinates() throws {
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

  @Test(
    "a system CF has no words for is left to crs_wkt",
    arguments: ["EPSG:3857", "+proj=moll +lon_0=0 +datum=WGS84", "+proj=robin +lon_0=0 +datum=WGS84"]
  )
  func unknown(text: String) throws {
    let mapping = SpatialReference.cfGridMapping(try SpatialReference.parse(text))
    #expect(mapping.name.isEmpty)
    #expect(mapping.attributes.isEmpty)
    #expect(mapping.xUnits == "m")
  }
}
