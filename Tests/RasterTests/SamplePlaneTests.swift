import Raster
import Testing

@Suite struct SamplePlaneTests {
  @Test(arguments: SampleType.allCases)
  func `a plane holds width times height samples`(type: SampleType) {
    let plane = SamplePlane()
    plane.reshape(type: type, width: 13, height: 7)
    #expect(plane.count == 91 && plane.bytes.count == 91 * type.size)
    plane.reshape(type: type, width: 2, height: 3)
    #expect(plane.count == 6 && plane.bytes.count == 6 * type.size)
    plane.reshape(type: type, width: 0, height: 3)
    #expect(plane.count == 0 && plane.bytes.isEmpty)
  }

  @Test func `filling sets every sample or zero where the type cannot hold it`() {
    let plane = SamplePlane()
    plane.reshape(type: .int16, width: 5, height: 5)
    plane.fill(-9999)
    #expect(plane.samples(as: Int16.self).allSatisfy { $0 == -9999 })
    plane.reshape(type: .uint8, width: 5, height: 5)
    plane.fill(-9999)
    #expect(plane.samples(as: UInt8.self).allSatisfy { $0 == 0 })
    plane.reshape(type: .float32, width: 5, height: 5)
    plane.fill(.nan)
    #expect(plane.samples(as: Float.self).allSatisfy { $0.isNaN })
  }
}
