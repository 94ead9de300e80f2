import Geo
import JSON
import NetCDF
import Testing

@testable import Granules

@Suite struct GranuleRulesTests {
  static let lines = GroupedDimension("number_of_lines", length: 40)
  static let pixels = GroupedDimension("pixels_per_line", length: 30)

  static func plane(
    _ path: String, _ attributes: [(String, String)] = [], dimensions: [GroupedDimension] = [lines, pixels],
    type: StoredType = .float32
  ) -> GroupedVariable {
    let parts = path.split(separator: "/").map(String.init)
    return GroupedVariable(
      group: parts.dropLast().joined(separator: "/"), name: parts.last ?? "", type: type,
      dimensions: dimensions,
      attributes: attributes.map { FileAttribute($0.0, $0.1) })
  }

  static func navigation(
    of name: String, in variables: [GroupedVariable], longitude: String? = nil, latitude: String? = nil
  ) throws -> Navigation {
    let search = VariableSearch(path: "granule.nc", definition: GroupedDefinition(variables: variables))
    return try NavigationSearch(search: search, longitude: longitude, latitude: latitude)
      .navigation(of: search.existing(name))
  }

  @Test
  func `navigation is found by coordinates, standard name, units and name, of the variable's own shape`()
    throws
  {
    // PACE: another group, nothing refers to it.
    let pace = try Self.navigation(
      of: "chlor_a",
      in: [
        Self.plane("geophysical_data/chlor_a"),
        Self.plane("navigation_data/longitude", [("standard_name", "longitude")]),
        Self.plane("navigation_data/latitude", [("standard_name", "latitude")]),
      ])
    #expect(pace.longitude.path == "navigation_data/longitude" && pace.rule == "by standard_name")
    // MODIS by OBPG: dimensions of another name.
    let other = [Self.lines, GroupedDimension("pixel_control_points", length: 30)]
    let modis = try Self.navigation(
      of: "sst",
      in: [
        Self.plane("geophysical_data/sst"),
        Self.plane("navigation_data/longitude", [("units", "degrees_east")], dimensions: other),
        Self.plane("navigation_data/latitude", [("units", "degrees_north")], dimensions: other),
      ])
    #expect(modis.latitude.path == "navigation_data/latitude" && modis.rule == "by units")
    // TEMPO: coordinates in a sibling group; time first.
    let tempo = try Self.navigation(
      of: "product/no2",
      in: [
        Self.plane("product/no2", [("coordinates", "time longitude latitude")]),
        Self.plane("geolocation/latitude", [("units", "degrees_north")]),
        Self.plane("geolocation/longitude", [("units", "degrees_east")]),
      ])
    #expect(tempo.longitude.path == "geolocation/longitude")
    // OLCI by SNAP: tie points of another shape do not count. SLSTR: a suffix.
    let tie = [GroupedDimension("tp_y", length: 12), GroupedDimension("tp_x", length: 4)]
    let olci = try Self.navigation(
      of: "conc_chl",
      in: [
        Self.plane("conc_chl"), Self.plane("TP_latitude", [("units", "degrees_north")], dimensions: tie),
        Self.plane("TP_longitude", [("units", "degrees_east")], dimensions: tie), Self.plane("latitude_in"),
        Self.plane("longitude_in"),
      ])
    #expect(olci.latitude.name == "latitude_in" && olci.rule == "by name")
    // GHRSST: a dimension of one time.
    let once = [GroupedDimension("time", length: 1), Self.lines, Self.pixels]
    let ghrsst = try Self.navigation(
      of: "sst",
      in: [
        Self.plane("sst", [("coordinates", "lon lat")], dimensions: once),
        Self.plane("lon", [("units", "degrees_east")]),
        Self.plane("lat", [("units", "degrees_north")]),
      ])
    #expect(ghrsst.lines == 40 && ghrsst.columns == 30)
  }

  @Test
  func `what is no swath, or could be several, is refused with what is there`() throws {
    func message(_ name: String, _ variables: [GroupedVariable]) -> String {
      do {
        _ = try Self.navigation(of: name, in: variables)
        return ""
      } catch {
        return "\(error)"
      }
    }
    #expect(message("a", [Self.plane("a")]).contains("no longitude and latitude"))
    let tie = [GroupedDimension("tp_y", length: 12), GroupedDimension("tp_x", length: 4)]
    #expect(
      message("a", [Self.plane("a"), Self.plane("lat", dimensions: tie), Self.plane("lon", dimensions: tie)])
        .contains("tie points"))
    let grid = [
      Self.plane(
        "a", dimensions: [GroupedDimension("lat", length: 40), GroupedDimension("lon", length: 30)]),
      Self.plane("lat", dimensions: [GroupedDimension("lat", length: 40)]),
      Self.plane("lon", dimensions: [GroupedDimension("lon", length: 30)]),
    ]
    #expect(message("a", grid).contains("a grid, not a swath"))
    let two = [
      Self.plane("a"), Self.plane("g/latitude"), Self.plane("g/longitude"), Self.plane("h/latitude"),
      Self.plane("h/longitude"),
    ]
    #expect(message("a", two).contains("\"g/longitude\" and \"h/longitude\""))
    #expect(
      try Self.navigation(of: "a", in: two, longitude: "h/longitude", latitude: "h/latitude").latitude.path
        == "h/latitude")
    #expect(message("b", [Self.plane("a")]).contains("no variable \"b\""))
    #expect(message("a", [Self.plane("g/a"), Self.plane("h/a")]).contains("\"g/a\" or \"h/a\""))
  }

  @Test(arguments: [
    ("2024-08-01T17:42:45.090Z", "2024-08-01T17:42:45.090000Z"),
    ("20190805T203702Z", "2019-08-05T20:37:02Z"),
    ("14-APR-2017 10:27:29.454657", "2017-04-14T10:27:29.454657Z"),
    ("2015-07-02 10:24:00", "2015-07-02T10:24:00Z"),
    ("2015-07-02", "2015-07-02T00:00:00Z"), ("2019-08-05 20:37:02 UTC", "2019-08-05T20:37:02Z"),
    ("2019-08-05T20:37:02+02:00", "2019-08-05T18:37:02Z"), ("01-OCT-2020 00:00:01", "2020-10-01T00:00:01Z"),
    ("20200101", "2020-01-01T00:00:00Z"),
  ])
  func `times are read in the notations in use`(_ text: String, _ right: String) {
    #expect(GranuleTime.parse(text)?.description == right)
  }

  @Test
  func `time comes from attributes, date and time apart, a variable, or the file's name`() {
    func time(_ attributes: [(String, String)], name: String = "a.nc", variables: [GroupedVariable] = [])
      -> String?
    {
      GranuleTime(
        definition: GroupedDefinition(
          variables: variables, attributes: attributes.map { FileAttribute($0.0, $0.1) }), name: name,
        numbers: { _ in [1_200_000_000] }
      ).find()?.start.description
    }
    #expect(time([("time_coverage_start", "20190805T203702Z")]) == "2019-08-05T20:37:02Z")
    #expect(time([("start_date", "2015-07-02"), ("start_time", "10:24:00")]) == "2015-07-02T10:24:00Z")
    #expect(
      time([("RangeBeginningDate", "2015-07-02"), ("RangeBeginningTime", "10:24:00.5")])
        == "2015-07-02T10:24:00.500000Z")
    let clock = Self.plane(
      "time", [("units", "seconds since 1981-01-01 00:00:00")],
      dimensions: [GroupedDimension("time", length: 1)],
      type: .int32)
    #expect(time([], variables: [clock]) == "2019-01-10T21:20:00Z")
    #expect(time([], name: "PACE_OCI.20240801T174245.L2.nc") == "2024-08-01T17:42:45Z")
    #expect(time([], name: "A2019217065501.L2_LAC.nc") == "2019-08-05T06:55:01Z")
    #expect(time([], name: "S3A_OL_2_WFR____20170414T102729_20170414T102929_x.nc") == "2017-04-14T10:27:29Z")
    #expect(time([], name: "chlorophyll.nc") == nil)
    // A time for each pixel, some of them missing.
    let clocks = Self.plane(
      "time", [("units", "seconds since 1981-01-01 00:00:00")],
      dimensions: [GroupedDimension("rows", length: 2), GroupedDimension("columns", length: 2)],
      type: .float64)
    let found = GranuleTime(
      definition: GroupedDefinition(variables: [clocks], attributes: []), name: "a.nc",
      numbers: { _ in [.nan, 1_200_000_090, 1_200_000_000, .nan] }
    ).find()
    #expect(found?.start.description == "2019-01-10T21:20:00Z")
    #expect(found?.end?.description == "2019-01-10T21:21:30Z")
  }

  @Test(arguments: [
    (90, "minutes since 2020-01-01 00:00:00", "2020-01-01T01:30:00Z"),
    (36, "hours since 2020-02-28", "2020-02-29T12:00:00Z"),
    (1.5, "days since 2019-12-31", "2020-01-01T12:00:00Z"),
    (61_500, "milliseconds since 2020-01-01T00:00:00Z", "2020-01-01T00:01:01.500000Z"),
    (-5, "seconds since 1981-01-01 00:00:00", "1980-12-31T23:59:55Z"),
  ])
  func `times are counted in the units that the file names`(
    _ number: Double, _ units: String, _ right: String
  ) {
    #expect(GranuleTime.moment(number, units: units)?.description == right)
  }

  @Test func `of bands along an axis the nearest in wavelength is taken, none that is further than 5`() throws
  {
    let wave = GroupedDimension("wavelength_3d", length: 4)
    let search = VariableSearch(
      path: "granule.nc",
      definition: GroupedDefinition(variables: [
        Self.plane("Rrs", dimensions: [Self.lines, Self.pixels, wave]), Self.plane("lat"), Self.plane("lon"),
        Self.plane("wavelength_3d", [("units", "nm")], dimensions: [wave]),
      ]))
    let navigation = try NavigationSearch(search: search, longitude: nil, latitude: nil)
      .navigation(of: search.existing("Rrs"))
    func band(_ name: String) throws -> GranuleBand {
      try BandSearch(search: search, navigation: navigation, numbers: { _ in [439, 442, 445, 490] }).band(
        name)
    }
    for (name, place) in [("Rrs@443", 1), ("Rrs@444", 2), ("Rrs@434", 0), ("Rrs@486", 3), ("Rrs[2]", 2)] {
      #expect(try band(name).fixed == [0, 0, place], "\(name)")
    }
    #expect(try band("Rrs@443").place == "442 nm")
    for name in ["Rrs@433.9", "Rrs@451", "Rrs[4]", "Rrs"] {
      #expect(throws: GranuleError.self) { try band(name) }
    }
  }

  @Test func `stored numbers become values: any that means missing, then the range, then scale and offset`() {
    func values(_ attributes: [(String, AttributeValue)], inRange: Bool) -> [Double] {
      let variable = GroupedVariable(
        group: "", name: "v", type: .int16, dimensions: [],
        attributes: attributes.map { FileAttribute($0.0, $0.1) })
      let stored: [Int16] = [-32_768, -999, 0, 200, 5000, 5001]
      var values = [Double](repeating: 0, count: stored.count)
      stored.withUnsafeBytes { bytes in
        values.withUnsafeMutableBufferPointer {
          NumberDecoder.decode(bytes, StoredNumbers(variable), inRange: inRange, into: $0)
        }
      }
      return values.map { $0.isNaN ? -1 : $0 }
    }
    let packing: [(String, AttributeValue)] = [("scale_factor", .double(0.5)), ("add_offset", .double(100))]
    let fill: [(String, AttributeValue)] = [("_FillValue", .int16s([-32_768]))]
    #expect(values(fill + packing, inRange: false) == [-1, -399.5, 100, 200, 2600, 2600.5])
    let more = fill + packing + [("missing_value", .int16s([-999])), ("valid_max", .int16s([5000]))]
    #expect(values(more, inRange: false) == [-1, -1, 100, 200, 2600, 2600.5])
    #expect(values(more, inRange: true) == [-1, -1, 100, 200, 2600, -1])
  }

  @Test
  func `flags are read from masks, values, or both; names that stand twice name nothing`() throws {
    func flags(_ meanings: String, masks: AttributeValue?, values: AttributeValue?, type: StoredType = .int32)
      -> JSONObject?
    {
      var attributes = [FileAttribute("flag_meanings", meanings)]
      if let masks { attributes.append(FileAttribute("flag_masks", masks)) }
      if let values { attributes.append(FileAttribute("flag_values", values)) }
      return GranuleFlags(
        variable: GroupedVariable(group: "", name: "f", type: type, dimensions: [], attributes: attributes)
      ).classification()
    }
    let bits = try #require(
      flags("LAND SPARE CLOUD SPARE HIGH", masks: .int32s([2, 4, 8, 16, .min]), values: nil))
    let fields = try #require(bits["classification:bitfields"]?.array)
    #expect(fields.map { $0["name"]?.string } == ["LAND", "CLOUD", "HIGH"])
    #expect(fields.map { $0["offset"]?.integer } == [1, 3, 31])
    let classes = try #require(flags("worst best", masks: nil, values: .int8s([0, 5]), type: .int8))
    #expect(classes["classification:classes"]?.array?.count == 2)
    // OBPG's quality levels are values, whatever they are called.
    #expect(
      flags("best good bad", masks: .int8s([0, 1, 2]), values: nil, type: .int8)?["classification:classes"]
        != nil)
    let both = try #require(
      flags("clear low high wet", masks: .uint8s([3, 3, 3, 4]), values: .uint8s([0, 1, 2, 4]), type: .uint8))
    #expect(both["classification:bitfields"]?.array?.count == 2)
    #expect(flags("", masks: nil, values: nil) == nil)
  }

  @Test
  func `fill, missing_value and the valid range are those of stored numbers`() {
    func numbers(_ type: StoredType, _ attributes: [(String, AttributeValue)]) -> StoredNumbers {
      StoredNumbers(
        GroupedVariable(
          group: "", name: "v", type: type, dimensions: [],
          attributes: attributes.map { FileAttribute($0.0, $0.1) }))
    }
    let packed = numbers(
      .int16,
      [
        ("_FillValue", .int16s([-32768])), ("missing_value", .floats([-999])), ("valid_min", .int16s([0])),
        ("valid_max", .int16s([5000])), ("scale_factor", .double(0.01)), ("add_offset", .double(273.15)),
      ])
    #expect(packed.missing == [-32768, -999])
    #expect(packed.range == 0...5000 && packed.rangeFault == nil)
    #expect(packed.value(100) == 274.15)
    #expect(packed.isMissing(5001, inRange: true) && !packed.isMissing(5001, inRange: false))
    // A range of unpacked numbers says nothing of stored ones.
    let odd = numbers(.int16, [("valid_max", .floats([45.5])), ("scale_factor", .double(0.005))])
    #expect(odd.range == nil && odd.rangeFault != nil)
    let unsigned = numbers(
      .int8, [("_Unsigned", .text("true")), ("_FillValue", .int8s([-1])), ("scale_factor", .double(0.01))])
    #expect(unsigned.type == .uint8 && unsigned.missing == [255])
    let wide = numbers(
      .int16,
      [("_Unsigned", .text("true")), ("_FillValue", .int16s([-2])), ("valid_range", .int16s([0, -3]))])
    #expect(wide.type == .uint16 && wide.missing == [65_534] && wide.range == 0...65_533)
    let nan = numbers(.float32, [("_FillValue", .floats([.nan]))])
    #expect(nan.isMissing(.nan, inRange: false) && !nan.isMissing(0, inRange: false))
  }
}
