import GDAL
import Geo
import Glibc
import Raster
import Storage
import TestSupport
import Testing

@Suite("Writing GeoTIFFs")
struct GeoTIFFWriterTests {
  @Test
  func `every sample type comes back as it was written`() throws {
    let folder = try TemporaryFolder()
    let grid = try TestRasters.grid(width: 33, height: 20)
    let window = grid.window
    func check<Sample: BitwiseCopyable & Equatable>(_ samples: [Sample], _ type: SampleType) throws {
      let path = folder.file(type.rawValue + ".tif")
      try GeoTIFFWriter.write(
        samples,
        to: path,
        grid: grid,
        options: .init(type: type, blockWidth: 16, blockHeight: 16)
      )
      let dataset = try RasterDataset(opening: path)
      #expect(dataset.info.bands.first?.type == type)
      #expect(try dataset.samples(window, as: type, fill: samples[0]) == samples)
    }
    let numbers = (0..<window.count).map { $0 * 7919 }
    try check(numbers.map { UInt8(truncatingIfNeeded: $0) }, .uint8)
    try check(numbers.map { Int8(truncatingIfNeeded: $0) }, .int8)
    try check(numbers.map { UInt16(truncatingIfNeeded: $0) }, .uint16)
    try check(numbers.map { Int16(truncatingIfNeeded: $0) }, .int16)
    try check(numbers.map { UInt32(truncatingIfNeeded: $0 * 1003) }, .uint32)
    try check(numbers.map { Int32(truncatingIfNeeded: $0 * 1003) }, .int32)
    try check(numbers.map { Float($0) / 3 }, .float32)
    try check(numbers.map { Double($0) / 3 }, .float64)
  }

  @Test
  func `rows of tiles written one by one make the same bytes as the whole at once`() throws {
    let folder = try TemporaryFolder()
    let samples = try TestRasters.write(to: folder.file("once.tif"))
    let options = GeoTIFFWriter.Options(type: .uint16, nodata: 0, blockWidth: 64, blockHeight: 64)
    var writer = try GeoTIFFWriter(
      creating: folder.file("rows.tif"),
      grid: TestRasters.grid(width: 200, height: 150),
      options: options
    )
    for row in 0..<writer.tiles.rows {
      let first = row * 64
      let count = min(64, 150 - first)
      try samples[(first * 200)..<((first + count) * 200)].withUnsafeBytes {
        try writer.write(
          window: PixelWindow(column: 0, row: first, width: 200, height: count),
          from: $0,
          rowStride: 200
        )
      }
    }
    try writer.finish()
    #expect(try LocalFiles.readAll(folder.file("rows.tif")) == LocalFiles.readAll(folder.file("once.tif")))
  }

  @Test
  func `the final name appears only when the file is complete, and nothing else is left`() throws {
    let folder = try TemporaryFolder()
    let grid = try TestRasters.grid(width: 16, height: 16)
    var writer = try GeoTIFFWriter(
      creating: folder.file("a.tif"),
      grid: grid,
      options: .init(type: .uint8, blockWidth: 16, blockHeight: 16)
    )
    #expect(!folder.files.contains("a.tif"))
    try [UInt8](repeating: 1, count: 256).withUnsafeBytes {
      try writer.write(window: grid.window, from: $0, rowStride: 16)
    }
    #expect(!folder.files.contains("a.tif"))
    try writer.finish()
    #expect(folder.files == ["a.tif"])
  }

  @Test
  func `a writer left unfinished leaves nothing behind`() throws {
    let folder = try TemporaryFolder()
    do {
      _ = try GeoTIFFWriter(
        creating: folder.file("a.tif"),
        grid: TestRasters.grid(width: 16, height: 16),
        options: .init(type: .uint8, blockWidth: 16, blockHeight: 16)
      ).path
    }
    #expect(folder.files.isEmpty)
  }

  @Test
  func `a tile that was never written is an error when the file is finished`() throws {
    let folder = try TemporaryFolder()
    var writer = try GeoTIFFWriter(
      creating: folder.file("a.tif"),
      grid: TestRasters.grid(width: 40, height: 16),
      options: .init(type: .uint8, blockWidth: 16, blockHeight: 16)
    )
    try [UInt8](repeating: 1, count: 32 * 16).withUnsafeBytes {
      try writer.write(window: PixelWindow(column: 0, row: 0, width: 32, height: 16), from: $0, rowStride: 32)
    }
    do {
      try writer.finish()
      Issue.record("finished with a tile missing")
    } catch {
      #expect(error.window == PixelWindow(column: 32, row: 0, width: 8, height: 16))
    }
  }

  @Test(arguments: [
    PixelWindow(column: 8, row: 0, width: 16, height: 16),
    PixelWindow(column: 0, row: 0, width: 20, height: 16),
    PixelWindow(column: 0, row: 0, width: 16, height: 8),
    PixelWindow(column: 32, row: 0, width: 16, height: 16),
  ]
  )
  func `windows that cut tiles are refused`(window: PixelWindow) throws {
    let folder = try TemporaryFolder()
    var writer = try GeoTIFFWriter(
      creating: folder.file("a.tif"),
      grid: TestRasters.grid(width: 40, height: 16),
      options: .init(type: .uint8, blockWidth: 16, blockHeight: 16)
    )
    do {
      try [UInt8](repeating: 1, count: 1024).withUnsafeBytes {
        try writer.write(window: window, from: $0, rowStride: window.width)
      }
      Issue.record("a window that cuts tiles was written")
    } catch let error as GDALError {
      #expect(error.window == window)
    }
  }

  @Test
  func `a missing folder, odd tile sizes and a wrong level are refused, naming the file`() throws {
    let folder = try TemporaryFolder()
    let grid = try TestRasters.grid(width: 16, height: 16)
    let samples = [UInt8](repeating: 1, count: 256)
    for (path, options) in [
      (folder.file("none/a.tif"), GeoTIFFWriter.Options(type: .uint8, blockWidth: 16, blockHeight: 16)),
      (folder.file("a.tif"), .init(type: .uint8, blockWidth: 17, blockHeight: 16)),
      (folder.file("a.tif"), .init(type: .uint8, blockWidth: 16, blockHeight: 0)),
      (folder.file("a.tif"), .init(type: .uint8, blockWidth: 16, blockHeight: 16, deflateLevel: 0)),
      (folder.file("a.tif"), .init(type: .uint16, blockWidth: 16, blockHeight: 16)),
    ] {
      let error = #expect(throws: GDALError.self) {
        try GeoTIFFWriter.write(samples, to: path, grid: grid, options: options)
      }
      #expect(error?.file == path)
      #expect(error?.operation == .create)
    }
    #expect(folder.files.isEmpty)
  }
}
