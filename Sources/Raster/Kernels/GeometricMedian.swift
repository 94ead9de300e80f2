internal import Kernels
internal import KernelsAVX2
internal import KernelsAVX512

/// The geometric median of each pixel's observations: the point whose distances to them have the smallest sum.
///
/// Found by Newton's steps from the medians of the bands, or from the mean of many observations, Weiszfeld's where those
/// lead uphill, and that of Vardi and Zhang where it meets an observation, in Double and in a fixed order of dates:
/// results do not depend on how pixels are cut into runs.
/// One observation is its own median, of two it is the middle.
///
/// Vardi & Zhang 2000, The multivariate L1-median and associated data depth, PNAS 97:1423–1426; Roberts et al. 2017,
/// IEEE Transactions on Geoscience and Remote Sensing 55:6254–6264.
public struct GeometricMedian: Sendable {
  /// An iteration ends when the point moves, or surely would move, by less, in the unit of the bands; above 0. Newton's
  /// steps are no shorter than Weiszfeld's are in the same place: the median is at least as near as where those alone would end.
  public let eps: Double
  /// The most steps of an iteration.
  public let maximumSteps: Int

  /// How many measures of spread come with the median: each a median over the observations' distances from it.
  public static let spreads = 3

  public init(eps: Double, maximumSteps: Int) {
    precondition(eps > 0 && maximumSteps > 0)
    self.eps = eps
    self.maximumSteps = maximumSteps
  }

  /// Finds the medians.
  ///
  /// - Parameters:
  ///   - observations: of the pixels, one on each date.
  ///   - withSpreads: whether the three median distances to the observations are wanted.
  ///   - output: a plane for each band, then, where `withSpreads`, those of the median Euclidean distance to the
  ///     observations, of 1 − the cosine and of the Bray-Curtis dissimilarity; NaN where no observation counts.
  ///   - counts: filled whole: how many observations count.
  public func compute(
    of observations: Observations, withSpreads: Bool, into output: inout MutableSpan<Float>,
    counts: inout MutableSpan<UInt16>
  ) {
    let pixels = observations.pixels
    let planes = observations.bands + (withSpreads ? Self.spreads : 0)
    precondition(output.count == planes * pixels && counts.count == pixels)
    let block = GeometricMedianBlock(observations, self, withSpreads: withSpreads)
    output.withUnsafeMutableBufferPointer { output in
      counts.withUnsafeMutableBufferPointer { counts in
        for start in stride(from: 0, to: pixels, by: block.width) {
          let part = start..<min(start + block.width, pixels)
          block.compute(part, into: output, counts: UnsafeMutableBufferPointer(rebasing: counts[part]))
        }
      }
    }
  }
}

/// The observations of a block of pixels.
private final class GeometricMedianBlock {
  private typealias Lanes = SIMD8<Double>

  private let observations: Observations
  private let median: GeometricMedian
  let width: Int
  private let withSpreads: Bool
  /// The dates of a run of pixels on which one of them may count, a row for each band. The stride from row to row spreads
  /// them over the sets of the cache: planes of a chunk often lie so that their rows push each other out.
  private let rows: UnsafeMutableBufferPointer<Float>
  private static let rowStride = Observations.runLength + 16
  private let values: UnsafeMutableBufferPointer<Lanes>
  private let flags: UnsafeMutableBufferPointer<Lanes>
  private let centres: UnsafeMutableBufferPointer<Lanes>
  private let room: UnsafeMutableBufferPointer<Lanes>
  /// Of each spread a row a date.
  private let spreads: UnsafeMutableBufferPointer<Float>
  private let numbers: UnsafeMutableBufferPointer<UInt16>

  init(_ observations: Observations, _ median: GeometricMedian, withSpreads: Bool) {
    self.observations = observations
    self.median = median
    width = observations.blockWidth
    self.withSpreads = withSpreads
    func room<T: BitwiseCopyable>(_ count: Int, _ value: T) -> UnsafeMutableBufferPointer<T> {
      let buffer = UnsafeMutableBufferPointer<T>.allocate(capacity: count)
      buffer.initialize(repeating: value)
      return buffer
    }
    let (dates, bands) = (observations.dates, observations.bands)
    rows = room(dates * bands * Self.rowStride, Float(0))
    values = room(dates * bands, Lanes.zero)
    flags = room(dates, Lanes.zero)
    centres = room(bands, Lanes.zero)
    self.room = room(Kernels.MedianKernels.room(dates: dates, bands: bands), Lanes.zero)
    spreads = room(withSpreads ? GeometricMedian.spreads * dates * width : 0, Float(0))
    numbers = room(width, UInt16(0))
  }

  deinit {
    rows.deallocate()
    values.deallocate()
    flags.deallocate()
    centres.deallocate()
    room.deallocate()
    spreads.deallocate()
    numbers.deallocate()
  }

  func compute(
    _ part: Range<Int>, into output: UnsafeMutableBufferPointer<Float>,
    counts: UnsafeMutableBufferPointer<UInt16>
  ) {
    var filled = 0
    for first in stride(from: 0, to: part.count, by: 8) {
      let lanes = min(8, part.count - first)
      let place = first % Observations.runLength
      if place == 0 {
        let run = part.dropFirst(first).prefix(Observations.runLength)
        filled = observations.copy(run, to: rows, stride: Self.rowStride)
      }
      let dates = gather(place, lanes, filled)
      let number = begin(dates)
      for lane in 0..<lanes { counts[first + lane] = UInt16(number[lane]) }
      for band in 0..<observations.bands {
        for lane in 0..<lanes {
          let pixel = first + lane
          output[band * observations.pixels + part.lowerBound + pixel] =
            counts[pixel] == 0 ? .nan : Float(centres[band][lane])
        }
      }
      if withSpreads { measure(first, lanes, dates) }
    }
    guard withSpreads else { return }
    let dates = observations.dates
    // Rows of a narrow last block lie apart: they are moved together.
    if part.count < width {
      for row in 0..<(GeometricMedian.spreads * dates) {
        for index in 0..<part.count { spreads[row * part.count + index] = spreads[row * width + index] }
      }
    }
    for spread in 0..<GeometricMedian.spreads {
      let size = dates * part.count
      let planes = UnsafeBufferPointer(rebasing: spreads[(spread * size)..<((spread + 1) * size)])
      let plane = (observations.bands + spread) * observations.pixels
      var target = UnsafeMutableBufferPointer(
        rebasing: output[(plane + part.lowerBound)..<(plane + part.upperBound)]
      ).mutableSpan
      var numbers = UnsafeMutableBufferPointer(rebasing: self.numbers[..<part.count]).mutableSpan
      Median.medians(of: planes.span, count: dates, into: &target, counts: &numbers)
    }
  }

  /// Brings the observations of eight pixels of the run, or fewer at the end, into lanes.
  ///
  /// - Returns: how many dates have one that counts.
  private func gather(_ first: Int, _ lanes: Int, _ dates: Int) -> Int {
    let (bands, pixels) = (observations.bands, Self.rowStride)
    guard let rows = rows.baseAddress, let values = values.baseAddress,
      let flags = flags.baseAddress
    else { return 0 }
    let start = rows + first
    return switch Processor.build {
    case .avx512:
      KernelsAVX512.MedianKernels.gather(
        start, pixels: pixels, lanes: lanes, dates: dates, bands: bands, into: values, counts: flags)
    case .avx2:
      KernelsAVX2.MedianKernels.gather(
        start, pixels: pixels, lanes: lanes, dates: dates, bands: bands, into: values, counts: flags)
    case .baseline:
      Kernels.MedianKernels.gather(
        start, pixels: pixels, lanes: lanes, dates: dates, bands: bands, into: values, counts: flags)
    }
  }

  /// The means, and where there are more than two observations the way from their bands' medians to the median.
  ///
  /// - Returns: how many observations each has.
  private func begin(_ dates: Int) -> Lanes {
    let bands = observations.bands
    var number = Lanes.zero
    for date in 0..<dates { number += flags[date] }
    let divisor = number.replacing(with: 1, where: number .== 0)
    for band in 0..<bands {
      var sum = Lanes.zero
      for date in 0..<dates { sum += values[date * bands + band] }
      centres[band] = sum / divisor
    }
    let isDone = number .<= 2
    let (eps, most) = (median.eps, median.maximumSteps)
    let values = UnsafeBufferPointer(rebasing: self.values[..<(dates * bands)])
    let flags = UnsafeBufferPointer(rebasing: self.flags[..<dates])
    switch Processor.build {
    case .avx512:
      KernelsAVX512.MedianKernels.startAtBandMedians(
        values, counts: flags, number: number, centres: centres, room: room)
      KernelsAVX512.MedianKernels.moveToMedians(
        values, counts: flags, centres: centres, room: room, isDone: isDone, eps: eps, most: most)
    case .avx2:
      KernelsAVX2.MedianKernels.startAtBandMedians(
        values, counts: flags, number: number, centres: centres, room: room)
      KernelsAVX2.MedianKernels.moveToMedians(
        values, counts: flags, centres: centres, room: room, isDone: isDone, eps: eps, most: most)
    case .baseline:
      Kernels.MedianKernels.startAtBandMedians(
        values, counts: flags, number: number, centres: centres, room: room)
      Kernels.MedianKernels.moveToMedians(
        values, counts: flags, centres: centres, room: room, isDone: isDone, eps: eps, most: most)
    }
    return number
  }

  /// How far each observation lies from the median, in three ways; NaN where it does not count.
  private func measure(_ first: Int, _ lanes: Int, _ filled: Int) {
    let (dates, bands) = (observations.dates, observations.bands)
    let size = dates * width
    var length = Lanes.zero
    for band in 0..<bands { length += centres[band] * centres[band] }
    for date in filled..<dates {
      for place in (date * width + first)..<(date * width + first + lanes) {
        for spread in 0..<GeometricMedian.spreads { spreads[spread * size + place] = .nan }
      }
    }
    for date in 0..<filled {
      var (squares, product, own, sum, difference) = (
        Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero
      )
      for band in 0..<bands {
        let (value, centre) = (values[date * bands + band], centres[band])
        let step = value - centre
        squares += step * step
        product += value * centre
        own += value * value
        difference += step.replacing(with: -step, where: step .< 0)
        let total = value + centre
        sum += total.replacing(with: -total, where: total .< 0)
      }
      let distance = squares.squareRoot()
      let cosine = 1 - product / (own.squareRoot() * length.squareRoot())
      let dissimilarity = difference / sum
      for lane in 0..<lanes {
        let place = date * width + first + lane
        let counts = flags[date][lane] == 1
        spreads[place] = counts ? Float(distance[lane]) : .nan
        spreads[size + place] = counts ? Float(cosine[lane]) : .nan
        spreads[2 * size + place] = counts ? Float(dissimilarity[lane]) : .nan
      }
    }
  }
}
