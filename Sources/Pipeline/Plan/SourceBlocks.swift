internal import GDAL
internal import Raster

/// How a file is cut into compressed blocks.
struct SourceBlocks: Hashable {
  let width: Int
  let height: Int
  /// Bytes of a sample.
  var sampleSize = 2
  /// Blocks of a file whose places are kept; 0 where GDAL looks after them.
  var count = 0

  /// Blocks of more bytes are unpacked alone, others with the one that comes next.
  private static let largestOfPair = 2 << 20

  /// Times a block that a worker needs for it.
  static let held = 3

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
    sampleSize = files.flatMap { $0.bands.prefix(1) }.map(\.type.size).max() ?? 2
    guard first.driver == "GTiff", first.bands.count == 1 else { return }
    let all = ((first.width + width - 1) / width) * ((first.height + height - 1) / height)
    // Longer lists are left to GDAL as well.
    count = all <= 1 << 24 ? all : 0
  }

  /// Bytes of a block, unpacked.
  var bytes: Int { width * height * sampleSize }

  /// What a worker holds of blocks: one as it is in the file and unpacked, and what the allocator keeps of the memory
  /// that was too small for it; of small ones two.
  var workerBytes: Int {
    bytes * SourceBlocks.held * (bytes <= SourceBlocks.largestOfPair ? 2 : 1)
  }

  /// What a list of where a file's blocks are takes.
  var listBytes: Int { count * 16 }
}
