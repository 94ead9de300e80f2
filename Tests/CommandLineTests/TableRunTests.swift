import Foundation
import JSON
import NetCDF
import Storage
import TestSupport
import Testing

/// Tables at points and polygons, and rasters without a date, as a user runs them.
@Suite struct TableRunTests {
  @NetCDFThread
  private static func values(_ path: String, _ variable: String) throws -> [Double] {
    let reader = try NetCDFFileReader(path)
    defer { try? reader.close() }
    return try reader.doubles(variable)
  }

  @NetCDFThread
  private static func texts(_ path: String, _ variable: String) throws -> [String] {
    let reader = try NetCDFFileReader(path)
    defer { try? reader.close() }
    return try reader.strings(variable)
  }

  private static let sample = """
    { "module": "sample", "of": "ndvi", "features": "fields.geojson", "properties": ["crop"], "as": "fields" }
    """

  @Test func `rows are the statistics of the pixels that files have, whatever the chunks`() async throws {
    let bench = try await CommandBench()
    try bench.writeFields()
    var texts: [String] = []
    for chunk in [32, 100] {
      try bench.writeTables(chunk: chunk, modules: Self.sample)
      let result = try await bench.run([
        "run", "tables.json", "--progress", "none", "--output", "out\(chunk)",
      ])
      #expect(result.status == 0, "\(result.errors)")
      texts.append(try String(contentsOfFile: bench.folder + "/out\(chunk)/s/fields.csv", encoding: .utf8))
    }
    #expect(texts[0] == texts[1])
    let lines = texts[0].split(separator: "\n").map(String.init)
    #expect(
      lines[0]
        == "id,crop,longitude,latitude,date,ndvi_count,ndvi_mean,ndvi_std,ndvi_min,ndvi_max")
    let folder = bench.folder + "/out32/s"
    let dates = try LocalFiles.list(folder + "/ndvi").sorted()
    #expect(lines.count == 1 + 3 * dates.count)
    let (width, means) = (try bench.grid().width, try await Self.values(folder + "/fields.nc", "ndvi_mean"))
    for (field, box) in [(3, 2, 10, 5), (30, 20, 50, 40)].enumerated() {
      for (index, date) in dates.enumerated() {
        let pixels = try await Self.values(folder + "/ndvi/" + date, "ndvi")
        var valid: [Double] = []
        for row in box.1..<box.3 {
          for column in box.0..<box.2 where !pixels[row * width + column].isNaN {
            valid.append(pixels[row * width + column])
          }
        }
        let line = lines[1 + field * dates.count + index]
        #expect(line.hasPrefix("field \(field),\"wheat, winter\","))
        let fields = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        #expect(Double(fields[6]) == Double(valid.count))
        if valid.isEmpty {
          #expect(fields[7] == "" && means[field * dates.count + index].isNaN)
        } else {
          let mean = valid.reduce(0, +) / Double(valid.count)
          #expect(abs((Double(fields[7]) ?? .nan) - mean) < 1e-9)
          #expect(abs(means[field * dates.count + index] - mean) < 1e-9)
          #expect(Double(fields[9]) == valid.min() && Double(fields[10]) == valid.max())
        }
      }
    }
    // Outside the area there are no pixels.
    #expect(lines.last.map { $0.hasPrefix("field 2,") && $0.hasSuffix(",0.0,,,,") } == true)
  }

  @Test func `tables of parts that several processes compute are those of one`() async throws {
    let bench = try await CommandBench()
    try bench.writeFields()
    try bench.writeTables(
      chunk: 32,
      modules: Self.sample + """
        , { "module": "composite", "of": "ndvi", "period": "month", "statistic": "max", "as": "best" },
        { "module": "sample", "of": "best", "features": "fields.geojson", "as": "months" }
        """)
    #expect(
      try await bench.run("run", "tables.json", "--progress", "none", "--output", "whole").status == 0)
    #expect(try await bench.run("run", "tables.json", "--plan-only", "--output", "out").status == 0)
    for shard in ["2/3", "0/3", "1/3", "0/3"] {
      #expect(try await bench.run("work", "out", "--shard", shard).status == 0)
    }
    #expect(try await bench.run("work", "out", "--publish").status == 0)
    for name in ["fields.csv", "months.csv"] {
      let rows = try LocalFiles.readAll(bench.folder + "/out/s/" + name)
      let truth = try LocalFiles.readAll(bench.folder + "/whole/s/" + name)
      #expect(rows.count > 200 && rows == truth, "\(name)")
    }
  }

  @Test func `tables are in the summary and in the archive, and a finished run makes none anew`() async throws
  {
    let bench = try await CommandBench()
    try bench.writeFields()
    try bench.writeTables(chunk: 64, modules: Self.sample)
    let arguments = ["run", "tables.json", "--progress", "none", "--output", "out"]
    #expect(try await bench.run(arguments).status == 0)
    let summary = try JSONParser.parse(LocalFiles.readAll(bench.folder + "/out/summary.json"))
    let table = try #require(summary["sequences"]?.array?.first?["tables"]?.array?.first)
    #expect(table["name"]?.string == "fields")
    #expect(table["rows"]?.array?.first?["id"]?.string == "field 0")
    #expect(
      summary["files"]?.array?.filter { $0["kind"]?.string == "table" }.compactMap { $0["path"]?.string }
        == ["s/fields.csv", "s/fields.nc"])
    let before = try LocalFiles.readAll(bench.folder + "/out/s/fields.nc")
    #expect(try await bench.run(arguments).status == 0)
    #expect(try LocalFiles.readAll(bench.folder + "/out/s/fields.nc") == before)
    let zipped = try await bench.run(["download", "out", "--zip", "results.zip"])
    #expect(zipped.status == 0, "\(zipped.errors)")
    let listed = try await Program(["unzip", "-l", "results.zip"], in: bench.folder).output()
    #expect(listed.contains("s/fields.csv"))
  }

  @Test func `attributes never have the name of another column`() async throws {
    let bench = try await CommandBench()
    try bench.writeFields()
    let text = String(decoding: try LocalFiles.readAll(bench.folder + "/fields.geojson"), as: UTF8.self)
    try LocalFiles.writeAtomically(
      bench.folder + "/fields.geojson",
      text: text.replacing(
        "\"crop\":", with: "\"date\": \"sown in May\", \"ndvi_mean\": 7, \"a/b\": \"c\", \"crop\":"))
    try bench.writeTables(
      chunk: 64,
      modules: """
        { "module": "sample", "of": "ndvi", "features": "fields.geojson", "statistics": ["mean"],
          "properties": ["id", "date", "ndvi_mean", "a/b", "crop"], "as": "fields" }
        """)
    let result = try await bench.run(["run", "tables.json", "--progress", "none", "--output", "out"])
    #expect(result.status == 0, "\(result.errors)")
    let rows = String(decoding: try LocalFiles.readAll(bench.folder + "/out/s/fields.csv"), as: UTF8.self)
      .split(separator: "\n")
    #expect(
      rows[0]
        == "id,attribute_id,attribute_date,attribute_ndvi_mean,a_b,crop,longitude,latitude,date,ndvi_mean")
    #expect(rows[1].hasPrefix("field 0,field 0,sown in May,7,c,\"wheat, winter\","))
    #expect(try await Self.texts(bench.folder + "/out/s/fields.nc", "attribute_date")[0] == "sown in May")
  }

  @Test func `a GeoPackage and a Shapefile give the table of the GeoJSON they were made of`() async throws {
    let bench = try await CommandBench()
    try bench.writeFields()
    // In degrees, in a file with another layer before it; and in the attribute names of ten letters of a Shapefile.
    for words in [
      ["-nln", "first", "fields.gpkg", "fields.geojson"],
      ["-update", "-nln", "parcels", "fields.gpkg", "fields.geojson"], ["fields.shp", "fields.geojson"],
    ] { try await Program(["ogr2ogr"] + words, in: bench.folder).output() }
    let own = #""of": "ndvi", "properties": ["crop"], "statistics": ["count", "mean", "p10"]"#
    try bench.writeTables(
      chunk: 64,
      modules: """
        { "module": "sample", "features": "fields.geojson", \(own), "as": "geojson" },
        { "module": "sample", "features": "fields.gpkg", "layer": "parcels", \(own), "as": "gpkg" },
        { "module": "sample", "features": "fields.shp", \(own), "as": "shp" }
        """)
    let result = try await bench.run(["run", "tables.json", "--progress", "none", "--output", "out"])
    #expect(result.status == 0, "\(result.errors)")
    let rows = try LocalFiles.readAll(bench.folder + "/out/s/geojson.csv")
    #expect(String(decoding: rows, as: UTF8.self).contains("field 1,\"wheat, winter\""))
    for name in ["gpkg", "shp"] {
      #expect(try LocalFiles.readAll(bench.folder + "/out/s/\(name).csv") == rows, "\(name)")
    }
  }

  @Test func `polygons far beyond the grid's coordinate system are cut off around it`() async throws {
    let bench = try await CommandBench()
    func polygon(_ name: String, _ corners: String) -> String {
      #"{"type": "Feature", "properties": {"id": "\#(name)"}, "geometry": {"type": "Polygon", "coordinates": [[\#(corners)]]}}"#
    }
    try LocalFiles.writeAtomically(
      bench.folder + "/globe.geojson",
      text: #"{"type": "FeatureCollection", "features": ["#
        + polygon("globe", "[-180,-90],[180,-90],[180,90],[-180,90],[-180,-90]") + ","
        + polygon("north", "[-180,0],[180,0],[180,90],[-180,90],[-180,0]") + "]}")
    try bench.writeTables(
      chunk: 64,
      modules: """
        { "module": "sample", "of": "ndvi", "features": "globe.geojson", "statistics": ["count", "mean"], "as": "all" }
        """)
    let result = try await bench.run(["run", "tables.json", "--progress", "none", "--output", "out"])
    #expect(result.status == 0, "\(result.errors)")
    let rows = String(decoding: try LocalFiles.readAll(bench.folder + "/out/s/all.csv"), as: UTF8.self)
      .split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    for row in rows.dropFirst() {
      let date = try #require(row.first { $0.hasPrefix("2021-") })
      let values = try await Self.values("\(bench.folder)/out/s/ndvi/\(date).nc", "ndvi").filter { !$0.isNaN }
      let count = try #require(Double(row[row.count - 2]))
      #expect(count == (row[0] == "globe" ? Double(values.count) : 0), "\(row)")
      guard row[0] == "globe", !values.isEmpty else { continue }
      let mean = try #require(row.last.flatMap { Double($0) })
      #expect(abs(mean - values.reduce(0, +) / Double(values.count)) < 1e-12)
    }
    #expect(rows.contains { $0[0] == "globe" && $0[$0.count - 2] != "0.0" })
  }

  @Test func `points have the values of their pixels`() async throws {
    let bench = try await CommandBench()
    try bench.writeTables(
      chunk: 64,
      modules: """
        { "module": "composite", "of": "ndvi", "period": "all", "statistic": "max", "as": "best" },
        { "module": "sample", "of": "best", "points": [[-71.19, -35.2], [-71.18, -35.195], [-71.17, -35.205], {"id": "B", "lon": 0, "lat": 0}], "as": "spots" }
        """)
    let result = try await bench.run(["run", "tables.json", "--progress", "none", "--output", "out"])
    #expect(result.status == 0, "\(result.errors)")
    let lines = try String(contentsOfFile: bench.folder + "/out/s/spots.csv", encoding: .utf8).split(
      separator: "\n")
    #expect(lines[0] == "id,longitude,latitude,period,best")
    #expect(lines.count == 5)
    let values = lines[1...3].compactMap { $0.split(separator: ",").last.flatMap { Double($0) } }
    #expect(!values.isEmpty)
    let known = Set(try await Self.values(bench.folder + "/out/s/best.nc", "best"))
    #expect(values.allSatisfy(known.contains))
    #expect(lines[4].hasSuffix("all,"))
  }

  @Test func `a raster without a date goes with dates and with layers`() async throws {
    let bench = try await CommandBench()
    let file = try bench.anyBand()
    try bench.writeTables(
      chunk: 64,
      modules: """
        { "module": "layer", "file": "\(file)", "scale": 2, "offset": 1, "as": "dem", "save": true },
        { "module": "expression", "formula": "ndvi * 0 + dem", "as": "dated", "save": true },
        { "module": "composite", "of": "ndvi", "period": "all", "statistic": "mean", "as": "mean" },
        { "module": "expression", "formula": "mean * 0 + dem", "as": "layered" }
        """)
    let result = try await bench.run(["run", "tables.json", "--progress", "none", "--output", "out"])
    #expect(result.status == 0, "\(result.errors)")
    let dem = try await Self.values(bench.folder + "/out/s/dem.nc", "dem")
    let layered = try await Self.values(bench.folder + "/out/s/layered.nc", "layered")
    #expect(dem.contains { !$0.isNaN })
    let mean = try await Self.values(bench.folder + "/out/s/mean.nc", "mean")
    for pixel in dem.indices where !mean[pixel].isNaN && !dem[pixel].isNaN {
      #expect(layered[pixel] == dem[pixel])
    }
    #expect(zip(layered, zip(mean, dem)).allSatisfy { $0.isNaN == ($1.0.isNaN || $1.1.isNaN) })
  }
}
