internal import Geo
internal import Glibc

/// Sums over the pixels of swaths that lie in each cell of a window, or cover a part of it.
///
/// Pixels are taken in block by block, line by line, whatever the window: the sums of a cell are the same in every one.
public final class CellSums {
  /// What is summed.
  public enum Statistic: Sendable {
    case mean, geometricMean, count, standardDeviation, minimum, maximum
  }

  /// Brings longitudes and latitudes in degrees to coordinates of the grid, in place; NaN where there are none. Nil for
  /// grids of degrees.
  public typealias Projection = (_ x: inout [Double], _ y: inout [Double]) -> Void

  public let cells: TargetCells
  private let statistic: Statistic
  private let project: Projection?
  /// The sum of weights, and by the statistic: means or sums of values, sums of squared deviations.
  private let weights: UnsafeMutableBufferPointer<Double>
  private let values: UnsafeMutableBufferPointer<Double>
  private let squares: UnsafeMutableBufferPointer<Double>

  /// Pixels whose centres lie in a cell that counts, and whose values are marked as beyond their valid range.
  public private(set) var beyondRange = 0
  /// The same of pixels that masks reject, by mask.
  public private(set) var rejected: [Int]
  private let counts: (_ cell: Int) -> Bool

  /// Bytes a cell.
  public static let bytesPerCell = 24

  /// - Parameters:
  ///   - cells: of the chunk.
  ///   - statistic: of the pixels in a cell.
  ///   - masks: how many there are, whose rejected pixels are counted.
  ///   - counts: whether missing pixels in a cell, by its place in the window, are counted.
  ///   - project: nil for grids of degrees.
  public init(
    _ cells: TargetCells, _ statistic: Statistic, masks: Int = 0,
    counts: @escaping (_ cell: Int) -> Bool = { _ in true }, project: Projection?
  ) {
    (self.cells, self.statistic, self.project) = (cells, statistic, project)
    self.counts = counts
    rejected = Array(repeating: 0, count: min(masks, RejectedPixels.mostMasks))
    let count = cells.window.count
    (weights, values) = (.allocate(capacity: count), .allocate(capacity: count))
    squares = .allocate(capacity: statistic == .standardDeviation ? count : 0)
    weights.initialize(repeating: 0)
    let start: Double =
      switch statistic {
      case .minimum: .infinity
      case .maximum: -.infinity
      default: 0
      }
    values.initialize(repeating: start)
    squares.initialize(repeating: 0)
  }

  deinit {
    weights.deallocate()
    values.deallocate()
    squares.deallocate()
  }

  /// The share of a cell that valid pixels cover, or how many lie in it.
  public func weight(_ cell: Int) -> Double { weights[cell] }

  /// The statistic of a cell; NaN where no pixel counts.
  public func value(_ cell: Int) -> Double {
    let weight = weights[cell]
    switch statistic {
    case .count: return weight > 0 ? weight : .nan
    case .mean: return weight > 0 ? values[cell] / weight : .nan
    case .geometricMean: return weight > 0 ? exp(values[cell] / weight) : .nan
    case .standardDeviation: return weight > 0 ? (squares[cell] / weight).squareRoot() : .nan
    case .minimum, .maximum: return weight > 0 ? values[cell] : .nan
    }
  }

  // MARK: Pixel centres

  /// Takes in the pixels of a swath whose centres lie in a cell.
  ///
  /// - Parameters:
  ///   - survey: what is known of the whole swath beforehand.
  ///   - strip: memory for lines, used again.
  ///   - read: brings lines into a strip and gives their values, NaN for pixels that do not count.
  public func addCentres<Failure: Error>(
    _ survey: SwathSurvey, strip: SwathStrip,
    read: (Range<Int>, SwathStrip) throws(Failure) -> UnsafeBufferPointer<Double>
  ) throws(Failure) {
    let near = BlocksNearby(survey, cells: cells, reach: 1e-9, isToCorners: true)
    var (x, y): ([Double], [Double]) = ([], [])
    for row in 0..<survey.blockRows {
      let blocks = near.blocks(inRow: row)
      guard !blocks.isEmpty else { continue }
      let found = try read(survey.lines(ofBlockRow: row), strip)
      for (block, _) in blocks {
        let columns = survey.columns(ofBlockColumn: block)
        x.removeAll(keepingCapacity: true)
        y.removeAll(keepingCapacity: true)
        for line in 0..<strip.lines.count {
          for column in columns {
            let index = line * strip.columns + column
            x.append(strip.longitudes[index])
            y.append(strip.latitudes[index])
          }
        }
        project?(&x, &y)
        var place = 0
        for line in 0..<strip.lines.count {
          for column in columns {
            let value = found[line * strip.columns + column]
            if CellSums.isOfUse(value) { addCentre(x[place], y[place], value) }
            place += 1
          }
        }
      }
    }
  }

  private func addCentre(_ x: Double, _ y: Double, _ value: Double) {
    guard !x.isNaN, !y.isNaN else { return }
    let window = cells.window
    for turn in turns(x) {
      guard let place = cells.transform.pixel(x: x + turn, y: y) else { return }
      let (column, row) = (place.column.rounded(.down), place.row.rounded(.down))
      guard column >= Double(window.column), column < Double(window.endColumn), row >= Double(window.row),
        row < Double(window.endRow)
      else { continue }
      let cell = (Int(row) - window.row) * window.width + Int(column) - window.column
      guard value.isNaN else {
        add(value, weight: 1, cell: cell)
        continue
      }
      guard counts(cell) else { continue }
      guard let masks = RejectedPixels.masks(value) else {
        beyondRange += 1
        continue
      }
      for mask in rejected.indices where masks >> UInt64(mask) & 1 == 1 { rejected[mask] += 1 }
    }
  }

  /// Whether a value is summed, or missing for a reason that is counted.
  private static func isOfUse(_ value: Double) -> Bool {
    !value.isNaN || BeyondRange.holds(value) || RejectedPixels.masks(value) != nil
  }

  /// Counts a pixel that lies in a cell and is missing for a reason.
  private func count(_ value: Double, at index: Int, _ strip: SwathStrip) {
    guard CellSums.isOfUse(value) else { return }
    var (x, y) = ([strip.longitudes[index]], [strip.latitudes[index]])
    project?(&x, &y)
    addCentre(x[0], y[0], value)
  }

  /// The turns around the Earth on which a longitude may lie in the window; 0 for other coordinates.
  private func turns(_ x: Double) -> [Double] {
    guard cells.isGeographic else { return [0] }
    let transform = cells.transform
    let one = transform.originX + Double(cells.window.column) * transform.pixelWidth
    let other = transform.originX + Double(cells.window.endColumn) * transform.pixelWidth
    let (west, east) = (min(one, other), max(one, other))
    let first = ((west - x) / 360 - 1e-9).rounded(.up)
    let last = ((east - x) / 360 + 1e-9).rounded(.down)
    return first <= last ? stride(from: first, through: last, by: 1).map { $0 * 360 } : []
  }

  @inline(__always)
  private func add(_ value: Double, weight: Double, cell: Int) {
    switch statistic {
    case .count: weights[cell] += weight
    case .mean:
      weights[cell] += weight
      values[cell] += value * weight
    case .geometricMean:
      guard value > 0 else { return }
      weights[cell] += weight
      values[cell] += log(value) * weight
    case .standardDeviation:
      weights[cell] += weight
      let deviation = value - values[cell]
      values[cell] += deviation * weight / weights[cell]
      squares[cell] += weight * deviation * (value - values[cell])
    case .minimum:
      weights[cell] += weight
      values[cell] = min(values[cell], value)
    case .maximum:
      weights[cell] += weight
      values[cell] = max(values[cell], value)
    }
  }

  // MARK: Footprints

  /// Takes in the pixels of a swath whose footprints cover a part of a cell, by the share that they cover.
  ///
  /// Where the file does not have their corners, footprints are made of centres: those of neighbours meet without gap or
  /// overlap, and none stretches over a gap.
  ///
  /// - Parameters:
  ///   - survey: what is known of the whole swath beforehand.
  ///   - strip: memory for lines, used again.
  ///   - given: brings the corners of lines where the file has them; nil where they are to be made.
  ///   - read: brings lines into a strip and gives their values, NaN for pixels that do not count.
  public func addFootprints<Failure: Error>(
    _ survey: SwathSurvey, strip: SwathStrip,
    given: ((Range<Int>, FootprintCorners) throws(Failure) -> Void)? = nil,
    read: (Range<Int>, SwathStrip) throws(Failure) -> UnsafeBufferPointer<Double>
  ) throws(Failure) {
    if let given { return try addGiven(survey, strip: strip, given: given, read: read) }
    let near = BlocksNearby(
      survey, cells: cells, reach: 2 * survey.largestReach / Sphere.radius, isToCorners: true)
    for row in 0..<survey.blockRows {
      let blocks = near.blocks(inRow: row)
      guard !blocks.isEmpty else { continue }
      let own = survey.lines(ofBlockRow: row)
      let margin = FootprintShapes.reach
      let lines = max(0, own.lowerBound - margin)..<min(survey.lines, own.upperBound + margin)
      let found = try read(lines, strip)
      strip.locate()
      let shapes = FootprintShapes(strip, survey)
      for (block, _) in blocks {
        let columns = survey.columns(ofBlockColumn: block)
        var corners = shapes.corners(own, columns)
        project?(&corners.x, &corners.y)
        for line in own {
          let values = (line - strip.lines.lowerBound) * strip.columns
          for column in columns {
            guard !found[values + column].isNaN else {
              count(found[values + column], at: values + column, strip)
              continue
            }
            let (a, b, c, d) = corners.places(line, column)
            addFootprint(
              [corners.x[a], corners.x[b], corners.x[c], corners.x[d]],
              [corners.y[a], corners.y[b], corners.y[c], corners.y[d]],
              found[values + column])
          }
        }
      }
    }
  }

  private func addGiven<Failure: Error>(
    _ survey: SwathSurvey, strip: SwathStrip, given: (Range<Int>, FootprintCorners) throws(Failure) -> Void,
    read: (Range<Int>, SwathStrip) throws(Failure) -> UnsafeBufferPointer<Double>
  ) throws(Failure) {
    let corners = FootprintCorners()
    let near = BlocksNearby(
      survey, cells: cells, reach: 2 * survey.largestReach / Sphere.radius, isToCorners: true)
    for row in 0..<survey.blockRows {
      let blocks = near.blocks(inRow: row)
      guard !blocks.isEmpty else { continue }
      let own = survey.lines(ofBlockRow: row)
      let found = try read(own, strip)
      try given(own, corners)
      for (block, _) in blocks {
        let columns = survey.columns(ofBlockColumn: block)
        for line in 0..<own.count {
          for column in columns {
            let index = line * strip.columns + column
            guard !found[index].isNaN, !strip.longitudes[index].isNaN else {
              count(found[index], at: index, strip)
              continue
            }
            var (x, y) = (corners.longitudes.map { $0[index] }, corners.latitudes.map { $0[index] })
            project?(&x, &y)
            addFootprint(x, y, found[index])
          }
        }
      }
    }
  }

  private func addFootprint(_ x: [Double], _ y: [Double], _ value: Double) {
    guard x.allSatisfy(\.isFinite), y.allSatisfy(\.isFinite) else { return }
    var (x, y) = (x, y)
    if cells.isGeographic {
      // Each corner on the turn of the one before.
      for corner in 1..<4 { x[corner] -= ((x[corner] - x[corner - 1]) / 360).rounded() * 360 }
      let back = x[0] - x[3]
      let turn = (back / 360).rounded() * 360
      if turn != 0 {
        // It goes around a pole: on the map it is all that lies between its rim and the pole.
        let pole = y[0] + y[2] > 0 ? 90.0 : -90
        x += [x[0] - turn, x[0] - turn, x[0]]
        y += [y[0], pole, pole]
      }
    }
    for turn in footprintTurns(x) {
      var polygon: [SIMD2<Double>] = []
      for corner in x.indices {
        guard let place = cells.transform.pixel(x: x[corner] + turn, y: y[corner]) else { return }
        polygon.append(SIMD2(place.column, place.row))
      }
      cover(polygon, value)
    }
  }

  private func footprintTurns(_ x: [Double]) -> [Double] {
    guard cells.isGeographic, let low = x.min(), let high = x.max() else { return [0] }
    let transform = cells.transform
    let one = transform.originX + Double(cells.window.column) * transform.pixelWidth
    let other = transform.originX + Double(cells.window.endColumn) * transform.pixelWidth
    let first = ((min(one, other) - high) / 360).rounded(.up)
    let last = ((max(one, other) - low) / 360).rounded(.down)
    return first <= last ? stride(from: first, through: last, by: 1).map { $0 * 360 } : []
  }

  /// Adds a polygon's shares of the cells that it covers; its corners are in pixels of the grid.
  private func cover(_ polygon: [SIMD2<Double>], _ value: Double) {
    let window = cells.window
    let rows = CellSums.span(polygon.map(\.y), window.row..<window.endRow)
    guard !rows.isEmpty else { return }
    for row in rows {
      let slice = CellSums.clip(
        CellSums.clip(polygon, axis: 1, at: Double(row), isBelow: false), axis: 1, at: Double(row + 1),
        isBelow: true)
      guard slice.count > 2 else { continue }
      for column in CellSums.span(slice.map(\.x), window.column..<window.endColumn) {
        let part = CellSums.clip(
          CellSums.clip(slice, axis: 0, at: Double(column), isBelow: false), axis: 0,
          at: Double(column + 1),
          isBelow: true)
        let share = CellSums.area(part)
        guard share > 0 else { continue }
        add(value, weight: share, cell: (row - window.row) * window.width + column - window.column)
      }
    }
  }

  /// The whole numbers of a range between which places lie.
  private static func span(_ places: [Double], _ range: Range<Int>) -> Range<Int> {
    guard let low = places.min(), let high = places.max(), low < Double(range.upperBound),
      high > Double(range.lowerBound)
    else { return range.lowerBound..<range.lowerBound }
    let first = max(range.lowerBound, Int(max(low, Double(range.lowerBound)).rounded(.down)))
    let last = min(range.upperBound - 1, Int(min(high, Double(range.upperBound)).rounded(.down)))
    return first..<max(first, last + 1)
  }

  /// The part of a polygon on one side of a line (Sutherland and Hodgman).
  private static func clip(_ polygon: [SIMD2<Double>], axis: Int, at limit: Double, isBelow: Bool) -> [SIMD2<
    Double
  >] {
    var result: [SIMD2<Double>] = []
    for (index, point) in polygon.enumerated() {
      let last = polygon[index == 0 ? polygon.count - 1 : index - 1]
      let isInside = isBelow ? point[axis] <= limit : point[axis] >= limit
      let wasInside = isBelow ? last[axis] <= limit : last[axis] >= limit
      if isInside != wasInside {
        let share = (limit - last[axis]) / (point[axis] - last[axis])
        var crossing = last + (point - last) * share
        crossing[axis] = limit
        result.append(crossing)
      }
      if isInside { result.append(point) }
    }
    return result
  }

  private static func area(_ polygon: [SIMD2<Double>]) -> Double {
    guard polygon.count > 2 else { return 0 }
    var sum = 0.0
    let origin = polygon[0]
    for index in 1..<(polygon.count - 1) {
      let (a, b) = (polygon[index] - origin, polygon[index + 1] - origin)
      sum += a.x * b.y - a.y * b.x
    }
    return sum.magnitude / 2
  }
}
