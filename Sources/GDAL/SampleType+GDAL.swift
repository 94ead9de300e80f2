internal import CGDAL
internal import Raster

extension SampleType {
  /// GDAL's name of the type. GDAL 3.6 has no signed byte: it is a byte with a mark beside it.
  var gdal: GDALDataType {
    switch self {
    case .uint8, .int8: GDT_Byte
    case .uint16: GDT_UInt16
    case .int16: GDT_Int16
    case .uint32: GDT_UInt32
    case .int32: GDT_Int32
    case .float32: GDT_Float32
    case .float64: GDT_Float64
    }
  }

  /// The type of a band; nil for complex numbers, and for 64-bit integers, which `BandInfo` has a word for.
  init?(band: GDALRasterBandH) {
    switch GDALGetRasterDataType(band) {
    case GDT_Byte:
      let mark = GDALGetMetadataItem(band, "PIXELTYPE", "IMAGE_STRUCTURE").map { String(cString: $0) }
      self = mark == "SIGNEDBYTE" ? .int8 : .uint8
    case GDT_UInt16: self = .uint16
    case GDT_Int16: self = .int16
    case GDT_UInt32: self = .uint32
    case GDT_Int32: self = .int32
    case GDT_Float32: self = .float32
    case GDT_Float64: self = .float64
    default: return nil
    }
  }

  /// Whether every value of this type is a value of `other` too.
  func fits(in other: SampleType) -> Bool {
    if self == other { return true }
    return switch self {
    case .uint8: other != .int8
    case .int8: other == .int16 || other == .int32 || !other.isInteger
    case .uint16: other == .uint32 || other == .int32 || !other.isInteger
    case .int16: other == .int32 || !other.isInteger
    case .uint32, .int32, .float32: other == .float64
    case .float64: false
    }
  }
}
