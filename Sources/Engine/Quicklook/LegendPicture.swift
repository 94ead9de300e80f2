import JSON
public import Storage

/// A layer's picture: the map, and below it a legend with its name, the meaning of its colours and a scale bar.
public struct LegendPicture: Sendable {
  /// Keywords of the texts in the file: the map's width and height, and the scale as JSON.
  public static let mapKeyword = "apus-map"
  public static let scaleKeyword = "apus-scale"

  let width: Int
  private var indices: [UInt8] = []
  private let scale: ColourScale
  private let map: (width: Int, height: Int)
  private let title: String

  /// - Parameters:
  ///   - width: columns of the map, in pixels.
  ///   - height: rows of the map, in pixels.
  ///   - values: of the map, row by row; NaN where missing.
  ///   - scale: the colours of the values.
  ///   - title: the variable and the layer.
  ///   - units: of the values, for the legend; empty for none.
  ///   - isWhole: whether all values are whole numbers.
  ///   - metresPerPixel: of the map; nil for no scale bar.
  public init(
    width: Int, height: Int, values: [Float], scale: ColourScale, title: String, units: String,
    isWhole: Bool = false, metresPerPixel: Double?
  ) {
    self.init(
      columns: width, scale: scale, title: title, units: units, isWhole: isWhole,
      metresPerPixel: metresPerPixel,
      map: (width, height))
    let places = scale.indices(values)
    var rows: [UInt8] = []
    rows.reserveCapacity(self.width * height)
    for row in 0..<height {
      rows += places[(row * width)..<((row + 1) * width)]
      rows += Array(repeating: 0, count: self.width - width)
    }
    prepend(rows)
  }

  /// A legend alone.
  ///
  /// - Parameters:
  ///   - columns: of the picture; it is wider where words need it.
  ///   - map: the columns and rows of a map; the scale bar is part of its width.
  init(
    columns: Int, scale: ColourScale, title: String, units: String, isWhole: Bool = false,
    metresPerPixel: Double?, map: (width: Int, height: Int)
  ) {
    self.scale = scale
    self.title = title
    self.map = map
    width = max(columns, LegendPicture.least)
    write([title])
    switch scale {
    case .ramp(_, let range):
      addRamp(ValueText.ticks(range, units: units, isWhole: isWhole))
    case .classes(let classes): addClasses(classes)
    }
    if let metresPerPixel { addScaleBar(metresPerPixel) }
    addRows(3)
  }

  /// Puts rows above the legend.
  mutating func prepend(_ rows: [UInt8]) { indices = rows + indices }

  public var picture: IndexedPicture {
    IndexedPicture(
      width: width, height: indices.count / width, palette: scale.palette, indices: indices,
      texts: [
        "Title": title, LegendPicture.mapKeyword: "\(map.width) \(map.height)",
        LegendPicture.scaleKeyword: scale.json.text(),
      ])
  }

  /// The least width: legends need room for words.
  private static let least = 192
  private static let margin = 4

  // MARK: Parts

  private mutating func addRows(_ count: Int) {
    indices += Array(repeating: ColourScale.paper, count: count * width)
  }

  /// Adds lines of words; what does not fit is cut.
  private mutating func write(_ lines: [String]) {
    for line in lines {
      let top = indices.count / width + 2
      addRows(BitmapFont.height + 3)
      draw(line, column: LegendPicture.margin, row: top)
    }
  }

  private mutating func draw(_ text: String, column: Int, row: Int) {
    BitmapFont.draw(text, column: column, row: row, in: &indices, width: width)
  }

  /// Adds the colours with the texts of the lower end, the middle and the upper end.
  private mutating func addRamp(_ texts: [String]) {
    let top = indices.count / width + 1
    let bar = 8
    addRows(bar + 3 + BitmapFont.height + 2)
    let length = min(width - 2 * LegendPicture.margin, 300)
    for column in 0..<length {
      let place = 1 + column * (ColourScale.colourCount - 1) / max(length - 1, 1)
      for row in 0..<bar { indices[(top + row) * width + LegendPicture.margin + column] = UInt8(place) }
    }
    var row = top + bar + 2
    let widths = texts.map(BitmapFont.width)
    let middle = LegendPicture.margin + length / 2 - widths[1] / 2
    let last = max(LegendPicture.margin, LegendPicture.margin + length - widths[2])
    draw(texts[0], column: LegendPicture.margin, row: row)
    // What would run into its neighbour is left out, or stands below it.
    let end = LegendPicture.margin + widths[0] + BitmapFont.advance
    if middle >= end, middle + widths[1] + BitmapFont.advance <= last {
      draw(texts[1], column: middle, row: row)
    }
    if last < end {
      row += BitmapFont.height + 2
      addRows(BitmapFont.height + 2)
    }
    draw(texts[2], column: last, row: row)
  }

  private mutating func addClasses(_ classes: [ColourScale.Class]) {
    var column = width
    var top = 0
    for (place, entry) in classes.prefix(24).enumerated() {
      let needed = 14 + BitmapFont.width(entry.name) + 6
      if column + needed > width {
        top = indices.count / width + 1
        addRows(BitmapFont.height + 4)
        column = LegendPicture.margin
      }
      for row in 0..<8 {
        for dot in 0..<10 {
          // A frame, so that a white class is seen on white paper.
          let isFrame = row == 0 || row == 7 || dot == 0 || dot == 9
          indices[(top + row) * width + column + dot] = isFrame ? ColourScale.ink : UInt8(place + 1)
        }
      }
      draw(entry.name, column: column + 13, row: top)
      column += needed
    }
    if classes.count > 24 { write(["and \(classes.count - 24) more"]) }
  }

  private mutating func addScaleBar(_ metresPerPixel: Double) {
    guard metresPerPixel.isFinite, metresPerPixel > 0 else { return }
    let room = Double(map.width) * 0.4 * metresPerPixel
    guard let length = LegendPicture.roundLength(below: room) else { return }
    let pixels = max(2, Int((length / metresPerPixel).rounded()))
    guard pixels + 2 * LegendPicture.margin < width else { return }
    let top = indices.count / width + 1
    addRows(BitmapFont.height + 4)
    for column in 0..<pixels {
      indices[(top + 6) * width + LegendPicture.margin + column] = ColourScale.ink
      indices[(top + 5) * width + LegendPicture.margin + column] = ColourScale.ink
    }
    for row in 2..<7 {
      indices[(top + row) * width + LegendPicture.margin] = ColourScale.ink
      indices[(top + row) * width + LegendPicture.margin + pixels - 1] = ColourScale.ink
    }
    let text = length >= 1000 ? "\(ShortNumber.text(length / 1000)) km" : "\(ShortNumber.text(length)) m"
    draw(text, column: LegendPicture.margin + pixels + 5, row: top)
  }

  /// The longest of 1, 2, 5, 10, … metres that is not longer.
  static func roundLength(below room: Double) -> Double? {
    guard room.isFinite, room >= 1 else { return nil }
    var best = 1.0
    for exponent in 0..<8 {
      for digit in [1.0, 2, 5] {
        let length = (0..<exponent).reduce(digit) { result, _ in result * 10 }
        if length <= room { best = length }
      }
    }
    return best
  }
}
