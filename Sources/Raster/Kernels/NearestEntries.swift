internal import Kernels
internal import KernelsAVX2

/// Entries of a table, made ready for finding the nearest one to a pixel.
public struct NearestEntries: Sendable {
  /// How far a pixel is from an entry.
  public enum Metric: String, CaseIterable, Sendable {
    /// The mean absolute difference over the bands.
    case mae
    /// The root of the mean squared difference.
    case rmse
  }

  public let metric: Metric
  public let bands: Int
  private let blocks: [SIMD8<Float>]
  private let least: [Float]
  private let greatest: [Float]
  private let numbers: [Int32]
  private let rows: [Double]

  /// - Parameters:
  ///   - entries: by entry, one number a band; those with one that is not finite are skipped.
  ///   - bands: at least one.
  ///   - metric: how far a pixel is from an entry.
  ///   - isUsed: whether an entry, by its number, may be found.
  /// - Returns: nil where no entry is left.
  public init?(_ entries: [Double], bands: Int, metric: Metric, isUsed: (Int) -> Bool = { _ in true }) {
    guard bands > 0 else { return nil }
    let all = 0..<(entries.count / bands)
    func row(_ entry: Int) -> ArraySlice<Double> { entries[(entry * bands)..<((entry + 1) * bands)] }
    let sums = all.map { entry in row(entry).reduce(Float(0)) { $0 + Float($1) } }
    let order = all.filter { sums[$0].isFinite && isUsed($0) }
      .sorted { (sums[$0], $0) < (sums[$1], $1) }
    guard !order.isEmpty else { return nil }
    let lanes = Kernels.LookupKernels.lanes
    let count = (order.count + lanes - 1) / lanes
    var blocks = [SIMD8<Float>](repeating: SIMD8(repeating: 1e9), count: count * bands)
    var numbers = [Int32](repeating: -1, count: count * lanes)
    var rows = [Double](repeating: .infinity, count: count * lanes * bands)
    for (place, entry) in order.enumerated() {
      numbers[place] = Int32(entry)
      for (band, value) in row(entry).enumerated() {
        rows[place * bands + band] = value
        blocks[place / lanes * bands + band][place % lanes] = Float(value)
      }
    }
    self.metric = metric
    self.bands = bands
    (self.blocks, self.numbers, self.rows) = (blocks, numbers, rows)
    least = (0..<count).map { sums[order[$0 * lanes]] }
    greatest = (0..<count).map { sums[order[min(($0 + 1) * lanes, order.count) - 1]] }
  }

  /// How many entries there are.
  public var count: Int { numbers.lazy.filter { $0 >= 0 }.count }

  /// A place among the entries, from which a search begins.
  public struct Place: Sendable {
    fileprivate var entry = 0

    public init() {}
  }

  /// The nearest entry by its number in the table, and its distance; of equally near ones the first.
  ///
  /// - Parameters:
  ///   - pixel: one finite number a band.
  ///   - place: the answer for a pixel nearby; gets this one's.
  public func nearest(_ pixel: [Double], from place: inout Place) -> (entry: Int, distance: Double) {
    precondition(pixel.count == bands)
    let isSquared = metric == .rmse
    let found =
      Processor.usesAVX2
      ? KernelsAVX2.LookupKernels.nearest(
        pixel.span, isSquared: isSquared, blocks: blocks.span, least: least.span, greatest: greatest.span,
        numbers: numbers.span, rows: rows.span, first: place.entry)
      : Kernels.LookupKernels.nearest(
        pixel.span, isSquared: isSquared, blocks: blocks.span, least: least.span, greatest: greatest.span,
        numbers: numbers.span, rows: rows.span, first: place.entry)
    place.entry = found.entry
    let mean = found.sum / Double(bands)
    return (Int(numbers[found.entry]), isSquared ? mean.squareRoot() : mean)
  }
}
