import Engine
import Raster

extension BandFormat {
  /// The format in which missing pixels have a number that no other pixel has.
  ///
  /// What has such a number keeps its type; NaN marks floating-point samples. Where every number counts, a wider type
  /// makes room. GDAL 3.6 cannot resample int8.
  var markingMissing: BandFormat {
    switch type {
    case .float32, .float64: with(type, .nan)
    case .int8: with(.int16, nodata ?? -32768)
    case .uint8: nodata.map { with(type, $0) } ?? with(.int16, -32768)
    case .uint16, .int16: nodata.map { with(type, $0) } ?? with(.int32, -2_147_483_648)
    case .uint32, .int32: nodata.map { with(type, $0) } ?? with(.float64, .nan)
    }
  }

  private func with(_ type: SampleType, _ nodata: Double) -> BandFormat {
    BandFormat(
      type: type, nodata: nodata, scale: scale, offset: offset, fitsFloat: fitsFloat,
      isStandIn: isStandIn || nodata != self.nodata)
  }
}
