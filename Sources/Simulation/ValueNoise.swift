/// A smooth random field over the whole plane of pixels: octaves of value noise, in integers.
///
/// Values lie in 0..<32768. Any row of any part of the field can be computed by itself.
struct ValueNoise: Sendable {
  private let key: UInt32
  /// Base-2 logarithms of the lattice spacing, coarsest first; each octave has half the weight of the one before.
  private let shifts: [Int]
  /// Per octave, the weight of the next lattice point at each pixel between two, 0..<32768 for 0..<1/2.
  private let weights: [[Int16]]

  /// - Parameters:
  ///   - coarsest: base-2 logarithm of the widest lattice spacing, in pixels.
  ///   - octaves: how many; spacings go down to 1 pixel at most.
  init(key: UInt32, coarsest: Int, octaves: Int) {
    self.key = key
    shifts = (0..<octaves).map { max(0, coarsest - $0) }
    weights = shifts.map(ValueNoise.weights)
  }

  /// Computes part of a row.
  ///
  /// - Parameter output: receives `count` values.
  func row(_ row: Int, firstColumn: Int, count: Int, into output: UnsafeMutablePointer<Int16>) {
    output.update(repeating: 0, count: count)
    for octave in shifts.indices {
      weights[octave].withUnsafeBufferPointer { weights in
        guard let weights = weights.baseAddress else { return }
        add(octave, row: row, firstColumn: firstColumn, count: count, weights: weights, into: output)
      }
    }
  }

  private func add(
    _ octave: Int,
    row: Int,
    firstColumn: Int,
    count: Int,
    weights: UnsafePointer<Int16>,
    into output: UnsafeMutablePointer<Int16>
  ) {
    let shift = shifts[octave]
    let size = 1 << shift
    let weightDown = Int32(weights[row & (size - 1)])
    let halving = Int16(octave + 1)
    let latticeRow = row >> shift
    let above = PixelHash.mix(key &+ UInt32(octave), UInt32(truncatingIfNeeded: latticeRow))
    let below = PixelHash.mix(key &+ UInt32(octave), UInt32(truncatingIfNeeded: latticeRow + 1))
    func edge(_ latticeColumn: Int) -> Int32 {
      let place = UInt32(truncatingIfNeeded: latticeColumn)
      let top = Int32(PixelHash.mix(above, place) >> 17)
      let bottom = Int32(PixelHash.mix(below, place) >> 17)
      // Rounding down twice can end just below 0; the difference of two edges must fit in 16 bits.
      return max(0, top &+ (((bottom &- top) &* weightDown) >> 16) &* 2)
    }
    var latticeColumn = firstColumn >> shift
    var left = edge(latticeColumn)
    var index = 0
    while index < count {
      let right = edge(latticeColumn + 1)
      let start = (firstColumn + index) & (size - 1)
      let length = min(size - start, count - index)
      let base = Int16(truncatingIfNeeded: left)
      let difference = Int16(truncatingIfNeeded: right &- left)
      let target = output + index
      let weight = weights + start
      for place in 0..<length {
        // The high half of a 16 × 16 bit product: one instruction for eight pixels.
        let product = Int16(truncatingIfNeeded: (Int32(difference) &* Int32(weight[place])) >> 16)
        target[place] = target[place] &+ ((base &+ product &+ product) >> halving)
      }
      index += length
      left = right
      latticeColumn += 1
    }
  }

  /// Smoothstep, 3t² − 2t³, in 1/65536, halved.
  private static func weights(shift: Int) -> [Int16] {
    let size = 1 << shift
    return (0..<size).map { place in
      let numerator = place * place * (3 * size - 2 * place)
      return Int16(min(32_767, numerator * 32_768 / (size * size * size)))
    }
  }
}

/// The values below which given parts of a field lie, found on a sample of its rows.
struct FieldQuantiles {
  private var counts = [Int](repeating: 0, count: 32_768)
  private var total = 0

  /// - Parameter fill: computes one row of the field.
  init(width: Int, height: Int, fill: (_ row: Int, _ output: UnsafeMutablePointer<Int16>) -> Void) {
    let step = max(1, height / 64)
    var values = [Int16](repeating: 0, count: width)
    for row in stride(from: step / 2, to: height, by: step) {
      values.withUnsafeMutableBufferPointer { values in
        if let start = values.baseAddress { fill(row, start) }
      }
      for value in values { counts[Int(max(0, value))] += 1 }
      total += width
    }
  }

  /// The value that `part` of the field does not exceed: everything above it is 1 − `part` of the field.
  ///
  /// All of the field exceeds the value for a part of 0 or less, nothing that for a part of 1 or more.
  func value(_ part: Double) -> Int16 {
    guard part > 0 else { return Int16.min }
    guard part < 1 else { return Int16.max }
    let wanted = Int(Double(total) * part)
    var seen = 0
    for (value, count) in counts.enumerated() {
      seen += count
      if seen > wanted { return Int16(value) }
    }
    return Int16.max
  }
}
