import GDAL
import Geo
import Raster
import Storage
import TIFF
import Testing

/// Blocks are unpacked two at a time: the samples, and what is said of damage, stay the same.
@Suite struct BlockPairsTests {
  private static let (width, height) = (201, 157)

  /// Two bands of a scene, and readers of them.
  private struct Bands {
    let layouts: [TIFFLayout]
    let paths: [String]
    let whole = PixelWindow(column: 0, row: 0, width: BlockPairsTests.width, height: BlockPairsTests.height)

    init(in folder: String) throws {
      paths = ["red", "nir"].map { "\(folder)/\($0).tif" }
      let grid = Grid(
        crs: try SpatialReference.parse("EPSG:32719"),
        transform: AffineTransform(originX: 15, originY: 15, pixelWidth: 30, pixelHeight: -30),
        width: BlockPairsTests.width, height: BlockPairsTests.height)
      var state: UInt32 = 4
      for path in paths {
        let samples = (0..<(BlockPairsTests.width * BlockPairsTests.height)).map { place in
          state = state &* 1_664_525 &+ 1_013_904_223
          return UInt16(7000 + place % 201 + Int(state >> 27))
        }
        try GeoTIFFWriter.write(
          samples, to: path, grid: grid,
          options: GeoTIFFWriter.Options(type: .uint16, blockWidth: 64, blockHeight: 64))
      }
      layouts = try paths.map { try #require(TIFFLayout(path: $0)) }
    }

    /// Reads of whole bands that follow one another.
    func plan(_ bands: [Int]) -> [BlockRead] {
      let reads = bands.map { BlockRead(layouts[$0], window: whole) }
      for (one, next) in zip(reads, reads.dropFirst()) { one.following = next }
      return reads
    }

    func read(_ read: BlockRead, with reader: TIFFBlockReader) throws -> [UInt16]? {
      var samples = [UInt16](repeating: 0, count: whole.count)
      let unpacked = try samples.withUnsafeMutableBytes {
        try reader.read(read, into: $0, rowStride: whole.width)
      }
      return unpacked == nil ? nil : samples
    }

    func alone(_ band: Int) throws -> [UInt16]? { try read(plan([band])[0], with: TIFFBlockReader()) }

    func readThroughGDAL(_ band: Int) throws {
      let dataset = try RasterDataset(opening: paths[band])
      var samples = [UInt16](repeating: 0, count: whole.count)
      try samples.withUnsafeMutableBytes {
        try dataset.read(band: 1, window: whole, as: .uint16, into: $0, rowStride: whole.width)
      }
    }

    func damage(_ band: Int, block: Int) throws {
      let range = try #require(layouts[band].bytes(ofBlock: block))
      var bytes = try LocalFiles.readAll(paths[band])
      for place in range.dropFirst(40).prefix(8) { bytes[place] ^= 0x5A }
      try LocalFiles.writeAtomically(paths[band], bytes)
    }
  }

  private func withBands(_ body: (Bands) throws -> Void) throws {
    let folder = try LocalFiles.makeTemporaryDirectory()
    defer { _ = try? LocalFiles.removeTree(folder) }
    try body(try Bands(in: folder))
  }

  /// The bands that are planned, and which of those reads are then carried out.
  @Test(arguments: [
    ([0, 1], [0, 1]), ([0, 1], [1, 0]), ([0, 1], [0]), ([0, 1], [1, 1]), ([0], [0, 0]), ([1], [0]),
    ([0, 0, 1], [0, 1, 1, 0, 2]), ([0, 1, 0], [0, 2, 1]),
  ])
  func `whatever is planned the samples are the same`(planned: [Int], read: [Int]) throws {
    try withBands { bands in
      let expected = try [0, 1].map { try #require(try bands.alone($0)) }
      #expect(expected[0] != expected[1])
      let reader = TIFFBlockReader()
      for _ in 0..<2 {
        let reads = bands.plan(planned)
        for place in read where place < planned.count {
          #expect(try bands.read(reads[place], with: reader) == expected[planned[place]])
        }
      }
    }
  }

  /// Twelve blocks a band: first, middle and last of a pair, in the first band and in the second.
  @Test(arguments: [(0, 0), (0, 1), (0, 6), (0, 11), (1, 0), (1, 5), (1, 11)])
  func `a damaged block is named where it is read`(band: Int, block: Int) throws {
    try withBands { bands in
      let expected = try [0, 1].map { try #require(try bands.alone($0)) }
      try bands.damage(band, block: block)
      let reader = TIFFBlockReader()
      let reads = bands.plan([0, 1])
      for other in [0, 1] {
        let samples = try bands.read(reads[other], with: reader)
        guard other == band else {
          #expect(samples == expected[other])
          continue
        }
        #expect(samples == nil)
        // What this reader refuses is read through GDAL then, which says what is wrong.
        let error = #expect(throws: GDALError.self) { try bands.readThroughGDAL(other) }
        #expect(error?.message.contains("column \(block % 4), row \(block / 4) of blocks") == true)
      }
    }
  }
}
