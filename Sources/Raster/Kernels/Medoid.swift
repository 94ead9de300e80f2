internal import Kernels
internal import KernelsAVX2

/// The medoid of each pixel's observations: the one whose distances to all others have the smallest sum.
///
/// Distances are Euclidean over the bands, in Double. Of equal sums the earliest observation is taken. Results do not
/// depend on how pixels are cut into runs.
public enum Medoid {

  /// Finds the medoids.
  ///
  /// - Parameters:
  ///   - dates: filled whole: the position of the date each medoid is of; −1 where no observation counts.
  ///   - counts: filled whole: how many observations count.
  public static func find(
    in observations: Observations, dates: inout MutableSpan<Int32>, counts: inout MutableSpan<UInt16>
  ) {
    let pixels = observations.pixels
    precondition(dates.count == pixels && counts.count == pixels)
    let block = Block(observations)
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
    let width: Int
    private let rows: UnsafeMutableBufferPointer<Float>
    private let valid: UnsafeMutableBufferPointer<Double>
    private let sums: UnsafeMutableBufferPointer<Double>
    private let squares: UnsafeMutableBufferPointer<Double>

    init(_ observations: Observations) {
      self.observations = observations
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
      for first in 0..<days {
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
