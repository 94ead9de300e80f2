import Engine
import Geo
import Granules
import NetCDF
import Raster
import Storage
import TestSupport
import Testing

@testable import Pipeline
@testable import Swath

/// Samples of the nearest pixels, read strip by strip.
@Suite struct SwathNearestTests {
  @Test(arguments: [1, 9000, 4 << 20])
  func `each cell has its pixel's number, however many strips a granule is read in`(_ bytes: Int) async throws
  {
    let granules = try SwathRunTests.Granules()
    let granule = MadeGranule(lines: 100, columns: 40, longitude: 10, latitude: 40)
    let path = granules.path("a")
    try await granule.write(path)
    try await BlockingWork.value {
      // Rows of cells follow lines only roughly: those at the ends of a strip need pixels of two.
      let transform = AffineTransform(originX: 8, originY: 43, pixelWidth: 0.3, pixelHeight: -0.3)
      let cells = TargetCells(
        window: PixelWindow(column: 0, row: 0, width: 14, height: 20), geographic: transform)
      let opened = try Granule(path, bands: ["pixel_id"])
      let band = try opened.band("pixel_id")
      let array = try #require(try opened.arrays([band]).first)
      let (found, positions) = (NearestPixels(cells), opened.positions())
      try found.add(try opened.survey(), swath: 0, strip: SwathStrip()) {
        (lines, strip) throws(GranuleError) in
        try positions.read(lines, strip)
      }
      let right = found.pixels.map { $0 }
      #expect(right.contains { $0 >= 0 } && right.contains(-1))
      var samples = [Int32](repeating: 0, count: right.count)
      let beyond = try samples.withUnsafeMutableBytes {
        try SwathNearest(stripBytes: bytes).read(
          found, member: 0, band: band, array: array, path: path,
          format: BandFormat(type: .int32, nodata: -1, scale: 1, offset: 0), inRange: true, isFlags: false,
          counts: { _ in true }, into: $0, rowStride: 14)
      }
      #expect(samples == right && beyond == 0)
    }
  }
}
