internal import Kernels
internal import KernelsAVX2

/// The median of each pixel over planes of values, missing values left out.
///
/// Blocks of pixels that stay in cache go through a selection network (`SelectionNetwork`): every comparison
/// is done for the whole block at once, as a minimum and a maximum of two rows, without a branch. Missing
/// values take part as infinities, as many below as above, so that the middle stays where it is, however many
/// values a pixel has.
public enum Median {
  /// The samples of a block in all planes together: about what the first level of cache holds.
  private static let samplesOfBlock = 8192
  private static let pixelsOfBlock = 128...512

  /// Finds the medians and counts the values that are present.
  ///
  /// An even count gives the mean of the two in the middle, rounded to Float. The order of the planes makes
  /// no difference, to the last bit: a median of zero is +0.
  /// - Parameters:
  ///   - planes: one after the other, each of as many values as `medians`; NaN is missing.
  ///   - count: how many planes; at most 65,535.
  ///   - medians: filled whole; NaN where no value is present.
  ///   - counts: filled whole: how many values are present.
  public static func medians(
    of planes: Span<Float>, count: Int, into medians: inout MutableSpan<Float>,
    counts: inout MutableSpan<UInt16>
  ) {
    let pixels = medians.count
    precondition(counts.count == pixels && count <= Int(UInt16.max) && planes.count == count * pixels)
    guard count > 0 else {
      medians.update(repeating: .nan)
      counts.update(repeating: 0)
      return
    }
    let network = SelectionNetwork(count: count)
    let block = Block(network, width: blockWidth(planes: count))
    medians.withUnsafeMutableBufferPointer { medians in
      counts.withUnsafeMutableBufferPointer { counts in
        for start in stride(from: 0, to: pixels, by: block.width) {
          let part = start..<min(start + block.width, pixels)
          block.begin()
          for plane in 0..<count {
            let first = plane * pixels
            block.load(planes.extracting((first + part.lowerBound)..<(first + part.upperBound)), row: plane)
          }
          block.select()
          var someMedians = UnsafeMutableBufferPointer(rebasing: medians[part]).mutableSpan
          var someCounts = UnsafeMutableBufferPointer(rebasing: counts[part]).mutableSpan
          block.read(into: &someMedians, counts: &someCounts)
        }
      }
    }
  }

  /// Pixels in a block: a multiple of 32.
  private static func blockWidth(planes: Int) -> Int {
    let fitting = samplesOfBlock / planes / 32 * 32
    return min(max(fitting, pixelsOfBlock.lowerBound), pixelsOfBlock.upperBound)
  }
}

/// The values of a block of pixels: a row for each plane.
private final class Block {
  let width: Int
  private let network: SelectionNetwork
  private let samples: UnsafeMutableBufferPointer<Float>
  /// What the pixel's next missing value is replaced by.
  private let substitutes: UnsafeMutableBufferPointer<Float>
  private let counts: UnsafeMutableBufferPointer<Int32>

  init(_ network: SelectionNetwork, width: Int) {
    self.network = network
    self.width = width
    samples = .allocate(capacity: network.count * width)
    samples.initialize(repeating: 0)
    substitutes = .allocate(capacity: width)
    substitutes.initialize(repeating: 0)
    counts = .allocate(capacity: width)
    counts.initialize(repeating: 0)
  }

  deinit {
    samples.deallocate()
    substitutes.deallocate()
    counts.deallocate()
  }

  func begin() {
    // They alternate. Where one is left over, it goes above if the number of planes is even: an odd count of
    // values then has its median at the lower middle. It goes below if the number of planes is odd: an even
    // count then has its two at the lower and the upper middle.
    substitutes.update(repeating: network.count % 2 == 0 ? .infinity : -.infinity)
    counts.update(repeating: 0)
  }

  /// Takes a plane's values, at most as many as the block is wide.
  func load(_ values: Span<Float>, row: Int) {
    let width = values.count
    var samples = self.row(row, width: width).mutableSpan
    var substitutes = UnsafeMutableBufferPointer(rebasing: self.substitutes[..<width]).mutableSpan
    var counts = UnsafeMutableBufferPointer(rebasing: self.counts[..<width]).mutableSpan
    if Processor.usesAVX2 {
      KernelsAVX2.SelectionKernels.take(values, into: &samples, substitutes: &substitutes, counts: &counts)
    } else {
      Kernels.SelectionKernels.take(values, into: &samples, substitutes: &substitutes, counts: &counts)
    }
  }

  /// Runs the network. Whatever is beyond a narrow block's end is compared too: it is never read.
  func select() {
    let usesAVX2 = Processor.usesAVX2
    for comparison in network.comparisons {
      var low = row(comparison.low, width: width).mutableSpan
      var high = row(comparison.high, width: width).mutableSpan
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

  func read(into medians: inout MutableSpan<Float>, counts output: inout MutableSpan<UInt16>) {
    let width = medians.count
    let lower = row(network.lowerMiddle, width: width).span
    let upper = row(network.upperMiddle, width: width).span
    let counts = UnsafeMutableBufferPointer(rebasing: self.counts[..<width]).span
    if Processor.usesAVX2 {
      KernelsAVX2.SelectionKernels.medians(
        lower: lower, upper: upper, counts: counts, into: &medians, counts: &output)
    } else {
      Kernels.SelectionKernels.medians(
        lower: lower, upper: upper, counts: counts, into: &medians, counts: &output)
    }
  }

  private func row(_ row: Int, width: Int) -> UnsafeMutableBufferPointer<Float> {
    let first = row * self.width
    return UnsafeMutableBufferPointer(rebasing: samples[first..<(first + width)])
  }
}
