internal import Geo
internal import Kernels
internal import KernelsAVX2

/// Smooths a window row by row. The rows that the present one depends on are kept in Double, each widened once.
final class GaussianRows {
  private typealias Row = UnsafeMutableBufferPointer<Double>
  private typealias Wide = KernelsAVX2.SmoothingKernels
  private typealias Plain = Kernels.SmoothingKernels

  private let filter: GaussianFilter
  private let covered: PixelWindow
  private let needed: PixelWindow
  private let window: PixelWindow
  private let gridHeight: Int
  /// Where the columns left and right of the window, out to the radius, stand in a row of `needed`; nil beyond
  /// the grid with a constant.
  private let columns: [Int?]
  private let usesWeights: Bool

  /// Rows are kept at their number modulo `slots`; one more slot has the constant beyond the grid.
  private let slots: Int
  private let values: Row
  private let weights: Row
  private var held: [Int?]
  private var isComplete: [Bool]

  // One row after the vertical pass, the same with what lies left and right of it, and after both passes.
  private let vertical: Row
  private let line: Row
  private let sums: Row
  private let weightSums: Row
  /// The sums of weights where nothing is missing.
  private let fullWeightSums: Row
  /// What the vertical pass makes of the constant and of its weight.
  private let constant: (value: Double, weight: Double)

  init(
    _ filter: GaussianFilter, covered: PixelWindow, needed: PixelWindow, window: PixelWindow, gridWidth: Int,
    gridHeight: Int
  ) {
    self.filter = filter
    self.covered = covered
    self.needed = needed
    self.window = window
    self.gridHeight = gridHeight
    let radius = filter.radius
    columns = ((window.column - radius.x)..<(window.endColumn + radius.x)).map {
      filter.edge.place($0, count: gridWidth).map { $0 - needed.column }
    }
    usesWeights = filter.missing != .propagate
    slots = filter.edge == .wrap ? needed.height : min(2 * radius.y + 1, needed.height)
    held = [Int?](repeating: nil, count: slots)
    isComplete = [Bool](repeating: true, count: slots)
    func rows(_ count: Int, of width: Int, _ value: Double = 0) -> Row {
      let rows = Row.allocate(capacity: count * width)
      rows.initialize(repeating: value)
      return rows
    }
    values = rows(slots + 1, of: needed.width)
    weights = rows(slots + 1, of: usesWeights ? needed.width : 0, 1)
    vertical = rows(1, of: needed.width)
    line = rows(1, of: window.width + 2 * radius.x)
    sums = rows(1, of: window.width)
    weightSums = rows(1, of: window.width)
    var beyond = 0.0
    if case .constant(let value) = filter.edge { beyond = value }
    values[(slots * needed.width)...].update(repeating: beyond)
    let weight = Self.sum(of: 1, filter.weightsAlongY)
    constant = (Self.sum(of: beyond, filter.weightsAlongY), weight)
    fullWeightSums = rows(1, of: window.width, Self.sum(of: weight, filter.weightsAlongX))
  }

  deinit {
    for row in [values, weights, vertical, line, sums, weightSums, fullWeightSums] { row.deallocate() }
  }

  /// What a pass makes of one value everywhere: the operations of `pass`.
  private static func sum(of value: Double, _ weights: [Double]) -> Double {
    weights.dropFirst().reversed().reduce(value * weights[0]) { $0 + (value + value) * $1 }
  }

  /// Smooths one row of the grid.
  func smooth(_ row: Int, of samples: Span<Float>, into output: inout MutableSpan<Float>) {
    let radius = filter.radius.y
    var isWhole = true
    let places = ((row - radius)...(row + radius)).map { row in
      guard let place = filter.edge.place(row, count: gridHeight) else { return slots }
      let slot = place % slots
      if held[slot] != place { keep(place, in: slot, of: samples) }
      isWhole = isWhole && isComplete[slot]
      return slot
    }
    pass(values, places, beyond: constant.value, into: sums)
    guard usesWeights else {
      if Processor.usesAVX2 {
        Wide.round(sums.span, into: &output)
      } else {
        Plain.round(sums.span, into: &output)
      }
      return
    }
    if !isWhole { pass(weights, places, beyond: constant.weight, into: weightSums) }
    let divisors = (isWhole ? fullWeightSums : weightSums).span
    let first = (row - covered.row) * covered.width + window.column - covered.column
    let centre = samples.extracting(first..<(first + window.width))
    switch (filter.missing, Processor.usesAVX2) {
    case (.fill, true): Wide.divide(sums.span, weights: divisors, into: &output)
    case (.fill, false): Plain.divide(sums.span, weights: divisors, into: &output)
    case (_, true): Wide.divide(sums.span, weights: divisors, where: centre, into: &output)
    case (_, false): Plain.divide(sums.span, weights: divisors, where: centre, into: &output)
    }
  }

  /// Takes over a row of the grid.
  private func keep(_ row: Int, in slot: Int, of samples: Span<Float>) {
    let first = (row - covered.row) * covered.width + needed.column - covered.column
    let source = samples.extracting(first..<(first + needed.width))
    held[slot] = row
    var values = self.row(slot, of: self.values).mutableSpan
    guard usesWeights else {
      if Processor.usesAVX2 { Wide.widen(source, into: &values) } else { Plain.widen(source, into: &values) }
      return
    }
    var weights = self.row(slot, of: self.weights).mutableSpan
    if Processor.usesAVX2 {
      isComplete[slot] = Wide.countMissing(source) == 0
      Wide.separate(source, values: &values, weights: &weights)
    } else {
      isComplete[slot] = Plain.countMissing(source) == 0
      Plain.separate(source, values: &values, weights: &weights)
    }
  }

  private func row(_ slot: Int, of rows: Row) -> Row {
    Row(rebasing: rows[(slot * needed.width)..<((slot + 1) * needed.width)])
  }

  /// Both passes over rows, given by their slots from the uppermost to the lowest.
  private func pass(_ rows: Row, _ places: [Int], beyond: Double, into result: Row) {
    let radius = filter.radius
    weigh(filter.weightsAlongY, into: vertical) { row(places[radius.y + $0], of: rows) }
    // The window's own columns, then what lies left and right of them.
    let first = window.column - needed.column
    _ = Row(rebasing: line[radius.x...]).update(
      fromContentsOf: vertical[first..<(first + window.width)])
    for place in 0..<radius.x {
      let other = radius.x + window.width + place
      line[place] = columns[place].map { vertical[$0] } ?? beyond
      line[other] = columns[other].map { vertical[$0] } ?? beyond
    }
    weigh(filter.weightsAlongX, into: result) {
      Row(rebasing: line[(radius.x + $0)..<(radius.x + $0 + window.width)])
    }
  }

  /// The weighted sum of runs of values at offsets from -radius to radius.
  private func weigh(_ weights: [Double], into sums: Row, _ values: (Int) -> Row) {
    var sums = sums.mutableSpan
    let isWide = Processor.usesAVX2
    if isWide {
      Wide.begin(values(0).span, weight: weights[0], into: &sums)
    } else {
      Plain.begin(values(0).span, weight: weights[0], into: &sums)
    }
    var distance = weights.count - 1
    while distance >= 2 {
      let (a, b) = (values(-distance).span, values(distance).span)
      let (c, d) = (values(1 - distance).span, values(distance - 1).span)
      if isWide {
        Wide.add(a, b, weight: weights[distance], c, d, nextWeight: weights[distance - 1], to: &sums)
      } else {
        Plain.add(a, b, weight: weights[distance], c, d, nextWeight: weights[distance - 1], to: &sums)
      }
      distance -= 2
    }
    guard distance == 1 else { return }
    let (a, b) = (values(-1).span, values(1).span)
    if isWide {
      Wide.add(a, b, weight: weights[1], to: &sums)
    } else {
      Plain.add(a, b, weight: weights[1], to: &sums)
    }
  }
}
