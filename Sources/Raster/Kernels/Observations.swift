/// Observations of several bands over dates, from which one is chosen or computed for each pixel.
///
/// An observation counts if every band has a value. The samples are only valid during the call that they are handed to.
public struct Observations {
  /// Date by date a plane for each band; NaN is missing. Where one band is missing the others may hold anything.
  let planes: UnsafeBufferPointer<Float>
  let dates: Int
  let bands: Int
  let pixels: Int

  /// - Precondition: `planes` has `dates` times `bands` planes of `pixels` values; at most 65,535 dates.
  public init(_ planes: UnsafeBufferPointer<Float>, dates: Int, bands: Int, pixels: Int) {
    precondition(planes.count == dates * bands * pixels && dates <= Int(UInt16.max) && bands > 0)
    self.planes = planes
    self.dates = dates
    self.bands = bands
    self.pixels = pixels
  }

  /// How many pixels are worked on at once: so many that what is held of them stays in the second level of cache.
  var blockWidth: Int { min(256, max(32, (1 << 16) / max(1, dates * bands) / 8 * 8)) }

  /// How many pixels in a row are copied or left out together.
  static let runLength = 64

  /// Puts a date's planes one after the other, as far as observations need them: of pixels in a row none of which counts
  /// only the first band is written, as missing. Clouds lie together, and what is not written is not read either.
  ///
  /// - Parameters:
  ///   - bands: a plane for each, all of one size.
  ///   - target: as large as all of them; holds anything where nothing is written.
  public static func copy(
    _ bands: [UnsafeBufferPointer<Float>], into target: UnsafeMutableBufferPointer<Float>
  ) {
    let sources = bands.compactMap(\.baseAddress)
    guard let pixels = bands.first?.count, pixels > 0, let target = target.baseAddress else { return }
    for start in stride(from: 0, to: pixels, by: runLength) {
      let count = min(runLength, pixels - start)
      guard hasObservation(sources, start, count) else {
        for place in start..<(start + count) { target[place] = .nan }
        continue
      }
      var row = target + start
      for source in sources {
        row.update(from: source + start, count: count)
        row += pixels
      }
    }
  }

  private static func hasObservation(_ bands: [UnsafePointer<Float>], _ start: Int, _ count: Int) -> Bool {
    var place = start
    let end = start + count
    while place + 16 <= end {
      var isCounted = SIMDMask<SIMD16<Int32>>(repeating: true)
      for band in bands {
        let values = UnsafeRawPointer(band + place).loadUnaligned(as: SIMD16<Float>.self)
        isCounted .&= values .== values
      }
      if any(isCounted) { return true }
      place += 16
    }
    return (place..<end).contains { place in bands.allSatisfy { !$0[place].isNaN } }
  }

  /// A part of one plane.
  func row(_ date: Int, _ band: Int, _ part: Range<Int>) -> UnsafeBufferPointer<Float> {
    let first = (date * bands + band) * pixels
    return UnsafeBufferPointer(rebasing: planes[(first + part.lowerBound)..<(first + part.upperBound)])
  }

  /// Copies a run of pixels of those dates on which one of them has a value in the first band: date by date a row for
  /// each band.
  ///
  /// - Parameter stride: from row to row.
  /// - Returns: how many dates there are.
  func copy(_ run: Range<Int>, to rows: UnsafeMutableBufferPointer<Float>, stride: Int) -> Int {
    var filled = 0
    for date in 0..<dates where row(date, 0, run).contains(where: { !$0.isNaN }) {
      for band in 0..<bands {
        let start = (filled * bands + band) * stride
        _ = UnsafeMutableBufferPointer(rebasing: rows[start..<(start + run.count)])
          .update(fromContentsOf: row(date, band, run))
      }
      filled += 1
    }
    return filled
  }

  /// Copies a part of the planes, with 0 for what does not count, and finds what counts.
  ///
  /// - Parameters:
  ///   - rows: gets the planes one below the other, each `width` wide.
  ///   - valid: gets a row a date: 1 where the observation counts, else 0.
  ///   - counts: gets the number of observations that count, for the part.
  func load(
    _ part: Range<Int>, width: Int, rows: UnsafeMutableBufferPointer<Float>,
    valid: UnsafeMutableBufferPointer<Double>, counts: UnsafeMutableBufferPointer<UInt16>
  ) {
    counts.update(repeating: 0)
    for date in 0..<dates {
      let flags = UnsafeMutableBufferPointer(rebasing: valid[(date * width)..<(date * width + part.count)])
      flags.update(repeating: 1)
      for band in 0..<bands {
        let values = row(date, band, part)
        for index in 0..<part.count {
          let (value, flag) = (values[index], flags[index])
          flags[index] = value == value ? flag : 0
        }
      }
      for band in 0..<bands {
        let values = row(date, band, part)
        let target = rows.baseAddress.map { $0 + (date * bands + band) * width }
        guard let target else { continue }
        for index in 0..<part.count { target[index] = flags[index] == 1 ? values[index] : 0 }
      }
      for index in 0..<part.count { counts[index] &+= flags[index] == 1 ? 1 : 0 }
    }
  }
}
