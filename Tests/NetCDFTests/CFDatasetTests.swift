import Geo
import NetCDF
import Storage
import TestSupport
import Testing

@Suite struct CFDatasetTests {
  /// Programs that other tests start hold HDF5's locks for a moment.
  init() { NetCDFThread.prepareProcess() }

  /// What one pixel of `CFSamples` reads as.
  static func expected(_ steps: Int, _ convert: (Double) -> Double) -> [Double] {
    (0..<steps).flatMap { step in
      (0..<70).flatMap { row in (0..<50).map { convert(CFSamples.value(step, row, $0)) } }
    }
  }

  @Test func `a product of one date has its grid, time and values for GDAL and ncdump`() async throws {
    let folder = try LocalFiles.makeTemporaryDirectory()
    defer { _ = try? LocalFiles.removeTree(folder) }
    let path = folder + "/date.nc"
    try await NetCDFThread.run { try CFSamples.write(CFSamples.date, to: path) }

    let info = try await Program(["gdalinfo", "NETCDF:\"\(path)\":ndvi"]).output()
    for text in [
      "Size is 50, 70", "ID[\"EPSG\",32719]", "Origin = (300015.000000000000000,6100005.000000000000000)",
      "Pixel Size = (30.000000000000000,-30.000000000000000)", "NoData Value=nan", "Block=32x32 Type=Float32",
      "Upper Left  (  300015.000, 6100005.000)",
    ] {
      #expect(info.contains(text), "\(text)")
    }
    // Row 3 of the picture, counted from the north.
    let pixel = try await Program([
      "gdallocationinfo", "-valonly", "NETCDF:\"\(path)\":ndvi", "5", "3",
    ]).output()
    #expect(Double(pixel.prefix { $0 != "\n" }) == CFSamples.value(0, 3, 5))

    let times = try await Program(["ncdump", "-p", "9,17", "-v", "time", path]).output()
    #expect(times.contains(" time = 1609684735.375489 ;"))
    #expect(times.contains("1609684735.375489 ;"))
    let values = try await NetCDFThread.run { try NetCDFFileReader(path).doubles("ndvi") }
    let expected = Self.expected(1) { $0 }
    #expect(
      values.map(\.bitPattern) == expected.map { $0.isNaN ? Double(Float.nan).bitPattern : $0.bitPattern }
    )
  }

  @Test @NetCDFThread func `seasons are labelled, with a mean and a count`() throws {
    let folder = try LocalFiles.makeTemporaryDirectory()
    defer { _ = try? LocalFiles.removeTree(folder) }
    let path = folder + "/season.nc"
    try CFSamples.write(CFSamples.seasons, to: path)
    let reader = try NetCDFFileReader(path)
    #expect(try reader.strings("season") == ["DJF", "MAM", "JJA", "SON"])
    #expect(try reader.shape(of: "ndvi_seasonal_mean") == [4, 70, 50])
    #expect(try reader.doubles("ndvi_seasonal_mean_count") == Self.expected(4) { $0.isNaN ? 0 : $0 * 64 })
    let mean = try reader.variable("ndvi_seasonal_mean")
    #expect(mean.dimensions == ["season", "y", "x"])
    #expect(mean.attribute("ancillary_variables")?.text == "ndvi_seasonal_mean_count")
    #expect(mean.attribute("valid_range") == .floats([-1, 1]))
    #expect(try reader.variable("ndvi_seasonal_mean_count").fill == nil)
  }

  @Test @NetCDFThread func `seasons have the days they come from as bounds, and none without dates`() throws {
    let folder = try LocalFiles.makeTemporaryDirectory()
    defer { _ = try? LocalFiles.removeTree(folder) }
    let path = folder + "/season.nc"
    var seasons = CFSamples.seasons
    let bounds = CalendarDate(daysSince1970: 18_628)..<CalendarDate(daysSince1970: 18_638)
    seasons.axis = .climatology(
      .season,
      Season.allCases.map { PeriodLayer(label: $0.label, bounds: $0 == .winter ? bounds : nil, dates: []) })
    try CFSamples.write(seasons, to: path)
    let reader = try NetCDFFileReader(path)
    let time = try reader.variable("time")
    #expect(time.dimensions == ["season"] && time.attribute("climatology")?.text == "climatology_bounds")
    let edges = try reader.doubles("climatology_bounds")
    #expect(edges[0...1] == [18_628, 18_638] && edges[2...].allSatisfy(\.isNaN))
    #expect(try reader.doubles("time")[0] == 18_628)
    #expect(try reader.variable("ndvi_seasonal_mean").attribute("coordinates")?.text == "time")
  }

  @Test @NetCDFThread func `dekads of the year are numbered, with the days they come from as bounds`() throws
  {
    let folder = try LocalFiles.makeTemporaryDirectory()
    defer { _ = try? LocalFiles.removeTree(folder) }
    let path = folder + "/dekads.nc"
    var dekads = CFSamples.seasons
    let days = [18_628, 18_638].map { CalendarDate(daysSince1970: $0) }
    dekads.axis = .climatology(.dekad, Period.dekadOfYear.layers(of: days))
    try CFSamples.write(dekads, to: path)
    let reader = try NetCDFFileReader(path)
    #expect(try reader.doubles("dekad") == (1...36).map(Double.init))
    #expect(try reader.variable("ndvi_seasonal_mean").dimensions == ["dekad", "y", "x"])
    let time = try reader.variable("time")
    #expect(time.dimensions == ["dekad"] && time.attribute("climatology")?.text == "climatology_bounds")
    // 1 and 11 January 2021.
    #expect(try reader.doubles("climatology_bounds")[0...3] == [18_628, 18_629, 18_638, 18_639])
  }

  @Test @NetCDFThread func `flags have the type of their variable`() throws {
    let folder = try LocalFiles.makeTemporaryDirectory()
    defer { _ = try? LocalFiles.removeTree(folder) }
    let path = folder + "/mask.nc"
    try CFSamples.write(CFSamples.mask, to: path)
    let reader = try NetCDFFileReader(path)
    let mask = try reader.variable("mask")
    #expect(mask.dimensions == ["y", "x"])
    #expect(mask.chunk == [32, 32] && mask.deflateLevel == 1 && !mask.shuffle)
    #expect(mask.fill == .uint8s([255]))
    #expect(mask.attribute("flag_values") == .uint8s([0, 1]))
    #expect(mask.attribute("flag_meanings")?.text == "rejected kept")
    #expect(mask.attribute("units") == nil)
    #expect(try reader.doubles("mask") == Self.expected(1) { $0.isNaN ? 255 : $0 < 0.5 ? 0 : 1 })
  }

  @Test @NetCDFThread func `periods stand at their starts, with bounds and labels`() throws {
    let folder = try LocalFiles.makeTemporaryDirectory()
    defer { _ = try? LocalFiles.removeTree(folder) }
    let path = folder + "/months.nc"
    var months = CFSamples.seasons
    let first = CalendarDate(daysSince1970: 18_628)
    months.axis = .periods(Period.month.layers(of: [], within: first...first.advanced(by: 100)))
    try CFSamples.write(months, to: path)
    let reader = try NetCDFFileReader(path)
    #expect(try reader.strings("label") == ["2021-01", "2021-02", "2021-03", "2021-04"])
    #expect(try reader.doubles("time") == [18_628, 18_659, 18_687, 18_718])
    #expect(
      try reader.doubles("time_bnds") == [18_628, 18_659, 18_659, 18_687, 18_687, 18_718, 18_718, 18_748])
    #expect(try reader.variable("time").attribute("bounds")?.text == "time_bnds")
    let mean = try reader.variable("ndvi_seasonal_mean")
    #expect(mean.dimensions == ["time", "y", "x"] && mean.attribute("coordinates")?.text == "label")
  }

  @Test @NetCDFThread func `a layer of all dates has no dimension of time, and bounds`() throws {
    let folder = try LocalFiles.makeTemporaryDirectory()
    defer { _ = try? LocalFiles.removeTree(folder) }
    let path = folder + "/all.nc"
    var all = CFSamples.seasons
    let first = CalendarDate(daysSince1970: 18_628)
    all.axis = .none(Period.all.layers(of: [], within: first...first.advanced(by: 364)).first)
    try CFSamples.write(all, to: path)
    let reader = try NetCDFFileReader(path)
    #expect(try reader.variable("ndvi_seasonal_mean").dimensions == ["y", "x"])
    #expect(try reader.variable("time").dimensions.isEmpty)
    #expect(try reader.doubles("time_bnds") == [18_628, 18_993])
    #expect(try reader.variable("ndvi_seasonal_mean").attribute("coordinates")?.text == "time")
  }

  @Test func `coordinates are the pixel centres, north first`() throws {
    let definition = try CFSamples.mask.makeDefinition()
    let y = try #require(definition.variables.first { $0.name == "y" })
    let x = try #require(definition.variables.first { $0.name == "x" })
    #expect(y.values == .numbers((0..<70).map { 6_099_990 - 30 * Double($0) }))
    #expect(x.values == .numbers((0..<50).map { 300_030 + 30 * Double($0) }))
    #expect(y.attribute("standard_name")?.text == "projection_y_coordinate")
    let crs = try #require(definition.variables.first { $0.name == "crs" })
    #expect(crs.attribute("GeoTransform")?.text == "300015 30 0 6100005 0 -30")
    #expect(crs.attribute("spatial_ref")?.text == CFSamples.wkt)
  }

  @Test func `a geographic grid keeps the names y and x and says what they are`() throws {
    var dataset = CFSamples.mask
    dataset.gridMapping = GridMapping(
      attributes: [FileAttribute("grid_mapping_name", "latitude_longitude")],
      crsWKT: "GEOGCS[…]",
      isGeographic: true
    )
    dataset.grid = Grid(
      crs: CoordinateReference(wkt: "", authorityCode: "EPSG:4326", isGeographic: true),
      transform: AffineTransform(originX: -71.2, originY: -35.2, pixelWidth: 0.1, pixelHeight: -0.1),
      width: 50,
      height: 70
    )
    let definition = try dataset.makeDefinition()
    let y = try #require(definition.variables.first { $0.name == "y" })
    #expect(y.attribute("standard_name")?.text == "latitude" && y.attribute("units")?.text == "degrees_north")
    let crs = try #require(definition.variables.first { $0.name == "crs" })
    #expect(crs.attribute("GeoTransform")?.text == "-71.2 0.1 0 -35.2 0 -0.1")
  }

  @Test func `what does not fit is refused by name`() throws {
    var rotated = CFSamples.mask
    rotated.grid = Grid(
      crs: rotated.grid.crs,
      transform: AffineTransform(gdal: [0, 30, 1, 0, 1, -30]),
      width: 50,
      height: 70
    )
    #expect(throws: NetCDFError.self) { _ = try rotated.makeDefinition() }
    var unfit = CFSamples.mask
    unfit.variables[0].fill = 256
    let error = #expect(throws: NetCDFError.self) { _ = try unfit.makeDefinition() }
    #expect(error?.variable == "mask" && error?.attribute == "_FillValue")
    unfit.variables[0].fill = 255
    unfit.variables[0].flags = CFVariable.Flags(meanings: ["a"], masks: [-1])
    #expect(throws: NetCDFError.self) { _ = try unfit.makeDefinition() }
  }

  @Test(arguments: [
    ("2021-01-01T00:00:00Z", "PT0S"), ("2021-01-01T00:00:01.9Z", "PT1S"), ("2021-01-02T00:00:00Z", "P1D"),
    ("2021-12-31T02:03:04Z", "P364DT2H3M4S"), ("2021-01-01T05:00:00Z", "PT5H"),
  ])
  func `the duration of a coverage is ISO 8601`(end: String, duration: String) throws {
    var dataset = CFSamples.mask
    dataset.description.timeCoverage = CFSamples.instant("2021-01-01")...CFSamples.instant(end)
    let attributes = try dataset.makeDefinition().globalAttributes
    #expect(attributes.first { $0.name == "time_coverage_duration" }?.value == .text(duration))
  }

  @Test func `what is not known is not claimed`() throws {
    var dataset = CFSamples.mask
    dataset.description = DatasetDescription(title: "a", summary: "b")
    let names = try dataset.makeDefinition().globalAttributes.map(\.name)
    #expect(names == ["Conventions", "title", "summary", "standard_name_vocabulary", "cdm_data_type"])
  }
}
