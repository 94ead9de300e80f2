import Engine
import Raster
import Storage
import Testing

/// Three variables as the colours of a picture.
@Suite struct ColourCompositeTests {
  private func statistics(_ values: [Float]) -> SampleStatistics {
    var statistics = SampleStatistics(range: 0...1)
    values.withUnsafeBufferPointer { statistics.add($0) }
    return statistics
  }

  private func composite(
    limits: ClosedRange<Double>? = 0...0.5, gamma: Double = 1, isJoint: Bool = true
  ) -> ColourComposite {
    ColourComposite(
      name: "true_colour", bands: ["r", "g", "b"],
      statistics: [
        statistics((0..<100).map { Float($0) / 400 }), statistics((0..<100).map { Float($0) / 200 }),
        statistics([Float](repeating: .nan, count: 100)),
      ], limits: limits, gamma: gamma, isJoint: isJoint)
  }

  private func pixels(_ composite: ColourComposite, _ values: [[Float]]) -> [UInt8] {
    let picture = composite.picture(
      width: values[0].count, height: 1, values: values, label: "2021-03", metresPerPixel: 30)
    return picture.cropped(width: values[0].count, height: 1).samples
  }

  @Test func `limits are black and fully lit, and what is missing in one band is transparent`() {
    let found = pixels(
      composite(), [[0, 0.25, 0.6, .nan, 0.1], [0, 0.5, 0.5, 0.1, 0.1], [-1, 0.1, 0.25, 0.1, .nan]])
    #expect(found == [0, 0, 0, 255, 128, 255, 51, 255, 255, 255, 128, 255, 0, 0, 0, 0, 0, 0, 0, 0])
    let brighter = pixels(composite(gamma: 2), [[0.125], [0], [0.5]])
    #expect(brighter == [128, 0, 255, 255])
  }

  @Test
  func `without limits all bands are stretched alike, from percentile 2 to 98 of their values together`() {
    let ranges = composite(limits: nil).ranges
    let range = ranges[0]
    #expect(ranges == [range, range, range])
    #expect(abs(range.lowerBound - 0.00625) < 0.003 && abs(range.upperBound - 0.475) < 0.003, "\(range)")
    #expect(range != composite().ranges[0])
    let own = composite(limits: nil, isJoint: false).ranges
    #expect(abs(own[0].upperBound - 0.2425) < 0.003 && abs(own[1].upperBound - 0.485) < 0.003, "\(own)")
    // A band without a value has a stretch that no pixel needs.
    #expect(own[2] == 0...1)
    #expect(composite(isJoint: false).ranges == [0...0.5, 0...0.5, 0...0.5])
  }

  @Test func `colours of few become patterns of their neighbours, and what is among them stays`() {
    let palette = ColourCube.palette
    #expect(
      palette.count == 253 && palette[0].alpha == 0
        && Set(palette.dropFirst().map { [$0.red, $0.green, $0.blue] }).count == 252)
    let pure: [UInt8] = palette.dropFirst().flatMap { [$0.red, $0.green, $0.blue, 255] }
    #expect(
      ColourCube.indices(ColourPicture(width: 252, height: 1, samples: pure)) == (1...252).map { UInt8($0) })
    #expect(ColourCube.indices(ColourPicture(width: 1, height: 1, samples: [255, 255, 255, 0])) == [0])
    // The mean over eight by eight pixels is the colour itself.
    let grey = ColourCube.indices(
      ColourPicture(width: 8, height: 8, samples: (0..<64).flatMap { _ in [100, 100, 100, 255] as [UInt8] }))
    for part in [\PNGImage.Colour.red, \.green, \.blue] {
      let mean = grey.map { Double(palette[Int($0)][keyPath: part]) }.reduce(0, +) / 64
      #expect(abs(mean - 100) < 1, "\(mean)")
    }
  }

  @Test func `the legend names the bands, and the picture carries its scale`() {
    let values = [[Float]](repeating: [Float](repeating: 0.25, count: 60_000), count: 3)
    let picture = composite().picture(
      width: 300, height: 200, values: values, label: "2021-03", metresPerPixel: nil)
    #expect(picture.width == 300 && picture.height > 220)
    #expect(picture.texts["Title"] == "true_colour 2021-03 (0 to 0.5)")
    #expect(picture.texts[LegendPicture.mapKeyword] == "300 200")
    #expect(picture.texts[LegendPicture.scaleKeyword]?.contains(#""bands":["r","g","b"]"#) == true)
    var sheet = composite().contactSheet(width: 300, height: 200)
    #expect(sheet.picture(note: "", metresPerPixel: nil) == nil)
    for label in ["2021-03", "2021-04", "2021-05"] { sheet.add(values, label: label) }
    let whole = sheet.picture(note: "", metresPerPixel: nil)
    let grey = whole.map { picture in
      stride(from: 0, to: picture.samples.count, by: 4).count {
        picture.samples[$0..<($0 + 4)] == [128, 128, 128, 255]
      }
    }
    // Three maps of 100 by 67 pixels.
    #expect(grey == 3 * 100 * 67)
  }
}
