import Engine
import Foundation
import GDAL
import Geo
import JSON
import NetCDF
import Raster
import Simulation
import Storage
import TestSupport
import Testing

@testable import Pipeline

/// Runs whose grid is not the scenes' own.
@Suite struct WarpRunTests {
  /// An archive of rasters made here, and a config to run on it.
  final class Archive {
    let folder: String
    private var items: [JSONValue] = []

    init() throws {
      NetCDFThread.prepareProcess()
      folder = try LocalFiles.makeTemporaryDirectory()
    }

    deinit { _ = try? LocalFiles.removeTree(folder) }

    /// Adds a scene with one band; the item tells its place.
    func add<T: RasterSample>(
      _ id: String, _ day: String, grid: Grid, nodata: Double?, _ samples: [T], band: String = "red"
    ) throws {
      let path = "\(folder)/\(id)-\(band).tif"
      try GeoTIFFWriter.write(
        samples, to: path, grid: grid,
        options: .init(type: T.sampleType, nodata: nodata, blockWidth: 64, blockHeight: 64))
      let box = try SpatialReference.transform(
        grid.bounds, from: grid.crs, to: SpatialReference.parse("EPSG:4326"), densify: 5)
      let asset: JSONValue = [
        "href": .string(path), "proj:code": .string(try #require(grid.crs.authorityCode)),
        "proj:shape": [.integer(grid.height), .integer(grid.width)],
        "proj:transform": .array(
          [
            grid.transform.pixelWidth, grid.transform.rowShear, grid.transform.originX,
            grid.transform.columnShear, grid.transform.pixelHeight, grid.transform.originY,
          ].map { .number($0) }),
      ]
      if let place = items.firstIndex(where: { $0["id"]?.string == id }) {
        items[place]["assets"]?[band] = asset
        return
      }
      items.append([
        "type": "Feature", "stac_version": "1.0.0", "id": .string(id), "collection": "made",
        "bbox": .array(box.array.map { .number($0) }), "geometry": .null, "links": [],
        "properties": ["datetime": .string("\(day)T12:00:00Z")], "assets": [band: asset],
      ])
    }

    /// Runs a config and gives back a layer of "red" in the first date's file.
    func run(
      _ name: String, area: String, resampling: String, resources: String = #"{ "threads": 2 }"#,
      bands: String = #"["red"]"#, more: String = "", trust: String = "sample", losses: Int = 0
    ) async throws -> (values: [Double], report: RunReport, grid: Grid) {
      let catalogue: JSONValue = ["type": "FeatureCollection", "features": .array(items)]
      try LocalFiles.writeAtomically(folder + "/items.json", text: catalogue.text(pretty: true))
      let text = """
        { "pipeline": "p", "area": \(area), "resources": \(resources),
          "sequences": [ { "name": "s", "modules": [
            { "module": "download", "source": "items.json", "bands": \(bands), "scale": "none",
              "group_by": "utc_day", "trust": "\(trust)", "resampling": \(resampling),
              "save": true }\(more) ] } ] }
        """
      try LocalFiles.writeAtomically("\(folder)/\(name).json", text: text)
      let reading = ConfigReader.read(path: "\(folder)/\(name).json")
      var config = try #require(reading.config, "\(reading.messages)")
      config.output.location = "\(folder)/\(name)"
      let plan = try await PipelinePlanner(config).plan()
      let outcome = try await PipelineRunner(config, version: "0", isFresh: false) { _ in }.run()
      #expect(outcome.losses.count == losses)
      let sequence = outcome.report.sequences[0]
      let layer = try #require(sequence.products.first { $0.variable.name == "red" }?.layers.first)
      var values: [Double] = []
      if let file = layer.file { values = try await Self.values("\(folder)/\(name)/\(file)") }
      return (values, outcome.report, try #require(plan.sequences[0].plan?.grid))
    }

    @NetCDFThread
    private static func values(_ path: String) throws -> [Double] {
      let reader = try NetCDFFileReader(path)
      let values = try reader.doubles("red")
      try reader.close()
      return values
    }
  }

  static func grid(_ crs: String, _ x: Double, _ y: Double, _ size: Double, _ width: Int, _ height: Int)
    throws
    -> Grid
  {
    Grid(
      crs: try SpatialReference.parse(crs),
      transform: AffineTransform(originX: x, originY: y, pixelWidth: size, pixelHeight: -size),
      width: width, height: height)
  }

  /// A wavy field of map coordinates in EPSG:32719, the same in whatever grid it is drawn.
  static func field(_ grid: Grid) throws -> [Double] {
    var x: [Double] = []
    var y: [Double] = []
    for row in 0..<grid.height {
      for column in 0..<grid.width {
        let point = grid.transform.map(column: Double(column) + 0.5, row: Double(row) + 0.5)
        x.append(point.x)
        y.append(point.y)
      }
    }
    try SpatialReference.transform(
      x: &x, y: &y, from: grid.crs, to: SpatialReference.parse("EPSG:32719"))
    return zip(x, y).map { 5000 + 2000 * sin($0 / 400) + 2000 * cos($1 / 300) }
  }

  static func samples(_ grid: Grid) throws -> [UInt16] { try field(grid).map { UInt16($0.rounded()) } }

  private func west() throws -> Grid { try Self.grid("EPSG:32719", 300_015, 6_100_005, 30, 200, 180) }
  /// Overlaps the western half, in the neighbouring zone.
  private func east() throws -> Grid { try Self.grid("EPSG:32718", 848_000, 6_096_000, 30, 200, 180) }

  private static let area =
    #"{ "bbox": [298000, 6093000, 312000, 6102000], "bbox_crs": "EPSG:32719", "crs": "EPSG:32719", "resolution": 30 }"#

  @Test func `tiles of two zones make one picture, whichever is the grid's own`() async throws {
    for (name, first, second) in [("own", "a", "b"), ("other", "b", "a")] {
      let archive = try Archive()
      try archive.add(first, "2021-01-01", grid: west(), nodata: 0, Self.samples(west()))
      try archive.add(second, "2021-01-01", grid: east(), nodata: 0, Self.samples(east()))
      let result = try await archive.run(name, area: Self.area, resampling: #""cubic""#)
      #expect(result.grid.transform.originX == 297_975 + 0)
      let expected = try Self.field(result.grid)
      var (valid, pasted, off) = (0, 0, 0)
      for place in expected.indices where !result.values[place].isNaN {
        valid += 1
        // Slopes of up to 250 in a pixel: a kernel has one side only at a tile's edge, where half a pixel counts.
        let error = abs(result.values[place] - expected[place])
        #expect(error < 130, "\(place)")
        off += error > 12 ? 1 : 0
        pasted += result.values[place] == expected[place].rounded() ? 1 : 0
      }
      #expect(off < valid / 50)
      // Two tiles of 36,000 pixels that overlap in less than half of each.
      #expect(valid > 50_000 && valid < 72_000)
      #expect(name == "other" || pasted >= 36_000)
    }
  }

  @Test(arguments: ["nearest", "bilinear", "lanczos", "average", "mode", "q3"])
  func `the same bytes whatever chunks, threads and memory`(method: String) async throws {
    let archive = try Archive()
    var holed = try Self.samples(east())
    for place in stride(from: 0, to: holed.count, by: 97) { holed[place] = 0 }
    try archive.add("a", "2021-01-01", grid: east(), nodata: 0, holed)
    try archive.add("b", "2021-01-01", grid: west(), nodata: 0, Self.samples(west()))
    let area = try Self.area.replacingFound("\"resolution\": 30", with: "\"resolution\": 47.5")
    var results: [[Double]] = []
    for (number, resources) in [
      #"{ "threads": 1, "chunk": [1024, 1024] }"#, #"{ "threads": 2, "chunk": [41, 67] }"#,
      #"{ "threads": 2, "chunk": [16, 300], "memory": "256MiB" }"#,
    ].enumerated() {
      let run = try await archive.run(
        "run\(number)", area: area, resampling: #""\#(method)""#, resources: resources)
      results.append(run.values)
    }
    #expect(results[0].filter { !$0.isNaN }.count > 15_000)
    for other in results.dropFirst() {
      #expect(zip(results[0], other).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN })
    }
  }

  @Test func `pixels half a pixel beside the grid are resampled, those on it never`() async throws {
    let archive = try Archive()
    let (own, shifted) = (try west(), try Self.grid("EPSG:32719", 300_000, 6_100_020, 30, 200, 180))
    try archive.add("a", "2021-01-01", grid: own, nodata: 0, Self.samples(own))
    try archive.add("b", "2021-01-02", grid: shifted, nodata: 0, Self.samples(shifted))
    let run = try await archive.run("run", area: #""native""#, resampling: #""bilinear""#)
    // The union of both on the first one's phase.
    #expect(run.grid == own.part(PixelWindow(column: -1, row: -1, width: 201, height: 181)))
    let stored = try Self.samples(own).map(Double.init)
    for row in 0..<180 {
      #expect(
        Array(run.values[((row + 1) * 201 + 1)..<((row + 1) * 201 + 201)])
          == Array(stored[(row * 200)..<(row * 200 + 200)]))
    }
  }

  @Test func `bands without a nodata value are missing where no scene reaches, and zero stays zero`()
    async throws
  {
    for type in ["uint8", "uint16", "float32"] {
      let archive = try Archive()
      let grid = try west()
      func add<T: RasterSample>(_: T.Type, _ make: (Int) -> T) throws {
        try archive.add(
          "a", "2021-01-01", grid: grid, nodata: nil, (0..<(grid.width * grid.height)).map { make($0 % 2) })
      }
      switch type {
      case "uint8": try add(UInt8.self) { UInt8($0 * 255) }
      case "uint16": try add(UInt16.self) { UInt16($0 * 65535) }
      default: try add(Float.self) { Float($0) * 0.5 }
      }
      let run = try await archive.run(
        type,
        area: Self.area.replacingFound("32719\", \"resolution", with: "32718\", \"resolution"),
        resampling: #""nearest""#)
      let top = type == "uint8" ? 255 : type == "uint16" ? 65535 : 0.5
      let valid = run.values.filter { !$0.isNaN }
      #expect(Set(valid) == [0, top])
      #expect(abs(valid.count - 36_000) < 200 && run.values.count > valid.count)
    }
  }

  @Test func `a coarse grid from fine pixels is read in pieces and keeps the memory limit`() async throws {
    let archive = try Archive()
    let fine = try Self.grid("EPSG:32719", 300_015, 6_100_005, 2, 2400, 2400)
    try archive.add("a", "2021-01-01", grid: fine, nodata: 0, Self.samples(fine))
    let area =
      #"{ "bbox": [300000, 6095200, 304800, 6100000], "bbox_crs": "EPSG:32719", "resolution": 50 }"#
    let run = try await archive.run(
      "run", area: area, resampling: #""average""#, resources: #"{ "threads": 2, "memory": "256MiB" }"#)
    #expect((run.grid.width, run.grid.height) == (96, 96))
    let expected = try Self.field(run.grid)
    for row in 1..<95 {
      for column in 1..<95 {
        // The middle of a 50 m pixel is its mean, but for the curvature of the waves.
        #expect(abs(run.values[row * 96 + column] - expected[row * 96 + column]) < 6)
      }
    }
  }

  @Test func `overviews are read where the grid is coarser, and only for means and positions`() async throws {
    let archive = try Archive()
    let fine = try Self.grid("EPSG:32719", 300_015, 6_100_005, 10, 600, 540)
    try archive.add("a", "2021-01-01", grid: fine, nodata: 0, Self.samples(fine))
    try await Program(["gdaladdo", "-q", "-r", "average", "\(archive.folder)/a-red.tif", "2", "4"]).output()
    let info = try RasterDataset(opening: "\(archive.folder)/a-red.tif").info
    #expect(info.bands[0].overviews.map(\.width) == [300, 150])
    for (method, level) in [("average", 1), ("bilinear", 1), ("max", -1)] {
      let warp = BandWarp(
        source: fine, resampling: try #require(Resampling(rawValue: method)), step: 1, scaleX: 0.2,
        scaleY: 0.2)
      #expect((OverviewChoice(info: info, band: 1).best(for: warp)?.level ?? -1) == level)
    }
    let flags = BandWarp(
      source: fine, resampling: .nearest, step: 1, scaleX: 0.2, scaleY: 0.2, isQuality: true)
    // Averaged bits mean nothing: the file does not say that its overviews are of nearest pixels.
    #expect(OverviewChoice(info: info, band: 1).best(for: flags) == nil)
    #expect(
      OverviewChoice(info: info, band: 1).best(
        for: BandWarp(source: fine, resampling: .average, step: 1, scaleX: 1 / 3, scaleY: 1 / 3))?.level == 0)
    let area =
      #"{ "bbox": [300015, 6094605, 306015, 6100005], "bbox_crs": "EPSG:32719", "resolution": 40 }"#
    let run = try await archive.run("run", area: area, resampling: #""average""#)
    let expected = try Self.field(run.grid)
    // At the edges an overview's pixel reaches further than the grid's.
    for row in 2..<(run.grid.height - 2) {
      for column in 2..<(run.grid.width - 2) {
        let place = row * run.grid.width + column
        #expect(abs(run.values[place] - expected[place]) < 60)
      }
    }
  }

  @Test func `a quality layer of another resolution is taken pixel by pixel`() async throws {
    let archive = try Archive()
    let (fine, coarse) = (
      try Self.grid("EPSG:32719", 300_000, 6_100_000, 10, 100, 100),
      try Self.grid("EPSG:32719", 300_000, 6_100_000, 20, 50, 50)
    )
    try archive.add("a", "2021-01-01", grid: fine, nodata: 0, [UInt16](repeating: 500, count: 10_000))
    try archive.add(
      "a", "2021-01-01", grid: coarse, nodata: nil, (0..<2500).map { UInt8($0 % 3) }, band: "flags")
    let run = try await archive.run(
      "run", area: #""native""#, resampling: #""cubic""#, bands: #"["red", "flags"]"#,
      more: #"""
        ,
        { "module": "cloud_mask", "band": "flags", "reject_values": [2] },
        { "module": "seasonal_mean", "of": "red" }
        """#)
    #expect(run.grid == fine)
    let mean = try #require(
      run.report.sequences[0].products.first { $0.variable.name.hasSuffix("_count") })
    let valid = mean.layers.first { $0.label == "DJF" }?.statistics.mean ?? 0
    // 833 of 2500 are 2.
    #expect(abs(valid - 1667.0 / 2500) < 1e-6)
  }

  @Test
  func `a file that lies elsewhere than its item says is read where it lies, or is a loss, and no shift`()
    async throws
  {
    let archive = try Archive()
    try archive.add("a", "2021-01-01", grid: west(), nodata: 0, Self.samples(west()))
    let moved = Grid(
      crs: try west().crs, transform: try west().transform.shifted(columns: 3, rows: 0), width: 200,
      height: 180)
    try GeoTIFFWriter.write(
      Self.samples(moved), to: archive.folder + "/a-red.tif", grid: moved,
      options: .init(type: .uint16, nodata: 0, blockWidth: 64, blockHeight: 64))
    let area = try Self.area.replacingFound("32719\", \"resolution", with: "32718\", \"resolution")
    let asked = try await archive.run("asked", area: area, resampling: #""nearest""#)
    #expect(asked.values.contains { !$0.isNaN })
    let run = try await archive.run(
      "run", area: area, resampling: #""nearest""#, trust: "catalogue", losses: 1)
    #expect(!run.values.contains { !$0.isNaN })
    #expect(run.report.sequences[0].losses[0].reason.contains("its catalogue says 200 × 180 pixels"))
  }
}
