import Geo
import Network
import Raster
import Storage
import TestSupport
import Testing

@testable import GDAL

/// Deflated blocks that only GDAL unpacks: what was not packed does not come out.
@Suite("Proven blocks") struct ProvenBlocksTests {
  /// Files whose blocks libtiff unpacks without a look at the checksum, or not to its end.
  static let forms: [(name: String, type: String, options: [String], bands: Int, height: Int)] = [
    ("one strip, row by row", "Byte", ["BLOCKYSIZE=2100"], 1, 2100),
    ("short last strip", "UInt16", ["BLOCKYSIZE=37"], 1, 150),
    ("bands side by side", "UInt16", ["INTERLEAVE=PIXEL", "BLOCKYSIZE=50"], 3, 150),
    (
      "bands one by one", "UInt16", ["INTERLEAVE=BAND", "TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64"], 2, 150
    ),
    ("floats", "Float32", ["PREDICTOR=3", "TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64"], 1, 150),
    ("twelve bits", "UInt16", ["NBITS=12", "BLOCKYSIZE=40"], 1, 150),
    ("big-endian", "Int16", ["ENDIANNESS=BIG", "PREDICTOR=2", "BLOCKYSIZE=150"], 1, 150),
  ]

  @Test(arguments: forms.indices) func aFlippedBitFailsTheRead(form: Int) async throws {
    let form = Self.forms[form]
    let folder = try TemporaryFolder()
    let path = folder.file("file.tif")
    try await write(
      form.type, form.options + ["COMPRESS=DEFLATE"], bands: form.bands, height: form.height, to: path)
    let sound = try LocalFiles.readAll(path)
    let expected = try (1...form.bands).map { try samples(of: path, band: $0) }
    var refused = 0
    var chance = SeededGenerator(seed: 5)
    for _ in 0..<60 {
      var bytes = sound
      let place = Int.random(in: (sound.count / 8)..<(sound.count - 8), using: &chance)
      bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &chance)
      try LocalFiles.writeAtomically(path, bytes)
      for band in 1...form.bands {
        guard let read = try? samples(of: path, band: band) else {
          refused += 1
          continue
        }
        #expect(read == expected[band - 1], "\(form.name), byte \(place)")
      }
    }
    #expect(refused >= 50, "\(form.name)")
  }

  @Test func aFlippedBitInAnOverviewFailsItsRead() async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("file.tif")
    try await write("UInt16", ["COMPRESS=DEFLATE", "BLOCKYSIZE=16"], bands: 1, height: 150, to: path)
    let withoutOverview = try LocalFiles.size(path)
    try await Program(["gdaladdo", "-q", "--config", "COMPRESS_OVERVIEW", "DEFLATE", path, "2"]).output()
    let sound = try LocalFiles.readAll(path)
    let full = try samples(of: path, band: 1)
    let expected = try samples(of: path, band: 1, overview: 0)
    var refused = 0
    for place in stride(from: Int(withoutOverview) + 400, to: sound.count - 4, by: 97) {
      var bytes = sound
      bytes[place] ^= 0x10
      try LocalFiles.writeAtomically(path, bytes)
      #expect(try samples(of: path, band: 1) == full)
      guard let read = try? samples(of: path, band: 1, overview: 0) else {
        refused += 1
        continue
      }
      #expect(read == expected, "byte \(place)")
    }
    #expect(refused > 20)
  }

  @Test func theErrorNamesTheBlock() async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("file.tif")
    try await write(
      "UInt16", ["COMPRESS=DEFLATE", "INTERLEAVE=PIXEL", "BLOCKYSIZE=50"], bands: 2, height: 150, to: path)
    var bytes = try LocalFiles.readAll(path)
    bytes[bytes.count - 20] ^= 1
    try LocalFiles.writeAtomically(path, bytes)
    let dataset = try RasterDataset(opening: path)
    let top = PixelWindow(column: 0, row: 0, width: 201, height: 100)
    _ = try dataset.samples(top, as: .uint16, band: 2, fill: UInt16(7))
    let whole = PixelWindow(column: 0, row: 0, width: 201, height: 150)
    let error = #expect(throws: GDALError.self) {
      try dataset.samples(whole, as: .uint16, band: 2, fill: UInt16(7))
    }
    #expect(error?.file == path)
    #expect(error?.window == whole)
    #expect(error?.message == "the compressed block in column 0, row 2 of blocks does not match its checksum")
    // The second try ends like the first.
    #expect(throws: GDALError.self) { try dataset.samples(whole, as: .uint16, band: 2, fill: UInt16(7)) }
  }

  @Test func blocksOfServersComeOnce() async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("file.tif")
    try await write(
      "UInt16", ["COMPRESS=DEFLATE", "INTERLEAVE=PIXEL", "BLOCKYSIZE=50"], bands: 3, height: 1500, to: path)
    let expected = try samples(of: path, band: 3)
    let source = MemorySource(try LocalFiles.readAll(path))
    let dataset = try RasterDataset(opening: RemoteFile("https://example.org/file.tif", source: source))
    let whole = PixelWindow(column: 0, row: 0, width: dataset.info.width, height: dataset.info.height)
    #expect(try dataset.samples(whole, as: .uint16, band: 3, fill: UInt16(7)).map(Double.init) == expected)
    // Whole pieces, some of which two blocks share, and the head.
    #expect(
      source.fetched < 2 * source.bytes.count + (128 << 10), "\(source.fetched) of \(source.bytes.count)")
  }

  private func samples(of path: String, band: Int, overview: Int? = nil) throws -> [Double] {
    let dataset = try RasterDataset(opening: path, overview: overview)
    let whole = PixelWindow(column: 0, row: 0, width: dataset.info.width, height: dataset.info.height)
    return try dataset.samples(whole, as: .float64, band: band, fill: -1.0)
  }

  private func write(
    _ type: String, _ options: [String], bands: Int, height: Int, to path: String
  ) async throws {
    var samples = [Int32](repeating: 0, count: 201 * height)
    var chance = SeededGenerator(seed: 3)
    for index in samples.indices {
      samples[index] = Int32.random(in: 0..<40, using: &chance) + Int32(index % 201)
    }
    let raw = path + ".raw.tif"
    try GeoTIFFWriter.write(
      samples, to: raw, grid: TestRasters.grid(width: 201, height: height),
      options: .init(type: .int32, blockWidth: 64, blockHeight: 64))
    try await Program(
      ["gdal_translate", "-q", "-ot", type, raw, path] + (0..<bands).flatMap { _ in ["-b", "1"] }
        + options.flatMap { ["-co", $0] }
    ).output()
  }
}

/// A server that counts what it sends. Used by one thread.
private final class MemorySource: RangeSource, @unchecked Sendable {
  let bytes: [UInt8]
  private(set) var fetched = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  func fetch(
    at offset: Int, into buffer: UnsafeMutableRawBufferPointer, mayEnd: Bool
  ) -> Result<RangeAnswer, NetworkFault> {
    let count = min(buffer.count, bytes.count - offset)
    guard count > 0 else { return .failure(NetworkFault(.answer, .final, message: "beyond the end")) }
    buffer.copyBytes(from: bytes[offset..<(offset + count)])
    fetched += count
    return .success(RangeAnswer(count: count, total: bytes.count, version: FileVersion(tag: "\"1\"")))
  }
}
