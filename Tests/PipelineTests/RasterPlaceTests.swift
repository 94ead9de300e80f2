import GDAL
import JSON
import Raster
import Storage
import Testing

@testable import Pipeline

/// Rasters whose place, layer or numbers stand somewhere else than in a plain GeoTIFF.
@Suite struct RasterPlaceTests {
  private static let count = RasterBench.width * RasterBench.height
  private static let ramp = (0..<count).map { Double($0 + 1) }

  private func write(_ bench: RasterBench, _ name: String = "plain.tif") throws {
    try bench.write(name, Self.ramp.map { Int16($0) })
  }

  // MARK: Headers and side-car files

  @Test(
    arguments: ["ENVI .dat", "EHdr .bil", "ERS .ers", "SAGA .sdat", "HFA .img", "RST .rst", "AAIGrid .asc"],
    ["", #", "mode": "copy""#])
  func `formats with a header or place in another file are read, in place and copied`(
    _ kind: String, _ more: String
  )
    async throws
  {
    let bench = try RasterBench()
    try write(bench)
    let parts = kind.split(separator: " ").map(String.init)
    try await bench.shell("gdal_translate -q -of \(parts[0]) plain.tif red\(parts[1])")
    // Some of the formats name no coordinate system, or in words that say less.
    try bench.add("a", ["red": ("red\(parts[1])", ["proj:epsg": 32632])])
    let (layers, losses) = try await bench.run(more: more)
    #expect(isSame(layers.first, Self.ramp), "\(losses)")
  }

  @Test(arguments: ["", #", "mode": "copy""#])
  func `nodata, scale and offset of a side-car file count, and come with a copy`(_ more: String) async throws
  {
    let bench = try RasterBench()
    try write(bench, "red.tif")
    let aux = """
      <PAMDataset><PAMRasterBand band="1"><NoDataValue>5</NoDataValue><Offset>-2</Offset><Scale>0.25</Scale>
      </PAMRasterBand></PAMDataset>
      """
    try LocalFiles.writeAtomically(bench.folder + "/red.tif.aux.xml", text: aux)
    try bench.add("a", ["red": ("red.tif", [:])])
    let right = Self.ramp.map { $0 == 5 ? .nan : $0 * 0.25 - 2 }
    #expect(isSame(try await bench.run(more: more).layers.first, right))
  }

  @Test(arguments: ["tfw", "wld", "nothing", "edges"], ["", #", "mode": "copy""#])
  func `what a file does not say of its place its world file and the catalogue do`(
    _ kind: String, _ more: String
  )
    async throws
  {
    let bench = try RasterBench()
    try write(bench)
    try await bench.shell("gdal_translate -q -co PROFILE=BASELINE plain.tif red.tif && rm -f red.tif.aux.xml")
    if ["tfw", "wld"].contains(kind) {
      try LocalFiles.writeAtomically(
        "\(bench.folder)/red.\(kind)", text: "10\n0\n0\n-10\n600005\n5199995\n")
    }
    var place: JSONObject = ["proj:code": "EPSG:32632"]
    if kind == "nothing" {
      place["proj:transform"] = [10, 0, 600_000, 0, -10, 5_200_000]
      place["proj:shape"] = [8, 12]
    }
    if kind == "edges" { place["proj:bbox"] = [600_000, 5_199_920, 600_120, 5_200_000] }
    try bench.add("a", ["red": ("red.tif", place)])
    let (layers, losses) = try await bench.run(more: more)
    #expect(isSame(layers.first, Self.ramp), "\(losses)")
  }

  // MARK: Copies of what is no file

  @Test(arguments: ["a.vrt", "NETCDF:\"a.nc\":Band1"], ["", #", "copy": "area""#])
  func `virtual rasters and parts of files are copied by their pixels`(_ href: String, _ copy: String)
    async throws
  {
    let bench = try RasterBench()
    try write(bench)
    try await bench.shell(
      "gdal_translate -q -of VRT -a_scale 0.5 -a_offset 1 -a_nodata 7 plain.tif a.vrt && gdal_translate -q -of netCDF a.vrt a.nc"
    )
    try bench.add("a", ["red": (href, [:])])
    let right = Self.ramp.map { $0 == 7 ? .nan : $0 * 0.5 + 1 }
    #expect(isSame(try await bench.run(more: #", "mode": "copy"\#(copy)"#).layers.first, right))
    let area =
      #"{ "bbox": [600005, 5199925, 600115, 5199995], "bbox_crs": "EPSG:32632", "crs": "EPSG:32632", "resolution": 10 }"#
    let streamed = try await bench.run(area: area).layers
    let copied = try await bench.run(more: #", "mode": "copy"\#(copy)"#, area: area).layers
    #expect(streamed.first?.isEmpty == false && copied.first.map { isSame($0, streamed[0]) } == true)
  }

  // MARK: Layers

  /// A netCDF variable of three days and, if wanted, two levels: 100, 200, … in its layers.
  private func netCDF(_ bench: RasterBench, levels: Bool, units: String) async throws {
    let count = levels ? 6 : 3
    for layer in 1...count {
      try bench.write("l\(layer).tif", [Int16](repeating: Int16(100 * layer), count: Self.count))
    }
    let dimensions =
      levels
      ? """
      <MDI key="NETCDF_DIM_EXTRA">{time,level}</MDI><MDI key="NETCDF_DIM_level_DEF">{2,6}</MDI>
      <MDI key="NETCDF_DIM_level_VALUES">{850,500}</MDI>
      """ : #"<MDI key="NETCDF_DIM_EXTRA">{time}</MDI>"#
    let bands = (1...count).map { layer in
      "<VRTRasterBand dataType=\"Int16\" band=\"\(layer)\"><SimpleSource><SourceFilename relativeToVRT=\"1\">l\(layer).tif"
        + "</SourceFilename><SourceBand>1</SourceBand></SimpleSource></VRTRasterBand>"
    }.joined()
    let vrt = """
      <VRTDataset rasterXSize="12" rasterYSize="8"><SRS>EPSG:32632</SRS>
      <GeoTransform>600000, 10, 0, 5200000, 0, -10</GeoTransform><Metadata>\(dimensions)
      <MDI key="NETCDF_DIM_time_DEF">{3,6}</MDI><MDI key="NETCDF_DIM_time_VALUES">{18748,18749,18750}</MDI>
      <MDI key="time#units">\(units)</MDI></Metadata>\(bands)</VRTDataset>
      """
    try LocalFiles.writeAtomically(bench.folder + "/cube.vrt", text: vrt)
    try await bench.shell("gdal_translate -q -of netCDF -co FORMAT=NC4 cube.vrt cube.nc")
  }

  @Test(arguments: [("2021-05-01", 100.0), ("2021-05-02", 200), ("2021-05-03", 300)])
  func `of a variable with several days the item's is read`(_ day: String, _ value: Double) async throws {
    let bench = try RasterBench()
    try await netCDF(bench, levels: false, units: "days since 1970-01-01 00:00:00")
    try bench.add("a", day: day, ["red": ("cube.nc", [:])])
    for more in ["", #", "mode": "copy""#] {
      let (layers, losses) = try await bench.run(more: more)
      #expect(isSame(layers.first, [Double](repeating: value, count: Self.count)), "\(more) \(losses)")
    }
  }

  @Test(
    arguments: [
      ("2021-06-01", false, "days since 1970-01-01", "none of the 3 layers"),
      ("2021-05-02", true, "days since 1970-01-01", "2 of the 6 layers"),
      ("2021-05-02", false, "months since 1970-01-01", "which one is meant is not known"),
    ])
  func `where the day does not tell one layer none is taken`(
    _ day: String, _ levels: Bool, _ units: String, _ words: String
  ) async throws {
    let bench = try RasterBench()
    try await netCDF(bench, levels: levels, units: units)
    try bench.add("a", day: day, ["red": ("cube.nc", [:])])
    let losses = try await bench.run().losses
    #expect(losses.count == 1 && losses[0].contains(words), "\(losses)")
  }

  @Test func `a catalogue that lists a file's layers as bands says which is meant`() async throws {
    let bench = try RasterBench()
    try await netCDF(bench, levels: true, units: "days since 1970-01-01")
    let names = ["a", "b", "c", "red", "e", "f"].map { JSONValue.object(["name": .string($0)]) }
    try bench.add("a", ["cube": ("cube.nc", ["bands": .array(names)])])
    #expect(isSame(try await bench.run().layers.first, [Double](repeating: 400, count: Self.count)))
  }

  @Test(arguments: ["", #", "mode": "copy""#, #", "mode": "copy", "copy": "area""#])
  func `a level in the config says which layer of a day is meant`(_ more: String) async throws {
    let bench = try RasterBench()
    try await netCDF(bench, levels: true, units: "days since 1970-01-01")
    try bench.add("a", day: "2021-05-02", ["red": ("cube.nc", [:])])
    for (level, value) in [(850, 300.0), (500, 400)] {
      // Another level in the same run is computed, and nothing of the first is kept.
      let chosen = try await bench.run(
        more: more + #", "overrides": { "red": { "level": \#(level) } }"#, output: "run")
      #expect(isSame(chosen.layers.first, [Double](repeating: value, count: Self.count)), "\(chosen.losses)")
    }
    let none = try await bench.run(more: more + #", "overrides": { "*": { "level": 7 } }"#).losses
    #expect(none.count == 1 && none[0].contains("level 7"), "\(none)")
  }

  // MARK: Wide numbers

  @Test(arguments: ["Int32", "UInt32", "Float64", "Int64", "UInt64"])
  func `wide numbers are scaled before they become Float`(_ type: String) async throws {
    let bench = try RasterBench()
    try bench.write("plain.tif", Self.ramp.map { 1_000_000_000 + $0 })
    try await bench.shell("gdal_translate -q -ot \(type) -a_nodata 1000000007 plain.tif red.tif")
    try bench.add("a", ["red": ("red.tif", RasterBench.band(nil, scale: 0.001, offset: -1_000_000))])
    let right = Self.ramp.map { $0 == 7 ? .nan : Double(Float($0 * 0.001)) }
    for more in ["", #", "mode": "copy", "copy": "area""#] {
      let values = try #require(try await bench.run(more: more).layers.first)
      // One in a thousand millions is what Double keeps of such sums.
      #expect(zip(values, right).allSatisfy { $0.isNaN ? $1.isNaN : abs($0 - $1) < 2e-7 }, "\(more)")
    }
  }

  @Test(arguments: [("Int64", "9007199254740993"), ("UInt64", "18446744073709551615")])
  func `integers that Double does not hold are a loss with a name, but for nodata`(
    _ type: String, _ number: String
  )
    async throws
  {
    let bench = try RasterBench()
    try await bench.shell(
      """
      printf 'ncols 12\\nnrows 8\\nxllcorner 600000\\nyllcorner 5199920\\ncellsize 10\\n' > a.asc
      for row in 1 2 3 4 5 6 7 8; do echo '1 2 3 4 5 6 7 8 9 10 11 12' >> a.asc; done
      gdal_translate -q -ot \(type) -a_srs EPSG:32632 -co COMPRESS=NONE a.asc red.tif
      """)
    // The first sample becomes the number: the rasters are plain, their samples at the end of the file.
    var bytes = try LocalFiles.readAll(bench.folder + "/red.tif")
    let value = try #require(UInt64(number))
    let first = try #require(
      bytes.indices.dropLast(16).first { place in
        bytes[place..<(place + 16)] == [1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0]
      })
    for byte in 0..<8 { bytes[first + byte] = UInt8(truncatingIfNeeded: value >> (8 * UInt64(byte))) }
    try LocalFiles.writeAtomically(bench.folder + "/red.tif", bytes)
    try bench.add("a", ["red": ("red.tif", [:])])
    let losses = try await bench.run().losses
    #expect(losses.count == 1 && losses[0].contains("\(number) is among its \(type.lowercased()) numbers"))
    guard type == "UInt64" else { return }
    let layers = try await bench.run(more: #", "overrides": { "red": { "nodata": \#(number) } }"#).layers
    let right = (0..<Self.count).map { $0 == 0 ? .nan : Double($0 % 12 + 1) }
    #expect(isSame(layers.first, right))
  }

  // MARK: Quality layers

  @Test(arguments: ["UInt32", "Int32", "Float32", "Int64"])
  func `bits up to 31 reject, in integers and in floating-point numbers`(_ type: String) async throws {
    let bench = try RasterBench()
    try write(bench, "red.tif")
    // Bit 30 in every third pixel, bit 17 in the next.
    try bench.write(
      "plain.tif",
      Self.ramp.map { Int($0) % 3 == 0 ? Double(1 << 30) : Int($0) % 3 == 1 ? Double(1 << 17) : 8 })
    try await bench.shell("gdal_translate -q -ot \(type) plain.tif qa.tif")
    try bench.add("a", ["red": ("red.tif", [:]), "qa": ("qa.tif", [:])])
    for (rule, isRejected) in [
      (#""reject_bits": [30]"#, { $0 % 3 == 0 }), (#""reject_bits": [17, 2]"#, { $0 % 3 == 1 }),
      (#""require_bits": [3]"#, { $0 % 3 != 2 }), (#""reject_values": [1073741824, 8]"#, { $0 % 3 != 1 }),
    ] as [(String, (Int) -> Bool)] {
      let mask = #", { "module": "cloud_mask", "band": "qa", \#(rule), "save": true }"#
      let (layers, losses) = try await bench.run(modules: mask, variable: "cloud_mask")
      #expect(isSame(layers.first, Self.ramp.map { isRejected(Int($0)) ? 1 : 0 }), "\(rule) \(losses)")
    }
  }

  @Test(arguments: ["", #", "mode": "copy""#, #", "mode": "copy", "copy": "area""#])
  func `where a quality layer is left out by its mask nothing is known, and the pixel is rejected`(
    _ more: String
  ) async throws {
    let bench = try RasterBench()
    try write(bench, "red.tif")
    try bench.write("q.tif", [UInt8](repeating: 4, count: Self.count))
    try bench.write("m.tif", Self.ramp.map { UInt8($0 == 9 ? 0 : 255) })
    try await bench.shell(
      """
      gdalbuildvrt -q -separate two.vrt q.tif m.tif
      gdal_translate -q --config GDAL_TIFF_INTERNAL_MASK YES -b 1 -mask 2 two.vrt qa.tif
      """)
    try bench.add("a", ["red": ("red.tif", [:]), "qa": ("qa.tif", [:])])
    let mask = #", { "module": "cloud_mask", "band": "qa", "reject_bits": [0], "save": true }"#
    let (layers, losses) = try await bench.run(more: more, modules: mask, variable: "cloud_mask")
    #expect(isSame(layers.first, Self.ramp.map { $0 == 9 ? 255 : 0 }), "\(losses)")
    // And what follows is missing there.
    let copied = mask + #", { "module": "expression", "as": "same", "formula": "red + 0", "save": true }"#
    let (values, _) = try await bench.run(more: more, modules: copied, variable: "same")
    #expect(isSame(values.first, Self.ramp.map { $0 == 9 ? .nan : $0 }))
  }
}
