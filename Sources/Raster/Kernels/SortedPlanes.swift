internal import Kernels
internal import KernelsAVX2

/// The values of a block of pixels in order: row k has every pixel's k-th smallest value, for the rows that are asked for.
///
/// Missing values are infinities: they come last.
final class SortedPlanes {
  let width: Int
  private let network: SelectionNetwork
  private let samples: UnsafeMutableBufferPointer<Float>
  private let counts: UnsafeMutableBufferPointer<UInt16>

  /// - Parameter network: brings the rows that are read to their places.
  init(_ network: SelectionNetwork) {
    self.network = network
    // About what the first level of cache holds.
    width = min(max(8192 / network.count / 32 * 32, 128), 512)
    samples = .allocate(capacity: network.count * width)
    samples.initialize(repeating: 0)
    counts = .allocate(capacity: width)
    counts.initialize(repeating: 0)
  }

  deinit {
    samples.deallocate()
    counts.deallocate()
  }

  /// Runs `body` for each block of pixels with its pixels' numbers, its rows in order and its pixels' counts of values.
  ///
  /// - Parameters:
  ///   - planes: one after the other, `network.count` of them, of `pixels` values each.
  ///   - rows: `body` gets the place in the block's memory of each row's first value with it: row k begins at k · width.
  static func forEachBlock(
    of planes: Span<Float>, pixels: Int, network: SelectionNetwork,
    _ body: (
      _ part: Range<Int>, _ rows: UnsafeMutableBufferPointer<Float>, _ width: Int,
      _ counts: UnsafeMutableBufferPointer<UInt16>
    ) -> Void
  ) {
    precondition(planes.count == network.count * pixels && network.count <= Int(UInt16.max))
    let block = SortedPlanes(network)
    for start in stride(from: 0, to: pixels, by: block.width) {
      let part = start..<min(start + block.width, pixels)
      block.counts.update(repeating: 0)
      for plane in 0..<network.count {
        let first = plane * pixels
        block.load(planes.extracting((first + part.lowerBound)..<(first + part.upperBound)), row: plane)
      }
      block.sort()
      body(part, block.samples, block.width, block.counts)
    }
  }

  private func load(_ values: Span<Float>, row: Int) {
    let count = values.count
    var samples = UnsafeMutableBufferPointer(rebasing: self.row(row)[..<count]).mutableSpan
    var counts = UnsafeMutableBufferPointer(rebasing: self.counts[..<count]).mutableSpan
    for index in 0..<count {
      let value = values[index]
      let number = counts[index]
      samples[index] = value == value ? value : .infinity
      counts[index] = number &+ (value == value ? 1 : 0)
    }
  }

  private func sort() {
    let usesAVX2 = Processor.usesAVX2
    for comparison in network.comparisons {
      var low = row(comparison.low).mutableSpan
      var high = row(comparison.high).mutableSpan
      switch (comparison.isLowUsed, comparison.isHighUsed, usesAVX2) {
      case (true, true, true): KernelsAVX2.SelectionKernels.order(&low, &high)
      case (true, true, false): Kernels.SelectionKernels.order(&low, &high)
      case (true, false, true): KernelsAVX2.SelectionKernels.keepSmaller(in: &low, of: high.span)
      case (true, false, false): Kernels.SelectionKernels.keepSmaller(in: &low, of: high.span)
      case (false, _, true): KernelsAVX2.SelectionKernels.keepLarger(in: &high, of: low.span)
      case (false, _, false): Kernels.SelectionKernels.keepLarger(in: &high, of: low.span)
      }
    }
  }

  private func row(_ row: Int) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(rebasing: samples[(row * width)..<((row + 1) * width)])
  }
}
