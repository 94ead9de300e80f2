import Geo
import Raster
import Testing

@Suite struct MaskPlanesTests {
  private let window = PixelWindow(column: 2, row: 1, width: 4, height: 3)

  /// A plane of 7 × 5 bytes.
  private func bytes(_ value: (Int) -> UInt8) -> SamplePlane { plane((0..<35).map(value), width: 7) }

  /// The numbers of the window's pixels in the larger plane.
  private var places: [Int] {
    (0..<window.count).map {
      (window.row + $0 / window.width) * 7 + window.column + $0 % window.width
    }
  }

  @Test func `masks add up over the window`() {
    let mask = plane((0..<12).map { UInt8($0 % 2) }, width: 4)
    MaskPlanes.add(bytes { $0 % 3 == 0 ? 1 : 0 }, window: window, to: mask)
    let expected = places.enumerated().map { UInt8($0.offset % 2 == 1 || $0.element % 3 == 0 ? 1 : 0) }
    #expect(Array(mask.samples(as: UInt8.self)) == expected)
  }

  @Test func `a kept pixel is found in the window only`() {
    for kept in 0..<35 {
      let mask = bytes { $0 == kept ? 0 : 1 }
      #expect(MaskPlanes.keepsAny(of: mask, in: window) == places.contains(kept))
    }
  }

  @Test func `a saved mask says where nothing is known`() {
    let mask = plane((0..<12).map { UInt8($0 % 2) }, width: 4)
    let output = SamplePlane()
    let wide = plane((0..<35).map { UInt16($0 * 1000) }, width: 7)
    let narrow = bytes { UInt8($0 * 7) }
    let uncovered = bytes { $0 % 5 == 0 ? 1 : 0 }
    for (layer, nodata, missing) in [(wide, 10_000.0, 10), (narrow, 70, 10), (wide, 0.5, -1)] {
      for usesCover in [false, true] {
        MaskPlanes.report(
          mask, layer: layer, uncovered: usesCover ? uncovered : nil, window: window, nodata: nodata,
          into: output)
        let expected = places.enumerated().map { index, place in
          place == missing || (usesCover && place % 5 == 0) ? MaskPlanes.unknown : UInt8(index % 2)
        }
        #expect(Array(output.samples(as: UInt8.self)) == expected)
      }
    }
    MaskPlanes.report(mask, layer: wide, uncovered: nil, window: window, nodata: nil, into: output)
    #expect(Array(output.samples(as: UInt8.self)) == (0..<12).map { UInt8($0 % 2) })
  }

  @Test func `a negative nodata meets its bit pattern`() {
    let output = SamplePlane()
    let whole = PixelWindow(column: 0, row: 0, width: 3, height: 1)
    let mask = plane([0, 0, 0] as [UInt8], width: 3)
    MaskPlanes.report(
      mask, layer: plane([-1, 5, 0] as [Int16], width: 3), uncovered: nil, window: whole, nodata: -1,
      into: output)
    #expect(Array(output.samples(as: UInt8.self)) == [255, 0, 0])
  }
}
