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
    public fileprivate(set) var count = 0
    public fileprivate(set) var minimum = Float.infinity
    public fileprivate(set) var maximum = -Float.infinity
    public fileprivate(set) var sum: Int64 = 0
    public fileprivate(set) var sumOfSquares: Int64 = 0
  }

  /// Adding this rounds to a whole number, which then stands in the low bits of the Double's pattern: a vector
  /// conversion to integers where the processor has none.
  private static let rounder = 0x1.8p52

  /// Sums a block of values, NaN left out, and finds the bin of each; -1 where it is missing. Where all are, the bins stay
  /// as they are.
  ///
  /// The sums hold for 2,048 values that are smaller than 2⁵⁰ units, as are their squares. Three loops: of one that
  /// does everything the compiler makes vectors too, but runs out of registers.
  @inline(never)
  public static func count(
    _ values: UnsafeBufferPointer<Float>, _ scaling: Scaling, bins: UnsafeMutableBufferPointer<Int32>
  ) -> Block {
    precondition(bins.count == values.count)
    let block = sum(values.span, scaling)
    guard block.count > 0 else { return block }
    var places = bins.mutableSpan
    findBins(values.span, scaling, into: &places)
    if block.count < values.count { dropMissing(values.span, from: &places) }
    return block
  }

  @inline(__always)
  private static func sum(_ values: Span<Float>, _ scaling: Scaling) -> Block {
    let rounder = rounder
    let (units, squareUnits) = (scaling.units, scaling.squareUnits)
    var (low, high) = (Int32.max, Int32.min)
    var present: Int32 = 0
    var (sum, squares): (Int64, Int64) = (0, 0)
    for index in 0..<values.count {
      let sample = values[index]
      let isPresent = sample == sample
      let order = order(Int32(bitPattern: sample.bitPattern))
      let (least, most) = (isPresent ? order : Int32.max, isPresent ? order : Int32.min)
      low = least < low ? least : low
      high = most > high ? most : high
      present &+= isPresent ? 1 : 0
      let value = Double(isPresent ? sample : 0)
      sum &+= Int64(bitPattern: (value * units + rounder).bitPattern)
      squares &+= Int64(bitPattern: (value * value * squareUnits + rounder).bitPattern)
    }
    // Each value stood on the rounder's pattern.
    let patterns = Int64(bitPattern: rounder.bitPattern) &* Int64(values.count)
    var block = Block()
    block.sum = sum &- patterns
    block.sumOfSquares = squares &- patterns
    block.count = Int(present)
    guard present > 0 else { return block }
    block.minimum = Float(bitPattern: UInt32(bitPattern: Self.order(low)))
    block.maximum = Float(bitPattern: UInt32(bitPattern: Self.order(high)))
    return block
  }

  /// Turns the patterns of Floats into integers in the same order, and back: only of integers the least and the
  /// largest are found in vectors.
  @inline(__always)
  private static func order(_ pattern: Int32) -> Int32 {
    pattern ^ ((pattern &>> 31) & Int32.max)
  }

  @inline(__always)
  private static func findBins(
    _ values: Span<Float>, _ scaling: Scaling, into bins: inout MutableSpan<Int32>
  ) {
    let rounder = rounder
    let (lower, perBin, last) = (scaling.lower, scaling.perBin, scaling.lastBin)
    for index in 0..<values.count {
      let place = (Double(values[index]) - lower) * perBin
      let inside = place > 0 ? place : 0
      let rounded = (inside + rounder) - rounder
      let whole = rounded > inside ? rounded - 1 : rounded
      let bin = whole < last ? whole : last
      bins[index] = Int32(truncatingIfNeeded: (bin + rounder).bitPattern)
    }
  }

  @inline(__always)
  private static func dropMissing(_ values: Span<Float>, from bins: inout MutableSpan<Int32>) {
    for index in 0..<values.count {
      let (sample, bin) = (values[index], bins[index])
      bins[index] = sample == sample ? bin : -1
    }
  }

  /// Counts bins in four histograms, one after the other in memory, which together have the counts.
  ///
  /// Where neighbours are alike, one count need not wait for the one before; where many are, they are counted at
  /// once.
  ///
  /// - Parameters:
  ///   - bins: each smaller than a histogram has places but one; -1 goes to the place before the first.
  ///   - histograms: the four, each of a quarter of the length: a place for -1, then one a bin.
  @inline(never)
  public static func tally(
    _ bins: UnsafeBufferPointer<Int32>, in histograms: UnsafeMutableBufferPointer<UInt32>
  ) {
    guard let first = bins.baseAddress, let start = histograms.baseAddress else { return }
    let length = histograms.count / 4
    let (one, two) = (start + 1, start + 1 + length)
    let (three, four) = (two + length, two + 2 * length)
    let groups = bins.count & ~15
    var index = 0
    while index < groups {
      let group = UnsafeRawPointer(first + index).loadUnaligned(as: SIMD16<Int32>.self)
      if group == SIMD16(repeating: group[0]) {
        one[Int(group[0])] &+= 16
      } else {
        for part in 0..<4 {
          let place = index &+ 4 &* part
          one[Int(first[place])] &+= 1
          two[Int(first[place &+ 1])] &+= 1
          three[Int(first[place &+ 2])] &+= 1
          four[Int(first[place &+ 3])] &+= 1
        }
      }
      index &+= 16
    }
    while index < bins.count {
      one[Int(first[index])] &+= 1
      index &+= 1
    }
  }
}
