public import Geo
public import Raster

/// What a raster file says of one band.
public struct BandInfo: Hashable, Sendable {
  /// Integers of 64 bits, which come as Double where it holds them.
  public enum WideInteger: String, Hashable, Sendable {
    case int64, uint64
  }

  /// The type in which samples are handed out: the stored one, or float64 for integers of 64 bits.
  public var type: SampleType
  /// The stored type where it is an integer of 64 bits.
  public var wideInteger: WideInteger?
  /// GDAL's name of a stored type whose samples cannot be read (complex numbers); nil for all others.
  public var unreadableType: String?
  /// The number that stands for "no data", in stored units; nil when the file names none.
  public var nodata: Double?
  /// Whether that number was chosen for want of one when the file was written (`GeoTIFFWriter.Options.nodataStandsIn`).
  public var nodataStandsIn = false
  /// value = stored × scale + offset; nil when the file says nothing.
  public var scale: Double?
  public var offset: Double?
  /// Whether a mask says which samples count: one inside the file, a `.msk` file beside it, or an alpha band. A nodata
  /// value may count besides.
  public var isMasked = false
  /// Size in pixels of the pieces in which the file is stored, the unit of efficient reading.
  public var blockWidth: Int
  public var blockHeight: Int
  /// "DEFLATE", "LZW", …; nil when stored plainly.
  public var compression: String?
  /// The reduced copies the file holds, as GDAL numbers them; those of its mask are as large.
  public var overviews: [Overview] = []
  /// Which layer of a variable with several times or levels the band is; nil where it is none.
  public var layer: RasterLayer?

  /// The metadata of a band whose nodata value stands in for none.
  static let standInItem = "APUS_NODATA_STANDS_IN"

  /// Whether samples are whole numbers.
  public var holdsIntegers: Bool { type.isInteger || wideInteger != nil }

  /// What a nodata value means for the stored samples; nil when none of them can have it.
  public func sample(ofNodata value: Double) -> Double? {
    switch wideInteger {
    case nil: type.sample(ofNodata: value)
    case .int64: value.rounded() == value && abs(value) <= 0x1p63 ? value : nil
    case .uint64: value.rounded() == value && value >= 0 && value <= 0x1p64 ? value : nil
    }
  }

  /// A reduced copy of a band.
  public struct Overview: Hashable, Sendable {
    public var width: Int
    public var height: Int

    public init(width: Int, height: Int) {
      self.width = width
      self.height = height
    }
  }
}

/// The place of a band along the dimensions of its variable beyond the two of the raster.
public struct RasterLayer: Hashable, Sendable {
  /// The moment; nil where the variable has no time, or counts it in units or a calendar that are not supported.
  public var time: Instant?
  /// Names and coordinates of the other dimensions, such as ("level", "850").
  public var coordinates: [Coordinate] = []

  public struct Coordinate: Hashable, Sendable {
    public var name: String
    public var value: String
  }
}
