internal import CGDAL
package import Geo
package import Raster

extension RasterDataset {
  /// What GDAL alone makes of a window: for tests, which compare. No block is checked first.
  ///
  /// - Parameter buffer: rows of `window.width` samples of the band's type.
  /// - Returns: what GDAL reported, errors and warnings; nil when it had nothing to say.
  package borrowing func readUnchecked(
    band: Int, window: PixelWindow, as type: SampleType, into buffer: UnsafeMutableRawBufferPointer
  ) -> String? {
    guard buffer.count >= window.count * type.size else { return "the buffer is too small" }
    let (status, messages) = collectingMessages {
      GDALRasterIO(
        GDALGetRasterBand(handle, Int32(band)), GF_Read, Int32(window.column), Int32(window.row),
        Int32(window.width), Int32(window.height), buffer.baseAddress, Int32(window.width),
        Int32(window.height), type.gdal, 0, 0)
    }
    return messages.failure ?? messages.warnings.first ?? (status == CE_None ? nil : "GDAL gave no reason")
  }
}
