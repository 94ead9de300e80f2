import Raster
import Testing

/// Packing values into integers, as CF and GDAL unpack them.
@Suite struct PackSamplesTests {
  private func pack(_ values: [Float], scale: Double = 1, offset: Double = 0) -> (packed: [Int16], lost: Int)
  {
    var packed = [Int16](repeating: 77, count: values.count)
    var output = packed.mutableSpan
    let lost = PackSamples.pack(values.span, scale: scale, offset: offset, into: &output)
    return (packed, lost)
  }

  @Test func `halves are rounded to the even integer`() {
    let values: [Float] = [0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.49, 0.51, -0.49, -0.51]
    #expect(pack(values).packed == [0, 2, 2, 0, -2, -2, 0, 1, 0, -1])
  }

  @Test func `missing values become the fill value and are no loss`() {
    let (packed, lost) = pack([.nan, 3, .nan])
    #expect(packed == [.min, 3, .min])
    #expect(lost == 0)
  }

  @Test func `values beyond the integers are missing and counted`() {
    let values: [Float] = [
      32_767, 32_767.4, 32_768, -32_767, -32_768, 65_536, -65_536, 1e20, -1e20, .infinity, -.infinity,
      4_294_967_296,
    ]
    let (packed, lost) = pack(values)
    #expect(packed == [32_767, 32_767, .min, -32_767, .min, .min, .min, .min, .min, .min, .min, .min])
    #expect(lost == 9)
  }

  @Test func `every integer comes back from the value it stands for`() {
    let (scale, offset) = (0.0000275, -0.2)
    let integers = (-32_767...32_767).map { Int16($0) }
    let values = integers.map { Float(Double($0) * scale + offset) }
    let (packed, lost) = pack(values, scale: scale, offset: offset)
    #expect(packed == integers)
    #expect(lost == 0)
  }

  @Test func `a value is at most half a step from what it is read as`() {
    var state: UInt64 = 7
    let values = (0..<10_001).map { _ -> Float in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(state >> 40) / Float(1 << 24) * 2 - 1
    }
    let (packed, lost) = pack(values, scale: 0.0001)
    #expect(lost == 0)
    for (value, integer) in zip(values, packed) {
      #expect(abs(Double(value) - Double(integer) * 0.0001) <= 0.000_050_000_1)
      #expect(Double(integer) == (Double(value) / 0.0001).rounded(.toNearestOrEven))
    }
  }
}
