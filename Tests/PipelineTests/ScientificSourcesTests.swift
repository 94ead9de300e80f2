import Catalog
import Engine
import GDAL
import Geo
import NetCDF
import Raster
import Simulation
import Storage
import TestSupport
import Testing

@testable import Pipeline

/// Sources in NetCDF and Zarr: GDAL reads them while the results' NetCDF files are written by other threads.
@Suite struct ScientificSourcesTests {
  private let folder: String

  init() throws {
    NetCDFThread.prepareProcess()
    folder = try LocalFiles.makeTemporaryDirectory()
  }

  private func finish() { _ = try? LocalFiles.removeTree(folder) }

  /// Runs a script in the folder.
  private func shell(_ script: String) async throws {
    try await Program.shell("set -e; \(script)", in: folder).output()
  }

  private func write(_ name: String, factor: Int16 = 1) throws -> [Int16] {
    let samples = (0..<(70 * 50)).map { Int16($0 % 997) * factor - 5 }
    let grid = Grid(
      crs: try SpatialReference.parse("EPSG:32719"),
      transform: AffineTransform(gdal: [300_000, 30, 0, 6_100_000, 0, -30]), width: 70, height: 50)
    try GeoTIFFWriter.write(
      samples, to: "\(folder)/\(name)", grid: grid,
      options: .init(
        type: .int16, nodata: -5, scale: 0.0005, offset: -0.25, blockWidth: 64, blockHeight: 64))
    return samples
  }

  private func pixels(_ dataset: borrowing RasterDataset) throws -> [Int16] {
    var values = [Int16](repeating: 0, count: 70 * 50)
    let window = PixelWindow(column: 0, row: 0, width: 70, height: 50)
    try values.withUnsafeMutableBytes {
      try dataset.read(band: 1, window: window, as: .int16, into: $0, rowStride: 70)
    }
    return values
  }

  @Test(arguments: ["a.nc", "classic.nc", "nameless", "a.zarr"])
  func `a raster in another format has the pixels, place and numbers of its GeoTIFF`(_ name: String)
    async throws
  {
    defer { finish() }
    let samples = try write("a.tif")
    switch name {
    case "a.nc":
      try await shell("gdal_translate -q -of netCDF -co FORMAT=NC4 -co COMPRESS=DEFLATE a.tif a.nc")
    case "classic.nc": try await shell("gdal_translate -q -of netCDF a.tif classic.nc")
    case "nameless": try await shell("gdal_translate -q -of netCDF a.tif a.nc; mv a.nc nameless")
    default: try await shell("gdal_translate -q -of Zarr -co COMPRESS=ZLIB a.tif a.zarr")
    }
    let plain = try RasterDataset(opening: folder + "/a.tif")
    let dataset = try RasterDataset(opening: "\(folder)/\(name)")
    #expect(try pixels(dataset) == samples)
    let (band, expected) = (dataset.info.bands[0], plain.info.bands[0])
    #expect((band.type, band.nodata) == (expected.type, expected.nodata))
    #expect((band.scale, band.offset) == (0.0005, -0.25))
    let (place, whole) = (try #require(dataset.info.grid), try #require(plain.info.grid))
    #expect(place.transform == whole.transform && CRSComparison.isSame(place.crs, whole.crs))
  }

  @Test func `of a file with several variables the one with a band's name is read`() async throws {
    defer { finish() }
    _ = try write("a.tif")
    let second = try write("b.tif", factor: 2)
    // GDAL calls the variables Band1 and Band2.
    try await shell(
      "gdalbuildvrt -q -separate ab.vrt a.tif b.tif && gdal_translate -q -of netCDF -co FORMAT=NC4 ab.vrt ab.nc"
    )
    let path = folder + "/ab.nc"
    let named = try RasterDataset(opening: path, variables: ["nir", "band2"])
    let isVariable = named.isVariable
    #expect(isVariable)
    #expect(try pixels(named) == second)
    let part = try RasterDataset(opening: "NETCDF:\"\(path)\":Band2")
    #expect(try pixels(part) == second)
    for names in [[], ["nir"]] {
      do throws(GDALError) {
        _ = try RasterDataset(opening: path, variables: names)
        Issue.record("opened without a name that fits")
      } catch {
        #expect("\(error)".contains("several variables (Band1, Band2)"), "\(error)")
      }
    }
  }

  @Test func `a part of a file is found from the folder of its item`() {
    #expect(Href.resolve("NETCDF:\"./a.nc\":ndvi", against: "/x/items.json") == "NETCDF:\"/x/a.nc\":ndvi")
    #expect(
      Href.resolve("HDF5:\"/y/a.h5\"://grid/ndvi", inFolder: "/x") == "HDF5:\"/y/a.h5\"://grid/ndvi")
  }

  // MARK: Runs

  private func run(_ archive: String) async throws -> PipelineRunner.Outcome {
    let text = """
      { "pipeline": "formats", "output": { "formats": ["netcdf"] },
        "resources": { "threads": 4, "chunk": [40, 67] },
        "sequences": [ { "name": "s", "modules": [
          { "module": "download", "source": "\(archive)/items.json", "bands": ["red", "nir08", "qa_pixel"],
            "save": true },
          { "module": "cloud_mask", "band": "qa_pixel", "reject": ["fill", "cloud"], "save": true },
          { "module": "ndvi", "save": true },
          { "module": "seasonal_mean", "of": "ndvi" } ] } ] }
      """
    try LocalFiles.writeAtomically("\(folder)/\(archive).json", text: text)
    let reading = ConfigReader.read(path: "\(folder)/\(archive).json")
    var config = try #require(reading.config, "\(reading.messages)")
    config.output.location = "\(folder)/run-\(archive)"
    return try await PipelineRunner(config, version: "0", isFresh: false) { _ in }.run()
  }

  /// Makes an archive, and copies of it in another format.
  private func makeArchives() async throws {
    _ = try ArchiveSimulator(directory: folder + "/tif", dates: 6, width: 150, height: 90).write()
    try await shell(
      """
      cp -r tif nc
      for file in $(cd tif && find . -name '*_SR_B[45].tif' -o -name '*QA_PIXEL.tif'); do
        gdal_translate -q -of netCDF -co FORMAT=NC4 -co COMPRESS=DEFLATE tif/$file nc/${file%.tif}.nc
      done
      find nc -name '*.tif' -delete
      sed -i 's/[.]tif"/.nc"/g' nc/items.json
      """)
  }

  @NetCDFThread
  private static func stored(_ path: String, _ variable: String) throws -> [UInt64] {
    let reader = try NetCDFFileReader(path)
    let values = try reader.doubles(variable)
    try reader.close()
    return values.map(\.bitPattern)
  }

  @Test func `a run on NetCDF files gives what the same run on GeoTIFFs gives`() async throws {
    defer { finish() }
    try await makeArchives()
    let (expected, found) = (try await run("tif"), try await run("nc"))
    #expect(found.losses == [])
    var compared = 0
    for product in expected.report.sequences[0].products {
      for layer in product.layers {
        let (file, name) = (try #require(layer.file), product.variable.name)
        let one = try await Self.stored("\(folder)/run-tif/\(file)", name)
        #expect(try await Self.stored("\(folder)/run-nc/\(file)", name) == one, "\(file)")
        compared += 1
      }
    }
    #expect(compared > 20)
  }

  @Test(arguments: ["NC", "NC2", "NC4"])
  func `a file that was cut off is not read, whole ones are`(_ format: String) async throws {
    defer { finish() }
    let samples = try write("a.tif")
    try await shell("gdal_translate -q -of netCDF -co FORMAT=\(format) a.tif a.nc")
    let whole = try RasterDataset(opening: folder + "/a.nc")
    #expect(try pixels(whole) == samples)
    // libnetcdf itself reads zeros from a classic file.
    try await shell("head -c $(($(stat -c %s a.nc) - 100)) a.nc > cut.nc")
    #expect(throws: GDALError.self) {
      let cut = try RasterDataset(opening: folder + "/cut.nc")
      _ = try pixels(cut)
    }
  }

  @Test func `a truncated NetCDF file is a loss with a reason`() async throws {
    defer { finish() }
    try await makeArchives()
    try await shell("file=$(find nc -name '*_SR_B4.nc' | sort | head -1); truncate -s 3000 $file")
    let outcome = try await run("nc")
    #expect(!outcome.losses.isEmpty)
    #expect(outcome.losses.allSatisfy { "\($0)".contains("_SR_B4.nc") }, "\(outcome.losses)")
  }
}
