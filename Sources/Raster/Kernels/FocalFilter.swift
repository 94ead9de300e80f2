public import Geo
internal import Kernels
internal import KernelsAVX2

/// A statistic of the pixels around each pixel.
///
/// Missing neighbours, and those beyond the edge of the grid, are left out. Sums are taken in Double, neighbour by
/// neighbour in a fixed order, and rounded once: a pixel's value is the same, bit for bit, whatever window it is
/// computed in.
public struct FocalFilter: Sendable {
  public enum Statistic: String, CaseIterable, Hashable, Sendable {
    case mean, median, min, max, std, mode

    /// Whether it needs the neighbours' values in order.
    public var isOrdered: Bool { self == .median || self == .mode }
  }

  /// What happens around missing pixels.
  public enum MissingRule: String, CaseIterable, Hashable, Sendable {
    /// Missing pixels stay missing.
    case skip
    /// Missing pixels with a neighbour that is not get a value.
    case fill
    /// A missing pixel makes every pixel missing whose neighbour it is.
    case propagate
  }

  public let statistic: Statistic
  public let neighbourhood: Neighbourhood
  public let missing: MissingRule

  public init(_ statistic: Statistic, _ neighbourhood: Neighbourhood, missing: MissingRule = .skip) {
    self.statistic = statistic
    self.neighbourhood = neighbourhood
    self.missing = missing
  }

  /// Bytes that `apply` takes for each pixel of a window.
  public static let scratchBytesPerPixel = 24

  /// Filters a window.
  ///
  /// - Parameters:
  ///   - source: the pixels of `covered`, row-major; NaN is missing.
  ///   - covered: a part of the grid that has the window and its neighbours within the grid.
  ///   - grid: the whole grid: beyond it nothing is known.
  ///   - window: the pixels that are wanted.
  ///   - target: a plane of the pixels of `covered`: those of the window are filled.
  public func apply(
    to source: UnsafeBufferPointer<Float>, covering covered: PixelWindow, grid: PixelWindow,
    window: PixelWindow,
    into target: UnsafeMutableBufferPointer<Float>
  ) {
    precondition(source.count == covered.count && target.count == covered.count)
    guard !window.isEmpty else { return }
    let padded = PaddedPlane(
      source, covering: covered, grid: grid, window: window, margin: neighbourhood.reach)
    if statistic.isOrdered {
      applyOrdered(padded, covered, window, target)
    } else {
      for row in 0..<window.height {
        let line = FocalFilter.line(window.row + row, of: window, in: covered, target)
        switch statistic {
        case .min, .max: extreme(padded, row, line)
        default: moments(padded, row, line)
        }
        finish(padded, row, line)
      }
    }
  }

  private static func line(
    _ row: Int, of window: PixelWindow, in covered: PixelWindow, _ target: UnsafeMutableBufferPointer<Float>
  ) -> UnsafeMutableBufferPointer<Float> {
    let start = (row - covered.row) * covered.width + window.column - covered.column
    return UnsafeMutableBufferPointer(rebasing: target[start..<(start + window.width)])
  }

  private func extreme(_ padded: PaddedPlane, _ row: Int, _ line: UnsafeMutableBufferPointer<Float>) {
    let isLeast = statistic == .min
    line.update(repeating: isLeast ? .infinity : -.infinity)
    neighbourhood.visit { y, x in
      let values = padded.row(row + y, from: x).span
      var kept = line.mutableSpan
      switch (isLeast, Processor.usesAVX2) {
      case (true, true): KernelsAVX2.FocalKernels.keepLeast(values, in: &kept)
      case (true, false): Kernels.FocalKernels.keepLeast(values, in: &kept)
      case (false, true): KernelsAVX2.FocalKernels.keepGreatest(values, in: &kept)
      case (false, false): Kernels.FocalKernels.keepGreatest(values, in: &kept)
      }
    }
    // Where nothing was there; infinities of the data's own stay.
    for index in line.indices where !line[index].isFinite && !padded.hasValue(row, index, neighbourhood) {
      line[index] = .nan
    }
  }

  private func moments(_ padded: PaddedPlane, _ row: Int, _ line: UnsafeMutableBufferPointer<Float>) {
    let width = line.count
    padded.sums.update(repeating: 0)
    padded.counts.update(repeating: 0)
    neighbourhood.visit { y, x in
      let values = padded.row(row + y, from: x).span
      var sums = padded.sums.mutableSpan
      var counts = padded.counts.mutableSpan
      if Processor.usesAVX2 {
        KernelsAVX2.FocalKernels.add(values, to: &sums, counts: &counts)
      } else {
        Kernels.FocalKernels.add(values, to: &sums, counts: &counts)
      }
    }
    // 0 / 0 has a sign that no other missing value has: files must not tell which chunk a pixel was computed in.
    for index in 0..<width {
      let count = padded.counts[index]
      padded.sums[index] = count > 0 ? padded.sums[index] / count : .nan
    }
    guard statistic == .std else {
      for index in 0..<width { line[index] = Float(padded.sums[index]) }
      return
    }
    padded.squares.update(repeating: 0)
    neighbourhood.visit { y, x in
      let values = padded.row(row + y, from: x).span
      let means = UnsafeBufferPointer(padded.sums).span
      var squares = padded.squares.mutableSpan
      if Processor.usesAVX2 {
        KernelsAVX2.FocalKernels.addSquares(values, means: means, to: &squares)
      } else {
        Kernels.FocalKernels.addSquares(values, means: means, to: &squares)
      }
    }
    for index in 0..<width {
      let count = padded.counts[index]
      line[index] = count > 0 ? Float((padded.squares[index] / count).squareRoot()) : .nan
    }
  }

  /// Some rows at once: a plane for each neighbour, from which order statistics are taken as over dates.
  private func applyOrdered(
    _ padded: PaddedPlane, _ covered: PixelWindow, _ window: PixelWindow,
    _ target: UnsafeMutableBufferPointer<Float>
  ) {
    let neighbours = neighbourhood.count
    // About as much memory as four planes of the window.
    let rows = max(1, min(window.height, 4 * window.height / neighbours))
    let stack = UnsafeMutableBufferPointer<Float>.allocate(capacity: neighbours * rows * window.width)
    let values = UnsafeMutableBufferPointer<Float>.allocate(capacity: rows * window.width)
    let numbers = UnsafeMutableBufferPointer<UInt16>.allocate(capacity: rows * window.width)
    stack.initialize(repeating: 0)
    values.initialize(repeating: 0)
    numbers.initialize(repeating: 0)
    defer {
      stack.deallocate()
      values.deallocate()
      numbers.deallocate()
    }
    let wanted: OrderStatistic = statistic == .mode ? .mode : .percentile(50)
    for first in stride(from: 0, to: window.height, by: rows) {
      let some = min(rows, window.height - first)
      let pixels = some * window.width
      var place = 0
      neighbourhood.visit { y, x in
        for row in 0..<some {
          let part = (place + row * window.width)..<(place + (row + 1) * window.width)
          _ = UnsafeMutableBufferPointer(rebasing: stack[part])
            .update(fromContentsOf: padded.row(first + row + y, from: x))
        }
        place += pixels
      }
      var results = UnsafeMutableBufferPointer(rebasing: values[..<pixels]).mutableSpan
      var counts = UnsafeMutableBufferPointer(rebasing: numbers[..<pixels]).mutableSpan
      OrderStatistics.compute(
        of: UnsafeBufferPointer(rebasing: stack[..<(neighbours * pixels)]).span, count: neighbours, [wanted],
        into: &results, counts: &counts)
      for row in 0..<some {
        let line = FocalFilter.line(window.row + first + row, of: window, in: covered, target)
        _ = line.update(
          fromContentsOf: UnsafeBufferPointer(
            rebasing: values[(row * window.width)..<((row + 1) * window.width)]))
        finish(padded, first + row, line)
      }
    }
  }

  /// Makes missing what the rule for missing pixels wants to be.
  private func finish(_ padded: PaddedPlane, _ row: Int, _ line: UnsafeMutableBufferPointer<Float>) {
    switch missing {
    case .fill: break
    case .skip:
      let own = padded.row(row, from: 0)
      for index in line.indices where own[index].isNaN { line[index] = .nan }
    case .propagate:
      neighbourhood.visit { y, x in
        let values = padded.row(row + y, from: x)
        // What lies beyond the grid is not missing: it is not there.
        for index in line.indices where values[index].isNaN && padded.isInGrid(row + y, index + x) {
          line[index] = .nan
        }
      }
    }
  }
}

/// A window's pixels with a margin around them, in which what lies beyond the grid is missing.
private final class PaddedPlane {
  private let width: Int
  private let margin: Int
  private let stride: Int
  private let values: UnsafeMutableBufferPointer<Float>
  private let window: PixelWindow
  private let grid: PixelWindow
  /// Of a row.
  let sums: UnsafeMutableBufferPointer<Double>
  let counts: UnsafeMutableBufferPointer<Double>
  let squares: UnsafeMutableBufferPointer<Double>

  init(
    _ source: UnsafeBufferPointer<Float>, covering covered: PixelWindow, grid: PixelWindow,
    window: PixelWindow,
    margin: Int
  ) {
    width = window.width
    self.margin = margin
    self.window = window
    self.grid = grid
    stride = width + 2 * margin
    values = .allocate(capacity: stride * (window.height + 2 * margin))
    values.initialize(repeating: .nan)
    func room() -> UnsafeMutableBufferPointer<Double> {
      let buffer = UnsafeMutableBufferPointer<Double>.allocate(capacity: window.width)
      buffer.initialize(repeating: 0)
      return buffer
    }
    (sums, counts, squares) = (room(), room(), room())
    let columns =
      max(covered.column, window.column - margin)..<min(covered.endColumn, window.endColumn + margin)
    for row in max(covered.row, window.row - margin)..<min(covered.endRow, window.endRow + margin) {
      let from = (row - covered.row) * covered.width + columns.lowerBound - covered.column
      let to = (row - window.row + margin) * stride + columns.lowerBound - window.column + margin
      _ = UnsafeMutableBufferPointer(rebasing: values[to..<(to + columns.count)])
        .update(fromContentsOf: source[from..<(from + columns.count)])
    }
  }

  deinit {
    values.deallocate()
    sums.deallocate()
    counts.deallocate()
    squares.deallocate()
  }

  /// A row of the window, seen from so many columns aside.
  func row(_ row: Int, from column: Int) -> UnsafeBufferPointer<Float> {
    let start = (row + margin) * stride + margin + column
    return UnsafeBufferPointer(rebasing: values[start..<(start + width)])
  }

  func isInGrid(_ row: Int, _ column: Int) -> Bool {
    let (y, x) = (window.row + row, window.column + column)
    return y >= grid.row && y < grid.endRow && x >= grid.column && x < grid.endColumn
  }

  /// Whether any pixel around one has a value.
  func hasValue(_ row: Int, _ column: Int, _ neighbourhood: Neighbourhood) -> Bool {
    var isFound = false
    neighbourhood.visit { y, x in isFound = isFound || !self.row(row + y, from: x)[column].isNaN }
    return isFound
  }
}
