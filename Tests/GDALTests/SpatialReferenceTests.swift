import GDAL
import Geo
import Testing

@Suite("Coordinate systems")
struct SpatialReferenceTests {
  /// UTM zone 11 as HLS L30 files carry it: no EPSG code, a datum known by its ellipsoid only.
  private static let hlsZone11 = """
    PROJCS["UTM Zone 11, Northern Hemisphere",GEOGCS["Unknown datum based upon the WGS 84 ellipsoid",\
    DATUM["Not_specified_based_on_WGS_84_spheroid",SPHEROID["WGS 84",6378137,298.257223563,\
    AUTHORITY["EPSG","7030"]]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433,\
    AUTHORITY["EPSG","9122"]]],PROJECTION["Transverse_Mercator"],PARAMETER["latitude_of_origin",0],\
    PARAMETER["central_meridian",-117],PARAMETER["scale_factor",0.9996],PARAMETER["false_easting",500000],\
    PARAMETER["false_northing",0],UNIT["metre",1,AUTHORITY["EPSG","9001"]],AXIS["Easting",EAST],\
    AXIS["Northing",NORTH]]
    """

  @Test
  func `EPSG codes, bare numbers, WKT and PROJ strings are understood`() throws {
    let code = try SpatialReference.parse("EPSG:32719")
    #expect(code.authorityCode == "EPSG:32719")
    #expect(!code.isGeographic)
    #expect(code.wkt.hasPrefix("PROJCS[\"WGS 84 / UTM zone 19S\""))
    #expect(try SpatialReference.parse("32719") == code)
    #expect(try SpatialReference.parse(code.wkt) == code)
    #expect(try SpatialReference.parse("EPSG:4326").isGeographic)
    #expect(try SpatialReference.parse("OGC:CRS84").isGeographic)
    #expect(try SpatialReference.parse("+proj=utm +zone=19 +south +datum=WGS84").authorityCode == nil)
    #expect(
      try SpatialReference.parse("http://www.opengis.net/def/crs/EPSG/0/32719").authorityCode == "EPSG:32719"
    )
  }

  /// As `projinfo -o PROJJSON` writes it, shortened: arrays are in it, as brackets are in WKT.
  @Test
  func `PROJJSON and WKT 2 are understood`() throws {
    let geographic = """
      {"type": "GeographicCRS", "name": "WGS 84",
       "datum": {"type": "GeodeticReferenceFrame", "name": "World Geodetic System 1984",
         "ellipsoid": {"name": "WGS 84", "semi_major_axis": 6378137, "inverse_flattening": 298.257223563}},
       "coordinate_system": {"subtype": "ellipsoidal", "axis": [
         {"name": "Geodetic latitude", "abbreviation": "Lat", "direction": "north", "unit": "degree"},
         {"name": "Geodetic longitude", "abbreviation": "Lon", "direction": "east", "unit": "degree"}]}}
      """
    func parameter(_ name: String, _ value: Double, _ unit: String) -> String {
      #"{"name": "\#(name)", "value": \#(value), "unit": "\#(unit)"}"#
    }
    let parameters = [
      parameter("Latitude of natural origin", 0, "degree"),
      parameter("Longitude of natural origin", -69, "degree"),
      parameter("Scale factor at natural origin", 0.9996, "unity"),
      parameter("False easting", 500_000, "metre"),
      parameter("False northing", 10_000_000, "metre"),
    ]
    let projected = """
      \n {"$schema": "https://proj.org/schemas/v0.7/projjson.schema.json", "type": "ProjectedCRS", "name": "mine",
       "base_crs": \(geographic), "conversion": {"name": "UTM", "method": {"name": "Transverse Mercator"},
         "parameters": [\(parameters.joined(separator: ", "))]},
       "coordinate_system": {"subtype": "Cartesian", "axis": [
         {"name": "Easting", "abbreviation": "E", "direction": "east", "unit": "metre"},
         {"name": "Northing", "abbreviation": "N", "direction": "north", "unit": "metre"}]}}
      """
    let utm = try SpatialReference.parse("EPSG:32719")
    #expect(SpatialReference.isSame(try SpatialReference.parse(projected), utm))
    #expect(
      SpatialReference.isSame(try SpatialReference.parse(geographic), try SpatialReference.parse("EPSG:4326"))
    )
    #expect(
      SpatialReference.isSame(try SpatialReference.parse(try #require(SpatialReference.wkt2(utm))), utm))
  }

  @Test(arguments: [
    "", "EPSG:999999", "utm 19", "PROJCS[\"broken\"", "/etc/passwd", "EPSG:None", "{\"type\": []}",
    "http://example.com/crs", "4",
  ]
  )
  func `what is no coordinate system is refused, with the text in the message`(text: String) {
    let error = #expect(throws: GDALError.self) { try SpatialReference.parse(text) }
    #expect(error?.operation == .parseCoordinateReference)
    #expect(error?.message.contains(text.prefix(80)) == true)
  }

  @Test
  func `an HLS file's UTM zone without a code is the same as its EPSG code, and as no other zone's`() throws {
    let hls = try SpatialReference.parse(Self.hlsZone11)
    #expect(hls.authorityCode == nil)
    #expect(SpatialReference.isSame(hls, try SpatialReference.parse("EPSG:32611")))
    #expect(SpatialReference.isSame(try SpatialReference.parse("EPSG:32611"), hls))
    for other in ["EPSG:32612", "EPSG:32711", "EPSG:26911", "EPSG:4326", "EPSG:3857"] {
      #expect(!SpatialReference.isSame(hls, try SpatialReference.parse(other)), "\(other)")
    }
  }

  @Test(arguments: [
    ("EPSG:32719", "+proj=utm +zone=19 +south +datum=WGS84 +units=m +no_defs"),
    ("EPSG:4326", "OGC:CRS84"),
    ("EPSG:4326", "+proj=longlat +datum=WGS84 +no_defs"),
    ("EPSG:3857", "EPSG:900913"),
    (
      "+proj=sinu +lon_0=0 +x_0=0 +y_0=0 +R=6371007.181 +units=m +no_defs",
      "+proj=sinu +lon_0=0 +x_0=0 +y_0=0 +a=6371007.181 +b=6371007.181 +units=m +no_defs"
    ),
  ]
  )
  func `one system in two notations is the same`(a: String, b: String) throws {
    #expect(SpatialReference.isSame(try SpatialReference.parse(a), try SpatialReference.parse(b)))
  }

  @Test(arguments: [
    ("EPSG:32719", "EPSG:32718"), ("EPSG:32719", "EPSG:32619"), ("EPSG:4326", "EPSG:4269"),
    ("EPSG:4326", "EPSG:32719"), ("EPSG:3857", "EPSG:3395"),
    (
      "+proj=sinu +lon_0=0 +R=6371007.181 +units=m +no_defs",
      "+proj=sinu +lon_0=0 +R=6371000 +units=m +no_defs"
    ),
  ]
  )
  func `systems that differ are told apart`(a: String, b: String) throws {
    #expect(!SpatialReference.isSame(try SpatialReference.parse(a), try SpatialReference.parse(b)))
  }

  @Test
  func `a value that cannot be parsed is the same as itself only`() throws {
    let broken = CoordinateReference(wkt: "nonsense", authorityCode: nil, isGeographic: false)
    #expect(SpatialReference.isSame(broken, broken))
    #expect(!SpatialReference.isSame(broken, try SpatialReference.parse("EPSG:4326")))
  }

  // The expected boxes are pyproj's `transform_bounds(densify_pts=21)`.
  @Test
  func `a box is transformed along its edges, longitude first`() throws {
    let utm = try SpatialReference.parse("EPSG:32719")
    let geographic = try SpatialReference.parse("EPSG:4326")
    try expect(
      SpatialReference.transform(
        BoundingBox(minX: 300_015, minY: 5_900_000, maxX: 500_000, maxY: 6_100_015),
        from: utm,
        to: geographic,
        densify: 21
      ),
      [-71.24820077060208, -37.04622247590861, -69, -35.22299277489064],
      within: 1e-9
    )
    try expect(
      SpatialReference.transform(
        BoundingBox(minX: -71.2, minY: -36.2, maxX: -70.2, maxY: -35.2),
        from: geographic,
        to: utm,
        densify: 21
      ),
      [299719.40588648967, 5991624.865708052, 392118.190145919, 6104117.872504237],
      within: 1e-3
    )
  }

  @Test
  func `a box that holds the pole covers all longitudes`() throws {
    let box = try SpatialReference.transform(
      BoundingBox(minX: -1e6, minY: -1e6, maxX: 1e6, maxY: 1e6),
      from: SpatialReference.parse("EPSG:3031"),
      to: SpatialReference.parse("EPSG:4326"),
      densify: 21
    )
    try expect(box, [-180, -90, 180, -77.03740063459344], within: 1e-6)
  }

  @Test
  func `a box across the antimeridian has its west east of its east, as in GeoJSON`() throws {
    let box = try SpatialReference.transform(
      BoundingBox(minX: 700_000, minY: 7_900_000, maxX: 900_000, maxY: 8_100_000),
      from: SpatialReference.parse("EPSG:32760"),
      to: SpatialReference.parse("EPSG:4326"),
      densify: 21
    )
    try expect(
      box,
      [178.88041982264204, -18.982771612515812, -179.20278318067997, -17.149804554336203],
      within: 1e-6
    )
  }

  @Test
  func `a box with a point that has no image is an error, not a smaller box`() throws {
    let geographic = try SpatialReference.parse("EPSG:4326")
    let mercator = try SpatialReference.parse("EPSG:3857")
    // The corners of this box lie off the globe as seen from space.
    let view = try SpatialReference.parse("+proj=ortho +lat_0=0 +lon_0=0 +R=6371000 +units=m")
    for (box, from, to) in [
      (BoundingBox(minX: 0, minY: 80, maxX: 10, maxY: 100), geographic, mercator),
      (BoundingBox(minX: 0, minY: 0, maxX: 5e6, maxY: 5e6), view, geographic),
    ] {
      let error = #expect(throws: GDALError.self) {
        try SpatialReference.transform(box, from: from, to: to, densify: 10)
      }
      #expect(error?.operation == .transformCoordinates)
    }
  }

  @Test
  func `points are transformed in place, longitude first, and one without an image is an error`() throws {
    let utm = try SpatialReference.parse("EPSG:32719")
    let geographic = try SpatialReference.parse("EPSG:4326")
    var x = [500_000.0, 500_000]
    var y = [10_000_000.0, 6_000_000]
    try SpatialReference.transform(x: &x, y: &y, from: utm, to: geographic)
    #expect(abs(x[0] + 69) < 1e-9 && abs(y[0]) < 1e-9)
    #expect(abs(x[1] + 69) < 1e-9 && y[1] < -36 && y[1] > -37)
    try SpatialReference.transform(x: &x, y: &y, from: geographic, to: utm)
    #expect(abs(x[1] - 500_000) < 1e-4 && abs(y[1] - 6_000_000) < 1e-4)
    x = [0, 0]
    y = [0, 100]
    #expect(throws: GDALError.self) {
      try SpatialReference.transform(x: &x, y: &y, from: geographic, to: utm)
    }
    x = [1]
    #expect(throws: GDALError.self) {
      try SpatialReference.transform(x: &x, y: &y, from: geographic, to: utm)
    }
  }

  private func expect(_ box: BoundingBox, _ numbers: [Double], within tolerance: Double) throws {
    try #require(box.array.count == numbers.count)
    for (value, number) in zip(box.array, numbers) {
      #expect(abs(value - number) <= tolerance, "\(box.array)")
    }
  }
}
