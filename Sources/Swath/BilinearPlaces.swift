internal import Geo

/// Where each cell of a window lies between four neighbouring pixel centres of a swath.
///
/// Of the quadrilaterals around a cell's nearest pixel the one is taken that holds the cell's centre, on the plane that
/// touches the sphere there; within it positions are bilinear. One with a side that spans a gap is not taken.
public final class BilinearPlaces {
  public let cells: TargetCells
  /// The number of the quadrilateral's first pixel, line · columns + column; -1 where none holds the cell.
  public let pixels: UnsafeMutableBufferPointer<Int32>
  /// Places along lines' columns and along lines, from 0 to 1.
  public let alongColumns: UnsafeMutableBufferPointer<Float>
  public let alongLines: UnsafeMutableBufferPointer<Float>

  /// Bytes a cell.
  public static let bytesPerCell = 12
  /// How many times as far as pixels reach by themselves their quadrilaterals do: a point of one whose sides are as long
  /// as they may be is no further from the nearest corner.
  public static let reachFactor = 2.0.squareRoot()
  /// Lines before and after a pixel's that are looked at.
  private static let reach = 2
  /// The quadrilaterals around a pixel: those that touch it first.
  private static let steps = [-1, 0, -2, 1]

  public init(_ cells: TargetCells) {
    self.cells = cells
    let count = cells.window.count
    (pixels, alongColumns, alongLines) = (
      .allocate(capacity: count), .allocate(capacity: count), .allocate(capacity: count)
    )
    pixels.initialize(repeating: -1)
    alongColumns.initialize(repeating: 0)
    alongLines.initialize(repeating: 0)
  }

  deinit {
    pixels.deallocate()
    alongColumns.deallocate()
    alongLines.deallocate()
  }

  /// Finds the places of the cells whose nearest pixel is one of a swath's.
  ///
  /// - Parameters:
  ///   - survey: what is known of the whole swath beforehand.
  ///   - swath: its number among those that `nearest` was made of.
  ///   - nearest: the nearest pixel of each cell.
  ///   - strip: memory for lines, used again.
  ///   - read: brings lines into a strip, in order, some twice.
  public func find<Failure: Error>(
    _ survey: SwathSurvey, swath: Int, nearest: NearestPixels, strip: SwathStrip,
    read: (Range<Int>, SwathStrip) throws(Failure) -> Void
  ) throws(Failure) {
    let owner = UInt16(truncatingIfNeeded: swath)
    let (width, columns) = (cells.width, survey.columns)
    var wanted = [Bool](repeating: false, count: survey.blockRows)
    for cell in 0..<cells.window.count where nearest.pixels[cell] >= 0 && nearest.swaths[cell] == owner {
      wanted[Int(nearest.pixels[cell]) / columns / SwathSurvey.block] = true
    }
    let longest = SwathGaps.longestSides(survey)
    for row in wanted.indices where wanted[row] {
      let own = survey.lines(ofBlockRow: row)
      let lines = max(0, own.lowerBound - Self.reach)..<min(survey.lines, own.upperBound + Self.reach)
      try read(lines, strip)
      strip.locate()
      let part = (own.lowerBound * columns)..<(own.upperBound * columns)
      for cell in 0..<cells.window.count
      where part.contains(Int(nearest.pixels[cell])) && nearest.swaths[cell] == owner {
        let (row, column) = cell.quotientAndRemainder(dividingBy: width)
        let centre = cells.vector(column, row)
        find(cell, SIMD3(centre.x, centre.y, centre.z), Int(nearest.pixels[cell]), strip, longest)
      }
    }
  }

  private func find(
    _ cell: Int, _ centre: SIMD3<Double>, _ pixel: Int, _ strip: SwathStrip, _ longest: [Double]
  ) {
    let (line, column) = pixel.quotientAndRemainder(dividingBy: strip.columns)
    // Axes of the plane that touches the sphere at the cell's centre; any will do.
    let side = centre.z.magnitude < 0.9 ? SIMD3(0.0, 0, 1) : SIMD3(1.0, 0, 0)
    let first = Self.unit(Self.cross(side, centre))
    let second = Self.cross(centre, first)
    for lineStep in Self.steps {
      for columnStep in Self.steps {
        let (top, left) = (line + lineStep, column + columnStep)
        guard top >= strip.lines.lowerBound, top + 1 < strip.lines.upperBound, left >= 0,
          left + 1 < strip.columns
        else { continue }
        let base = (top - strip.lines.lowerBound) * strip.columns + left
        let corners = (
          point(base, strip), point(base + 1, strip), point(base + strip.columns, strip),
          point(base + strip.columns + 1, strip)
        )
        let most = max(longest[left], longest[left + 1])
        guard SwathGaps.isNear(corners.0, corners.1, most), SwathGaps.isNear(corners.2, corners.3, most),
          SwathGaps.isNear(corners.0, corners.2, most) || goesBack(base, strip),
          SwathGaps.isNear(corners.1, corners.3, most) || goesBack(base + 1, strip)
        else { continue }
        let place = Self.place(
          Self.project(corners.0, centre, first, second), Self.project(corners.1, centre, first, second),
          Self.project(corners.2, centre, first, second), Self.project(corners.3, centre, first, second))
        guard let place else { continue }
        pixels[cell] = Int32(truncatingIfNeeded: top * strip.columns + left)
        alongColumns[cell] = Float(min(max(place.x, 0), 1))
        alongLines[cell] = Float(min(max(place.y, 0), 1))
        return
      }
    }
  }

  /// Whether the step from a pixel to the next line goes against the steps of the lines beside it.
  ///
  /// Scans of several lines overlap away from nadir (the "bow tie"): from one scan to the next, lines go back by more
  /// than a pixel. What lies between is no gap, but ground that was seen twice.
  private func goesBack(_ index: Int, _ strip: SwathStrip) -> Bool {
    let columns = strip.columns
    let pixel = point(index, strip)
    let step = point(index + columns, strip) - pixel
    if index >= columns {
      let before = pixel - point(index - columns, strip)
      if (step * before).sum() < 0 { return true }
    }
    if index + 2 * columns < strip.lines.count * columns {
      let after = point(index + 2 * columns, strip) - point(index + columns, strip)
      if (step * after).sum() < 0 { return true }
    }
    return false
  }

  /// Where the origin lies in a quadrilateral, by Newton's method; nil where that does not hold it.
  private static func place(
    _ q00: SIMD2<Double>, _ q01: SIMD2<Double>, _ q10: SIMD2<Double>, _ q11: SIMD2<Double>
  ) -> SIMD2<Double>? {
    var (place, last) = (SIMD2(0.5, 0.5), Double.infinity)
    for _ in 0..<12 {
      let (u, v) = (place.x, place.y)
      let value = (1 - v) * ((1 - u) * q00 + u * q01) + v * ((1 - u) * q10 + u * q11)
      let byColumn = (1 - v) * (q01 - q00) + v * (q11 - q10)
      let byLine = (1 - u) * (q10 - q00) + u * (q11 - q01)
      let determinant = byColumn.x * byLine.y - byColumn.y * byLine.x
      let step = SIMD2(
        (value.x * byLine.y - value.y * byLine.x) / determinant,
        (byColumn.x * value.y - byColumn.y * value.x) / determinant)
      place -= step
      last = step.x.magnitude + step.y.magnitude
      if last < 1e-13 { break }
    }
    // In quadrilaterals that are twisted the method may find no place, and end anywhere.
    let slack = 1e-9
    guard last < slack, place.x > -slack, place.x < 1 + slack, place.y > -slack, place.y < 1 + slack else {
      return nil
    }
    return place
  }

  @inline(__always)
  private func point(_ index: Int, _ strip: SwathStrip) -> SIMD3<Double> {
    SIMD3(strip.x[index], strip.y[index], strip.z[index])
  }

  @inline(__always)
  private static func project(
    _ point: SIMD3<Double>, _ centre: SIMD3<Double>, _ first: SIMD3<Double>, _ second: SIMD3<Double>
  ) -> SIMD2<Double> {
    let scale = 1 / max((point * centre).sum(), 1e-9)
    return SIMD2((point * first).sum() * scale, (point * second).sum() * scale)
  }

  private static func cross(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> SIMD3<Double> {
    SIMD3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
  }

  private static func unit(_ vector: SIMD3<Double>) -> SIMD3<Double> {
    vector / (vector * vector).sum().squareRoot()
  }

  /// The value between four, of which some may be missing; NaN where less than half of the weight is there.
  public static func value(
    _ v00: Double, _ v01: Double, _ v10: Double, _ v11: Double, alongColumns: Double, alongLines: Double
  ) -> Double {
    let (u, v) = (alongColumns, alongLines)
    var (sum, weight) = (0.0, 0.0)
    for (value, own) in [(v00, (1 - u) * (1 - v)), (v01, u * (1 - v)), (v10, (1 - u) * v), (v11, u * v)]
    where !value.isNaN {
      sum += value * own
      weight += own
    }
    return weight >= 0.5 - 1e-9 ? sum / weight : .nan
  }
}
