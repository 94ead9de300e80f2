internal import Kernels
internal import KernelsAVX2
internal import KernelsAVX512

/// Kernels that bring stored samples into the float strips modules work on.
public enum LoadSamples {
  /// Copies samples as Float, NaN where the sample is nodata, NaN or rejected.
  ///
  /// - Parameters:
  ///   - plane: the stored samples; `start` counts into them, row-major.
  ///   - start: the place of the first sample in the plane, from 0.
  ///   - nodata: the value that means missing; nil when every sample counts.
  ///   - rejected: one byte a sample, 0 where the sample is kept; nil keeps all. Counted like `output`.
  ///   - output: filled whole.
  public static func load(
    _ plane: SamplePlane, start: Int, nodata: Double?, rejected: Span<UInt8>?,
    into output: inout MutableSpan<Float>
  ) {
    switch plane.type {
    case .uint8: load(plane, UInt8.self, start, nodata, &output)
    case .int8: load(plane, Int8.self, start, nodata, &output)
    case .uint16:
      if let nodata, let missing = UInt16(exactly: nodata) {
        return load(plane, start, missing, rejected, &output)
      }
      load(plane, UInt16.self, start, nodata, &output)
    case .int16: load(plane, Int16.self, start, nodata, &output)
    case .uint32: load(plane, UInt32.self, start, nodata, &output)
    case .int32: load(plane, Int32.self, start, nodata, &output)
    case .float32: load(plane, Float.self, start, nodata, &output)
    case .float64: load(plane, Double.self, start, nodata, &output)
    }
    if let rejected { reject(rejected, in: &output) }
  }

  /// Writes the physical values of samples whose type Float does not hold (int32, uint32, float64): `sample · scale +
  /// offset` in Double, rounded once to Float; NaN where the sample is nodata, NaN or rejected.
  ///
  /// - Precondition: `plane.type.fitsFloat` is false.
  public static func loadValues(
    _ plane: SamplePlane, start: Int, nodata: Double?, scale: Double, offset: Double, rejected: Span<UInt8>?,
    into output: inout MutableSpan<Float>
  ) {
    switch plane.type {
    case .uint32: loadValues(plane, UInt32.self, start, nodata, (scale, offset), &output)
    case .int32: loadValues(plane, Int32.self, start, nodata, (scale, offset), &output)
    case .float64: loadValues(plane, Double.self, start, nodata, (scale, offset), &output)
    default: preconditionFailure("\(plane.type) samples are scaled by whoever works with them")
    }
    if let rejected { reject(rejected, in: &output) }
  }

  /// Makes samples missing where they are rejected.
  public static func reject(_ rejected: Span<UInt8>, in samples: inout MutableSpan<Float>) {
    switch Processor.build {
    case .avx512:
      KernelsAVX512.StripKernels.reject(rejected, in: &samples)
    case .avx2:
      KernelsAVX2.StripKernels.reject(rejected, in: &samples)
    case .baseline:
      Kernels.StripKernels.reject(rejected, in: &samples)
    }
  }

  /// Writes the physical values of samples: `sample · scale + offset`, rounded once to Float.
  public static func scale(_ input: LinearSamples, into output: inout MutableSpan<Float>) {
    let samples = input.samples.span
    switch Processor.build {
    case .avx512:
      KernelsAVX512.StripKernels.scale(samples, scale: input.scale, offset: input.offset, into: &output)
    case .avx2:
      KernelsAVX2.StripKernels.scale(samples, scale: input.scale, offset: input.offset, into: &output)
    case .baseline:
      Kernels.StripKernels.scale(samples, scale: input.scale, offset: input.offset, into: &output)
    }
  }

  /// What archives of reflectances and temperatures hold: one pass over the samples for all three.
  private static func load(
    _ plane: SamplePlane, _ start: Int, _ missing: UInt16, _ rejected: Span<UInt8>?,
    _ output: inout MutableSpan<Float>
  ) {
    let part = start..<(start + output.count)
    let samples = UnsafeMutableBufferPointer(rebasing: plane.samples(as: UInt16.self)[part]).span
    switch (Processor.build, rejected) {
    case (.avx512, let rejected?):
      KernelsAVX512.StripKernels.load(samples, missing: missing, rejected: rejected, into: &output)
    case (.avx512, nil): KernelsAVX512.StripKernels.load(samples, missing: missing, into: &output)
    case (.avx2, let rejected?):
      KernelsAVX2.StripKernels.load(samples, missing: missing, rejected: rejected, into: &output)
    case (.avx2, nil): KernelsAVX2.StripKernels.load(samples, missing: missing, into: &output)
    case (.baseline, let rejected?):
      Kernels.StripKernels.load(samples, missing: missing, rejected: rejected, into: &output)
    case (.baseline, nil): Kernels.StripKernels.load(samples, missing: missing, into: &output)
    }
  }

  @inline(__always)
  private static func load<T: RasterSample>(
    _ plane: SamplePlane, _: T.Type, _ start: Int, _ nodata: Double?, _ output: inout MutableSpan<Float>
  ) {
    let count = output.count
    let samples = UnsafeMutableBufferPointer(rebasing: plane.samples(as: T.self)[start..<(start + count)])
    let input = samples.span
    precondition(input.count == count)
    guard let nodata, let missing = T(nodata: nodata) else {
      for index in 0..<count { output[index] = input[index].asFloat }
      return
    }
    for index in 0..<count {
      let sample = input[index]
      output[index] = sample == missing ? .nan : sample.asFloat
    }
  }

  @inline(__always)
  private static func loadValues<T: RasterSample & WideSample>(
    _ plane: SamplePlane, _: T.Type, _ start: Int, _ nodata: Double?,
    _ scaling: (scale: Double, offset: Double),
    _ output: inout MutableSpan<Float>
  ) {
    let count = output.count
    let samples = UnsafeMutableBufferPointer(rebasing: plane.samples(as: T.self)[start..<(start + count)])
    let input = samples.span
    precondition(input.count == count)
    let missing = nodata.flatMap { T(nodata: $0) }
    for index in 0..<count {
      let sample = input[index]
      let value = Float(sample.wide * scaling.scale + scaling.offset)
      output[index] = sample == missing ? .nan : value
    }
  }
}
