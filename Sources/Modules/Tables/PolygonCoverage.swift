internal import Engine
internal import Geo

/// The share of each pixel of a window that a polygon covers, exactly: the areas of the polygon's parts in each pixel.
///
/// Each edge adds, row by row, its height to all pixels on its right and a trapezoid to the pixels it crosses; running
/// sums along the rows are the signed areas.
enum PolygonCoverage {
  /// - Parameters:
  ///   - rings: in pixels of the grid, closed; holes run the other way round.
  ///   - window: of the grid.
  /// - Returns: shares from 0 to 1, row by row.
  static func shares(of rings: [[VectorFeatures.Point]], in window: PixelWindow) -> [Double] {
    var cover = Accumulator(width: window.width, height: window.height)
    for ring in rings {
      for (from, to) in zip(ring, ring.dropFirst()) {
        cover.add(
          (from.x - Double(window.column), from.y - Double(window.row)),
          (to.x - Double(window.column), to.y - Double(window.row)))
      }
    }
    return cover.shares()
  }

  private struct Accumulator {
    let width: Int
    let height: Int
    /// One more a row, for what lies right of the last pixel.
    private var sums: [Double]

    init(width: Int, height: Int) {
      self.width = width
      self.height = height
      sums = Array(repeating: 0, count: (width + 1) * height)
    }

    mutating func add(_ from: (x: Double, y: Double), _ to: (x: Double, y: Double)) {
      guard from.y != to.y else { return }
      let sign = from.y < to.y ? 1.0 : -1.0
      let (top, bottom) = from.y < to.y ? (from, to) : (to, from)
      let first = max(top.y, 0)
      let last = min(bottom.y, Double(height))
      guard first < last else { return }
      let slope = (bottom.x - top.x) / (bottom.y - top.y)
      func x(at y: Double) -> Double {
        let value = y == top.y ? top.x : y == bottom.y ? bottom.x : top.x + (y - top.y) * slope
        return min(max(value, min(top.x, bottom.x)), max(top.x, bottom.x))
      }
      var y = first
      var row = Int(first)
      while y < last, row < height {
        let end = min(Double(row + 1), last)
        addPiece(row: row, from: x(at: y), to: x(at: end), height: end - y, sign: sign)
        y = end
        row += 1
      }
    }

    /// Adds a piece of an edge that lies in one row.
    private mutating func addPiece(row: Int, from: Double, to: Double, height: Double, sign: Double) {
      let (left, right) = from < to ? (from, to) : (to, from)
      let start = row * (width + 1)
      // What lies left of the window covers all of the row; what lies right of it, nothing.
      if right <= 0 {
        sums[start] += sign * height
        return
      }
      if left >= Double(width) { return }
      if left == right {
        addColumn(start, left, left, sign * height)
        return
      }
      let perX = height / (right - left)
      var x = left
      if x < 0 {
        sums[start] += sign * (0 - x) * perX
        x = 0
      }
      let end = min(right, Double(width))
      while x < end {
        let next = min(Double(Int(x) + 1), end)
        addColumn(start, x, next, sign * (next - x) * perX)
        x = next
      }
    }

    /// Adds a piece that lies in one pixel.
    private mutating func addColumn(_ start: Int, _ left: Double, _ right: Double, _ height: Double) {
      let column = min(Int(left), width - 1)
      let middle = (left + right) / 2 - Double(column)
      sums[start + column] += height * (1 - middle)
      sums[start + column + 1] += height * middle
    }

    func shares() -> [Double] {
      var shares: [Double] = []
      shares.reserveCapacity(width * height)
      for row in 0..<height {
        var sum = 0.0
        for column in 0..<width {
          sum += sums[row * (width + 1) + column]
          let share = min(abs(sum), 1)
          // What rounding leaves of an edge along a pixel's side is no share.
          shares.append(share < 1e-12 ? 0 : share > 1 - 1e-12 ? 1 : share)
        }
      }
      return shares
    }
  }
}
