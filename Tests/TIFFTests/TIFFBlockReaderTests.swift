import Foundation
import GDAL
import Geo
import Raster
import Storage
import TIFF
import TestSupport
import Testing

/// The direct reader against GDAL on the same files, which GDAL's own tools wrote.
@Suite struct TIFFBlockReaderTests {
  static let forms: [(name: String, options: [String])] = [
    (
      "tiles, deflate, differenced",
      ["TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=32", "COMPRESS=DEFLATE", "PREDICTOR=2"]
    ),
    ("tiles, deflate", ["TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64", "COMPRESS=DEFLATE"]),
    ("strips, deflate, differenced", ["BLOCKYSIZE=7", "COMPRESS=DEFLATE", "PREDICTOR=2"]),
    ("strips, as they are", ["BLOCKYSIZE=13"]),
    ("one strip", ["BLOCKYSIZE=1000"]),
    (
      "BigTIFF",
      ["BIGTIFF=YES", "TILED=YES", "BLOCKXSIZE=32", "BLOCKYSIZE=32", "COMPRESS=DEFLATE", "PREDICTOR=2"]
    ),
  ]

  @Test(arguments: forms.indices, ["Byte", "UInt16", "Int16", "Int32", "Float32"])
  func `the samples are those that GDAL reads`(form: Int, type: String) async throws {
    let form = Self.forms[form]
    // GDAL knows differencing of integers by this number; float files have a predictor of their own.
    let options = type == "Float32" ? form.options.filter { $0 != "PREDICTOR=2" } : form.options
    try await withFile(type: type, options: options) { path in
      let layout = try #require(TIFFLayout(path: path), "\(form.name), \(type)")
      let dataset = try RasterDataset(opening: path)
      #expect(layout.type == dataset.info.bands[0].type)
      let reader = TIFFBlockReader()
      for window in [
        PixelWindow(column: 0, row: 0, width: 201, height: 157),
        PixelWindow(column: 63, row: 31, width: 67, height: 66),
        PixelWindow(column: 200, row: 156, width: 1, height: 1),
        PixelWindow(column: 5, row: 150, width: 130, height: 7),
      ] {
        let stride = window.width + 3
        let size = layout.type.size
        var direct = [UInt8](repeating: 0xAB, count: stride * window.height * size)
        var expected = direct
        let unpacked = try direct.withUnsafeMutableBytes {
          try reader.read(BlockRead(layout, window: window), into: $0, rowStride: stride)
        }
        #expect(unpacked == layout.blocks(in: window) { _ in true }.count)
        try expected.withUnsafeMutableBytes {
          try dataset.read(band: 1, window: window, as: layout.type, into: $0, rowStride: stride)
        }
        #expect(direct == expected, "\(form.name), \(type), \(window)")
      }
    }
  }

  @Test(arguments: [
    ["COMPRESS=LZW"], ["COMPRESS=DEFLATE", "PREDICTOR=3"], ["ENDIANNESS=BIG"],
    ["TILED=YES", "SPARSE_OK=TRUE"],
  ])
  func `other forms are left to GDAL`(options: [String]) async throws {
    let isFloat = options.contains("PREDICTOR=3")
    try await withFile(
      type: isFloat ? "Float32" : "UInt16", options: options, isEmpty: options.contains("SPARSE_OK=TRUE")
    ) {
      #expect(TIFFLayout(path: $0) == nil)
    }
  }

  @Test func `a file that is cut short is noticed`() async throws {
    try await withFile(
      type: "UInt16", options: ["TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64", "COMPRESS=DEFLATE"]
    ) { path in
      let layout = try #require(TIFFLayout(path: path))
      try LocalFiles.truncate(path, to: LocalFiles.size(path) - 100)
      var samples = [UInt8](repeating: 0, count: 201 * 157 * 2)
      let whole = PixelWindow(column: 0, row: 0, width: 201, height: 157)
      let unpacked = try samples.withUnsafeMutableBytes {
        try TIFFBlockReader().read(BlockRead(layout, window: whole), into: $0, rowStride: 201)
      }
      #expect(unpacked == nil)
    }
  }

  @Test func `a damaged block is noticed`() async throws {
    try await withFile(
      type: "UInt16", options: ["TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64", "COMPRESS=DEFLATE"]
    ) { path in
      var bytes = try LocalFiles.readAll(path)
      let sound = try #require(TIFFLayout(path: path))
      let block = try #require(sound.bytes(ofBlock: 5))
      try #require(block.count > 400)
      for place in block.dropFirst(100).prefix(200) { bytes[place] ^= 0x5A }
      try LocalFiles.writeAtomically(path, bytes)
      let layout = try #require(TIFFLayout(path: path))
      var samples = [UInt8](repeating: 0, count: 201 * 157 * 2)
      let whole = PixelWindow(column: 0, row: 0, width: 201, height: 157)
      let unpacked = try samples.withUnsafeMutableBytes {
        try TIFFBlockReader().read(BlockRead(layout, window: whole), into: $0, rowStride: 201)
      }
      #expect(unpacked == nil)
    }
  }

  @Test func `blocks nobody wants are not read`() async throws {
    try await withFile(
      type: "UInt16", options: ["TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64", "COMPRESS=DEFLATE"]
    ) { path in
      let layout = try #require(TIFFLayout(path: path))
      var samples = [UInt16](repeating: 7, count: 128 * 64)
      var asked: [PixelWindow] = []
      let read = BlockRead(layout, window: PixelWindow(column: 0, row: 0, width: 128, height: 64)) { block in
        asked.append(block)
        return block.column == 64
      }
      let unpacked = try samples.withUnsafeMutableBytes {
        try TIFFBlockReader().read(read, into: $0, rowStride: 128)
      }
      #expect(unpacked == 1)
      #expect(asked.map(\.column) == [0, 64])
      #expect(samples[0..<64].allSatisfy { $0 == 7 })
      #expect(!samples[64..<128].allSatisfy { $0 == 7 })
    }
  }

  @Test func `what is no TIFF has no layout`() throws {
    let folder = try LocalFiles.makeTemporaryDirectory()
    defer { _ = try? LocalFiles.removeTree(folder) }
    for bytes: [UInt8] in [
      [], [0x49, 0x49], Array("II*\0\u{FF}\u{FF}\u{FF}\u{7F}0123456789".utf8),
      Array(repeating: 0, count: 400),
    ] {
      try LocalFiles.writeAtomically("\(folder)/a.tif", bytes)
      #expect(TIFFLayout(path: "\(folder)/a.tif") == nil)
    }
    #expect(TIFFLayout(path: "\(folder)/none.tif") == nil)
  }

  /// Has GDAL's tools write a raster of 201 × 157 uneven samples.
  private func withFile(
    type: String, options: [String], isEmpty: Bool = false, _ body: (String) throws -> Void
  ) async throws {
    let folder = try LocalFiles.makeTemporaryDirectory()
    defer { _ = try? LocalFiles.removeTree(folder) }
    let raw = "\(folder)/raw.tif"
    let grid = Grid(
      crs: try SpatialReference.parse("EPSG:32719"),
      transform: AffineTransform(originX: 15, originY: 15, pixelWidth: 30, pixelHeight: -30), width: 201,
      height: 157)
    var samples = [Int32](repeating: 0, count: 201 * 157)
    var state: UInt32 = 12_345
    for index in samples.indices where !isEmpty {
      state = state &* 1_664_525 &+ 1_013_904_223
      samples[index] = Int32(state >> 25) + Int32(index % 201) / 4
    }
    try GeoTIFFWriter.write(
      samples, to: raw, grid: grid,
      options: GeoTIFFWriter.Options(type: .int32, blockWidth: 64, blockHeight: 64))
    try await Program(
      ["gdal_translate", "-q", "-ot", type, raw, "\(folder)/file.tif"] + options.flatMap { ["-co", $0] }
    ).output()
    try body("\(folder)/file.tif")
  }
}
