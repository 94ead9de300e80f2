internal import Glibc

/// The footprints of the pixels of some lines, made of their centres: their corners lie midway between four.
///
/// Neighbours share corners, and meet without gap or overlap. Where a pixel has no neighbour it reaches as far from its
/// centre as on its other side: at the swath's rim, beside pixels without navigation, at a gap, and where the next scan
/// overlaps its own. Where it has none on either side it is as long as wide.
struct FootprintShapes {
  private let strip: SwathStrip
  private let lines: Int
  private let columns: Int
  /// Chords beyond which a side spans a gap, by column.
  private let longest: [Double]

  /// Lines before and after a footprint's that are looked at.
  static let reach = 2

  /// - Parameters:
  ///   - strip: the lines whose footprints are wanted, and `reach` lines before and after where the swath has them;
  ///     located.
  ///   - survey: of the whole swath.
  init(_ strip: SwathStrip, _ survey: SwathSurvey) {
    (self.strip, lines, columns) = (strip, survey.lines, survey.columns)
    longest = SwathGaps.longestSides(survey)
  }

  /// The corners of a block's footprints.
  struct Corners {
    /// Degrees, or what a projection makes of them; NaN where a footprint has none.
    var x: [Double] = []
    var y: [Double] = []
    private var places: [Int] = []
    private let lines: Range<Int>
    private let columns: Range<Int>

    fileprivate init(_ lines: Range<Int>, _ columns: Range<Int>) {
      (self.lines, self.columns) = (lines, columns)
    }

    fileprivate mutating func add(_ corner: SIMD3<Double>) {
      places.append(x.count)
      let length = (corner * corner).sum().squareRoot()
      x.append(atan2(corner.y, corner.x) * 180 / .pi)
      y.append(asin(min(max(corner.z / length, -1), 1)) * 180 / .pi)
    }

    fileprivate mutating func repeatLast(times: Int) {
      for _ in 0..<times { places.append(x.count - 1) }
    }

    /// Where the four corners of a pixel are, around it.
    func places(_ line: Int, _ column: Int) -> (Int, Int, Int, Int) {
      let width = columns.count + 1
      let above = 4 * ((line - lines.lowerBound) * width + column - columns.lowerBound)
      let below = above + 4 * width
      // Of the four pixels around each corner: the last, the third, the first, the second.
      return (places[above + 3], places[above + 6], places[below + 4], places[below + 1])
    }
  }

  func corners(_ lines: Range<Int>, _ columns: Range<Int>) -> Corners {
    var corners = Corners(lines, columns)
    for line in lines.lowerBound...lines.upperBound {
      for column in columns.lowerBound...columns.upperBound { add(line, column, &corners) }
    }
    return corners
  }

  /// Adds the corner between a pixel and those before it, as each of the four has it: above left, above right, below
  /// left, below right.
  private func add(_ line: Int, _ column: Int, _ corners: inout Corners) {
    let above = joinsColumns(line - 1, column - 1)
    let below = joinsColumns(line, column - 1)
    let left = joinsLines(line - 1, column - 1)
    let right = joinsLines(line - 1, column)
    if above, below, left, right {
      corners.add(
        centre(line - 1, column - 1) + centre(line, column - 1) + centre(line - 1, column)
          + centre(line, column))
      return corners.repeatLast(times: 3)
    }
    for (down, beside) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
      let pixel = Pixel(
        line: line - 1 + down, column: column - 1 + beside, toLine: down == 0 ? 1 : -1,
        toColumn: beside == 0 ? 1 : -1)
      let isBeside = down == 0 ? above : below
      let isAlong = beside == 0 ? left : right
      if above, below {
        corners.add(pairInLine(pixel))
      } else if left, right {
        corners.add(pairInColumn(pixel))
      } else if above || below, left || right {
        // Three of the four are neighbours, of whom the one in the middle has two.
        corners.add(
          isBeside || isAlong
            ? 2
              * (centre(line - (above ? 1 : 0), column - (left ? 0 : 1))
                + centre(line - (above ? 0 : 1), column - (left ? 1 : 0))) : alone(pixel))
      } else if isBeside {
        corners.add(pairInLine(pixel))
      } else if isAlong {
        corners.add(pairInColumn(pixel))
      } else {
        corners.add(alone(pixel))
      }
    }
  }

  // MARK: One of the pixels around a corner

  /// A pixel, and which way the corner is.
  private struct Pixel {
    let line: Int
    let column: Int
    let toLine: Int
    let toColumn: Int

    var besideIt: Pixel {
      Pixel(line: line, column: column + toColumn, toLine: toLine, toColumn: -toColumn)
    }
    var alongIt: Pixel {
      Pixel(line: line + toLine, column: column, toLine: -toLine, toColumn: toColumn)
    }
  }

  /// Four times the corner that a pixel shares with its neighbour in the same line.
  private func pairInLine(_ pixel: Pixel) -> SIMD3<Double> {
    let other = pixel.besideIt
    let (one, two) = (centre(pixel), centre(other))
    let step = Double(pixel.toColumn) * (two - one)
    let (first, second) = (stepOfLine(pixel), stepOfLine(other))
    let turned = Double(pixel.toLine) * Self.cross(one + two, step) / 2
    return 2 * (one + two) + ((first ?? second ?? turned) + (second ?? first ?? turned))
  }

  /// Four times the corner that a pixel shares with its neighbour in the same column.
  private func pairInColumn(_ pixel: Pixel) -> SIMD3<Double> {
    let other = pixel.alongIt
    let (one, two) = (centre(pixel), centre(other))
    let step = Double(pixel.toLine) * (two - one)
    let (first, second) = (stepOfColumn(pixel), stepOfColumn(other))
    let turned = Double(pixel.toColumn) * Self.cross(step, one + two) / 2
    return 2 * (one + two) + ((first ?? second ?? turned) + (second ?? first ?? turned))
  }

  /// Four times a corner that a pixel has for itself; NaN where it has no neighbours at all.
  private func alone(_ pixel: Pixel) -> SIMD3<Double> {
    let own = centre(pixel)
    let (line, column) = (stepOfLine(pixel), stepOfColumn(pixel))
    let turn = Double(pixel.toLine * pixel.toColumn)
    switch (line, column) {
    case (let line?, let column?):
      let diagonal = centre(pixel.line - pixel.toLine, pixel.column - pixel.toColumn)
      let twist = diagonal - own + line + column
      return 4 * own + 2 * line + 2 * column + (twist.x.isNaN ? .zero : twist)
    case (let line?, nil): return 4 * own + 2 * line + 2 * turn * Self.cross(line, own)
    case (nil, let column?): return 4 * own + 2 * column + 2 * turn * Self.cross(own, column)
    case (nil, nil): return SIMD3(repeating: .nan)
    }
  }

  /// The step to a pixel from the line on its other side.
  private func stepOfLine(_ pixel: Pixel) -> SIMD3<Double>? {
    let other = pixel.line - pixel.toLine
    guard joinsLines(min(other, pixel.line), pixel.column) else { return nil }
    return centre(pixel) - centre(other, pixel.column)
  }

  /// The step to a pixel from the column on its other side.
  private func stepOfColumn(_ pixel: Pixel) -> SIMD3<Double>? {
    let other = pixel.column - pixel.toColumn
    guard joinsColumns(pixel.line, min(other, pixel.column)) else { return nil }
    return centre(pixel) - centre(pixel.line, other)
  }

  // MARK: Neighbours

  /// Whether a pixel's footprint meets that of the next in its line.
  private func joinsColumns(_ line: Int, _ column: Int) -> Bool {
    guard column >= 0, column + 1 < columns else { return false }
    return SwathGaps.isNear(
      centre(line, column), centre(line, column + 1), max(longest[column], longest[column + 1]))
  }

  /// Whether a pixel's footprint meets that of the same column in the next line.
  private func joinsLines(_ line: Int, _ column: Int) -> Bool {
    guard column >= 0, column < columns else { return false }
    let (pixel, next) = (centre(line, column), centre(line + 1, column))
    guard SwathGaps.isNear(pixel, next, longest[column]) else { return false }
    // A scan that overlaps the one before goes back against the steps on both sides.
    let step = next - pixel
    let before = (step * (pixel - centre(line - 1, column))).sum()
    let after = (step * (centre(line + 2, column) - next)).sum()
    return before >= 0 || after >= 0 || (before.isNaN && after.isNaN)
  }

  @inline(__always)
  private func centre(_ pixel: Pixel) -> SIMD3<Double> { centre(pixel.line, pixel.column) }

  /// The unit vector of a pixel's centre; NaN where it has none.
  @inline(__always)
  private func centre(_ line: Int, _ column: Int) -> SIMD3<Double> {
    guard strip.lines.contains(line), column >= 0, column < columns else { return SIMD3(repeating: .nan) }
    let index = (line - strip.lines.lowerBound) * columns + column
    return SIMD3(strip.x[index], strip.y[index], strip.z[index])
  }

  private static func cross(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> SIMD3<Double> {
    SIMD3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
  }
}

/// Where a swath has gaps: between pixels that are further from each other than neighbours are.
enum SwathGaps {
  /// Sides that are longer than so many reaches span a gap: regular pixels have sides of less than two, and real ones
  /// stray by a fifth.
  private static let longestSide = 2.5

  /// The chords beyond which a side spans a gap, by column.
  static func longestSides(_ survey: SwathSurvey) -> [Double] {
    survey.reaches.map { Sphere.chord(ofArc: longestSide * $0) }
  }

  /// Whether two unit vectors are no further apart than a chord; false where one is missing.
  @inline(__always)
  static func isNear(_ one: SIMD3<Double>, _ other: SIMD3<Double>, _ most: Double) -> Bool {
    let offset = one - other
    return (offset * offset).sum() <= most * most
  }
}
