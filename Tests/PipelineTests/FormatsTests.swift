import Engine
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

/// Small runs with every format of results: all hold the same values.
@Suite struct FormatsTests {
  /// A run of a simulated archive whose grid is no multiple of any chunk or tile.
  private struct Run {
    let folder: String
    let report: RunReport
    var sequence: SequenceReport { report.sequences[0] }
    var directory: String { folder + "/run" }
  }

  private static let (width, height) = (150, 90)

  /// Other tests start programs meanwhile, which inherit HDF5's locks for a moment.
  init() { NetCDFThread.prepareProcess() }

  private func simulate(in folder: String) throws {
    let simulator = try ArchiveSimulator(
      directory: folder + "/archive", dates: 3, width: Self.width, height: Self.height)
    _ = try simulator.write()
  }

  private func run(
    in folder: String, formats: String,
    encoding: String = #"{ "type": "int16", "scale": 0.0001, "deflate": 6 }"#,
    source: String = "", deflate: Int = 1
  ) async throws -> Run {
    let text = """
      { "pipeline": "formats",
        "output": { "formats": \(formats), "deflate": \(deflate) },
        "resources": { "threads": 2, "chunk": [40, 67] },
        "sequences": [ { "name": "s", "modules": [
          { "module": "download", "source": "archive/items.json", "bands": ["red", "nir08", "qa_pixel"]\(source) },
          { "module": "cloud_mask", "band": "qa_pixel", "reject": ["fill", "cloud"], "save": true },
          { "module": "ndvi", "save": true, "encoding": \(encoding) },
          { "module": "ndvi", "as": "plain", "save": true },
          { "module": "seasonal_mean", "of": "ndvi", "encoding": \(encoding) } ] } ] }
      """
    try LocalFiles.writeAtomically(folder + "/config.json", text: text)
    let reading = ConfigReader.read(path: folder + "/config.json")
    var config = try #require(reading.config, "\(reading.messages)")
    config.output.location = folder + "/run"
    let outcome = try await PipelineRunner(config, version: "0", isFresh: false) { _ in }.run()
    #expect(outcome.losses == [])
    return Run(folder: folder, report: outcome.report)
  }

  /// A variable of a NetCDF file as stored.
  @NetCDFThread
  private static func stored(_ path: String, _ variable: String) throws -> [Double] {
    let reader = try NetCDFFileReader(path)
    let values = try reader.doubles(variable)
    try reader.close()
    return values
  }

  /// A layer of a Zarr array as stored, put together from its chunks; chunks that are not there are `fill`.
  private func zarr(_ array: String, layer: Int, fill: Double) throws -> [Double] {
    let metadata = try JSONParser.parse(LocalFiles.readAll(array + "/.zarray"))
    let type = try #require(metadata["dtype"]?.string)
    let sides = metadata["chunks"]?.array?.compactMap(\.integer)
    let chunk = try #require(sides)
    let size = try #require(type.last?.wholeNumberValue)
    let layout = ChunkLayout(
      gridWidth: Self.width, gridHeight: Self.height, chunkWidth: chunk[2], chunkHeight: chunk[1])
    var values = [Double](repeating: fill, count: Self.width * Self.height)
    for number in 0..<layout.count {
      let index = layout.index(number)
      let path = "\(array)/\(layer)/\(index.row)/\(index.column)"
      guard LocalFiles.exists(path) else { continue }
      let bytes = try ChunkCodec().decode(
        LocalFiles.readAll(path), elementSize: size, expectedBytes: chunk[1] * chunk[2] * size)
      let window = layout.window(index)
      for row in 0..<window.height {
        for column in 0..<window.width {
          let place = (row * chunk[2] + column) * size
          let value = bytes.withUnsafeBytes { bytes -> Double in
            switch type {
            case "<f4": Double(bytes.loadUnaligned(fromByteOffset: place, as: Float.self))
            case "<i2": Double(bytes.loadUnaligned(fromByteOffset: place, as: Int16.self))
            case "<i4": Double(bytes.loadUnaligned(fromByteOffset: place, as: Int32.self))
            default: Double(bytes[place])
            }
          }
          values[(window.row + row) * Self.width + window.column + column] = value
        }
      }
    }
    return values
  }

  /// The pixels of a GeoTIFF as stored, with what the file says of them.
  private func raster(_ path: String) throws -> (values: [Double], band: BandInfo) {
    let dataset = try RasterDataset(opening: path)
    var values = [Double](repeating: 0, count: Self.width * Self.height)
    let window = PixelWindow(column: 0, row: 0, width: Self.width, height: Self.height)
    try values.withUnsafeMutableBytes {
      try dataset.read(band: 1, window: window, as: .float64, into: $0, rowStride: Self.width)
    }
    return (values, try #require(dataset.info.bands.first))
  }

  private func same(_ left: some Sequence<Double>, _ right: some Sequence<Double>) -> Bool {
    Array(left).map(\.bitPattern) == Array(right).map(\.bitPattern)
      || zip(left, right).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }
  }

  @Test func `all formats hold the same numbers`() async throws {
    try await withTemporaryFolder { folder in
      try simulate(in: folder)
      let run = try await run(in: folder, formats: #"["cog", "netcdf", "zarr"]"#)
      for product in run.sequence.products {
        let name = product.variable.name
        for (place, layer) in product.layers.enumerated() {
          let file = try #require(layer.file)
          #expect(layer.otherFiles == ["s/\(name)/\(layer.label).tif", "store.zarr/s/\(name)"])
          let all = try await Self.stored("\(run.directory)/\(file)", name)
          let pixels = Self.width * Self.height
          let netcdf = product.period == .date ? all : Array(all[(place * pixels)..<((place + 1) * pixels)])
          let (tif, band) = try raster("\(run.directory)/s/\(name)/\(layer.label).tif")
          #expect(same(netcdf, tif), "\(name) \(layer.label)")
          let fill = name.hasSuffix("_count") ? 0 : band.nodata ?? .nan
          let stored = try zarr("\(run.directory)/store.zarr/s/\(name)", layer: place, fill: fill)
          #expect(same(netcdf, stored), "\(name) \(layer.label)")
        }
      }
    }
  }

  @Test func `packed values decode to within half a step of the unpacked ones`() async throws {
    try await withTemporaryFolder { folder in
      try simulate(in: folder)
      let run = try await run(in: folder, formats: #"["netcdf", "cog"]"#)
      let label = try #require(run.sequence.inputs.first?.date)
      let path = "\(run.directory)/s/ndvi/\(label).nc"
      let definition = try await NetCDFThread.run { try NetCDFFileReader(path).variable("ndvi") }
      #expect(definition.type == .int16)
      #expect(definition.deflateLevel == 6)
      #expect(definition.fill == .int16s([-32_768]))
      #expect(definition.attribute("scale_factor") == .double(0.0001))
      #expect(definition.attribute("add_offset") == .double(0))
      let packed = try await Self.stored(path, "ndvi")
      let plain = try await Self.stored("\(run.directory)/s/plain/\(label).nc", "plain")
      #expect(packed.contains { $0 != -32_768 } && plain.contains { $0.isNaN })
      try #require(packed.count == plain.count)
      for (integer, value) in zip(packed, plain) {
        if value.isNaN {
          #expect(integer == -32_768)
        } else {
          #expect(abs(integer * 0.0001 - value) <= 0.000_050_001)
        }
      }
      let (_, band) = try raster("\(run.directory)/s/ndvi/\(label).tif")
      #expect((band.scale, band.offset, band.nodata) == (0.0001, 0, -32_768))
      let ndvi = try #require(run.sequence.products.first { $0.variable.name == "ndvi" })
      #expect(ndvi.layers.map(\.outOfRange) == [0, 0, 0])
    }
  }

  @Test func `values that do not fit are missing and counted in the summary`() async throws {
    try await withTemporaryFolder { folder in
      try simulate(in: folder)
      let run = try await run(
        in: folder, formats: #"["netcdf", "cog"]"#,
        source: #", "save": true, "encoding": { "type": "int16", "scale": 0.000002 }"#)
      let red = try #require(run.sequence.products.first { $0.variable.name == "red" })
      for layer in red.layers {
        let stored = try await Self.stored("\(run.directory)/s/red/\(layer.label).nc", "red")
        let lost = try #require(layer.outOfRange)
        #expect(lost > 0)
        #expect(stored.count { $0 != -32_768 } == layer.statistics.count - lost)
      }
      // Flags are not quantities: they stay as they are.
      let quality = try #require(run.sequence.products.first { $0.variable.name == "qa_pixel" })
      #expect(quality.variable.storage == .float32)
      let summary = try JSONParser.parse(LocalFiles.readAll(run.directory + "/summary.json"))
      let written = summary["sequences"]?.array?.first?["modules"]?.array?.first?["dates"]?.array
      #expect(written?.map { $0["out_of_range"]?.integer } == red.layers.map(\.outOfRange))
    }
  }

  @Test func `without NetCDF none is published, and without Zarr the store is gone`() async throws {
    try await withTemporaryFolder { folder in
      try simulate(in: folder)
      let run = try await run(in: folder, formats: #"["cog"]"#)
      #expect(!LocalFiles.exists(run.directory + "/store.zarr"))
      let files = try LocalFiles.list(run.directory + "/s/ndvi")
      #expect(!files.isEmpty && files.allSatisfy { $0.hasSuffix(".tif") })
      #expect(!LocalFiles.exists(run.directory + "/s/ndvi_seasonal_mean.nc"))
      #expect(
        try LocalFiles.list(run.directory + "/s/ndvi_seasonal_mean_count") == [
          "DJF.tif", "JJA.tif", "MAM.tif", "SON.tif",
        ])
      let status = try await RunStatus(run.directory)
      #expect(status.isComplete)
      #expect(status.sequences[0].products.map(\.files) == [3, 3, 3, 4, 4])
    }
  }

  @Test func `a Zarr run is complete, keeps its chunks and says so`() async throws {
    try await withTemporaryFolder { folder in
      try simulate(in: folder)
      let run = try await run(in: folder, formats: #"["zarr"]"#, deflate: 3)
      let store = run.directory + "/store.zarr"
      #expect(try await RunStatus(run.directory).isComplete)
      #expect(!LocalFiles.exists(run.directory + "/s"))
      let metadata = try JSONParser.parse(LocalFiles.readAll(store + "/.zmetadata"))["metadata"]
      for name in ["ndvi", "plain", "cloud_mask", "ndvi_seasonal_mean", "time", "season", "x", "y", "crs"] {
        #expect(metadata?["s/\(name)/.zarray"] != nil && metadata?["s/\(name)/.zattrs"] != nil, "\(name)")
      }
      #expect(metadata?["s/ndvi/.zarray"]?["dtype"]?.string == "<i2")
      #expect(metadata?["s/ndvi/.zarray"]?["fill_value"]?.integer == -32_768)
      #expect(metadata?["s/ndvi/.zarray"]?["compressor"]?["level"]?.integer == 6)
      #expect(metadata?["s/plain/.zarray"]?["compressor"]?["level"]?.integer == 3)
      #expect(metadata?["s/ndvi/.zattrs"]?["scale_factor"]?.double == 0.0001)
      #expect(metadata?["s/crs/.zattrs"]?["grid_mapping_name"]?.string == "transverse_mercator")
      // A chunk that is lost later is computed again: the store is the result.
      let chunk = store + "/s/plain/0/0/0"
      let bytes = try LocalFiles.readAll(chunk)
      try LocalFiles.remove(chunk)
      _ = try await self.run(in: folder, formats: #"["zarr"]"#, deflate: 3)
      #expect(try LocalFiles.readAll(chunk) == bytes)
    }
  }

  @Test func `a format that is asked for later is added`() async throws {
    try await withTemporaryFolder { folder in
      try simulate(in: folder)
      _ = try await run(in: folder, formats: #"["netcdf"]"#)
      #expect(!LocalFiles.exists(folder + "/run/store.zarr"))
      let run = try await run(in: folder, formats: #"["netcdf", "cog"]"#)
      let status = try await RunStatus(run.directory)
      #expect(status.isComplete)
      #expect(status.sequences[0].products.map(\.files) == [6, 6, 6, 5, 5])
    }
  }
}
