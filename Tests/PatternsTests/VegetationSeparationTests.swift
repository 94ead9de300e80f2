import Patterns
import Storage
import Testing

/// Black and white pictures against those of OpenCV, bit for bit.
@Suite struct VegetationSeparationTests {
  /// A picture's size, and the CRC-32 of what OpenCV makes of it: createCLAHE(2, (11, 11)), adaptiveThreshold(…, 255,
  /// MEAN_C, BINARY_INV, 51, −5), medianBlur(…, 3).
  struct Expected: Sendable {
    let width: Int
    let height: Int
    let equalized: UInt32
    let threshold: UInt32
    let majority: UInt32
    let white: Int
  }

  @Test(arguments: [
    // The size of pyveg's own example; both sides divide by 11; one does; neither does; a narrow strip.
    Expected(
      width: 210, height: 210, equalized: 0xE063_F701, threshold: 0xE338_B023, majority: 0xA02D_17A4,
      white: 24718),
    Expected(
      width: 121, height: 77, equalized: 0xC147_530E, threshold: 0xCDDB_90B3, majority: 0xC89A_21BB,
      white: 5068),
    Expected(
      width: 130, height: 121, equalized: 0x330A_D517, threshold: 0xBB55_10A1, majority: 0x9F94_AB0C,
      white: 8463),
    Expected(
      width: 64, height: 50, equalized: 0x49AE_6E90, threshold: 0xC7DA_74A3, majority: 0x645A_A547,
      white: 1607),
    Expected(
      width: 11, height: 300, equalized: 0xE849_6E60, threshold: 0x1736_9975, majority: 0x3540_BF0E,
      white: 1740),
  ])
  func `each stage gives OpenCV's bytes`(expected: Expected) {
    let picture = SamplePictures.landscape(expected.width, expected.height)
    let equalized = ContrastEqualization().apply(to: picture)
    #expect(Checksum.crc32(equalized.samples) == expected.equalized)
    let threshold = VegetationSeparation.threshold(equalized)
    #expect(Checksum.crc32(threshold.samples) == expected.threshold)
    let majority = VegetationSeparation.majority(threshold)
    #expect(Checksum.crc32(majority.samples) == expected.majority)
    #expect(majority.samples.count { $0 == 255 } == expected.white)
    #expect(VegetationSeparation.blackAndWhite(picture) == majority)
  }

  @Test func `a threshold is the rounded mean of 51 by 51 pixels, the sides going on`() {
    let picture = SamplePictures.landscape(37, 60)
    let result = VegetationSeparation.threshold(picture)
    for y in 0..<60 {
      for x in 0..<37 {
        var sum = 0
        for row in (y - 25)...(y + 25) {
          for column in (x - 25)...(x + 25) {
            sum += Int(picture.samples[min(max(row, 0), 59) * 37 + min(max(column, 0), 36)])
          }
        }
        let mean = Int((Double(sum) / 2601).rounded())
        let expected: UInt8 = Int(picture.samples[y * 37 + x]) - mean <= 5 ? 255 : 0
        #expect(result.samples[y * 37 + x] == expected)
      }
    }
  }

  @Test func `one colour stays one colour, and no size is too small`() {
    for size in [1, 2, 10, 11, 50] {
      let picture = GreyImage(
        width: size, height: size, samples: [UInt8](repeating: 127, count: size * size))
      #expect(VegetationSeparation.blackAndWhite(picture) == SamplePictures.white(size, size))
    }
  }

  @Test func `single pixels go and five of nine stay`() {
    let picture = SamplePictures.drawn(
      "#....",
      ".....",
      "..##.",
      ".###.",
      ".....")
    let expected = SamplePictures.drawn(
      // As the sides go on, a white corner counts four times: one too few.
      ".....",
      ".....",
      "..#..",
      "..#..",
      ".....")
    #expect(VegetationSeparation.majority(picture) == expected)
  }
}
