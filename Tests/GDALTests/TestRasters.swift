import GDAL
import Geo
import Raster

/// Rasters whose every sample is known.
enum TestRasters {
  static func grid(width: Int, height: Int, crs: String = "EPSG:32719") throws -> Grid {
    Grid(
      crs: try SpatialReference.parse(crs),
      transform: AffineTransform(originX: 280_005, originY: 6_100_215, pixelWidth: 30, pixelHeight: -30),
      width: width,
      height: height
    )
  }

  /// Samples that do not compress to nothing: damage must hit data.
  static func samples(_ count: Int) -> [UInt16] {
    var state: UInt32 = 12_345
    return (0..<count).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return UInt16(truncatingIfNeeded: state >> 16)
    }
  }

  /// A raster of 200 × 150 unsigned 16-bit samples in tiles of 64 × 64 pixels.
  static func write(to path: String, level: Int = 6) throws -> [UInt16] {
    let samples = samples(200 * 150)
    try GeoTIFFWriter.write(
      samples,
      to: path,
      grid: grid(width: 200, height: 150),
      options: .init(type: .uint16, nodata: 0, blockWidth: 64, blockHeight: 64, deflateLevel: level)
    )
    return samples
  }
}

extension RasterDataset {
  /// Reads a window into an array of its own.
  borrowing func samples<Sample: BitwiseCopyable>(
    _ window: PixelWindow,
    as type: SampleType,
    band: Int = 1,
    fill: Sample
  ) throws -> [Sample] {
    var samples = [Sample](repeating: fill, count: window.count)
    try samples.withUnsafeMutableBytes {
      try read(band: band, window: window, as: type, into: $0, rowStride: window.width)
    }
    return samples
  }

  borrowing func uint16(_ window: PixelWindow) throws -> [UInt16] {
    try samples(window, as: .uint16, fill: 7)
  }
}
