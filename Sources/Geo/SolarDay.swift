/// The day an acquisition belongs to by the sun at its place, so that one pass is one day everywhere.
public enum SolarDay {
  /// The solar day of a moment at a longitude, as odc-stac counts it: UTC shifted by whole hours, `int(lon / 15)`.
  ///
  /// - Parameters:
  ///   - instant: the moment, in UTC.
  ///   - longitude: in degrees, finite and at most a few turns around the Earth.
  public static func wholeHours(_ instant: Instant, longitude: Double) -> CalendarDate {
    instant.advanced(bySeconds: Int((longitude / 15).rounded(.towardZero)) * 3600).date
  }

  /// The solar day as datacube-core counts it: UTC shifted by `int(lon · 240)` seconds.
  public static func seconds(_ instant: Instant, longitude: Double) -> CalendarDate {
    instant.advanced(bySeconds: Int((longitude * 240).rounded(.towardZero))).date
  }
}
