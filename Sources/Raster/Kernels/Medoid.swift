internal import Kernels
internal import KernelsAVX2

/// The medoid of each pixel's observations: the one whose distances to all others have the smallest sum.
/// Where it is asked for, the one nearest to the medians of the bands.
///
/// Distances are Euclidean over the bands, in Double. Of equal sums the earliest observation is taken. Results do not
/// depend on how pixels are cut into runs.
public enum Medoid {

  /// Finds the medoids.
  ///
  /// - Parameters:
  ///   - observations: of the pixels, one on each date.
  ///   - toMedian: to find the observation nearest to the medians of the bands instead.
  ///   - dates: filled whole: the position of the date each medoid is of; −1 where no observation counts.
  ///   - counts: filled whole: how many observations count.
  public static func find(
    in observations: Observations, toMedian: Bool = false, dates: inout MutableSpan<Int32>,
    counts: inout MutableSpan<UInt16>
  ) {
    let pixels = observations.pixels
    precondition(dates.count == pixels && counts.count == pixels)
    let block = Block(observations, toMedian: toMedian)
    dates.withUnsafeMutableBufferPointer { dates in
      counts.withUnsafeMutableBufferPointer { counts in
        for start in stride(from: 0, to: pixels, by: block.width) {
          let part = start..<min(start + block.width, pixels)
          block.find(
            part, dates: UnsafeMutableBufferPointer(rebasing: dates[part]),
            counts: UnsafeMutableBufferPointer(rebasing: counts[part]))
        }
      }
    }
  }

  private final class Block {
    private let observations: Observations
    private let toMedian: Bool
    /// One band's values of a pixel.
    private var values: [Float] = []
    let width: Int
    private let rows: UnsafeMutableBufferPointer<Float>
    private let valid: UnsafeMutableBufferPointer<Double>
    private let sums: UnsafeMutableBufferPointer<Double>
    private let squares: UnsafeMutableBufferPointer<Double>

    init(_ observations: Observations, toMedian: Bool) {
      self.observations = observations
      self.toMedian = toMedian
      width = observations.blockWidth
      func room<T: BitwiseCopyable>(_ count: Int, _ value: T) -> UnsafeMutableBufferPointer<T> {
        let buffer = UnsafeMutableBufferPointer<T>.allocate(capacity: count)
        buffer.initialize(repeating: value)
        return buffer
      }
      rows = room(observations.dates * observations.bands * width, Float(0))
      valid = room(observations.dates * width, 0.0)
      sums = room(observations.dates * width, 0.0)
      squares = room(width, 0.0)
    }

    deinit {
      rows.deallocate()
      valid.deallocate()
      sums.deallocate()
      squares.deallocate()
    }

    func find(
      _ part: Range<Int>, dates: UnsafeMutableBufferPointer<Int32>, counts: UnsafeMutableBufferPointer<UInt16>
    ) {
      observations.load(part, width: width, rows: rows, valid: valid, counts: counts)
      sums.update(repeating: 0)
      let days = observations.dates
      if toMedian {
        for index in 0..<part.count where counts[index] > 0 { addDistancesToMedian(index) }
      }
      for first in 0..<(toMedian ? 0 : days) {
        for second in (first + 1)..<max(days, first + 1) { addDistances(first, second) }
      }
      for index in 0..<part.count {
        var (best, place) = (Double.infinity, Int32(-1))
        for date in 0..<days where valid[date * width + index] == 1 {
          let sum = sums[date * width + index]
          if sum < best { (best, place) = (sum, Int32(date)) }
        }
        dates[index] = place
      }
    }

    /// The squared distances of one pixel's observations to the medians of its bands.
    private func addDistancesToMedian(_ index: Int) {
      for band in 0..<observations.bands {
        let place = { (date: Int) in (date * self.observations.bands + band) * self.width + index }
        values.removeAll(keepingCapacity: true)
        for date in 0..<observations.dates where valid[date * width + index] == 1 {
          values.append(rows[place(date)])
        }
        values.sort()
        let middle = (Double(values[(values.count - 1) / 2]) + Double(values[values.count / 2])) / 2
        for date in 0..<observations.dates where valid[date * width + index] == 1 {
          let distance = Double(rows[place(date)]) - middle
          sums[date * width + index] += distance * distance
        }
      }
    }

    private func addDistances(_ first: Int, _ second: Int) {
      var squares = self.squares.mutableSpan
      let bands = observations.bands
      for band in 0..<bands {
        let (a, b) = (row(rows, first * bands + band), row(rows, second * bands + band))
        let (left, right) = (UnsafeBufferPointer(a), UnsafeBufferPointer(b))
        if Processor.usesAVX2 {
          KernelsAVX2.PixelKernels.addSquares(left.span, right.span, to: &squares)
        } else {
          Kernels.PixelKernels.addSquares(left.span, right.span, to: &squares)
        }
      }
      let (one, other) = (
        UnsafeBufferPointer(row(valid, first)), UnsafeBufferPointer(row(valid, second))
      )
      var toFirst = row(sums, first).mutableSpan
      var toSecond = row(sums, second).mutableSpan
      if Processor.usesAVX2 {
        KernelsAVX2.PixelKernels.addDistances(
          &squares, first: one.span, second: other.span, toFirst: &toFirst, toSecond: &toSecond)
      } else {
        Kernels.PixelKernels.addDistances(
          &squares, first: one.span, second: other.span, toFirst: &toFirst, toSecond: &toSecond)
      }
    }

    private func row<T>(_ buffer: UnsafeMutableBufferPointer<T>, _ row: Int) -> UnsafeMutableBufferPointer<T>
    {
      UnsafeMutableBufferPointer(rebasing: buffer[(row * width)..<((row + 1) * width)])
    }
  }
}
