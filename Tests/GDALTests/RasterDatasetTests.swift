import GDAL
import Geo
import Raster
import Storage
import TestSupport
import Testing

@Suite("Reading rasters")
struct RasterDatasetTests {
  @Test
  func `a window comes out exactly as stored, across tile borders and at the ragged edge`() throws {
    let folder = try TemporaryFolder()
    let all = try TestRasters.write(to: folder.file("a.tif"))
    let dataset = try RasterDataset(opening: folder.file("a.tif"))
    for window in [
      PixelWindow(column: 0, row: 0, width: 200, height: 150),
      PixelWindow(column: 60, row: 50, width: 10, height: 30),
      PixelWindow(column: 199, row: 149, width: 1, height: 1),
      PixelWindow(column: 130, row: 127, width: 70, height: 23),
    ] {
      let expected = (0..<window.height).flatMap { row in
        (0..<window.width).map { all[(window.row + row) * 200 + window.column + $0] }
      }
      #expect(try dataset.uint16(window) == expected)
    }
  }

  @Test
  func `samples between rows of a wider buffer are left alone`() throws {
    let folder = try TemporaryFolder()
    let all = try TestRasters.write(to: folder.file("a.tif"))
    let dataset = try RasterDataset(opening: folder.file("a.tif"))
    var buffer = [UInt16](repeating: 9, count: 5 + 5 + 3)
    try buffer.withUnsafeMutableBytes {
      try dataset.read(
        band: 1,
        window: PixelWindow(column: 10, row: 20, width: 3, height: 3),
        as: .uint16,
        into: $0,
        rowStride: 5
      )
    }
    #expect(buffer[0..<3] == all[4010..<4013])
    #expect(buffer[3..<5] == [9, 9])
    #expect(buffer[5..<8] == all[4210..<4213])
    #expect(buffer[10..<13] == all[4410..<4413])
  }

  @Test
  func `a file's description holds its grid, blocks, type, nodata, scale and offset`() throws {
    let folder = try TemporaryFolder()
    let grid = try TestRasters.grid(width: 40, height: 30)
    try GeoTIFFWriter.write(
      [UInt16](repeating: 5, count: 1200),
      to: folder.file("a.tif"),
      grid: grid,
      options: .init(
        type: .uint16,
        nodata: 0,
        scale: 2.75e-5,
        offset: -0.2,
        blockWidth: 32,
        blockHeight: 16
      )
    )
    let info = try RasterDataset(opening: folder.file("a.tif")).info
    #expect(info.driver == "GTiff")
    #expect(info.width == 40 && info.height == 30)
    #expect(info.grid?.transform == grid.transform)
    #expect(info.grid?.crs.authorityCode == "EPSG:32719")
    let band = try #require(info.bands.first)
    #expect(info.bands.count == 1)
    #expect(band.type == .uint16)
    #expect(band.nodata == 0)
    #expect(band.scale == 2.75e-5)
    #expect(band.offset == -0.2)
    #expect(band.blockWidth == 32 && band.blockHeight == 16)
    #expect(band.compression == "DEFLATE")
  }

  @Test
  func `nodata, scale and offset are nil when the file says nothing`() throws {
    let folder = try TemporaryFolder()
    try GeoTIFFWriter.write(
      [Float](repeating: 1, count: 256),
      to: folder.file("a.tif"),
      grid: TestRasters.grid(width: 16, height: 16),
      options: .init(type: .float32, blockWidth: 16, blockHeight: 16)
    )
    let band = try #require(try RasterDataset(opening: folder.file("a.tif")).info.bands.first)
    #expect(band.nodata == nil)
    #expect(band.scale == nil)
    #expect(band.offset == nil)
  }

  @Test
  func `a file without a geotransform has no grid`() throws {
    let folder = try TemporaryFolder()
    let pgm = Array("P5\n2 2\n255\n".utf8) + [1, 2, 3, 4]
    try LocalFiles.writeAtomically(folder.file("a.pgm"), pgm)
    let dataset = try RasterDataset(opening: folder.file("a.pgm"))
    #expect(dataset.info.grid == nil)
    #expect(
      try dataset.samples(.init(column: 0, row: 0, width: 2, height: 2), as: .uint8, fill: UInt8(0)) == [
        1, 2, 3, 4,
      ]
    )
  }

  @Test
  func `what GDAL's side-car file beside a raster says counts, and none is written`() throws {
    let folder = try TemporaryFolder()
    _ = try TestRasters.write(to: folder.file("a.tif"))
    let aux =
      "<PAMDataset><PAMRasterBand band=\"1\"><NoDataValue>77</NoDataValue></PAMRasterBand></PAMDataset>"
    try LocalFiles.writeAtomically(folder.file("a.tif.aux.xml"), Array(aux.utf8))
    let dataset = try RasterDataset(opening: folder.file("a.tif"))
    #expect(dataset.info.bands.first?.nodata == 77)
    #expect(dataset.info.files == [folder.file("a.tif"), folder.file("a.tif.aux.xml")])
    _ = try TestRasters.write(to: folder.file("b.tif"))
    do {
      _ = try RasterDataset(opening: folder.file("b.tif")).uint16(
        .init(column: 0, row: 0, width: 9, height: 9))
    }
    #expect(!LocalFiles.exists(folder.file("b.tif.aux.xml")))
  }

  @Test
  func
    `rasters whose tags are the same have one coordinate system, others their own, and a side-car file's wins`()
    throws
  {
    let folder = try TemporaryFolder()
    let codes = ["EPSG:32719", "EPSG:32619", "EPSG:32719", "EPSG:4326", "EPSG:3413", "EPSG:32719"]
    for (number, code) in codes.enumerated() {
      try GeoTIFFWriter.write(
        [1, 2] as [UInt8], to: folder.file("\(number).tif"),
        grid: try TestRasters.grid(width: 2, height: 1, crs: code),
        options: .init(type: .uint8))
    }
    let other = try SpatialReference.parse("EPSG:32720")
    let words = "<PAMDataset><SRS>\(other.wkt.replacing("\"", with: "&quot;"))</SRS></PAMDataset>"
    try LocalFiles.writeAtomically(folder.file("5.tif.aux.xml"), Array(words.utf8))
    let found = try codes.indices.map {
      try RasterDataset(opening: folder.file("\($0).tif")).info.crs?.authorityCode
    }
    #expect(found == codes.dropLast() + ["EPSG:32720"])
  }

  @Test
  func `samples can be read into a wider type, signed bytes keeping their sign`() throws {
    let folder = try TemporaryFolder()
    let window = PixelWindow(column: 0, row: 0, width: 4, height: 1)
    let grid = try TestRasters.grid(width: 4, height: 1)
    let options = GeoTIFFWriter.Options(type: .int8, blockWidth: 16, blockHeight: 16)
    try GeoTIFFWriter.write(
      [-128, -1, 0, 127] as [Int8],
      to: folder.file("a.tif"),
      grid: grid,
      options: options
    )
    let bytes = try RasterDataset(opening: folder.file("a.tif"))
    #expect(bytes.info.bands.first?.type == .int8)
    #expect(try bytes.samples(window, as: .int8, fill: Int8(0)) == [-128, -1, 0, 127])
    #expect(try bytes.samples(window, as: .int16, fill: Int16(0)) == [-128, -1, 0, 127])
    #expect(try bytes.samples(window, as: .int32, fill: Int32(0)) == [-128, -1, 0, 127])
    #expect(try bytes.samples(window, as: .float32, fill: Float(0)) == [-128, -1, 0, 127])
    #expect(try bytes.samples(window, as: .float64, fill: 0.0) == [-128, -1, 0, 127])
    _ = try TestRasters.write(to: folder.file("b.tif"))
    let words = try RasterDataset(opening: folder.file("b.tif"))
    let stored = try words.uint16(window)
    #expect(try words.samples(window, as: .int32, fill: Int32(0)) == stored.map { Int32($0) })
    #expect(try words.samples(window, as: .float64, fill: 0.0) == stored.map { Double($0) })
  }

  @Test(arguments: [SampleType.uint8, .int16, .int8]
  )
  func `a type that cannot hold every stored value is refused`(type: SampleType) throws {
    let folder = try TemporaryFolder()
    _ = try TestRasters.write(to: folder.file("a.tif"))
    let dataset = try RasterDataset(opening: folder.file("a.tif"))
    var buffer = [UInt16](repeating: 0, count: 4)
    #expect(throws: GDALError.self) {
      try buffer.withUnsafeMutableBytes {
        try dataset.read(
          band: 1,
          window: PixelWindow(column: 0, row: 0, width: 2, height: 1),
          as: type,
          into: $0,
          rowStride: 2
        )
      }
    }
  }

  @Test(arguments: [
    (1, PixelWindow(column: 190, row: 0, width: 20, height: 1), 20, 20),
    (1, PixelWindow(column: -1, row: 0, width: 2, height: 1), 2, 2),
    (1, PixelWindow(column: 0, row: 0, width: 0, height: 1), 2, 2),
    (0, PixelWindow(column: 0, row: 0, width: 2, height: 1), 2, 2),
    (2, PixelWindow(column: 0, row: 0, width: 2, height: 1), 2, 2),
    (1, PixelWindow(column: 0, row: 0, width: 2, height: 2), 3, 2),
    (1, PixelWindow(column: 0, row: 0, width: 2, height: 2), 4, 1),
  ]
  )
  func
    `a window outside the raster, an unknown band and a small buffer are refused, naming the file and the place`(
      band: Int, window: PixelWindow, count: Int, rowStride: Int
    ) throws
  {
    let folder = try TemporaryFolder()
    let path = folder.file("a.tif")
    _ = try TestRasters.write(to: path)
    let dataset = try RasterDataset(opening: path)
    var buffer = [UInt16](repeating: 0, count: count)
    let error = #expect(throws: GDALError.self) {
      try buffer.withUnsafeMutableBytes {
        try dataset.read(band: band, window: window, as: .uint16, into: $0, rowStride: rowStride)
      }
    }
    #expect(error?.file == path)
    #expect(error?.band == band)
    #expect(error?.window == window)
  }

  @Test
  func `an absent file says so and names itself`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("absent.tif")
    let error = #expect(throws: GDALError.self) { _ = try RasterDataset(opening: path).path }
    #expect(error?.operation == .open)
    #expect(error?.description.contains("absent.tif") == true)
    #expect(error?.description.contains("No such file") == true)
  }

  @Test
  func `a file that is no raster is refused with a reason`() throws {
    let folder = try TemporaryFolder()
    try LocalFiles.writeAtomically(folder.file("a.tif"), Array("hello, I am text".utf8))
    let error = #expect(throws: GDALError.self) { _ = try RasterDataset(opening: folder.file("a.tif")).path }
    #expect(error?.message.isEmpty == false)
  }

  @Test
  func
    `samples of a type that Apus has not are refused when they are read, and the file's other bands are not`()
    throws
  {
    let folder = try TemporaryFolder()
    try LocalFiles.writeAtomically(folder.file("data.bin"), [UInt8](repeating: 0, count: 8))
    let vrt = """
      <VRTDataset rasterXSize="1" rasterYSize="1"><VRTRasterBand dataType="CFloat32" band="1"/>
      <VRTRasterBand dataType="Byte" band="2"/></VRTDataset>
      """
    try LocalFiles.writeAtomically(folder.file("a.vrt"), Array(vrt.utf8))
    let dataset = try RasterDataset(opening: folder.file("a.vrt"))
    let window = PixelWindow(column: 0, row: 0, width: 1, height: 1)
    do {
      _ = try dataset.samples(window, as: .float64, fill: 0.0)
      Issue.record("complex numbers were read")
    } catch {
      #expect("\(error)".contains("CFloat32"))
    }
    #expect(try dataset.samples(window, as: .uint8, band: 2, fill: UInt8(7)) == [0])
  }

  @Test
  func `the HTTP status of a remote failure is told apart`() {
    let refused = GDALError(.open, file: "/vsicurl/x", message: "HTTP response code: 403")
    let missing = GDALError(
      .read,
      file: "x",
      message: "Range downloading not supported: HTTP error code : 404"
    )
    #expect(refused.httpStatus == 403)
    #expect(missing.httpStatus == 404)
    #expect(GDALError(.open, message: "No such file").httpStatus == nil)
  }

  @Test
  func `a signature in an address stays out of the description`() {
    let error = GDALError(
      .read,
      file: "/vsicurl/https://host/a.tif?sig=SECRET&se=2021",
      band: 1,
      message: "/vsicurl/https://host/a.tif?sig=SECRET&se=2021, band 1: IReadBlock failed"
    )
    #expect(!error.description.contains("SECRET"))
    #expect(error.description.contains("/vsicurl/https://host/a.tif?…, band 1"))
    #expect(error.description.contains("IReadBlock failed"))
  }

  @Test
  func `the library can be set up from many threads, and again`() async {
    await withTaskGroup { group in
      for size in 1...16 { group.addTask { GDALLibrary.setUp(cacheBytes: size << 20) } }
    }
    GDALLibrary.setUp(cacheBytes: 32 << 20)
    #expect(GDALLibrary.version.hasPrefix("3."))
  }
}
