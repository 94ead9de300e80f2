internal import Engine
internal import GDAL
internal import Geo
internal import Raster

/// Reads bands beside which a mask says what is missing: an internal mask, a `.msk` file or an alpha band. One a worker.
///
/// What is missing by the mask gets the number that means missing, which is found so that no other sample has it. Where
/// the file names a nodata value besides, both count, as in gdalwarp.
final class MaskedSamples {
  private let samples = SamplePlane()
  private let mask = SamplePlane()

  /// Pixels that are read at a time: the planned memory has room for a little besides the window.
  private static let pixels = 1 << 18

  /// Reads a window.
  ///
  /// - Parameters:
  ///   - band: counted from 1.
  ///   - raw: how the file stores the samples.
  ///   - format: how they are handed out: with a nodata value, and in a type that has room for it.
  ///   - buffer: rows of `window.width` samples, the starts of rows `rowStride` samples apart.
  func read(
    _ dataset: borrowing RasterDataset, band: Int, _ raw: BandFormat, as format: BandFormat,
    window: PixelWindow,
    into buffer: UnsafeMutableRawBufferPointer, rowStride: Int
  ) throws {
    let rows = max(1, MaskedSamples.pixels / window.width)
    for first in stride(from: 0, to: window.height, by: rows) {
      let part = PixelWindow(
        column: window.column, row: window.row + first, width: window.width,
        height: min(rows, window.height - first))
      let target = UnsafeMutableRawBufferPointer(rebasing: buffer[(first * rowStride * format.type.size)...])
      // Floating-point files may mark some with a number of their own, others by the mask.
      if raw.type == format.type, raw.type.isInteger {
        try dataset.read(
          band: band, window: part, as: raw.type, nodata: raw.nodata, into: target, rowStride: rowStride)
      } else {
        samples.reshape(type: raw.type, width: part.width, height: part.height)
        try dataset.read(
          band: band, window: part, as: raw.type, nodata: raw.nodata, into: samples.bytes,
          rowStride: part.width)
        WidenSamples.widen(
          samples, nodata: raw.nodata, as: format.type, missing: format.nodata ?? .nan, into: target,
          rowStride: rowStride)
      }
      mask.reshape(type: .uint8, width: part.width, height: part.height)
      try dataset.readMask(band: band, window: part, into: mask.bytes)
      MissingSamples.mark(
        target, type: format.type, rowStride: rowStride, where: mask, missing: format.nodata ?? .nan)
    }
  }
}
