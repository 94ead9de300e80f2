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

  public init(lines: Int, columns: Int, reaches: [Double], caps: [SphericalCap?], spacing: Double) {
    (self.lines, self.columns) = (lines, columns)
    (self.reaches, self.caps, self.spacing) = (reaches, caps, spacing)
  }

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
  /// Squares of the longer diagonals between neighbours, column by column.
  private let diagonals: UnsafeMutableBufferPointer<Float>
  /// The same of one strip, line by line.
  private let own: UnsafeMutableBufferPointer<Float>
  /// Squares of the steps from line to line where a swath has one column only, or from column to column of its one line.
  private var steps: [Float] = []
  private let distances: StripDistances

  /// Bytes that a survey takes while it is made.
  public static func bytes(lines: Int, columns: Int) -> Int {
    lines * columns * 4 + SwathSurvey.block * columns
      * (SwathStrip.bytesPerPixel + StripDistances.bytesPerPixel)
  }

  public init(lines: Int, columns: Int) {
    (self.lines, self.columns) = (lines, columns)
    // All are written as lines are added.
    diagonals = .allocate(capacity: max(0, lines - 1) * max(0, columns - 1))
    own = .allocate(capacity: SwathSurvey.block * columns)
    distances = StripDistances(lines: SwathSurvey.block, columns: columns)
  }

  deinit {
    diagonals.deallocate()
    own.deallocate()
  }

  /// Takes in the lines of a row of blocks: all rows are to come, in order.
  public func add(_ strip: SwathStrip) {
    distances.load(strip)
    let first = strip.lines.lowerBound == 0 ? 1 : 0
    for line in first..<max(first, strip.lines.count) {
      if columns == 1 {
        steps.append(distances.step(strip, line: line))
      } else if let start = own.baseAddress {
        distances.diagonals(strip, line: line, into: start + line * columns)
      }
    }
    if lines == 1 { steps = SwathSurveyor.stepsAlongLine(strip) }
    turn(first..<max(first, strip.lines.count), at: strip.lines.lowerBound - 1)
    for first in stride(from: 0, to: columns, by: SwathSurvey.block) {
      caps.append(distances.cap(strip, columns: first..<min(columns, first + SwathSurvey.block)))
    }
    distances.rest(strip)
  }

  /// Puts the strip's diagonals where those of their columns are.
  private func turn(_ lines: Range<Int>, at row: Int) {
    guard let from = own.baseAddress, let to = diagonals.baseAddress, columns > 1 else { return }
    let rows = self.lines - 1
    // So many columns at a time as share a line of the processor's cache.
    for first in stride(from: 0, to: columns - 1, by: 16) {
      for column in first..<min(columns - 1, first + 16) {
        let (source, target) = (from + column, to + (column * rows + row))
        for line in lines { target[line] = source[line &* columns] }
      }
    }
  }

  /// The survey, once all lines have been added.
  public func finish() -> SwathSurvey {
    let between = lines == 1 ? steps.map { Double($0).squareRoot() } : medianDiagonals()
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
    let rows = max(0, lines - 1)
    let values = UnsafeMutableBufferPointer<Float>.allocate(capacity: rows + 1)
    let scratch = UnsafeMutableBufferPointer<Float>.allocate(capacity: rows + 1)
    defer {
      values.deallocate()
      scratch.deallocate()
    }
    return (0..<max(0, columns - 1)).map { column in
      var known = 0
      for value in diagonals[(column * rows)..<((column + 1) * rows)] {
        values[known] = value
        known &+= value == value ? 1 : 0
      }
      return SwathSurveyor.medianChord(
        UnsafeMutableBufferPointer(rebasing: values[..<known]), scratch: scratch)
    }
  }

  /// Squares of the chords between the pixels of a line; NaN where one is missing.
  private static func stepsAlongLine(_ strip: SwathStrip) -> [Float] {
    strip.locate()
    return (0..<max(0, strip.columns - 1)).map { column in
      let x = strip.x[column + 1] - strip.x[column]
      let y = strip.y[column + 1] - strip.y[column]
      let z = strip.z[column + 1] - strip.z[column]
      return Float(x * x + y * y + z * z)
    }
  }

  private var medianStep: Double {
    var known = steps.filter { !$0.isNaN }
    var scratch = known + [0]
    let median = known.withUnsafeMutableBufferPointer { known in
      scratch.withUnsafeMutableBufferPointer { SwathSurveyor.medianChord(known, scratch: $0) }
    }
    return median.isNaN ? 0 : median
  }

  /// The median of chords whose squares are given; of an even number the mean of the two in the middle.
  private static func medianChord(
    _ squares: UnsafeMutableBufferPointer<Float>, scratch: UnsafeMutableBufferPointer<Float>
  ) -> Double {
    guard !squares.isEmpty else { return .nan }
    let (lower, upper) = Selection.middle(of: squares, scratch: scratch)
    return (Double(lower).squareRoot() + Double(upper).squareRoot()) / 2
  }

  private static func median(of values: [Double]) -> Double? {
    guard !values.isEmpty else { return nil }
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }
}
