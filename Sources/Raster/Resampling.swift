/// How samples of one grid are taken over to another: GDAL's methods, under the names rasterio and odc-stac use.
public enum Resampling: String, CaseIterable, Hashable, Sendable {
  // The pixel under the centre, or weights of those around it.
  case nearest, bilinear, cubic
  case cubicSpline = "cubic_spline"
  case lanczos
  // Statistics of all pixels that the new pixel covers.
  case average, rms, mode, min, max
  case median = "med"
  case q1, q3

  /// Whether it looks at the area of the new pixel, rather than at its centre.
  public var usesArea: Bool {
    switch self {
    case .nearest, .bilinear, .cubic, .cubicSpline, .lanczos: false
    case .average, .rms, .mode, .min, .max, .median, .q1, .q3: true
    }
  }

  /// How far its weights reach around a position, in source pixels at the same resolution.
  public var radius: Int {
    switch self {
    case .bilinear: 1
    case .cubic, .cubicSpline: 2
    case .lanczos: 3
    default: 0
    }
  }

  /// Whether it only ever gives numbers that the source has, so that classes and bits stay what they are.
  public var keepsValues: Bool { self == .nearest || self == .mode }
}
