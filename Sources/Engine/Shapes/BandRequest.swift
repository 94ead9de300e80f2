/// A band that a source module is asked for.
public struct BandRequest: Hashable, Sendable {
  /// The name the config uses, which is the variable's name.
  public var name: String
  /// What the variable is, for files.
  public var variable: Variable
  /// The asset keys and band names under which scenes may hold it, best first.
  public var aliases: [String]
  /// Whether it holds bits or classes: read as integers, never scaled.
  public var isQuality: Bool
  /// What the config says about the stored numbers, over what STAC and the file say.
  public var override: SampleEncoding
  /// What the sensor's handbook says, where neither STAC nor the file says anything.
  public var fallback: SampleEncoding
  /// Which level is meant in files whose variables have several, as their coordinate says it.
  public var level: Double?
  /// Whether it is what the values of another band weigh: how many pixels of a granule each cell is made of.
  public var isWeight = false
  /// Masks that are applied to a granule's own pixels before they are brought onto the grid.
  public var swathMasks: [SwathMask] = []

  /// The mask whose test is put to a granule's own pixels: samples are 1 where it rejects them, else 0; nil for the
  /// band itself.
  public var swathTest: SwathMask?

  /// Whether it is the band as the config names it.
  public var isPlain: Bool { swathMasks.isEmpty && swathTest == nil }

  /// Tells apart what is read of one band: with its name the masks that are applied to it on the swath.
  public var key: String {
    if let swathTest { return "\(name) tested by \(swathTest.name)" }
    return swathMasks.isEmpty
      ? name : "\(name) behind \(swathMasks.map(\.name).joined(separator: ", "))"
  }

  public init(
    name: String, variable: Variable, aliases: [String], isQuality: Bool, override: SampleEncoding,
    fallback: SampleEncoding, level: Double? = nil
  ) {
    self.name = name
    self.variable = variable
    self.aliases = aliases
    self.isQuality = isQuality
    self.override = override
    self.fallback = fallback
    self.level = level
  }
}

/// What stored numbers mean, as far as it is known: value = number · scale + offset, missing where nodata.
public struct SampleEncoding: Hashable, Sendable {
  public var nodata: Double?
  public var scale: Double?
  public var offset: Double?

  public init(nodata: Double? = nil, scale: Double? = nil, offset: Double? = nil) {
    self.nodata = nodata
    self.scale = scale
    self.offset = offset
  }

  /// The same, with what is not known here taken from `other`. Scale and offset belong together.
  public func or(_ other: SampleEncoding) -> SampleEncoding {
    let isScaled = scale != nil || offset != nil
    return SampleEncoding(
      nodata: nodata ?? other.nodata,
      scale: isScaled ? scale : other.scale,
      offset: isScaled ? offset : other.offset)
  }
}

extension SampleEncoding {
  /// NaN is one nodata value like another: files whose encoding has it are found again by what is known of them.
  public static func == (one: SampleEncoding, other: SampleEncoding) -> Bool {
    one.nodata?.bitPattern == other.nodata?.bitPattern && one.scale == other.scale
      && one.offset == other.offset
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(nodata?.bitPattern)
    hasher.combine(scale)
    hasher.combine(offset)
  }
}
