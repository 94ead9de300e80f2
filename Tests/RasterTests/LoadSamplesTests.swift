import Geo
import Raster
import Testing

@Suite struct LoadSamplesTests {
  private func check<T: RasterSample>(_ samples: [T], nodata: Double?) {
    for (start, count) in [(0, samples.count), (3, 17), (samples.count, 0), (samples.count - 1, 1)] {
      let rejected = (0..<count).map { UInt8($0 % 3 == 1 ? 1 : 0) }
      for usesMask in [false, true] {
        let result = filled(count, with: Float(-77)) { output in
          LoadSamples.load(
            plane(samples, width: samples.count), start: start, nodata: nodata,
            rejected: usesMask ? rejected.span : nil, into: &output)
        }
        let expected = (0..<count).map { index -> Float in
          let sample = samples[start + index]
          if usesMask && rejected[index] != 0 { return .nan }
          if let nodata, let missing = T(exactly: nodata), sample == missing { return .nan }
          return sample.asFloat
        }
        #expect(same(result, expected), "\(T.sampleType) from \(start)")
      }
    }
  }

  @Test func `every sample type is loaded with its nodata`() {
    check((0..<100).map { UInt8($0 * 2 % 256) }, nodata: 8)
    check((0..<100).map { Int8($0 - 50) }, nodata: -50)
    check((0..<100).map { UInt16($0 * 655) }, nodata: 0)
    check((0..<100).map { Int16($0 * 300 - 9999) }, nodata: -9999)
    check((0..<100).map { UInt32($0) * 40_000_000 }, nodata: 4_000_000)
    check((0..<100).map { Int32($0 - 50) * 40_000_000 }, nodata: -2_000_000_000)
    check((0..<100).map { Float($0) / 3 }, nodata: 1)
    check((0..<100).map { Double($0) / 3 }, nodata: 2)
  }

  @Test func `without nodata every sample counts`() {
    check((0..<100).map { UInt16($0) }, nodata: nil)
    check((0..<100).map { Float($0) }, nodata: nil)
  }

  @Test func `a nodata that the type cannot hold hides nothing`() {
    check((0..<100).map { UInt8($0) }, nodata: -9999)
    check((0..<100).map { UInt16($0) }, nodata: 0.5)
    check((0..<100).map { Int16($0) }, nodata: .nan)
  }

  @Test func `missing floats stay missing`() {
    let result = filled(3, with: Float(0)) {
      LoadSamples.load(
        plane([1, Float.nan, 3], width: 3), start: 0, nodata: -9999, rejected: nil, into: &$0)
    }
    #expect(same(result, [1, .nan, 3]))
  }

  @Test func `scaling is rounded once`() {
    let samples = floats(1031, in: 0...65535, seed: 5).map { $0.rounded() }
    let result = withSamples([samples], scale: 0.0000275, offset: -0.2) { inputs in
      filled(1031, with: Float(0)) { LoadSamples.scale(inputs[0], into: &$0) }
    }
    #expect(same(result, samples.map { Float(Double($0) * 0.0000275 - 0.2) }))
  }
}

@Suite struct FirstValidTests {
  private func check<T: RasterSample>(_ first: [T], _ later: [T], nodata: Double) {
    // A plane of 12 columns, into which a scene of 7 × 5 comes at column 3, row 2.
    let window = PixelWindow(column: 3, row: 2, width: 7, height: 5)
    let target = plane(first, width: 12)
    FirstValid.fuse(plane(later, width: 7), over: window, of: target, nodata: nodata)
    for (index, found) in target.samples(as: T.self).enumerated() {
      let (column, row) = (index % 12 - window.column, index / 12 - window.row)
      let isInside = (0..<window.width).contains(column) && (0..<window.height).contains(row)
      let present = first[index]
      let isMissing = T(exactly: nodata).map { present == $0 } ?? false || present != present
      let expected = isInside && isMissing ? later[row * window.width + column] : present
      #expect(found == expected || (found != found && expected != expected), "\(T.sampleType) at \(index)")
    }
  }

  @Test func `the first valid pixel wins in every sample type`() {
    check(cycle(108, of: [0, 1, 2] as [UInt8]), cycle(35, of: [0, 1, 2, 3]), nodata: 0)
    check(cycle(108, of: [0, 1, 2] as [Int8]), cycle(35, of: [0, 1, 2, 3]), nodata: 0)
    check(cycle(108, of: [0, 1, 2] as [UInt16]), cycle(35, of: [0, 1, 2, 3]), nodata: 1)
    check(cycle(108, of: [-1, 0, 1] as [Int16]), cycle(35, of: [0, 1, 2, 3]), nodata: -1)
    check(cycle(108, of: [0, 1, 2] as [UInt32]), cycle(35, of: [0, 1, 2, 3]), nodata: 0)
    check(cycle(108, of: [0, 1, 2] as [Int32]), cycle(35, of: [0, 1, 2, 3]), nodata: 0)
    check(cycle(108, of: [0, 1, 2] as [Double]), cycle(35, of: [0, 1, 2, 3]), nodata: 0)
    check(cycle(108, of: [.nan, 1, 0, 2, -5] as [Float]), cycle(35, of: [0, 1, .nan, 3]), nodata: 0)
  }

  private func cycle<T>(_ count: Int, of values: [T]) -> [T] {
    (0..<count).map { values[$0 % values.count] }
  }

  @Test(arguments: oddSizes)
  func `all samples are missing only where none is there`(count: Int) {
    var samples = [Float](repeating: .nan, count: count)
    let isNoneThere = MissingSamples.areAll(samples.span)
    #expect(isNoneThere)
    for place in samples.indices {
      samples[place] = place % 2 == 0 ? 0 : -.infinity
      let isAnyThere = !MissingSamples.areAll(samples.span)
      #expect(isAnyThere)
      samples[place] = .nan
    }
  }

  @Test func `missing samples are found in the window only`() {
    var samples = [UInt16](repeating: 5, count: 40)
    samples[0] = 0
    let layer = plane(samples, width: 8)
    let all = PixelWindow(column: 0, row: 0, width: 8, height: 5)
    let inner = PixelWindow(column: 1, row: 1, width: 7, height: 4)
    #expect(MissingSamples.exist(in: layer, window: all, nodata: 0))
    #expect(!MissingSamples.exist(in: layer, window: inner, nodata: 0))
    let floats = plane([1, Float.nan, 2], width: 3)
    #expect(
      MissingSamples.exist(
        in: floats, window: PixelWindow(column: 0, row: 0, width: 3, height: 1), nodata: -1))
  }
}
