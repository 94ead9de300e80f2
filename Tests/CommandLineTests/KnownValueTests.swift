import NetCDF
import Storage
import TestSupport
import Testing

/// Rasters without a date and numbers of dates are known where no scene lies: what is made of them does not depend on how
/// the grid is cut.
@Suite struct KnownValueTests {
  /// Six dates; of one a quarter of the area lies in no scene.
  private static let archive = Task {
    let folder = try makeSharedFolder()
    try await Program(
      [
        Project.apus, "simulate", "archive", "--dates", "6", "--size", "96x64", "--tile", "32", "--quiet",
        "--bands", "red,nir08,qa_pixel", "--weather",
      ], in: folder
    ).output()
    // A hundred everywhere.
    try await Program(
      [
        "gdal_create", "-q", "-of", "GTiff", "-outsize", "96", "64", "-bands", "1", "-burn", "100", "-ot",
        "Float32",
        "-a_srs", "EPSG:32719", "-a_ullr", "299715", "6104115", "302595", "6102195", "dem.tif",
      ], in: folder
    ).output()
    return folder
  }

  private static let mask = #"{ "module": "cloud_mask", "reject": ["cloud"] },"#
  private static let sources = """
    { "module": "layer", "file": "dem.tif", "as": "dem" },
    { "module": "weather", "source": "archive/weather.nc", "variables": [{ "name": "t2m", "as": "temp" }],
      "as": "station", "save": true }
    """

  /// Runs modules behind a layer "dem" and numbers "temp" with chunks of a size.
  ///
  /// - Returns: the run directory.
  private func run(_ modules: String, chunk: Int, mask: String = "") async throws -> String {
    let folder = try await Self.archive.value
    let name = "\(Checksum.crc32(Array((modules + mask).utf8)))-\(chunk)"
    try LocalFiles.writeAtomically(
      "\(folder)/\(name).json",
      text: """
        { "pipeline": "known", "area": "native", "dates": { "start": "2021-01-01", "end": "2021-12-31" },
          "output": { "location": "\(name)" }, "resources": { "threads": 2, "chunk": \(chunk) },
          "sequences": [{ "name": "s", "modules": [
            { "module": "download", "source": "archive/items.json", "collection": "landsat-c2-l2" },
            \(mask) \(Self.sources), { "module": "ndvi", "save": true }, \(modules)] }] }
        """)
    let result = try await Program([Project.apus, "run", "\(name).json", "--progress", "none"], in: folder)
      .run()
    #expect(result.status == 0, "\(result.errors)")
    return "\(folder)/\(name)"
  }

  @NetCDFThread
  private static func values(_ path: String, _ variable: String) throws -> [Double] {
    let reader = try NetCDFFileReader(path)
    defer { try? reader.close() }
    return try reader.doubles(variable)
  }

  /// All numbers of all files of a run's sequence, by file and variable.
  private func contents(_ directory: String) async throws -> [String: [Double]] {
    let folders = try LocalFiles.list(directory + "/s").filter {
      LocalFiles.isDirectory(directory + "/s/" + $0)
    }
    var files: [String] = []
    for folder in [""] + folders.map({ $0 + "/" }) {
      files += try LocalFiles.list(directory + "/s/" + folder).filter { $0.hasSuffix(".nc") }.map {
        folder + $0
      }
    }
    let paths = files
    return try await NetCDFThread.run {
      var contents: [String: [Double]] = [:]
      for path in paths {
        let reader = try NetCDFFileReader("\(directory)/s/\(path)")
        for variable in reader.definition.variables {
          contents["\(path) \(variable.name)"] = try? reader.doubles(variable.name)
        }
        try reader.close()
      }
      return contents
    }
  }

  @Test(
    arguments: [
      #"{ "module": "expression", "formula": "where(dem > 800, red, 0)", "as": "r", "save": true }"#,
      #"{ "module": "expression", "formula": "where(temp > 1, dem, red)", "as": "r", "save": true }"#,
      #"{ "module": "expression", "formula": "coalesce(red, dem)", "as": "r", "save": true }"#,
      #"{ "module": "expression", "formula": "temp * 2", "as": "r", "save": true }"#,
      #"{ "module": "expression", "formula": "dem * temp", "as": "r", "save": true }"#,
      #"{ "module": "expression", "formula": "dem * temp", "as": "t" }, { "module": "expression", "formula": "t + red", "as": "r", "save": true }"#,
      #"{ "module": "gaussian", "of": "temp", "sigma": 1, "as": "r", "save": true }"#,
      #"{ "module": "composite", "of": "temp", "statistic": "mean", "period": "all", "as": "r" }"#,
      #"{ "module": "composite", "of": ["red", "dem"], "statistic": "mean", "period": "all", "as": "r" }"#,
      #"{ "module": "threshold", "of": "temp", "above": 1, "as": "r", "save": true }"#,
    ], [false, true])
  func `values do not depend on chunks`(modules: String, isMasked: Bool) async throws {
    let mask = isMasked ? Self.mask : ""
    let one = try await contents(run(modules, chunk: 96, mask: mask))
    let many = try await contents(run(modules, chunk: 16, mask: mask))
    #expect(one.keys == many.keys)
    #expect(one.contains { $0.key.contains(" r") && $0.value.contains { !$0.isNaN } })
    for (file, values) in one {
      let others = many[file] ?? []
      #expect(
        values.count == others.count && zip(values, others).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN },
        "\(file) has other values in smaller chunks")
    }
  }

  @Test func `what a raster without a date decides is known on every date`() async throws {
    let modules = """
      { "module": "expression", "formula": "where(dem < 800, 7, red)", "as": "seven" },
      { "module": "composite", "of": "seven", "statistic": "sum", "period": "all", "as": "r" }
      """
    let directory = try await run(modules, chunk: 16)
    let sums = try await Self.values(directory + "/s/r.nc", "r")
    #expect(sums == [Double](repeating: 42, count: 96 * 64))
  }

  @Test func `a raster without a date times a number has the number's dates`() async throws {
    let directory = try await run(
      #"{ "module": "expression", "formula": "dem * temp", "as": "r", "save": true }"#, chunk: 32)
    let temperatures = try await Self.values(directory + "/s/station.nc", "temp")
    #expect(temperatures.count == 6 && temperatures.allSatisfy { $0.isFinite })
    let files = try LocalFiles.list(directory + "/s/r").filter { $0.hasSuffix(".nc") }.sorted()
    #expect(files.count == 6)
    for (file, temperature) in zip(files, temperatures) {
      let values = try await Self.values(directory + "/s/r/" + file, "r")
      #expect(values.count == 96 * 64)
      #expect(
        values.allSatisfy { abs($0 - 100 * temperature) < 1e-4 * abs(100 * temperature) + 1e-6 }, "\(file)")
    }
  }
}
