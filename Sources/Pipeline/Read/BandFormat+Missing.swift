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
    case .int8: with(.int16, exactNodata ?? -32768)
    case .uint8: exactNodata.map { with(type, $0) } ?? with(.int16, -32768)
    case .uint16, .int16: exactNodata.map { with(type, $0) } ?? with(.int32, -2_147_483_648)
    case .uint32, .int32: exactNodata.map { with(type, $0) } ?? with(.float64, .nan)
    }
  }

  private func with(_ type: SampleType, _ nodata: Double) -> BandFormat {
    BandFormat(type: type, nodata: nodata, scale: scale, offset: offset)
  }

  /// The nodata value, where a sample of the type can have it.
  private var exactNodata: Double? {
    guard let nodata else { return nil }
    let isHeld =
      switch type {
      case .uint8: UInt8(exactly: nodata) != nil
      case .int8: Int8(exactly: nodata) != nil
      case .uint16: UInt16(exactly: nodata) != nil
      case .int16: Int16(exactly: nodata) != nil
      case .uint32: UInt32(exactly: nodata) != nil
      case .int32: Int32(exactly: nodata) != nil
      case .float32, .float64: true
      }
    return isHeld ? nodata : nil
  }
}
