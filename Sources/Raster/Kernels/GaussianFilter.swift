public import Geo
internal import Glibc

/// Smoothing with a Gaussian, as `scipy.ndimage.gaussian_filter` does it, with a choice of what happens around missing pixels.
///
/// Along each axis a pixel becomes the sum of its neighbours up to `radius` pixels away, each weighed by
/// exp(-d²/2σ²) over the sum of all weights; the radius is int(truncate · σ + 0.5), and an axis of radius 0 is left
/// alone. Columns are smoothed first, then rows. Sums are taken in Double in a fixed order, from the pixel itself and the outermost pair
/// inwards, and rounded to Float once: a pixel's value is the same, bit for bit, whatever window it is computed in.
public struct GaussianFilter: Sendable {
  /// What lies beyond the edge of the grid. The names are scipy's.
  public enum EdgeMode: Hashable, Sendable {
    /// The pixels in reverse: d c b a | a b c d | d c b a.
    case reflect
    /// The pixels in reverse, the outermost not repeated: d c b | a b c d | c b a.
    case mirror
    /// The outermost pixel: a a a | a b c d | d d d.
    case nearest
    /// The opposite side: b c d | a b c d | a b c. A window at an edge then needs the whole extent of the grid along the axis.
    case wrap
    /// A number that counts as present.
    case constant(Double)
  }

  /// What happens around missing pixels.
  public enum MissingRule: String, CaseIterable, Hashable, Sendable {
    /// Missing neighbours are left out and the others' weights made up to 1; missing pixels stay missing.
    case normalise
    /// As `normalise`, but missing pixels with a neighbour within the radius get a value.
    case fill
    /// A missing pixel makes every pixel missing whose neighbour it is, as in scipy.
    case propagate
  }

  /// How far neighbours reach along y, in rows, and along x, in columns.
  public var radius: (y: Int, x: Int) { (weightsAlongY.count - 1, weightsAlongX.count - 1) }
  public let edge: EdgeMode
  public let missing: MissingRule
  /// The weights of neighbours, by distance from 0.
  let weightsAlongY: [Double]
  let weightsAlongX: [Double]

  /// A filter.
  ///
  /// - Parameters:
  ///   - sigma: standard deviations along y and x, in pixels; finite, 0 or more.
  ///   - truncate: where the Gaussian ends, in standard deviations; finite, 0 or more.
  ///   - edge: what lies beyond the edge of the grid.
  ///   - missing: what happens around missing pixels.
  /// - Precondition: `radius(sigma:truncate:)` is not nil for either axis.
  public init(
    sigma: (y: Double, x: Double), truncate: Double = 4, edge: EdgeMode = .reflect,
    missing: MissingRule = .normalise
  ) {
    weightsAlongY = Self.weights(sigma: sigma.y, truncate: truncate)
    weightsAlongX = Self.weights(sigma: sigma.x, truncate: truncate)
    self.edge = edge
    self.missing = missing
  }

  /// The radius in pixels; nil where the numbers are negative, not finite or make it a million or more.
  public static func radius(sigma: Double, truncate: Double) -> Int? {
    guard sigma >= 0, truncate >= 0, truncate * sigma < 1e6 else { return nil }
    return Int(truncate * sigma + 0.5)
  }

  private static func weights(sigma: Double, truncate: Double) -> [Double] {
    guard let radius = radius(sigma: sigma, truncate: truncate) else {
      preconditionFailure("a Gaussian of sigma \(sigma), cut at \(truncate) of them")
    }
    guard radius > 0 else { return [1] }
    let weights = (0...radius).map { exp(-0.5 / (sigma * sigma) * Double($0 * $0)) }
    let sum = weights.dropFirst().reversed().reduce(0) { $0 + 2 * $1 } + weights[0]
    return weights.map { $0 / sum }
  }

  /// The pixels that a window's values depend on: the window and its neighbours within the grid.
  ///
  /// With `wrap`, a window whose neighbours reach beyond an edge needs the grid's whole extent along that axis.
  public func source(for window: PixelWindow, gridWidth: Int, gridHeight: Int) -> PixelWindow {
    let (y, x) = radius
    var columns = (window.column - x)..<(window.endColumn + x)
    var rows = (window.row - y)..<(window.endRow + y)
    let (allColumns, allRows) = (0..<gridWidth, 0..<gridHeight)
    if columns.clamped(to: allColumns) != columns {
      columns = edge == .wrap ? allColumns : columns.clamped(to: allColumns)
    }
    if rows.clamped(to: allRows) != rows { rows = edge == .wrap ? allRows : rows.clamped(to: allRows) }
    return PixelWindow(
      column: columns.lowerBound, row: rows.lowerBound, width: columns.count, height: rows.count)
  }

  /// Smooths the pixels of a window.
  ///
  /// - Parameters:
  ///   - samples: the pixels of `covered`, row-major; NaN is missing. Infinities are values.
  ///   - covered: a part of the grid that contains `source(for: window)`. What lies outside of the grid follows from
  ///     `edge`.
  ///   - gridWidth: columns of the whole grid.
  ///   - gridHeight: rows of the whole grid.
  ///   - window: a part of the grid.
  ///   - output: filled whole with the window's pixels, row-major; NaN is missing.
  public func apply(
    to samples: Span<Float>, covering covered: PixelWindow, gridWidth: Int, gridHeight: Int,
    window: PixelWindow, into output: inout MutableSpan<Float>
  ) {
    precondition(samples.count == covered.count && output.count == window.count)
    guard !window.isEmpty else { return }
    let needed = source(for: window, gridWidth: gridWidth, gridHeight: gridHeight)
    precondition(covered.contains(needed), "the filter's source lies beyond the pixels that are given")
    let rows = GaussianRows(
      self, covered: covered, needed: needed, window: window, gridWidth: gridWidth, gridHeight: gridHeight)
    output.withUnsafeMutableBufferPointer { output in
      for row in 0..<window.height {
        let part = (row * window.width)..<((row + 1) * window.width)
        var line = UnsafeMutableBufferPointer(rebasing: output[part]).mutableSpan
        rows.smooth(window.row + row, of: samples, into: &line)
      }
    }
  }
}

extension GaussianFilter.EdgeMode {
  /// The pixel along an axis of `count` that stands at `index`, which may lie beyond an edge; nil for the constant.
  func place(_ index: Int, count: Int) -> Int? {
    guard index < 0 || index >= count else { return index }
    func remainder(_ divisor: Int) -> Int {
      let rest = index % divisor
      return rest < 0 ? rest + divisor : rest
    }
    switch self {
    case .nearest: return min(max(index, 0), count - 1)
    case .wrap: return remainder(count)
    case .constant: return nil
    case .reflect:
      let place = remainder(2 * count)
      return place < count ? place : 2 * count - 1 - place
    case .mirror:
      guard count > 1 else { return 0 }
      let place = remainder(2 * count - 2)
      return place < count ? place : 2 * count - 2 - place
    }
  }
}
