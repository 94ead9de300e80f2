/// How often Floats occur, in bins that have a share of the value's size as their width and that merge exactly.
///
/// A bin is the leading bits of a Float: with all of them each number has a bin of its own. Where more than `most` bins
/// would be taken, all bins lose their last bit, which doubles their width, as often as needed. That depends on the
/// numbers only, not on their order nor on the parts in which they came: a part never has wider bins than the whole.
struct FloatHistogram: Hashable, Sendable {
  /// Number of bins that may be taken.
  let most: Int
  /// How many of the last bits of a Float the bins do not tell apart.
  private(set) var shift = 0
  /// The bins that have numbers, ascending: a Float's pattern as an integer in the same order, without its last bits.
  private(set) var bins: [Int32] = []
  /// How many numbers each of the bins has.
  private(set) var counts: [UInt32] = []

  init(most: Int) { self.most = most }

  var isEmpty: Bool { bins.isEmpty }

  /// How many numbers were counted.
  var total: Int { counts.reduce(0) { $0 + Int($1) } }

  /// Counts those numbers that lie outside a range; NaN is skipped.
  ///
  /// - Returns: how many lie below and how many above.
  mutating func add(
    _ values: UnsafeBufferPointer<Float>, outside range: ClosedRange<Double>
  ) -> (below: Int, above: Int) {
    let (low, high) = (range.lowerBound, range.upperBound)
    var (below, above) = (0, 0)
    var table = BinTable(most: most, shift: shift)
    for value in values {
      let number = Double(value)
      guard number < low || number > high else { continue }
      if number < low { below += 1 } else { above += 1 }
      table.add(value)
    }
    merge(table.histogram)
    return (below, above)
  }

  /// Counts those numbers that lie in a range.
  mutating func add(_ values: UnsafeBufferPointer<Float>, inside range: ClosedRange<Double>) {
    var table = BinTable(most: most, shift: shift)
    for value in values where Double(value) >= range.lowerBound && Double(value) <= range.upperBound {
      table.add(value)
    }
    merge(table.histogram)
  }

  /// Counts one number several times.
  mutating func add(_ value: Float, times: UInt32) {
    guard times > 0, !value.isNaN else { return }
    var other = FloatHistogram(most: most)
    other.shift = shift
    (other.bins, other.counts) = ([Self.order(value) >> Int32(shift)], [times])
    merge(other)
  }

  /// Adds what another part counted, of which as many bins may be taken.
  mutating func merge(_ other: FloatHistogram) {
    guard !other.isEmpty else { return }
    guard !isEmpty else {
      self = other
      return
    }
    var other = other
    while shift < other.shift { widen() }
    while other.shift < shift { other.widen() }
    var merged = FloatHistogram(most: most)
    merged.shift = shift
    merged.bins.reserveCapacity(bins.count + other.bins.count)
    merged.counts.reserveCapacity(bins.count + other.bins.count)
    var (left, right) = (0, 0)
    while left < bins.count || right < other.bins.count {
      if right == other.bins.count || left < bins.count && bins[left] < other.bins[right] {
        merged.append(bins[left], counts[left])
        left += 1
      } else {
        merged.append(other.bins[right], other.counts[right])
        right += 1
      }
    }
    while merged.bins.count > most { merged.widen() }
    self = merged
  }

  /// How many numbers the bin of a number has.
  func count(of value: Float) -> Int {
    guard let place = bins.firstIndex(of: Self.order(value) >> Int32(shift)) else { return 0 }
    return Int(counts[place])
  }

  /// The smallest number of a bin and the smallest of the next; the same where each number has a bin of its own.
  func ends(_ place: Int) -> (low: Double, high: Double) {
    let low = Self.value(bins[place] << Int32(shift))
    guard shift > 0 else { return (low, low) }
    // Beyond the largest of all numbers no bin begins.
    let next = Int64(bins[place] + 1) << Int64(shift)
    let high = Int32(exactly: next).map(Self.value) ?? low
    return (low, high.isFinite ? high : low)
  }

  /// Counts a bin that is not before the last one.
  private mutating func append(_ bin: Int32, _ count: UInt32) {
    if bins.last == bin {
      counts[counts.count - 1] &+= count
    } else {
      bins.append(bin)
      counts.append(count)
    }
  }

  /// Makes bins twice as wide.
  private mutating func widen() {
    var wider = FloatHistogram(most: most)
    wider.shift = shift + 1
    for (bin, count) in zip(bins, counts) { wider.append(bin >> 1, count) }
    self = wider
  }

  /// A number's pattern as an integer in the same order; both zeros are one.
  @inline(__always)
  private static func order(_ value: Float) -> Int32 {
    let pattern = Int32(bitPattern: (value + 0).bitPattern)
    return pattern ^ ((pattern >> 31) & Int32.max)
  }

  private static func value(_ order: Int32) -> Double {
    Double(Float(bitPattern: UInt32(bitPattern: order ^ ((order >> 31) & Int32.max))))
  }

  /// Bins while numbers are counted, in no order.
  private struct BinTable {
    private let most: Int
    private var shift: Int
    private var taken = 0
    private var bins: [Int32]
    private var counts: [UInt32]

    init(most: Int, shift: Int) {
      (self.most, self.shift) = (most, shift)
      bins = Array(repeating: 0, count: BinTable.slots)
      counts = bins.map { _ in 0 }
    }

    /// At least four times as many as bins that may be taken.
    private static let slots = 1 << 13

    mutating func add(_ value: Float) {
      add(bin: FloatHistogram.order(value) >> Int32(shift), 1)
      while taken > most {
        let (old, oldCounts) = (bins, counts)
        self = BinTable(most: most, shift: shift + 1)
        for (bin, count) in zip(old, oldCounts) where count > 0 { add(bin: bin >> 1, count) }
      }
    }

    private mutating func add(bin: Int32, _ count: UInt32) {
      // Multiplying spreads neighbours over the table; the upper bits of the product depend on all bits of the bin.
      var slot = Int((UInt32(bitPattern: bin) &* 0x9E37_79B1) >> 19)
      while counts[slot] > 0, bins[slot] != bin { slot = (slot + 1) & (BinTable.slots - 1) }
      if counts[slot] == 0 {
        bins[slot] = bin
        taken += 1
      }
      counts[slot] &+= count
    }

    var histogram: FloatHistogram {
      var found = FloatHistogram(most: most)
      found.shift = shift
      let filled = counts.indices.filter { counts[$0] > 0 }.sorted { bins[$0] < bins[$1] }
      found.bins = filled.map { bins[$0] }
      found.counts = filled.map { counts[$0] }
      return found
    }
  }
}

extension FloatHistogram {
  /// As plain numbers: the shift, then for each bin how far it lies from the one before, and its count.
  var parts: [Int] {
    guard !isEmpty else { return [] }
    var parts = [shift]
    var last = 0
    for (bin, count) in zip(bins, counts) {
      parts += [Int(bin) - last, Int(count)]
      last = Int(bin)
    }
    return parts
  }

  /// Reads parts back; nil when they are not what `parts` writes.
  init?(parts: [Int], most: Int) {
    self.init(most: most)
    guard let shift = parts.first else { return }
    guard parts.count % 2 == 1, parts.count > 1, parts.count / 2 <= most, (0..<32).contains(shift) else {
      return nil
    }
    self.shift = shift
    let allowed = (Int(Int32.min) >> shift)...(Int(Int32.max) >> shift)
    var last = 0
    for pair in stride(from: 1, to: parts.count, by: 2) {
      let (bin, overflows) = last.addingReportingOverflow(parts[pair])
      guard !overflows, allowed.contains(bin), pair == 1 || bin > last,
        let count = UInt32(exactly: parts[pair + 1]), count > 0
      else { return nil }
      bins.append(Int32(bin))
      counts.append(count)
      last = bin
    }
  }
}
