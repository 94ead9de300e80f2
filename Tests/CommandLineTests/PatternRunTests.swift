import Foundation
import JSON
import Storage
import TestSupport
import Testing

/// Vegetation patterns from simulated scenes to pyveg's summary, as a user runs them.
@Suite struct PatternRunTests {
  private static let archive = Task {
    let folder = try makeSharedFolder()
    try await Program(
      [
        Project.apus, "simulate", "archive", "--dates", "8", "--size", "130x110", "--tile", "32", "--quiet",
        "--bands", "red,green,blue,nir08,qa_pixel", "--pattern", "labyrinths", "--weather", "--coverage",
        "whole",
        "--end", "2021-04-30", "--truth", "none",
      ], in: folder
    ).output()
    return folder + "/archive"
  }

  /// - Parameter image: members of the module that makes pictures.
  private func write(_ folder: String, chunk: Int, threads: Int, image: String = "") throws {
    let text = """
      { "pipeline": "patterns", "area": "native", "dates": { "start": "2021-01-01", "end": "2021-05-15" },
        "output": { "location": "out" }, "resources": { "threads": \(threads), "chunk": \(chunk) },
        "sequences": [
          { "name": "landsat", "modules": [
            { "module": "download", "source": "archive/items.json", "collection": "landsat-c2-l2" },
            { "module": "composite", "of": ["red", "green", "blue", "nir08"], "statistic": "median", "period": "1m",
              "as": "m", "save": false },
            { "module": "ndvi", "bands": { "red": "m_red", "nir": "m_nir08" }, "as": "m_ndvi", "save": true },
            { "module": "vegetation_image" \(image) }, { "module": "network_centrality" }, { "module": "ndvi_statistics" },
            { "module": "weather", "source": "archive/weather.nc", "period": "1m", "save": true, "variables": [
              { "name": "tp", "as": "total_precipitation", "reduce": "sum", "per": "month_mean" },
              { "name": "t2m", "as": "mean_2m_air_temperature" } ] } ] },
          { "name": "report", "depends_on": ["landsat"], "modules": [
            { "module": "combine", "metadata": { "pattern_type": "labyrinths" } }, { "module": "resilience" } ] } ] }
      """
    try LocalFiles.writeAtomically(folder + "/patterns.json", text: text)
  }

  private func run(_ folder: String, _ arguments: String...) async throws -> ProgramResult {
    try await Program([Project.apus] + arguments, in: folder).run()
  }

  @Test
  func `tables of periods are the same where tasks compute the periods, and a module of theirs elsewhere`()
    async throws
  {
    let root = try TemporaryFolder()
    let folder = root.path
    try FileManager.default.copyItem(atPath: try await Self.archive.value, toPath: folder + "/archive")
    try write(folder, chunk: 48, threads: 2)
    let local = try await run(folder, "run", "patterns.json", "--progress", "none", "--output", "local")
    #expect(local.status == 0, "\(local.errors)")
    try write(folder, chunk: 48, threads: 1, image: #", "run_mode": "slurm""#)
    let graph = try await run(folder, "run", "patterns.json", "--submit-only-print")
    #expect(graph.output.contains("#   layers (1 task): after the end of shards\n"), "\(graph)")
    // Looking at the jobs leaves nothing behind.
    #expect(!LocalFiles.exists(folder + "/out"))
    let planned = try await run(folder, "run", "patterns.json", "--plan-only", "--progress", "none")
    #expect(planned.status == 0, "\(planned)")
    for words in [
      ["--shard", "1/2"], ["--shard", "0/2"], ["--stage", "1", "--shard", "0/2"],
      ["--stage", "1", "--shard", "1/2"], ["--publish"],
    ] {
      let result = try await Program([Project.apus, "work", "out"] + words, in: folder).run()
      #expect(result.status == 0 && !result.output.contains(": 0 cells computed"), "\(result)")
    }
    var files = ["results_summary.json", "resilience.json", "resilience.csv"]
    for table in ["vegetation_image", "network_centrality", "ndvi_statistics", "weather"] {
      files.append("landsat/\(table).csv")
      let pictures = try? LocalFiles.list("\(folder)/local/landsat/\(table)")
      files += (pictures ?? []).map { "landsat/\(table)/\($0)" }
    }
    #expect(files.count > 20)
    for path in files {
      #expect(
        try LocalFiles.readAll("\(folder)/out/\(path)") == LocalFiles.readAll("\(folder)/local/\(path)"),
        "\(path)")
    }
  }

  @Test func `pictures, tables, weather and pyveg's summary do not depend on chunks or threads`() async throws
  {
    let root = try TemporaryFolder()
    let folder = root.path
    try FileManager.default.copyItem(atPath: try await Self.archive.value, toPath: folder + "/archive")
    try write(folder, chunk: 48, threads: 2)
    let first = try await run(folder, "run", "patterns.json", "--progress", "none")
    #expect(first.status == 0, "\(first.errors)")
    try write(folder, chunk: 130, threads: 1)
    let second = try await run(folder, "run", "patterns.json", "--progress", "none", "--output", "other")
    #expect(second.status == 0, "\(second.errors)")
    // May is not whole and has no period. The weather ends with April.
    let pictures = ["2021-01-16", "2021-02-15", "2021-03-16", "2021-04-16"].flatMap { date in
      ["RGB", "NDVI", "BWNDVI"].map { "landsat/vegetation_image/\(date)_region0_\($0).png" }
        + ["png", "tif"].map { "landsat/network_centrality/\(date)_region0_offset50.\($0)" }
    }
    let tables = ["vegetation_image", "network_centrality", "ndvi_statistics", "weather"].map {
      "landsat/\($0).csv"
    }
    for path in pictures + tables + ["results_summary.json", "resilience.json", "resilience.csv"] {
      let one = try LocalFiles.readAll("\(folder)/out/\(path)")
      #expect(try LocalFiles.readAll("\(folder)/other/\(path)") == one, "\(path)")
    }

    let summary = try JSONParser.parse(try LocalFiles.readAll(folder + "/out/results_summary.json"))
    #expect(summary.members?.map(\.key) == ["ECMWF/ERA5/MONTHLY", "LANDSAT/LC08/C02/T1_L2", "metadata"])
    let vegetation = summary["LANDSAT/LC08/C02/T1_L2"]?["time-series-data"]
    #expect(
      vegetation?.members?.map(\.key) == ["2021-01-16", "2021-02-15", "2021-03-16", "2021-04-16"])
    // Two columns of two sub-images; of the left ones a fifth and a tenth lie outside the scenes: they have no numbers.
    let points = try #require(vegetation?["2021-01-16"]?.array)
    #expect(points.count == 2)
    #expect(
      points[0].members?.map(\.key) == [
        "slope", "offset", "offset50", "mean", "std", "feature_vec", "date", "latitude", "longitude", "ndvi",
        "ndvi_veg",
      ])
    let features = points[0]["feature_vec"]?.array?.compactMap(\.double)
    let vector = try #require(features)
    #expect(vector.count == 20 && vector[0] == 0 && points[0]["offset50"]?.double == vector[19] - vector[10])
    let places = points.compactMap { $0["latitude"]?.double }
    #expect(places[0] > places[1] && abs(places[0] + 35.2) < 0.1)
    // 31 days of January's depth a day: the table has the same number.
    let rain = try #require(
      summary["ECMWF/ERA5/MONTHLY"]?["time-series-data"]?["2021-01-16"]?["total_precipitation"]?.double)
    #expect(rain > 31 * 0.0002 && rain < 31 * 0.004)
    let metadata = summary["metadata"]
    #expect(metadata?["time_per_point"]?.string == "1m" && metadata?["num_data_points"]?.integer == 4)
    #expect(metadata?["start_date"]?.string == "2021-01-01" && metadata?["end_date"]?.string == "2021-05-01")
    #expect(metadata?["pattern_type"]?.string == "labyrinths")

    let analysis = try JSONParser.parse(try LocalFiles.readAll(folder + "/out/resilience.json"))
    let series = analysis["landsat"]?["series"]
    #expect(
      series?.members?.map(\.key)
        == ["offset50", "ndvi", "ndvi_veg", "total_precipitation", "mean_2m_air_temperature"])
    #expect(series?["offset50"]?["count"]?.array?.compactMap(\.integer) == [2, 2, 2, 2])

    // GDAL finds the sub-images where the archive's pixels lie, fifty of them a side.
    func described(_ path: String) async throws -> JSONNode {
      try JSONParser.parse(
        Array(try await Program(["gdalinfo", "-json", "-stats", path], in: folder).output().utf8))
    }
    let raster = try await described("out/landsat/network_centrality/2021-01-16_region0_offset50.tif")
    let scene = try await described("NETCDF:out/landsat/m_ndvi.nc:m_ndvi")
    let transforms = [raster, scene].map { $0["geoTransform"]?.array?.compactMap(\.double) ?? [] }
    #expect(transforms[0][0] == transforms[1][0] && transforms[0][3] == transforms[1][3])
    #expect(
      transforms[0][1] == 50 * transforms[1][1] && raster["size"]?.array?.compactMap(\.integer) == [2, 2])
    let most = points.compactMap { $0["offset50"]?.double }.max()
    #expect(raster["bands"]?.array?.first?["maximum"]?.double == most)

    let zip = try await run(folder, "download", "out", "--zip", "pyveg.zip", "--layout", "pyveg", "--quiet")
    #expect(zip.status == 0, "\(zip.errors)")
    let listed = try await Program(["unzip", "-Z1", "pyveg.zip"], in: folder).output()
    #expect(
      listed.split(separator: "\n").map(String.init)
        == ["JSON/results_summary.json"]
        + ["2021-01-16", "2021-02-15", "2021-03-16", "2021-04-16"].map { "RGB/\($0)_region0_RGB.png" })
  }

  @Test func `weather that ends before the dates is missing there, and said`() async throws {
    let root = try TemporaryFolder()
    let folder = root.path
    try FileManager.default.copyItem(atPath: try await Self.archive.value, toPath: folder + "/archive")
    let text = """
      { "pipeline": "weather", "area": "native", "dates": { "start": "2021-03-01", "end": "2021-06-30" },
        "output": { "location": "out" },
        "sequences": [ { "name": "landsat", "modules": [
          { "module": "download", "source": "archive/items.json", "collection": "landsat-c2-l2", "bands": ["red"] },
          { "module": "weather", "source": "archive/weather.nc", "period": "1m", "save": true,
            "variables": [ { "name": "tp", "reduce": "sum", "per": "month_mean" } ] },
          { "module": "composite", "of": "red", "statistic": "mean", "period": "1m" },
          { "module": "expression", "formula": "red_1month_mean * tp", "as": "wet", "save": true } ] } ] }
      """
    try LocalFiles.writeAtomically(folder + "/weather.json", text: text)
    let result = try await run(folder, "run", "weather.json", "--progress", "none")
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.contains("tp is missing for 2021-05-01 and 1 more: the file ends before it does"))
    let rows = String(decoding: try LocalFiles.readAll(folder + "/out/landsat/weather.csv"), as: UTF8.self)
      .split(separator: "\n").map(String.init)
    #expect(rows.count == 5 && rows[0] == "period,tp" && rows[3] == "2021-05-01,")

    // The same weather as GDAL writes it to a Zarr store, and a store without arrays.
    _ = try await Program(
      ["gdalmdimtranslate", "-q", "-of", "Zarr", "archive/weather.nc", "weather.zarr"], in: folder
    ).output()
    try LocalFiles.writeAtomically(
      folder + "/weather.json",
      text: text.replacing("archive/weather.nc", with: "weather.zarr").replacing("\"out\"", with: "\"zarr\""))
    let stored = try await run(folder, "run", "weather.json", "--progress", "none")
    #expect(stored.status == 0, "\(stored.errors)")
    #expect(
      try LocalFiles.readAll(folder + "/zarr/landsat/weather.csv")
        == LocalFiles.readAll(folder + "/out/landsat/weather.csv"))
    for name in try LocalFiles.list(folder + "/weather.zarr") where name != ".zgroup" {
      try FileManager.default.removeItem(atPath: folder + "/weather.zarr/" + name)
    }
    let empty = try await run(folder, "run", "weather.json", "--progress", "none")
    #expect(empty.status == 64 && empty.errors.contains("no array of numbers"), "\(empty.errors)")
  }
}
