public import Storage

/// All layers of a variable beside each other on one picture, each with its label, and one legend for all.
public struct ContactSheet: Sendable {
  /// Layers at most; of more, that many at equal distances are shown.
  public static let most = 60

  /// Columns and rows of a map are no more.
  static let side = 144
  private static let gap = 6

  private let scale: ColourScale
  private let title: String
  private let units: String
  private let isWhole: Bool
  private let metresPerPixel: Double?
  /// Columns and rows of a layer, and of its map.
  private let layer: (width: Int, height: Int)
  private let width: Int
  private let height: Int
  private var maps: [(label: String, places: [UInt8])] = []

  /// - Parameters:
  ///   - width: columns of a layer, in pixels.
  ///   - height: rows of a layer, in pixels.
  ///   - scale: the colours of all layers.
  ///   - title: the variable.
  ///   - units: of the values, for the legend; empty for none.
  ///   - isWhole: whether all values are whole numbers.
  ///   - metresPerPixel: of a layer; nil for no scale bar.
  public init(
    width: Int, height: Int, scale: ColourScale, title: String, units: String, isWhole: Bool = false,
    metresPerPixel: Double?
  ) {
    let step = max(1, (max(width, height) + ContactSheet.side - 1) / ContactSheet.side)
    self.width = (width + step - 1) / step
    self.height = (height + step - 1) / step
    (self.scale, self.title, self.units, self.isWhole) = (scale, title, units, isWhole)
    self.metresPerPixel = metresPerPixel.map { $0 * Double(step) }
    layer = (width, height)
  }

  /// Adds a layer.
  ///
  /// - Parameters:
  ///   - values: row by row; NaN where missing.
  ///   - label: what stands above the layer: its date or period.
  public mutating func add(_ values: [Float], label: String) {
    let picture = IndexedPicture(
      width: layer.width, height: layer.height, palette: scale.palette, indices: scale.indices(values))
    maps.append((label, picture.reduced(to: ContactSheet.side).indices))
  }

  /// As wide as it is high, as nearly as rows of maps allow.
  public var picture: IndexedPicture? {
    guard !maps.isEmpty else { return nil }
    let canvas = layout.canvas
    var legend = LegendPicture(
      columns: canvas.width, scale: scale, title: title, units: units, isWhole: isWhole,
      metresPerPixel: metresPerPixel, map: (width, height))
    let total = legend.width
    var indices = [UInt8](repeating: ColourScale.paper, count: total * canvas.height)
    for (map, corner) in zip(maps, corners) {
      BitmapFont.draw(
        map.label, column: corner.column, row: corner.row - BitmapFont.height - 3, in: &indices, width: total)
      for row in 0..<height {
        let start = (corner.row + row) * total + corner.column
        indices.replaceSubrange(
          start..<(start + width), with: map.places[(row * width)..<((row + 1) * width)])
      }
    }
    legend.prepend(indices)
    return legend.picture
  }

  /// Where each map's upper left corner is on the picture.
  var corners: [(column: Int, row: Int)] {
    let (columns, cell, _) = layout
    return maps.indices.map { place in
      (
        ContactSheet.gap + place % columns * cell.width,
        ContactSheet.gap + place / columns * cell.height + BitmapFont.height + 3
      )
    }
  }

  private var layout: (columns: Int, cell: (width: Int, height: Int), canvas: (width: Int, height: Int)) {
    let cell = (
      width: max(width, BitmapFont.width(maps.map(\.label).max { $0.count < $1.count } ?? ""))
        + ContactSheet.gap,
      height: height + BitmapFont.height + 4 + ContactSheet.gap
    )
    var columns = 1
    while columns < maps.count, columns * columns * cell.width < maps.count * cell.height { columns += 1 }
    let rows = (maps.count + columns - 1) / columns
    let canvas = (
      width: columns * cell.width + ContactSheet.gap, height: rows * cell.height + ContactSheet.gap
    )
    return (columns, cell, canvas)
  }
}
