import GDAL
import Geo
import Storage
import TestSupport
import Testing

/// A damaged file must fail; it must never come out as zeros.
@Suite("Damaged files")
struct DamagedFileTests {
  private let whole = PixelWindow(column: 0, row: 0, width: 200, height: 150)
  private let firstTile = PixelWindow(column: 0, row: 0, width: 64, height: 64)
  private let lastTile = PixelWindow(column: 192, row: 128, width: 8, height: 22)

  /// An item may name anything: GDAL would wait for a pipe until somebody writes to it.
  @Test func `a pipe is no raster`() async throws {
    let folder = try TemporaryFolder()
    let pipe = folder.file("pipe.tif")
    try await Program(["mkfifo", pipe]).output()
    for name in [pipe, "file://" + pipe, "NETCDF:\"\(pipe)\":a"] {
      let error = #expect(throws: GDALError.self) { _ = try RasterDataset(opening: name) }
      #expect(error?.message == "it is a pipe or a device")
    }
  }

  @Test
  func `a tile cut off the end throws; tiles before it still come out right`() throws {
    let folder = try TemporaryFolder()
    let all = try TestRasters.write(to: folder.file("whole.tif"))
    let bytes = try LocalFiles.readAll(folder.file("whole.tif"))
    try LocalFiles.writeAtomically(folder.file("cut.tif"), Array(bytes.dropLast(100)))
    let dataset = try RasterDataset(opening: folder.file("cut.tif"))
    let first = try dataset.uint16(firstTile)
    #expect(first == (0..<64).flatMap { row in (0..<64).map { all[row * 200 + $0] } })
    let error = #expect(throws: GDALError.self) { try dataset.uint16(lastTile) }
    #expect(error?.operation == .read)
    #expect(error?.window == lastTile)
    #expect(error?.file == folder.file("cut.tif"))
    #expect(throws: GDALError.self) { try dataset.uint16(whole) }
    // Nothing wrong may stay in the block cache: the second try fails like the first.
    #expect(throws: GDALError.self) { try dataset.uint16(lastTile) }
  }

  @Test(arguments: [0.3, 0.5, 0.9])
  func `a file cut in the middle throws for every missing tile`(part: Double) throws {
    let folder = try TemporaryFolder()
    _ = try TestRasters.write(to: folder.file("whole.tif"))
    let bytes = try LocalFiles.readAll(folder.file("whole.tif"))
    try LocalFiles.writeAtomically(
      folder.file("cut.tif"), Array(bytes.prefix(Int(Double(bytes.count) * part))))
    #expect(throws: GDALError.self) {
      let dataset = try RasterDataset(opening: folder.file("cut.tif"))
      _ = try dataset.uint16(whole)
    }
  }

  @Test(arguments: [0.25, 0.5, 0.75])
  func `a tile with changed bytes throws`(place: Double) throws {
    let folder = try TemporaryFolder()
    _ = try TestRasters.write(to: folder.file("whole.tif"))
    var bytes = try LocalFiles.readAll(folder.file("whole.tif"))
    let start = Int(Double(bytes.count) * place)
    for index in start..<(start + 40) { bytes[index] ^= 0x5A }
    try LocalFiles.writeAtomically(folder.file("bad.tif"), bytes)
    let dataset = try RasterDataset(opening: folder.file("bad.tif"))
    #expect(throws: GDALError.self) { try dataset.uint16(whole) }
  }

  @Test(arguments: [4, 8, 12, 60])
  func `a file whose directory is missing cannot be opened`(count: Int) throws {
    let folder = try TemporaryFolder()
    _ = try TestRasters.write(to: folder.file("whole.tif"))
    let bytes = try LocalFiles.readAll(folder.file("whole.tif"))
    try LocalFiles.writeAtomically(folder.file("head.tif"), Array(bytes.prefix(count)))
    #expect(throws: GDALError.self) { _ = try RasterDataset(opening: folder.file("head.tif")).path }
  }

  @Test
  func `an empty file cannot be opened`() throws {
    let folder = try TemporaryFolder()
    try LocalFiles.writeAtomically(folder.file("empty.tif"), [])
    #expect(throws: GDALError.self) { _ = try RasterDataset(opening: folder.file("empty.tif")).path }
  }

  @Test
  func `a file about which GDAL only warns is read`() throws {
    let folder = try TemporaryFolder()
    let all = try TestRasters.write(to: folder.file("whole.tif"))
    var bytes = try LocalFiles.readAll(folder.file("whole.tif"))
    // Entries of a TIFF directory must be sorted by tag; libtiff warns when they are not, and reads on.
    let directory = bytes[4..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    let entries = directory + 2
    for offset in 0..<12 { bytes.swapAt(entries + offset, entries + 12 + offset) }
    try LocalFiles.writeAtomically(folder.file("odd.tif"), bytes)
    let dataset = try RasterDataset(opening: folder.file("odd.tif"))
    #expect(try dataset.uint16(whole) == all)
  }
}
