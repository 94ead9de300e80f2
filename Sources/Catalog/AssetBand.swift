/// What a catalogue says about one band of an asset (STAC `raster:bands` and `eo:bands`, or 1.1's `bands`).
public struct AssetBand: Sendable {
  public var name: String?
  /// The band's common name: "red", "nir08", ….
  public var commonName: String?
  /// STAC's name of the sample type: "uint16", "float32", ….
  public var dataType: String?
  /// The stored value that stands for missing; may be NaN or infinite.
  public var nodata: Double?
  /// Physical value = stored value · scale + offset.
  public var scale: Double?
  public var offset: Double?

  public init(
    name: String? = nil,
    commonName: String? = nil,
    dataType: String? = nil,
    nodata: Double? = nil,
    scale: Double? = nil,
    offset: Double? = nil
  ) {
    self.name = name
    self.commonName = commonName
    self.dataType = dataType
    self.nodata = nodata
    self.scale = scale
    self.offset = offset
  }
}
