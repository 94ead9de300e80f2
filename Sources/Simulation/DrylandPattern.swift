/// A dryland whose plants stand in patterns: they gather water from the bare ground around them.
///
/// The model of Rietkerk et al. (2002), Self-organization of vegetation in arid ecosystems, American Naturalist 160, 524:
/// plants P, soil water W and surface water O on cells with closed borders, in explicit steps of a day. Only sums,
/// products and quotients are taken: the same bits on every machine.
public struct DrylandPattern: Sendable {
  /// Which pattern; less rain makes sparser ones.
  public enum Kind: String, CaseIterable, Hashable, Sendable {
    case spots, labyrinths, gaps

    /// Millimetres a day.
    var rain: Double {
      switch self {
      case .spots: 0.9
      case .labyrinths: 1.1
      case .gaps: 1.4
      }
    }
  }

  /// Cells along a side.
  public let size: Int
  /// Plants of each cell, g / m².
  public private(set) var plants: [Double]
  private var soil: [Double]
  private var surface: [Double]

  /// The most plants that a cell begins with, g / m².
  private static let densest = 90.0
  /// Metres along a side of a cell, whose area divides what flows over an edge; D/Δx² of each step.
  private static let spacing = 21.0

  /// The state before the first step: water as it would stand without plants.
  ///
  /// - Parameters:
  ///   - start: where plants are, row by row; the greatest is taken for as many as there can be.
  ///   - size: cells along a side; `start` has `size` × `size`.
  ///   - rain: millimetres a day.
  public init(start: [Double], size: Int, rain: Double) {
    precondition(size > 0 && start.count == size * size)
    self.size = size
    let greatest = start.max() ?? 0
    let scale = greatest > 0 ? DrylandPattern.densest / greatest : 0
    plants = start.map { $0 * scale }
    surface = [Double](repeating: rain / (0.1 * 0.15), count: start.count)
    soil = [Double](repeating: rain / 0.1, count: start.count)
  }

  /// Goes on for so many days.
  public mutating func advance(days: Int, rain: Double) {
    for _ in 0..<days { step(rain) }
  }

  private mutating func step(_ rain: Double) {
    let spread = (
      spread(surface, 100), spread(soil, 0.1), spread(plants, 0.1)
    )
    for cell in plants.indices {
      let (p, w, o) = (plants[cell], soil[cell], surface[cell])
      // Plants open the ground for water.
      let infiltration = 0.1 * o * (p + 5 * 0.15) / (p + 5)
      let uptake = 0.05 * w / (w + 3)
      surface[cell] = o + (rain - infiltration) + spread.0[cell]
      soil[cell] = w + (infiltration - uptake * p - 0.1 * w) + spread.1[cell]
      plants[cell] = p + (10 * uptake - (0.1 + 0.3)) * p + spread.2[cell]
    }
  }

  /// What a cell gains from its neighbours in a day.
  private func spread(_ values: [Double], _ diffusion: Double) -> [Double] {
    let area = DrylandPattern.spacing * DrylandPattern.spacing
    var gains = [Double](repeating: 0, count: values.count)
    for row in 0..<size {
      for column in 0..<size {
        let cell = row * size + column
        if column + 1 < size {
          let flow = diffusion * (values[cell + 1] - values[cell]) / area
          gains[cell] += flow
          gains[cell + 1] -= flow
        }
        if row + 1 < size {
          let flow = diffusion * (values[cell + size] - values[cell]) / area
          gains[cell] += flow
          gains[cell + size] -= flow
        }
      }
    }
    return gains
  }
}

/// Which pixels of an area have plants: a dryland pattern, mirrored over and over.
struct PatternCover: Sendable {
  /// Pixels along a side of a cell of the model: patterns become some ten pixels wide.
  private static let scale = 4
  private static let cells = 64
  /// Pixels along a side of what is repeated.
  private static let side = scale * cells
  private let hasPlants: [Bool]

  init(_ kind: DrylandPattern.Kind, seed: UInt64) {
    let key = PixelHash.key(seed: seed, .cover)
    let start = (0..<(Self.cells * Self.cells)).map { cell -> Double in
      PixelHash.mix(key, UInt32(cell)) % 5 == 0 ? 1 : 0
    }
    var model = DrylandPattern(start: start, size: Self.cells, rain: kind.rain)
    model.advance(days: 3000, rain: kind.rain)
    let sorted = model.plants.sorted()
    let threshold = (sorted[sorted.count / 10] + sorted[sorted.count * 9 / 10]) / 2
    hasPlants = (0..<(Self.side * Self.side)).map { pixel in
      Self.plants(model.plants, pixel % Self.side, pixel / Self.side) >= threshold
    }
  }

  /// Plants at the centre of a pixel, between the centres of cells.
  private static func plants(_ cells: [Double], _ column: Int, _ row: Int) -> Double {
    func neighbours(_ place: Int) -> (Int, Int, Double) {
      let position = (Double(place) + 0.5) / Double(scale) - 0.5
      let first = position < 0 ? -1 : Int(position)
      let share = position - Double(first)
      return (max(first, 0), min(first + 1, Self.cells - 1), share)
    }
    let (left, right, x) = neighbours(column)
    let (top, bottom, y) = neighbours(row)
    let above = cells[top * Self.cells + left] * (1 - x) + cells[top * Self.cells + right] * x
    let below = cells[bottom * Self.cells + left] * (1 - x) + cells[bottom * Self.cells + right] * x
    return above * (1 - y) + below * y
  }

  /// Part of a row of the area: `plants` where there are some, `bare` elsewhere.
  func row(
    _ row: Int, firstColumn: Int, count: Int, plants: Int16, bare: Int16,
    into output: UnsafeMutablePointer<Int16>
  ) {
    let start = Self.mirrored(row) * Self.side
    for place in 0..<count {
      output[place] = hasPlants[start + Self.mirrored(firstColumn + place)] ? plants : bare
    }
  }

  /// Borders are closed: what goes on mirrored goes on as the model would.
  private static func mirrored(_ place: Int) -> Int {
    let rest = place % (2 * side)
    return rest < side ? rest : 2 * side - 1 - rest
  }
}
