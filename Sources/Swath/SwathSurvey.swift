/// What has to be known of a whole swath before any part of it is put on a grid: how far its pixels reach, and where
/// each block of them lies.
public struct SwathSurvey: Hashable, Sendable {
  public let lines: Int
  public let columns: Int
  /// How far the pixels of each column reach, in metres.
  public let reaches: [Double]
  /// The caps around the centres of blocks of pixels, row by row of blocks; nil for blocks without navigation.
  public let caps: [SphericalCap?]
  /// The spacing of the smallest pixels, in metres.
  public let spacing: Double

  /// Lines and columns of a block.
  public static let block = 64

  public var blockRows: Int { (lines + SwathSurvey.block - 1) / SwathSurvey.block }
  public var blockColumns: Int { (columns + SwathSurvey.block - 1) / SwathSurvey.block }
  /// The greatest reach, in metres.
  public var largestReach: Double { reaches.max() ?? 0 }
  /// The bytes it holds.
  public var bytes: Int { reaches.count * 8 + caps.count * 40 }

  /// The same with one reach for all pixels.
  public func reaching(_ metres: Double) -> SwathSurvey {
    SwathSurvey(
      lines: lines, columns: columns, reaches: reaches.map { _ in metres }, caps: caps, spacing: spacing)
  }

  /// The same with pixels that reach further by a factor.
  public func reaching(times factor: Double) -> SwathSurvey {
    SwathSurvey(
      lines: lines, columns: columns, reaches: reaches.map { $0 * factor }, caps: caps, spacing: spacing)
  }

  /// The lines of a row of blocks.
  public func lines(ofBlockRow row: Int) -> Range<Int> {
    row * SwathSurvey.block..<min(lines, (row + 1) * SwathSurvey.block)
  }

  /// The columns of a column of blocks.
  func columns(ofBlockColumn column: Int) -> Range<Int> {
    column * SwathSurvey.block..<min(columns, (column + 1) * SwathSurvey.block)
  }

  /// The middle of the swath as a unit vector's longitude, in degrees from -180 to 180; nil without navigation.
  public var middleLongitude: Double? {
    let known = caps.compactMap { $0 }
    guard !known.isEmpty else { return nil }
    return SphericalCap.longitude(x: known.reduce(0) { $0 + $1.x }, y: known.reduce(0) { $0 + $1.y })
  }
}

/// Goes once over a swath, line by line, and surveys it.
public final class SwathSurveyor {
  private let lines: Int
  private let columns: Int
  private var caps: [SphericalCap?] = []
  /// Squares of the longer diagonals between neighbours, line by line.
  private let diagonals: UnsafeMutableBufferPointer<Float>
  /// Squares of the steps from line to line, where a swath has one column only.
  private var steps: [Float] = []
  /// The unit vectors of the line before.
  private let last: SwathLine

  /// Bytes that a survey takes while it is made.
  public static func bytes(lines: Int, columns: Int) -> Int {
    lines * columns * 4 + SwathSurvey.block * columns * 80
  }

  public init(lines: Int, columns: Int) {
    (self.lines, self.columns) = (lines, columns)
    // Every row is written when its lines are added.
    diagonals = .allocate(capacity: max(0, lines - 1) * max(0, columns - 1))
    last = SwathLine(columns)
  }

  deinit { diagonals.deallocate() }

  /// Takes in the lines of a row of blocks: all rows are to come, in order.
  public func add(_ strip: SwathStrip) {
    strip.locate()
    let block = SwathSurvey.block
    for line in 0..<strip.lines.count {
      let start = line * columns
      measure(strip, start, row: strip.lines.lowerBound + line - 1)
      for (kept, new) in [(last.x, strip.x), (last.y, strip.y), (last.z, strip.z)] {
        _ = kept.update(fromContentsOf: new[start..<(start + columns)])
      }
    }
    for first in stride(from: 0, to: columns, by: block) {
      caps.append(cap(of: strip, columns: first..<min(columns, first + block)))
    }
  }

  /// The longer diagonal of each quadrilateral between the line before and one that begins at a place of the strip; of
  /// those with a corner missing, the one that is left.
  private func measure(_ strip: SwathStrip, _ start: Int, row: Int) {
    guard row >= 0 else { return }
    let (x, y, z) = (strip.x, strip.y, strip.z)
    if columns == 1 {
      steps.append(Float(square(x[start] - last.x[0], y[start] - last.y[0], z[start] - last.z[0])))
    }
    let output = row * (columns - 1)
    for column in 0..<(columns - 1) {
      let index = start + column
      let falling = square(
        x[index + 1] - last.x[column], y[index + 1] - last.y[column], z[index + 1] - last.z[column])
      let rising = square(
        x[index] - last.x[column + 1], y[index] - last.y[column + 1], z[index] - last.z[column + 1])
      // What is NaN is left out.
      diagonals[output + column] = Float(rising > falling || falling.isNaN ? rising : falling)
    }
  }

  @inline(__always)
  private func square(_ x: Double, _ y: Double, _ z: Double) -> Double { x * x + y * y + z * z }

  private func cap(of strip: SwathStrip, columns part: Range<Int>) -> SphericalCap? {
    var (sumX, sumY, sumZ, count) = (0.0, 0.0, 0.0, 0)
    for line in 0..<strip.lines.count {
      for index in (line * columns + part.lowerBound)..<(line * columns + part.upperBound)
      where !strip.x[index].isNaN {
        sumX += strip.x[index]
        sumY += strip.y[index]
        sumZ += strip.z[index]
        count += 1
      }
    }
    guard count > 0 else { return nil }
    let length = square(sumX, sumY, sumZ).squareRoot()
    // Points all around the Earth have no middle: any of them is as good.
    let (x, y, z) = length > 1e-9 * Double(count) ? (sumX / length, sumY / length, sumZ / length) : (0, 0, 1)
    var farthest = 0.0
    for line in 0..<strip.lines.count {
      for index in (line * columns + part.lowerBound)..<(line * columns + part.upperBound) {
        let distance = square(strip.x[index] - x, strip.y[index] - y, strip.z[index] - z)
        // NaN is never greater.
        if distance > farthest { farthest = distance }
      }
    }
    let angle = 2 * Sphere.arcsine(min(1, farthest.squareRoot() / 2))
    return SphericalCap(x: x, y: y, z: z, angle: angle + 1e-9)
  }

  /// The survey, once all lines have been added.
  public func finish() -> SwathSurvey {
    let between = medianDiagonals()
    let whole = SwathSurveyor.median(of: between.filter(\.isFinite)) ?? medianStep
    let known = between.map { $0.isFinite ? $0 : whole }
    let reaches = (0..<columns).map { column -> Double in
      let right = known.indices.contains(column) ? known[column] : known.last ?? whole
      let left = column > 0 ? known[column - 1] : known.first ?? whole
      // Where one side is much wider than the other a gap begins, and the pixel does not reach into it.
      let (larger, smaller) = (max(left, right), min(left, right))
      return 1.1 * Sphere.arc(ofChord: larger > 2 * smaller ? smaller : larger) / 2
    }
    let smallest = Sphere.arc(ofChord: known.min() ?? whole) / 2.0.squareRoot()
    return SwathSurvey(lines: lines, columns: columns, reaches: reaches, caps: caps, spacing: smallest)
  }

  /// The medians over the lines of the longer diagonals between each column and the next, as chords; NaN without any.
  private func medianDiagonals() -> [Double] {
    // So many columns at a time are taken out of the lines that a piece of a line is one of the processor's.
    let width = 16
    let (rows, between) = (max(0, lines - 1), max(0, columns - 1))
    let values = UnsafeMutableBufferPointer<Float>.allocate(capacity: width * rows)
    defer { values.deallocate() }
    var medians: [Double] = []
    for first in stride(from: 0, to: between, by: width) {
      let count = min(width, between - first)
      var known = [Int](repeating: 0, count: count)
      for row in 0..<rows {
        for column in 0..<count {
          let value = diagonals[row * between + first + column]
          values[column * rows + known[column]] = value
          known[column] += value.isNaN ? 0 : 1
        }
      }
      for column in 0..<count {
        let start = column * rows
        medians.append(
          SwathSurveyor.medianChord(
            UnsafeMutableBufferPointer(rebasing: values[start..<(start + known[column])])))
      }
    }
    return medians
  }

  private var medianStep: Double {
    var known = steps.filter { !$0.isNaN }
    let median = known.withUnsafeMutableBufferPointer { SwathSurveyor.medianChord($0) }
    return median.isNaN ? 0 : median
  }

  /// The median of chords whose squares are given; of an even number the mean of the two in the middle.
  private static func medianChord(_ squares: UnsafeMutableBufferPointer<Float>) -> Double {
    guard !squares.isEmpty else { return .nan }
    let middle = squares.count / 2
    select(middle, in: squares)
    let upper = Double(squares[middle]).squareRoot()
    guard squares.count % 2 == 0, let below = squares[..<middle].max() else { return upper }
    return (Double(below).squareRoot() + upper) / 2
  }

  /// Puts the value of a rank in its place, smaller ones before it (Hoare's algorithm).
  private static func select(_ rank: Int, in values: UnsafeMutableBufferPointer<Float>) {
    var (low, high) = (0, values.count - 1)
    while low < high {
      let pivot = values[(low + high) / 2]
      var (left, right) = (low, high)
      while left <= right {
        while values[left] < pivot { left += 1 }
        while pivot < values[right] { right -= 1 }
        if left <= right {
          values.swapAt(left, right)
          left += 1
          right -= 1
        }
      }
      if rank <= right {
        high = right
      } else if rank >= left {
        low = left
      } else {
        return
      }
    }
  }

  private static func median(of values: [Double]) -> Double? {
    guard !values.isEmpty else { return nil }
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }
}

/// The unit vectors of one line.
private final class SwathLine {
  let x: UnsafeMutableBufferPointer<Double>
  let y: UnsafeMutableBufferPointer<Double>
  let z: UnsafeMutableBufferPointer<Double>

  init(_ columns: Int) {
    (x, y, z) = (.allocate(capacity: columns), .allocate(capacity: columns), .allocate(capacity: columns))
    for buffer in [x, y, z] { buffer.initialize(repeating: .nan) }
  }

  deinit {
    for buffer in [x, y, z] { buffer.deallocate() }
  }
}
