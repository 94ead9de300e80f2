import Foundation
import JSON
import NetCDF
import Storage
import Synchronization
import TestSupport
import Testing

/// Composites of several periods, and modules that follow them, as a user runs them.
@Suite struct CompositeRunTests {
  private static let modules = """
    { "module": "download", "source": "archive/items.json", "collection": "landsat-c2-l2" },
    { "module": "cloud_mask", "reject": ["fill", "cloud"], "dilate": 2 },
    { "module": "composite", "of": ["red", "nir08"], "statistic": "median", "period": "month" },
    { "module": "composite", "of": "red_month_median", "statistic": "max", "period": "season_of_year" },
    { "module": "composite", "of": "red", "statistic": "percentile", "q": 25, "save": false },
    { "module": "gaussian", "of": "red_all_p25", "sigma": 1.5, "as": "smooth", "save": true },
    { "module": "expression", "formula": "smooth > 0.1", "as": "bright" }
    """

  private func write(
    _ bench: CommandBench, chunk: Int, modules: String = modules, formats: String = #""netcdf""#
  ) throws {
    let text = """
      { "pipeline": "composites", "area": "native", "dates": { "start": "2021-01-01", "end": "2021-12-31" },
        "output": { "location": "out", "formats": [\(formats)] },
        "resources": { "threads": 2, "chunk": \(chunk) },
        "sequences": [{ "name": "s", "modules": [\(modules)] }] }
      """
    try LocalFiles.writeAtomically(bench.folder + "/composites.json", text: text)
  }

  private func run(_ bench: CommandBench, _ arguments: String...) async throws {
    let result = try await bench.run(["run", "composites.json", "--progress", "none"] + arguments)
    #expect(result.status == 0, "\(result.errors)")
  }

  /// Dimensions and values of a variable.
  @NetCDFThread
  private static func read(_ path: String, _ variable: String) throws -> (
    dimensions: [String], bits: [UInt64]
  ) {
    let reader = try NetCDFFileReader(path)
    return (try reader.variable(variable).dimensions, try reader.doubles(variable).map(\.bitPattern))
  }

  /// A date that an item says of itself may be anything: months from now to then would take all memory.
  @Test func `an item of the end of the calendar makes no hundred thousand months`() async throws {
    let bench = try await CommandBench()
    try bench.changeProperty("datetime", "9999-12-31T12:00:00Z")
    try LocalFiles.writeAtomically(
      bench.folder + "/composites.json",
      text: """
        { "pipeline": "p", "area": "native", "output": { "location": "out" }, "resources": { "memory": "256MiB" },
          "sequences": [{ "name": "s", "modules": [
            { "module": "download", "source": "archive/items.json", "bands": ["red"] },
            { "module": "composite", "of": "red", "period": "month" }] }] }
        """)
    let result = try await bench.run(["run", "composites.json", "--progress", "none"])
    #expect(result.status == 64, "\(result.errors)")
    #expect(result.errors.contains("layers of the period \"month\""), "\(result.errors)")
    #expect(result.errors.contains("narrow \"dates\""))
  }

  @Test func `each period has its dimension, and results do not depend on chunks`() async throws {
    let bench = try await CommandBench()
    try write(bench, chunk: 32)
    try await run(bench)
    try write(bench, chunk: 100)
    try await run(bench, "--output", "other")
    for (file, variable, dimensions) in [
      ("red_month_median", "red_month_median", ["time", "y", "x"]),
      ("nir08_month_median", "nir08_month_median_count", ["time", "y", "x"]),
      ("red_month_median_season_of_year_max", "red_month_median_season_of_year_max", ["season", "y", "x"]),
      ("smooth", "smooth", ["y", "x"]), ("bright", "bright", ["y", "x"]),
    ] {
      let (path, otherPath) = (bench.folder + "/out/s/\(file).nc", bench.folder + "/other/s/\(file).nc")
      let (found, bits) = try await Self.read(path, variable)
      #expect(found == dimensions, "\(variable)")
      let other = try await Self.read(otherPath, variable)
      #expect(bits == other.bits, "\(variable)")
      #expect(bits.contains { !Double(bitPattern: $0).isNaN }, "\(variable)")
    }
    // What only later modules read is neither a file nor left in the store.
    #expect(!LocalFiles.exists(bench.folder + "/out/s/red_all_p25.nc"))
    #expect(!LocalFiles.exists(bench.folder + "/out/store.zarr"))
    let summary = try bench.json("out/summary.json")
    let months = summary["sequences"]?.array?.first?["modules"]?.array?.first?["months"]?.array
    #expect(months?.count == 12)
    #expect(months?.first?["month"]?.string == "2021-01")
  }

  /// A series of layers has the layers it is made of, as many as those are, however many dates there are.
  @Test func `series of composites follow one another`() async throws {
    let bench = try await CommandBench()
    let modules = """
      { "module": "download", "source": "archive/items.json", "collection": "landsat-c2-l2" },
      { "module": "cloud_mask", "reject": ["fill", "cloud"] },
      { "module": "composite", "of": "red", "statistic": "median", "period": "month", "as": "months" },
      { "module": "gapfill", "of": "months", "as": "filled" },
      { "module": "gapfill", "of": "filled", "as": "again" },
      { "module": "smooth", "of": "again", "lambda": 1e-6, "as": "same" },
      { "module": "expression", "formula": "again - months", "as": "difference" }
      """
    try write(bench, chunk: 64, modules: modules)
    try await run(bench)
    func values(_ name: String) async throws -> (labels: [String], values: [Double]) {
      let path = "\(bench.folder)/out/s/\(name).nc"
      return try await NetCDFThread.run {
        let reader = try NetCDFFileReader(path)
        return (try reader.strings("label"), try reader.doubles(name))
      }
    }
    let months = try await values("months")
    let filled = try await values("filled")
    #expect(months.labels.count == 12 && filled.labels == months.labels)
    // Months between two with a date are filled, those with a date are as they were.
    let (known, more) = (months.values.count { !$0.isNaN }, filled.values.count { !$0.isNaN })
    #expect(more > known * 3 / 2, "\(known), \(more)")
    let again = try await values("again")
    #expect(again.labels == months.labels)
    #expect(again.values.map(\.bitPattern) == filled.values.map(\.bitPattern))
    let smooth = try await values("same")
    #expect(smooth.labels == months.labels)
    // Hardly smoothed; two values are too few.
    let near = zip(smooth.values, again.values).count { abs($0 - $1) < 1e-4 }
    let far = zip(smooth.values, again.values).count { abs($0 - $1) >= 1e-4 }
    #expect(near > known && far == 0, "\(near), \(far)")
    let difference = try await values("difference")
    #expect(difference.labels == months.labels)
    #expect(difference.values.count { $0 == 0 } == known && !difference.values.contains { abs($0) > 0 })
  }

  /// What a series made for the dates goes with what the dates have: the difference of a value and its smoothed curve.
  @Test func `values of dates go with those that a series made of them`() async throws {
    let bench = try await CommandBench()
    let modules = """
      { "module": "download", "source": "archive/items.json", "collection": "landsat-c2-l2" },
      { "module": "cloud_mask", "reject": ["fill", "cloud"] },
      { "module": "ndvi", "save": true },
      { "module": "smooth", "of": "ndvi", "lambda": 3, "as": "curve" },
      { "module": "expression", "formula": "ndvi - curve", "as": "anomaly", "save": true },
      { "module": "expression", "formula": "red + 0 * curve", "as": "band", "save": true },
      { "module": "expression", "formula": "red", "as": "plain", "save": true }
      """
    let first = Mutex<[UInt32]>([])
    for chunk in [32, 64, 256] {
      try write(bench, chunk: chunk, modules: modules)
      try LocalFiles.removeTree(bench.folder + "/out")
      try await run(bench)
      let folder = bench.folder + "/out/s"
      func dates(_ name: String) throws -> [String] {
        try LocalFiles.list("\(folder)/\(name)").filter { $0.hasSuffix(".nc") }.sorted().map {
          "\(folder)/\(name)/\($0)"
        }
      }
      let (ndvi, plain) = (try dates("ndvi"), try dates("plain"))
      #expect(ndvi.count == 6)
      try await NetCDFThread.run {
        let values = try ndvi.flatMap { try NetCDFFileReader($0).floats("ndvi") }
        let red = try plain.flatMap { try NetCDFFileReader($0).floats("plain") }
        let curve = try NetCDFFileReader(folder + "/curve.nc").floats("curve")
        let anomaly = try NetCDFFileReader(folder + "/anomaly.nc").floats("anomaly")
        let band = try NetCDFFileReader(folder + "/band.nc").floats("band")
        try #require(values.count == curve.count && curve.count == anomaly.count && red.count == band.count)
        func isSame(_ one: Float, _ other: Float) -> Bool { one == other || one.isNaN && other.isNaN }
        let expected = zip(values, curve).map { $0 - $1 }
        #expect(zip(anomaly, expected).count { !isSame($0, $1) } == 0)
        #expect(zip(band, zip(red, curve).map { $1.isNaN ? .nan : $0 }).count { !isSame($0, $1) } == 0)
        let known = expected.count { abs($0) > 0 }
        #expect(known > 1000)
        let bits = anomaly.map(\.bitPattern)
        first.withLock { first in
          #expect(first.isEmpty || first == bits, "chunks of \(chunk)")
          first = bits
        }
      }
    }
  }

  @Test func `the same command again computes nothing, and every format has the layers`() async throws {
    let bench = try await CommandBench()
    try write(bench, chunk: 64, formats: #""netcdf", "cog", "zarr""#)
    try await run(bench)
    #expect(LocalFiles.exists(bench.folder + "/out/s/red_month_median/2021-03.tif"))
    #expect(LocalFiles.exists(bench.folder + "/out/s/bright/all.tif"))
    #expect(LocalFiles.exists(bench.folder + "/out/store.zarr/s/time_month_label/0"))
    let again = try await bench.run(["run", "composites.json", "--progress", "json"])
    #expect(again.status == 0, "\(again.errors)")
    #expect(!again.errors.contains("\"publishing\""), "\(again.errors)")
    #expect(again.errors.contains("\"chunks_damaged\":0"), "\(again.errors)")
    try LocalFiles.removeTree(bench.folder + "/out")
    // Files alone: the store is gone when they are there.
    try write(bench, chunk: 64)
    try await run(bench)
    let third = try await bench.run(["run", "composites.json", "--progress", "json"])
    #expect(third.status == 0 && !third.errors.contains("\"publishing\""), "\(third.errors)")
    #expect(third.errors.contains("\"chunks_damaged\":0"), "\(third.errors)")
  }

  @Test func `a filter that looks farther than a chunk is wide is a warning`() async throws {
    let bench = try await CommandBench()
    let modules = """
      { "module": "download", "source": "archive/items.json", "collection": "landsat-c2-l2" },
      { "module": "gaussian", "of": "red", "sigma": 20 }
      """
    try write(bench, chunk: 32, modules: modules)
    let narrow = try await bench.run(["plan", "composites.json"])
    #expect(narrow.status == 0)
    #expect(
      narrow.errors.contains("$.sequences[0].modules[1]: \"gaussian\" looks 80 pixels far"),
      "\(narrow.errors)")
    #expect(narrow.errors.contains("chunks are 32 × 32"))
    try write(bench, chunk: 32, modules: modules.replacing("20 }", with: "1, \"mode\": \"wrap\" }"))
    let wrapped = try await bench.run(["plan", "composites.json"])
    #expect(
      wrapped.errors.contains("$.sequences[0].modules[1]: \"gaussian\" looks at the whole grid"),
      "\(wrapped.errors)")
    try write(bench, chunk: 96, modules: modules)
    #expect(try await !bench.run(["plan", "composites.json"]).errors.contains("looks"))
  }

  @Test func `a module nobody needs is said to be left out`() async throws {
    let bench = try await CommandBench()
    let modules = """
      { "module": "download", "source": "archive/items.json", "collection": "landsat-c2-l2" },
      { "module": "expression", "formula": "red * 2", "as": "unused" },
      { "module": "ndvi" }
      """
    try write(bench, chunk: 64, modules: modules)
    let result = try await bench.run(["plan", "composites.json"])
    #expect(result.status == 0)
    #expect((result.errors + result.output).contains("nothing uses the result of \"expression\""))
  }
}
