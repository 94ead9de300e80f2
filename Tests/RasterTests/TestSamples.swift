import Raster
import TestSupport

/// Strip lengths around the widths of vector registers, and an empty one.
let oddSizes = [0, 1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 33, 64, 100, 257, 1031]

/// A plane with these samples, row-major.
func plane<T: RasterSample>(_ samples: [T], width: Int) -> SamplePlane {
  let plane = SamplePlane()
  plane.reshape(type: T.sampleType, width: width, height: width == 0 ? 0 : samples.count / width)
  let target = plane.samples(as: T.self)
  for (index, sample) in samples.enumerated() { target[index] = sample }
  return plane
}

/// Floats of which about one in seven is missing.
func floats(_ count: Int, in range: ClosedRange<Float>, seed: UInt64, missing: Bool = true) -> [Float] {
  var generator = SeededGenerator(seed: seed)
  return (0..<count).map { _ in
    let value = Float.random(in: range, using: &generator)
    return missing && generator.next() % 7 == 0 ? .nan : value
  }
}

/// Runs a kernel that fills `count` values.
func filled<T: BitwiseCopyable>(_ count: Int, with value: T, _ kernel: (inout MutableSpan<T>) -> Void) -> [T]
{
  var result = [T](repeating: value, count: count)
  var span = result.mutableSpan
  kernel(&span)
  return result
}

/// Hands the memory of several arrays to a kernel as scaled samples.
func withSamples<Result>(
  _ arrays: [[Float]], scale: Double, offset: Double, _ body: ([LinearSamples]) -> Result
) -> Result {
  let buffers = arrays.map { array in
    let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: array.count)
    _ = buffer.initialize(from: array)
    return buffer
  }
  defer { for buffer in buffers { buffer.deallocate() } }
  return body(buffers.map { LinearSamples(UnsafeBufferPointer($0), scale: scale, offset: offset) })
}

/// Whether two floats are the same number, or both missing.
func same(_ left: Float, _ right: Float) -> Bool { left == right || (left.isNaN && right.isNaN) }

func same(_ left: [Float], _ right: [Float]) -> Bool {
  left.count == right.count && zip(left, right).allSatisfy { same($0, $1) }
}
