internal import Raster

/// Rows of an unpacked block on their way into a plane.
struct BlockRows {
  let source: UnsafeRawBufferPointer
  let sourceStride: Int
  let sourceStart: Int
  /// Samples at the start of each block row that are not wanted (but count for differences).
  let skip: Int
  /// Samples wanted of each row.
  let width: Int
  let height: Int
  let target: UnsafeMutableRawBufferPointer
  let targetStride: Int
  let targetStart: Int

  /// Copies samples that are stored as they are.
  func copy(sampleSize: Int) {
    for row in 0..<height {
      let from = sourceStart + row * sourceStride + skip * sampleSize
      let into = targetStart + row * targetStride
      UnsafeMutableRawBufferPointer(rebasing: target[into..<(into + width * sampleSize)])
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[from..<(from + width * sampleSize)]))
    }
  }

  /// Undoes horizontal differencing of 16-bit samples.
  func integrate() {
    precondition(sourceStart >= 0 && targetStart >= 0)
    HorizontalDifferences.integrate(
      UnsafeRawBufferPointer(rebasing: source[sourceStart...]), differencesStride: sourceStride, skip: skip,
      into: UnsafeMutableRawBufferPointer(rebasing: target[targetStart...]), samplesStride: targetStride,
      width: width, height: height)
  }

  /// Undoes horizontal differencing: each sample was stored as its difference from the one before in its row.
  ///
  /// Four rows go together: a running sum waits for its predecessor, four of them do not wait for each other.
  func integrate<Sample: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(_: Sample.Type) {
    let size = MemoryLayout<Sample>.size
    // Checked once here, so that the loops need not.
    precondition(
      sourceStart >= 0 && sourceStart + (height - 1) * sourceStride + (skip + width) * size <= source.count)
    precondition(targetStart >= 0 && targetStart + (height - 1) * targetStride + width * size <= target.count)
    guard let base = source.baseAddress, let start = target.baseAddress else { return }
    func input(_ row: Int) -> UnsafePointer<Sample> {
      (base + sourceStart + row * sourceStride).assumingMemoryBound(to: Sample.self)
    }
    func output(_ row: Int) -> UnsafeMutablePointer<Sample> {
      (start + targetStart + row * targetStride).assumingMemoryBound(to: Sample.self)
    }
    var row = 0
    while row + 4 <= height {
      let (in0, in1, in2, in3) = (input(row), input(row + 1), input(row + 2), input(row + 3))
      let (out0, out1, out2, out3) = (output(row), output(row + 1), output(row + 2), output(row + 3))
      var (sum0, sum1, sum2, sum3): (Sample, Sample, Sample, Sample) = (0, 0, 0, 0)
      for column in 0..<skip {
        sum0 &+= in0[column]
        sum1 &+= in1[column]
        sum2 &+= in2[column]
        sum3 &+= in3[column]
      }
      for column in 0..<width {
        sum0 &+= in0[skip + column]
        sum1 &+= in1[skip + column]
        sum2 &+= in2[skip + column]
        sum3 &+= in3[skip + column]
        out0[column] = sum0
        out1[column] = sum1
        out2[column] = sum2
        out3[column] = sum3
      }
      row += 4
    }
    while row < height {
      let (samples, result) = (input(row), output(row))
      var sum: Sample = 0
      for column in 0..<skip { sum &+= samples[column] }
      for column in 0..<width {
        sum &+= samples[skip + column]
        result[column] = sum
      }
      row += 1
    }
  }
}
