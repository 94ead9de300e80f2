import JSON
import Storage
import TestSupport
import Testing

/// What the STAC items of NetCDF files offer to GDAL: of a file of several variables or layers a raster each.
@Suite struct StacRasterTests {
  private func run(_ bench: CommandBench, layout: String = "per_variable", formats: String = #"["netcdf"]"#)
    async throws -> String
  {
    try LocalFiles.writeAtomically(
      bench.folder + "/c.json",
      text: """
        { "pipeline": "p", "area": "native", "dates": { "start": "2021-01-01", "end": "2021-12-31" },
          "output": { "location": "out", "formats": \(formats), "layout": "\(layout)" },
          "sequences": [{ "name": "s", "modules": [
            { "module": "download", "source": "archive/items.json", "collection": "landsat-c2-l2" },
            { "module": "cloud_mask", "reject": ["fill", "cloud"], "save": true },
            { "module": "ndvi", "save": true, "encoding": { "type": "int16", "scale": 0.0001 } },
            { "module": "seasonal_mean", "of": "ndvi" }] }] }
        """)
    let result = try await bench.run("run", "c.json", "--progress", "none")
    #expect(result.status == 0, "\(result.errors)")
    return bench.folder + "/out"
  }

  /// What GDAL says of a raster: its size, its place, and of a band type, missing value, scale and a sum of all pixels.
  private func told(_ path: String, band: Int = 0) async throws -> [JSONValue?] {
    let text = try await Program(["gdalinfo", "-json", "-checksum", path]).output()
    let file = try JSONParser.parse(Array(text.utf8)).plain
    let told = try #require(file["bands"]?.array)[band]
    return [
      file["size"], file["geoTransform"],
      file["coordinateSystem"]?["wkt"]?.string.map { .bool($0.contains("32719")) },
      // Counts have no missing value; of one that nobody wrote GDAL says netCDF's own for 32 bits.
      told["type"], told["type"] == "Int32" ? nil : told["noDataValue"], told["scale"], told["offset"],
      told["checksum"],
    ]
  }

  @Test func `layers of reductions are rasters of their own, also where the run was moved to`() async throws {
    let bench = try await CommandBench()
    let run = try await run(bench)
    let moved = bench.folder + "/moved"
    try await Program(["mv", run, moved]).output()
    let item = try bench.json("moved/stac/s/ndvi_seasonal_mean.json").plain
    let assets = try #require(item["assets"]?.object)
    var sums: Set<JSONValue> = []
    for variable in ["ndvi_seasonal_mean", "ndvi_seasonal_mean_count"] {
      for (place, label) in ["DJF", "MAM", "JJA", "SON"].enumerated() {
        let asset = try #require(assets["\(variable)_\(label)_vrt"], "\(assets.keys)")
        #expect(asset["href"] == .string("./\(variable)_\(label).vrt"))
        #expect(asset["proj:shape"] == [100, 150] && asset["bands"]?.array?.count == 1)
        let found = try await told("\(moved)/stac/s/\(variable)_\(label).vrt")
        let expected = try await told("NETCDF:\"\(moved)/s/ndvi_seasonal_mean.nc\":\(variable)", band: place)
        #expect(found == expected, "\(variable) \(label)")
        if let sum = found.last, let sum { sums.insert(sum) }
      }
    }
    // The layers differ, so that a wrong one would be seen.
    #expect(sums.count >= 6, "\(sums)")
    // The file itself is no raster to readers that go by the shape.
    #expect(assets["ndvi_seasonal_mean"]?["href"] == "../../s/ndvi_seasonal_mean.nc")
    #expect(assets["ndvi_seasonal_mean"]?["proj:shape"] == nil && item["properties"]?["proj:shape"] == nil)
    // In a file of one variable of one date GDAL finds it.
    let date = try bench.json("moved/stac/s/2021-03-02.json").plain
    #expect(date["properties"]?["proj:shape"] == [100, 150])
    #expect(date["assets"]?.object?.keys.contains { $0.hasSuffix("_vrt") } == false)
    let summary = try bench.json("moved/summary.json").plain
    let files = (summary["files"]?.array ?? []).compactMap { $0["file"]?.string ?? $0["path"]?.string }
    #expect(files.contains("stac/s/ndvi_seasonal_mean_DJF.vrt"), "\(files)")
  }

  @Test func `an archive has the rasters with their files, which have other names there, or neither`()
    async throws
  {
    let bench = try await CommandBench()
    let run = try await run(bench)
    for (parts, expected) in [(["--include", "netcdf"], true), ([], false)] {
      let name = expected ? "with" : "without"
      let made = try await bench.run(["download", run, "--zip", "\(name).zip"] + parts)
      #expect(made.status == 0, "\(made.errors)")
      try await Program(
        ["python3", "-m", "zipfile", "-e", "\(bench.folder)/\(name).zip", "\(bench.folder)/\(name)"]
      ).output()
      let raster = "\(bench.folder)/\(name)/stac/s/ndvi_seasonal_mean_JJA.vrt"
      #expect(LocalFiles.exists(raster) == expected)
      let item = try bench.json("\(name)/stac/s/ndvi_seasonal_mean.json").plain
      #expect((item["assets"]?["ndvi_seasonal_mean_JJA_vrt"] != nil) == expected)
      guard expected else { continue }
      #expect(
        try await told(raster)
          == told("NETCDF:\"\(run)/s/ndvi_seasonal_mean.nc\":ndvi_seasonal_mean", band: 2))
    }
  }

  @Test func `variables that share a date's file are rasters of their own`() async throws {
    let bench = try await CommandBench()
    let run = try await run(bench, layout: "per_date")
    let assets = try #require(try bench.json("out/stac/s/2021-03-02.json").plain["assets"]?.object)
    let href = try #require(assets["cloud_mask"]?["href"]?.string)
    for variable in ["cloud_mask", "ndvi"] {
      #expect(assets["\(variable)_vrt"]?["href"] == .string("./2021-03-02_\(variable).vrt"), "\(assets.keys)")
      let found = try await told("\(run)/stac/s/2021-03-02_\(variable).vrt")
      #expect(try await told("NETCDF:\"\(run)/stac/s/\(href)\":\(variable)") == found, "\(variable)")
      #expect(found[3] == (variable == "ndvi" ? "Int16" : "Byte"))
    }
  }

  @Test func `where GeoTIFFs are, these are the rasters`() async throws {
    let bench = try await CommandBench()
    let run = try await run(bench, formats: #"["netcdf", "cog"]"#)
    #expect(try LocalFiles.list(run + "/stac/s").allSatisfy { $0.hasSuffix(".json") })
    let item = try bench.json("out/stac/s/ndvi_seasonal_mean.json").plain
    #expect(item["assets"]?["ndvi_seasonal_mean_DJF_cog"]?["proj:shape"] == [100, 150])
    #expect(item["assets"]?["ndvi_seasonal_mean"]?["proj:shape"] == nil)
    #expect(item["properties"]?["proj:shape"] == nil)
  }
}
