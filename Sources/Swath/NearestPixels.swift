internal import Geo

/// Which pixel of which swath is nearest to each cell of a window, among those whose reach covers the cell's centre.
///
/// The order is total: by distance, then by swath, line and column. So the result does not depend on the order in which
/// pixels are looked at, nor on what the window is a part of. Pixels that lie alike on either side of a cell's meridian
/// are equally far from it, whatever rounding makes of their distances.
public final class NearestPixels {
  public let cells: TargetCells
  /// The number of the nearest pixel, line · columns + column; -1 where none reaches the cell.
  public let pixels: UnsafeMutableBufferPointer<Int32>
  /// Which swath it belongs to, in the order of the calls of `add`.
  public let swaths: UnsafeMutableBufferPointer<UInt16>
  /// The squares of the chords to it; infinite where there is none.
  private let squares: UnsafeMutableBufferPointer<Double>

  /// Bytes a cell.
  public static let bytesPerCell = 14

  public init(_ cells: TargetCells) {
    self.cells = cells
    let count = cells.window.count
    (pixels, swaths, squares) = (
      .allocate(capacity: count), .allocate(capacity: count), .allocate(capacity: count)
    )
    pixels.initialize(repeating: -1)
    swaths.initialize(repeating: 0)
    squares.initialize(repeating: .infinity)
  }

  deinit {
    pixels.deallocate()
    swaths.deallocate()
    squares.deallocate()
  }

  /// Metres from a cell's centre to its pixel; infinite where there is none.
  public func distance(_ cell: Int) -> Double {
    squares[cell].isFinite ? Sphere.arc(ofChord: squares[cell].squareRoot()) : .infinity
  }

  /// Whether any pixel has been found.
  public var isEmpty: Bool { !pixels.contains { $0 >= 0 } }

  /// Puts a swath on the cells.
  ///
  /// - Parameters:
  ///   - survey: what is known of the whole swath beforehand.
  ///   - swath: its number.
  ///   - strip: memory for lines, used again.
  ///   - read: brings the lines of a row of blocks into the strip; asked only for those that come near the window.
  public func add<Failure: Error>(
    _ survey: SwathSurvey, swath: Int, strip: SwathStrip,
    read: (Range<Int>, SwathStrip) throws(Failure) -> Void
  ) throws(Failure) {
    let reach = survey.largestReach / Sphere.radius
    let columnReaches = survey.reaches.map { ReachOfColumn($0) }
    let near = BlocksNearby(survey, cells: cells, reach: reach)
    for row in 0..<survey.blockRows {
      let blocks = near.blocks(inRow: row)
      guard !blocks.isEmpty else { continue }
      try read(survey.lines(ofBlockRow: row), strip)
      for (block, tiles) in blocks {
        let columns = survey.columns(ofBlockColumn: block)
        strip.locate(columns: columns)
        if cells.isGeographic {
          addGeographic(strip, columns, columnReaches, UInt16(truncatingIfNeeded: swath))
        } else {
          for tile in tiles {
            add(strip, columns, columnReaches, tile: cells.tiles[tile], UInt16(truncatingIfNeeded: swath))
          }
        }
      }
    }
  }

  /// How far the pixels of a column reach.
  private struct ReachOfColumn {
    /// Radians.
    let angle: Double
    let sine: Double
    let chord: Double
    /// The greatest square of a chord.
    let square: Double
    /// More than rounding changes of squares up to that: vectors are known to a few units in the last place of 1.
    let rounding: Double

    init(_ metres: Double) {
      angle = metres / Sphere.radius
      sine = angle >= .pi / 2 ? 1 : Sphere.sine(angle)
      chord = Sphere.chord(ofArc: metres)
      square = chord * chord
      rounding = 4e-15 * chord
    }
  }

  // MARK: Grids of parallels and meridians

  private func addGeographic(
    _ strip: SwathStrip, _ columns: Range<Int>, _ reaches: [ReachOfColumn], _ swath: UInt16
  ) {
    let (transform, window) = (cells.transform, cells.window)
    let degrees = 180 / Double.pi
    let (rowsPerDegree, columnsPerDegree) = (1 / transform.pixelHeight, 1 / transform.pixelWidth)
    // Positions of centres, counted from the window's first.
    let firstRow = transform.originY + (Double(window.row) + 0.5) * transform.pixelHeight
    let firstColumn = transform.originX + (Double(window.column) + 0.5) * transform.pixelWidth
    let lastColumn = firstColumn + Double(window.width - 1) * transform.pixelWidth
    let (west, east) = (min(firstColumn, lastColumn), max(firstColumn, lastColumn))
    // Rounding moves a centre by much less than this.
    let slack = 1e-6
    for line in 0..<strip.lines.count {
      for column in columns {
        let index = line * strip.columns + column
        let latitude = strip.latitudes[index]
        guard !latitude.isNaN else { continue }
        let reach = reaches[column]
        let centre = (latitude - firstRow) * rowsPerDegree
        let half = reach.angle * degrees * rowsPerDegree.magnitude + slack
        guard centre + half >= 0, centre - half <= Double(window.height - 1) else { continue }
        let rows =
          Int(
            max(0, (centre - half).rounded(.up)))..<(Int(
            min(Double(window.height - 1), (centre + half).rounded(.down))) + 1)
        guard !rows.isEmpty else { continue }
        let cosine = (strip.x[index] * strip.x[index] + strip.y[index] * strip.y[index]).squareRoot()
        guard latitude.magnitude + reach.angle * degrees < 89.999, reach.sine < cosine else {
          // The pole is within reach: every meridian may be.
          take(rows, 0..<window.width, strip, index, reach, swath)
          continue
        }
        let sine = reach.sine / cosine
        // An upper bound of the arcsine.
        let angle = sine < 0.5 ? sine + 0.2 * sine * sine * sine : sine * (.pi / 2)
        let width = angle * degrees
        let longitude = strip.longitudes[index]
        var turn = ((west - width - longitude) * (1 / 360.0)).rounded(.up)
        while longitude + 360 * turn <= east + width + slack {
          let middle = (longitude + 360 * turn - firstColumn) * columnsPerDegree
          let half = width * columnsPerDegree.magnitude + slack
          let first = max(0, (middle - half).rounded(.up))
          let last = min(Double(window.width - 1), (middle + half).rounded(.down))
          if first <= last { take(rows, Int(first)..<(Int(last) + 1), strip, index, reach, swath) }
          turn += 1
        }
      }
    }
  }

  @inline(__always)
  private func take(
    _ rows: Range<Int>, _ columns: Range<Int>, _ strip: SwathStrip, _ index: Int, _ reach: ReachOfColumn,
    _ swath: UInt16
  ) {
    let pixel = (x: strip.x[index], y: strip.y[index], z: strip.z[index])
    let id = Int32(truncatingIfNeeded: strip.lines.lowerBound * strip.columns + index)
    for row in rows {
      let (cosine, sine) = (cells.cosineOfLatitude[row], cells.sineOfLatitude[row])
      let dz = pixel.z - sine
      for column in columns {
        let dx = pixel.x - cosine * cells.cosineOfLongitude[column]
        let dy = pixel.y - cosine * cells.sineOfLongitude[column]
        let (cell, square) = (row * cells.width + column, dx * dx + dy * dy + dz * dz)
        let held = squares[cell]
        guard square <= reach.square, square <= held + reach.rounding else { continue }
        if held - square <= reach.rounding, swaths[cell] == swath,
          let other = strip.index(of: pixels[cell]),
          strip.isMirrored(index, other, about: cells.longitudes[column])
        {
          if id < pixels[cell] { (squares[cell], pixels[cell]) = (square, id) }
        } else {
          take(cell, square, id, reach.square, swath)
        }
      }
    }
  }

  /// Gives a cell a pixel, where that is nearer than the one it has.
  @inline(__always)
  private func take(_ cell: Int, _ square: Double, _ id: Int32, _ most: Double, _ swath: UInt16) {
    guard square <= most, square <= squares[cell] else { return }
    if square == squares[cell], pixels[cell] >= 0,
      (swaths[cell], pixels[cell]) <= (swath, id)
    {
      return
    }
    squares[cell] = square
    pixels[cell] = id
    swaths[cell] = swath
  }

  // MARK: Other grids

  private func add(
    _ strip: SwathStrip, _ columns: Range<Int>, _ reaches: [ReachOfColumn], tile: CellTile, _ swath: UInt16
  ) {
    let cap = tile.cap
    let width = cells.width
    for line in 0..<strip.lines.count {
      let number = (strip.lines.lowerBound + line) * strip.columns
      for column in columns {
        let index = line * strip.columns + column
        let pixel = (x: strip.x[index], y: strip.y[index], z: strip.z[index])
        let reach = reaches[column]
        let (dx, dy, dz) = (pixel.x - cap.x, pixel.y - cap.y, pixel.z - cap.z)
        // A chord is shorter than the sum of the two arcs.
        let farthest = cap.angle + reach.angle
        guard dx * dx + dy * dy + dz * dz <= farthest * farthest else { continue }
        var (rows, parts) = (tile.rows, tile.columns)
        if let frame = tile.frame {
          let place = frame.position(x: pixel.x, y: pixel.y, z: pixel.z)
          let (halfWidth, halfHeight) = (
            reach.chord * frame.columnsPerChord * 1.3 + 1.5, reach.chord * frame.rowsPerChord * 1.3 + 1.5
          )
          guard let nearColumns = parts.part(around: place.column, half: halfWidth),
            let nearRows = rows.part(around: place.row, half: halfHeight)
          else { continue }
          (rows, parts) = (nearRows, nearColumns)
        }
        let id = Int32(truncatingIfNeeded: number + column)
        for row in rows {
          for column in parts {
            let cell = row * width + column
            let (dx, dy, dz) = (pixel.x - cells.x[cell], pixel.y - cells.y[cell], pixel.z - cells.z[cell])
            take(cell, dx * dx + dy * dy + dz * dz, id, reach.square, swath)
          }
        }
      }
    }
  }
}

extension Range<Int> {
  /// The whole numbers of the range within a distance of a place; nil when there are none.
  @inline(__always)
  fileprivate func part(around place: Double, half: Double) -> Range<Int>? {
    let first = Swift.max(Double(lowerBound), (place - half).rounded(.up))
    let last = Swift.min(Double(upperBound - 1), (place + half).rounded(.down))
    return first <= last ? Int(first)..<(Int(last) + 1) : nil
  }
}
