internal import GDAL
internal import Raster

/// How a file is cut into compressed blocks.
struct SourceBlocks: Hashable {
  let width: Int
  let height: Int
  /// Bytes of a sample; of a pixel, where blocks hold all bands.
  var sampleSize = 2
  /// Blocks of a file whose places are kept; 0 where GDAL looks after them.
  var count = 0
  /// What GDAL holds for each dataset that is open: the block it read last, and the list of where blocks are. 0 where
  /// we read blocks without it.
  var datasetBytes = 0

  /// Blocks of more bytes are unpacked alone, others with the one that comes next.
  private static let largestOfPair = 2 << 20

  /// Times a block that a worker needs for it.
  static let held = 3

  /// What a worker's open datasets may hold together, unless a single one holds more.
  static let openBytes = 16 << 20

  init(width: Int, height: Int) {
    (self.width, self.height) = (width, height)
  }

  /// - Parameter files: headers of files that are cut alike; of sample types the largest counts.
  init?(_ files: [RasterInfo]) {
    let sides = 1...(1 << 24)
    guard let first = files.first, let band = first.bands.first, sides.contains(band.blockWidth),
      sides.contains(band.blockHeight)
    else { return nil }
    (width, height) = (band.blockWidth, band.blockHeight)
    sampleSize =
      files.map { file in
        file.isPixelInterleaved
          ? file.bands.reduce(0) { $0 + $1.type.size } : file.bands.first?.type.size ?? 2
      }.max() ?? 2
    // Longer lists are left to GDAL as well.
    if first.driver == "GTiff", first.bands.count == 1, first.blockCount <= 1 << 24 {
      count = first.blockCount
    }
    let isOurs = count > 0 && [nil, "DEFLATE"].contains(band.compression)
    datasetBytes = isOurs ? 0 : files.map(SourceBlocks.datasetBytes).max() ?? 0
  }

  /// What GDAL holds for an open dataset.
  static func datasetBytes(_ file: RasterInfo) -> Int {
    let block = file.blockBytes(band: 1) ?? 0
    // As in the file and unpacked; position and size of each block; the dataset itself.
    return min(
      min(block, most) * 2 + min(file.blockCount, most) * 16 + file.bands.count * 1024 + (64 << 10), most)
  }

  /// Nothing is counted beyond this, 16 TiB: sums for all workers are still integers.
  private static let most = 1 << 44

  /// Bytes of a block, unpacked.
  var bytes: Int {
    let (bytes, isTooMany) = (width * height).multipliedReportingOverflow(by: sampleSize)
    return isTooMany ? SourceBlocks.most : min(bytes, SourceBlocks.most)
  }

  /// What a worker holds of blocks: one as it is in the file and unpacked, and what the allocator keeps of the memory
  /// that was too small for it; of small ones two.
  var workerBytes: Int {
    bytes * SourceBlocks.held * (bytes <= SourceBlocks.largestOfPair ? 2 : 1)
  }

  /// What a list of where a file's blocks are takes.
  var listBytes: Int { count * 16 }

  /// What a worker needs for a moment to read such a list, and for the numbers of a chunk's blocks while it is read.
  func readingBytes(chunkWidth: Int, chunkHeight: Int) -> Int {
    let blocks = (chunkWidth / max(width, 1) + 2) * (chunkHeight / max(height, 1) + 2)
    // A million blocks are large lists; the few of usual files are in the model already.
    return max(0, count * 48 + blocks * 32 - (1 << 20))
  }

  /// What a worker's open datasets hold.
  func openBytes(files: Int) -> Int {
    let many = min(max(files, 1), FileBandReader.mostDatasets)
    return max(datasetBytes, min(datasetBytes * many, SourceBlocks.openBytes))
  }
}
