/// Counting values for statistics (see `SampleStatistics`).
public enum StatisticsKernels {
  /// How values become whole numbers: units of the sums, and places of the histogram.
  public struct Scaling: Sendable {
    public let units: Double
    public let squareUnits: Double
    public let lower: Double
    public let perBin: Double
    public let lastBin: Double

    public init(units: Double, squareUnits: Double, lower: Double, perBin: Double, lastBin: Double) {
      self.units = units
      self.squareUnits = squareUnits
      self.lower = lower
      self.perBin = perBin
      self.lastBin = lastBin
    }
  }

  /// Count, range and sums of a block.
  public struct Block: Sendable {
    public private(set) var count = 0
    public private(set) var minimum = Float.infinity
    public private(set) var maximum = -Float.infinity
    public private(set) var sum: Int64 = 0
    public private(set) var sumOfSquares: Int64 = 0

    fileprivate mutating func add(_ part: Vectors, lanes: Int) {
      // Each value stood on the rounder's pattern.
      let patterns = Int64(bitPattern: rounder.bitPattern) &* Int64(lanes)
      count &+= Int(part.present.wrappedSum())
      minimum = Swift.min(minimum, part.low.min())
      maximum = Swift.max(maximum, part.high.max())
      sum &+= part.sum.wrappedSum() &- patterns
      sumOfSquares &+= part.squares.wrappedSum() &- patterns
    }
  }

  /// Adding this rounds to a whole number, which then stands in the low bits of the Double's pattern: a vector
  /// conversion to integers where the processor has none.
  private static let rounder = 0x1.8p52

  fileprivate struct Vectors {
    var present = SIMD8<Int32>()
    var low = SIMD8<Float>(repeating: .infinity)
    var high = SIMD8<Float>(repeating: -.infinity)
    var sum = SIMD4<Int64>()
    var squares = SIMD4<Int64>()
  }

  /// Sums a block of values, NaN left out, and finds the bin of each; -1 where it is missing.
  ///
  /// The sums hold for 2,048 values that are smaller than 2⁵⁰ units, as are their squares. Written in vectors: a
  /// loop over numbers with a smallest and a largest as results does not become one.
  @inline(never)
  public static func count(
    _ values: UnsafeBufferPointer<Float>, _ scaling: Scaling, bins: UnsafeMutableBufferPointer<Int32>
  ) -> Block {
    precondition(bins.count == values.count)
    var block = Block()
    guard let first = values.baseAddress, let firstBin = bins.baseAddress else { return block }
    var vectors = Vectors()
    let source = UnsafeRawPointer(first)
    let target = UnsafeMutableRawPointer(firstBin)
    let whole = values.count & ~7
    var index = 0
    while index < whole {
      let samples = (source + 4 &* index).loadUnaligned(as: SIMD8<Float>.self)
      (target + 4 &* index).storeBytes(of: add(samples, scaling, &vectors), as: SIMD8<Int32>.self)
      index &+= 8
    }
    if whole < values.count {
      var samples = SIMD8<Float>(repeating: .nan)
      for lane in 0..<(values.count - whole) { samples[lane] = values[whole + lane] }
      let places = add(samples, scaling, &vectors)
      for lane in 0..<(values.count - whole) { bins[whole + lane] = places[lane] }
      index += 8
    }
    block.add(vectors, lanes: index)
    return block
  }

  @inline(__always)
  private static func add(
    _ samples: SIMD8<Float>, _ scaling: Scaling, _ vectors: inout Vectors
  ) -> SIMD8<Int32> {
    vectors.low.replace(with: samples, where: samples .< vectors.low)
    vectors.high.replace(with: samples, where: samples .> vectors.high)
    let isPresent = samples .== samples
    vectors.present.replace(with: vectors.present &+ 1, where: isPresent)
    let present = samples.replacing(with: 0, where: .!isPresent)
    let bins = SIMD8(
      lowHalf: add(present.lowHalf, scaling, &vectors.sum, &vectors.squares),
      highHalf: add(present.highHalf, scaling, &vectors.sum, &vectors.squares))
    return bins.replacing(with: -1, where: .!isPresent)
  }

  @inline(__always)
  private static func add(
    _ samples: SIMD4<Float>, _ scaling: Scaling, _ sum: inout SIMD4<Int64>, _ squares: inout SIMD4<Int64>
  ) -> SIMD4<Int32> {
    let rounder = SIMD4<Double>(repeating: rounder)
    // One by one: of this the compiler makes a conversion of all four.
    let value = SIMD4(Double(samples[0]), Double(samples[1]), Double(samples[2]), Double(samples[3]))
    sum &+= unsafeBitCast(value * scaling.units + rounder, to: SIMD4<Int64>.self)
    squares &+= unsafeBitCast(value * value * scaling.squareUnits + rounder, to: SIMD4<Int64>.self)
    let place = (value - scaling.lower) * scaling.perBin
    let above = place.replacing(with: 0, where: .!(place .> 0))
    let inside = above.replacing(with: scaling.lastBin, where: .!(above .< scaling.lastBin))
    let rounded = (inside + rounder) - rounder
    let whole = rounded.replacing(with: rounded - 1, where: rounded .> inside)
    return unsafeBitCast(whole + rounder, to: SIMD8<Int32>.self).evenHalf
  }
}
