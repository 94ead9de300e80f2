import Raster

/// Made-up samples that look like a scene's: two bands, a quality layer with clouds in blobs, an index.
struct Samples {
  static let side = 512
  static let count = side * side

  let red = SamplePlane()
  let quality = SamplePlane()
  let rejected = SamplePlane()
  let redValues: [Float]
  let nirValues: [Float]
  let index: [Float]
  /// The red band's rows as differences, as files hold them.
  let differences: [UInt16]

  init() {
    var state: UInt32 = 1
    func random(_ bound: Int) -> Int {
      state = state &* 1_664_525 &+ 1_013_904_223
      return Int(state >> 16) % bound
    }
    for (plane, type) in [(red, SampleType.uint16), (quality, .uint16), (rejected, .uint8)] {
      plane.reshape(type: type, width: Samples.side, height: Samples.side)
    }
    var (redValues, nirValues, index): ([Float], [Float], [Float]) = ([], [], [])
    let (stored, flags) = (red.samples(as: UInt16.self), quality.samples(as: UInt16.self))
    var differences: [UInt16] = []
    for place in 0..<Samples.count {
      let (row, column) = (place / Samples.side, place % Samples.side)
      let isCloud = (row / 64 + column / 96) % 3 == 0
      let (red, nir) = (8000 + column + random(64), 15_000 + row + random(128))
      stored[place] = UInt16(red)
      flags[place] = isCloud ? 0x8 : 0x40
      redValues.append(isCloud ? .nan : Float(red))
      nirValues.append(isCloud ? .nan : Float(nir))
      index.append(isCloud ? .nan : Float(nir - red) / Float(nir + red))
      differences.append(stored[place] &- (column == 0 ? 0 : stored[place - 1]))
    }
    (self.redValues, self.nirValues, self.index) = (redValues, nirValues, index)
    self.differences = differences
    QualityTest(anyOf: 0x99).apply(to: quality, into: rejected)
  }
}
