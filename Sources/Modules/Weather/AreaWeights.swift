internal import Geo
internal import Glibc

/// How much each cell of a longitude/latitude grid counts in the mean of an area: the part of the area that it covers.
///
/// A cell reaches half way to its neighbours.
struct AreaWeights: Sendable {
  /// The cells that cover something: their places in a field, and their weights.
  let cells: [(place: Int, weight: Double)]
  /// The part of the area that all cells together cover, 0 … 1.
  let coverage: Double

  /// What a weight is proportional to.
  enum Measure: String, CaseIterable, Sendable {
    /// Longitude times latitude: what a mean over fine pixels in degrees gives.
    case degrees
    /// The surface of the Earth.
    case area
  }

  /// - Parameter box: in degrees; where its west is greater than its east it crosses the antimeridian.
  init(longitudes: [Double], latitudes: [Double], box: BoundingBox, measure: Measure = .degrees) {
    let east = box.maxX >= box.minX ? box.maxX : box.maxX + 360
    let columns = Self.parts(longitudes, box.minX, east, turns: true)
    let rows = Self.parts(latitudes, box.minY, box.maxY, turns: false)
    var cells: [(place: Int, weight: Double)] = []
    for row in latitudes.indices where rows[row] > 0 {
      let factor = measure == .area ? cos(latitudes[row] * .pi / 180) : 1
      for column in longitudes.indices where columns[column] > 0 {
        cells.append((row * longitudes.count + column, rows[row] * columns[column] * factor))
      }
    }
    self.cells = cells
    coverage = min(columns.reduce(0, +), 1) * min(rows.reduce(0, +), 1)
  }

  /// The share of a stretch that each cell along an axis covers; of a stretch without length, which cell holds it.
  private static func parts(_ centres: [Double], _ low: Double, _ high: Double, turns: Bool) -> [Double] {
    let edges = edges(centres)
    return centres.indices.map { index in
      let (first, last) = (min(edges[index], edges[index + 1]), max(edges[index], edges[index + 1]))
      return (turns ? [-720, -360, 0, 360, 720] : [0]).reduce(0.0) { sum, turn in
        let (first, last) = (first + turn, last + turn)
        guard high > low else { return sum + (first <= low && low < last ? 1 : 0) }
        return sum + max(0, min(last, high) - max(first, low)) / (high - low)
      }
    }
  }

  private static func edges(_ centres: [Double]) -> [Double] {
    guard centres.count > 1 else { return [centres[0] - 0.5, centres[0] + 0.5] }
    let middles = zip(centres, centres.dropFirst()).map { ($0 + $1) / 2 }
    let last = centres.count - 1
    return [centres[0] - (centres[1] - centres[0]) / 2] + middles
      + [centres[last] + (centres[last] - centres[last - 1]) / 2]
  }

  /// The weighted mean of the cells that have a value; nil where those cover less than half of what is covered.
  func mean(_ field: [Double]) -> Double? {
    var (sum, weights, all) = (0.0, 0.0, 0.0)
    for (place, weight) in cells {
      all += weight
      guard !field[place].isNaN else { continue }
      sum += field[place] * weight
      weights += weight
    }
    return weights > 0 && weights >= all / 2 ? sum / weights : nil
  }
}
