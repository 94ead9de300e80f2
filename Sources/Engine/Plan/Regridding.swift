public import Raster

/// How the pixels of a swath are brought onto a grid.
public struct Regridding: Hashable, Sendable {
  public enum Method: String, CaseIterable, Hashable, Sendable {
    /// The pixel whose centre is nearest to the cell's.
    case nearest
    /// Between the four pixel centres around the cell's.
    case bilinear
    /// All pixels whose centres lie in the cell.
    case bin
    /// All pixels whose footprints touch the cell, by the share that they cover.
    case area
  }

  /// What `bin` makes of a cell's pixels.
  public enum Statistic: String, CaseIterable, Hashable, Sendable {
    case mean
    case geometricMean = "geometric_mean"
    case count, std, min, max
  }

  public var method: Method
  public var statistic: Statistic
  /// How far pixels reach, in metres; nil for as far as the swath's own spacing tells.
  public var radius: Double?
  /// Whether values beyond a variable's valid range are missing.
  public var appliesRange: Bool
  /// The least share of a cell that valid pixels must cover; for `area`.
  public var leastWeight: Double
  /// The variables of the navigation; nil to find them.
  public var longitude: String?
  public var latitude: String?

  public init(
    method: Method = .nearest, statistic: Statistic = .mean, radius: Double? = nil, appliesRange: Bool = true,
    leastWeight: Double = 0, longitude: String? = nil, latitude: String? = nil
  ) {
    (self.method, self.statistic, self.radius) = (method, statistic, radius)
    (self.appliesRange, self.leastWeight) = (appliesRange, leastWeight)
    (self.longitude, self.latitude) = (longitude, latitude)
  }

  /// What cells are of the pixels of a granule, as CF's `cell_methods` says it.
  public var cellMethod: String {
    switch (method, statistic) {
    case (.nearest, _), (.bilinear, _): "area: point"
    case (.area, _), (.bin, .mean): "area: mean"
    // CF has no word of its own for it.
    case (.bin, .geometricMean): "area: mean (geometric)"
    case (.bin, .count): "area: sum"
    case (.bin, .std): "area: standard_deviation"
    case (.bin, .min): "area: minimum"
    case (.bin, .max): "area: maximum"
    }
  }
}

/// How a band of a granule, which has its own longitude and latitude for every pixel, comes onto the grid.
public struct BandSwath: Hashable, Sendable {
  public let regridding: Regridding
  /// All bands that are read of the granule, as its file may call them.
  public let bands: [String]
  /// Whether it holds bits or classes.
  public let isQuality: Bool
  /// Whether nothing but a mask reads it that is applied to the swath already.
  public let isMaskOnly: Bool
  /// Whether it is what the values of its variable weigh.
  public let isWeight: Bool
  /// The mask whose test is put to its pixels: samples are what that says; nil where they are the band's.
  public let test: SwathMask?
  /// Masks that are applied to the pixels before they are brought onto the grid.
  public let masks: [SwathMask]
  /// Bytes of all of its numbers as they are stored, and of the longitudes and latitudes of its granule.
  public let bytes: Int
  public let positionBytes: Int
  /// The files of the granules that are taken together as one swath, in order of time; the file's own among them.
  public var group: [String]

  public init(
    regridding: Regridding, bands: [String], isQuality: Bool, isMaskOnly: Bool = false,
    isWeight: Bool = false, test: SwathMask? = nil, masks: [SwathMask] = [],
    bytes: Int = 0, positionBytes: Int = 0, group: [String]
  ) {
    (self.regridding, self.bands, self.isQuality) = (regridding, bands, isQuality)
    (self.isMaskOnly, self.isWeight) = (isMaskOnly, isWeight)
    (self.test, self.masks, self.group) = (test, masks, group)
    (self.bytes, self.positionBytes) = (bytes, positionBytes)
  }
}

/// A mask over the pixels of a swath: which of them its quality band rejects.
public struct SwathMask: Hashable, Sendable {
  /// The name of the mask, by which what it rejects is counted.
  public let name: String
  /// What the granule may call the quality band, best first.
  public let bands: [String]
  public let test: QualityTest

  public init(name: String, bands: [String], test: QualityTest) {
    (self.name, self.bands, self.test) = (name, bands, test)
  }
}
