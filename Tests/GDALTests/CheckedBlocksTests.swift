import Geo
import Network
import Raster
import Storage
import TestSupport
import Testing

@testable import GDAL

/// Deflated blocks that only GDAL unpacks: what was not packed does not come out.
@Suite("Checked blocks") struct CheckedBlocksTests {
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

  @Test(arguments: forms.indices) func `a flipped bit fails the read`(form: Int) async throws {
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

  @Test func `a flipped bit in an overview fails its read`() async throws {
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

  /// Plain, resampled, a part, scaled: each also through another virtual raster, and warped.
  @Test(arguments: [
    [], ["-outsize", "100", "70", "-r", "bilinear"], ["-srcwin", "20", "30", "150", "100"],
    ["-scale", "0", "300", "0", "30"],
  ])
  func `a flipped bit fails the read of a virtual raster`(options: [String]) async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("file.tif")
    try await write("UInt16", ["COMPRESS=DEFLATE", "BLOCKYSIZE=30"], bands: 1, height: 150, to: path)
    let names = ["inner.vrt", "outer.vrt", "warped.vrt"].map { folder.file($0) }
    try await Program(["gdal_translate", "-q", "-of", "VRT", path, names[0]] + options).output()
    try await Program(["gdalbuildvrt", "-q", names[1], names[0]]).output()
    try await Program(["gdalwarp", "-q", "-of", "VRT", "-r", "bilinear", "-tr", "40", "40", path, names[2]])
      .output()
    try flipBits(of: path, from: 600, reading: names)
  }

  /// GDAL reads the overviews of a source where a virtual raster has fewer pixels: those in the file itself and those
  /// in one beside it.
  @Test(arguments: [[String](), ["-ro"]])
  func `a flipped bit in an overview fails the read of a virtual raster`(options: [String]) async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("file.tif")
    try await write("UInt16", ["COMPRESS=DEFLATE", "BLOCKYSIZE=30"], bands: 1, height: 150, to: path)
    let withoutOverview = Int(try LocalFiles.size(path))
    try await Program(
      ["gdaladdo", "-q", "--config", "COMPRESS_OVERVIEW", "DEFLATE"] + options + [path, "2"]
    )
    .output()
    let half = folder.file("half.vrt")
    try await Program(["gdal_translate", "-q", "-of", "VRT", "-outsize", "50%", "50%", path, half]).output()
    let outer = folder.file("outer.vrt")
    try await Program(["gdalbuildvrt", "-q", outer, half]).output()
    try flipBits(
      of: options.isEmpty ? path : path + ".ovr", from: options.isEmpty ? withoutOverview + 400 : 600,
      reading: [half, outer], stride: 97)
  }

  @Test func `a flipped bit in an overview beside a raster fails its read`() async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("file.tif")
    try await write("UInt16", ["COMPRESS=DEFLATE", "BLOCKYSIZE=30"], bands: 1, height: 150, to: path)
    try await Program(["gdaladdo", "-q", "-ro", "--config", "COMPRESS_OVERVIEW", "DEFLATE", path, "2"])
      .output()
    let full = try samples(of: path, band: 1)
    try flipBits(of: path + ".ovr", from: 600, reading: [path], overview: 0, stride: 97)
    #expect(try samples(of: path, band: 1) == full)
    // The blocks of the raster are not those of the overview.
    let half = try samples(of: path, band: 1, overview: 0)
    var bytes = try LocalFiles.readAll(path)
    for place in stride(from: 1000, to: bytes.count - 8, by: 500) { bytes[place] ^= 4 }
    try LocalFiles.writeAtomically(path, bytes)
    #expect(try samples(of: path, band: 1, overview: 0) == half)
  }

  /// The mask beside a raster, alone and through a virtual raster with a mask of it.
  @Test func `a flipped bit in a mask beside a raster fails its read`() async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("file.tif")
    try await write("UInt16", ["COMPRESS=DEFLATE", "BLOCKYSIZE=30"], bands: 1, height: 150, to: path)
    // As GDAL marks the mask of a whole file.
    try await write("Byte", [], bands: 1, height: 150, to: folder.file("mask.tif"))
    let mask = path + ".msk"
    try await Program([
      "gdal_translate", "-q", "-of", "GTiff", "-mo", "INTERNAL_MASK_FLAGS_1=2", "-co", "COMPRESS=DEFLATE",
      "-co",
      "BLOCKYSIZE=30",
      folder.file("mask.tif"), mask,
    ]).output()
    let virtual = folder.file("virtual.vrt")
    try await Program(["gdal_translate", "-q", "-of", "VRT", path, virtual]).output()
    let pixels = try samples(of: path, band: 1)
    try flipBits(of: mask, from: 600, reading: [path, virtual], isMask: true)
    // Whoever does not ask for the mask does not depend on it.
    for name in [path, virtual] { #expect(try samples(of: name, band: 1) == pixels) }
  }

  /// A mask that is made of the samples depends on their blocks.
  @Test func `a flipped bit fails the read of a mask made of samples`() async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("file.tif")
    try await write("UInt16", [], bands: 2, height: 150, to: folder.file("two.tif"))
    try await Program([
      "gdal_translate", "-q", "-colorinterp_2", "alpha", "-co", "COMPRESS=DEFLATE", "-co", "BLOCKYSIZE=30",
      folder.file("two.tif"), path,
    ]).output()
    let nodata = folder.file("nodata.tif")
    try await write("UInt16", ["COMPRESS=DEFLATE", "BLOCKYSIZE=30"], bands: 1, height: 150, to: nodata)
    try await Program(["gdal_translate", "-q", "-of", "VRT", "-a_nodata", "60", nodata, nodata + ".vrt"])
      .output()
    try flipBits(of: path, from: 600, reading: [path], isMask: true)
    try flipBits(of: nodata, from: 600, reading: [nodata + ".vrt"], isMask: true)
  }

  @Test func `only what lies under the window is checked`() async throws {
    let folder = try TemporaryFolder()
    let paths = ["left.tif", "right.tif"].map { folder.file($0) }
    for path in paths {
      try await write("UInt16", ["COMPRESS=DEFLATE", "BLOCKYSIZE=30"], bands: 1, height: 150, to: path)
    }
    let virtual = folder.file("both.vrt")
    let bands = paths.enumerated().map { number, path in
      """
      <SimpleSource><SourceFilename relativeToVRT="1">\(number == 0 ? "left.tif" : "right.tif")</SourceFilename>
      <SourceBand>1</SourceBand><SrcRect xOff="0" yOff="0" xSize="201" ySize="150"/>
      <DstRect xOff="\(number * 201)" yOff="0" xSize="201" ySize="150"/></SimpleSource>
      """
    }
    try LocalFiles.writeAtomically(
      virtual,
      text: """
        <VRTDataset rasterXSize="402" rasterYSize="150"><VRTRasterBand dataType="UInt16" band="1">
        \(bands.joined())</VRTRasterBand></VRTDataset>
        """)
    // A link from elsewhere: names are relative to where it leads.
    let links = folder.file("links")
    try LocalFiles.createDirectory(links)
    try await Program(["ln", "-s", "../both.vrt", links + "/link.vrt"]).output()
    var bytes = try LocalFiles.readAll(paths[1])
    bytes[bytes.count - 20] ^= 1
    try LocalFiles.writeAtomically(paths[1], bytes)
    for name in [virtual, links + "/link.vrt"] {
      let dataset = try RasterDataset(opening: name)
      func read(_ column: Int, _ row: Int, _ height: Int) throws {
        _ = try dataset.samples(
          PixelWindow(column: column, row: row, width: 201, height: height), as: .uint16, band: 1,
          fill: UInt16(7))
      }
      try read(0, 0, 150)
      try read(201, 0, 120)
      let error = #expect(throws: GDALError.self) { try read(201, 100, 50) }
      #expect(error?.file == name)
      #expect(
        error?.message
          == "the compressed block in column 0, row 4 of blocks does not match its checksum (in \(paths[1]))",
        "\(String(describing: error))")
    }
    try LocalFiles.remove(paths[1])
    let dataset = try RasterDataset(opening: virtual)
    let right = PixelWindow(column: 201, row: 0, width: 201, height: 10)
    let error = #expect(throws: GDALError.self) {
      try dataset.samples(right, as: .uint16, band: 1, fill: UInt16(7))
    }
    #expect(error?.message.contains("its source \(paths[1]) cannot be opened") == true)
  }

  /// Reads rasters while one bit after another of a file is flipped: what is read must be what it was.
  private func flipBits(
    of file: String, from first: Int, reading names: [String], overview: Int? = nil, isMask: Bool = false,
    stride step: Int = 997
  ) throws {
    func read(_ name: String) throws -> [Double] {
      isMask ? try mask(of: name) : try samples(of: name, band: 1, overview: overview)
    }
    let sound = try LocalFiles.readAll(file)
    defer { try? LocalFiles.writeAtomically(file, sound) }
    let expected = try names.map(read)
    var refused = names.map { _ in 0 }
    for place in stride(from: first, to: sound.count - 4, by: step) {
      var bytes = sound
      bytes[place] ^= 0x04
      try LocalFiles.writeAtomically(file, bytes)
      for (number, name) in names.enumerated() {
        guard let found = try? read(name) else {
          refused[number] += 1
          continue
        }
        #expect(found == expected[number], "\(name), byte \(place)")
      }
    }
    #expect(refused.allSatisfy { $0 > 10 }, "\(refused)")
  }

  private func mask(of path: String) throws -> [Double] {
    let dataset = try RasterDataset(opening: path)
    let whole = PixelWindow(column: 0, row: 0, width: dataset.info.width, height: dataset.info.height)
    var bytes = [UInt8](repeating: 7, count: whole.count)
    try bytes.withUnsafeMutableBytes { try dataset.readMask(band: 1, window: whole, into: $0) }
    return bytes.map(Double.init)
  }

  @Test func `the error names the block`() async throws {
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

  @Test func `blocks of servers come once`() async throws {
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
